"""Lymphoma by the EU SmPC (4.2): mantle cell alone and follicular with rituximab, on days 1-21 of 28, by dose levels.

When: neutrophils or platelets fall.
Then: interrupt, and resume at the next lower level; after the last level there is none. Below 50 mL/min of clearance no
row is on file, so a start is reviewed without a dose. Marginal zone lymphoma is no EU indication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cds_service.clinical.exposure import Dose
from cds_service.clinical.quantity import exact
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import decision
from cds_service.drugs.lenalidomide.counts.by_regimen import bands_of, rows_at, rows_of
from cds_service.drugs.lenalidomide.counts.other_regimens import eligible, hold_counts, is_reduced, no_contradictions
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.counts.steps import choice, exhausted, is_daily
from cds_service.drugs.lenalidomide.course.regimen import NextDose, Regimen, StartChecks
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.mds_del5q.eu import EU
from cds_service.drugs.lenalidomide.renal import kidney_function
from cds_service.drugs.lenalidomide.rulebook import RULES


def _regimen(rule_id: str) -> Regimen:
    table = rows_of(rule_id)
    levels = [Decimal(mg) for mg in RULES[rule_id].data["levels_mg"]]

    def rows(_dose: Dose | None, line: str) -> tuple[CountRow, ...]:
        return rows_at(table, line)

    def next_dose(_case: Case, therapy: Therapy, _rows: Sequence[CountRow]) -> NextDose:
        dose = therapy.dose
        if dose is None or not is_daily(dose):
            return choice(f"{levels[-1]} mg daily")
        lower = [mg for mg in levels if exact(mg) < exact(dose.mg)]
        return NextDose(replace(dose, mg=lower[0])) if lower else exhausted((rule_id,))

    def start_checks(of: Situation, indication: Indication) -> StartChecks:
        return StartChecks((*hold_counts(of, indication).blocking, *_no_renal_row(of, rule_id)))

    ids = replace(
        EU.ids,
        indication="EU-IND-OTHER",
        start=rule_id,
        no_row="",
        both_lines=(),
        neutropenia=(),
        renal_on_treatment=(),
    )
    return replace(
        EU,
        ids=ids,
        bands=bands_of(rule_id),
        rows=rows,
        next_dose=next_dose,
        contradictions=no_contradictions,
        needs_isolated=False,
        start_checks=start_checks,
        response=_nothing_beside,
        is_reduced=is_reduced,
        eligibility=eligible,
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
        )
    ]


def _nothing_beside(_of: Situation) -> list[Recommendation]:
    return []


EU_LYMPHOMA: Mapping[str, Regimen] = {"mcl": _regimen("EU-MCL"), "fl": _regimen("EU-FL")}
