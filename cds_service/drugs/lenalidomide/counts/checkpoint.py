"""A PD-1 or PD-L1 antibody beside lenalidomide in myeloma (US-WP-PEMBRO).

When: pembrolizumab or another PD-1/PD-L1 antibody is active and lenalidomide is ordered or taken for myeloma.
Then: critical review; no dose is given.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.treatment.patient import Patient
from cds_service.drugs.lenalidomide.counts.active import active_medication

RULE = "US-WP-PEMBRO"


def checkpoint_reviews(patient: Patient) -> list[Recommendation]:
    """One review for all such antibodies; empty when there is none."""
    active = active_medication(patient.facts, "checkpoint-inhibitor", on=patient.today)
    patient.trace.say(RULE, "fired" if active else "not met", "active PD-1 and PD-L1 antibodies")
    if not active:
        return []
    names = " and ".join(dict.fromkeys(i.value for i in active))
    return [
        decision(
            patient.case,
            patient.indication,
            Action.REVIEW,
            Urgency.CRITICAL,
            (RULE,),
            "checkpoint-inhibitor",
            words={"drug": names[:1].upper() + names[1:40]},
            inputs=active,
        )
    ]
