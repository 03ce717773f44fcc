"""A tiny FHIR server on loopback whose answers a test scripts, to see how a client bears slow, odd and hostile ones."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answering = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request; `server.behaviour` answers it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Records the request and answers it as scripted."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        server: Any = self.server
        server.seen.append((self.command, self.path, dict(self.headers), body))
        try:
            server.behaviour(self)
        except OSError:  # the client hung up, which is what some tests are about
            self.close_connection = True

    do_POST = do_GET

    def reply(self, status: int, body: Any = b"", **headers: str) -> None:
        """One whole answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def drip(self, prefix: bytes, seconds: float) -> None:
        """A byte now and then."""
        self.wfile.write(prefix)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)
        self.close_connection = True


class FhirServer(ThreadingHTTPServer):
    """Keeps what was asked in `seen`: (method, path, headers, body)."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behaviour: Answering) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour = behaviour
        self.seen: list[tuple[str, str, dict[str, str], str]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that hangs up is no news here."""

    @property
    def origin(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.server_address[1]}"


Handler.log_message = lambda *args: None  # type: ignore[method-assign]


@contextmanager
def fhir_server(behaviour: Answering) -> Iterator[FhirServer]:
    """The server while the block runs."""
    server = FhirServer(behaviour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
