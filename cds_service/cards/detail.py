"""The body of a card, always in one order: why now, what the source says, not seen, assumed, versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cds_service.cards.context import CardContext, DocumentInForce
from cds_service.cards.doses import dose_now, dose_on_resume
from cds_service.cards.sentences import sentence
from cds_service.cards.text import escaped, one_line
from cds_service.cards.words import amount_words, fact_words, with_unit
from cds_service.clinical.recommendation import Basis, Input, Quote, Recommendation
from cds_service.clinical.review import review_line

MAX_LINES = 25


@dataclass(frozen=True, slots=True)
class Extras:
    """What the body says besides the decision itself.

    `summary` is the whole summary sentence, `is_cut` whether the card's line lost some of it; `order` the words of the
    order it is about; `by_hand` what no suggestion could do; `reasons` the summaries of critical decisions that ask for the
    same; `folded` those of less grave ones without a card, each with its urgency.
    """

    summary: str
    is_cut: bool = False
    order: str = ""
    by_hand: Sequence[str] = ()
    reasons: Sequence[str] = ()
    folded: Sequence[str] = ()


def detail(recommendation: Recommendation, context: CardContext, extras: Extras) -> str:
    """The body in plain markdown (bold and lists only)."""
    sections = [
        _why_now(recommendation, context, extras),
        _source(recommendation, context, extras),
        _not_seen(recommendation),
        _listed("Assumed", recommendation.assumptions),
        _listed("Also", extras.folded),
        _versions(recommendation, context),
    ]
    return "\n\n".join(section for section in sections if section)


def _fill_in(text: str) -> str:
    """A word of a sentence; room for the whole text of a rule, which is one of them."""
    return escaped(text, 800)


def _why_now(recommendation: Recommendation, context: CardContext, extras: Extras) -> str:
    why = sentence(recommendation, f"{recommendation.message}.why", context, _fill_in, extras.order)
    whole = escaped(extras.summary, 1000)
    first = " ".join(filter(None, (whole if extras.is_cut or not why else "", why)))
    lines = [escaped(each) for each in extras.reasons] + [_input(each) for each in recommendation.inputs]
    if recommendation.order:
        words = extras.order or "an order that was not in the call"
        lines.append(f"This is about the order: {escaped(words)} ({escaped(recommendation.order)})")
    return "\n\n".join(filter(None, (f"**Why now:** {first}", _list(lines))))


def _input(value: Input) -> str:
    """One value as reported, converted in brackets, with its day and where it stands."""
    reported = with_unit(value.value, value.unit)
    converted = amount_words(value.converted)
    name = escaped(fact_words(value.fact))
    parts = [f"{name[:1].upper()}{name[1:]}:"]
    parts.append(escaped(reported) if reported else "no value")
    if converted and converted != reported:
        parts.append(f"({escaped(converted)})")
    parts.append(f"on {value.on.isoformat()}" if value.on else "(no date)" if value.reference else "")
    words = " ".join(filter(None, parts))
    return f"{words}, {escaped(value.reference)}" if value.reference else words


def _source(recommendation: Recommendation, context: CardContext, extras: Extras) -> str:
    own = recommendation.basis
    where = escaped(", ".join(filter(None, (title_of(recommendation, context), place_of(own)))))
    key = f"{recommendation.message}.says"
    says = sentence(recommendation, key, context, _fill_in, extras.order)
    lines = []
    dose = dose_now(recommendation)
    if dose and escaped(dose.words) not in says:
        lines.append(f"Dose: {escaped(dose.words)}")
    if recommendation.resume and "resume when" not in says.lower():
        later = dose_on_resume(recommendation)
        at = f", at {escaped(later.words)}" if later else "; the source gives no dose for it"
        lines.append(f"Resume when {escaped(amount_words(recommendation.resume.when))}{at}")
    if recommendation.next_cbc_due and recommendation.next_cbc_due.isoformat() not in says:
        lines.append(f"Next complete blood count due: {recommendation.next_cbc_due.isoformat()}")
    if recommendation.note:
        lines.append(f"Note: {escaped(recommendation.note)}")
    lines.extend(f"By hand: {escaped(each)}" for each in extras.by_hand)
    if "{rule_text}" in context.messages.get(key, ""):
        lines.extend(_quoted(quote, own) for quote in recommendation.beside)
    return "\n\n".join(filter(None, (f"**Source:** {where}" + (f": {says}" if says else ""), _list(lines))))


def _quoted(quote: Quote, own: Basis) -> str:
    """A sentence from another place than the card's own, under the name of that place."""
    title = "" if quote.basis.document == own.document else one_line(quote.basis.title)
    where = escaped(", ".join(filter(None, (title, place_of(quote.basis)))))
    return f"{where[:1].upper()}{where[1:]}: {_fill_in(quote.text)}"


def place_of(basis: Basis) -> str:
    """The place in a document, in words; what our own rules and guidelines name as section are words already."""
    section = one_line(basis.section)
    return f"section {section}" if section[:1].isdigit() else section


def _not_seen(recommendation: Recommendation) -> str:
    missing = [f"{escaped(fact_words(each.fact))}: {escaped(each.reason)}" for each in recommendation.missing]
    seen = [f"**Not seen:**\n\n{_list(missing)}" if missing else "", _listed("Also noted", recommendation.remarks)]
    return "\n\n".join(filter(None, seen))


def _versions(recommendation: Recommendation, context: CardContext) -> str:
    named = [
        f"document {escaped(recommendation.basis.document)}" if recommendation.basis.document else "",
        f"rules {escaped(', '.join(recommendation.rules))}" if recommendation.rules else "",
        f"content {escaped(context.content_version)}" if context.content_version else "",
    ]
    return f"**Versions:** {'; '.join(filter(None, named))}. {_review(recommendation, context)}."


def _review(recommendation: Recommendation, context: CardContext) -> str:
    document = _document(recommendation, context)
    by = escaped(document.signed_by) if document else ""
    on = document.signed_on.isoformat() if document and document.signed_on else ""
    reviews = [recommendation.basis.review, *(quote.basis.review for quote in recommendation.beside)]
    return f"Numbers: {review_line(reviews, by, on)}"


def title_of(recommendation: Recommendation, context: CardContext) -> str:
    """The document's title with its revision, in plain words; our own rules where a decision has no document."""
    title = one_line(recommendation.basis.title) or "Rules of this service"
    document = _document(recommendation, context)
    revision = document.revision if document else ""
    return title if not revision or revision in title else f"{title}, rev. {revision}"


def _document(recommendation: Recommendation, context: CardContext) -> DocumentInForce | None:
    return next((each for each in context.documents if each.id == recommendation.basis.document), None)


def _listed(heading: str, texts: Iterable[str]) -> str:
    lines = _list([escaped(text) for text in texts])
    return f"**{heading}:**\n\n{lines}" if lines else ""


def _list(lines: Sequence[str]) -> str:
    """Markdown list items; what goes past the limit is counted, not dropped in silence."""
    shown = [line for line in lines if line][:MAX_LINES]
    more = len([line for line in lines if line]) - len(shown)
    return "\n".join([*(f"- {line}" for line in shown), *([f"- and {more} more"] if more else [])])
