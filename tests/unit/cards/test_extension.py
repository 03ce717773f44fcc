"""The decision for machines: exact numbers, nothing empty, no dose where none may be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.cards.extension import dose_object, json_number, machine_readable
from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import Action, Resume, Urgency
from cds_service.clinical.recommendation import Test as LabTest
from tests.support.decisions import LABEL, cbc_due, hold


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
        "source": {"document": "us-label-2023-03", "section": "2.2", "url": LABEL.url},
        "contentVersion": "2026.1",
    }
    assert expected == machine_readable(hold(), "2026.1")


@pytest.mark.parametrize("action", ["hold", "remain-on-hold", "do-not-start", "discontinue", "request-data", "review"])
def test_no_dose_stands_on_a_decision_that_may_have_none(action: str) -> None:
    wrong = hold(action=Action(action), urgency=Urgency.CRITICAL, dose=Dose(Decimal("10")))
    assert "dose" not in machine_readable(wrong, "1")


@pytest.mark.parametrize("action", ["request-data", "review"])
def test_not_even_a_later_dose_stands_on_a_question(action: str) -> None:
    wrong = hold(action=Action(action), resume=Resume("platelets >= 50", Dose(Decimal("5"))))
    expected = {"when": "platelets >= 50"}
    assert expected == machine_readable(wrong, "1")["resume"]


def test_a_test_that_is_not_overdue_says_so_with_false() -> None:
    due = cbc_due(test=LabTest("cbc", date(2026, 2, 20), False))
    expected = {"code": "57021-8", "due": "2026-02-20", "overdue": False}
    assert expected == machine_readable(due, "1")["test"]


def test_a_test_of_an_unknown_name_has_no_code_to_tell() -> None:
    assert "test" not in machine_readable(cbc_due(test=LabTest("no-such-test", date(2026, 2, 20), False)), "1")


def test_what_a_card_also_stands_for_is_listed() -> None:
    expected = [{"action": "order-cbc", "urgency": "info", "rules": ["US-MDS-MON-3"]}]
    assert expected == machine_readable(cbc_due(2), "1", [cbc_due(3)])["alsoFound"]
