"""The verdict on a count at the current dose, or at every dose that the patient may be taking.

When: a patient takes the drug and a count is there, today's or an earlier one.
Then: one verdict; where the dose is not known or orders differ, and the verdict with them, it is unknown and says why.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Reading
from cds_service.dosing.temperature import temperature_near
from cds_service.dosing.treatment.count_lines import Kind, Verdict, judge
from cds_service.dosing.treatment.patient import Patient, surroundings, worlds


def verdicts(patient: Patient, line: str) -> tuple[Verdict, ...]:
    """One verdict for each result that may be the latest of a line."""
    return tuple(_judge_at_every_dose(patient, line, r) for r in patient.counts[line].decisive)


def preliminary_verdicts(patient: Patient, line: str) -> tuple[Verdict, ...]:
    """The same for later preliminary results, which may only warn."""
    return tuple(_judge_at_every_dose(patient, line, r) for r in patient.counts[line].preliminary)


def would_interrupt(patient: Patient, line: str) -> bool:
    """Whether a result that cannot be used, or only as an estimate, would interrupt treatment, or might, if it were believed."""
    counts = patient.counts[line]
    believed = (*(reading for refused in counts.refused for reading in refused.believed), *counts.estimate)
    return any(_judge_at_every_dose(patient, line, r).kind in (Kind.HOLD, Kind.UNKNOWN) for r in believed)


def would_with_baseline(patient: Patient, line: str, reading: Reading) -> bool:
    """Whether a result would interrupt treatment if a result that cannot be used were believed as its baseline."""
    refused = [u for u in patient.facts.refused(line) if u.believed and not u.is_other_test]
    if not refused:
        return False
    around = surroundings(patient, line, reading, patient.today, patient.temperature)
    open_worlds = [w for w in worlds(patient, line, reading) if w.baseline is None]
    possible = [
        replace(world, baseline=believed)
        for world in open_worlds
        for one in refused
        if one.on is None or world.first_dose is None or one.on <= world.first_dose
        for believed in one.believed
    ]
    rows = [patient.regimen.rows(dose, line) for dose in possible_doses(patient)]
    return any(judge(reading, each, [world], around).kind is Kind.HOLD for world in possible for each in rows)


def past_verdict(patient: Patient, line: str, reading: Reading) -> Verdict:
    """The verdict as it would have been on the day of an earlier result, with the fever and the transfusions of that day."""
    return _judge_at_every_dose(patient, line, reading, reading.on)


def _judge_at_every_dose(patient: Patient, line: str, reading: Reading, then: date | None = None) -> Verdict:
    """The verdict at the current dose; where the dose is not known or orders differ, at each that may be the one."""
    temperature = patient.temperature if then is None else temperature_near(patient.case, then)
    around = surroundings(patient, line, reading, then or patient.today, temperature)
    possible = worlds(patient, line, reading)
    found = [judge(reading, patient.regimen.rows(d, line), possible, around) for d in possible_doses(patient)]
    kinds = {v.kind for v in found}
    rules = tuple(dict.fromkeys(r for v in found for r in v.rules))
    if len(kinds) == 1:
        return found[0] if found[0].rules == rules else replace(found[0], rules=rules)
    if kinds & {Kind.HOLD, Kind.UNKNOWN}:
        unknown = frozenset({"currentDose"}).union(*(v.unknown for v in found))
        # The row that interrupts at one of the doses says how grave the question is.
        row = next((v.row for v in found if v.kind is Kind.HOLD), None)
        return Verdict(Kind.UNKNOWN, rules, reading, unknown, baselines=found[0].baselines, row=row)
    return max(found, key=lambda v: v.kind)


def possible_doses(patient: Patient) -> tuple[Dose, ...]:
    """The doses that the patient may be taking: one where it is known."""
    therapy, every = patient.therapy, patient.regimen.table_doses
    if therapy.conflicting:
        known = tuple(r.dose for r in therapy.conflicting if r.dose is not None)
        return tuple(dict.fromkeys(known)) or every
    return (therapy.dose,) if therapy.dose is not None else every
