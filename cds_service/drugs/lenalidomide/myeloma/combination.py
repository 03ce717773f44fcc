"""Myeloma with dexamethasone by the US label (2.1, 2.6): 25 mg on days 1-21 of 28, one row per line at every dose.

When: neutrophils or platelets fall.
Then: platelets go to the next lower dose; the first fall of the neutrophils alone goes back to the starting dose, each
later one to the next lower dose. The label lists no steps, so the clinician chooses; never below 2.5 mg daily.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import Eligibility, NextDose, Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import bands_of, rows_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.steps import choice, exhausted, later_doses
from cds_service.drugs.lenalidomide.counts.other_regimens import eligible, regimen_outside_mds
from cds_service.drugs.lenalidomide.myeloma.falls import falls, other_toxicities

PLATELETS, FIRST, LATER = "US-MM-PLT", "US-MM-ANC-1", "US-MM-ANC-N"
STEM_CELLS = "US-WP-SCM"


def us_combination(case: Case, therapy: Therapy) -> Regimen:
    """The regimen of one case: how many falls of the neutrophils there were chooses between the two rows."""
    falls_below = case.rules.number(FIRST, "hold")[0]["below"]
    return combination(case.rules, LATER if len(falls(case, therapy, falls_below)) > 1 else FIRST)


@cache
def combination(rules: Rules, neutrophils: str) -> Regimen:
    """The regimen of the US label in force. Args: the row of the neutrophils that holds, FIRST or LATER."""
    return regimen_outside_mds(
        rules,
        "US",
        "US-MM-START",
        rows_of(rules, PLATELETS, neutrophils),
        bands_of(rules, "US-MM-START", "US-REN-MMMCL-30-60", "US-REN-MMMCL-LT30", "US-REN-MMMCL-DIAL"),
        _next_dose,
        cbc="US-MON-CBC-MM",
        eligibility=_eligible,
        later_doses=later_doses,
    )


def _next_dose(case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    """The same dose after a first fall of the neutrophils alone, else the next lower one."""
    ids = tuple(r.id for r in rows)
    dose = therapy.dose
    floor = case.rules.number(PLATELETS, "floor_mg")
    others = other_toxicities(case.facts, therapy)
    if dose is not None and ids == (FIRST,) and not others and therapy.reduced_from is None:
        return NextDose(dose, is_same=True)
    if dose is not None and ids and exact(dose.mg) <= exact(floor):
        return exhausted(ids)
    return choice(f"{plain(floor)} mg daily")


def _eligible(patient: Patient) -> Eligibility:
    """The card of a start says what a transplant needs: nothing on file tells for sure who is a candidate."""
    found = eligible(patient)
    patient.trace.say(STEM_CELLS, "fired" if patient.case.orders else "not met", "said with a start")
    found.remarks.append(patient.rules[STEM_CELLS].text)
    return found
