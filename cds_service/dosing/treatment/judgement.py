"""Today's counts judged against the rows that may interrupt treatment: what every check that asks about them starts from.

When: the drug is taken.
Then: what holds, what is pending, in the gap of a table or preliminary, and on which days findings ask for the next count. Where
the first dose, the baseline or the dose is not known, treatment that is interrupted in every reading of the chart holds too. No
decision is made here, and none is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.exposure import Dose
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.temperature import is_fever, low_neutrophils
from cds_service.dosing.treatment.count_lines import Kind, Verdict, judge
from cds_service.dosing.treatment.patient import Patient, surroundings, worlds
from cds_service.dosing.treatment.verdicts import possible_doses, preliminary_verdicts, verdicts


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts by line, and those of them that matter: that interrupt, whose row has not lasted yet, in the gap of a table.

    `preliminary` are the verdicts on later preliminary results that are not fine; `sooner` the days for which all of these ask
    for the next count.
    """

    verdicts: Mapping[str, tuple[Verdict, ...]]
    holds: tuple[Verdict, ...]
    pending: tuple[Verdict, ...]
    gaps: tuple[Verdict, ...]
    preliminary: tuple[Verdict, ...]
    sooner: tuple[date, ...]


def judgement(patient: Patient) -> Judgement:
    """The counts of today judged, once for all that ask."""
    return patient.once(_judge)


def _judge(patient: Patient) -> Judgement:
    found = {line: verdicts(patient, line) for line in LINES}
    holds = [v for line in LINES for v in found[line] if all(o.kind is Kind.HOLD for o in found[line])]
    if not holds and any(v.kind is Kind.UNKNOWN for line in LINES for v in found[line]):
        holds = _held_in_every_world(patient)
    held = {v.reading.fact for v in holds}
    pending = [v for v in found["anc"] if v.kind is Kind.PENDING and "anc" not in held]
    gaps = [v for v in found["platelets"] if v.kind is Kind.GAP and "platelets" not in held]
    preliminary = [v for line in LINES for v in preliminary_verdicts(patient, line) if v.kind is not Kind.FINE]
    wait, gap = patient.regimen.pending, patient.regimen.gap
    sooner: list[date] = [
        v.run.first.on + timedelta(days=wait.repeat_days) for v in pending if v.run is not None and wait is not None
    ]
    sooner += [v.reading.on + timedelta(days=gap.repeat_days) for v in gaps if gap is not None]
    sooner += [patient.today + timedelta(days=1)] if is_febrile(patient) else []
    sooner += [patient.today] if preliminary else []
    return Judgement(found, tuple(holds), tuple(pending), tuple(gaps), tuple(preliminary), tuple(sooner))


def _held_in_every_world(patient: Patient) -> list[Verdict]:
    """The interrupting verdicts where every dose and every clock has one, though not by the same line in each.

    Missing: empty where one possibility has none, or where the lines were counted on different days of an unknown course.
    """
    days = {r.on for line in LINES for r in patient.counts[line].decisive}
    if not patient.therapy.first_doses and len(days) > 1:
        return []
    found: list[Verdict] = []
    for dose in possible_doses(patient):
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


def is_febrile(patient: Patient) -> bool:
    """Whether low neutrophils meet fever: the next count is then sooner, and what else follows is a check of its own."""
    return is_fever(patient.case, patient.regimen.ids.fever) and bool(
        low_neutrophils(patient.case, patient.regimen.ids.fever)
    )
