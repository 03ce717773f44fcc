"""The decision for machines: exact numbers, nothing empty, no dose where none may be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.cards.extension import NAME, dose_object, json_number, machine_readable
from cds_service.cards.render import render
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Action, Input, Quote, Resume, RuleOutcome, Urgency
from cds_service.clinical.recommendation import Test as LabTest
from tests.support.decisions import LABEL, cbc_due, context, hold


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (Decimal("5"), "5"),
        (Decimal("1E+1"), "10"),
        (Decimal("2.50"), "2.5"),
        (Fraction(1, 3), "0.3333"),
        (Fraction(15, 2), "7.5"),
        (Fraction(25, 32), "0.78125"),
    ],
)
def test_numbers_are_exact_where_json_can_write_them(number: Decimal | Fraction, expected: str) -> None:
    assert expected == str(json_number(number))


@pytest.mark.parametrize(
    ("dose", "expected"),
    [
        (Dose(Decimal("5")), {"mg": 5, "everyDays": 1, "mgPerDay": 5}),
        (Dose(Decimal("15"), every_days=2), {"mg": 15, "everyDays": 2, "mgPerDay": Decimal("7.5")}),
        (Dose(Decimal("5"), per_week=2), {"mg": 5, "perWeek": 2, "mgPerDay": Decimal("1.4286")}),
        (
            Dose(Decimal("10"), on_days=21, cycle_days=28),
            {"mg": 10, "everyDays": 1, "onDays": 21, "cycleDays": 28, "mgPerDay": Decimal("7.5")},
        ),
        (
            Dose(Decimal("5"), note="after dialysis on dialysis days"),
            {"mg": 5, "everyDays": 1, "mgPerDay": 5, "note": "after dialysis on dialysis days"},
        ),
        (Dose(Decimal("5"), times_per_day=2), {"mg": 5, "everyDays": 1, "timesPerDay": 2, "mgPerDay": 10}),
    ],
)
def test_a_dose_is_written_with_its_schedule_and_average(dose: Dose, expected: dict[str, object]) -> None:
    assert expected == dose_object(dose)


def test_a_hold_is_written_as_the_contract_says() -> None:
    expected = {
        "action": "hold",
        "actionCoding": {"system": "urn:cds-service:action", "code": "hold", "display": "hold"},
        "rules": ["US-MDS-PLT-W4-HI"],
        "jurisdiction": "US",
        "drug": "lenalidomide",
        "indication": "mds-del5q",
        "order": "MedicationRequest/draft-1",
        "resume": {"when": "platelets >= 50 10*9/L", "dose": {"mg": 5, "everyDays": 1, "mgPerDay": 5}},
        "nextCbcDue": "2026-02-02",
        "inputs": [
            {
                "fact": "platelets",
                "value": "49.999",
                "unit": "10*9/L",
                "converted": "49999 /uL",
                "on": "2026-01-26",
                "reference": "Observation/plt-21",
            },
            {
                "fact": "baselinePlatelets",
                "value": "180",
                "unit": "10*9/L",
                "converted": "180000 /uL",
                "on": "2026-01-04",
                "reference": "Observation/plt-0",
            },
        ],
        "missing": [{"fact": "temperature", "reason": "none in the last 48 h"}],
        "notChecked": [{"check": "temperature", "why": "none in the last 48 h"}],
        "assumptions": ["capsules taken as ordered"],
        "remarks": ["1 result of another patient was refused"],
        "quotes": [
            {
                "document": "us-label-2023-03",
                "section": "2.2",
                "state": "checked against the document by program",
                "text": "interrupt below 50,000/µL.",
            }
        ],
        "source": {
            "document": "us-label-2023-03",
            "section": "2.2",
            "url": LABEL.url,
            "edition": "2023-03",
            "state": "checked against the document by program",
        },
        "contentVersion": "2026.1",
    }
    assert expected == machine_readable(hold(), context())


@pytest.mark.parametrize("action", ["hold", "remain-on-hold", "do-not-start", "discontinue", "request-data", "review"])
def test_no_dose_stands_on_a_decision_that_may_have_none(action: str) -> None:
    wrong = hold(action=Action(action), urgency=Urgency.CRITICAL, dose=Dose(Decimal("10")))
    assert "dose" not in machine_readable(wrong, context())


@pytest.mark.parametrize("action", ["request-data", "review"])
def test_not_even_a_later_dose_stands_on_a_question(action: str) -> None:
    wrong = hold(action=Action(action), resume=Resume("platelets >= 50", Dose(Decimal("5"))))
    expected = {"when": "platelets >= 50"}
    assert expected == machine_readable(wrong, context())["resume"]


def test_a_test_that_is_not_overdue_says_so_with_false() -> None:
    due = cbc_due(test=LabTest("cbc", date(2026, 2, 20), False))
    expected = {"code": "57021-8", "due": "2026-02-20", "overdue": False}
    assert expected == machine_readable(due, context())["test"]


def test_a_test_of_an_unknown_name_has_no_code_to_tell() -> None:
    assert "test" not in machine_readable(cbc_due(test=LabTest("no-such-test", date(2026, 2, 20), False)), context())


def test_what_a_card_also_stands_for_is_listed() -> None:
    expected = [{"action": "order-cbc", "urgency": "info", "rules": ["US-MDS-MON-3"]}]
    assert expected == machine_readable(cbc_due(2), context(), [cbc_due(3)])["alsoFound"]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Interval.of(Decimal("49999")), {"value": 49999, "code": "/uL"}),
        (Interval.of(Decimal("0")), {"value": 0, "code": "/uL"}),
        (Interval(None, Fraction(20000), high_open=True), {"comparator": "<", "value": 20000, "code": "/uL"}),
        (Interval(None, Fraction(20000)), {"comparator": "<=", "value": 20000, "code": "/uL"}),
        (Interval(Fraction(3), None, low_open=True), {"comparator": ">", "value": 3, "code": "/uL"}),
        (Interval(Fraction(3), None), {"comparator": ">=", "value": 3, "code": "/uL"}),
        (Interval(Fraction(3), Fraction(15, 2)), {"low": 3, "high": Decimal("7.5"), "code": "/uL"}),
    ],
)
def test_a_value_is_a_number_in_a_ucum_unit_with_its_instant(amount: Interval, expected: dict[str, object]) -> None:
    at = datetime(2026, 1, 26, 8, 30, tzinfo=UTC)
    value = Reading("platelets", amount, "/uL", "49.999", "10*9/L", at.date(), at, "Observation/a")
    (made,) = machine_readable(hold(inputs=(Input.of(value),)), context())["inputs"]
    assert (expected, "2026-01-26T08:30:00+00:00") == (made["quantity"], made["at"])


def test_a_value_that_is_no_number_has_none() -> None:
    (made,) = machine_readable(hold(inputs=(Input("currentDose", "10 mg once daily"),)), context())["inputs"]
    assert {"fact": "currentDose", "value": "10 mg once daily"} == made


def test_rules_that_the_chart_leaves_open_are_not_checked_on_the_first_card() -> None:
    open_rule = RuleOutcome("US-REN", "unknown", "no creatinine", "Label 2.6")
    first, second = render([hold(), cbc_due()], context(unchecked=(open_rule,)))
    assert {"check": "US-REN", "why": "no creatinine"} in first.extension[NAME]["notChecked"]
    assert "notChecked" not in second.extension[NAME]


def test_every_sentence_of_the_rules_stands_whole_under_its_place() -> None:
    other = Quote(replace(LABEL, section="2.6"), "kidneys " * 150)
    made = machine_readable(hold(words={"rule_text": "counts"}, beside=(other,)), context())["quotes"]
    assert [("2.2", "counts"), ("2.6", ("kidneys " * 150).strip())] == [(q["section"], q["text"]) for q in made]
