"""Connections that can be cut: the time of a request holds even against a server that sends a byte a second."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Limit:
    """The time of one HTTP request; past it the sockets are shut, since a slow drip never trips a read timeout."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.is_cut = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds left, never below a small positive number, as a timeout of 0 has another meaning."""
        return max(0.001, self.until - time.monotonic())

    def is_over(self) -> bool:
        """Whether the time has passed."""
        return self.is_cut or time.monotonic() >= self.until

    def watch(self, sock: Any) -> None:
        """Takes a duplicate of the socket, which still shuts the connection after TLS has taken the original."""
        duplicate = socket.socket(fileno=os.dup(sock.fileno()))
        with self._lock:
            self._sockets.append(duplicate)
        if self.is_cut:
            self.cut()

    def cut(self) -> None:
        """Ends the request, wherever it stands."""
        with self._lock:
            self.is_cut = True
            for sock in self._sockets:
                with suppress(OSError):  # the peer may have closed it already
                    sock.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Closes the duplicates."""
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()


current = threading.local()


class _WatchedMixin:
    """A connection whose sockets are known to the limit of the request that uses it."""

    sock: Any

    def _new_conn(self) -> socket.socket:
        limit: Limit = current.limit
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        limit.watch(sock)
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            current.limit.watch(self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]


class _Http(_WatchedMixin, HTTPConnection):
    """Plain http."""


class _Https(_WatchedMixin, HTTPSConnection):
    """https."""


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


POOLS = {"http": _HttpPool, "https": _HttpsPool}
