"""The published description of the routes: `/openapi.json` and `/schemas/<name>.json`."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from cds_service.api import description
from cds_service.api.responses import json_response
from cds_service.api.wiring import wiring
from cds_service.cdshooks import schema
from cds_service.errors import NoSuchRoute
from cds_service.version import VERSION

routes = Blueprint("schemas", __name__)


@routes.get("/openapi.json")
def describe() -> Response:
    """The OpenAPI document of this installation."""
    return json_response(msgspec.json.encode(description.document(wiring().engine.services(), VERSION)))


@routes.get("/schemas/<name>.json")
def publish(name: str) -> Response:
    """One JSON Schema.

    Raises: NoSuchRoute where there is none of this name.
    """
    if name not in schema.NAMES:
        raise NoSuchRoute()
    return json_response(schema.text(name).encode())
