"""MDS by the US label: continuous dosing, rows by dose, treatment week and baseline, fixed steps 10, 5, 2.5 mg.

What the label leaves open before a start, when a first dose is ordered: counts below the entry criteria of its trial end the start
in a review, without a dose; high liver values are reviewed too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import LINES, CountRow
from cds_service.dosing.data_quality import available
from cds_service.dosing.regimen import NextDose, Regimen, RuleIds, StartChecks
from cds_service.dosing.renal import band
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import weekly_then_monthly
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import count_words
from cds_service.dosing.words import capitalised
from cds_service.drugs.lenalidomide.decisions import fires, review
from cds_service.drugs.lenalidomide.evidence import this_karyotype
from cds_service.drugs.lenalidomide.mds_del5q.eligibility import eligibility
from cds_service.drugs.lenalidomide.mds_del5q.tables import (
    NO_ROW,
    counts_in_gap,
    counts_pending,
    table_doses,
    us_rows,
    us_table_dose,
)
from cds_service.drugs.lenalidomide.ways_out import ways_out

SILENT_START = "US-MDS-SILENT-START"
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
        # Additional abnormalities are within the label.
        eligibility=partial(eligibility, contradictions_of=lambda _indication: []),
        start_checks=_start_checks,
        # The label has no rule on response (GL-US-NOSTOP4M).
        response=lambda _patient: [],
        is_reduced=lambda _case, therapy: therapy.reduced_from is not None,
        at_clearance={Fraction(60): AT_SIXTY},
        start_words=this_karyotype,
        resume_message="resume",
        ways_out=ways_out,
    )


def _start_checks(patient: Patient) -> StartChecks:
    """Low counts and high liver values end the start in a review."""
    return StartChecks((*_low_counts(patient), *_liver(patient)), ())


def _low_counts(patient: Patient) -> list[Recommendation]:
    """Counts below the trial's entry criteria: review, without a dose (US-MDS-SILENT-START)."""
    minimum = {line: patient.rules.number(SILENT_START, f"{line}_at_least") for line in LINES}
    low = [r for line in LINES for r in patient.counts[line].decisive if r.amount.is_below(minimum[line]) is not False]
    if not fires(patient, SILENT_START, low, "counts against the trial's entry criteria"):
        return []
    return [
        review(
            patient,
            (SILENT_START,),
            "start-low-counts",
            words=count_words(patient, low),
            inputs=[Input.of(r) for r in low],
        )
    ]


def _liver(patient: Patient) -> list[Recommendation]:
    """Liver values above the trial's entry criteria, where they are on file: review."""
    multiple = patient.rules.number(SILENT_START, "liver_enzymes_at_most_uln")
    high = [
        r
        for fact in ("alt", "ast")
        for r in available(patient.case, fact).decisive
        if r.upper_limit is not None and r.amount.is_above(multiple * r.upper_limit)
    ]
    most = patient.rules.number(SILENT_START, "direct_bilirubin_mg_dl_at_most")
    high += [r for r in available(patient.case, "directBilirubin").decisive if r.amount.is_above(most)]
    if not high:
        return []
    names = {"directBilirubin": "direct bilirubin"}
    values = [f"{names.get(r.fact, r.fact.upper())} {r.reported} {r.reported_unit}" for r in high]
    words = {"count": capitalised(" and ".join(values))}
    return [review(patient, (SILENT_START,), "start-liver", words=words, inputs=[Input.of(r) for r in high])]
