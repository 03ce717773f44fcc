"""The OpenAPI document of all routes: those of CDS Hooks, and the FHIR routes beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cds_service.api.responses import FHIR_JSON, JSON
from cds_service.cdshooks import openapi
from cds_service.cdshooks.openapi import TOKEN, answer, errors
from cds_service.cdshooks.service import Service
from cds_service.knowledge.capability import SEARCHED_BY, TYPES

Json = dict[str, Any]
_REFUSED = (400, 401, 406, 413, 415, 500, 503)
_ID: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
}
_TEXT: Json = {"type": "string", "pattern": "\\S"}


def document(services: Sequence[Service], version: str) -> Json:
    """The OpenAPI document.

    Args: the services as discovery lists them; the version of this service.
    """
    found = openapi.document(services, version)
    found["paths"] |= _paths()
    found["components"]["schemas"] |= {"fhirResource": _resource(), "chart": _resource("Bundle", "Parameters")}
    return found


def _resource(*kinds: str) -> Json:
    kind: Json = {"enum": list(kinds)} if kinds else _TEXT
    return {"type": "object", "required": ["resourceType"], "properties": {"resourceType": kind}}


def _paths() -> Json:
    paths: Json = {
        "/fhir/$evaluate": {"post": _evaluate()},
        "/fhir/PlanDefinition/$apply": {"post": _apply("apply")},
        "/fhir/PlanDefinition/{id}/$apply": {"post": {**_apply("apply-one", 404, 422), "parameters": [_ID]}},
        "/fhir/metadata": {"get": _read("metadata", "The CapabilityStatement")},
    }
    for kind in TYPES:
        searched = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in SEARCHED_BY]
        search = _read(f"search-{kind}", f"Every {kind} that is published")
        paths[f"/fhir/{kind}"] = {"get": {**search, "parameters": searched}}
        paths[f"/fhir/{kind}/{{id}}"] = {"get": {**_read(f"read-{kind}", f"One {kind}", 404), "parameters": [_ID]}}
    return paths


def _evaluate() -> Json:
    words = "Bundle: a GuidanceResponse, a RequestGroup where something is advised. With _format=cards: the cards."
    both = answer(words, "fhirResource", FHIR_JSON)
    both["content"] |= answer("", "response")["content"]
    return {
        "operationId": "evaluate",
        "summary": "The decisions on a chart, for integration engines",
        "security": TOKEN,
        "parameters": [{"name": "_format", "in": "query", "schema": {"enum": ["json", "cards"]}}],
        "requestBody": _chart(),
        "responses": {"200": both, **errors(*_REFUSED, 412, media=FHIR_JSON)},
    }


def _apply(name: str, *others: int) -> Json:
    return {
        "operationId": name,
        "summary": "The CarePlan of a PlanDefinition for a chart",
        "security": TOKEN,
        "requestBody": _chart(),
        "responses": {
            "200": answer("CarePlan.", "fhirResource", FHIR_JSON),
            **errors(*_REFUSED, *others, media=FHIR_JSON),
        },
    }


def _read(name: str, words: str, *others: int) -> Json:
    return {
        "operationId": name,
        "summary": words,
        "security": TOKEN,
        "responses": {
            "200": answer(f"{words}.", "fhirResource", FHIR_JSON),
            **errors(401, 406, *others, media=FHIR_JSON),
        },
    }


def _chart() -> Json:
    schema = {"schema": {"$ref": "#/components/schemas/chart"}}
    return {"required": True, "content": dict.fromkeys((FHIR_JSON, JSON), schema)}
