"""The fixture cases on another day: what happened moves with today as a whole, so that a patient of January stands in the
same week of treatment whenever the demonstration is shown.

A birth date is no event of the course and does not move with it. Only its year follows where a birthday has passed since
the day of the case: the patient stays as old as in the case, and so do the clearance and all that goes by age.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)")


def moved_call(request: Mapping[str, Any], name: str, then: date, today: date) -> dict[str, Any]:
    """A case's request as it would be sent today: every whole day in it moved, those within texts and ids too, and each
    resource of the chart under an id of this patient alone, so that one FHIR server can hold the charts of all cases.

    Args: the request; the case's name; the case's own day; today.
    """
    chart = [r for r in prefetched(request) if r["resourceType"] != "Patient"]  # a patient's id is its own already
    names = {f"{resource['resourceType']}/{resource['id']}" for resource in chart if "id" in resource}
    days = today - then

    def moved(value: Any, member: str) -> Any:
        if isinstance(value, dict):
            copy = {each: moved(inner, each) for each, inner in value.items()}
            if f"{value.get('resourceType')}/{value.get('id')}" in names:
                copy["id"] = f"{name}-{copy['id']}"
            return copy
        if isinstance(value, list):
            return [moved(inner, member) for inner in value]
        if not isinstance(value, str):
            return value
        if member == "birthDate":
            return _as_old(value, then, today)
        text = _DAY.sub(lambda found: _later(found[0], days), value)
        if "/".join(value.split("/")[-2:]) in names:
            base, _, identifier = text.rpartition("/")
            return f"{base}/{name}-{identifier}"
        return text

    copy: dict[str, Any] = moved(request, "")
    return copy


def prefetched(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The resources that one request carries as prefetch."""
    for answer in request["prefetch"].values():
        yield from _resources(answer)


def _resources(answer: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    kind = answer.get("resourceType") if answer else None
    if answer is None or kind in (None, "OperationOutcome"):
        return
    if kind != "Bundle":
        yield answer
        return
    yield from (entry["resource"] for entry in answer.get("entry", ()) if "resource" in entry)


def chart_of(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a FHIR server of the patient holds; a resource comes once for each key that brings it.

    A reference below the address of the case's own server is one within this server: it becomes relative.
    """
    base = f"{request.get('fhirServer', '').rstrip('/')}/"
    yield from (_below(base, resource) for resource in prefetched(request))


def _below(base: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: inner.removeprefix(base) if name == "reference" and isinstance(inner, str) else _below(base, inner)
            for name, inner in value.items()
        }
    return [_below(base, inner) for inner in value] if isinstance(value, list) else value


def _later(day: str, days: timedelta) -> str:
    """The day, moved; a text that only looks like a day stays."""
    try:
        return (date.fromisoformat(day) + days).isoformat()
    except (ValueError, OverflowError):
        return day


def _as_old(born: str, then: date, now: date) -> str:
    """The birth date that makes somebody as old now as the given one did then; its year alone changes."""
    month, day = (int(part) for part in born.split("-")[1:])
    birthdays = now.year - then.year - ((now.month, now.day) < (month, day)) + ((then.month, then.day) < (month, day))
    return f"{int(born[:4]) + birthdays}{born[4:]}"
