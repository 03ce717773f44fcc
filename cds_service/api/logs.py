"""One line of JSON for each request. Only keys on the list are written: no patient, no token, no address with a query."""

from __future__ import annotations

import json
import sys
from collections.abc import MutableMapping

import structlog
from flask import g

ALLOWED = frozenset(
    (
        *("event", "level", "timestamp", "method", "route", "status", "milliseconds", "bytes", "service", "hook"),
        *("cards", "code", "client", "tenant", "reason", "error", "at", "key", "rule", "count", "setting", "outcome"),
        *("version", "content_version", "host", "port", "workers", "worker", "mode", "documents"),
    )
)

# What JSON does not know is written as its words.
_encode = json.JSONEncoder(default=repr).encode
log = structlog.get_logger("cds_service")


def allow_listed(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Drop every key that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


class _Stderr:
    """Writes to whatever sys.stderr is at the time: servers and tests replace it."""

    def msg(self, line: str) -> None:
        """Write one line."""
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = exception = fatal = msg


def configure() -> None:
    """Make structlog write JSON lines with the listed keys to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            allow_listed,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: _encode(event)),
        ],
        logger_factory=lambda *_: _Stderr(),
        cache_logger_on_first_use=True,
    )


def note(**values: object) -> None:
    """Add to the line that will be written for the current request; the list of keys applies there too."""
    noted = g.setdefault("noted", {})
    noted.update(values)
