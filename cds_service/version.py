"""The version of the installed service."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("cds-service")
    except PackageNotFoundError:
        return "unknown"


VERSION = _installed()
