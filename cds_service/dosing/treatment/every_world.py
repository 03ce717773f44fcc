"""Treatment that is interrupted in every possible reading of the chart, though not by the same line in each.

When: the first dose, the baseline or the dose in force is not known.
Then: if each possibility has a line whose rows interrupt, the answer is to interrupt; the missing fact is still asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cds_service.clinical.exposure import Dose
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.treatment.count_lines import Kind, Verdict, judge
from cds_service.dosing.treatment.patient import Patient, surroundings, worlds


def held_in_every_world(patient: Patient, doses: Sequence[Dose]) -> list[Verdict]:
    """The interrupting verdicts where every dose and every clock has one.

    Missing: empty where one possibility has none, or where the lines were counted on different days of an unknown course.
    """
    days = {r.on for line in LINES for r in patient.counts[line].decisive}
    if not patient.therapy.first_doses and len(days) > 1:
        return []
    found: list[Verdict] = []
    for dose in doses:
        for clock in _clocks(patient):
            holding = [v for line in LINES for v in _holding(patient, line, dose, clock)]
            if not holding:
                return []
            found += holding
    return list({v.reading.reference: v for v in found}.values())


def _clocks(patient: Patient) -> tuple[date | str, ...]:
    """The possible first doses; where none is known, both sides of week 4."""
    return patient.therapy.first_doses or ("within", "after")


def _holding(patient: Patient, line: str, dose: Dose, clock: date | str) -> list[Verdict]:
    """The verdicts of a line under one clock, if all of its latest results interrupt; else none."""
    verdicts = [
        judge(
            reading,
            patient.regimen.rows(dose, line),
            [w for w in worlds(patient, line, reading) if clock in (w.first_dose, w.window)],
            surroundings(patient, line, reading, patient.today, patient.temperature),
        )
        for reading in patient.counts[line].decisive
    ]
    return verdicts if all(v.kind is Kind.HOLD for v in verdicts) else []
