"""The client is judged before anything else of a request is looked at."""

from __future__ import annotations

from typing import Protocol

from flask import Flask, g, request

from cds_service.cdshooks.client import Client
from cds_service.settings import Settings
from cds_service.web.page import is_page

# Operations: a load balancer has no token, and /metrics has a token of its own.
_OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
# What a client reads before it has a token: the services, and the same for FHIR clients.
_DISCOVERY = frozenset({"/cds-services", "/fhir/metadata"})


class Authenticator(Protocol):
    """Judges the Authorization header of a call."""

    def authenticate(self, header: str | None, url: str) -> Client:
        """The client that the header proves.

        Args:
            header: the Authorization header as received, None when there is none.
            url: the address that was called, as clients see it.

        Raises: Unauthorized for every cause.
        """
        ...


class Anonymous:
    """Takes every caller for the same unnamed client; looks at no token."""

    def __init__(self, settings: Settings) -> None:
        self._client = Client(fhir_servers=frozenset(settings.fhir_servers))

    def authenticate(self, header: str | None, url: str) -> Client:
        """The unnamed client."""
        return self._client


def needs_no_token(settings: Settings, path: str, method: str) -> bool:
    """Whether a path is answered without a token: operations, pages where they are on, discovery where it is open."""
    if path in _OPEN or method == "OPTIONS":
        return True
    if is_page(path):
        return True
    return settings.discovery_open and path in _DISCOVERY and method in ("GET", "HEAD")


def install(app: Flask, settings: Settings, authenticator: Authenticator) -> None:
    """Judge the client of every request, before its route, its headers or its body are looked at."""

    @app.before_request
    def judge() -> None:
        if needs_no_token(settings, request.path, request.method):
            g.client = Client()
            return
        # Behind a proxy a request does not know the address that the client called; `jwt` does not start without it.
        g.client = authenticator.authenticate(
            request.headers.get("Authorization"), settings.public_base_url + request.path
        )


def client() -> Client:
    """The client of the current request."""
    found: Client = g.client
    return found
