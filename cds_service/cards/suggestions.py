"""Proposals → suggestions whose actions an EHR can apply as they stand; one that it could not is dropped and said."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Any

from cds_service.cards.context import CardContext
from cds_service.cards.doses import may_carry_dose
from cds_service.cards.order_words import order_words
from cds_service.cards.plain import day_words, plain
from cds_service.cards.rank import Shown, changes_order
from cds_service.cards.sentences import proposal_label
from cds_service.cards.summary import whole_summary
from cds_service.cards.text import plain_text
from cds_service.cdshooks.card import Action
from cds_service.cdshooks.service import UNSOUND
from cds_service.clinical.continuity import SUPPLY_DAYS
from cds_service.clinical.recommendation import Action as Decision
from cds_service.clinical.recommendation import (
    AmendOrder,
    CreateOrder,
    LimitSupply,
    OrderTest,
    Proposal,
    ProposedAction,
    Recommendation,
    RemoveOrder,
    StopOrder,
    SuspendOrder,
)
from cds_service.fhir.decode import Unreadable
from cds_service.fhir.dosage_write import amended_order, without_bounds
from cds_service.fhir.emitted import is_known_sound
from cds_service.fhir.model import is_sound, is_tame, problems_of, read_exact, without_empties
from cds_service.fhir.terminology import ORDERABLE, SYSTEMS
from cds_service.fhir.words import cause_mark, hold_causes_in

STOPPING = frozenset({Decision.DISCONTINUE, Decision.PERMANENTLY_DISCONTINUE})
INTERRUPTING = STOPPING | {Decision.HOLD}
# A reason names every cause and, of an order that is replaced, the day of its hold: what is cut off is forgotten.
LONGEST_REASON = 2000
MAX_SUGGESTIONS = 4
# Nobody reads through more changes behind one click, and each is checked as a whole FHIR resource.
MAX_ACTIONS = 50
DROPPED = "suggestions_dropped"
# Of the resources that are known to be sound, every how many the library reads whole as well, beginning with the first of a
# process. The tests read every one; in production a kind of fault that they do not know shows within a day of a clinic's
# calls, for a hundredth of what it costs to read each.
CHECKED_EVERY = 100

_reference = re.compile(r"[A-Za-z]+/[A-Za-z0-9\-.]{1,64}\Z")
_id = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_states_dose = re.compile(
    r"(\d|\bone|\btwo)\s*(x\b|mg|milligram|cap|pill|tab|kapsel|times)|\b(daily|every other|alternate|täglich)",
    re.IGNORECASE,
)
_requester = re.compile(r"(Practitioner|PractitionerRole|Patient|RelatedPerson)/[A-Za-z0-9\-.]{1,64}\Z")
# Source: contract, "Suggestions": an update may change these and nothing else; the medication may be a contained one.
_CHANGEABLE = frozenset(
    {"medicationCodeableConcept", "medicationReference", "contained", "dosageInstruction", "dispenseRequest"}
    | {"status", "statusReason"}
)
# What a new order has of the one that it takes the place of.
_TAKEN_OVER = (
    *("resourceType", "contained", "medicationCodeableConcept", "medicationReference", "subject", "reasonCode"),
    *("reasonReference", "dosageInstruction", "substitution"),
)
_emitted = count()


class NotPossible(ValueError):
    """An action that cannot be made; the message says in plain words what to do by hand."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A proposal with the decision that makes it."""

    recommendation: Recommendation
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion still without its id."""

    label: str
    is_recommended: bool
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """The choices of a card and what has to be done by hand instead."""

    choices: tuple[Choice, ...]
    by_hand: tuple[str, ...]


def proposals_of(cards: Sequence[Shown]) -> list[list[Wanted]]:
    """What each card may offer, in the order of the cards.

    Each test is ordered on one card of an answer, for the earliest day on which a decision wants it: where it goes with a
    change of an order, else on the first card. What a decision without a card of its own proposes goes with the card that
    names it, but for a change of an order where the answer offers another one.
    """
    own = [[Wanted(each, p) for each in (card.recommendation, *card.reasons) for p in each.proposals] for card in cards]
    beside = [
        [Wanted(each, replace(p, is_recommended=False)) for each in (*card.same, *card.folded) for p in each.proposals]
        for card in cards
    ]
    if any(changes_order(each.proposal) for card in own for each in card):
        beside = [[each for each in card if not changes_order(each.proposal)] for card in beside]
    every = [[*first, *second] for first, second in zip(own, beside, strict=True)]
    days: dict[str, date] = {}
    places: dict[str, tuple[bool, int]] = {}
    for place, card in enumerate(every):
        for each in card:
            for test in _tests(each.proposal):
                days[test.test] = min(test.due, days.get(test.test, test.due))
                here = (not changes_order(each.proposal), place)
                places[test.test] = min(here, places.get(test.test, here))
    return [
        _without_repeats(card, days, {t for t, (_, at) in places.items() if at == n}) for n, card in enumerate(every)
    ]


def _tests(proposal: Proposal) -> list[OrderTest]:
    return [action for action in proposal.actions if isinstance(action, OrderTest)]


def _without_repeats(card: Iterable[Wanted], days: Mapping[str, date], tests: Container[str]) -> list[Wanted]:
    """The proposals of a card with those tests alone, for these days; none that does the same as another, or nothing more."""
    found: list[Wanted] = []
    for each in card:
        kept = (a for a in each.proposal.actions if not isinstance(a, OrderTest) or a.test in tests)
        actions = tuple(OrderTest(a.test, days[a.test]) if isinstance(a, OrderTest) else a for a in kept)
        is_said = any(set(actions) == set(other.proposal.actions) for other in found)
        if not each.proposal.actions or (actions and not is_said):
            found.append(replace(each, proposal=replace(each.proposal, actions=actions)))
    return found


def offer(proposals: Iterable[Wanted], causes: Sequence[Recommendation], context: CardContext) -> Offer:
    """The suggestions that the proposals of a card become.

    Args: causes: every decision of the answer that interrupts treatment: an order that is set on hold says them all, since
    each must have its way out before treatment resumes.
    """
    choices: list[Choice] = []
    by_hand: list[str] = []
    is_one_recommended = False
    for wanted in proposals:
        recommendation, proposal = wanted.recommendation, wanted.proposal
        label = plain_text(
            proposal_label(proposal, recommendation, context, lambda text: plain_text(plain(text, context.today), 80)),
            120,
        )
        try:
            if len(choices) == MAX_SUGGESTIONS:
                raise NotPossible("more choices than a card may offer")
            actions = _actions(proposal, recommendation, causes, context)
        except NotPossible as reason:
            context.counts[DROPPED] += 1
            by_hand.append(f"{label} ({reason})")
            continue
        is_recommended = proposal.is_recommended and not is_one_recommended
        is_one_recommended = is_one_recommended or is_recommended
        choices.append(Choice(label, is_recommended, tuple(actions)))
        by_hand += _kept_notes(proposal, context)
    return Offer(tuple(choices), tuple(by_hand))


def _actions(
    proposal: Proposal, recommendation: Recommendation, causes: Sequence[Recommendation], context: CardContext
) -> list[Action]:
    if not proposal.actions:
        raise NotPossible("nothing that this service can do for you")
    if len(proposal.actions) > MAX_ACTIONS:
        raise NotPossible("more orders than one suggestion may change")
    # A review of the dose alone offers one as an option; that is never the recommended choice.
    is_option = recommendation.action is Decision.REVIEW and not proposal.is_recommended
    doses = [a for a in proposal.actions if isinstance(a, AmendOrder | CreateOrder)]
    if doses and not is_option and not may_carry_dose(recommendation):
        context.counts["doses_withheld"] += 1
        raise NotPossible("no dose goes with this decision")
    return [_action(each, recommendation, causes, context) for each in proposal.actions]


def _action(
    proposed: ProposedAction, recommendation: Recommendation, causes: Sequence[Recommendation], context: CardContext
) -> Action:
    match proposed:
        case AmendOrder():
            return _amend(proposed, context)
        case LimitSupply():
            return _limit_supply(proposed, context)
        case RemoveOrder():
            return _remove(proposed, context)
        case SuspendOrder():
            status = "stopped" if recommendation.action in STOPPING else "on-hold"
            every = dict.fromkeys(_reason(each, context) for each in (recommendation, *causes))
            return _interrupt(proposed.reference, status, "; ".join(every), context)
        case StopOrder():
            return _interrupt(proposed.reference, "stopped", proposed.reason, context)
        case CreateOrder():
            return _create(proposed, context)
        case OrderTest():
            return _order_test(proposed, context)


def _draft_twice(reference: str, context: CardContext) -> tuple[dict[str, Any], dict[str, Any]]:
    """A draft of the call, read twice: what is amended must not be able to reach what it is compared with."""
    if reference not in context.drafts and reference in context.chart_orders:
        raise NotPossible("it is signed already: stop it and write a new order")
    raw = context.drafts.get(reference)
    return _raw_order(raw, reference), _raw_order(raw, reference)


def _limit_supply(proposed: LimitSupply, context: CardContext) -> Action:
    draft, original = _draft_twice(proposed.reference, context)
    given = draft.get("dispenseRequest")
    request = {**given} if isinstance(given, dict) else {}
    request["expectedSupplyDuration"] = _supply_of(proposed.days)
    if proposed.refills is not None:
        request["numberOfRepeatsAllowed"] = proposed.refills
    # At its own dose the order comes back with the quantity of these days; its instruction stays as it was written.
    amended = amended_order({**draft, "dispenseRequest": request}, proposed.dose, context.strengths, context.codes)
    if amended is None:
        raise NotPossible("the order cannot be given this supply automatically")
    changed = {**draft, "dispenseRequest": amended["dispenseRequest"]}
    words = plain_text(order_words(proposed.reference, context.drafts), 120)
    refills = ", no refills" if proposed.refills == 0 else ""
    change = f"Change the supply of the order {words} to {proposed.days} days{refills}"
    return Action(type="update", description=change, resource=_checked(changed, original, context))


def _supply_of(days: int) -> dict[str, Any]:
    return {"value": days, "unit": "days", "system": SYSTEMS["ucum"], "code": "d"}


def _amend(proposed: AmendOrder, context: CardContext) -> Action:
    draft, original = _draft_twice(proposed.reference, context)
    words = order_words(proposed.reference, context.drafts)
    amended = amended_order(draft, proposed.dose, context.strengths, context.codes)
    if amended is None:
        raise NotPossible("the order cannot be given this dose automatically")
    change = f"Change the order {plain_text(words, 120)} to {plain_text(proposed.dose.words, 80)}"
    return Action(type="update", description=change, resource=_checked(amended, original, context))


def _kept_notes(proposal: Proposal, context: CardContext) -> list[str]:
    """What the notes of an amended order go on to say of a dose: they are the prescriber's words, so they stay."""
    amended = [a.reference for a in proposal.actions if isinstance(a, AmendOrder)]
    notes = [_raw_order(context.drafts.get(r), r).get("note") for r in amended]
    texts = [n.get("text") for each in notes if isinstance(each, list) for n in each if isinstance(n, dict)]
    dosed = [t for t in texts if isinstance(t, str) and _states_dose.search(t)]
    return [f'Correct the note of the changed order, which still says "{plain_text(t, 80)}"' for t in dosed]


