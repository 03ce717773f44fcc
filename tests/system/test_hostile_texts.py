"""A text of tens of thousands of characters costs little time, wherever it stands."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.spec.field.charts import situation
from tests.spec.reported.judged import ask

LONG = 60_000
MOST_SECONDS = 1.0
DAY = "2026-06-14"
ORDER = "prefetch/medicationRequests/#order-1"
PIECES = (" ", "\t", "\u00a0", "(", "a", "1 ", "/", "no ", "held ", "wants to become pregnant ", "10 mg + ", "血小板")


def count(**members: Any) -> dict[str, Any]:
    return {"effectiveDateTime": DAY, "valueString": "5", **members}


PLACES: dict[str, Any] = {
    "condition": lambda text: {"add": {"conditions": [{"code": {"text": text}, "onsetDateTime": DAY}]}},
    "procedure": lambda text: {"add": {"procedures": [{"code": {"text": text}, "performedDateTime": DAY}]}},
    "name of a result": lambda text: {"add": {"latestLaboratory": [count(code={"text": text})]}},
    "value": lambda text: {"add": {"latestLaboratory": [count(code={"text": "CBC"}, valueString=text)]}},
    "note of a result": lambda text: {
        "add": {"platelets": [count(code="loinc 777-3 Platelets", note=[{"text": text}])]}
    },
    "unit": lambda text: {
        "add": {
            "platelets": [
                {"code": "loinc 777-3 P", "effectiveDateTime": DAY, "valueQuantity": {"value": 1, "unit": text}}
            ]
        }
    },
    "note of an order": lambda text: {"edits": {f"{ORDER}/note": [{"text": text}]}},
    "reason of a status": lambda text: {"edits": {f"{ORDER}/statusReason": {"text": text}}},
    "instruction": lambda text: {"edits": {f"{ORDER}/dosageInstruction/0/text": text}},
    "product": lambda text: {"edits": {f"{ORDER}/medicationCodeableConcept": {"text": text}}},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_long_text_is_read_or_refused_in_time(place: str) -> None:
    slow = []
    for piece in PIECES:
        told = {"name": place, "base": "steady", "expect": {}, **PLACES[place]((piece * LONG)[:LONG])}
        case, body = situation(told)
        began = time.process_time()
        assert 200 == ask(case, body).status
        if (took := time.process_time() - began) > MOST_SECONDS:
            slow.append((piece, round(took, 1)))
    assert [] == slow
