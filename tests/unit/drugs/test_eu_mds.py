"""Does MDS by the EU SmPC go by its own rows, levels and windows, and by none of the US label?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Finding, PatientFacts
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Action, Assessment, Recommendation, Urgency
from cds_service.dosing.treatment.recovery import recovered
from cds_service.drugs.lenalidomide.mds_del5q.eu_levels import eu_bands, ranks
from cds_service.drugs.lenalidomide.mds_del5q.tables import eu_table
from tests.support.facts import FIVE, TEN, assess, day, draft, facts, order, reading
from tests.support.rules import IN_FORCE

LEVEL_0 = Dose(Decimal(10), on_days=21, cycle_days=28)
ROW_40_START = Dose(Decimal(5), on_days=21, cycle_days=28)
EVERY_OTHER_DAY = Dose(Decimal("2.5"), every_days=2)
TWICE_A_WEEK = Dose(Decimal("2.5"), per_week=2)
NEGATIVE_B = {name: (Finding(name, "negative", day(-5), None, f"Observation/{name}"),) for name in ("hbsag", "hbcab")}
PLATELETS = eu_table(IN_FORCE)[0]
EU_MDS_BANDS = eu_bands(IN_FORCE)


def counts(number: int, platelets: object, anc: object) -> list[object]:
    """The two counts of a treatment day."""
    return [reading("platelets", platelets, day(number)), reading("anc", anc, day(number))]  # type: ignore[arg-type]


def said(of: Assessment, *actions: Action) -> list[Recommendation]:
    """The recommendations with these actions."""
    return [r for r in of.recommendations if r.action in actions]


def eu(of: PatientFacts, on: date, *orders: object) -> Assessment:
    """The assessment under EU jurisdiction."""
    return assess(of, on, *orders, jurisdiction="EU")  # type: ignore[arg-type]


def starting(*readings: object, **more: object) -> PatientFacts:
    """A patient before the first dose whose hepatitis B status is known."""
    values = {"findings": {"ipss": (Finding("ipss", "low", day(-9), None, "Condition/mds"),), **NEGATIVE_B}}
    return facts(*readings, **{**values, **more})  # type: ignore[arg-type]


def held(*readings: object, dose: Dose = LEVEL_0, before: Iterable[Dose] = (), **more: object) -> PatientFacts:
    """A patient whose treatment stopped on day 14, each earlier dose a week long."""
    earlier = list(before)
    orders = [order(d, "stopped", day(n * 3), day(n * 3 + 2), status_reason="cytopenia") for n, d in enumerate(earlier)]
    last = order(dose, "on-hold", day(len(earlier) * 3), day(14))
    return facts(*readings, orders=(*orders, last), **more)  # type: ignore[arg-type]


def test_no_card_of_an_eu_call_cites_a_us_rule() -> None:
    for platelets in (20_000, 24_999, 25_000, 40_000, 180_000):
        for anc in (400, 500, 700, 2_400):
            for number in (7, 40, 70):
                chart = facts(*counts(number, platelets, anc), orders=(order(LEVEL_0),))  # type: ignore[arg-type]
                rules = [r for each in eu(chart, day(number)).recommendations for r in each.rules]
                assert [] == [r for r in rules if r.startswith("US-")]


@pytest.mark.parametrize(
    ("platelets", "is_held"), [("24999", True), ("24999.9", True), ("25000", False), ("40000", False)]
)
def test_platelets_hold_below_25_at_any_time(platelets: str, is_held: bool) -> None:
    for number in (7, 28, 29, 100):
        chart = facts(*counts(number, platelets, 2_000), orders=(order(LEVEL_0),))  # type: ignore[arg-type]
        assert is_held == bool(said(eu(chart, day(number)), Action.HOLD))


@pytest.mark.parametrize(("anc", "is_held"), [(499, True), (500, False), (749, False)])
def test_neutrophils_hold_below_500_without_fever_or_duration(anc: int, is_held: bool) -> None:
    chart = facts(*counts(40, 150_000, anc), orders=(order(LEVEL_0),))  # type: ignore[arg-type]
    found = eu(chart, day(40))
    assert is_held == bool(said(found, Action.HOLD))
    assert [] == said(found, Action.REPEAT_AND_REASSESS)


def test_a_hold_needs_neither_first_dose_nor_baseline() -> None:
    chart = facts(*counts(40, 24_000, 2_000), orders=(order(LEVEL_0, since=None),))  # type: ignore[arg-type]
    assert ["EU-MDS-PLT"] == list(said(eu(chart, day(40)), Action.HOLD)[0].rules)


def test_neutropenia_names_growth_factors() -> None:
    chart = facts(*counts(40, 150_000, 400), orders=(order(LEVEL_0),))  # type: ignore[arg-type]
    assert "EU-GCSF" in said(eu(chart, day(40)), Action.HOLD)[0].rules


def test_thrombocytopenia_alone_does_not_name_growth_factors() -> None:
    chart = facts(*counts(40, 24_000, 2_000), orders=(order(LEVEL_0),))  # type: ignore[arg-type]
    assert "EU-GCSF" not in said(eu(chart, day(40)), Action.HOLD)[0].rules


@pytest.mark.parametrize(
    ("after", "met"),
    [
        ([(7, 50_000)], True),
        ([(7, 49_999)], False),
        ([(7, 25_000), (14, 25_000)], True),
        ([(7, 25_000), (13, 25_000)], False),
        ([(7, 26_000), (10, 24_999), (14, 30_000)], False),
        ([(7, 60_000), (10, 40_000)], True),
        ([(7, 60_000), (10, 24_000), (12, 40_000)], False),
        ([(7, 30_000), (14, 24_999)], False),
    ],
)
def test_platelets_recover_at_50_once_or_from_25_for_seven_days(after: list[tuple[int, int]], met: bool) -> None:
    series = [reading("platelets", value, day(14 + number)) for number, value in after]
    assert met == recovered(PLATELETS, series[-1], series).met


def test_a_range_across_50_leaves_the_recovery_open() -> None:
    latest = reading("platelets", Interval(Fraction(40_000), None, True, False), day(21))
    assert recovered(PLATELETS, latest, [latest]).met is None


def test_each_renal_row_steps_down_through_its_own_levels() -> None:
    steps = {band.id: [level.brief for level in band.levels] for band in EU_MDS_BANDS}
    assert {
        "EU-REN-GE50": ["10 mg d1-21/28", "5 mg once daily", "2.5 mg once daily", "2.5 mg every other day"],
        "EU-REN-MDS-30-50": ["5 mg d1-21/28", "2.5 mg once daily", "2.5 mg every other day"],
        "EU-REN-MDS-LT30": ["2.5 mg d1-21/28", "2.5 mg every other day", "2.5 mg twice a week"],
        "EU-REN-MDS-DIAL": ["2.5 mg d1-21/28", "2.5 mg every other day", "2.5 mg twice a week"],
    } == steps


def test_every_level_is_less_than_the_one_before() -> None:
    for band in EU_MDS_BANDS:
        means = [level.mg_per_day for level in band.levels]
        assert sorted(means, reverse=True) == means
        assert len(set(means)) == len(means)


def test_the_renal_rows_leave_no_gap_and_never_overlap() -> None:
    for clearance in (Fraction(1), Fraction(2999, 100), Fraction(30), Fraction(4999, 100), Fraction(50), Fraction(200)):
        assert 1 == len([b for b in EU_MDS_BANDS if b.holds(clearance)])


def test_a_dose_that_is_no_level_has_no_rank() -> None:
    assert [] == ranks(TEN, EU_MDS_BANDS)
    assert [] == ranks(None, EU_MDS_BANDS)
    assert [("EU-REN-GE50", 0)] == [(b.id, rank) for b, rank in ranks(LEVEL_0, EU_MDS_BANDS)]


@pytest.mark.parametrize(
    ("dose", "creatinine", "following"),
    [
        (LEVEL_0, "0.8", FIVE),
        (FIVE, "0.8", Dose(Decimal("2.5"))),
        (Dose(Decimal("2.5")), "0.8", EVERY_OTHER_DAY),
        (ROW_40_START, "1.2", Dose(Decimal("2.5"))),
        (EVERY_OTHER_DAY, "2.4", TWICE_A_WEEK),
    ],
)
def test_treatment_resumes_one_level_down_in_its_own_renal_row(dose: Dose, creatinine: str, following: Dose) -> None:
    series = [*counts(14, 20_000, 2_000), *counts(21, 60_000, 2_000), reading("creatinine", creatinine, day(20))]
    found = said(eu(held(*series, dose=dose), day(21)), Action.RESUME_REDUCED)
    assert [following] == [r.dose for r in found]


def test_without_a_clearance_the_level_follows_where_every_row_gives_the_same() -> None:
    series = [*counts(14, 20_000, 2_000), *counts(21, 60_000, 2_000)]
    chart = held(*series, dose=LEVEL_0, born_from=None, born_to=None)
    assert [FIVE] == [r.dose for r in said(eu(chart, day(21)), Action.RESUME_REDUCED)]


def test_without_a_clearance_the_level_is_asked_for_where_the_rows_differ() -> None:
    series = [*counts(14, 20_000, 2_000), *counts(21, 60_000, 2_000)]
    chart = held(*series, dose=EVERY_OTHER_DAY, born_from=None, born_to=None)
    found = eu(chart, day(21))
    assert [] == said(found, Action.RESUME_REDUCED)
    assert "doseLevel" in [m.fact for r in said(found, Action.REQUEST_DATA) for m in r.missing]


def test_kidneys_that_fell_into_another_row_leave_the_level_to_the_clinician() -> None:
    """10, 5, 2.5 mg, then 2.5 mg on alternate days: the last level of one row, the middle one of the row below 30 mL/min."""
    series = [
        *counts(14, 20_000, 2_000),
        *counts(21, 60_000, 2_000),
        reading("creatinine", "2.4", day(20)),
    ]
    chart = held(*series, dose=EVERY_OTHER_DAY, before=(LEVEL_0, FIVE))
    found = eu(chart, day(21))
    assert [] == said(found, Action.RESUME_REDUCED)
    assert "EU-MDS-LEVELS" in [r for each in said(found, Action.REQUEST_DATA) for r in each.rules]


@pytest.mark.parametrize("dose", [EVERY_OTHER_DAY])
def test_after_the_last_level_there_is_no_dose_on_hold_or_at_the_next_fall(dose: Dose) -> None:
    recovered_now = eu(held(*counts(14, 20_000, 2_000), *counts(21, 60_000, 2_000), dose=dose), day(21))
    falling = eu(facts(*counts(7, 20_000, 2_000), orders=(order(dose),)), day(7))  # type: ignore[arg-type]
    for found in (*said(recovered_now, Action.REMAIN_ON_HOLD), *said(falling, Action.HOLD)):
        assert "EU-MDS-BELOW-3" in found.rules
        assert (None, None) == (found.dose, found.resume)
        assert found.note
    assert 2 == len([*said(recovered_now, Action.REMAIN_ON_HOLD), *said(falling, Action.HOLD)])


def test_an_order_above_the_reduced_dose_is_brought_back_to_it() -> None:
    orders = (order(LEVEL_0, "stopped", day(0), day(20)), order(FIVE, "active", day(30)))
    found = eu(facts(*counts(60, 150_000, 2_000), orders=orders), day(60), draft(LEVEL_0))  # type: ignore[arg-type]
    assert [(FIVE, "EU-MDS-REESC")] == [(r.dose, r.rules[0]) for r in said(found, Action.REDUCE)]


def test_an_order_above_level_minus_1_is_brought_back_even_without_the_earlier_order() -> None:
    chart = facts(*counts(60, 150_000, 2_000), orders=(order(FIVE),))  # type: ignore[arg-type]
    assert [FIVE] == [r.dose for r in said(eu(chart, day(60), draft(LEVEL_0)), Action.REDUCE)]


@pytest.mark.parametrize(("fact", "value"), [("anc", 499), ("platelets", 24_999)])
def test_low_counts_forbid_the_start(fact: str, value: int) -> None:
    values = {"anc": 2_400, "platelets": 180_000, fact: value}
    found = eu(starting(*counts(0, values["platelets"], values["anc"])), day(0), draft(LEVEL_0))
    assert ["EU-MDS-NOSTART"] == [r.rules[0] for r in said(found, Action.DO_NOT_START)]
    assert [None] == list({r.dose for r in found.recommendations})


def test_counts_at_the_limit_allow_the_start() -> None:
    found = eu(starting(*counts(0, 25_000, 500)), day(0), draft(LEVEL_0))
    assert [] == said(found, Action.DO_NOT_START, Action.REVIEW, Action.REQUEST_DATA, Action.START)


def test_a_start_with_unknown_hepatitis_b_status_offers_the_tests_and_goes_on() -> None:
    found = eu(facts(*counts(0, 180_000, 2_400)), day(0), draft(LEVEL_0))  # type: ignore[arg-type]
    (offer,) = [r for r in found.recommendations if "EU-MON-HBV" in r.rules]
    assert (Action.ORDER_LAB, Urgency.INFO) == (offer.action, offer.urgency)
    assert ["hbsag", "hbcab", "tp53"] == [a.test for a in offer.proposals[0].actions]  # type: ignore[union-attr]
    assert [] == said(found, Action.REQUEST_DATA)


@pytest.mark.parametrize(("words", "expected"), [("p.R175H", True), ("not detected", False), ("wild-type", False)])
def test_a_tp53_gene_without_mutation_is_no_risk_at_a_start(words: str, expected: bool) -> None:
    tested = {**NEGATIVE_B, "tp53": (Finding("tp53", words, day(-5), None, "Observation/tp53"),)}
    ipss = {"ipss": (Finding("ipss", "low", day(0), None, "Condition/mds"),)}
    found = eu(facts(*counts(0, 150_000, 2_000), findings={**ipss, **tested}), day(0), draft(LEVEL_0))
    assert expected == ("leukaemia-risk" in {r.message for r in found.recommendations})


def test_without_creatinine_on_file_an_open_level_is_asked_for_with_what_is_missing() -> None:
    alternate = Dose(Decimal("2.5"), every_days=2)
    of = held(*counts(14, 20_000, 2_000), *counts(21, 60_000, 2_000), dose=alternate)
    without = {k: v for k, v in of.readings.items() if k != "creatinine"}
    (asked,) = said(eu(replace(of, readings=without), day(21)), Action.REQUEST_DATA)
    assert {"doseLevel", "creatinine"} <= {m.fact for m in asked.missing}
