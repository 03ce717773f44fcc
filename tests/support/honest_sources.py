"""Does every sentence of a decision, and of a card, stand under the document and section that it comes from?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cds_service.cards.documents import place_of
from cds_service.cards.plain import plain
from cds_service.cards.text import escaped
from cds_service.clinical.recommendation import Basis, Recommendation
from cds_service.dosing.build import READING
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.source_files import Rule
from tests.support.decisions import TODAY, context
from tests.support.rules import RULES

LABEL = re.compile(r"\blabel\b|\bSmPC\b")


def source_faults(of: Recommendation) -> Iterator[str]:
    """What a decision says under a wrong name; nothing where all is right."""
    shown = [(of.basis, of.words["rule_text"]), *((quote.basis, quote.text) for quote in of.beside)]
    places = [basis for basis, _ in shown]
    if len(set(places)) < len(places):
        yield f"{of.message}: a place stands twice"
    if places[0] != RULES[of.rules[0]].basis:
        yield f"{of.message}: the source is not the place of {of.rules[0]}"
    for basis, text in shown:
        if _without_own(basis, text).strip():
            yield f"{of.message}: under {basis.document} {basis.section} stands {text!r}"
    for rule in of.rules:
        if not any(basis == RULES[rule].basis and _text(RULES[rule]) in text for basis, text in shown):
            yield f"{of.message}: the sentence of {rule} is not said"
    is_label = LABEL.search(RULES[of.rules[0]].document.title) is not None
    for part in ("summary", "short", "why", "do"):
        said = DRUG.messages.get(f"{of.message}.{part}", "")
        for word in ("label", "reading"):
            said = said.replace(f"{{{word}}}", of.words.get(word, ""))
        if LABEL.search(said) and not is_label and READING not in said:
            yield f"{of.message}.{part} speaks of the label, and {of.rules[0]} is a rule of ours: {said}"


def line_faults(detail: str) -> Iterator[str]:
    """The sentences of rules in a card's body that do not stand behind the name of a place where such a sentence stands."""
    for line in detail.splitlines():
        for text, places in SENTENCES.items():
            if text in line and not line.startswith(places) and not any(f"{place}{text}" in line for place in places):
                yield f"{text!r} stands in {line!r}"


def _text(rule: Rule) -> str:
    return rule.text.replace("/uL", "/µL")


def _sentences() -> Mapping[str, tuple[str, ...]]:
    """The first sentence of each rule as a card has it, with the places of all rules that say it."""
    found: dict[str, tuple[str, ...]] = {}
    call = context(messages=DRUG.messages)
    for rule in RULES.values():
        first = escaped(plain(_text(rule), TODAY), 800).split(". ")[0].split("; ")[0]
        found[first] = (*found.get(first, ()), f"{place_of(rule.basis, call)}: ")
    return found


SENTENCES = _sentences()


def _by_place() -> Mapping[Basis, list[str]]:
    """The sentences of rules by the place where they stand."""
    found: dict[Basis, list[str]] = {}
    for rule in RULES.values():
        found.setdefault(rule.basis, []).append(_text(rule))
    return found


BY_PLACE = _by_place()


def _without_own(basis: Basis, text: str) -> str:
    """What is left of a text without the sentences of rules that stand at a place."""
    for sentence in BY_PLACE.get(basis, ()):
        text = text.replace(sentence, "")
    return text
