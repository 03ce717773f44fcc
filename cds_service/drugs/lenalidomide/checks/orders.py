"""Drafts of the call that nobody could check: unreadable, unseen, without a medicine, or more than one of them; and one that would
stand beside the active order at another dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Input, Proposal, Recommendation, StopOrder
from cds_service.dosing.check import Check
from cds_service.dosing.orders import several_orders
from cds_service.drugs.lenalidomide.decisions import ask, fires, inform
from cds_service.drugs.lenalidomide.safety.view import LAWS, View

UNSEEN = "an order of this call, or its drug, could not be seen"
UNTOLD = "the medicine is neither named nor found"
BESIDE = "ORDER-BESIDE"


def _assess(view: View) -> list[Recommendation]:
    case, found = view.case, []
    if case.order_problems:
        words = {"what": "; ".join(case.order_problems)}
        found.append(_asked(view, "GEN-CONFLICT", "order-refused", "orderedDose", case.order_problems, words))
    if case.orders_unseen:
        found.append(_asked(view, "GEN-UNSEEN", "order-unseen", "orderedDose", [UNSEEN], {}))
    if case.untold_orders:
        orders = [Input("orderedMedicine", "", reference=each) for each in case.untold_orders]
        found.append(
            _asked(view, "GEN-UNSEEN", "order-untold", "orderedMedicine", [UNTOLD], {"reason": UNTOLD}, orders)
        )
    return [*found, *_beside_active(view), *(several_orders(view) if view.law in LAWS else [])]


def _beside_active(view: View) -> list[Recommendation]:
    """A draft at a lower dose than the one active order, which would go on beside it: that one is stopped in one click.

    Missing: a higher draft, one at an unknown dose or several of them ask for themselves; here nothing is said of them.
    """
    case, therapy = view.case, view.therapy
    # One record may have come twice.
    records = {m.reference: m for m in case.facts.medications if m.reference in therapy.references}.values()
    going_on = [m for m in records if m.bounds_end is None or m.bounds_end >= view.today]
    active = [m for m in going_on if m.kind == "order" and m.status == "active"]
    drafts = [o for o in case.orders if o.dose is not None and o.reference not in {m.reference for m in active}]
    is_lower = (
        therapy.state == "active"
        and therapy.dose is not None
        and len(active) == len(case.orders) == len(drafts) == 1
        and drafts[0].dose is not None
        and therapy.dose.exceeds(drafts[0].dose)
    )
    words = "a lower draft beside the active order" if is_lower else "none"
    if not fires(view, BESIDE, is_lower, words) or therapy.dose is None or drafts[0].dose is None:
        return []
    ordered, old = drafts[0].dose, active[0].reference
    return [
        inform(
            view,
            (BESIDE,),
            "order-beside-active",
            words={
                "ordered": ordered.words,
                "ordered_brief": ordered.brief,
                "dose": therapy.dose.words,
                "dose_brief": therapy.dose.brief,
            },
            inputs=[
                Input("orderedDose", ordered.words, on=drafts[0].authored_on, reference=drafts[0].reference),
                Input("currentDose", therapy.dose.words, on=active[0].starts_on, reference=old),
            ],
            order=drafts[0].reference,
            proposals=(
                Proposal("stop-active", (StopOrder(old, f"replaced by {ordered.words}"),), is_recommended=True),
            ),
        )
    ]


def _asked(
    view: View,
    rule: str,
    message: str,
    fact: str,
    reasons: Sequence[str],
    words: Mapping[str, str],
    inputs: Sequence[Input] = (),
) -> Recommendation:
    named = {each.reference for each in inputs}
    return ask(
        view,
        (rule,),
        message,
        words=words,
        inputs=inputs,
        missing=[Missing(fact, reason, rule) for reason in reasons],
        order=named.pop() if len(named) == 1 else "",
    )


CHECK = Check("orders", "orders of this call", _assess)
