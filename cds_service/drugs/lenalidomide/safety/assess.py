"""The safety rules of one call, and how they stand beside the dosing decisions of the indication.

When: lenalidomide is ordered, taken or on hold, whatever it is given for.
Then: a decision that keeps it from being taken leaves no dose beside it. Without a jurisdiction stands what the US and the
EU agree on, without a dose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cds_service.clinical.recommendation import Action, Recommendation, RemoveOrder
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.build import by_rules
from cds_service.dosing.case import Case
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.order_above import MESSAGES, without_dose
from cds_service.drugs.lenalidomide.safety.childbearing import Potential, childbearing
from cds_service.drugs.lenalidomide.safety.liver import liver
from cds_service.drugs.lenalidomide.safety.pregnancy import pregnancy
from cds_service.drugs.lenalidomide.safety.pregnancy_course import prevention_on_treatment
from cds_service.drugs.lenalidomide.safety.pregnancy_start import prevention_before_start
from cds_service.drugs.lenalidomide.safety.reactions import reactions
from cds_service.drugs.lenalidomide.safety.reports import reports
from cds_service.drugs.lenalidomide.safety.supply import reminders, supply
from cds_service.drugs.lenalidomide.safety.thrombosis import events
from cds_service.drugs.lenalidomide.safety.toxicity import toxicity
from cds_service.drugs.lenalidomide.safety.view import View

LAWS = ("US", "EU")
STOPPING = (Action.DO_NOT_START, Action.DISCONTINUE, Action.PERMANENTLY_DISCONTINUE)
HOLDING = (Action.HOLD, Action.REMAIN_ON_HOLD)
TAKING = (Action.START, Action.CONTINUE, Action.RESUME_REDUCED, Action.RESUME_SAME, Action.REDUCE)


@dataclass(frozen=True, slots=True)
class Safety:
    """The safety decisions of a call. `withholds_dose`: a start must not be given a dose while they are open."""

    found: tuple[Recommendation, ...] = ()
    withholds_dose: bool = False


def assess_safety(case: Case, therapy: Therapy, indication: str, trace: Trace) -> Safety:
    """What holds in every indication.

    Args: the case, the therapy as of today, the indication's name for the cards.
    """
    if case.jurisdiction in LAWS:
        return _of_law(View(case, therapy, indication, trace, case.jurisdiction))
    us, eu = (_of_law(View(case, therapy, indication, trace, law)) for law in LAWS)
    return Safety(tuple(_agreed(case, us.found, eu.found)))


def _of_law(view: View) -> Safety:
    known = reports(view)
    reacted = reactions(view, known)
    potential = childbearing(view)
    pregnant = pregnancy(view)
    if view.is_start:
        prevented = [] if pregnant else prevention_before_start(view, potential)
    else:
        prevented = [] if pregnant else prevention_on_treatment(view, potential)
    found = [*reacted, *pregnant, *prevented]
    if not any(r.action in STOPPING for r in found):
        found += [*toxicity(view, known), *events(view, known), *liver(view)]
        found += [*supply(view, potential), *reminders(view)]
    asks = potential.potential is Potential.ASK
    withholds = view.is_start and bool(reacted or pregnant or (prevented and not asks))
    return Safety(tuple(found), withholds)


def _agreed(case: Case, us: Iterable[Recommendation], eu: Iterable[Recommendation]) -> Iterable[Recommendation]:
    """The stops and holds that both laws come to, each once, with the rules of both."""
    others = list(eu)
    for one in us:
        other = next((o for o in others if o.action is one.action), None)
        if other is not None and one.action in (*STOPPING, *HOLDING):
            yield replace(by_rules(case, one, (*one.rules, *other.rules)), resume=None)


def with_safety(found: Iterable[Recommendation], safety: Safety) -> list[Recommendation]:
    """The dosing decisions of the indication beside the safety decisions.

    A stop or a hold takes every dose to take away, a stop also the dose at which a hold would resume; a start that waits
    for an answer gets no dose.
    """
    dosing = list(found)
    stops = any(r.action in STOPPING for r in safety.found)
    holds = any(r.action in HOLDING for r in safety.found)
    if stops or holds:
        dosing = [r for r in dosing if r.message not in MESSAGES]
    elif safety.withholds_dose:
        dosing = [w for r in dosing for w in (without_dose([r]) if r.action is Action.START else [r])]
    if stops or holds or safety.withholds_dose:
        dosing = [r for r in dosing if r.action not in TAKING and not (r.action is Action.INFORM and r.order)]
    if stops:
        dosing = [_beside_a_stop(r) if r.action in HOLDING else r for r in dosing]
    own = [
        r
        for r in safety.found
        if not (r.message == "toxicity-recovered" and any(d.action in (*HOLDING, *TAKING) for d in dosing))
    ]
    return [*dosing, *_with_next_count(own, dosing)]


def _with_next_count(safety: list[Recommendation], dosing: list[Recommendation]) -> list[Recommendation]:
    """The safety decisions, each review with the next blood count that the other decisions of the call name."""
    named = [r.next_cbc_due for r in (*dosing, *safety) if r.next_cbc_due is not None]
    due = min(named, default=None)
    return [replace(r, next_cbc_due=r.next_cbc_due or due) if r.action is Action.REVIEW else r for r in safety]


def _beside_a_stop(hold: Recommendation) -> Recommendation:
    """A hold on counts beside a stop: the counts are still said, when and at which dose to resume is not."""
    counts = [f"{i.fact} {i.value} {i.unit}".strip() for i in hold.inputs if i.fact in ("platelets", "anc")]
    due = hold.next_cbc_due.isoformat() if hold.next_cbc_due is not None else "as the counts ask for"
    words = {**hold.words, "what": " and ".join(dict.fromkeys(counts)) or "counts", "due": due}
    kept = tuple(p for p in hold.proposals if not any(isinstance(a, RemoveOrder) for a in p.actions))
    return replace(hold, message="hold-beside-stop", words=words, resume=None, proposals=kept)
