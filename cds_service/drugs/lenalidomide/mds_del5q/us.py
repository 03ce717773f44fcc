"""MDS by the US label: continuous dosing, rows by dose, treatment week and baseline, fixed steps 10, 5, 2.5 mg."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cds_service.clinical.recommendation import Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.course.regimen import CbcSchedule, NextDose, Regimen, RuleIds
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.mds_del5q.eligibility import eligibility
from cds_service.drugs.lenalidomide.mds_del5q.tables import is_us_table_dose, us_rows
from cds_service.drugs.lenalidomide.mds_del5q.us_start import us_start_checks
from cds_service.drugs.lenalidomide.renal import US_MDS_BANDS
from cds_service.drugs.lenalidomide.rulebook import RULES

_CBC = RULES["US-MON-CBC-MDS"].data
_HOLD = RULES["US-MON-HOLD"].data
AT_SIXTY = "Older label revisions gave the full dose at a clearance of exactly 60 mL/min; the current row includes 60."


def _next_dose(_case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    """The lowest dose of the rows that caused the hold; below the table there is none."""
    doses = [r.resume_dose for r in rows if r.resume_dose is not None]
    if is_us_table_dose(therapy.dose):
        return NextDose(min(doses, key=lambda d: d.mg_per_day, default=None))
    which = "this dose" if therapy.dose is not None else "a dose that is not known"
    return NextDose(
        rules=("US-MDS-SILENT-25",),
        no_row=f"label has no row for {which}",
        note=f"The label has no row for {which}: no dose to resume at; the haematologist decides.",
    )


def _contradictions(indication: Indication) -> list[str]:
    return ["the karyotype shows -7 or del(7q)"] if indication.has_monosomy7 else []


def _no_response_rule(_of: Situation) -> list[Recommendation]:
    """The US label has no rule on response (GL-US-NOSTOP4M)."""
    return []


def _is_reduced(_case: Case, therapy: Therapy) -> bool:
    return therapy.reduced_from is not None


US = Regimen(
    jurisdiction="US",
    ids=RuleIds(
        indication="US-IND-MDS",
        start="US-MDS-START",
        reescalation="US-MDS-REESC",
        fever="US-MDS-FN-BELOW385",
        no_row="US-MDS-SILENT-25",
        both_lines=("US-MDS-BOTH",),
        row_lock=("US-MDS-ROWLOCK",),
        neutropenia=(),
        renal_on_treatment=("US-REN-ONTX",),
        renal_monitoring=("US-MON-RENAL",),
        leukaemia="US-IND-CLL",
    ),
    bands=US_MDS_BANDS,
    cbc=CbcSchedule(
        rule="US-MON-CBC-MDS",
        hold_rule="US-MON-HOLD",
        first_days=_CBC["first_days"],
        every_first=_CBC["every_days_first"],
        every_later=_CBC["every_days_later"],
        every_on_hold=_HOLD["every_days"],
        resume_days=_HOLD["weeks_from_resume_days"],
    ),
    rows=us_rows,
    next_dose=_next_dose,
    contradictions=_contradictions,
    needs_isolated=False,
    eligibility=eligibility,
    start_checks=us_start_checks,
    response=_no_response_rule,
    is_reduced=_is_reduced,
    at_clearance={Fraction(60): AT_SIXTY},
)
