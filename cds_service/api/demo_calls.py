"""Ready requests of the fixture cases on the demonstration's day, to be sent to the services as they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from cds_service.api.responses import json_response
from cds_service.errors import NoSuchRoute, did_you_mean

ROOT = "/demo/calls"


def blueprint(
    calls: Mapping[str, tuple[str, str, tuple[str, ...]]], made: Callable[[str], Mapping[str, Any]]
) -> Blueprint:
    """The routes below /demo/calls.

    Args: for each case's name the id of its service, what it shows, and the settings that its answer needs beyond the
    defaults of a demonstration; the request of a case, by its name.
    """

    def listing() -> Response:
        """Every case: what it shows, where its request is got and where it is sent, and the settings that it needs."""
        base = request.host_url.rstrip("/")
        listed = [
            {"name": n, "title": title, "request": f"{base}{ROOT}/{n}", "service": f"{base}/cds-services/{service}"}
            | ({"settings": needed} if needed else {})
            for n, (service, title, needed) in calls.items()
        ]
        return json_response(json.dumps({"calls": listed}, ensure_ascii=False, indent=1).encode())

    def one(name: str) -> Response:
        """The request of one case.

        Raises: NoSuchRoute.
        """
        if name not in calls:
            hint = did_you_mean(name, calls, f"GET {ROOT} lists the cases.")
            raise NoSuchRoute(sentence="There is no case of this name.", hint=hint)
        return json_response(json.dumps(made(name), ensure_ascii=False).encode())

    routes = Blueprint("demo-calls", __name__, url_prefix=ROOT)
    routes.add_url_rule("", "listing", listing, methods=["GET"])
    routes.add_url_rule("/<name>", "one", one, methods=["GET"])
    return routes
