"""The body of a card: at most five lines, in one order, and what was folded below; together within 700 characters.

Finding, document, what to do, what was not checked or was assumed, source; what was folded stands below, a line each. No
sentence is cut: what does not fit is left out whole, and counted where somebody may miss it; all of it is in the extension.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from cds_service.cards.context import CardContext, DocumentInForce
from cds_service.cards.documents import document_of, family, place_of, title_of
from cds_service.cards.doses import dose_now, dose_on_resume
from cds_service.cards.plain import day_words, each_day_once, month_words, plain
from cds_service.cards.remarks import briefer, set_aside
from cds_service.cards.sentences import sentence, text_of
from cds_service.cards.text import capitalised, escaped
from cds_service.cards.words import (
    amount_words,
    converted_words,
    fact_words,
    gap_words,
    gaps,
    group,
    listed,
    thresholds_per_litre,
    with_unit,
)
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import is_per_litre
from cds_service.clinical.quantity import plain as number_words
from cds_service.clinical.recommendation import Action, Input, Recommendation
from cds_service.clinical.review import Review

LONGEST = 700
# Sentences of a text of ours beyond this are left out, the last first; the first one stands.
MOST_OF_OURS = 240
_COUNTS = ("platelets", "anc")
# Words of others (a note, the text of an order) in a line.
MOST_OF_ONE = 800
# No detail has room for more values, or folded decisions; a chart may bring thousands.
MOST_OF_A_KIND = 50

_OF_THE_ORDER = frozenset({"orderedDose", "orderedMedicine"})
_ORDERS = frozenset({Action.ORDER_CBC, Action.ORDER_LAB, Action.ORDER_PREGNANCY_TEST})
# Rows that a program or a person compared with their document.
_COMPARED = frozenset({Review.BY_PROGRAM, Review.PARTLY, Review.SIGNED})
# Decisions on a dose to resume at, or on whether there is one; beside any other one nothing is said of it.
_RESUMES = frozenset({Action.RESUME_REDUCED, Action.RESUME_SAME})
_RESUMING = _RESUMES | {Action.REQUEST_DATA, Action.REVIEW}
# What a sentence says in other words.
_SAID_BY = {
    "orderedDose": ("ordered", "doses"),
    "currentDose": ("dose", "dose_brief"),
    "karyotype": ("karyotype",),
    "rbcTransfusions": ("response", "predictors"),
}
_sentence_end = re.compile(r"(?<=\.) (?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Extras:
    """What the body says besides the decision itself.

    `summary` is the line above it; `order` the words of the order it is about, said where `has_several` drafts are in the call
    or it cannot be read; `by_hand` what no suggestion could do; `next_cbc` the day of the earliest blood count of the answer;
    `remarks` what was set aside and is said on this card; `reasons` the summaries of critical decisions that ask for the same;
    `also` those of less grave ones without a card, each with its urgency.
    """

    summary: str
    order: str = ""
    has_several: bool = False
    by_hand: Sequence[str] = ()
    next_cbc: date | None = None
    remarks: Sequence[str] = ()
    reasons: Sequence[str] = ()
    also: Sequence[str] = ()


@dataclass(slots=True)
class _Body:
    """The parts of a body; the lists can lose their last ones, down to a number of them. `document`: sentences with their place."""

    finding: str
    inputs: list[str]
    document: list[tuple[str, str]]
    do: list[str]
    gaps: list[str]
    remarks: list[str]
    assumed: list[str]
    source: str
    also: list[str]
    dropped: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def shorten(self) -> bool:
        """Leave out one thing, the least needed first; False when there is nothing left to leave out."""
        shorter_remarks = [briefer(each) for each in self.remarks]
        if shorter_remarks != self.remarks:
            self.remarks = shorter_remarks
            return True
        if any(self._drop(name, at_least) for name, at_least in (("remarks", 1), ("assumed", 1), ("inputs", 1))):
            return True
        shorter = _shorter(self.document)
        is_shorter = shorter != self.document
        self.document = shorter
        # An entry of this patient's chart is worth more than what is assumed of every one, where leaving that out makes room.
        if is_shorter or (self.remarks and self._drop("assumed", 0)):
            return True
        if self._drop("remarks", 0):
            self._take_back("assumed")
            return True
        return self._drop("gaps", 1) or self._drop("also", 1)

    def _drop(self, name: str, at_least: int) -> bool:
        part: list[str] = getattr(self, name)
        if len(part) <= at_least:
            return False
        self.dropped[name].append(part.pop())
        return True

    def _take_back(self, name: str) -> None:
        if self.dropped[name]:
            getattr(self, name).append(self.dropped[name].pop())


def detail(recommendation: Recommendation, context: CardContext, extras: Extras) -> str:
    """The body in plain text for markdown, a paragraph for each line."""
    said = _Sayer(recommendation, context, extras)
    body = said.body()
    while len(text := "\n\n".join([*said.lines(body), *said.also(body)])) > LONGEST and body.shorten():
        pass
    return text


@dataclass(frozen=True, slots=True)
class _Sayer:
    """Fills the sentences of one card."""

    recommendation: Recommendation
    context: CardContext
    extras: Extras

    def body(self) -> _Body:
        """Every part as it is where there is room for all."""
        one, today = self.recommendation, self.context.today
        summary = escaped(plain(self.extras.summary, today))
        said = [each for each in _sentence_end.split(self._why()) if _bare(each) not in _bare(summary)]
        finding = " ".join(said)
        document = self._document(summary)
        inputs = self._inputs(f"{summary} {finding}", document)
        told = " ".join([finding, *inputs, *(sentence_said for _, sentence_said in document)])
        return _Body(
            finding,
            inputs,
            document,
            self._do(summary, finding, told),
            self._gaps(f"{summary} {finding}"),
            set_aside(self.extras.remarks, one.missing, today),
            [self._safe(each).rstrip(".") for each in one.assumptions],
            self._source(),
            list(self.extras.also[:MOST_OF_A_KIND]),
            defaultdict(list, also=list(reversed(self.extras.also[MOST_OF_A_KIND:]))),
        )

    def also(self, body: _Body) -> list[str]:
        """What was folded, a line each with its urgency; what is left out is counted, as grave as the gravest of it."""
        left_out = body.dropped["also"]
        more = self._part("more", number=str(len(left_out)))
        counted = [f"{left_out[-1].partition(': ')[0]}: {more}"] if left_out else []
        found = [f"- {escaped(each)}" for each in (*body.also, *counted)]
        return ["**Also**", "\n".join(found)] if found else []

    def lines(self, body: _Body) -> list[str]:
        """The lines of a body; empty ones are left out."""
        found = " ".join(filter(None, (_stopped(body.finding), _stopped(capitalised("; ".join(body.inputs))))))
        open_ends = [
            self._part("not_checked", what=each_day_once(_and_more(body.gaps, len(body.dropped["gaps"]), self._part))),
            self._part("set_aside", what=_and_more(body.remarks, len(body.dropped["remarks"]), self._part)),
            self._part("assumed", what=_and_more(body.assumed, len(body.dropped["assumed"]), self._part, ". ")),
        ]
        lines = [
            " ".join(filter(None, (capitalised(found), *map(_stopped, self._reasons())))),
            _with_places(body.document),
            " ".join(filter(None, body.do)),
            " ".join(filter(None, open_ends)),
            body.source,
        ]
        return [line for line in lines if line]

    def _safe(self, text: str) -> str:
        return escaped(plain(text, self.context.today), MOST_OF_ONE)

    def _filled(self, one: Recommendation, key: str, **words: str) -> str:
        return sentence(one, key, self.context, self._safe, self.extras.order, words)

    def _part(self, name: str, **words: str) -> str:
        """A sentence of every drug, or the message's own in its place, its words made safe already; empty where one of them is."""
        if not all(words.values()):
            return ""
        own = text_of(f"{self.recommendation.message}.{name}", self.context)
        return (own or text_of(f"part.{name}", self.context)).format_map(words).replace("?.", "?")

    def _why(self) -> str:
        return each_day_once(self._filled(self.recommendation, f"{self.recommendation.message}.why"))

    def _reasons(self) -> list[str]:
        return [escaped(plain(each, self.context.today)) for each in self.extras.reasons]

    def _inputs(self, told: str, document: Sequence[tuple[str, str]]) -> list[str]:
        """The values that decided and that no sentence has said yet, each with its day; counts in the document's unit as well."""
        found: list[str] = []
        limits = " ".join(said for _, said in document)
        one = self.recommendation
        # What is due is due by its dates, and an order that cannot be read was compared with nothing.
        if one.action in _ORDERS or (one.missing and all(gap.fact in _OF_THE_ORDER for gap in one.missing)):
            return found
        for value in one.inputs:
            words = self._input(value, told, limits)
            if words and words not in found:
                found.append(words)
                told = f"{told} {words}"
                if len(found) == MOST_OF_A_KIND:
                    break
        return found

    def _input(self, value: Input, told: str, limits: str) -> str:
        one = self.recommendation
        reported = self._safe(with_unit(value.value, value.unit))
        name = escaped(fact_words(value.fact))
        is_told = _bare(reported) in _bare(told) or any(f"{name}{sign} {value.value}" in told for sign in ("", ":"))
        is_told = is_told or any(word in one.words for word in _SAID_BY.get(value.fact, ()))
        if not reported or is_told or (value.fact == "indication" and one.action is Action.START):
            return ""
        converted = self._safe(converted_words(value, limits))
        # "24" stands in "24,000", and is another number.
        is_other = converted and (value.fact in _COUNTS or converted.split(" ")[0] not in reported)
        day = day_words(value.on, self.context.today) if value.on else ""
        is_dated = not day or day in reported or f"({day}" in told or f"on {day}" in told or told.count(day) > 1
        # Words are set off from the name of the fact, numbers follow it.
        named = f"{name}:" if value.value[:1].isalpha() else name
        words = (
            "" if name.lower() in reported.lower() else named,
            reported,
            f"({converted})" if is_other else "",
            "" if is_dated else f"on {day}",
        )
        return " ".join(filter(None, words))

    def _document(self, summary: str) -> list[tuple[str, str]]:
        """What the document says, in clauses that apply, each with its place; after a rule of ours the document that it reads."""
        one, is_ours = self.recommendation, self.recommendation.basis.review is Review.OWN
        text = _of_document(one.words.get("rule_part") or one.words.get("rule_text", ""), self.context.today)
        if is_ours and any(is_per_litre(each.unit) for each in one.inputs if each.fact in _COUNTS):
            text = thresholds_per_litre(text)
        # Ours, so never cut.
        found = [(one.basis, each) for each in self._clauses(escaped(text, len(text)), summary)]
        compared = (each for each in one.beside if each.basis.review in _COMPARED)
        read = next(compared, None) if found and is_ours else None
        for quote in one.beside:
            # One sentence is enough of what ours reads, and of ours beside a document.
            most = None if quote.is_said and quote.basis.review is not Review.OWN else 1
            if quote.is_said or quote is read:
                says = escaped(_of_document(quote.text, self.context.today), MOST_OF_ONE)
                found += [(quote.basis, each) for each in self._clauses(says, summary)[:most]]
        return list(dict.fromkeys((place_of(basis, self.context), each) for basis, each in found))

    def _clauses(self, says: str, summary: str) -> list[str]:
        """Sentences in clauses; of one with several only those that apply.

        Those are the ones that name the dose of the card; where no resuming is decided on, or it stands with what to do, those
        that do not say when treatment resumes. Where one count decides, a sentence about the other one does not apply: the one that the
        summary names, else the one whose earlier value stands beside the latest as the cause of a hold. Where a dose is
        decided and no count, no sentence about counts does.
        """
        one = self.recommendation
        dose = dose_now(one)
        is_resumed = one.resume is None and one.action in _RESUMING and "since" in one.words
        sentences = [each.split("; ") for each in _sentence_end.split(says)] if says else []
        if dose is not None:
            sentences = _about(dose, one.words.get("ordered", ""), sentences, one.action in _RESUMES)
        elif not is_resumed:
            sentences = [[each for each in said if " resume " not in f" {each} "] or said for said in sentences]
        found = [_stopped(capitalised("; ".join(said))) for said in sentences]
        counted = {(each.fact, each.on) for each in one.inputs if each.fact in _COUNTS}
        causes = {fact for fact, number in Counter(fact for fact, _ in counted).items() if number > 1}
        told = _counts_in(summary)
        deciding = told if len(told) == 1 else causes or told
        found = [each for each in found if self._is_about(each)] or found
        if deciding or dose is not None:
            found = [each for each in found if not _counts_in(each) or _counts_in(each) & deciding] or found
        while one.basis.review not in _COMPARED and len(found) > 1 and len(" ".join(found)) > MOST_OF_OURS:
            found.pop()
        return found

    def _is_about(self, says: str) -> bool:
        """Whether a sentence that opens with what it is about is about a fact that is missing, or decided."""
        one = self.recommendation
        facts = {gap.fact for gap in one.missing} or {each.fact for each in one.inputs}
        subject = group("subject").get(says.split(" ")[0].rstrip(":").lower(), "").split()
        return not subject or not facts or not facts.isdisjoint(subject)

    def _do(self, summary: str, finding: str, told: str) -> list[str]:
        one = self.recommendation
        words = {"next_cbc": self._next_cbc(told), "resume_at": self._resume_at(told), "dose_now": self._dose(summary)}
        words["asked"] = asked = self._asked(f"{summary} {finding}", words["next_cbc"])
        key = f"{one.message}.do"
        if text_of(key, self.context):
            asked = ""
        else:
            key = f"do.{one.action.value}"
        if text_of(urgent := f"{key}-{one.urgency.value}", self.context):
            key = urgent
        notes = [each for each in _sentence_end.split(self._safe(one.note)) if not _is_said(each, told)]
        found = [asked, self._filled(one, key, **words), " ".join(notes)]
        is_unread = any(gap.fact in _OF_THE_ORDER for gap in one.missing)
        order = self._safe(self.extras.order) if self.extras.has_several or is_unread else ""
        found += [self._part("about_order", order="" if order in finding else order)]
        found += [self._part("by_hand", what=self._safe(each)) for each in self.extras.by_hand]
        return [_stopped(each) for each in found if each]

    # These three are fill-ins, and made safe as such.
    def _next_cbc(self, told: str) -> str:
        due = self.extras.next_cbc
        if due is None or self.recommendation.next_cbc_due is None:
            return ""
        words, today = day_words(due, self.context.today), self.context.today
        name = "cbc_today" if due == today else "next_cbc"
        if due < today:
            name = "cbc_overdue" if words in told else "cbc_now"
        return "" if re.search(rf"by {words}\b", told) else self._part(name, due=words)

    def _resume_at(self, told: str) -> str:
        resume = self.recommendation.resume
        if resume is None or "resume when" in told.lower():
            return ""
        when = amount_words(resume.when)
        dose = dose_on_resume(self.recommendation)
        if dose is not None:
            return self._part("resume_at", when=when, dose=dose.words)
        return self._part("resume_when" if self.recommendation.note else "resume_without_dose", when=when)

    def _dose(self, summary: str) -> str:
        dose = dose_now(self.recommendation)
        return self._part("dose_now", dose=dose.words) if dose and dose.words not in summary else ""

    def _todo(self, facts: Sequence[str]) -> list[str]:
        """What to do where some facts are missing, each thing once."""
        return list(dict.fromkeys(filter(None, (text_of(f"todo.{fact}", self.context) for fact in facts))))

    def _asked(self, said: str, next_cbc: str) -> str:
        """What to do about the facts of which the card says already that they are missing."""
        by_reason = gaps(self.recommendation.missing)
        missing = [each.fact for why, same in by_reason.items() if self._is_said(why, same, said) for each in same]
        is_counted = self._todo(["platelets"]) if next_cbc else []
        asked = capitalised(listed([each for each in self._todo(missing) if each not in is_counted]))
        return "" if asked in said else _stopped(asked)

    def _is_said(self, reason: str, missing: Sequence[Missing], said: str) -> bool:
        """Whether a text gives the reason why facts are missing, with their names where there are several, and what is on file of them."""
        told = _bare(said)
        named = [_bare(self._safe(gap_words(each))) for each in missing if len(missing) > 1 or each.entry is not None]
        return _bare(self._safe(reason)) in told and all(each in told for each in named)

    def _gaps(self, said: str) -> list[str]:
        """What was not checked: facts that lack for one reason together, and what to do about it; what is said already is left out."""
        found, is_cbc_ordered = [], self.recommendation.action is Action.ORDER_CBC
        for reason, same in gaps(self.recommendation.missing).items():
            is_on_file = any(each.entry is not None for each in same)
            todo = self._todo([each.fact for each in same]) or self._todo(["unread"] * is_on_file)
            if self._is_said(reason, same, said) or (is_cbc_ordered and todo == self._todo(["platelets"])):
                continue
            done = text_of(f"{self.recommendation.message}.do", self.context).lower()
            todo = [each for each in todo if each not in done]
            names = listed([self._safe(gap_words(each)) for each in same])
            words = self._safe(reason)
            of_it = re.sub(rf"(?i)^{re.escape(names)}: ", "", words)
            # Brackets within brackets are hard to read.
            within = re.sub(r" \(([^()]*)\)", r", \1", of_it)
            named = words if of_it.lower().startswith(names.lower()) else f"{names} ({within})".replace(") (", ", ")
            found.append(named + (f": {listed(todo)}" if todo else ""))
        return found

    def _source(self) -> str:
        """The document with its revision, and how far what the card takes from it was compared."""
        one = self.recommendation
        document = document_of(one.basis, self.context)
        name = text_of(f"source.{family(one.basis)}", self.context) or title_of(one.basis, self.context, dated=False)
        revision = month_words(document.revision) if document else ""
        where = ", ".join(filter(None, (escaped(name), revision)))
        return f"{where}; {self._state(document)}."

    def _state(self, document: DocumentInForce | None) -> str:
        review = self.recommendation.basis.review
        words = text_of(f"state.{review.value}", self.context) or review.value
        if review is not Review.SIGNED or document is None or not document.signed_by:
            return words
        on = f" on {day_words(document.signed_on, self.context.today)}" if document.signed_on else ""
        return f"{words} by {escaped(document.signed_by)}{on}"


