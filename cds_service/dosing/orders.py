"""The draft order against the dose that is right: the same is silent, more is amended, less is said, unreadable is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import (
    Action,
    AmendOrder,
    Input,
    Proposal,
    ProposedAction,
    Recommendation,
    Urgency,
)
from cds_service.dosing.build import decision
from cds_service.dosing.case import Case
from cds_service.dosing.context import About
from cds_service.dosing.roles import Role


def check_orders(
    about: About,
    right: Dose,
    action: Action,
    message: str,
    rules: Sequence[str],
    words: Mapping[str, str],
    inputs: Sequence[Input],
    next_cbc_due: date | None,
    missing: Sequence[Missing] = (),
    assumptions: Sequence[str] = (),
    *,
    said_with: Sequence[str] = (),
    is_recommended: bool = True,
    also: Sequence[ProposedAction] = (),
) -> list[Recommendation]:
    """One recommendation for every draft that does not carry the right dose.

    Args: the call and the indication; the right dose, the action that a higher draft calls for and its message, the rules that give
    the dose; whether the amended order is the recommended choice or only an option, and what is done with it in the same click;
    `said_with` as in decision.
    Missing: a draft whose dose cannot be read is a request for data; before a dose is chosen (order-select) it is offered.
    """
    result = []
    case = about.case
    for order in case.orders:
        say = _Saying(
            case,
            about.indication,
            order,
            right,
            rules,
            # What stands beside a start dose; a dose to resume at has nothing of it.
            {"close": "", **words},
            tuple(inputs),
            next_cbc_due,
            tuple(missing),
            said_with,
            is_recommended,
            tuple(also),
        )
        if order.dose is None and case.hook == "order-select" and order.says_no_dose:
            # Nothing is chosen yet, so nothing is reduced: the dose in force is only told.
            offered = Action.INFORM if action is Action.REDUCE else action
            result.append(say.the(offered, Urgency.INFO, f"{message}-offer", right, assumptions))
        elif order.dose is None:
            result.append(say.unreadable(order.dose_problem or "no dose"))
        elif order.dose.exceeds(right):
            result.append(say.the(action, Urgency.WARNING, message, right, assumptions))
        elif not order.dose.same_as(right) and action is not Action.REDUCE:
            # Under treatment a dose below the one in force is the prescriber's choice; at a start it is told once.
            result.append(say.the(Action.INFORM, Urgency.INFO, "order-below", None, assumptions))
    return result


@dataclass(frozen=True, slots=True)
class _Saying(About):
    """What is the same in every recommendation about one draft."""

    order: MedicationRecord
    right: Dose
    by: Sequence[str]
    words: Mapping[str, str]
    inputs: tuple[Input, ...]
    next_cbc_due: date | None
    missing: tuple[Missing, ...]
    said_with: Sequence[str]
    is_recommended: bool
    also: tuple[ProposedAction, ...]

    def the(
        self, action: Action, urgency: Urgency, message: str, dose: Dose | None, assumptions: Sequence[str]
    ) -> Recommendation:
        """The recommendation; with a dose the order is amended to it in one click.

        Where several orders stand in one call nothing is amended: each right dose by itself would add up to a wrong one.
        """
        amends = dose is not None and self.order.reference and len(self.case.orders) == 1
        amend = Proposal("amend", (AmendOrder(self.order.reference, self.right), *self.also), self.is_recommended)
        return decision(
            self,
            action,
            urgency,
            self.by,
            message,
            words=self._words(),
            dose=dose if self.is_recommended else None,
            next_cbc_due=self.next_cbc_due,
            inputs=self._inputs(),
            missing=self.missing,
            assumptions=assumptions,
            said_with=self.said_with,
            order=self.order.reference,
            proposals=(amend,) if amends else (),
        )

    def unreadable(self, problem: str) -> Recommendation:
        """The request for a dose that can be read."""
        return decision(
            self,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            (self.rules.role(Role.CONFLICT).id,),
            "order-unreadable",
            words={**self._words(), "problem": problem},
            inputs=self._inputs(),
            missing=[Missing("orderedDose", problem, self.rules.role(Role.CONFLICT).id)],
            order=self.order.reference,
        )

    def _inputs(self) -> list[Input]:
        dose = self.order.dose
        on, reference = self.order.authored_on, self.order.reference
        about = [Input("orderedDose", dose.words, on=on, reference=reference)] if dose is not None else []
        return [*about, *self.inputs]

    def _words(self) -> dict[str, str]:
        dose = self.order.dose
        return {
            **self.words,
            "ordered": dose.words if dose is not None else "no dose",
            "ordered_brief": dose.brief if dose is not None else "no dose",
            "new_dose": self.right.words,
            "new_dose_brief": self.right.brief,
        }


def ordered_dose(case: Case) -> Dose | None:
    """The dose of the first draft whose dose could be read; None where there is none."""
    return next((o.dose for o in case.orders if o.dose is not None), None)


def several_orders(about: About) -> list[Recommendation]:
    """Two or more drafts of the drug in one call add up: the clinician says which one is meant."""
    case = about.case
    if len(case.orders) < 2:
        return []
    return [
        decision(
            about,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            (case.rules.role(Role.CONFLICT).id,),
            "several-orders",
            words={
                "number": str(len(case.orders)),
                "doses": " and ".join(o.dose.words if o.dose else "a dose that was not read" for o in case.orders),
            },
            inputs=[
                Input(
                    "orderedDose", o.dose.words if o.dose else "dose not read", on=o.authored_on, reference=o.reference
                )
                for o in case.orders
            ],
            missing=[
                Missing(
                    "orderedDose",
                    f"more than one {case.content.name} order in this call",
                    case.rules.role(Role.CONFLICT).id,
                )
            ],
        )
    ]
