"""Bodies near the limit that are made to be slow: each answers within seconds, and says no less than a small one."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.broken_calls import entries, first_draft, send, signing
from tests.support.judgement import recommendation
from tests.support.resources import Json

pytestmark = pytest.mark.slow

# CPU time. The ruling is 2 s on a quiet machine; a slow one needs twice that, and what grows by the square far more.
MOST_SECONDS = 5


def newest(request: Json, key: str) -> Json:
    found: Json = max((e["resource"] for e in entries(request, key)), key=lambda r: r["effectiveDateTime"])
    return found


def like(resource: Json, number: int, **members: Any) -> Json:
    return {"resource": {**copy.deepcopy(resource), "id": f"more-{number}", **members}}


def amounts_of_one_time(request: Json) -> None:
    """Platelets of one moment, each another amount above every threshold."""
    count = newest(request, "platelets")
    many = [
        like(count, n, valueQuantity={**count["valueQuantity"], "value": 100_000 + n, "unit": "/uL", "code": "/uL"})
        for n in range(8_000)
    ]
    entries(request, "platelets").extend(many)


def amounts_of_many_times(request: Json) -> None:
    """Low neutrophils, each at another minute, under a treatment whose start is not known."""
    count = newest(request, "neutrophils")
    day = count["effectiveDateTime"][:8]
    many = [
        like(
            count,
            n,
            effectiveDateTime=f"{day}{n % 20 + 1:02}T{n // 20 % 24:02}:{n // 480 % 60:02}:00Z",
            valueQuantity={**count["valueQuantity"], "value": 100 + n % 399, "unit": "/uL", "code": "/uL"},
        )
        for n in range(8_000)
    ]
    entries(request, "neutrophils").extend(many)
    for entry in entries(request, "medicationRequests"):
        entry["resource"].pop("authoredOn", None)
        for instruction in entry["resource"].get("dosageInstruction", []):
            instruction.get("timing", {}).get("repeat", {}).pop("boundsPeriod", None)


def drafts(request: Json) -> None:
    """The draft three thousand times."""
    many = [{"resource": {**first_draft(request), "id": f"more-{n}"}} for n in range(3_000)]
    request["context"]["draftOrders"]["entry"].extend(many)


def long_diagnoses(request: Json) -> None:
    """Diagnoses in long words that name nothing."""
    text = "dialysis pregnancy not no denies 4711 " * 20
    subject = first_draft(request)["subject"]
    many = [
        {"resource": {"resourceType": "Condition", "id": f"c{n}", "subject": subject, "code": {"text": f"{n} {text}"}}}
        for n in range(3_000)
    ]
    request["prefetch"]["conditions"].setdefault("entry", []).extend(many)


def allergies(request: Json) -> None:
    """Allergies to the drug, each with a rash."""
    patient = first_draft(request)["subject"]
    base = {"resourceType": "AllergyIntolerance", "patient": patient, "code": {"text": "lenalidomide"}}
    many = [like(base, n, reaction=[{"manifestation": [{"text": f"rash {n}"}]}]) for n in range(12_000)]
    request["prefetch"]["allergies"] = {"resourceType": "Bundle", "type": "searchset", "entry": many}


@pytest.mark.parametrize("change", [amounts_of_one_time, amounts_of_many_times, drafts, long_diagnoses, allergies])
def test_a_body_of_thousands_of_resources_is_answered_in_time(change: Callable[[Json], None]) -> None:
    _, _, request = signing()
    change(request)
    began = time.process_time()
    status, answer = send(request)
    assert (200, True) == (status, time.process_time() - began < MOST_SECONDS)
    assert answer["cards"]
    assert len(json.dumps(answer)) < 1_000_000


def test_of_thousands_of_amounts_at_one_time_the_lowest_still_decides() -> None:
    _, _, request = signing()
    amounts_of_one_time(request)
    _, answer = send(request)
    assert {"request-data", "hold", "repeat-and-reassess"} & {recommendation(c)["action"] for c in answer["cards"]}
    assert len(json.dumps(answer)) < 100_000


def test_every_one_of_three_thousand_drafts_is_named() -> None:
    _, _, request = signing()
    drafts(request)
    _, answer = send(request)
    named = json.dumps(answer)
    assert [] == [n for n in range(3_000) if f'more-{n}"' not in named]
