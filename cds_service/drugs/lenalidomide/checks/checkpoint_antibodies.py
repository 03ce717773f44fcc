"""A PD-1 or PD-L1 antibody beside lenalidomide in myeloma (US label 5.7; in the EU, where no document names it, ours).

When: an antibody of the family is active and myeloma is on file.
Then: critical review; a start gets no dose.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.drugs.lenalidomide.counts.active import active
from cds_service.drugs.lenalidomide.decisions import fires, review_urgently
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View


def checkpoint(view: View) -> list[Recommendation]:
    """One review for all such antibodies; empty when there is none, or no myeloma."""
    rule = view.choose("US-WP-PEMBRO", "CHECKPOINT-MYELOMA")
    antibodies = active(view, "checkpoint-inhibitor")
    is_met = antibodies.found and view.facts.has_diagnosis("myeloma")
    if not fires(view, rule, is_met, f"PD-1 and PD-L1 antibodies: {antibodies.names or 'none'}"):
        return []
    words = {"drug": antibodies.names}
    return [review_urgently(view, (rule,), "checkpoint-inhibitor", words=words, inputs=antibodies.found)]


CHECK = safety_check("checkpoint-antibodies", "PD-1 and PD-L1 antibodies", checkpoint, withholds=True)
