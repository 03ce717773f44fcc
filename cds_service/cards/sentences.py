"""Sentences of messages.toml with their fill-ins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from cds_service.cards.context import CardContext, MessageFault
from cds_service.cards.text import capitalised
from cds_service.cards.words import LONGEST_IN_A_SUMMARY, action_words, fact_words, gap_words, gaps, group, listed
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import OrderTest, Proposal, Recommendation, RemoveOrder, StopOrder

NOT_STATED = "(not stated)"
_fill_in = re.compile(r"\{([A-Za-z_]\w*)\}")


def sentence(
    recommendation: Recommendation,
    key: str,
    context: CardContext,
    safe: Callable[[str], str],
    order: str = "",
    besides: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The sentence of a key with its fill-ins made safe, on one line; empty when there is none of that key.

    Args: the words of the order; `besides` fill-ins that go before those of the decision.

    Raises: MessageFault when a fill-in has no word and the context is strict; otherwise the gap is named and counted.
    """
    words = recommendation.words

    def word(found: re.Match[str]) -> str:
        name = found[1]
        value = besides.get(name, words.get(name))
        if value is None:
            value = order if name == "order" else _derived(name, recommendation, context)
        if value is None:
            _fault(context, f"{key}: no word for {{{found[1]}}}")
            return NOT_STATED
        # A word may be an optional part of the sentence: empty, or with the blank that joins it to what stands before.
        return f" {safe(value)}" if value.startswith(" ") and value.strip() else safe(value)

    return " ".join(_fill_in.sub(word, text_of(key, context)).split())


def _derived(name: str, one: Recommendation, context: CardContext) -> str | None:
    """A fill-in that the members of a decision tell; None where they do not."""
    match name:
        case "drug":
            return one.drug
        case "dose" if one.dose is not None:
            return one.dose.words
        case "next_cbc_due" if one.next_cbc_due is not None:
            return one.next_cbc_due.isoformat()
        case "lacking":
            lacking: dict[str, list[str]] = {}
            for reason, same in gaps(one.missing).items():
                lacking.setdefault(listed([gap_words(each) for each in same]), []).append(reason)
            return "; ".join(f"{facts}: {', '.join(reasons)}" for facts, reasons in lacking.items())
        case "lacking_values":
            named = (gap_words(each, LONGEST_IN_A_SUMMARY) for each in _telling(one.missing))
            return listed(list(dict.fromkeys(named)))
        case "lacking_facts":
            return listed(list(dict.fromkeys(fact_words(each.fact) for each in one.missing)))
        case "todo":
            return capitalised(listed(todo(one, context)))
    return None


def _telling(missing: Sequence[Missing]) -> list[Missing]:
    """The gaps, of each fact those that name a result on file where there is one."""
    named = {gap.fact for gap in missing if gap.entry is not None}
    return [gap for gap in missing if gap.entry is not None or gap.fact not in named]


def todo(recommendation: Recommendation, context: CardContext) -> list[str]:
    """What to do about the facts that are missing, each thing once."""
    return list(dict.fromkeys(filter(None, (text_of(f"todo.{gap.fact}", context) for gap in recommendation.missing))))


def text_of(key: str, context: CardContext) -> str:
    """The text of a key before anything is filled in: the drug's own, else that of every drug; "" where there is none."""
    name, _, part = key.partition(".")
    return context.messages.get(key) or group(name).get(part, "")


def summary_sentence(
    recommendation: Recommendation, context: CardContext, safe: Callable[[str], str], order: str
) -> str:
    """The whole summary sentence, uncut. Without one in messages.toml: the decision and the drug in plain words."""
    key = f"{recommendation.message}.summary"
    words = sentence(recommendation, key, context, safe, order)
    if words:
        return words
    _fault(context, f"{key}: no sentence")
    drug = recommendation.drug.capitalize() or "Medication"
    return f"{drug}: {action_words(recommendation.action)}; see the detail"


def proposal_label(
    proposal: Proposal, recommendation: Recommendation, context: CardContext, safe: Callable[[str], str]
) -> str:
    """The words on the button of a proposal: exactly what it does.

    `{tests}` in them names the tests that it orders besides, `{removed}` a draft that it takes away and `{stopped}` a held order that
    it stops; empty where it does not.
    """
    key = f"proposal.{proposal.label}"
    names = [text_of(f"test.{a.test}", context) or a.test for a in proposal.actions if isinstance(a, OrderTest)]
    tests = f", order {' and '.join(names)}" if names else ""
    besides = {
        "tests": tests,
        "removed": ", remove this order" * any(isinstance(a, RemoveOrder) for a in proposal.actions),
        "stopped": ", stop the held order" * any(isinstance(a, StopOrder) for a in proposal.actions),
    }
    words = sentence(recommendation, key, context, safe, besides=besides)
    if words:
        return words
    _fault(context, f"{key}: no sentence")
    return proposal.label.replace("-", " ").replace("_", " ").capitalize() or "Accept"


def _fault(context: CardContext, what: str) -> None:
    context.counts["message_faults"] += 1
    if context.strict:
        raise MessageFault(what)
