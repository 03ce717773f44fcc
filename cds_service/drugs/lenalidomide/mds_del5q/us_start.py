"""What the US label leaves open before a start: counts and liver values below the entry criteria of its trial.

When: a first dose is ordered.
Then: counts below the trial's entry criteria end the start in a review, without a dose; high liver values are reviewed too.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.data_quality import available
from cds_service.dosing.regimen import StartChecks
from cds_service.dosing.treatment.sayings import count_words
from cds_service.dosing.treatment.situation import LINES, Situation
from cds_service.dosing.words import capitalised

RULE = "US-MDS-SILENT-START"


def us_start_checks(of: Situation) -> StartChecks:
    """Low counts and high liver values end the start in a review."""
    return StartChecks((*_low_counts(of), *_liver(of)), ())


def _low_counts(of: Situation) -> list[Recommendation]:
    """Counts below the trial's entry criteria: review, without a dose (US-MDS-SILENT-START)."""
    minimum = {line: of.rules.number(RULE, f"{line}_at_least") for line in LINES}
    low = [r for line in LINES for r in of.counts[line].decisive if r.amount.is_below(minimum[line]) is not False]
    of.trace.say(RULE, "fired" if low else "not met", "counts against the trial's entry criteria")
    if not low:
        return []
    return [
        decision(
            of.case,
            of.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (RULE,),
            "start-low-counts",
            words=count_words(of, low),
            inputs=[Input.of(r) for r in low],
        )
    ]


def _liver(of: Situation) -> list[Recommendation]:
    """Liver values above the trial's entry criteria, where they are on file: review."""
    multiple = of.rules.number(RULE, "liver_enzymes_at_most_uln")
    high = [
        r
        for fact in ("alt", "ast")
        for r in available(of.case, fact).decisive
        if r.upper_limit is not None and r.amount.is_above(multiple * r.upper_limit)
    ]
    most = of.rules.number(RULE, "direct_bilirubin_at_most")
    high += [r for r in available(of.case, "directBilirubin").decisive if r.amount.is_above(most)]
    if not high:
        return []
    names = {"directBilirubin": "direct bilirubin"}
    values = [f"{names.get(r.fact, r.fact.upper())} {r.reported} {r.reported_unit}" for r in high]
    return [
        decision(
            of.case,
            of.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (RULE,),
            "start-liver",
            words={"count": capitalised(" and ".join(values))},
            inputs=[Input.of(r) for r in high],
        )
    ]
