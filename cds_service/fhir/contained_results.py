"""Results that are sent inside another resource: members of a panel, results of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

_Members = dict[str, msgspec.Raw]
_MEMBER: Final = b'"contained"'
_TIMES: Final = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
_OBSERVATION: Final = b'"Observation"'


class _Holder(msgspec.Struct, frozen=True):
    contained: list[_Members] = msgspec.field(default_factory=list)


def with_contained(observations: Iterable[bytes | msgspec.Raw], reports: Iterable[bytes | msgspec.Raw]) -> list[bytes]:
    """The Observations, each contained one of them and of the DiagnosticReports as a resource of its own beside them.

    What a contained one does not say itself (patient, status, time) is what its holder says. A holder whose form is odd has none.
    """
    outer = [bytes(raw) for raw in observations]
    return [*outer, *(inner for raw in (*outer, *map(bytes, reports)) if _MEMBER in raw for inner in _inside(raw))]


def _inside(raw: bytes) -> Iterator[bytes]:
    try:
        holder, members = msgspec.json.decode(raw, type=_Members), msgspec.json.decode(raw, type=_Holder).contained
    except msgspec.DecodeError:
        return
    for member in members:
        if bytes(member.get("resourceType", b"")) != _OBSERVATION:
            continue
        shared = ("status", "subject", "contained", *(() if any(name in member for name in _TIMES) else _TIMES))
        of_holder = {name: holder[name] for name in shared if name in holder}
        name = msgspec.Raw(msgspec.json.encode(f"{_text(holder)}#{_text(member)}"))
        yield msgspec.json.encode({**of_holder, **member, "id": name})


def _text(members: _Members) -> str:
    return str(bytes(members.get("id", b"")), "utf-8", "replace").strip('"#')
