"""The page for people: services, documents in force with who checked them, and a line to try it with."""

from __future__ import annotations

from importlib.resources import files

from flask import Blueprint, Response, render_template, request

from cds_service import web
from cds_service.api.wiring import wiring
from cds_service.version import VERSION

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def blueprint() -> Blueprint:
    """The page and its style sheet; to be registered only where pages are on."""
    folder = str(files(web))
    routes = Blueprint(
        "pages", __name__, template_folder=folder, static_folder=f"{folder}/static", static_url_path="/web/static"
    )
    routes.add_url_rule("/", view_func=home, methods=["GET"])
    return routes


def home() -> Response:
    """The home page."""
    parts = wiring()
    page = render_template(
        "home.html",
        settings=parts.settings,
        services=parts.engine.services(),
        documents=parts.engine.documents(),
        version=VERSION,
        content_version=parts.engine.content_version,
        base_url=parts.settings.public_base_url or request.host_url.rstrip("/"),
    )
    return Response(page, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY})
