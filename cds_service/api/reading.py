"""A total deadline on reading a request, so that clients who send half of one cannot hold all threads.

A thread that reads a request blocks in the socket. One watchman per worker process ends the reading side of sockets
whose request has taken too long as a whole, however steadily it trickles: the blocked thread then sees the end of
the stream. While many threads are reading, those that began first are given up early, because honest clients send a
request within a fraction of a second and the others must not wait behind the rest.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

TOTAL_SECONDS = 10.0
CROWDED_SECONDS = 0.4
_TICK_SECONDS = 0.1

StartResponse = Callable[..., Any]
Environ = dict[str, Any]


@dataclass(slots=True, eq=False)
class Ticket:
    """One connection whose request is being read, since when, and whether it was given up."""

    sock: socket.socket
    since: float
    is_given_up: bool = False


class Watchman:
    """Gives up requests that take too long to read.

    Args:
        crowd: the number of requests being read from which on patience is short.
    """

    def __init__(self, crowd: int) -> None:
        self._crowd = crowd
        self._tickets: dict[Ticket, None] = {}
        self._changed = threading.Condition()
        self._is_started = False
        self._current = threading.local()

    def enter(self, sock: socket.socket) -> Ticket:
        """Start watching the connection that this thread begins to read."""
        ticket = Ticket(sock, monotonic())
        self._current.ticket = ticket
        with self._changed:
            if not self._is_started:
                self._is_started = True
                threading.Thread(target=self._watch, name="watchman", daemon=True).start()
            self._tickets[ticket] = None
            self._changed.notify()
        return ticket

    def leave(self, ticket: Ticket | None = None) -> None:
        """Stop watching: the request was read, or its connection is done with."""
        ticket = ticket or getattr(self._current, "ticket", None)
        if ticket is not None:
            with self._changed:
                self._tickets.pop(ticket, None)

    def give_up_overdue(self, now: float) -> None:
        """End the reading side of every connection that has taken too long."""
        with self._changed:
            crowded = len(self._tickets) - self._crowd
            overdue = [
                ticket
                for position, ticket in enumerate(self._tickets)
                if now - ticket.since > (CROWDED_SECONDS if position < crowded else TOTAL_SECONDS)
            ]
            for ticket in overdue:
                ticket.is_given_up = True
                del self._tickets[ticket]
        for ticket in overdue:
            end_reading(ticket.sock)

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._tickets:
                    self._changed.wait()
            self.give_up_overdue(monotonic())
            threading.Event().wait(_TICK_SECONDS)


def end_reading(sock: socket.socket) -> None:
    """Make a thread that is blocked in reading the socket see its end."""
    try:
        sock.shutdown(socket.SHUT_RD)
    except OSError:
        # The peer closed it first, which is what was wanted.
        return


class Readable(Protocol):
    """The part of `wsgi.input` that Werkzeug uses."""

    def read(self, size: int = -1, /) -> bytes: ...


class WatchedInput:
    """A request body that tells the watchman when it is read to its end."""

    def __init__(self, body: Readable, length: int | None, watchman: Watchman) -> None:
        self._body = body
        self._left = length
        self._watchman = watchman

    def read(self, size: int = -1, /) -> bytes:
        """Read from the body.

        Raises: OSError when the server finds the body cut off or malformed.
        """
        try:
            data = self._body.read(size)
        except OSError:
            raise
        except Exception as error:
            # gunicorn's own parse errors are no OSErrors; for the application every broken body is the same.
            raise OSError("the body cannot be read") from error
        if self._left is not None:
            self._left -= len(data)
        if self._left == 0 or (size != 0 and not data):
            self._watchman.leave()
        return data

    def readline(self, size: int = -1, /) -> bytes:
        """Not needed for JSON; a body is read in pieces."""
        return self.read(size)

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        """Not needed for JSON; a body is read in pieces."""
        return [self.read(hint)]

    def __iter__(self) -> Iterable[bytes]:
        while piece := self.read(65_536):
            yield piece


def watched(application: Callable[[Environ, StartResponse], Iterable[bytes]], watchman: Watchman) -> Any:
    """The application, with request bodies that report to the watchman."""

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "")
        is_chunked = "HTTP_TRANSFER_ENCODING" in environ
        if not is_chunked and length in ("", "0"):
            watchman.leave()
        announced = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        environ["wsgi.input"] = WatchedInput(environ["wsgi.input"], None if is_chunked else announced, watchman)
        return application(environ, start_response)

    return serve
