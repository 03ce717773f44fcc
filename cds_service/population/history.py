"""What was known of a patient on each day: the versions of every resource, each with the day on which it came.

Nothing is known before it was recorded. Where an export holds a resource only as it stands at the end, what came later is taken
out of its earlier state: an order that was stopped was an active one until then, a problem that is over was not over before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from cds_service.fhir.dates import read_date
from cds_service.fhir.decode import CodeableConcept, Period, Resource, Unreadable, decode_resource
from cds_service.fhir.medication_shapes import KINDS

ALWAYS: Final = date.min
ORDERS: Final = frozenset(kind for kind, what in KINDS.items() if what == "order")
_UPDATED: Final = "lastUpdated"
_EFFECTIVE: Final = ("effectiveDateTime", "effectiveInstant", "effectivePeriod")
# By which of its dates a resource became known, the first that it has; what no table names is known from its last update.
_KNOWN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "Observation": ("issued", _UPDATED, *_EFFECTIVE),
    "Condition": ("recordedDate", "assertedDate", _UPDATED, "onsetDateTime"),
    "AllergyIntolerance": ("recordedDate", "assertedDate", _UPDATED, "onsetDateTime"),
    "AdverseEvent": ("recordedDate", "date", "detected", _UPDATED),
    "Procedure": ("performedDateTime", "performedPeriod", _UPDATED),
    "MedicationStatement": ("dateAsserted", _UPDATED, *_EFFECTIVE),
    "MedicationDispense": ("whenHandedOver", "whenPrepared", _UPDATED),
    "MedicationAdministration": (*_EFFECTIVE, _UPDATED),
    **dict.fromkeys(ORDERS, ("authoredOn", "dateWritten", _UPDATED)),
}
_WITHOUT_DAY: Final = frozenset({"Patient", "Medication"})
_CORRECTED: Final = frozenset({"corrected", "amended", "appended"})
# A status into which an order comes only after it was signed.
_ENDED: Final = frozenset({"on-hold", "stopped", "completed", "cancelled", "ended", "entered-in-error", "revoked"})
_OVER: Final = frozenset({"inactive", "resolved", "remission"})
_ENDS_OF_PROBLEMS: Final = frozenset(
    ("abatementDateTime", "abatementPeriod", "abatementAge", "abatementString", "abatementRange", "abatementBoolean")
)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Meta(msgspec.Struct, frozen=True):
    lastUpdated: str = ""
    versionId: str = ""


class _Dated(Resource, frozen=True):
    """The dates of a resource, and what changes while it stands."""

    meta: _Meta | None = None
    status: str = ""
    clinicalStatus: CodeableConcept | None = None
    issued: str = ""
    effectiveDateTime: str = ""
    effectiveInstant: str = ""
    effectivePeriod: Period | None = None
    recordedDate: str = ""
    assertedDate: str = ""
    authoredOn: str = ""
    dateWritten: str = ""
    dateAsserted: str = ""
    statusChanged: str = ""
    whenHandedOver: str = ""
    whenPrepared: str = ""
    performedDateTime: str = ""
    performedPeriod: Period | None = None
    date: str = ""
    detected: str = ""
    onsetDateTime: str = ""
    abatementDateTime: str = ""
    abatementPeriod: Period | None = None

    @property
    def lastUpdated(self) -> str:
        """`meta.lastUpdated`, "" without one."""
        return self.meta.lastUpdated if self.meta is not None else ""


class Version(NamedTuple):
    """One state of a resource: `known` is the first day on which it stood in the chart.

    `is_news`: it tells something new, as against the later state of an order or problem that was known. `is_dated`: a date of its
    own says when it became known; without one it counts as known from the beginning.
    """

    kind: str
    id: str
    raw: bytes
    known: date
    is_news: bool = True
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """All versions of a patient's resources, the earliest known first; `replaced` counts those that others replaced."""

    versions: tuple[Version, ...]
    replaced: int = 0
    undated: int = 0

    def days(self) -> Iterator[tuple[date, tuple[Version, ...], Mapping[tuple[str, str], Version]]]:
        """Each day on which something came: what came, and all that stands then by type and id.

        What stands is one mapping that goes on changing: whoever keeps it copies it.
        """
        standing: dict[tuple[str, str], Version] = {}
        for day, came in groupby(self.versions, key=attrgetter("known")):
            new = tuple(came)
            standing.update((_place(version), version) for version in new)
            yield day, new, standing


def history_of(resources: Iterable[tuple[str, bytes]], is_of_drug: Callable[[bytes], bool]) -> History:
    """The history that an export's lines tell.

    Args: type and line of each resource, in any order; whether an order is of the drug: of those the next one ends the one before.
    Missing: a resource without a date that can be read counts as known from the beginning, and is counted.
    """
    by_place: dict[tuple[str, object], dict[bytes, _Dated]] = {}
    for number, (kind, raw) in enumerate(resources):
        try:
            read = decode_resource(raw, _Dated)
        except Unreadable:
            read = _Dated(resourceType=kind)
        # What has no id is no version of anything else.
        by_place.setdefault((kind, read.id or number), {}).setdefault(raw, read)
    signed = sorted(
        day
        for (kind, _), states in by_place.items()
        if kind in ORDERS
        for raw, read in states.items()
        if is_of_drug(raw) and (day := _known_by(kind, read)) is not None
    )
    versions: list[Version] = []
    replaced = 0
    for (kind, _), states in by_place.items():
        is_followed = kind in ORDERS and any(map(is_of_drug, states))
        versions += _versions(kind, list(states.items()), signed if is_followed else ())
        replaced += len(states) - 1
    # The order of lines in an export means nothing; that of a resource's own versions was told above, and stays.
    versions.sort(key=lambda v: (v.known, v.kind, v.id, b"" if v.id else v.raw))
    return History(tuple(versions), replaced, sum(not v.is_dated for v in versions))


