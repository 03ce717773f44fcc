"""Which myeloma regimen a patient is on: with dexamethasone, or as maintenance after an autologous transplant.

When: lenalidomide is ordered or taken for myeloma.
Then: active dexamethasone means the combination; an autologous transplant, or an order that says "maintenance", means
maintenance; where neither is found, or the order's words and the dexamethasone disagree, the clinician is asked. The EU
SmPC counts for a start by more regimens than these: `possible` names all that the chart leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass

from cds_service.clinical.recommendation import Input
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide.counts.other_regimens import active_medication

COMBINATION, MAINTENANCE = "myeloma-combination", "myeloma-maintenance"
MAINTENANCE_WORDS = ("maintenance", "erhaltung")
# The regimens of the EU SmPC.
FIRST, RELAPSE, AFTER_TRANSPLANT = "first treatment", "relapse", "maintenance after a transplant"
WITH_BORTEZOMIB, WITH_MELPHALAN = "first treatment with bortezomib", "first treatment with melphalan and prednisone"
EVERY = (FIRST, RELAPSE, AFTER_TRANSPLANT, WITH_BORTEZOMIB, WITH_MELPHALAN)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The regimen by the contract's name, "" when it cannot be told (then `why`), and what it was told by.

    `possible` are the regimens of the EU SmPC that the chart allows; at least one.
    """

    name: str
    inputs: tuple[Input, ...] = ()
    why: str = ""
    possible: tuple[str, ...] = EVERY


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
    is_maintenance = bool(worded or (transplants and not dexamethasone))
    possible = _possible(case, bool(dexamethasone), is_maintenance)
    if dexamethasone and worded:
        why = "the order says maintenance, and dexamethasone is active"
        return Recognised("", (*dexamethasone, *worded), why, possible)
    if dexamethasone:
        return Recognised(COMBINATION, dexamethasone, possible=possible)
    if is_maintenance:
        return Recognised(MAINTENANCE, (*worded, *transplants), possible=possible)
    unseen = [case.facts.unseen[k] for k in ("medicationRequests", "autologous-transplant") if k in case.facts.unseen]
    why = "; ".join(["neither active dexamethasone nor an autologous transplant was found", *unseen])
    return Recognised("", (), why, possible)


def _possible(case: Case, with_dexamethasone: bool, is_maintenance: bool) -> tuple[str, ...]:
    """The regimens of the EU SmPC by the active partners.

    Bortezomib without dexamethasone and melphalan without prednisone are halves of a regimen, which leave every one open.
    """
    bortezomib, melphalan, prednisone = (
        bool(active_medication(case.facts, *names, on=case.on))
        for names in (("bortezomib",), ("melphalan",), ("prednisone", "prednisolone"))
    )
    found = [AFTER_TRANSPLANT] if is_maintenance else []
    if with_dexamethasone:
        found += [WITH_BORTEZOMIB] if bortezomib else [FIRST, RELAPSE]
    if melphalan and (prednisone or found):
        found.append(WITH_MELPHALAN)
    return tuple(found) or EVERY


def _worded(case: Case) -> tuple[Input, ...]:
    """The reasons of drafts and current orders of the drug that say maintenance."""
    current = [
        m
        for m in case.facts.medications
        if case.content.name in m.concepts and m.status in ("active", "on-hold", "unknown", "")
    ]
    return tuple(
        Input("reason", reason, reference=m.reference)
        for m in (*case.orders, *current)
        for reason in m.reasons
        if any(word in reason.casefold() for word in MAINTENANCE_WORDS)
    )