def _remove(proposed: RemoveOrder, context: CardContext) -> Action:
    if proposed.reference not in context.drafts:
        raise NotPossible("the order is not among the drafts of this call")
    if not _reference.match(proposed.reference):
        raise NotPossible("the draft order has no valid FHIR id")
    words = plain_text(order_words(proposed.reference, context.drafts), 120)
    return Action(type="delete", description=f"Remove the draft order {words}", resourceId=proposed.reference)


def _reason(cause: Recommendation, context: CardContext) -> str:
    """Why a decision interrupts treatment, whole, as its card says it: the words that its way out is found by later.

    A cause that these words would not be read back as (a code without text, a word of no dictionary) is named beside them.
    """
    order = order_words(cause.order, context.drafts if cause.order in context.drafts else context.chart_orders)
    words = whole_summary(cause, context, order)
    unread = [each for each in cause.causes if each not in hold_causes_in(words)]
    return f"{words} {cause_mark(unread)}" if unread else words


def _interrupt(reference: str, status: str, reason: str, context: CardContext) -> Action:
    """An order of the chart, or one of the call that is no draft, set on hold or stopped; the reason is read back later."""
    orders = context.chart_orders if reference in context.chart_orders else context.drafts
    original = _raw_order(orders.get(reference), reference)
    words = plain_text(order_words(reference, orders), 120)
    told = f"{plain_text(reason, LONGEST_REASON)} ({status} since {context.today.isoformat()})"
    changed = {**original, "status": status, "statusReason": {"text": told}}
    what = f"Stop the order {words}" if status == "stopped" else f"Put the order {words} on hold"
    return Action(type="update", description=what, resource=_checked(changed, original, context))


