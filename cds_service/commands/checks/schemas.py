"""The JSON schemas of the wire: each is JSON, and a schema by the rules of its own draft."""

from __future__ import annotations

import json
from collections.abc import Iterator

from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from cds_service.commands.checks import Doubt


def schema_doubts(name: str, text: str) -> Iterator[Doubt]:
    """Doubts about one schema. Args: the file's name and its text."""
    try:
        schema = json.loads(text)
    except ValueError as error:
        yield Doubt(name, f"not JSON: {error}")
        return
    if not isinstance(schema, dict) or "$schema" not in schema:
        yield Doubt(name, "names no draft in $schema")
        return
    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        yield Doubt(name, f"no schema of its draft: {error.message}")
