"""`GET /`: what this service is, which hooks it answers, and which documents are in force."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from cds_service.cdshooks.service import Engine
from cds_service.web.case import Case
from cds_service.web.page import nearness, page

# The blueprint of the demonstration's ready requests.
CALLS = "demo-calls"


def blueprint(engine: Engine, public_base_url: str, jurisdiction: str, example: Case | None = None) -> Blueprint:
    """The home page.

    Args: what answers the hooks; the base address as clients see it ("": the one that was called); the
    jurisdiction, whose documents stand first; a case that the demonstration serves a request of (None: no demonstration).
    """
    routes = Blueprint("home", __name__)

    def home() -> Response:
        return page(
            "home.html",
            services=engine.services(),
            documents=sorted(engine.documents(), key=lambda each: nearness(each.jurisdiction, jurisdiction)),
            # `serve` in demo mode has the pages, and not the calls.
            example=example if CALLS in current_app.blueprints else None,
            base_url=public_base_url or request.host_url.rstrip("/"),
        )

    routes.add_url_rule("/", view_func=home, methods=["GET"])
    return routes