def _create(proposed: CreateOrder, context: CardContext) -> Action:
    """A draft like an order of the chart: its medicine, patient, reasons and way of writing, with another dose and supply."""
    original = _raw_order(context.chart_orders.get(proposed.like), proposed.like)
    order = {name: original[name] for name in _TAKEN_OVER if name in original}
    order |= {"status": "draft", "intent": "order", "authoredOn": context.today.isoformat()}
    order["dispenseRequest"] = {
        "numberOfRepeatsAllowed": 0,
        "expectedSupplyDuration": _supply_of(SUPPLY_DAYS),
    }
    if _requester.match(context.user_id):
        order["requester"] = {"reference": context.user_id}
    order["dosageInstruction"] = without_bounds(order.get("dosageInstruction"))
    created = amended_order(order, proposed.dose, context.strengths, context.codes)
    if created is None:
        raise NotPossible("an order for this dose cannot be written automatically")
    created = without_empties(created)
    if not _may_be_sent(created, None, context):
        raise NotPossible("the new order would not be valid FHIR")
    words = plain_text(proposed.dose.words, 80)
    return Action(type="create", description=f"Draft an order for {words}, {SUPPLY_DAYS} days", resource=created)


def _order_test(proposed: OrderTest, context: CardContext) -> Action:
    if not _id.match(context.patient_id):
        raise NotPossible("the patient has no valid FHIR id")
    test = ORDERABLE.get(proposed.test)
    if test is None:
        raise NotPossible(f"no code is known for the test {proposed.test}")
    due = proposed.due.isoformat()
    coding = {"system": test.order.system, "code": test.order.code, "display": test.order.display}
    request: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "priority": "urgent" if proposed.due <= context.today else "routine",
        "code": {"coding": [coding], "text": test.words},
        "subject": {"reference": f"Patient/{context.patient_id}"},
        "occurrenceDateTime": due,
        "authoredOn": context.today.isoformat(),
    }
    if _requester.match(context.user_id):
        request["requester"] = {"reference": context.user_id}
    if not _may_be_sent(request, None, context):
        raise NotPossible("the test order would not be valid FHIR")
    return Action(
        type="create",
        description=f"Order {test.words} for {day_words(proposed.due, context.today)}",
        resource=request,
    )