# What the rows of the documents say is the same in every call of a day.
_of_document = lru_cache(maxsize=256)(plain)


def _about(dose: Dose, ordered: str, sentences: Sequence[list[str]], is_level: bool) -> list[list[str]]:
    """The sentences without those that name other doses alone, each in the clauses that name the dose or the one that is ordered.

    Args: sentences: each in its clauses; `is_level` whether one in a list of levels is named, "10, 5, 2.5 mg". A dose with its
    schedule is looked for first, then without its days, then as so many mg.
    """
    mg = re.escape(number_words(dose.mg))
    briefly = replace(dose, on_days=None, cycle_days=None, note="").words
    wholly = replace(dose, note="").words
    # "5 mg", and not the end of "2.5 mg".
    forms = [*map(re.escape, dict.fromkeys((wholly, briefly))), rf"{mg}(?:, [\d.]+)* mg" if is_level else f"{mg} mg"]
    named = [re.compile(rf"(?<![\d.]){form}") for form in forms]
    if not any(named[-1].search(clause) for said in sentences for clause in said):
        return list(sentences)
    other = re.match(r"[\d.]+ mg", ordered)
    found = []
    for said in sentences:
        same = next(filter(None, ([clause for clause in said if each.search(clause)] for each in named)), [])
        also = [clause for clause in said if other and re.search(rf"(?<![\d.]){re.escape(other[0])}", clause)]
        if same:
            found.append([clause for clause in said if clause in same or clause in also])
        elif not any(re.search(r"\d mg\b", clause) for clause in said):
            found.append(said)
    return found


