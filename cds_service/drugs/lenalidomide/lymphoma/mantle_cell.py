"""Mantle cell lymphoma by the US label (2.3, 2.6): 25 mg on days 1-21 of 28, one row per line at every dose.

When: neutrophils or platelets fall.
Then: interrupt, and resume at 5 mg less than the previous dose; at 5 mg daily the table ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.clinical.quantity import plain
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import Eligibility, NextDose, Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import bands_of, rows_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.steps import choice, less_by
from cds_service.drugs.lenalidomide.counts.other_regimens import eligible, regimen_outside_mds

START, PLATELETS, NEUTROPHILS = "US-MCL-START", "US-MCL-PLT", "US-MCL-ANC"
EARLY_DEATHS = "US-WP-MCLMORT"


def _next_dose(case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    """One step, whichever line or lines caused the hold."""
    step = case.rules[PLATELETS].data
    if therapy.dose is None:
        return choice(f"{plain(step['floor_mg'])} mg daily")
    return less_by(therapy.dose, step["less_mg"], step["floor_mg"], tuple(r.id for r in rows) or (PLATELETS,))


def _eligible(patient: Patient) -> Eligibility:
    found = eligible(patient)
    patient.trace.say(
        EARLY_DEATHS, "fired" if patient.case.orders else "not met", "said with a start; no source gives a cut-off"
    )
    found.remarks.append(patient.rules[EARLY_DEATHS].text)
    return found


def us_mantle_cell(rules: Rules) -> Regimen:
    """The regimen of the US label in force."""
    return regimen_outside_mds(
        rules,
        "US",
        START,
        rows_of(rules, PLATELETS, NEUTROPHILS),
        bands_of(rules, START, "US-REN-MMMCL-30-60", "US-REN-MMMCL-LT30", "US-REN-MMMCL-DIAL"),
        _next_dose,
        cbc="US-MON-CBC-MCL",
        eligibility=_eligible,
    )
