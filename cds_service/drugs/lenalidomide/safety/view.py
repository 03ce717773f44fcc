"""One call as the safety rules see it, under one law (US or EU)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cds_service.clinical.recommendation import Action, OrderTest, Proposal, Urgency
from cds_service.dosing.build import stop_proposals, suspensions, withdrawal_label, withdrawals
from cds_service.dosing.context import Context
from cds_service.dosing.data_quality import available
from cds_service.drugs.lenalidomide.indication import Indication

LAWS = ("US", "EU")
LINES = ("platelets", "anc")
PREGNANCY_TEST = "pregnancy-test"


@dataclass(frozen=True, slots=True)
class View(Context):
    """The call. `law` is "US" or "EU" also where no jurisdiction is configured; then both are asked.

    `disease` is what lenalidomide is given for, as far as the chart tells, by the name of its regimen.
    """

    law: str
    disease: Indication

    @property
    def concerns_drug(self) -> bool:
        """Whether it is ordered in this call, taken or on hold."""
        return bool(self.case.orders) or self.is_current

    @property
    def brings_orders(self) -> bool:
        """Whether the call brings orders that are lenalidomide's, or may be."""
        case = self.case
        return bool(case.orders or case.order_problems or case.orders_unseen or case.untold_orders)

    @property
    def is_start(self) -> bool:
        """Whether an order of the call would start treatment."""
        return self.therapy.state in ("none", "ended")

    @property
    def is_on_hold(self) -> bool:
        """Whether treatment is interrupted."""
        return self.therapy.state == "on-hold"

    def is_held_for(self, *causes: str) -> bool:
        """Whether treatment is on hold for one of the causes, as the reason of the hold names it: then it has a way out."""
        return self.is_on_hold and not self.therapy.hold_concepts.isdisjoint(causes)

    def may_be_new(self, on: date | None) -> bool:
        """Whether what is recorded on a day has not been weighed yet: before a start, or on or after the first dose, or maybe."""
        firsts = self.therapy.first_doses
        return self.is_start or on is None or not firsts or on >= min(firsts)

    def numbers(self, rule_id: str) -> Any:
        """The numbers of a rule. Raises: RulebookError when no document in force has it."""
        return self.case.rules[rule_id].data

    def choose(self, us: str, eu: str) -> str:
        """The rule of the law in question."""
        return us if self.law == "US" else eu


def cbc_due_on_hold(view: View) -> date:
    """The next blood count of a patient on hold: a week after the latest draw; today when there never was one."""
    every: int = (
        view.numbers("US-MON-HOLD")["every_days"]
        if view.law == "US"
        else view.numbers("EU-MON-CBC")["every_days_on_hold"]
    )
    drawn = [available(view.case, line).drawn_on for line in LINES]
    last = max((d for d in drawn if d is not None), default=None)
    return last + timedelta(days=every) if last is not None else view.today


def kept_away(view: View) -> tuple[Action, Urgency, str]:
    """How a cause that keeps lenalidomide away is answered: action, urgency, and "start", "hold" or "remain" for its message.

    A start is not begun and treatment is held; a hold stays, which is urgent only where something is ordered.
    """
    if view.is_start:
        return Action.DO_NOT_START, Urgency.CRITICAL, "start"
    if view.is_on_hold:
        return Action.REMAIN_ON_HOLD, Urgency.CRITICAL if view.case.orders else Urgency.INFO, "remain"
    return Action.HOLD, Urgency.CRITICAL, "hold"


def hold_orders(view: View, due: date) -> tuple[Proposal, ...]:
    """How a hold is carried out; what is on hold stays so. Args: the day of the next blood count."""
    references = () if view.is_start or view.is_on_hold else view.therapy.references
    return stop_proposals(view.case, due, references)


def order_test(view: View, due: date) -> tuple[Proposal, ...]:
    """A pregnancy test as a choice, for the due day or for today when that day has passed; none when already drafted."""
    tests = _test(view, due)
    return (Proposal("pregnancy-test", tests, is_recommended=True),) if tests else ()


def _test(view: View, due: date) -> tuple[OrderTest, ...]:
    return () if PREGNANCY_TEST in view.case.pending_tests else (OrderTest(PREGNANCY_TEST, max(due, view.today)),)


def stop_actions(view: View, with_test: bool = False, is_hold: bool = False) -> tuple[Proposal, ...]:
    """How a stop is carried out: drafts of the call are removed and active orders of the chart set on hold, or
    stopped, a held one too, where the decision is to discontinue.

    Args: `with_test`: a pregnancy test of today goes with it, and is a choice alone too; `is_hold`: for the time of an
    evaluation.
    """
    going_on = () if view.is_start or (view.is_on_hold and is_hold) else view.therapy.references
    suspended = suspensions(view.case, going_on, is_final=not is_hold)
    actions = (*withdrawals(view.case), *suspended)
    alone = order_test(view, view.today) if with_test else ()
    if not actions:
        return alone
    tests = _test(view, view.today) if with_test else ()
    label = (
        ("hold-treatment" if is_hold else "stop-treatment")
        if suspended
        else withdrawal_label(view.case, "remove-order")
    )
    named = f"{label}-and-test" if tests else label
    return (Proposal(named, (*actions, *tests), is_recommended=True), *alone)
