"""Which myeloma regimen a patient is on: the one of the definitions that the chart shows, or those that it leaves open.

When: lenalidomide is ordered or taken for myeloma.
Then: active dexamethasone means a combination; an autologous transplant, or an order that says "maintenance", means
maintenance; where neither is found, or the order's words and the dexamethasone disagree, the clinician is asked. The EU SmPC
has more combinations: bortezomib, or melphalan and prednisone beside it tell them, and words of an order or of the diagnosis
whether it is the first treatment or a relapse.
"""

from __future__ import annotations

from dataclasses import dataclass

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.recommendation import Input
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide.counts.active import active_medication
from cds_service.drugs.lenalidomide.definitions import Definition, defined

COMBINATION, MAINTENANCE = "myeloma-combination", "myeloma-maintenance"
MAINTENANCE_WORDS = ("maintenance", "erhaltung")
# Words that tell the line of treatment, and words before which they are not believed.
RELAPSE_WORDS = ("relaps", "rezidiv", "refract", "refrakt", "prior therapy")
FIRST_WORDS = ("newly diagnosed", "ndmm", "neu diagnostiziert", "erstdiagnose", "first line", "first-line", "erstlinie")
DENYING = ("no ", "not ", "non-", "without", "never", "kein", "nicht", "ohne", "?")
# The regimens of the US label and of the EU SmPC, by their names in regimens.toml.
WITH_DEXAMETHASONE = "with dexamethasone"
FIRST, RELAPSE, AFTER_TRANSPLANT = "first treatment", "relapse", "maintenance after a transplant"
WITH_BORTEZOMIB, WITH_MELPHALAN = "first treatment with bortezomib", "first treatment with melphalan and prednisone"


@dataclass(frozen=True, slots=True)
class Recognised:
    """The indication by the contract's name, "" when it cannot be told (then `why`), and what it was told by.

    `possible` are the regimens of the jurisdiction that the chart allows; at least one, the one with the highest starting dose
    first.
    """

    name: str
    possible: tuple[Definition, ...]
    inputs: tuple[Input, ...] = ()
    why: str = ""


def recognise(case: Case) -> Recognised:
    """The myeloma regimen of the chart and the drafts.

    Missing: no sign of any regimen, or signs of both kinds on the order itself, leave the name empty.
    """
    dexamethasone = active_medication(case, "dexamethasone")
    worded = _worded(case)
    transplants = tuple(
        Input("transplant", e.text or "autologous transplant", on=e.on, reference=e.reference)
        for e in case.facts.events_of("autologous-transplant")
    )
    is_maintenance = bool(worded or (transplants and not dexamethasone))
    if case.jurisdiction == "US":
        names = [WITH_DEXAMETHASONE] * bool(dexamethasone) + [AFTER_TRANSPLANT] * is_maintenance
    else:
        names = _eu(case, bool(dexamethasone), is_maintenance)
    every = [d for d in defined(case.jurisdiction) if d.is_myeloma]
    possible = tuple(d for d in every if d.name in names) or tuple(every)
    if dexamethasone and worded:
        return Recognised(
            "", possible, (*dexamethasone, *worded), "the order says maintenance, and dexamethasone is active"
        )
    if dexamethasone:
        why = f"which of these it is, is not told: {', '.join(names)}" if len(possible) > 1 else ""
        return Recognised(COMBINATION, possible, dexamethasone, why)
    if is_maintenance:
        return Recognised(MAINTENANCE, possible, (*worded, *transplants))
    if names == [WITH_MELPHALAN]:
        return Recognised(COMBINATION, possible, active_medication(case, "melphalan"))
    unseen = [case.facts.unseen[k] for k in ("medicationRequests", "autologous-transplant") if k in case.facts.unseen]
    why = "; ".join(["neither active dexamethasone nor an autologous transplant was found", *unseen])
    return Recognised("", possible, (), why)


def _eu(case: Case, with_dexamethasone: bool, is_maintenance: bool) -> list[str]:
    """The regimens of the EU SmPC by the active partners.

    Bortezomib without dexamethasone and melphalan without prednisone are halves of a regimen, which leave every one open.
    """
    bortezomib, melphalan, prednisone = (
        bool(active_medication(case, *names))
        for names in (("bortezomib",), ("melphalan",), ("prednisone", "prednisolone"))
    )
    found = [AFTER_TRANSPLANT] if is_maintenance else []
    if with_dexamethasone:
        found += [WITH_BORTEZOMIB] if bortezomib else _line_of_treatment(case)
    if melphalan and (prednisone or found):
        found.append(WITH_MELPHALAN)
    return found


def _line_of_treatment(case: Case) -> list[str]:
    """First treatment or relapse, by the words of orders and of the diagnosis; both where they tell neither or both."""
    myeloma = case.facts.has_diagnosis("myeloma")
    said = [
        text.casefold()
        for text in (*(reason for m in _orders(case) for reason in m.reasons), *(d.text for d in myeloma))
    ]
    believed = [text for text in said if not any(word in text for word in DENYING)]
    told = [
        name
        for name, words in ((FIRST, FIRST_WORDS), (RELAPSE, RELAPSE_WORDS))
        if any(word in text for word in words for text in believed)
    ]
    return told if len(told) == 1 else [FIRST, RELAPSE]


def _worded(case: Case) -> tuple[Input, ...]:
    """The reasons of drafts and current orders of the drug that say maintenance."""
    return tuple(
        Input("reason", reason, reference=m.reference)
        for m in _orders(case)
        for reason in m.reasons
        if any(word in reason.casefold() for word in MAINTENANCE_WORDS)
    )


def _orders(case: Case) -> list[MedicationRecord]:
    """The drafts and the current orders of the drug."""
    current = ("active", "on-hold", "unknown", "")
    own = [m for m in case.facts.medications if case.content.name in m.concepts and m.status in current]
    return [*case.orders, *own]
