"""Lymphoma by the EU SmPC (4.2): mantle cell alone and follicular with rituximab, on days 1-21 of 28, by dose levels.

When: lenalidomide is started, or neutrophils or platelets fall.
Then: the dose of the renal row (mantle cell lymphoma is reduced below 50 mL/min, follicular below 60); after a hold the next
lower level, down to the lowest of the row that treatment began in. Marginal zone lymphoma is no EU indication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cds_service.clinical.exposure import Dose
from cds_service.clinical.quantity import exact
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import NextDose, Regimen, StartChecks
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import bands_of, rows_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.start_counts import hold_counts
from cds_service.dosing.treatment.steps import choice, exhausted, is_daily, later_doses
from cds_service.drugs.lenalidomide.counts.eu_start import choice_of_dose, hepatitis_b
from cds_service.drugs.lenalidomide.counts.other_regimens import regimen_outside_mds


def _regimen(rules: Rules, rule_id: str, renal_id: str) -> Regimen:
    levels = [Decimal(mg) for mg in rules.number(rule_id, "levels_mg")]

    def next_dose(_case: Case, therapy: Therapy, _rows: Sequence[CountRow]) -> NextDose:
        dose, lowest = therapy.dose, _lowest(rules, therapy, rule_id, renal_id)
        lower = [mg for mg in levels if dose is not None and exact(mg) < exact(dose.mg)]
        if dose is not None and is_daily(dose) and lower:
            return NextDose(replace(dose, mg=lower[0]))
        if dose is None or all(dose.exceeds(each) for each in lowest):
            return choice(" or ".join(each.words for each in lowest))
        return exhausted((rule_id,))

    def start_checks(patient: Patient) -> StartChecks:
        return StartChecks((*hold_counts(patient).blocking, *choice_of_dose(patient)), tuple(hepatitis_b(patient)))

    return regimen_outside_mds(
        rules,
        "EU",
        rule_id,
        rows_of(rules, rule_id),
        bands_of(rules, rule_id, renal_id),
        next_dose,
        start_checks=start_checks,
        later_doses=later_doses,
    )


def _lowest(rules: Rules, therapy: Therapy, rule_id: str, renal_id: str) -> tuple[Dose, ...]:
    """The doses below which there is none: those of the renal row that the highest dose of the course belongs to, if it has any."""
    highest = therapy.reduced_from or therapy.dose
    for row in rules.number(renal_id, "bands"):
        begun_at = (row["dose_mg"], row.get("later", row)["dose_mg"])
        if "floors" in row and highest is not None and highest.mg in begun_at:
            return _doses(row["floors"])
    return _doses(rules.number(rule_id, "floors"))


def _doses(rows: Sequence[Mapping[str, Decimal | int]]) -> tuple[Dose, ...]:
    return tuple(Dose(Decimal(row["floor_mg"]), every_days=int(row.get("every_days", 1))) for row in rows)


def eu_lymphoma(rules: Rules) -> Mapping[str, Regimen]:
    """The regimens of the SmPC in force, by indication."""
    return {"mcl": _regimen(rules, "EU-MCL", "EU-REN-MCL"), "fl": _regimen(rules, "EU-FL", "EU-REN-FL")}
