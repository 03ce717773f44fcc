"""Does the judge of worked examples see a right card, a wrong one, and one that contradicts?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.judgement import EXTENSION, IDEAS, is_dose, judge

HOLD: dict[str, Any] = {
    "indicator": "critical",
    "action": "hold",
    "target": None,
    "next_cbc_due": "2026-02-02",
    "rule_ids": ["US-MDS-PLT-W4-HI"],
}
START = {
    "indicator": "warning",
    "action": "start",
    "target": {"dose_mg": 5, "schedule": "once daily"},
    "next_cbc_due": None,
    "rule_ids": ["US-REN-MDS-30-60"],
}
CONTINUE = {**START, "indicator": "info", "action": "continue", "rule_ids": ["US-MON-CBC-MDS"]}


def card(indicator: str, action: str, *rules: str, **more: Any) -> dict[str, Any]:
    """A card with only what the judge looks at."""
    suggestions = more.pop("suggestions", [])
    said = {"action": action, "rules": list(rules), **more}
    return {"summary": "", "indicator": indicator, "suggestions": suggestions, "extension": {EXTENSION: said}}


def _order(mg: float, status: str = "draft") -> list[dict[str, Any]]:
    dosage = [{"doseAndRate": [{"doseQuantity": {"value": mg, "unit": "mg"}}]}]
    order = {"resourceType": "MedicationRequest", "status": status, "dosageInstruction": dosage}
    return [{"actions": [{"type": "update", "resource": order}]}]


RIGHT = card("critical", "hold", "US-MDS-PLT-W4-HI", nextCbcDue="2026-02-02")


def test_the_right_hold_passes() -> None:
    assert [] == judge(HOLD, [RIGHT])
    assert [] == judge(HOLD, [RIGHT, card("warning", "order-cbc", "US-MON-HOLD", nextCbcDue="2026-01-30")])


@pytest.mark.parametrize(
    "cards",
    [
        [],
        [card("warning", "hold", "US-MDS-PLT-W4-HI", nextCbcDue="2026-02-02")],
        [card("critical", "hold", "US-MDS-PLT-A4", nextCbcDue="2026-02-02")],
        [card("critical", "hold", "US-MDS-PLT-W4-HI", nextCbcDue="2026-02-03")],
        [card("critical", "hold", "US-MDS-PLT-W4-HI", nextCbcDue="2026-02-02", dose={"mg": 5})],
        [RIGHT, card("info", "continue", "US-MON-CBC-MDS")],
        [RIGHT, card("warning", "resume-reduced", "US-MDS-PLT-A4")],
        [RIGHT, card("info", "inform", "X", suggestions=_order(10))],
    ],
)
def test_a_missing_wrong_or_contradicted_hold_fails(cards: list[dict[str, Any]]) -> None:
    assert judge(HOLD, cards) != []


def test_a_suggestion_that_puts_the_order_on_hold_does_not_contradict() -> None:
    assert [] == judge(HOLD, [{**RIGHT, "suggestions": _order(10, "on-hold")}])


def test_a_start_needs_its_dose_and_no_other() -> None:
    right = card("warning", "start", "US-REN-MDS-30-60", dose={"mg": 5, "everyDays": 1}, suggestions=_order(5))
    assert [] == judge(START, [right])
    assert judge(START, [card("warning", "start", "US-REN-MDS-30-60", dose={"mg": 10, "everyDays": 1})]) != []
    assert judge(START, [{**right, "suggestions": _order(10)}]) != []
    assert judge(START, [right, card("critical", "do-not-start", "US-CI-PREG")]) != []


def test_when_all_is_well_no_card_or_an_agreeing_info_card_passes() -> None:
    agreeing = card("info", "continue", "US-MON-CBC-MDS", dose={"mg": 5, "everyDays": 1})
    assert [] == judge(CONTINUE, [])
    assert [] == judge(CONTINUE, [agreeing])
    assert judge(CONTINUE, [card("warning", "review", "US-REN-ONTX")]) != []
    assert judge(CONTINUE, [card("info", "continue", "US-MON-CBC-MDS", dose={"mg": 10, "everyDays": 1})]) != []


def test_a_folded_finding_is_found_at_its_urgency_and_a_folded_alert_is_not_overlooked() -> None:
    inform = {**CONTINUE, "action": "inform", "target": None, "rule_ids": ["US-DDI-WARF"]}
    also = [{"action": "inform", "urgency": "info", "rules": ["US-DDI-WARF"]}]
    folded = card("info", "order-cbc", "US-MON-CBC-MDS", alsoFound=also)
    assert [] == judge(inform, [folded])
    assert judge({**inform, "indicator": "warning"}, [folded]) != []
    assert judge({**inform, "target": {"dose_mg": 5}}, [folded]) != []
    assert judge({**inform, "action": "no_alert", "indicator": "none"}, [folded]) != []


def test_a_request_for_data_allows_a_hold_unless_it_is_forbidden() -> None:
    asks = {**HOLD, "indicator": "warning", "action": "request_data", "next_cbc_due": None, "rule_ids": ["GEN-UNIT"]}
    cards = [card("warning", "request-data", "GEN-UNIT"), RIGHT]
    assert [] == judge(asks, cards)
    assert judge({**asks, "must_not": ["hold as a label conclusion"]}, cards) != []
    resumes = card("critical", "hold", "US-MDS-PLT-W4-HI", resume={"when": "…", "dose": {"mg": 5}})
    assert judge({**asks, "must_not": ["any lenalidomide dose"]}, [cards[0], resumes]) != []


def test_words_about_stopping_an_esa_are_seen() -> None:
    spoken = {"summary": "Hemoglobin 12.0: stop epoetin", "detail": ""}
    assert IDEAS["stop ESA"]([spoken])
    assert not IDEAS["stop ESA"]([{"summary": "Epoetin adds to the risk of thrombosis", "detail": ""}])


@pytest.mark.parametrize(
    ("dose", "target", "is_same"),
    [
        ({"mg": 10, "everyDays": 1, "onDays": 21, "cycleDays": 28}, (10, "days 1-21 of 28"), True),
        ({"mg": 10, "everyDays": 1}, (10, "days 1-21 of 28"), False),
        ({"mg": 10, "everyDays": 1, "onDays": 21, "cycleDays": 28}, (10, "once daily"), False),
        ({"mg": 2.5, "everyDays": 2}, (2.5, "every other day"), True),
        ({"mg": 2.5, "perWeek": 2}, (2.5, "twice a week"), True),
        ({"mg": 2.5, "everyDays": 1}, (2.5, "twice a week"), False),
        (
            {"mg": 2.5, "everyDays": 1, "note": "after dialysis on dialysis days"},
            (2.5, "once daily, after dialysis"),
            True,
        ),
        ({"mg": 2.5, "everyDays": 1}, (2.5, "once daily, after dialysis"), False),
    ],
)
def test_a_dose_is_its_mg_and_its_schedule(dose: dict[str, Any], target: tuple[float, str], is_same: bool) -> None:
    assert is_same == is_dose(dose, {"dose_mg": target[0], "schedule": target[1]})
