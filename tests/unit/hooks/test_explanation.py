"""Does the explanation say what the therapy reading and the facts say, also where they are uncertain?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.clinical.facts import Unusable
from cds_service.clinical.quantity import Interval
from cds_service.clinical.therapy import Therapy, therapy_of
from cds_service.hooks.explanation import course_lines, facts_read, facts_refused, interval_words, reading_read
from tests.support.facts import FIVE, START, TEN, day, facts, order, reading

TODAY = day(21)


def told(therapy: Therapy, today: date = TODAY) -> dict[str, str]:
    """The lines by label; a label that stands twice fails."""
    lines = course_lines(therapy, today)
    assert len({line.label for line in lines}) == len(lines)
    return {line.label: line.words for line in lines}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Interval.of(Decimal("49999")), "49999 /uL"),
        (Interval(None, Fraction(20000), high_open=True), "< 20000 /uL"),
        (Interval(Fraction(3), None), ">= 3 /uL"),
        (Interval(Fraction(1), Fraction(2), low_open=True), "> 1 and <= 2 /uL"),
    ],
)
def test_an_amount_is_told_as_number_or_range(amount: Interval, expected: str) -> None:
    assert expected == interval_words(amount, "/uL")


@pytest.mark.parametrize(
    ("reported", "amount", "converted"),
    [
        ("50000", Interval.of(Decimal("50000")), ""),
        ("50000.0", Interval.of(Decimal("50000")), ""),
        ("50000.50", Interval.of(Decimal("50000.5")), ""),
        ("<20000.0", Interval(None, Fraction(20000), high_open=True), ""),
        ("50.0", Interval.of(Decimal("50000")), "50000 /uL"),
        ("<20", Interval(None, Fraction(20000), high_open=True), "< 20000 /uL"),
    ],
)
def test_only_another_amount_than_the_reported_one_is_told_beside_it(
    reported: str, amount: Interval, converted: str
) -> None:
    found = reading("platelets", amount, TODAY)._replace(reported=reported)
    assert converted == reading_read(found).converted


def test_no_therapy_is_one_line() -> None:
    assert {"state": "none"} == told(Therapy())


def test_a_hold_is_told_with_its_day_and_reason() -> None:
    held = order(TEN, "on-hold", START, day(14), status_reason="low platelets")
    lines = told(therapy_of([held], "lenalidomide", TODAY))
    assert "on-hold" == lines["state"]
    assert "10 mg once daily, since 2026-01-05" == lines["dose before the hold"]
    assert "since 2026-01-19, reason given: low platelets" == lines["on hold"]


def test_a_hold_without_day_or_reason_says_so() -> None:
    lines = told(therapy_of([order(TEN, "on-hold", START)], "lenalidomide", TODAY))
    assert "since a day that is not known, no reason given" == lines["on hold"]


def test_a_reduction_is_told_from_the_dose_before() -> None:
    records = [order(TEN, "stopped", START, day(14)), order(FIVE, "active", day(21))]
    lines = told(therapy_of(records, "lenalidomide", day(30)), day(30))
    assert "5 mg once daily, since 2026-01-26" == lines["current dose"]
    assert "from 10 mg once daily" == lines["reduced"]
    assert "2026-01-26" == lines["resumed"]


def test_an_unknown_dose_and_first_dose_say_so() -> None:
    therapy = Therapy(state="active", dose_problem="no strength")
    assert "not known: no strength" == told(therapy)["current dose"]
    assert "not known" == told(therapy)["first dose"]


def test_every_possible_first_dose_is_told_with_its_treatment_day() -> None:
    therapy = Therapy(state="active", dose=TEN, first_doses=(START, day(7)))
    assert "2026-01-05: today is treatment day 21" == told(therapy)["first dose"]
    assert "2026-01-12: today is treatment day 14" == told(therapy)["or first dose"]


def test_orders_in_conflict_are_told_with_their_doses() -> None:
    therapy = Therapy(state="active", dose=FIVE, conflicting=(order(TEN),), has_unexplained_gap=True)
    assert "MedicationRequest/10-mg-once-daily-2026-01-05: 10 mg once daily" == told(therapy)["in conflict"]
    assert "gap" in told(therapy)


def test_facts_are_told_in_full_and_refused_ones_apart() -> None:
    refused = Unusable("platelets", "unit missing", "GEN-UNIT", "Observation/x", TODAY, "49")
    known = facts(
        reading("anc", 900, TODAY, is_preliminary=True), orders=(order(TEN),), unusable={"platelets": (refused,)}
    )
    read = {fact.fact: fact for fact in facts_read(known)}
    assert ("900", "/uL", "", TODAY, "preliminary") == (
        read["anc"].value,
        read["anc"].unit,
        read["anc"].converted,
        read["anc"].on,
        read["anc"].remark,
    )
    assert {"birthDate", "sex", "creatinine", "weight", "ipss", "diagnosis", "event", "medication"} < set(read)
    assert "platelets" not in read
    (found,) = facts_refused(known)
    assert ("unit missing", "GEN-UNIT", "49") == (found.reason, found.rule, found.value)


def test_a_partial_birth_date_is_told_as_the_span_it_is() -> None:
    known = replace(facts(), born_from=date(1953, 1, 1), born_to=date(1953, 12, 31))
    assert "1953-01-01 to 1953-12-31" == next(f.value for f in facts_read(known) if f.fact == "birthDate")
