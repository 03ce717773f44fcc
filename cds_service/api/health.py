"""Routes for operations.

`/healthz` says that the process answers. `/readyz` says whether it can answer hooks, and whether the store is up: with
the store down hooks still answer, so that alone does not take the service out of a load balancer. `/metrics` needs
`Authorization: Bearer` with CDS_METRICS_TOKEN wherever that is set, and in production always.
"""

from __future__ import annotations

from hmac import compare_digest

import msgspec
from flask import Blueprint, Response, request

from cds_service.api import metrics
from cds_service.api.responses import json_response
from cds_service.api.wiring import wiring
from cds_service.errors import Unauthorized

routes = Blueprint("health", __name__)


@routes.get("/healthz")
def health() -> Response:
    """The process answers."""
    return json_response(b'{"status":"up"}')


@routes.get("/readyz")
def readiness() -> Response:
    """Whether hooks are answered, and the state of the store."""
    parts = wiring()
    is_store_up = parts.feedback.is_up()
    body = {
        "status": "ready" if is_store_up else "degraded",
        "services": len(parts.engine.services()),
        "store": "up" if is_store_up else "down",
    }
    return json_response(msgspec.json.encode(body))


@routes.get("/metrics")
def exposition() -> Response:
    """The metrics in Prometheus' text format."""
    settings = wiring().settings
    sent = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    wanted = f"Bearer {settings.metrics_token}".encode("utf-8", "surrogateescape")
    is_bound = bool(settings.metrics_token) or not settings.is_demo
    if is_bound and not (settings.metrics_token and compare_digest(sent, wanted)):
        raise Unauthorized("metrics token")
    return Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
