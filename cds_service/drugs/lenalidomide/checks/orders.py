"""Drafts of the call that nobody could check: unreadable, unseen, without a medicine, or more than one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.check import Check
from cds_service.dosing.orders import several_orders
from cds_service.drugs.lenalidomide.safety.view import LAWS, View

UNSEEN = "an order of this call, or its drug, could not be seen"
UNTOLD = "the medicine is neither named nor found"


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
    return [*found, *(several_orders(view) if view.law in LAWS else [])]


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
    return decision(
        view,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        (rule,),
        message,
        words=words,
        inputs=inputs,
        missing=[Missing(fact, reason, rule) for reason in reasons],
        order=named.pop() if len(named) == 1 else "",
    )


CHECK = Check("orders", "orders of this call", _assess)