def draft_of(version: Version) -> bytes:
    """An order as it was when it was signed: a draft, without what was found out about it later."""
    return _with(version.raw, {"status": b'"draft"'}, {"statusReason", "statusChanged"})


def _place(version: Version) -> tuple[str, str]:
    return (version.kind, version.id or version.raw.decode("utf-8", "replace"))


def _versions(kind: str, states: Sequence[tuple[bytes, _Dated]], signed: Sequence[date]) -> Iterator[Version]:
    """The states of one resource, the earliest first, each with its day."""
    ordered = states
    if len(states) > 1:
        ordered = sorted(states, key=lambda state: (_updated(state[1]), _number(state[1]), state[1].issued, state[0]))
    before = ALWAYS
    for place, (raw, read) in enumerate(ordered):
        first = _known_by(kind, read)
        is_lone_correction = read.status in _CORRECTED and kind == "Observation"
        if (place or is_lone_correction) and (updated := day_of(read.lastUpdated)) is not None:
            first = max(first or updated, updated)
        known = max(first or ALWAYS, before)
        is_dated = first is not None or kind in _WITHOUT_DAY
        made = Version(kind, read.id, raw, known, is_dated=is_dated)
        if place == 0:
            yield from _with_earlier_state(made, read, signed)
        else:
            yield made._replace(is_news=kind not in ORDERS)
        before = known


def _with_earlier_state(version: Version, read: _Dated, signed: Sequence[date]) -> Iterator[Version]:
    """The version; where it tells an end that came later, first the state before it."""
    ended = _ended_on(version, read, signed) if version.kind == "Condition" or version.kind in ORDERS else None
    if ended is None or ended <= version.known:
        yield version
        return
    if version.kind == "Condition":
        active = b'{"coding":[{"code":"active"}],"text":"active"}'
        earlier = _with(version.raw, {"clinicalStatus": _status_like(version.raw, active)}, _ENDS_OF_PROBLEMS)
    else:
        earlier = _with(version.raw, {"status": b'"active"'}, {"statusReason", "statusChanged"})
    yield version._replace(raw=earlier)
    yield version._replace(known=ended, is_news=False)


def _ended_on(version: Version, read: _Dated, signed: Sequence[date]) -> date | None:
    """The day from which an order or a problem is in its last state; None where it is in no such state, or no day is told."""
    updated = day_of(read.lastUpdated)
    if version.kind == "Condition":
        codes = {c.code for c in read.clinicalStatus.coding} if read.clinicalStatus is not None else set()
        period = read.abatementPeriod
        abated = day_of(read.abatementDateTime or (period.end or period.start if period is not None else ""))
        return abated or (updated if codes & _OVER else None)
    if read.status in _ENDED:
        changed = day_of(read.statusChanged) or updated
        following = next((day for day in signed if day > version.known), None)
        if following is not None and read.status == "completed":
            return min(changed, following) if changed is not None else following
        return changed
    return None


def _status_like(raw: bytes, status: bytes) -> bytes:
    """A clinical status as the resource writes its own: the same systems, with another code."""
    try:
        own = _members.decode(raw).get("clinicalStatus")
        concept = msgspec.json.decode(own) if own is not None else None
    except msgspec.DecodeError:
        return status
    codings = concept.get("coding") if isinstance(concept, dict) else None
    if not isinstance(codings, list) or not codings or not isinstance(codings[0], dict):
        return status
    return msgspec.json.encode(
        {"coding": [{**{k: v for k, v in codings[0].items() if k == "system"}, "code": "active"}]}
    )


def _with(raw: bytes, members: Mapping[str, bytes], left_out: Iterable[str]) -> bytes:
    """The resource with other members, and without some; all else stays as it was written."""
    own = _members.decode(raw)
    kept = {name: value for name, value in own.items() if name not in left_out and name.lstrip("_") not in left_out}
    return msgspec.json.encode({**kept, **{name: msgspec.Raw(value) for name, value in members.items()}})


def _known_by(kind: str, read: _Dated) -> date | None:
    if kind in _WITHOUT_DAY:
        return ALWAYS
    for name in _KNOWN_BY.get(kind, (_UPDATED,)):
        told = getattr(read, name)
        text = (told.end or told.start) if isinstance(told, Period) else told
        day = day_of(text) if text else None
        if day is not None:
            return day
    return None


def day_of(text: str) -> date | None:
    """The last day that a FHIR date can mean, as written; None where there is none that can be read."""
    if not text:
        return None
    try:
        if len(text) > 10 and text[10] == "T":
            return date.fromisoformat(text[:10])
        return read_date(text).on_to
    except ValueError:
        return None


def _updated(read: _Dated) -> str:
    """`lastUpdated` as a text that sorts as its instants do."""
    text = read.lastUpdated
    try:
        at = read_date(text).at if text else None
    except Unreadable:
        return ""
    return (at - at.utcoffset()).replace(tzinfo=None).isoformat() if at is not None else text  # type: ignore[operator]


def _number(read: _Dated) -> int:
    """The number of the version, -1 where it has none."""
    said = read.meta.versionId if read.meta is not None else ""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else -1
