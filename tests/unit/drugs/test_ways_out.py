"""Has each cause of a hold its way out, in whatever words it was written down, and is recovery never assumed?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Finding
from cds_service.clinical.recommendation import Action, CreateOrder, Recommendation
from cds_service.fhir.words import hold_causes_in
from tests.support.facts import FIVE, TEN, assess, day, facts, order, reading

HELD_ON, TODAY = 20, 40


def held(reason: str, *readings: Any, law: str = "US", dose: Dose = TEN, **more: Any) -> tuple[Recommendation, ...]:
    """On hold since day 20 for a reason, counts of today normal."""
    record = order(dose, "on-hold", day(0), day(HELD_ON), status_reason=reason)
    others: tuple[MedicationRecord, ...] = more.pop("others", ())
    counts = (reading("platelets", 150_000, day(TODAY)), reading("anc", 2_000, day(TODAY)))
    of = facts(*counts, *readings, orders=(record, *others), **more)
    return assess(of, day(TODAY), jurisdiction=law).recommendations


# By the reason of the hold, or by the check of its cause, which knows it better.
SAID = frozenset(
    (
        *("resume-after", "hold-not-recovered", "hold-never", "hold-asked", "hold-reviewed", "resume-unclear"),
        *("toxicity-remain", "bleeding-remain", "pml-remain"),
    )
)


def way(found: tuple[Recommendation, ...]) -> tuple[str, Dose | None]:
    """What is said of the hold, and the dose of the draft that is offered."""
    about = [r for r in found if r.message in SAID]
    doses = [a.dose for r in about for p in r.proposals for a in p.actions if isinstance(a, CreateOrder)]
    return (about[0].message if about else "", doses[0] if doses else None)


def condition(text: str, on: int, is_active: bool = True, *concepts: str, ended: int | None = None) -> Any:
    """A problem of a day."""
    ended_on = None if ended is None else day(ended)
    return Diagnosis(frozenset(concepts), text, is_active, f"Condition/{on}", day(on), day(on), ended_on=ended_on)


DIARRHEA = condition("Diarrhea grade 3", 20)


def problems(*found: Any) -> dict[str, Any]:
    """The problems beside the indication."""
    return {"diagnoses": (*facts().diagnoses, *found)}


def alt(value: int, on: int, fact: str = "alt") -> Any:
    """A liver value with the limit of 40."""
    return reading(fact, value, day(on), upper_limit=40)


def thinner(since: int) -> MedicationRecord:
    """An anticoagulant since a day."""
    base = order(None, "active", day(since))
    return replace(base, concepts=frozenset({"anticoagulant"}), text="apixaban", reference="MedicationRequest/a")


@pytest.mark.parametrize(
    ("reason", "readings", "more", "expected"),
    [
        ("Hautausschlag Grad 3", (), problems(condition("Rash grade 2", 39, True, "rash")), ("resume-after", FIVE)),
        ("rash grade 3", (), problems(condition("Rash grade 3", 20, True, "rash")), ("toxicity-remain", None)),
        ("rash grade 3", (), problems(condition("Rash grade 1", 19, True, "rash")), ("hold-asked", None)),
        ("rash grade 3", (), {}, ("hold-asked", None)),
        ("rash grade 2", (), problems(condition("Rash grade 1", 39, True, "rash")), ("resume-after", TEN)),
        ("rash grade 2", (), problems(condition("Rash grade 2", 39, True, "rash")), ("hold-not-recovered", None)),
        ("ALT 200", (alt(40, 30), alt(40, 30, "ast")), {}, ("resume-after", FIVE)),
        ("ALT 200", (alt(41, 30), alt(40, 30, "ast")), {}, ("hold-not-recovered", None)),
        ("ALT 200", (alt(55, -90), alt(55, 30), alt(40, 30, "ast")), {}, ("resume-after", FIVE)),
        ("ALT 200", (alt(55, -91), alt(55, 30), alt(40, 30, "ast")), {}, ("hold-not-recovered", None)),
        ("ALT 200", (alt(30, 19), alt(30, 19, "ast")), {}, ("hold-asked", None)),
        ("DVT", (), {"others": (thinner(26),)}, ("hold-reviewed", None)),
        ("EU DVT", (), {"others": (thinner(26),)}, ("resume-after", TEN)),
        ("EU DVT", (), {"others": (thinner(27),)}, ("hold-not-recovered", None)),
        ("EU DVT", (), {}, ("hold-asked", None)),
        ("myocardial infarction", (), {}, ("hold-reviewed", None)),
        ("GI bleeding", (), problems(condition("GI bleeding", 19, False, "bleeding", ended=33)), ("resume-after", TEN)),
        ("GI bleeding", (), problems(condition("GI bleeding", 19, False, "bleeding", ended=34)), ("hold-not-recovered", None)),
        ("GI bleeding", (), problems(condition("GI bleeding", 19, False, "bleeding")), ("hold-asked", None)),
        ("GI bleeding", (), {}, ("hold-asked", None)),
        ("intracranial bleeding", (), problems(condition("ICH", 19, False, "bleeding", ended=30)), ("hold-reviewed", None)),
        # Another reaction that is mild, or was never grave, says nothing of the one that is held for.
        ("diarrhea grade 3", (), problems(condition("Fatigue grade 1", 39)), ("resume-after", FIVE)),
        ("diarrhea grade 3", (), problems(DIARRHEA, condition("Fatigue grade 1", 39)), ("toxicity-remain", None)),
        ("Platelets 45; diarrhea grade 3", (), problems(DIARRHEA, condition("Diarrhea grade 2", 39)), ("resume-after", FIVE)),
        ("Platelets 45; diarrhea grade 3", (), {}, ("hold-asked", None)),
        ("rash grade 2; rash grade 3", (), problems(condition("Rash grade 2", 39, True, "rash")), ("resume-after", FIVE)),
        ("tumor flare grade 3", (), problems(condition("Tumor flare grade 1", 39)), ("resume-after", TEN)),
        ("tumor flare grade 3", (), problems(condition("Tumor flare grade 2", 39)), ("toxicity-remain", None)),
        ("EU tumor lysis", (), problems(condition("Tumor lysis", 19, False, "tumor-lysis")), ("resume-after", FIVE)),
        ("EU tumor lysis", (), problems(condition("Tumor lysis grade 1", 39, True, "tumor-lysis")), ("toxicity-remain", None)),
        ("missed period", (), {}, ("hold-asked", None)),
        ("renal function", (reading("creatinine", "1.5", day(TODAY)),), {}, ("resume-after", FIVE)),
        ("PML suspected", (), {}, ("hold-reviewed", None)),
        ("PML suspected", (), problems(replace(condition("PML", 19, True, "pml"), is_suspected=True)), ("pml-remain", None)),
        ("acute leukaemia", (), {}, ("hold-never", None)),
        ("pregnant", (), {}, ("hold-never", None)),
        ("abnormal vaginal bleeding", (), {}, ("hold-asked", None)),
        ("Thrombocytopenia grade 3", (), {}, ("resume-unclear", None)),
        ("patient's wish", (), {}, ("resume-unclear", None)),
    ],
)  # fmt: skip
def test_each_cause_has_its_way_out(
    reason: str, readings: tuple[Any, ...], more: dict[str, Any], expected: tuple[str, Dose | None]
) -> None:
    law = "EU" if reason.startswith("EU ") else "US"
    dose = Dose(TEN.mg, on_days=21, cycle_days=28) if law == "EU" else TEN
    found = way(held(reason.removeprefix("EU "), *readings, law=law, dose=dose, **more))
    mg = expected[1].mg if expected[1] else None
    assert (expected[0], mg) == (found[0], found[1].mg if found[1] else None)


def undated(text: str, *concepts: str, within: tuple[int, int] | None = None) -> Any:
    """A problem without a day, or of an unknown one between two."""
    of = condition(text, TODAY, True, *concepts)
    begun = within and tuple(map(day, within))
    return replace(of, onset_from=begun and begun[0], onset_to=begun and begun[1], recorded_on=None)


@pytest.mark.parametrize(
    ("reason", "more", "wanted"),
    [
        (
            "rash grade 3",
            (condition("Rash grade 3", 19, True, "rash"), undated("Rash grade 1", "rash")),
            "Rash grade 1",
        ),
        ("rash grade 3", (condition("Rash grade 3", 19, True, "rash"), undated("Rash grade 3", "rash")), ""),
        ("rash grade 3", (condition("Rash grade 3", 19, True, "rash"), undated("Diarrhea grade 1")), ""),
        (
            "rash grade 2",
            (condition("Rash grade 2", 39, True, "rash"), undated("Rash grade 1", "rash")),
            "Rash grade 1",
        ),
        (
            "rash grade 3",
            (condition("Rash grade 1", 19, True, "rash"), undated("Rash grade 0", "rash")),
            "Rash grade 0",
        ),
        (
            "tumor flare grade 3",
            (condition("Tumor flare grade 3", 19), undated("Tumor flare grade 1")),
            "Tumor flare grade 1",
        ),
        (
            "tumor flare grade 3",
            (condition("Tumor flare grade 3", 19), undated("Tumor flare grade 1", within=(9, 39))),
            "Tumor flare grade 1",
        ),
        (
            "tumor flare grade 3",
            (condition("Tumor flare grade 3", 19), undated("Tumor flare grade 1", within=(9, 19))),
            "",
        ),
        (
            "EU tumor lysis",
            (condition("Tumor lysis grade 3", 19, True, "tumor-lysis"), undated("Tumor lysis grade 0", "tumor-lysis")),
            "Tumor lysis grade 0",
        ),
    ],
)
def test_another_report_that_may_be_the_state_of_today_is_asked_for_its_day(
    reason: str, more: tuple[Diagnosis, ...], wanted: str
) -> None:
    law, words = ("EU", reason[3:]) if reason.startswith("EU ") else ("US", reason)
    (one,) = [r for r in held(words, law=law, **problems(*more)) if r.message in SAID]
    assert (f'Record the day of "{wanted}": it may be the state of today.' in one.note) == bool(wanted)
    assert ("Record the day" in one.note) == bool(wanted)


def test_a_pregnancy_evaluation_ends_with_a_negative_test() -> None:
    test = (Finding("pregnancyTest", "negative", day(30), None, "Observation/hcg"),)
    found = held("missed period", findings={**facts().findings, "pregnancyTest": test})
    assert ("resume-after", TEN) == way(found)
    (said,) = [r for r in found if r.message == "resume-after"]
    assert (Action.RESUME_SAME, None) == (said.action, said.dose)


@pytest.mark.parametrize(
    ("reason", "causes"),
    [
        ("Platelets 45 ×10³/µL on 10 mg once daily: label advises holding lenalidomide", {"low-counts"}),
        ("thrombopénie", set()), ("Thrombozytopenie Grad 4", {"low-counts"}), ("Neutropenie", {"low-counts"}),
        ("Progression der Erkrankung", {"treatment-ended"}), ("progressive multifocal leukoencephalopathy", {"pml"}),
        ("Pregnancy test positive", {"pregnant"}), ("Hepatitis B reactivation", {"hepatitis-b"}),
        ("no rash", set()), ("Lungenembolie", {"vte"}),
    ],
)  # fmt: skip
def test_the_causes_are_read_from_words(reason: str, causes: set[str]) -> None:
    assert causes == hold_causes_in(reason)
