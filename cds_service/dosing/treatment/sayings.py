"""The fill-ins that the messages share: counts with their days, the course of treatment, what lets it resume."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cds_service.clinical.calendar import treatment_day
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Reading
from cds_service.clinical.first_dose import start_of
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Input
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.grades import graded_on
from cds_service.dosing.renal import Band, KidneyFunction
from cds_service.dosing.treatment.count_lines import Verdict
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.words import LINE_NAMES, capitalised, per_microlitre, shown, shown_on, threshold


def count_words(patient: Patient, readings: Sequence[Reading]) -> dict[str, str]:
    """`count`: "Platelets 42 ×10³/µL and ANC 0.4 ×10³/µL"; `counts_on`: the same with days and CTCAE grades.

    One result that can be read in two ways is said once, with both.
    """
    same: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        same.setdefault((f"{LINE_NAMES[reading.fact]} {shown(reading)}", reading.reference), []).append(reading)
    short = " and ".join(words for words, _ in same)
    dated = " and ".join(_dated(patient, together) for together in same.values())
    return {"count": capitalised(short), "counts_on": capitalised(dated)}


def _dated(patient: Patient, together: Sequence[Reading]) -> str:
    name = LINE_NAMES[together[0].fact]
    if len(together) > 1 and all(r.amount.is_exact for r in together):
        return (
            f"{name} {shown_on(together[0])}, read as {' or '.join(per_microlitre(r.amount.value) for r in together)}"
        )
    return " and ".join(f"{name} {graded_on(patient.rules, r, _written_in(patient, r))}" for r in together)


def _written_in(patient: Patient, reading: Reading) -> str:
    """The unit in which the document in force writes the limits of a count."""
    return next((row.shown_in for row in patient.regimen.rows(patient.therapy.dose, reading.fact)), "")


def course_words(patient: Patient) -> dict[str, str]:
    """`dose`: the current dose, each where records contradict each other; `course`: treatment day and first dose as far as
    known; `temperature_now`: the highest of the last hours, else that it is to be measured.
    """
    therapy = patient.therapy
    dose = " or ".join(dict.fromkeys(d.words if d is not None else "an unknown dose" for d, *_ in _doses(therapy)))
    if not therapy.first_doses:
        course = "first dose not known"
    elif len(therapy.first_doses) > 1:
        course = "first dose " + " or ".join(d.isoformat() for d in therapy.first_doses)
    else:
        first = therapy.first_doses[0]
        course = f"treatment day {treatment_day(patient.today, first)}, first dose {first.isoformat()}"
    temperature = (
        f"temperature {shown(patient.temperature)}" if patient.temperature is not None else "check the temperature now"
    )
    return {"dose": dose, "course": course, "temperature_now": temperature}


def lasting_words(holds: Sequence[Verdict]) -> str:
    """Since when a count is low where that decides: " ANC below 500/µL since 2026-01-19.", else nothing."""
    for hold in holds:
        if hold.run is not None and hold.row is not None:
            limit = max(t.below for t in hold.row.triggers if t.for_days and t.below is not None)
            below = f"{LINE_NAMES[hold.reading.fact]} below {threshold(limit, hold.row.shown_in)}"
            return f" {capitalised(below)} since {hold.run.first.on.isoformat()}."
    return ""


def temperature_inputs(patient: Patient) -> list[Input]:
    """The temperature that decides."""
    return [Input.of(patient.temperature)] if patient.temperature is not None else []


def course_inputs(patient: Patient) -> list[Input]:
    """The dose and first-dose day as inputs."""
    therapy = patient.therapy
    reference = therapy.references[0] if therapy.references else ""
    inputs = [Input("currentDose", d.words, on=on, reference=by) for d, on, by in _doses(therapy) if d is not None]
    inputs += [Input("firstDose", d.isoformat(), on=d, reference=reference) for d in therapy.first_doses]
    return inputs


def _doses(therapy: Therapy) -> list[tuple[Dose | None, date | None, str]]:
    """The doses that may be taken, each once with its day and its record: one where it is known."""
    reference = therapy.references[0] if therapy.references else ""
    said = [(r.dose, start_of(r), r.reference) for r in therapy.conflicting]
    known = {dose.words if dose is not None else "": (dose, on, by) for dose, on, by in reversed(said)}
    return list(known.values()) if len(known) > 1 else [(therapy.dose, therapy.dose_since, reference)]


def transfusion_inputs(patient: Patient, holds: Sequence[Verdict]) -> list[Input]:
    """The last platelet transfusion, where a row is met only because of one."""
    triggers = [(hold.reading, t) for hold in holds if hold.row is not None for t in hold.row.triggers]
    if not any(t.with_platelet_transfusions for _, t in triggers):
        return []
    alone = [(r, t.below) for r, t in triggers if t.below is not None and not t.with_platelet_transfusions]
    if any(reading.fact == "platelets" and reading.amount.is_below(below) for reading, below in alone):
        return []
    given = [e for e in patient.facts.events_of("platelet-transfusion") if e.on is not None and e.on <= patient.today]
    last = max(given, key=lambda e: (e.on, e.reference), default=None)
    return [Input("plateletTransfusion", last.text or "given", on=last.on, reference=last.reference)] if last else []


def resume_words(rows: Sequence[CountRow]) -> str:
    """What lets treatment resume: "platelets >= 50,000/µL and ANC >= 1,000/µL"."""
    strictest: dict[str, CountRow] = {}
    for row in rows:
        held = strictest.get(row.line)
        if held is None or row.resume_at_least > held.resume_at_least:
            strictest[row.line] = row
    return " and ".join(_recovery_words(row) for row in strictest.values())


def _recovery_words(row: CountRow) -> str:
    words = f"{LINE_NAMES[row.line]} >= {threshold(row.resume_at_least, row.shown_in)}"
    if row.repeated is not None:
        again = row.repeated
        words += (
            f" once, or >= {threshold(again.at_least, row.shown_in)} on at least {again.occasions} occasions"
            f" over at least {again.for_days} days"
        )
    return words + (" without hemostatic failure" if row.without_bleeding else "")


def clearance_words(bands: Sequence[Band], kidneys: KidneyFunction) -> str:
    """Today's clearance: "creatinine clearance 45 mL/min", or that the patient is on dialysis. Args: the rows of the table."""
    if kidneys.on_dialysis:
        return "on dialysis"
    cut_offs = {exact(c) for band in bands for c in band.cut_offs}
    # Rounded to one decimal, 49.96 would read as the cut-off that it lies below.
    beside = [v for v in kidneys.clearances if v not in cut_offs]
    places = next((n for n in (1, 2, 3) if not any(exact(plain(v, n)) in cut_offs for v in beside)), 4)
    return "creatinine clearance " + " or ".join(f"{plain(v, places)} mL/min" for v in kidneys.clearances)
