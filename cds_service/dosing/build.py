"""Puts a recommendation together: jurisdiction, drug, citation and what was not seen, in one place for every rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import (
    Action,
    CreateOrder,
    Input,
    OrderTest,
    Proposal,
    ProposedAction,
    Quote,
    Recommendation,
    RemoveOrder,
    Resume,
    StopOrder,
    SuspendOrder,
    Test,
    Urgency,
)
from cds_service.dosing.case import Case
from cds_service.dosing.context import About

CBC = "cbc"
# What is said of a document where a rule of ours reads it.
READING = " (our reading)"
# Orders that nobody goes on with: to set one of them on hold would bring it back.
OVER = frozenset({"completed", "stopped", "ended", "cancelled", "entered-in-error", "on-hold"})


def decision(
    about: About,
    action: Action,
    urgency: Urgency,
    rules: Sequence[str],
    message: str,
    *,
    words: Mapping[str, str] | None = None,
    dose: Dose | None = None,
    resume: Resume | None = None,
    next_cbc_due: date | None = None,
    test: Test | None = None,
    inputs: Sequence[Input] = (),
    missing: Sequence[Missing] = (),
    assumptions: Sequence[str] = (),
    note: str = "",
    said_with: Sequence[str] = (),
    order: str = "",
    proposals: Sequence[Proposal] = (),
    folds: bool = False,
    withholds_dose: bool = False,
    withholds_offers: bool = False,
    only_beside: bool = False,
    instead_of_dose: bool = False,
    causes: Iterable[str] = (),
) -> Recommendation:
    """One recommendation with its citations; the sentence of the first rule is always among the words as `rule_text`.

    Args: the call and the indication that it is about; `said_with` rules besides the first whose sentences belong on the card as
    well; the others as in Recommendation.
    """
    case, indication = about.case, about.indication
    unique = tuple(dict.fromkeys(rules))
    first, *beside = _quotes(case, message, indication, unique, said_with)
    reading = "" if case.rules[unique[0]].document.jurisdiction else READING
    document = case.content.document_words.get(case.jurisdiction, "label") + reading
    briefs = {f"{name}_brief": words[name] for name in ("ordered", "new_dose") if words and name in words}
    # Words taken over from another decision may hold what the rules of that one say: those of these rules stand last.
    all_words = {
        **briefs,
        **(words or {}),
        "label": document,
        "reading": reading,
        "rule_text": first.text,
    }
    return Recommendation(
        action=action,
        urgency=urgency,
        rules=unique,
        message=message,
        basis=first.basis,
        beside=tuple(beside),
        jurisdiction=case.jurisdiction,
        drug=case.content.name,
        indication=indication,
        words=all_words,
        dose=dose,
        resume=resume,
        next_cbc_due=next_cbc_due,
        test=test,
        inputs=tuple(dict.fromkeys(inputs)),
        missing=tuple(dict.fromkeys(missing)),
        remarks=case.facts.remarks,
        assumptions=tuple(assumptions),
        note=note,
        order=order,
        proposals=_unordered(case, proposals),
        folds=folds,
        withholds_dose=withholds_dose,
        withholds_offers=withholds_offers,
        only_beside=only_beside,
        instead_of_dose=instead_of_dose,
        causes=tuple(sorted(causes)),
    )


def _unordered(case: Case, proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """The proposals without the tests that the drafts of this very call order; none that would do nothing more."""
    if not case.pending_tests:
        return tuple(proposals)
    kept = [
        (p, tuple(a for a in p.actions if not isinstance(a, OrderTest) or a.test not in case.pending_tests))
        for p in proposals
    ]
    return tuple(replace(p, actions=actions) for p, actions in kept if actions or not p.actions)


def by_rules(case: Case, recommendation: Recommendation, rules: Iterable[str]) -> Recommendation:
    """The recommendation by other rules, with what these say in place of what its own said."""
    unique = tuple(dict.fromkeys(rules))
    first, *beside = _quotes(case, recommendation.message, recommendation.indication, unique)
    words = {**recommendation.words, "rule_text": first.text}
    return replace(recommendation, rules=unique, basis=first.basis, beside=tuple(beside), words=words)


def _quotes(
    case: Case, message: str, indication: str, rules: tuple[str, ...], said_with: Sequence[str] = ()
) -> tuple[Quote, ...]:
    """What the rules of a decision say, what is said with it, and the evidence that the drug adds to it."""
    said = {case.rules[rule].basis for rule in said_with}
    found = case.rules.quotes(
        tuple(dict.fromkeys((*rules, *said_with, *case.content.evidence(message, indication, rules))))
    )
    return tuple(replace(quote, is_said=quote.basis in said) for quote in found)


def order_cbc(case: Case, due: date) -> OrderTest:
    """A CBC for the due day, or for today when that day has passed."""
    return OrderTest(CBC, max(due, case.on))


def withdrawals(case: Case) -> tuple[ProposedAction, ...]:
    """How the orders of a call are taken back: a draft is removed, any other set on hold."""
    named = [o for o in case.orders if o.reference and (o.reference not in case.signed or o.status not in OVER)]
    return tuple(RemoveOrder(o.reference) if is_draft(case, o) else SuspendOrder(o.reference) for o in named)


def is_draft(case: Case, order: MedicationRecord) -> bool:
    """Whether an order of the call is nothing but a draft of it: not signed, not active, and not one that the chart holds."""
    is_held = any(m.reference == order.reference for m in case.facts.medications)
    return order.reference not in case.signed and order.status != "active" and not is_held


def suspensions(case: Case, references: Sequence[str], is_final: bool = False) -> tuple[SuspendOrder, ...]:
    """The chart's own orders among some records that can be set on hold: going on, as far as is known, and not of this call.

    Args: `is_final`: treatment is stopped, so an order on hold is one of them: nobody is to go on with it.
    """
    named = {o.reference for o in case.orders}
    is_over = OVER - {"on-hold"} if is_final else OVER
    over = {m.reference for m in case.facts.medications if m.status in is_over}
    orders = (r for r in references if r.startswith("MedicationRequest/") and r not in named and r not in over)
    return tuple(SuspendOrder(r) for r in orders)


def replacement(case: Case, references: Sequence[str], dose: Dose, why: str) -> tuple[ProposedAction, ...]:
    """A new draft like the one order behind treatment, and that order stopped where it is not yet; nothing where there are several.

    Args: the records behind treatment; the new dose; why the order is stopped, for its reason.
    """
    known = {m.reference: m for m in case.facts.medications}
    behind = [r for r in references if r.startswith("MedicationRequest/") and r in known]
    if len(behind) != 1 or known[behind[0]].status in OVER - {"on-hold", "stopped"}:
        return ()
    if known[behind[0]].status == "stopped":
        return (CreateOrder(behind[0], dose),)
    return CreateOrder(behind[0], dose), StopOrder(behind[0], f"replaced by {dose.words} after {why}")


def withdrawal_label(case: Case, label: str) -> str:
    """The label of a proposal that takes the orders of a call back, in the words for what is done to them."""
    return label if all(is_draft(case, o) for o in case.orders) else f"{label}-signed"


def stop_proposals(case: Case, due: date | None, references: Sequence[str]) -> tuple[Proposal, ...]:
    """How a hold is carried out: the call's orders are taken back and the chart's active ones suspended; a CBC goes with it.

    Args: the records behind treatment that goes on; none where there is nothing to suspend.
    """
    with_cbc: tuple[ProposedAction, ...] = (order_cbc(case, due),) if due is not None else ()
    suspended = suspensions(case, references)
    removals = withdrawals(case)
    if removals:
        label = ("hold" if with_cbc else "remove") + ("-and-suspend" if suspended else "")
        all_actions = (*removals, *suspended, *with_cbc)
        return (Proposal(withdrawal_label(case, label), all_actions, is_recommended=True),)
    alone = "suspend" if with_cbc else "stop-treatment"
    proposals = [Proposal(alone, (*suspended, *with_cbc), is_recommended=True)] if suspended else []
    if with_cbc:
        proposals.append(Proposal("cbc", with_cbc, is_recommended=not suspended))
    return tuple(proposals)


def cbc_proposals(case: Case, due: date) -> tuple[Proposal, ...]:
    """A CBC order as the only choice; none where the call orders it already."""
    if CBC in case.pending_tests:
        return ()
    return (Proposal("cbc", (order_cbc(case, due),), is_recommended=True),)
