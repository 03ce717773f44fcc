"""The published JSON Schemas, compiled once: for documentation, `doctor` and tests. The hot path needs none of them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from cds_service import cdshooks

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

NAMES = ("request", "response", "feedback", "recommendation")


def text(name: str) -> str:
    """The text of a schema; `name` is one of NAMES."""
    return (files(cdshooks) / "schemas" / f"{name}.json").read_text("utf-8")


@cache
def validator(name: str) -> Draft202012Validator:
    """The compiled schema; `name` is one of NAMES."""
    # Here, because no server that serves waits for it.
    from jsonschema import Draft202012Validator

    schema = msgspec.json.decode(text(name))
    if name == "response":
        # The card's schema points at the recommendation's by its $id; embedded, nothing needs to be fetched.
        schema["$defs"]["recommendation"] = msgspec.json.decode(text("recommendation"))
    return Draft202012Validator(schema)


def faults(name: str, document: object) -> tuple[str, ...]:
    """Where a document breaks a schema: JSON path and the broken keyword, never a value. () when it is valid."""
    return tuple(sorted(f"{error.json_path}: {error.validator}" for error in validator(name).iter_errors(document)))
