"""What is written down about each request: one log line, one count, one timing."""

from __future__ import annotations

from time import perf_counter

from flask import Flask, Response, g, request

from cds_service.api import metrics
from cds_service.api.logs import log

_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


def install(app: Flask, version: str, content_version: str) -> None:
    """Time every request, and say the versions in every response."""

    @app.before_request
    def start() -> None:
        g.started = perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["CDS-Service-Version"] = version
        response.headers["CDS-Content-Version"] = content_version
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        _write_down(response)
        return response


def _write_down(response: Response) -> None:
    noted = g.get("noted", {})
    route = request.url_rule.rule if request.url_rule else "none"
    elapsed = perf_counter() - g.started
    service = str(noted.get("service", ""))
    counted, timed = metrics.of_request(route, service, str(response.status_code))
    counted.inc()
    timed.observe(elapsed)
    if request.path not in _QUIET:
        status, milliseconds = response.status_code, round(elapsed * 1000, 1)
        log.info("request", method=_method(), route=route, status=status, milliseconds=milliseconds, **noted)


def _method() -> str:
    """The method, where it is one of HTTP's own: a made-up one could carry anything into the log."""
    return request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE") else "other"
