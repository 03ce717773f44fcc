"""Does the product treat falls outside MDS in the EU as the independent oracle reads the SmPC: each level, line and fall?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Reading
from cds_service.clinical.recommendation import Action, Recommendation
from tests.spec.oracle_eu_levels import Level, dose_after, exact, interrupts, levels, next_count, resumes_at, row
from tests.spec.oracle_eu_start import numbers
from tests.support.facts import assess, day, draft, facts, order, reading
from tests.support.other_indications import DEXAMETHASONE, NEGATIVE_B, RITUXIMAB, TRANSPLANT, diagnosis, drug

BORTEZOMIB = drug("bortezomib", "proteasome-inhibitor")
MELPHALAN = (drug("melphalan", "alkylating-agent"), drug("prednisone"))


def named(text: str) -> Diagnosis:
    return replace(diagnosis("myeloma"), text=text)


CHARTS: dict[str, tuple[Diagnosis, tuple[MedicationRecord, ...], tuple[Event, ...]]] = {
    "Rd": (named("Newly diagnosed multiple myeloma"), (DEXAMETHASONE,), ()),
    "RVd": (diagnosis("myeloma"), (DEXAMETHASONE, BORTEZOMIB), ()),
    "MPR": (diagnosis("myeloma"), MELPHALAN, ()),
    "maintenance": (diagnosis("myeloma"), (), (TRANSPLANT,)),
    "relapse": (named("Multiple myeloma in relapse"), (DEXAMETHASONE,), ()),
    "MCL": (diagnosis("mcl"), (), ()),
    "FL": (diagnosis("fl"), (RITUXIMAB,), ()),
}
LINES = ("platelets", "anc")
FINE = {"platelets": Fraction(150), "anc": Fraction(2)}
JUST = Fraction(1, 1000)
HELD, NOW = 28, 35


def as_dose(level: Level) -> Dose:
    mg, on_days, cycle_days = level
    return Dose(Decimal(str(float(mg))), on_days=on_days, cycle_days=cycle_days)


def count(line: str, value: Fraction, on: int) -> Reading:
    return reading(line, int(value * 1000), day(on))


def both(line: str, value: Fraction, on: int) -> tuple[Reading, Reading]:
    """A line at a value, the other one without findings."""
    other = next(each for each in LINES if each != line)
    return count(line, value, on), count(other, FINE[other], on)


def said(
    regimen: str, own: MedicationRecord, readings: tuple[Reading, ...], on: int, *drafts: MedicationRecord
) -> tuple[Recommendation, ...]:
    disease, beside, events = CHARTS[regimen]
    of = facts(*readings, orders=(own, *beside), diagnoses=(disease,), events=events, findings=NEGATIVE_B)
    return assess(of, day(on), *drafts, jurisdiction="EU").recommendations


def earlier(line: str, fall: str) -> tuple[Reading, ...]:
    """A fall of before, and the recovery from it."""
    return (count(line, Fraction(1, 10), 10), count(line, FINE[line], 17)) if fall == "later" else ()


@pytest.mark.parametrize("fall", ["first", "later"])
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("regimen", CHARTS)
def test_a_count_interrupts_below_the_number_of_the_table_and_not_at_it(regimen: str, line: str, fall: str) -> None:
    limit = exact(row(regimen, line, fall)["below"])
    for value in (limit - JUST, limit):
        readings = (*earlier(line, fall), *both(line, value, HELD))
        found = said(regimen, order(as_dose(levels(regimen)[0])), readings, HELD)
        assert (value, interrupts(regimen, line, fall, value)) == (value, any(r.action is Action.HOLD for r in found))


def decided(
    regimen: str, line: str, fall: str, taken: int, value: Fraction, *drafts: MedicationRecord, alone: bool = True
) -> tuple[str, Dose | None]:
    """What is decided on hold for a fall, with the line at a value today."""
    low = exact(row(regimen, line, fall)["below"]) - JUST
    beside = (count("platelets", Fraction(20), HELD - 1),) if line == "anc" and not alone else ()
    readings = (*earlier(line, fall), *beside, *both(line, low, HELD), *both(line, value, NOW))
    own = order(as_dose(levels(regimen)[taken]), "on-hold", until=day(HELD))
    found = said(regimen, own, readings, NOW, *drafts)
    about = [r for r in found if r.action in (Action.REMAIN_ON_HOLD, Action.RESUME_REDUCED, Action.RESUME_SAME)]
    (one,) = about
    return str(one.action), one.dose


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "with platelets"])
@pytest.mark.parametrize("fall", ["first", "later"])
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("regimen", CHARTS)
def test_treatment_goes_on_from_the_count_of_the_table(regimen: str, line: str, fall: str, alone: bool) -> None:
    limit = resumes_at(regimen, line, fall, alone=alone)
    assert "remain-on-hold" == decided(regimen, line, fall, 0, limit - JUST, alone=alone)[0]
    assert "remain-on-hold" != decided(regimen, line, fall, 0, limit, alone=alone)[0]


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "with platelets"])
@pytest.mark.parametrize("fall", ["first", "later"])
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("regimen", CHARTS)
def test_the_dose_after_a_fall_is_the_one_of_the_table(regimen: str, line: str, fall: str, alone: bool) -> None:
    for taken in range(len(levels(regimen))):
        action, dose = decided(regimen, line, fall, taken, FINE[line], alone=alone)
        expected = dose_after(regimen, line, fall, taken, alone=alone)
        assert (taken, expected and as_dose(expected)) == (taken, dose)
        same = expected is not None and expected == levels(regimen)[taken]
        assert action == ("remain-on-hold" if expected is None else "resume-same" if same else "resume-reduced")


def test_the_last_level_of_mantle_cell_lymphoma_is_also_5_mg_every_other_day() -> None:
    alternate = draft(Dose(Decimal(5), every_days=2, on_days=21, cycle_days=28))
    low, fine = both("platelets", Fraction(20), HELD), both("platelets", FINE["platelets"], NOW)
    own = order(Dose(Decimal(5), on_days=21, cycle_days=28), "on-hold", until=day(HELD))
    found = said("MCL", own, (*low, *fine), NOW, alternate)
    assert [] == [r for r in found if r.action in (Action.RESUME_REDUCED, Action.REDUCE, Action.REVIEW)]


# ------------------------------------------------------------------ one level up
TODAY = 100
UP = numbers()["falls"]["Rd"]["up"]


def raised(
    anc: Fraction,
    platelets: Fraction,
    on: tuple[int, ...] = (60, 80, 97),
    since: int = 40,
    taken: int = 20,
    mg: int = 25,
) -> list[str]:
    """The messages on a draft beside a dose since a day, 25 mg before it, with these counts."""
    own = order(Dose(Decimal(taken), on_days=21, cycle_days=28), since=day(since))
    before = order(Dose(Decimal(25), on_days=21, cycle_days=28), "stopped", since=day(0), until=day(since))
    before = replace(before, reference="MedicationRequest/before", status_reason="platelets low")
    disease, beside, events = CHARTS["Rd"]
    readings = [each for d in on for each in (count("anc", anc, d), count("platelets", platelets, d))]
    of = facts(*readings, orders=(before, own, *beside), diagnoses=(disease,), events=events, findings=NEGATIVE_B)
    ordered = draft(Dose(Decimal(mg), on_days=21, cycle_days=28))
    found = assess(of, day(TODAY), ordered, jurisdiction="EU").recommendations
    return [r.message for r in found if r.action in (Action.REDUCE, Action.REVIEW, Action.REQUEST_DATA)]


ANC, PLATELETS = exact(UP["anc"]), exact(UP["platelets"])


@pytest.mark.parametrize(
    ("anc", "platelets", "allowed"),
    [(ANC, PLATELETS, True), (ANC - JUST, PLATELETS, False), (ANC, PLATELETS - JUST, False)],
)
def test_one_level_up_is_silent_after_clean_cycles_and_taken_back_else(
    anc: Fraction, platelets: Fraction, allowed: bool
) -> None:
    assert raised(anc, platelets) == ([] if allowed else ["reduce"])


@pytest.mark.parametrize(("since", "allowed"), [(TODAY - 56, True), (TODAY - 55, False)])
def test_the_cycles_at_this_dose_are_counted(since: int, allowed: bool) -> None:
    assert raised(ANC, PLATELETS, since=since) == ([] if allowed else ["reduce"])


@pytest.mark.parametrize(
    "on", [(97,), (80, 97), (60, 80, 92)], ids=["one", "one cycle without", "none at the beginning"]
)
def test_cycles_without_a_count_are_asked_about(on: tuple[int, ...]) -> None:
    assert "step-up-unknown" in raised(ANC, PLATELETS, on=on)


def test_more_than_one_level_up_is_taken_back() -> None:
    assert [] == raised(ANC, PLATELETS, taken=15, mg=20)
    assert ["reduce"] == raised(ANC, PLATELETS, taken=15, mg=25)


# ------------------------------------------------------------------ lymphoma: the start, the counts, the cycles
INFILTRATED = Diagnosis(
    frozenset(), "Lymphoma, bone marrow infiltration", True, "Condition/marrow", recorded_on=day(-20)
)
DENIED = replace(INFILTRATED, text="no bone marrow infiltration")


@pytest.mark.parametrize(
    ("beside", "expected"), [((), "do-not-start"), ((DENIED,), "do-not-start"), ((INFILTRATED,), "review")]
)
@pytest.mark.parametrize("line", LINES)
def test_follicular_lymphoma_must_not_start_below_its_counts_unless_the_marrow_is_infiltrated(
    line: str, beside: tuple[Diagnosis, ...], expected: str
) -> None:
    limit = exact(numbers()["must_not_start_lymphoma"]["FL"][line])
    for value, is_low in ((limit - JUST, True), (limit, False)):
        of = facts(
            *both(line, value, 0),
            orders=(RITUXIMAB,),
            diagnoses=(diagnosis("fl"), *beside),
            events=(),
            findings=NEGATIVE_B,
        )
        ordered = draft(Dose(Decimal(10), on_days=21, cycle_days=28))
        found = assess(of, day(0), ordered, jurisdiction="EU").recommendations
        stops = [str(r.action) for r in found if r.message in ("must-not-start", "start-infiltrated")]
        assert (value, [expected] if is_low else []) == (value, stops)


@pytest.mark.parametrize("last", [3, 20, 21, 55, 56, 90, 111, 112, 115, 130, 136, 137, 140, 200])
@pytest.mark.parametrize("disease", ["MCL", "FL"])
def test_the_next_count_of_lymphoma_comes_when_the_smpc_says(disease: str, last: int) -> None:
    own = order(as_dose(levels(disease)[0]))
    found = said(disease, own, both("platelets", FINE["platelets"], last), last + 60)
    due = next(r.next_cbc_due for r in found if r.action is Action.ORDER_CBC)
    assert due is not None
    assert (due - day(0)) // timedelta(days=1) in next_count(disease, last)


def test_follicular_lymphoma_is_reviewed_after_its_last_cycle() -> None:
    end = numbers()["most_cycles"]["FL"] * 28
    for on, is_over in ((end - 1, False), (end, True)):
        own = order(as_dose(levels("FL")[0]))
        found = said("FL", own, both("platelets", FINE["platelets"], on), on)
        assert is_over == ("cycles-exceeded" in [r.message for r in found])
