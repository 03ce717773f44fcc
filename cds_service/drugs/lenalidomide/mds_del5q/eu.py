"""MDS by the EU SmPC: days 1-21 of 28, one row per line at any time, dose levels of the patient's own renal row.

What it asks for beside eligibility, dose and kidneys when a first dose is ordered: neutrophils or platelets below the limit do not
let it start; a complex karyotype or a TP53 mutation: the higher risk of acute myeloid leukaemia is said.
"""

from __future__ import annotations

from functools import partial

from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.regimen import Regimen, RuleIds, StartChecks
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import weekly_then_monthly
from cds_service.dosing.treatment.patient import Patient
from cds_service.drugs.lenalidomide.counts.start_limits import must_not_start, open_counts
from cds_service.drugs.lenalidomide.decisions import fires, inform, input_of
from cds_service.drugs.lenalidomide.evidence import this_karyotype
from cds_service.drugs.lenalidomide.indication import Indication, indication_of
from cds_service.drugs.lenalidomide.mds_del5q.eligibility import eligibility
from cds_service.drugs.lenalidomide.mds_del5q.eu_levels import eu_bands, is_below_start, next_level
from cds_service.drugs.lenalidomide.mds_del5q.eu_response import assess_response
from cds_service.drugs.lenalidomide.mds_del5q.tables import counts_in_gap, counts_pending, eu_rows, table_doses
from cds_service.drugs.lenalidomide.safety.progression import tp53_mutations
from cds_service.drugs.lenalidomide.ways_out import ways_out

NO_START = "EU-MDS-NOSTART"


def _contradictions(indication: Indication) -> list[str]:
    if indication.is_isolated is False and indication.has_del5q is not False:
        return ["additional abnormalities beside del(5q)"]
    return []


def eu(rules: Rules) -> Regimen:
    """The regimen of the SmPC in force."""
    return Regimen(
        jurisdiction="EU",
        ids=RuleIds(
            indication="EU-IND-MDS",
            start="EU-MDS-START",
            reescalation="EU-MDS-REESC",
            fever="EU-MDS-FN",
            no_row="EU-MDS-BELOW-3",
            both_lines=(),
            row_lock=(),
            neutropenia=("EU-GCSF",),
            renal_on_treatment=("EU-REN-ONTX",),
            renal_monitoring=(),
        ),
        bands=eu_bands(rules),
        renal_throughout=True,
        cbc=weekly_then_monthly(rules, "EU-MON-CBC"),
        pending=counts_pending(rules),
        gap=counts_in_gap(rules),
        table_doses=table_doses(rules),
        rows=eu_rows(rules),
        # One level down, whichever line or lines caused the hold.
        next_dose=lambda case, therapy, _rows: next_level(case, therapy),
        eligibility=partial(eligibility, contradictions_of=_contradictions, needs_isolated=True),
        start_checks=_start_checks,
        response=assess_response,
        is_reduced=is_below_start,
        start_words=this_karyotype,
        resume_message="resume",
        ways_out=ways_out,
    )


def _start_checks(patient: Patient) -> StartChecks:
    """Low counts block; the risk of leukaemia stands beside."""
    limits = {line: patient.rules.number(NO_START, f"{line}_below") for line in ("anc", "platelets")}
    return StartChecks(
        blocking=(*must_not_start(patient, limits, (NO_START,)), *open_counts(patient, limits, (NO_START,))),
        beside=tuple(_leukaemia_risk(patient)),
    )


def _leukaemia_risk(patient: Patient) -> list[Recommendation]:
    """Complex karyotype or TP53: said beside whatever else is decided (EU-MON-AML)."""
    indication = indication_of(patient.facts)
    found: list[Input] = []
    if indication.is_complex and indication.karyotype is not None:
        found.append(indication.karyotype)
    found += [input_of(f) for f in tp53_mutations(patient.facts)]
    if not fires(patient, "EU-MON-AML", found, "complex karyotype or TP53 mutation"):
        return []
    names = ["complex karyotype" if i.fact == "karyotype" else "TP53 mutation" for i in found]
    words = {"found": " and ".join(dict.fromkeys(names))}
    return [inform(patient, ("EU-MON-AML",), "leukaemia-risk", words=words, inputs=found)]
