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
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.counts.by_regimen import bands_of, rows_of
from cds_service.drugs.lenalidomide.counts.eu_start import choice_of_dose, hepatitis_b
from cds_service.drugs.lenalidomide.counts.other_regimens import hold_counts, regimen_outside_mds
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.counts.steps import choice, exhausted, is_daily, later_doses
from cds_service.drugs.lenalidomide.course.regimen import NextDose, Regimen, StartChecks
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.rulebook import RULES


def _regimen(rule_id: str, renal_id: str) -> Regimen:
    levels = [Decimal(mg) for mg in RULES[rule_id].data["levels_mg"]]

    def next_dose(_case: Case, therapy: Therapy, _rows: Sequence[CountRow]) -> NextDose:
        dose, lowest = therapy.dose, _lowest(therapy, rule_id, renal_id)
        lower = [mg for mg in levels if dose is not None and exact(mg) < exact(dose.mg)]
        if dose is not None and is_daily(dose) and lower:
            return NextDose(replace(dose, mg=lower[0]))
        if dose is None or all(dose.exceeds(each) for each in lowest):
            return choice(" or ".join(each.words for each in lowest))
        return exhausted((rule_id,))

    def start_checks(of: Situation, indication: Indication) -> StartChecks:
        unknown, positive = hepatitis_b(of)
        return StartChecks((*hold_counts(of, indication).blocking, *unknown, *choice_of_dose(of)), tuple(positive))

    return regimen_outside_mds(
        "EU",
        rule_id,
        rows_of(rule_id),
        bands_of(rule_id, renal_id),
        next_dose,
        start_checks=start_checks,
        later_doses=later_doses,
    )


def _lowest(therapy: Therapy, rule_id: str, renal_id: str) -> tuple[Dose, ...]:
    """The doses below which there is none: those of the renal row that the highest dose of the course belongs to, if it has any."""
    highest = therapy.reduced_from or therapy.dose
    for row in RULES[renal_id].data["bands"]:
        begun_at = (row["dose_mg"], row.get("later", row)["dose_mg"])
        if "floors" in row and highest is not None and highest.mg in begun_at:
            return _doses(row["floors"])
    return _doses(RULES[rule_id].data["floors"])


def _doses(rows: Sequence[Mapping[str, Decimal | int]]) -> tuple[Dose, ...]:
    return tuple(Dose(Decimal(row["floor_mg"]), every_days=int(row.get("every_days", 1))) for row in rows)


EU_LYMPHOMA: Mapping[str, Regimen] = {"mcl": _regimen("EU-MCL", "EU-REN-MCL"), "fl": _regimen("EU-FL", "EU-REN-FL")}
