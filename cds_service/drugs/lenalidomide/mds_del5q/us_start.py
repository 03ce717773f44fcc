"""What the US label leaves open before a start: counts and liver values below the entry criteria of its trial.

When: a first dose is ordered.
Then: counts below the trial's entry criteria end the start in a review, without a dose; high liver values are reviewed too.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.data_quality import available
from cds_service.dosing.regimen import StartChecks
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import count_words
from cds_service.dosing.words import capitalised
from cds_service.drugs.lenalidomide.decisions import fires, review

RULE = "US-MDS-SILENT-START"


def us_start_checks(patient: Patient) -> StartChecks:
    """Low counts and high liver values end the start in a review."""
    return StartChecks((*_low_counts(patient), *_liver(patient)), ())


def _low_counts(patient: Patient) -> list[Recommendation]:
    """Counts below the trial's entry criteria: review, without a dose (US-MDS-SILENT-START)."""
    minimum = {line: patient.rules.number(RULE, f"{line}_at_least") for line in LINES}
    low = [r for line in LINES for r in patient.counts[line].decisive if r.amount.is_below(minimum[line]) is not False]
    if not fires(patient, RULE, low, "counts against the trial's entry criteria"):
        return []
    return [
        review(patient, (RULE,), "start-low-counts", words=count_words(patient, low), inputs=[Input.of(r) for r in low])
    ]


def _liver(patient: Patient) -> list[Recommendation]:
    """Liver values above the trial's entry criteria, where they are on file: review."""
    multiple = patient.rules.number(RULE, "liver_enzymes_at_most_uln")
    high = [
        r
        for fact in ("alt", "ast")
        for r in available(patient.case, fact).decisive
        if r.upper_limit is not None and r.amount.is_above(multiple * r.upper_limit)
    ]
    most = patient.rules.number(RULE, "direct_bilirubin_mg_dl_at_most")
    high += [r for r in available(patient.case, "directBilirubin").decisive if r.amount.is_above(most)]
    if not high:
        return []
    names = {"directBilirubin": "direct bilirubin"}
    values = [f"{names.get(r.fact, r.fact.upper())} {r.reported} {r.reported_unit}" for r in high]
    words = {"count": capitalised(" and ".join(values))}
    return [review(patient, (RULE,), "start-liver", words=words, inputs=[Input.of(r) for r in high])]
