"""Errors as FHIR OperationOutcome: a code for machines, a sentence for people, the place, a hint; no values."""

from __future__ import annotations

import msgspec

from cds_service.errors import CdsError

CODE_SYSTEM = "urn:cds-service:error"


class _Coding(msgspec.Struct, omit_defaults=True):
    system: str
    code: str


class _Details(msgspec.Struct):
    coding: list[_Coding]
    text: str


class _Issue(msgspec.Struct, omit_defaults=True):
    severity: str
    code: str
    details: _Details
    diagnostics: str = ""
    expression: list[str] = []


class _OperationOutcome(msgspec.Struct):
    resourceType: str
    issue: list[_Issue]


def outcome(error: CdsError) -> bytes:
    """The OperationOutcome for an error, one issue for each place it is about."""
    issues = [
        _Issue(
            severity="fatal" if error.status == 500 else "error",
            code=error.issue,
            details=_Details([_Coding(CODE_SYSTEM, error.code)], sentence),
            diagnostics=error.hint,
            expression=[where.removeprefix("$.")] if where and where != "$" else [],
        )
        for where, sentence in error.places
    ]
    return msgspec.json.encode(_OperationOutcome("OperationOutcome", issues))
