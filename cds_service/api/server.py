"""The production server: gunicorn with threads, started from Python."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from typing import Any

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from cds_service.api.reading import Watchman, end_reading, watched
from cds_service.cdshooks.outcome import outcome
from cds_service.errors import RequestError

# More than the 60 half-sent bodies that must not be felt; idle threads cost next to nothing.
THREADS = 64
GRACEFUL_SECONDS = 30
LINGER_SECONDS = 1.0
GC_OBJECTS = 50_000
LINGER_BYTES = 64_000_000

_watchman = Watchman(crowd=THREADS // 2)
# What is no HTTP that gunicorn reads never reaches the application; every other fault of its parser is a 400.
# By name, because not every gunicorn has them all.
_STATUS = {
    "LimitRequestLine": "414 URI Too Long",
    "LimitRequestHeaders": "431 Request Header Fields Too Large",
    "UnsupportedTransferCoding": "501 Not Implemented",
}
_OF_THE_SERVICE = frozenset({"ConfigurationProblem", "InvalidResponseHeader", "InvalidResponseHeaderName"})


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker whose threads are not held by requests that never end, nor its event loop by clients that never close."""

    def handle(self, conn: Any) -> Any:
        """Answer what comes on a connection; runs in a thread."""
        ticket = _watchman.enter(conn.sock)
        try:
            goes_on = super().handle(conn)
        finally:
            _watchman.leave(ticket)
        if goes_on is False:
            part(conn.sock, 0.0 if ticket.is_given_up else LINGER_SECONDS)
        return goes_on

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that is no HTTP as every other error, without the words of the request."""
        if not isinstance(exc, errors.ParseException) or type(exc).__name__ in _OF_THE_SERVICE:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("a request was not readable as HTTP: %s", type(exc).__name__)
        body = outcome(RequestError())
        head = f"HTTP/1.1 {_STATUS.get(type(exc).__name__, '400 Bad Request')}\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            util.write_nonblock(client, head.encode("ascii") + body)
        except OSError:
            self.log.debug("a client went away before its error could be sent")


def part(sock: socket.socket, patience: float) -> None:
    """Say goodbye as HTTP has it: finish our side, take what still comes for a moment, then end both sides.

    Without this a client that is still sending (a body that is refused as too large) loses the answer to a reset; and
    gunicorn itself would wait for the client in the one loop that accepts all connections.
    """
    ticket = _watchman.enter(sock)
    try:
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(patience or None)
        left = LINGER_BYTES if patience else 0
        while left > 0 and (data := sock.recv(65_536)):
            left -= len(data)
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Closed by the peer, or silent for too long: either way there is nobody to say goodbye to.
        end_reading(sock)
    finally:
        _watchman.leave(ticket)


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn around an application that is already built: workers are forks of this process."""

    def __init__(self, application: Callable[..., Any], options: dict[str, Any]) -> None:
        self._application = application
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take the options; those that an older gunicorn does not know are left out."""
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """The application."""
        return self._application


def default_workers() -> int:
    """One process per core, and at least two: one that fails must not take the service with it."""
    return max(2, os.cpu_count() or 2)


def prepare_metrics() -> str:
    """Make the metrics of all workers add up; must run before prometheus_client is imported.

    Returns: the folder they share.
    """
    folder = tempfile.mkdtemp(prefix="cds-service-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return folder


def run(
    application: Callable[..., Any],
    host: str,
    port: int,
    workers: int,
    metrics_folder: str,
    after_fork: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM; requests in flight are finished, then the process exits with status 0."""

    def child_exit(_server: Any, worker: Any) -> None:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

    def on_exit(_server: Any) -> None:
        shutil.rmtree(metrics_folder, ignore_errors=True)

    def post_fork(_server: Any, _worker: Any) -> None:
        after_fork()

    # What is loaded by now is shared by all workers: keep the collector from touching, and so copying, its pages.
    gc.collect()
    gc.freeze()
    # A call makes some ten thousand short-lived objects and no cycles: looking for cycles every 700 of them is waste.
    gc.set_threshold(GC_OBJECTS, 20, 20)
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "worker_class": Worker,
        "threads": THREADS,
        "worker_connections": 2 * THREADS,
        "preload_app": True,
        "graceful_timeout": GRACEFUL_SECONDS,
        "timeout": 60,
        "keepalive": 30,
        "accesslog": None,
        "loglevel": "warning",
        "control_socket_disable": True,
        "proc_name": "cds-service",
        "child_exit": child_exit,
        "post_fork": post_fork,
        "on_exit": on_exit,
    }
    Server(watched(application, _watchman), options).run()
