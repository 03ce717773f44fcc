"""The OpenAPI 3.1 document of the routes of CDS Hooks, made from the published JSON Schemas and the services.

Each service has its own request schema: the general one, with its hook and the context that this hook requires.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from cds_service.cdshooks.schema import NAMES, text
from cds_service.cdshooks.service import Service

Json = dict[str, Any]

_RECOMMENDATION = "urn:cds-service:schema:recommendation"
TOKEN: list[Json] = [{"clientToken": []}, {}]


def schema_of(name: str) -> Json:
    """A published schema as it stands; `name` is one of `schema.NAMES`."""
    schema: Json = msgspec.json.decode(text(name))
    return schema


def document(services: Sequence[Service], version: str) -> Json:
    """The OpenAPI document.

    Args:
        services: the services as discovery lists them.
        version: the version of this service.
    """
    schemas: Json = {}
    for name in NAMES:
        schemas |= _components(name)
    request = schemas["request"]
    paths: Json = {"/cds-services": {"get": _discovery()}}
    for service in services:
        own = f"request-{service.hook}"
        schemas[own] = _request_of(request, service.hook)
        paths[f"/cds-services/{service.id}"] = {"post": _invocation(service, own)}
        paths[f"/cds-services/{service.id}/feedback"] = {"post": _feedback(service)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cds-service",
            "version": version,
            "description": "CDS Hooks 2.0.1 with the additive parts of 3.0. Advice for clinicians; FHIR R4.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "components": {
            "schemas": schemas | {"discovery": _DISCOVERY, "operationOutcome": _OUTCOME, "unauthorized": _UNAUTHORIZED},
            "securitySchemes": {"clientToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _components(name: str) -> Json:
    """A schema and its definitions as components: without `$id`, each reference pointing into the document."""
    schema = _moved(schema_of(name), name)
    definitions = schema.pop("$defs", {})
    for member in ("$id", "$schema"):
        schema.pop(member, None)
    return {name: schema, **{f"{name}-{part}": content for part, content in definitions.items()}}


def _moved(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_moved(one, name) for one in value]
    if not isinstance(value, dict):
        return value
    moved = {key: _moved(one, name) for key, one in value.items()}
    reference = moved.get("$ref")
    if isinstance(reference, str):
        inside = reference.removeprefix("#/$defs/")
        target = "recommendation" if reference == _RECOMMENDATION else f"{name}-{inside}"
        moved["$ref"] = f"#/components/schemas/{target}"
    return moved


def _request_of(request: Json, hook: str) -> Json:
    """The request schema of one hook."""
    cases = [one["then"] for one in request["allOf"] if one["if"]["properties"]["hook"]["const"] == hook]
    context = cases[0]["properties"]["context"] if cases else {"type": "object"}
    members = {**request["properties"], "hook": {"const": hook}, "context": context}
    kept = {key: value for key, value in request.items() if key not in ("allOf", "properties")}
    return {**kept, "title": f"{request['title']}: {hook}", "properties": members}


def _discovery() -> Json:
    return {
        "operationId": "discovery",
        "summary": "The services",
        "security": TOKEN,
        "responses": {"200": answer("The services.", "discovery"), **errors(401)},
    }


def _invocation(service: Service, schema: str) -> Json:
    return {
        "operationId": service.id,
        "summary": service.title or service.id,
        "description": service.description,
        "security": TOKEN,
        "requestBody": _body(schema),
        "responses": {"200": answer("Cards, or none.", "response"), **errors(400, 401, 412, 413, 415, 500, 503)},
    }


def _feedback(service: Service) -> Json:
    return {
        "operationId": f"{service.id}-feedback",
        "summary": "What became of cards",
        "security": TOKEN,
        "requestBody": _body("feedback"),
        "responses": {
            "200": {"description": "Kept.", "content": {"application/json": {"schema": {"type": "object"}}}},
            **errors(400, 401, 413, 415, 500, 503),
        },
    }


def _body(schema: str) -> Json:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"required": True, "content": content}


def answer(words: str, schema: str, media: str = "application/json") -> Json:
    """A response: what it means, its schema among the components, its media type; every one names the versions."""
    headers = {
        name: {"schema": {"type": "string"}, "description": text}
        for name, text in (
            ("CDS-Service-Version", "Version of this service."),
            ("CDS-Content-Version", "Version of the rules and documents in force."),
        )
    }
    content = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": words, "headers": headers, "content": content}


def errors(*statuses: int, media: str = "application/json") -> Json:
    """The responses to what cannot be answered, by their status; a 401 is JSON and no resource."""
    return {
        str(status): answer(_WORDS[status], "unauthorized")
        if status == 401
        else answer(_WORDS[status], "operationOutcome", media)
        for status in statuses
    }


_WORDS = {
    400: "The body cannot be read, or is not as the standard has it.",
    401: "No token, or one that is not good; the same bytes for every cause.",
    404: "There is nothing of this id.",
    406: "The format is not written here.",
    412: "Required data could not be obtained; names each prefetch key.",
    413: "The body is too large.",
    415: "The media type is not read.",
    422: "The PlanDefinition does not decide here today; names those that do.",
    500: "The service failed; no advice was given.",
    503: "Overloaded, or (feedback) the store is down; see Retry-After.",
}
_TEXT = {"type": "string", "pattern": "\\S"}
_DISCOVERY: Json = {
    "type": "object",
    "required": ["services"],
    "properties": {
        "services": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["hook", "description", "id"],
                "properties": {
                    **dict.fromkeys(("hook", "title", "description", "id", "version", "hookVersion"), _TEXT),
                    "usageRequirements": _TEXT,
                    "prefetch": {"type": "object", "minProperties": 1, "additionalProperties": _TEXT},
                    "extension": {"type": "object", "minProperties": 1},
                },
            },
        }
    },
}
_OUTCOME: Json = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["severity", "code"],
                "properties": {"severity": {"enum": ["fatal", "error", "warning", "information"]}, "code": _TEXT},
            },
        },
    },
}
_UNAUTHORIZED: Json = {"type": "object", "required": ["message"], "properties": {"message": {"const": "Unauthorized"}}}
