"""Lymphoma by the EU SmPC (4.2): mantle cell alone and follicular with rituximab, on days 1-21 of 28, by dose levels.

When: neutrophils or platelets fall.
Then: interrupt, and resume at the next lower level; after the last level there is none. Below 50 mL/min of clearance no
row is on file, so a start is reviewed without a dose, and so is treatment. Marginal zone lymphoma is no EU indication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cds_service.clinical.quantity import exact
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import decision
from cds_service.drugs.lenalidomide.counts.by_regimen import bands_of, rows_of
from cds_service.drugs.lenalidomide.counts.eu_start import hepatitis_b
from cds_service.drugs.lenalidomide.counts.other_regimens import hold_counts, regimen_outside_mds
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.counts.steps import choice, exhausted, is_daily
from cds_service.drugs.lenalidomide.course.regimen import NextDose, Regimen, StartChecks
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.renal import kidney_function
from cds_service.drugs.lenalidomide.rulebook import RULES


def _regimen(rule_id: str) -> Regimen:
    levels = [Decimal(mg) for mg in RULES[rule_id].data["levels_mg"]]

    def next_dose(_case: Case, therapy: Therapy, _rows: Sequence[CountRow]) -> NextDose:
        dose = therapy.dose
        if dose is None or not is_daily(dose):
            return choice(f"{levels[-1]} mg daily")
        lower = [mg for mg in levels if exact(mg) < exact(dose.mg)]
        return NextDose(replace(dose, mg=lower[0])) if lower else exhausted((rule_id,))

    def start_checks(of: Situation, indication: Indication) -> StartChecks:
        unknown, positive = hepatitis_b(of)
        blocking = (*hold_counts(of, indication).blocking, *unknown, *_no_renal_row(of, rule_id))
        return StartChecks(blocking, tuple(positive))

    def beside_treatment(of: Situation) -> list[Recommendation]:
        return _no_renal_row(of, rule_id) if of.therapy.state == "active" or of.case.orders else []

    return regimen_outside_mds(
        "EU",
        rule_id,
        rows_of(rule_id),
        bands_of(rule_id),
        next_dose,
        start_checks=start_checks,
        response=beside_treatment,
    )


def _no_renal_row(of: Situation, rule_id: str) -> list[Recommendation]:
    """Kidneys below the only band on file: review, no dose."""
    kidneys = kidney_function(of.facts, of.today)
    known = kidneys.on_dialysis or (bool(kidneys.clearances) and not kidneys.bands(bands_of(rule_id)))
    if not known:
        return []
    return [
        decision(
            of.case,
            of.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (rule_id,),
            "start-no-renal-row",
            inputs=kidneys.inputs,
            missing=kidneys.stale,
        )
    ]


EU_LYMPHOMA: Mapping[str, Regimen] = {"mcl": _regimen("EU-MCL"), "fl": _regimen("EU-FL")}
