"""CORS on every route and on every error: without it a browser-based client sees no service at all."""

from __future__ import annotations

from flask import Flask, Response, request

_METHODS = "GET, POST, OPTIONS"
_HEADERS = "Authorization, Content-Type"


def install(app: Flask, origins: tuple[str, ...]) -> None:
    """Answer preflights without a token, and mark every response for the listed origins (`*`: all)."""

    @app.before_request
    def preflight() -> Response | None:
        return Response(status=204) if request.method == "OPTIONS" else None

    @app.after_request
    def mark(response: Response) -> Response:
        if "*" in origins:
            response.headers["Access-Control-Allow-Origin"] = "*"
        else:
            response.vary.add("Origin")
            origin = request.headers.get("Origin", "")
            if origin not in origins:
                return response
            response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "CDS-Service-Version, CDS-Content-Version, WWW-Authenticate"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = _METHODS
            response.headers["Access-Control-Allow-Headers"] = _HEADERS
            response.headers["Access-Control-Max-Age"] = "600"
        return response
