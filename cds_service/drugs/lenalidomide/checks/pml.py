"""Progressive multifocal leukoencephalopathy (SmPC 4.4; in the US, where the label only lists it, ours).

When: it is on file, suspected or confirmed.
Then: suspected it holds treatment until it is excluded; confirmed it ends treatment for good. Either forbids a start.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Action, Recommendation, Resume, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.decisions import fires
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.reports import reports
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold, hold_orders, kept_away, stop_actions


def pml(view: View) -> list[Recommendation]:
    """What a progressive multifocal leukoencephalopathy calls for; a suspected one that is over was excluded."""
    rule = view.choose("PML", "EU-PML")
    found = [r for r in reports(view) if "pml" in r.concepts and (r.is_active or not r.is_suspected)]
    if not fires(view, rule, found, "; ".join(r.words for r in found) or "none on file"):
        return []
    confirmed = [r for r in found if not r.is_suspected]
    report = (confirmed or found)[-1]
    due = cbc_due_on_hold(view)
    action, urgency, end = kept_away(view)
    message, offers = "pml-never-start" if view.is_start else f"pml-{end}", stop_actions(view)
    holds = not view.is_start and not confirmed
    if holds:
        offers = hold_orders(view, due)
    elif confirmed and not view.is_start:
        action, urgency, message = Action.PERMANENTLY_DISCONTINUE, Urgency.CRITICAL, "pml-stop"
    return [
        decision(
            view,
            action,
            urgency,
            (rule,),
            message,
            words={"what": report.words, "due": due.isoformat()},
            resume=Resume("progressive multifocal leukoencephalopathy excluded") if holds else None,
            next_cbc_due=due if holds else None,
            inputs=[r.input for r in found],
            proposals=offers,
            causes=("pml",),
        )
    ]


CHECK = safety_check("pml", "PML", pml)
