"""Recommendations → cards: ranked, at most three unless more are urgent, each with its words, choices and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from cds_service.cards.context import CardContext
from cds_service.cards.detail import Extras, detail
from cds_service.cards.documents import title_of
from cds_service.cards.extension import NAME, machine_readable
from cds_service.cards.identity import card_uuid, suggestion_uuid
from cds_service.cards.order_words import order_words
from cds_service.cards.override_reasons import override_reasons
from cds_service.cards.rank import Shown, shown
from cds_service.cards.suggestions import INTERRUPTING, Choice, Wanted, offer, proposals_of
from cds_service.cards.summary import also_line, summary_line
from cds_service.cards.text import one_line, plain_text
from cds_service.cdshooks.card import Card, Coding, Link, Source, Suggestion, encode
from cds_service.clinical.recommendation import Recommendation, RuleOutcome
from cds_service.clinical.review import Review

TIMELINE_LABEL = "Therapy timeline"


@dataclass(frozen=True, slots=True)
class _Parts:
    """A card without its ids."""

    recommendation: Recommendation
    summary: str
    detail: str
    choices: tuple[Choice, ...]
    extension: dict[str, Any]


def render(recommendations: Iterable[Recommendation], context: CardContext) -> list[Card]:
    """The cards of a call, the gravest first; none when there is nothing to say.

    The same recommendations give the same cards, whatever their order; `context.counts` rises by what was dropped.
    """
    cards: list[Card] = []
    repeats: dict[bytes, int] = {}
    said: set[str] = set()
    decided = shown(recommendations)
    every = [each for card in decided for each in (card.recommendation, *card.others)]
    next_cbc = min((each.next_cbc_due for each in every if each.next_cbc_due is not None), default=None)
    causes = [each for each in every if each.action in INTERRUPTING]
    for each, proposals in zip(decided, proposals_of(decided), strict=True):
        # What was set aside is about the chart: it is said once.
        remarks = [remark for remark in each.recommendation.remarks if remark not in said]
        said.update(remarks)
        unchecked = () if cards else context.unchecked
        card = _card(_parts(each, proposals, remarks, next_cbc, unchecked, causes, context), context)
        # The ids are made of the content without them.
        content = encode([card])
        repeats[content] = repeats.get(content, -1) + 1
        card.uuid = card_uuid(context.hook_instance, context.service_id, content, repeats[content])
        for position, suggestion in enumerate(card.suggestions):
            suggestion.uuid = suggestion_uuid(card.uuid, position, suggestion.label)
        cards.append(card)
    return cards


def _parts(
    each: Shown,
    proposals: Sequence[Wanted],
    remarks: Sequence[str],
    next_cbc: date | None,
    unchecked: Sequence[RuleOutcome],
    causes: Sequence[Recommendation],
    context: CardContext,
) -> _Parts:
    recommendation = each.recommendation
    order = _order_of(recommendation, context)
    line = summary_line(recommendation, context, order)
    offered = offer(proposals, causes, context)
    extras = Extras(
        summary=line,
        order=order,
        has_several=len(context.drafts) > 1,
        by_hand=offered.by_hand,
        next_cbc=next_cbc,
        remarks=remarks,
        reasons=[summary_line(reason, context) for reason in each.reasons],
        also=[also_line(folded, context) for folded in each.folded],
    )
    machine = machine_readable(recommendation, context, each.others, unchecked)
    return _Parts(recommendation, line, detail(recommendation, context, extras), offered.choices, {NAME: machine})


def _order_of(recommendation: Recommendation, context: CardContext) -> str:
    drafts = context.drafts
    return order_words(recommendation.order, drafts if recommendation.order in drafts else context.chart_orders)


def _card(parts: _Parts, context: CardContext) -> Card:
    """The card without its id and those of its suggestions."""
    suggestions = [
        Suggestion(label=choice.label, uuid="", isRecommended=choice.is_recommended, actions=list(choice.actions))
        for choice in parts.choices
    ]
    return Card(
        uuid="",
        summary=parts.summary,
        detail=parts.detail,
        indicator=parts.recommendation.urgency.value,
        source=_source(parts.recommendation, context),
        suggestions=suggestions,
        selectionBehavior=_selection(suggestions),
        overrideReasons=override_reasons(parts.recommendation.action),
        links=_links(parts.recommendation, context),
        extension=parts.extension,
    )


def _selection(suggestions: Sequence[Suggestion]) -> str:
    """Tests alone may be ordered together, each once; where an order is changed the choices are alternatives."""
    if not suggestions:
        return ""
    actions = [action for each in suggestions for action in each.actions]
    codes = [repr(action.resource.get("code")) for action in actions]
    is_free = (
        len(suggestions) > 1 and len(set(codes)) == len(codes) and {action.type for action in actions} == {"create"}
    )
    return "any" if is_free else "at-most-one"


def _source(recommendation: Recommendation, context: CardContext) -> Source:
    system, code, display = context.topic
    topic = Coding(system=system, code=code, display=display) if system and code else None
    url = recommendation.basis.url
    unsigned = "" if recommendation.basis.review is Review.SIGNED else " (not yet signed by a pharmacist)"
    label = plain_text(title_of(recommendation.basis, context), 160) + unsigned
    return Source(label=label, url=url if _is_absolute(url) else "", topic=topic)


def _links(recommendation: Recommendation, context: CardContext) -> list[Link]:
    """The document, opened where it can be, and the SMART app: the addresses come from our data alone, never from the call."""
    basis, links = recommendation.basis, []
    if _is_absolute(basis.url):
        place = one_line(basis.section)
        named = f"section{'s' * (',' in place)} {place}" if place[:1].isdigit() else place
        label = plain_text(", ".join(filter(None, (title_of(basis, context), named))), 160)
        links.append(Link(label=label, url=basis.url, type="absolute"))
    if context.smart_launch_url:
        # The patient is the EHR's to say, at the launch; the context names the drug alone.
        links.append(Link(TIMELINE_LABEL, context.smart_launch_url, "smart", appContext=context.codes.drug))
    return links


def _is_absolute(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
