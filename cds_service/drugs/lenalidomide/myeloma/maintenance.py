"""Myeloma maintenance after an autologous transplant by the US label (2.1, 2.6): 10 mg daily without a rest.

When: neutrophils or platelets fall.
Then: the next lower dose every day; from 5 mg daily to 5 mg on days 1-21 of 28, and never below that. Above 5 mg the label
lists no steps, so the clinician chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

from cds_service.clinical.exposure import Dose
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import NextDose, Regimen, StartChecks
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import bands_of, rows_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.start_counts import counts_review, hold_counts
from cds_service.dosing.treatment.steps import choice, exhausted, later_doses
from cds_service.drugs.lenalidomide.counts.other_regimens import regimen_outside_mds

START, PLATELETS, NEUTROPHILS = "US-MMM-START", "US-MMM-PLT", "US-MMM-ANC"


def _next_dose(case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    ids = tuple(r.id for r in rows)
    dose, last = therapy.dose, case.rules[PLATELETS].data
    every_day = Dose(Decimal(last["floor_mg"]))
    floor = replace(every_day, on_days=last["floor_on_days"], cycle_days=last["floor_cycle_days"])
    if dose is not None and dose.same_as(every_day):
        return NextDose(floor)
    if dose is not None and ids and dose.mg_per_day <= floor.mg_per_day:
        return exhausted(ids)
    return choice(floor.words)


def _start_checks(patient: Patient) -> StartChecks:
    """Maintenance starts once neutrophils and/or platelets have recovered: below both counts it is reviewed."""
    blocking = [*hold_counts(patient).blocking]
    least = {line: patient.rules.number(START, f"{line}_at_least") for line in ("anc", "platelets")}
    low = [
        r
        for line, limit in least.items()
        for r in patient.counts[line].decisive
        if r.amount.is_below(limit) is not False
    ]
    if {r.fact for r in low} == set(least):
        blocking.append(counts_review(patient, (START,), "start-not-recovered", low))
    return StartChecks(tuple(blocking))


@cache
def us_maintenance(rules: Rules) -> Regimen:
    """The regimen of the US label in force. Raises: RulebookError when it lacks a row."""
    return regimen_outside_mds(
        rules,
        "US",
        START,
        rows_of(rules, PLATELETS, NEUTROPHILS),
        bands_of(rules, START, "US-REN-MDS-30-60", "US-REN-MDS-LT30", "US-REN-MDS-DIAL"),
        _next_dose,
        cbc="US-MON-CBC-MM",
        start_checks=_start_checks,
        later_doses=later_doses,
    )
