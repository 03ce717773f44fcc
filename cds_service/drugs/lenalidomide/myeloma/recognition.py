"""Which myeloma regimen a patient is on: with dexamethasone, or as maintenance after an autologous transplant.

When: lenalidomide is ordered or taken for myeloma.
Then: active dexamethasone means the combination; an autologous transplant, or an order that says "maintenance", means
maintenance; where neither is found, or the order's words and the dexamethasone disagree, the clinician is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from cds_service.clinical.recommendation import Input
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import DRUG
from cds_service.drugs.lenalidomide.counts.other_regimens import active_medication

COMBINATION, MAINTENANCE = "myeloma-combination", "myeloma-maintenance"
MAINTENANCE_WORDS = ("maintenance", "erhaltung")


@dataclass(frozen=True, slots=True)
class Recognised:
    """The regimen by the contract's name, "" when it cannot be told (then `why`), and what it was told by."""

    name: str
    inputs: tuple[Input, ...] = ()
    why: str = ""


def recognise(case: Case) -> Recognised:
    """The myeloma regimen of the chart and the drafts.

    Missing: no sign of either regimen, or signs of both on the order itself, leave the name empty.
    """
    dexamethasone = active_medication(case.facts, "dexamethasone", on=case.on)
    worded = _worded(case)
    transplants = tuple(
        Input("transplant", e.text or "autologous transplant", on=e.on, reference=e.reference)
        for e in case.facts.events_of("autologous-transplant")
    )
    if dexamethasone and worded:
        return Recognised("", (*dexamethasone, *worded), "the order says maintenance, and dexamethasone is active")
    if dexamethasone:
        return Recognised(COMBINATION, dexamethasone)
    if worded or transplants:
        return Recognised(MAINTENANCE, (*worded, *transplants))
    unseen = [case.facts.unseen[k] for k in ("medicationRequests", "autologous-transplant") if k in case.facts.unseen]
    return Recognised(
        "", (), "; ".join(["neither active dexamethasone nor an autologous transplant was found", *unseen])
    )


def _worded(case: Case) -> tuple[Input, ...]:
    """The reasons of drafts and current orders of the drug that say maintenance."""
    current = [
        m for m in case.facts.medications if DRUG in m.concepts and m.status in ("active", "on-hold", "unknown", "")
    ]
    return tuple(
        Input("reason", reason, reference=m.reference)
        for m in (*case.orders, *current)
        for reason in m.reasons
        if any(word in reason.casefold() for word in MAINTENANCE_WORDS)
    )
