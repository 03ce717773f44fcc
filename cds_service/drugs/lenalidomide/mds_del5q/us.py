"""MDS by the US label: continuous dosing, rows by dose, treatment week and baseline, fixed steps 10, 5, 2.5 mg."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from cds_service.clinical.recommendation import Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import NextDose, Regimen, RuleIds
from cds_service.dosing.renal import band
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import weekly_then_monthly
from cds_service.dosing.treatment.patient import Patient
from cds_service.drugs.lenalidomide.evidence import this_karyotype
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.mds_del5q.eligibility import eligibility
from cds_service.drugs.lenalidomide.mds_del5q.tables import (
    NO_ROW,
    counts_in_gap,
    counts_pending,
    table_doses,
    us_rows,
    us_table_dose,
)
from cds_service.drugs.lenalidomide.mds_del5q.us_start import us_start_checks
from cds_service.drugs.lenalidomide.ways_out import ways_out

AT_SIXTY = "At exactly 60 mL/min older label revisions gave the full dose, the current one does not."


def _next_dose(case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    """The lowest dose of the rows that caused the hold; below the table there is none."""
    doses = [r.resume_dose for r in rows if r.resume_dose is not None]
    if us_table_dose(case.rules, therapy.dose) is not None:
        return NextDose(min(doses, key=lambda d: d.mg_per_day, default=None))
    which = "this dose" if therapy.dose is not None else "a dose that is not known"
    return NextDose(
        rules=(NO_ROW,),
        no_row=f"label has no row for {which}",
        note=f"The label has no row for {which}: no dose to resume at; the haematologist decides.",
    )


def _contradictions(_indication: Indication) -> list[str]:
    """Additional abnormalities are within the label."""
    return []


def _no_response_rule(_patient: Patient) -> list[Recommendation]:
    """The US label has no rule on response (GL-US-NOSTOP4M)."""
    return []


def _is_reduced(_case: Case, therapy: Therapy) -> bool:
    return therapy.reduced_from is not None


def us(rules: Rules) -> Regimen:
    """The regimen of the US label in force."""
    return Regimen(
        jurisdiction="US",
        ids=RuleIds(
            indication="US-IND-MDS",
            start="US-MDS-START",
            reescalation="US-MDS-REESC",
            fever="US-MDS-FN-BELOW385",
            no_row=NO_ROW,
            both_lines=("US-MDS-BOTH",),
            row_lock=("US-MDS-ROWLOCK",),
            neutropenia=(),
            renal_on_treatment=("US-REN-ONTX",),
            renal_monitoring=("US-MON-RENAL",),
        ),
        bands=tuple(band(rules, r) for r in rules.by_id.values() if r.id.startswith("US-REN-MDS-")),
        cbc=weekly_then_monthly(rules, "US-MON-CBC-MDS", "US-MON-HOLD"),
        pending=counts_pending(rules),
        gap=counts_in_gap(rules),
        table_doses=table_doses(rules),
        rows=us_rows(rules),
        next_dose=_next_dose,
        eligibility=partial(eligibility, contradictions_of=_contradictions),
        start_checks=us_start_checks,
        response=_no_response_rule,
        is_reduced=_is_reduced,
        at_clearance={Fraction(60): AT_SIXTY},
        start_words=this_karyotype,
        resume_message="resume",
        ways_out=ways_out,
    )