def _with_places(document: Sequence[tuple[str, str]]) -> str:
    """The sentences in one line, each place named before the first one that stands there."""
    places = ["", *(place for place, _ in document)]
    return " ".join(
        said if place in ("", before) else f"{place}: {said}"
        for (place, said), before in zip(document, places, strict=False)
    )


def _shorter(document: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The sentences without one of them, or without a clause of the last one; those that name a blood count go last."""
    counted = [each for each in document if _counts_in(each[1])]
    further = [each for each in document[1:] if counted and each not in counted]
    if further:
        return [each for each in document if each is not further[-1]]
    if len(counted) == 1 < len(document):
        return counted
    *before, (place, last) = document or [("", "")]
    head, _, _ = last.rpartition("; ")
    return [*before, (place, f"{head}.")] if head else before or document


def _counts_in(text: str) -> set[str]:
    """The blood counts that a text names, as whole words: "maintenance" names none."""
    return {fact for fact in _COUNTS if re.search(rf"(?i)\b{fact_words(fact)}\b", text)}


def _and_more(items: Sequence[str], dropped: int, part: Callable[..., str], joint: str = "; ") -> str:
    more = [part("more", number=str(dropped))] if dropped else []
    return joint.join([*items, *more])


def _stopped(text: str) -> str:
    """The text as a sentence: with a stop at its end."""
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."


def _is_said(sentence: str, told: str) -> bool:
    """Whether a text holds a sentence, or one that begins with the same four words."""
    return " ".join(sentence.lower().split()[:4]) in told.lower()


def _bare(text: str) -> str:
    return text.rstrip(".").replace("\\", "").lower()
