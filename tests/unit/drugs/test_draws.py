"""Does a draw lie in the hours before prescribing, also where a time, a zone or a day is lacking?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Finding, PatientFacts
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide.safety import draws
from cds_service.drugs.lenalidomide.safety.draws import (
    Prescribing,
    Span,
    drawn_on,
    is_within,
    prescribing,
)
from tests.support.facts import day, draft
from tests.support.rules import IN_FORCE

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
EAST = timezone(timedelta(hours=9))
WRITTEN = datetime(2026, 1, 14, 8)
TODAY = day(10)


def case(*orders: MedicationRecord, tests: tuple[Finding, ...] = ()) -> Case:
    """A call at noon of treatment day 10."""
    return Case(PatientFacts(findings={"pregnancyTest": tests}), orders, "order-sign", TODAY, NOW, "US")


def result(**more: object) -> Finding:
    """A negative pregnancy test."""
    given: dict[str, object] = {"on": None, "at": None, **more}
    return Finding("pregnancyTest", "negative", reference="Observation/1", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, Prescribing(Span(NOW, NOW), None)),
        ({"authored_on": TODAY}, Prescribing(Span(NOW, NOW), None)),
        (
            {"authored_at": WRITTEN.replace(tzinfo=EAST), "authored_on": day(9)},
            Prescribing(Span(WRITTEN.replace(tzinfo=EAST), WRITTEN.replace(tzinfo=EAST)), EAST),
        ),
        (
            {"authored_local": WRITTEN, "authored_on": day(9)},
            Prescribing(
                Span(datetime(2026, 1, 13, 18, tzinfo=UTC), datetime(2026, 1, 14, 20, tzinfo=UTC)),
                None,
                WRITTEN.replace(tzinfo=UTC),
            ),
        ),
        (
            {"authored_on": day(9)},
            Prescribing(Span(datetime(2026, 1, 14, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)), None),
        ),
    ],
    ids=["not said", "today", "an instant", "a wall clock", "another day"],
)
def test_prescribing_is_when_the_draft_was_written(members: dict[str, object], expected: Prescribing) -> None:
    assert expected == prescribing(case(replace(draft(), **members)))  # type: ignore[arg-type]


def test_without_a_draft_prescribing_is_now() -> None:
    assert Prescribing(Span(NOW, NOW), None) == prescribing(case())


LOCAL = Prescribing(Span(NOW, NOW), None, WRITTEN.replace(tzinfo=UTC))
SIX = datetime(2026, 1, 14, 6)


@pytest.mark.parametrize(
    ("drawn", "at", "expected"),
    [
        (result(at=NOW), LOCAL, Span(NOW, NOW)),
        (
            result(local=SIX),
            Prescribing(Span(NOW, NOW), EAST),
            Span(SIX.replace(tzinfo=EAST), SIX.replace(tzinfo=EAST)),
        ),
        (result(local=SIX), LOCAL, Span(SIX.replace(tzinfo=UTC), SIX.replace(tzinfo=UTC), is_local=True)),
        (
            result(local=SIX),
            Prescribing(Span(NOW, NOW), None),
            Span(datetime(2026, 1, 13, 16, tzinfo=UTC), datetime(2026, 1, 14, 18, tzinfo=UTC)),
        ),
        (
            result(on=day(9)),
            Prescribing(Span(NOW, NOW), EAST),
            Span(datetime(2026, 1, 14, tzinfo=EAST), datetime(2026, 1, 15, tzinfo=EAST)),
        ),
        (result(), LOCAL, None),
    ],
    ids=["an instant", "in the zone of the order", "both without zone", "of any zone", "a day", "undated"],
)
def test_a_draw_is_an_instant_or_the_span_in_which_it_lies(
    drawn: Finding, at: Prescribing, expected: Span | None
) -> None:
    (test,) = draws.tests_of(case(tests=(drawn,)), at)
    assert expected == test.drawn


def test_a_result_of_which_only_the_day_is_kept_is_its_whole_day() -> None:
    at = Prescribing(Span(NOW, NOW), None)
    assert Span(datetime(2026, 1, 14, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)) == drawn_on(day(9), at)
    assert drawn_on(None, at) is None


AT = Prescribing(Span(NOW, NOW), None)


def hours_before(first: int, last: int | None = None) -> Span:
    """A draw some hours before now, or between two."""
    return Span(NOW - timedelta(hours=first), NOW - timedelta(hours=first if last is None else last))


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (None, None),
        (hours_before(24), True),
        (hours_before(25), False),
        (hours_before(2), True),
        (hours_before(1), False),
        (hours_before(25, 24), None),
        (hours_before(24, 2), True),
        (hours_before(2, 1), None),
        (hours_before(26, 25), False),
        (hours_before(1, 0), False),
    ],
)
def test_both_ends_of_a_window_belong_to_it(drawn: Span | None, expected: bool | None) -> None:
    assert expected is is_within(drawn, AT, 24, 2)


def test_a_draw_of_today_of_which_only_the_day_is_known_was_before_now() -> None:
    today = Span(datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 1, 16, tzinfo=UTC))
    assert is_within(today, AT, 24, 0) is True
    assert is_within(Span(today.earliest, today.latest - timedelta(hours=1)), AT, 24, 0) is None


def test_two_wall_clocks_without_zone_are_compared_as_they_stand() -> None:
    drawn = Span(SIX.replace(tzinfo=UTC), SIX.replace(tzinfo=UTC), is_local=True)
    assert (True, False) == (is_within(drawn, LOCAL, 2, 0), is_within(drawn, LOCAL, 1, 0))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"at": NOW}, "negative 2026-01-15T12:00+00:00"),
        ({"local": SIX}, "negative 2026-01-14T06:00"),
        ({"on": day(9)}, "negative 2026-01-14"),
        ({}, "negative undated"),
        ({"on": day(9), "concepts": frozenset({"preliminary"})}, "negative 2026-01-14 (preliminary)"),
    ],
)
def test_a_test_is_told_with_its_time(members: dict[str, object], expected: str) -> None:
    (test,) = draws.tests_of(case(tests=(result(**members),)), AT)
    assert expected == test.words


@pytest.mark.parametrize(
    ("words", "expected"),
    [("25 mIU/mL", 25), ("<= 50 U/L", 50), ("≤20 iu/l", 20), ("<5.5 m[IU]/mL", 5.5), ("25", None), ("25 mg", None)],
)
def test_the_sensitivity_is_read_with_its_unit(words: str, expected: float | None) -> None:
    stated = result(components=(("lot", "1 U/L"), ("analytical sensitivity", f" {words} ")))
    (test,) = draws.tests_of(case(tests=(stated,)), AT)
    assert expected == test.sensitivity


def test_tests_are_told_from_the_oldest_on_and_those_without_a_day_first() -> None:
    tests = (result(at=NOW), result(on=day(8)), result())
    assert ["negative undated", "negative 2026-01-13", "negative 2026-01-15T12:00+00:00"] == [
        t.words for t in draws.tests_of(case(tests=tests), AT)
    ]


@pytest.mark.parametrize(
    ("amount", "members", "expected"),
    [
        ("4.9", {}, ("negative", 5)),
        ("5", {}, ("borderline", None)),
        ("24.9", {}, ("borderline", None)),
        ("25", {}, ("positive", None)),
        ("4.9", {"concepts": frozenset({"flagged-high"})}, ("borderline", None)),
        ("3", {"value": "positive"}, ("indeterminate", 5)),
        ("3", {"value": "negative"}, ("negative", 5)),
        ("30", {"value": "negative"}, ("indeterminate", None)),
        ("3", {"concepts": frozenset({"preliminary"})}, ("indeterminate", 5)),
        ("<50", {}, ("negative", 50)),
        ("<51", {}, ("no result", 51)),
        ("<2", {}, ("negative", 2)),
        (">1000", {}, ("positive", None)),
        (">10", {}, ("borderline", None)),
    ],
)
def test_a_number_of_hcg_is_read_by_the_rule(
    amount: str, members: dict[str, object], expected: tuple[str, int | None]
) -> None:
    given: dict[str, object] = {"value": f"{amount} mIU/mL", **members}
    finding = Finding("pregnancyTest", on=day(9), at=None, reference="x", components=(("hcg", amount),), **given)  # type: ignore[arg-type]
    (test,) = draws.tests_of(replace(case(tests=(finding,)), rules=IN_FORCE), AT)
    assert expected == (test.value, test.sensitivity)
    assert test.dated.startswith(f"hCG {amount} mIU/mL")
