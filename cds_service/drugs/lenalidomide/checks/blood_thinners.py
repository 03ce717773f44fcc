"""A blood thinner with low platelets (ours; the labels give no rule).

When: an anticoagulant or antiplatelet drug is active.
Then: with platelets of CTCAE grade 3 or 4 it is reviewed.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.data_quality import available
from cds_service.dosing.grades import graded_on
from cds_service.dosing.words import capitalised, shown
from cds_service.drugs.lenalidomide.counts.active import active
from cds_service.drugs.lenalidomide.decisions import review
from cds_service.drugs.lenalidomide.safety.antithrombotics import THINNERS
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View

RULE = "BLEEDING-REVIEW"


def thinner_with_low_platelets(view: View) -> list[Recommendation]:
    """A blood thinner with platelets of CTCAE grade 3 or 4. Missing: without platelets nothing is said here."""
    drugs = active(view, *THINNERS)
    limit = view.numbers(RULE)["platelets_below"]
    counts = available(view.case, "platelets").decisive
    low = [r for r in counts if r.amount.is_below(limit) is not False]
    view.trace.say(
        RULE,
        "fired" if drugs.found and low else "not met",
        f"active: {drugs.names or 'none'}; platelets {'; '.join(shown(r) for r in counts) or 'not on file'}",
    )
    if not drugs.found or not low:
        return []
    inputs: list[Input] = [*(Input.of(r) for r in low), *drugs.found]
    return [
        review(
            view,
            (RULE, "CTCAE-V5"),
            "bleeding-review",
            words={
                "count": capitalised(f"platelets {shown(low[0])}"),
                "counts_on": capitalised(f"platelets {graded_on(view.case.rules, low[0])}"),
                "drugs": drugs.names,
            },
            inputs=inputs,
        )
    ]


CHECK = safety_check("blood-thinners", "blood thinners", thinner_with_low_platelets)
