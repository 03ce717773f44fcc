"""Do the rules hold for any patient: the dose, the counts, the clearance, the calendar, and what is taken away?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.clinical.recommendation import Action, AmendOrder, Assessment, Urgency
from cds_service.dosing.treatment.unanswered import is_unanswered
from cds_service.drugs.lenalidomide import DRUG
from tests.properties.patients import (
    ANC,
    DOSES,
    LAWS,
    PLATELETS,
    Patient,
    assessed,
    case_on,
    chart_of,
    decisions,
    patients,
    removable,
    shifted,
    taken_per_day,
)
from tests.support.rules import RULES

MAXIMUM = {law: RULES[f"{law}-MDS-START"].data["dose_mg"] for law in LAWS}
each_law = pytest.mark.parametrize("law", LAWS)
STOPPING = {Action.HOLD, Action.REMAIN_ON_HOLD, Action.DO_NOT_START, Action.DISCONTINUE}


def _doses(said: Assessment) -> list[object]:
    amended = [
        a.dose for r in said.recommendations for p in r.proposals for a in p.actions if isinstance(a, AmendOrder)
    ]
    return [*(r.dose for r in said.recommendations if r.dose is not None), *amended]


@each_law
@given(patients)
def test_no_advised_dose_is_above_the_documents_maximum(law: str, one: Patient) -> None:
    one = replace(one, law=law)
    for dose in _doses(assessed(one)):
        assert dose.mg <= MAXIMUM[law]  # type: ignore[attr-defined]
        assert not dose.exceeds(DOSES[law][0])  # type: ignore[attr-defined]


@each_law
@given(patients)
def test_no_advised_dose_is_above_the_current_one_unless_the_table_gives_it(law: str, one: Patient) -> None:
    one = replace(one, law=law)
    assume(one.state != "start")
    current = one.current
    for recommendation in assessed(one).recommendations:
        if recommendation.dose is not None and recommendation.dose.exceeds(current):
            assert recommendation.action is Action.REDUCE
            assert one.ordered is not None and one.ordered.exceeds(recommendation.dose)
            assert one.state == "treated"


@each_law
@given(patients)
def test_a_stop_never_carries_a_dose_to_take_now(law: str, one: Patient) -> None:
    one = replace(one, law=law)
    said = assessed(one)
    assert [] == [r for r in said.recommendations if r.action in {*STOPPING, Action.REVIEW} and r.dose is not None]
    if any(r.action in STOPPING or r.action is Action.REQUEST_DATA for r in said.recommendations):
        assert [] == _doses(said)


@each_law
@given(patients, PLATELETS)
def test_fewer_platelets_never_mean_more_drug(law: str, one: Patient, other: int) -> None:
    one = replace(one, law=law)
    low, high = (replace(one, platelets=n) for n in sorted((one.platelets, other)))
    assert taken_per_day(low, assessed(low)) <= taken_per_day(high, assessed(high))


@each_law
@given(patients, ANC)
def test_fewer_neutrophils_never_mean_more_drug(law: str, one: Patient, other: int) -> None:
    one = replace(one, law=law)
    low, high = (replace(one, anc=n) for n in sorted((one.anc, other)))
    assert taken_per_day(low, assessed(low)) <= taken_per_day(high, assessed(high))


@each_law
@given(patients, st.decimals("0.4", "6", places=2))
def test_less_clearance_never_means_more_drug(law: str, one: Patient, other: Decimal) -> None:
    one = replace(one, law=law)
    worse, better = (replace(one, creatinine=c) for c in sorted((one.creatinine, other), reverse=True))
    assert taken_per_day(worse, assessed(worse)) <= taken_per_day(better, assessed(better))


@each_law
@given(patients, st.integers(-90, 90))
def test_moving_every_date_by_whole_days_changes_nothing(law: str, one: Patient, days: int) -> None:
    one = replace(one, law=law)
    by = timedelta(days=days)
    before = assessed(one)
    after = assessed(one, shifted(chart_of(one), by), one.today + by)
    assert decisions(before) == decisions(after)
    due = {r.next_cbc_due + by for r in before.recommendations if r.next_cbc_due is not None}
    assert due == {r.next_cbc_due for r in after.recommendations if r.next_cbc_due is not None}


@each_law
@given(patients)
def test_taking_a_count_or_a_kidney_value_away_never_silences_a_warning(law: str, one: Patient) -> None:
    one = replace(one, law=law)
    # A review of an earlier count rests on that count alone: with it the review goes, and nothing else does.
    assume(any(r.urgency is not Urgency.INFO and not is_unanswered(r) for r in assessed(one).recommendations))
    chart = chart_of(one)
    for poorer in removable(chart, ("platelets", "anc", "creatinine", "weight")):
        assert assessed(one, poorer).recommendations
    nothing = {**chart.readings, "platelets": (), "anc": ()}
    assert _warns(assessed(one, replace(chart, readings=nothing)))


@each_law
@given(patients)
def test_taking_the_first_dose_or_the_indication_away_never_silences_a_warning(law: str, one: Patient) -> None:
    one = replace(one, law=law)
    assume(_warns(assessed(one)))
    chart = chart_of(one)
    undated = tuple(replace(m, starts_on=None, starts_by="") for m in chart.medications)
    assert assessed(one, replace(chart, medications=undated)).recommendations
    assert _warns(assessed(one, replace(chart, diagnoses=())))


@each_law
@given(patients, st.sampled_from(("order-select", "order-dispatch")))
def test_what_a_hook_leaves_to_another_is_said_there_and_nothing_critical_is_left(
    law: str, one: Patient, hook: str
) -> None:
    one = replace(one, law=law)
    said = DRUG.assess(case_on(one, hook))
    signed = DRUG.assess(case_on(one, "order-sign"))
    assert () == signed.left
    there = {(r.check, r.message, r.urgency) for r in signed.recommendations}
    assert {(r.check, r.message, r.urgency) for r, _ in said.left} <= there
    alone = DRUG.assess(replace(case_on(one, hook), served=frozenset({hook})))
    assert () == alone.left
    every = {(r.check, r.message) for r in (*said.recommendations, *(r for r, _ in said.left))}
    assert {(r.check, r.message) for r in alone.recommendations if not r.folds} <= every
    assert Urgency.CRITICAL not in {r.urgency for r, _ in said.left}


def _warns(said: Assessment) -> bool:
    return any(r.urgency is not Urgency.INFO for r in said.recommendations)


@each_law
@given(patients, st.sampled_from(("platelets", "anc")))
def test_a_preliminary_count_alone_never_holds_starts_or_resumes(law: str, one: Patient, fact: str) -> None:
    one = replace(one, law=law)
    chart = chart_of(one)
    latest = chart.readings[fact][-1]
    only = {**chart.readings, fact: (latest._replace(is_preliminary=True),)}
    said = assessed(one, replace(chart, readings=only))
    assert {Action.START, Action.RESUME_REDUCED} & {r.action for r in said.recommendations} == set()
    assert said.recommendations


@each_law
@given(patients)
def test_the_order_of_facts_does_not_matter(law: str, one: Patient) -> None:
    one = replace(one, law=law)
    chart = chart_of(one)
    other = replace(
        chart,
        medications=tuple(reversed(chart.medications)),
        events=tuple(reversed(chart.events)),
        diagnoses=tuple(reversed(chart.diagnoses)),
    )
    assert assessed(one, chart).recommendations == assessed(one, other).recommendations
