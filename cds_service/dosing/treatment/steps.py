"""The dose after a hold where a document says "next lower dose" or "5 mg less" instead of listing doses.

When: the counts that caused a hold have recovered.
Then: the step of the row; at its floor there is no lower dose and the haematologist decides; where no steps are listed the
clinician chooses the next lower one, and no dose is named.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from cds_service.clinical.exposure import Dose
from cds_service.clinical.quantity import exact, plain
from cds_service.dosing.regimen import NextDose
from cds_service.dosing.renal import Band
from cds_service.dosing.treatment.patient import Patient

REFER = "The table has no lower dose than this: no dose to resume at; the haematologist decides."


def choice(floor: str, rules: tuple[str, ...] = ()) -> NextDose:
    """The next lower dose, which the clinician chooses. Args: the floor in words, "2.5 mg daily"."""
    return NextDose(rules=rules, is_choice=True, note=f"Next lower dose, clinician chooses; not below {floor}.")


def exhausted(rules: tuple[str, ...]) -> NextDose:
    """No lower dose. Args: the rows that say so."""
    return NextDose(rules=rules, no_row="the table has no lower dose", note=REFER)


def is_daily(dose: Dose) -> bool:
    """Whether the dose is taken once on each day of its cycle's taking days."""
    return dose.every_days == 1 and dose.per_week is None and dose.times_per_day == 1


def less_by(dose: Dose, less_mg: Decimal | int, floor_mg: Decimal | int, rules: tuple[str, ...]) -> NextDose:
    """So many mg less than the previous dose on the same days, but not below the floor.

    Args: doses in mg per administration. A schedule that is not daily is left to the clinician: the row speaks of daily doses.
    """
    if not is_daily(dose):
        words = (
            f"{plain(less_mg)} mg less than the previous dose, clinician chooses; not below {plain(floor_mg)} mg daily."
        )
        return NextDose(is_choice=True, note=words[:1].upper() + words[1:])
    if exact(dose.mg) <= exact(floor_mg):
        return exhausted(rules)
    lower = max(exact(dose.mg) - exact(less_mg), exact(floor_mg))
    return NextDose(replace(dose, mg=Decimal(plain(lower))))


def later_doses(patient: Patient, band: Band) -> tuple[Dose, ...]:
    """The higher dose that a row allows after some days of treatment; else nothing, and nothing after a reduction.

    Missing: without a first-dose day nothing is allowed.
    """
    if patient.regimen.is_reduced(patient.case, patient.therapy):
        return ()
    first = min(patient.therapy.first_doses, default=None)
    if band.later is None or first is None or patient.today - first < timedelta(days=band.later_after_days):
        return ()
    return (band.later,)
