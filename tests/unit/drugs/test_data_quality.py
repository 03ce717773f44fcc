"""Which results of an analyte decide, what stands in their way, and why there is nothing to decide on?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from cds_service.clinical.facts import Missing, PatientFacts, Reading, Unusable
from cds_service.dosing.case import Case
from cds_service.dosing.data_quality import Available, available
from tests.support.facts import day, reading
from tests.support.rules import IN_FORCE

TODAY = day(10)
UNSEEN = {"anc": "the server did not answer"}


def anc(on: int, hour: int | None = None, **more: object) -> Reading:
    """A neutrophil count of a day, with its hour where that is known."""
    at = datetime.combine(day(on), time(hour), UTC) if hour is not None else None
    return reading("anc", 1000 + on, day(on), **more)._replace(at=at)


def refused(on: int | None, rule: str = "GEN-UNIT", *, is_other_test: bool = False) -> Unusable:
    """A count that cannot be used."""
    when: date | None = day(on) if on is not None else None
    return Unusable("anc", "unit not known", rule, "Observation/1", when, is_other_test=is_other_test)


def found(*readings: Reading, refusals: tuple[Unusable, ...] = (), **more: object) -> Available:
    """What there is of the neutrophils today."""
    facts = PatientFacts(readings={"anc": readings}, unusable={"anc": refusals}, **more)  # type: ignore[arg-type]
    case = Case(facts, (), "patient-view", TODAY, datetime.combine(TODAY, time(12), UTC), "US", rules=IN_FORCE)
    return available(case, "anc")


PRELIMINARY, ESTIMATE = {"is_preliminary": True}, {"is_estimate": True}


@pytest.mark.parametrize(
    ("readings", "refusals", "unseen", "expected"),
    [
        ((), (), {}, Missing("anc", "no result was sent")),
        ((anc(11),), (), {}, Missing("anc", "no result was sent")),
        ((), (), UNSEEN, Missing("anc", "the server did not answer")),
        ((), (refused(1), refused(2, "GEN-DATE")), UNSEEN, Missing("anc", "unit not known", "GEN-DATE")),
        ((), (refused(1, ""),), {}, Missing("anc", "unit not known", "")),
        ((), (refused(1, is_other_test=True),), {}, Missing("anc", "unit not known", "GEN-UNIT")),
        ((anc(1, **PRELIMINARY),), (), UNSEEN, Missing("anc", "only a preliminary result", "GEN-STATUS")),
        (
            (anc(1, **ESTIMATE),),
            (refused(1, ""),),
            UNSEEN,
            Missing("anc", "only an estimate or a count with clumping remark", "GEN-CLUMP"),
        ),
        ((anc(10),), (), UNSEEN, None),
    ],
)
def test_it_is_said_why_there_is_nothing_to_decide_on(
    readings: tuple[Reading, ...], refusals: tuple[Unusable, ...], unseen: dict[str, str], expected: Missing | None
) -> None:
    assert expected == found(*readings, refusals=refusals, unseen=unseen).missing


@pytest.mark.parametrize(
    ("refusal", "stands"),
    [
        (refused(4), False),
        (refused(5), True),
        (refused(None), True),
        (refused(5, ""), False),
        (refused(6, ""), True),
        (refused(None, ""), True),
    ],
)
def test_a_result_that_cannot_be_used_stands_in_the_way_where_it_may_be_the_newer(
    refusal: Unusable, stands: bool
) -> None:
    result = found(anc(5), refusals=(refusal,))
    assert ((anc(5),), (refusal,) if stands else ()) == (result.decisive, result.refused)


@pytest.mark.parametrize(("on", "stands"), [(4, False), (5, True), (6, True), (None, True)])
def test_a_result_of_another_specimen_is_only_set_aside(on: int | None, stands: bool) -> None:
    other = refused(on, is_other_test=True)
    result = found(anc(5), refusals=(other,))
    assert ((), (other,) if stands else ()) == (result.refused, result.set_aside)


@pytest.mark.parametrize("kind", [PRELIMINARY, ESTIMATE], ids=["preliminary", "estimate"])
@pytest.mark.parametrize(
    ("on", "hour", "is_later"),
    [(4, 12, False), (5, 7, False), (5, 8, True), (5, 9, True), (5, None, True), (6, 0, True)],
)
def test_a_result_that_may_not_decide_is_named_where_it_is_not_older(
    kind: dict[str, bool], on: int, hour: int | None, is_later: bool
) -> None:
    later = anc(on, hour, **kind)
    result = found(anc(5, 8), later)
    named = result.preliminary if kind is PRELIMINARY else result.estimate
    assert ((later,) if is_later else (), (anc(5, 8),)) == (named, result.decisive)


def test_a_preliminary_estimate_is_named_once() -> None:
    both = anc(6, is_preliminary=True, is_estimate=True)
    assert ((both,), ()) == (lambda a: (a.preliminary, a.estimate))(found(both))


def test_the_latest_draw_is_that_of_any_result_with_a_day_of_its_own() -> None:
    assert day(7) == found(anc(5), anc(6, **ESTIMATE), anc(7, **PRELIMINARY)).drawn_on
    assert day(8) == found(anc(5), refusals=(refused(None), refused(8))).drawn_on
    assert day(5) == found(anc(5), refusals=(refused(8, ""),)).drawn_on
    assert found().drawn_on is None


def test_a_result_is_old_on_the_day_after_its_days() -> None:
    assert [False, True, False] == [
        found(anc(3)).is_older_than(7, TODAY), found(anc(2)).is_older_than(7, TODAY), found().is_older_than(0, TODAY),
    ]  # fmt: skip


def test_a_result_that_is_too_old_is_told_apart_from_the_one_that_cannot_be_used() -> None:
    assert f"older than 7 days ({day(2)})" == found(anc(2)).too_old(7)
    for later in (found(anc(2), refusals=(refused(9),)), found(anc(2), anc(9, **ESTIMATE))):
        assert f"last usable one too old ({day(2)})" == later.too_old(7)
