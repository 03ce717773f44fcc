"""How much is dispensed (US REMS; EU SmPC 4.4).

When: an order for lenalidomide is written.
Then: more than 28 days or a refill (US), more than 4 weeks for women who can become pregnant and 12 for others (EU) is
reviewed, by the days as stated or by what the quantity lasts, and so is a quantity that cannot mean what it says; where neither
is there, that is an information.
"""

from __future__ import annotations

from decimal import Decimal

from cds_service.clinical.exposure import MedicationRecord, days_covered
from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Input, LimitSupply, Proposal, Recommendation
from cds_service.drugs.lenalidomide.decisions import inform, review
from cds_service.drugs.lenalidomide.safety.childbearing import Potential, childbearing
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View

UNTOLD = "the order says neither days of supply nor a quantity that tells them"


def supply(view: View) -> list[Recommendation]:
    """Orders whose supply or refills go past what the law allows, and those of which nothing tells the supply."""
    return [*_too_long(view), *_not_told(view)]


def _too_long(view: View) -> list[Recommendation]:
    rule_id = view.choose("US-REMS-RX", "EU-RX-SUPPLY")
    data = view.numbers(rule_id)
    if view.law == "US":
        days, refills = data["supply_days_at_most"], data["refills"]
    else:
        has_potential = childbearing(view).potential not in (Potential.NO, Potential.TELL)
        days = data["potential_days_at_most" if has_potential else "other_days_at_most"]
        refills = None
    over = [(o, why) for o in view.case.orders if (why := _too_much(o, days, refills))]
    untold = [o for o in view.case.orders if not _days(o)]
    if view.case.orders:
        outcome = "fired" if over else "unknown" if untold else "not met"
        said = "; ".join(w for _, w in over) or (UNTOLD if untold else "supply and refills")
        view.trace.say(rule_id, outcome, said)
    return [
        review(
            view,
            (rule_id,),
            "supply-too-long",
            words={"what": why, "limit": f"{days} days" + (", no refills" if refills == 0 else "")},
            inputs=[Input("supply", why, reference=order.reference)],
            proposals=_limited(order, days, refills),
            order=order.reference,
        )
        for order, why in over
    ]


def _limited(order: MedicationRecord, days: int, refills: int | None) -> tuple[Proposal, ...]:
    """The order at its own dose with what the law allows; nothing where its dose or its supply is in doubt."""
    if order.dose is None or order.supply_doubt:
        return ()
    return (Proposal("limit-supply", (LimitSupply(order.reference, order.dose, days, refills),), is_recommended=True),)


def _too_much(order: MedicationRecord, days: int, refills: int | None) -> str:
    said = [order.supply_doubt] if order.supply_doubt else []
    longest = next((given for given in _days(order) if given[0] > days), None)
    if longest is not None:
        said.append(f"{plain(longest[0])} days of supply{longest[1]}, at most {days}")
    if refills is not None and order.refills is not None and order.refills > refills:
        said.append(f"{order.refills} refill{'s' if order.refills > 1 else ''}, none allowed")
    return "; ".join(said)


def _days(order: MedicationRecord) -> list[tuple[Decimal, str]]:
    """The days that an order supplies: as stated, and by its quantity at its dose, each with the words that say so."""
    found = [(order.days_supply, "")] if order.days_supply is not None else []
    if order.supplied_mg is not None and order.dose is not None:
        found.append((Decimal(days_covered(order.dose, order.supplied_mg)), " by its quantity"))
    return found


def _not_told(view: View) -> list[Recommendation]:
    """One line of information, under another card, about orders of which nothing tells the supply."""
    rule_id = view.choose("US-REMS-RX", "EU-RX-SUPPLY")
    return [
        inform(
            view,
            (rule_id,),
            "supply-unknown",
            missing=[Missing("supply", UNTOLD, rule_id)],
            order=order.reference,
            folds=True,
            only_beside=True,
        )
        for order in view.case.orders
        if order.dose is not None and not _days(order) and not order.supply_doubt
    ]


CHECK = safety_check("supply", "supply", supply)