def check_templates() -> None:
    """Have the library read an order for every test that this service knows.

    Raises: ValueError naming the test, and the kind of fault, of an order that is no valid FHIR.
    """
    context = CardContext("", "", "patient", "Practitioner/user", date(2026, 1, 1), "", {})
    for name in ORDERABLE:
        resource = _order_test(OrderTest(name, context.today), context).resource
        if problems := problems_of(resource):
            raise ValueError(f"an order for the test {name} would be no valid FHIR: {'; '.join(problems)}")


def _raw_order(raw: bytes | None, reference: str) -> dict[str, Any]:
    if raw is None:
        raise NotPossible("the order itself is not in this call")
    try:
        order = read_exact(raw)
    except Unreadable:
        raise NotPossible("the order cannot be read") from None
    if f"{order.get('resourceType')}/{order.get('id')}" != reference:
        raise NotPossible("the order cannot be told apart by its id")
    return order


def _checked(changed: dict[str, Any], original: dict[str, Any], context: CardContext) -> dict[str, Any]:
    """The changed order, ready to send: complete, nothing else touched, no fault that the original had not."""
    others = {name for name in {*changed, *original} if changed.get(name) != original.get(name)} - _CHANGEABLE
    if others:
        raise NotPossible("the change would touch other parts of the order")
    sent = without_empties(changed)
    if not _may_be_sent(sent, without_empties(original), context):
        raise NotPossible("the changed order would not be valid FHIR")
    return sent


def _may_be_sent(resource: Mapping[str, Any], original: Mapping[str, Any] | None, context: CardContext) -> bool:
    """Whether a resource is sound; the library reads those of which that is not known, and a sample of the others."""
    is_known = is_tame(resource) and is_known_sound(resource, original)
    if is_known and next(_emitted) % CHECKED_EVERY:
        return True
    is_right = is_sound(resource, original)
    if is_known and not is_right:
        context.counts[UNSOUND] += 1
    return is_right
