"""The draft order against the dose that is right: the same is silent, more is amended, less is said, unreadable is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, AmendOrder, Input, Proposal, Recommendation, Urgency
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import decision


def check_orders(
    case: Case,
    indication: str,
    right: Dose,
    action: Action,
    message: str,
    rules: Sequence[str],
    words: Mapping[str, str],
    inputs: Sequence[Input],
    next_cbc_due: date | None,
    missing: Sequence[Missing] = (),
    assumptions: Sequence[str] = (),
) -> list[Recommendation]:
    """One recommendation for every draft that does not carry the right dose.

    Args: the right dose, the action that a higher draft calls for and its message, the rules that give the dose.
    Missing: a draft whose dose cannot be read is a request for data; before a dose is chosen (order-select) it is offered.
    """
    result = []
    for order in case.orders:
        all_words = {**words, "ordered": order.dose.words if order.dose else "no dose", "new_dose": right.words}
        all_words |= {"ordered_brief": order.dose.brief if order.dose else "no dose", "new_dose_brief": right.brief}
        amend = (
            (Proposal("amend", (AmendOrder(order.reference, right),), is_recommended=True),) if order.reference else ()
        )
        about = (
            [Input("orderedDose", order.dose.words if order.dose else "", reference=order.reference)]
            if order.dose
            else []
        )
        common = {"inputs": [*about, *inputs], "order": order.reference, "assumptions": assumptions}
        if order.dose is None:
            if case.hook == "order-select" and _is_unfinished(order):
                result.append(
                    decision(case, indication, action, Urgency.INFO, rules, f"{message}-offer", words=all_words, dose=right,
                             next_cbc_due=next_cbc_due, missing=missing, proposals=amend, **common)  # type: ignore[arg-type]
                )  # fmt: skip
            else:
                result.append(_unreadable(case, indication, order, right, all_words, common["inputs"]))  # type: ignore[arg-type]
        elif order.dose.exceeds(right):
            result.append(
                decision(case, indication, action, Urgency.WARNING, rules, message, words=all_words, dose=right,
                         next_cbc_due=next_cbc_due, missing=missing, proposals=amend, **common)  # type: ignore[arg-type]
            )  # fmt: skip
        elif not order.dose.same_as(right):
            result.append(
                decision(case, indication, Action.INFORM, Urgency.INFO, rules, "order-below", words=all_words,
                         next_cbc_due=next_cbc_due, missing=missing, **common)  # type: ignore[arg-type]
            )  # fmt: skip
    return result


def _is_unfinished(order: MedicationRecord) -> bool:
    """Whether the dose is simply not chosen yet, as against chosen and not understood."""
    return not order.dose_problem or order.dose_problem.startswith("no dos")


def _unreadable(
    case: Case, indication: str, order: MedicationRecord, right: Dose, words: Mapping[str, str], inputs: Sequence[Input]
) -> Recommendation:
    problem = order.dose_problem or "no dose"
    return decision(
        case,
        indication,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        ("GEN-CONFLICT",),
        "order-unreadable",
        words={**words, "problem": problem},
        inputs=inputs,
        missing=[Missing("orderedDose", problem, "GEN-CONFLICT")],
        order=order.reference,
    )


def several_orders(case: Case, indication: str) -> list[Recommendation]:
    """Two or more lenalidomide drafts in one call add up: the clinician says which one is meant."""
    if len(case.orders) < 2:
        return []
    return [
        decision(
            case,
            indication,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            ("GEN-CONFLICT",),
            "several-orders",
            words={"number": str(len(case.orders))},
            inputs=[
                Input("orderedDose", o.dose.words if o.dose else "dose not read", reference=o.reference)
                for o in case.orders
            ],
            missing=[Missing("orderedDose", "more than one lenalidomide order in this call", "GEN-CONFLICT")],
        )
    ]
