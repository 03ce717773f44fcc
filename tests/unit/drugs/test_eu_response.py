"""Does the EU stop rule judge the response on its own day and windows, and what stands without a jurisdiction?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Event, Unusable
from cds_service.clinical.recommendation import Action, Assessment, RemoveOrder, SuspendOrder
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from tests.support.facts import TEN, assess, day, draft, facts, order, reading
from tests.support.rules import IN_FORCE
from tests.unit.drugs.test_eu_mds import LEVEL_0, counts, eu, said


def response(before: int, after: int, on: date, **more: object) -> Assessment:
    """A patient with red cell units in the 8 weeks before the first dose and in the 8 weeks before today."""
    units = [day(-n - 1) for n in range(before)] + [on - timedelta(days=n) for n in range(after)]
    events = tuple(Event(frozenset({"rbc-transfusion"}), "RBC", d, f"Procedure/{n}") for n, d in enumerate(units))
    events += more.pop("more_events", ())  # type: ignore[operator]
    readings = [*counts((on - day(0)).days, 150_000, 2_000), *more.pop("readings", ())]  # type: ignore[misc]
    current, drafts = more.pop("chart", order(LEVEL_0)), more.pop("drafts", ())
    chart = facts(*readings, orders=(current,), events=events, **more)  # type: ignore[arg-type]
    return assess(chart, on, *drafts, jurisdiction="EU")  # type: ignore[misc]


FOUR_MONTHS = date(2026, 5, 5)


@pytest.mark.parametrize(
    ("before", "after", "stops"), [(10, 5, False), (10, 6, True), (9, 5, True), (1, 0, False), (3, 3, True)]
)
def test_the_stop_rule_asks_for_half_the_transfusions(before: int, after: int, stops: bool) -> None:
    assert stops == bool(said(response(before, after, FOUR_MONTHS), Action.DISCONTINUE))


@pytest.mark.parametrize(
    ("at_the_judgement", "now", "words"), [(1, 4, "1 in 8 weeks to 2026-05-05"), (4, 1, "1 in 8 weeks now")]
)
def test_the_window_that_shows_the_response_is_named(at_the_judgement: int, now: int, words: str) -> None:
    units = [FOUR_MONTHS - timedelta(days=n) for n in range(at_the_judgement)]
    earlier = tuple(Event(frozenset({"rbc-transfusion"}), "RBC", d, f"Procedure/e{n}") for n, d in enumerate(units))
    found = response(6, now, FOUR_MONTHS + timedelta(days=80), more_events=earlier)
    assert [f"6 red cell units in the 8 weeks before the start, {words}"] == [
        outcome.why for outcome in found.outcomes if outcome.rule == "EU-MDS-STOP4M"
    ]


def test_the_stop_rule_waits_for_the_same_day_four_months_later() -> None:
    assert [] == said(response(10, 10, FOUR_MONTHS - timedelta(days=1)), Action.DISCONTINUE)
    assert said(response(10, 10, FOUR_MONTHS), Action.DISCONTINUE)


@pytest.mark.parametrize(("now", "stops"), [("9.4", False), ("9.39", True)])
def test_an_untransfused_patient_needs_a_rise_of_1_g_per_decilitre(now: str, stops: bool) -> None:
    hemoglobin = [reading("hemoglobin", "8.4", day(-3)), reading("hemoglobin", now, FOUR_MONTHS)]
    assert stops == bool(said(response(0, 0, FOUR_MONTHS, readings=hemoglobin), Action.DISCONTINUE))


@pytest.mark.parametrize(("newer", "why"), [(1, "unit missing"), (0, "unit missing"), (-1, "")])
def test_a_hemoglobin_that_cannot_be_used_and_may_be_the_newest_is_asked_for(newer: int, why: str) -> None:
    used = FOUR_MONTHS - timedelta(days=5)
    refused = Unusable(
        "hemoglobin", "unit missing", "GEN-UNIT", "Observation/h", used + timedelta(days=newer), "10.1", ""
    )
    hemoglobin = [reading("hemoglobin", "8.4", day(-3)), reading("hemoglobin", "9.0", used)]
    found = response(0, 0, FOUR_MONTHS, readings=hemoglobin, unusable={"hemoglobin": (refused,)})
    assert bool(said(found, Action.DISCONTINUE)) is not bool(why)
    asked = [m.reason for r in said(found, Action.REQUEST_DATA) for m in r.missing if m.fact == "hemoglobin"]
    assert ([why] if why else []) == asked


@pytest.mark.parametrize(("now", "stops", "asks"), [("9.4", False, True), ("9.39", True, False)])
def test_a_rise_under_transfusions_that_none_preceded_is_asked_about(now: str, stops: bool, asks: bool) -> None:
    hemoglobin = [reading("hemoglobin", "8.4", day(-3)), reading("hemoglobin", now, FOUR_MONTHS)]
    found = response(0, 3, FOUR_MONTHS, readings=hemoglobin)
    assert stops == bool(said(found, Action.DISCONTINUE))
    assert asks == bool(said(found, Action.REQUEST_DATA))


def test_transfusions_that_could_not_be_seen_are_asked_for() -> None:
    found = response(0, 0, FOUR_MONTHS, unseen={"transfusions": "could not be obtained: 503"})
    assert [] == said(found, Action.DISCONTINUE)
    assert ["transfusions"] == [m.fact for r in said(found, Action.REQUEST_DATA) for m in r.missing]


def test_an_unknown_first_dose_is_asked_for_and_never_taken_as_early() -> None:
    chart = facts(*counts(120, 150_000, 2_000), orders=(order(LEVEL_0, since=None),))  # type: ignore[arg-type]
    found = said(eu(chart, day(120)), Action.REQUEST_DATA)
    assert ["EU-MDS-STOP4M"] == [r.rules[0] for r in found]


def test_a_stop_leaves_no_decision_that_takes_the_drug() -> None:
    series = [*counts(114, 20_000, 2_000), *counts(121, 60_000, 2_000)]
    units = [day(-n - 1) for n in range(6)] + [day(100 + n) for n in range(6)]
    events = tuple(Event(frozenset({"rbc-transfusion"}), "RBC", d, f"Procedure/{n}") for n, d in enumerate(units))
    chart = facts(*series, orders=(order(LEVEL_0, "on-hold", day(0), day(114)),), events=events)  # type: ignore[arg-type]
    found = eu(chart, day(121))
    assert said(found, Action.DISCONTINUE)
    assert [] == said(found, Action.RESUME_REDUCED, Action.REDUCE, Action.START)


@pytest.mark.parametrize(
    ("status", "with_draft", "label", "made"),
    [
        ("active", False, "stop-treatment", [SuspendOrder]),
        ("active", True, "stop-treatment", [RemoveOrder, SuspendOrder]),
        ("on-hold", True, "stop-treatment", [RemoveOrder, SuspendOrder]),
        ("stopped", True, "stop", [RemoveOrder]),
    ],
)
def test_a_stop_takes_the_draft_back_and_stops_the_order_of_the_chart(
    status: str, with_draft: bool, label: str, made: list[type]
) -> None:
    chart = order(LEVEL_0, status, until=day(100) if status != "active" else None)
    orders = (draft(LEVEL_0),) if with_draft else ()
    (stop,) = said(response(10, 10, FOUR_MONTHS, chart=chart, drafts=orders), Action.DISCONTINUE)
    (one,) = stop.proposals
    assert (label, made) == (one.label, [type(a) for a in one.actions])


def test_the_us_label_has_no_stop_rule() -> None:
    chart = facts(*counts(121, 150_000, 2_000), orders=(order(TEN),))  # type: ignore[arg-type]
    assert [] == said(assess(chart, day(121)), Action.DISCONTINUE)


def unset(*readings: object, dose: Dose = LEVEL_0) -> Assessment:
    """A treated patient without a configured jurisdiction."""
    return assess(facts(*readings, orders=(order(dose),)), day(40), jurisdiction="")  # type: ignore[arg-type]


def test_without_a_jurisdiction_a_count_at_which_both_hold_still_holds_without_a_dose() -> None:
    found = unset(*counts(40, 20_000, 2_000))
    (hold,) = said(found, Action.HOLD)
    assert {"EU-MDS-PLT", "US-MDS-PLT-A4"} <= set(hold.rules)
    assert (None, None, "") == (hold.dose, hold.resume, hold.note)
    assert ["GEN-JUR"] == [r.rules[0] for r in said(found, Action.REQUEST_DATA)]


@pytest.mark.parametrize(("platelets", "anc"), [(27_000, 2_000), (150_000, 400), (150_000, 2_000)])
def test_without_a_jurisdiction_a_count_at_which_only_one_holds_is_not_decided(platelets: int, anc: int) -> None:
    found = unset(*counts(40, platelets, anc))
    assert [Action.REQUEST_DATA] == [r.action for r in found.recommendations]


def test_each_regimen_names_rules_of_its_own_jurisdiction_only() -> None:
    for name, regimen in regimens(IN_FORCE).items():
        other = {"US": "EU-", "EU": "US-"}[name]
        assert [] == [b.id for b in regimen.bands if b.id.startswith(other)]
        ids = regimen.ids
        named = [ids.indication, ids.start, ids.reescalation, ids.fever, ids.no_row]
        assert [] == [r for r in (*named, regimen.cbc.rule, regimen.cbc.hold_rule) if r.startswith(other)]
