"""What is wrong with the words of a card or an answer, as design and rulings ask for them; it shares no code with the renderer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LONGEST_DETAIL = 700
# The gravest of what is folded is never left out.
LONGEST_WITH_FOLDED = 800
LONGEST_SUMMARY = 100
LONGEST_ALSO = 90
URGENCIES = ("critical", "warning", "info")

_RESOURCE = re.compile(
    r"\b(?:Observation|Condition|Procedure|Medication\w*|ServiceRequest|AllergyIntolerance|AdverseEvent|Patient)/\w"
)
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_RULE = re.compile(r"\b(?:US|EU|GEN|GL|S\d)-[A-Z][A-Z0-9]*\b")
_HASH = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{8,}\b")
_INSIDE = re.compile(r"\b[a-z]+(?:[A-Z][a-z]+)+\b|\b(?:comparator|row|trigger)\b|\b(?:mds|us|eu)-[a-z0-9]|`")
_DAY = re.compile(r"\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: \d{4})?\b(?! \d\d:)")
_FORBIDDEN = re.compile(r"Cannot check dose|on purpose\?|resume unclear|Outside the|decision needs", re.IGNORECASE)

# Slips that a reader sees and no rule decides by.
_SLIPS = {
    "two blanks": re.compile(r"\S {2,}\S"),
    "punctuation": re.compile(r"\S [,;.:](?!\d)|\.\.|[,;:]\.|[;,]{2}|\(\s|\s\)|\(\)|\) \("),
    "no word": re.compile(r"\b(?:None|null|nan|undefined)\b"),
    "one of many": re.compile(r"(?<![\d.,-])1 (?:day|week|month|year|hour|unit|cycle|refill|result|order|occasion)s\b"),
    "many of one": re.compile(
        r"(?<![\d.,])(?:0|[2-9]|\d{2,}) (?:day|week|month|year|hour|unit|cycle|refill|occasion)\b"
    ),
    "no capital": re.compile(r"[a-zµ)%\d]\. [a-z]"),
    "no unit": re.compile(
        r"\b(?:platelets|ANC|hemoglobin|creatinine|weight|ALT|AST|TSH|ferritin|bilirubin|clearance) [<≥]?\d[\d.,]*"
        r"(?! ?[/×%°A-Za-zµ\[]|[\d.,]| 1\b)",
        re.IGNORECASE,
    ),
    "no schedule": re.compile(
        r"\b(?:on|(?<!started )at|to|takes|ordered|draft|or|Dose:) (?:the same )?[\d.]+ mg\b"
        r"(?! (?:once|twice|every|\d+ times|d1|on days|daily))"
    ),
}
_DOCUMENT = re.compile(r"(?:Label|SmPC|REMS|Our rule)\b")
_SENTENCE_END = re.compile(r"(?<=[.?!]) ")
# Shorter ones ("CBC by 2 Feb.") may well stand on two cards.
_SHORTEST_SENTENCE = 20
_SAID_ON_EACH = re.compile(r"not yet signed\.$|^(?:Hold|No capsule|Your decision|Tell|Stop)")

# What the words of a button promise, and whether one of its actions does it: (type, resource type, status).
_PROMISES = {
    r"\bremove\b": lambda kind, resource, status: kind == "delete",
    r"\bon hold\b": lambda kind, resource, status: (kind, status) == ("update", "on-hold"),
    r"\bstop (?:its|the) (?:held |active )?order\b": lambda kind, resource, status: (
        (kind, status) == ("update", "stopped")
    ),
    r"\bdraft\b": lambda kind, resource, status: (kind, resource) == ("create", "MedicationRequest"),
    r"\bchange this order\b": lambda kind, resource, status: kind == "update" and status not in ("on-hold", "stopped"),
    r"(?:^|, )order\b": lambda kind, resource, status: resource == "ServiceRequest",
}


def answer_faults(cards: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each summary or sentence of an answer that stands on two of its cards; what to do may."""
    said = [{card["summary"], *_sentences(card)} for card in cards]
    for position, each in enumerate(said):
        yield from (f"stands on two cards: {again!r}" for later in said[position + 1 :] for again in each & later)


def _sentences(card: Mapping[str, Any]) -> list[str]:
    """The sentences of a card's detail that are long enough to be told apart, but for its source and what to do."""
    lines = card.get("detail", "").partition("**Also**")[0].splitlines()
    found = (each for line in lines for each in _SENTENCE_END.split(line))
    return [each for each in found if len(each) > _SHORTEST_SENTENCE and not _SAID_ON_EACH.search(each)]


def button_faults(suggestion: Mapping[str, Any]) -> Iterator[str]:
    """A line for each thing that a button does and does not say, or says and does not do."""
    label, done = suggestion["label"], []
    for action in suggestion.get("actions", ()):
        resource = action.get("resource", {})
        done.append((action["type"], resource.get("resourceType", ""), resource.get("status", "")))
    for words, does in _PROMISES.items():
        is_said, is_done = re.search(words, label, re.IGNORECASE), any(does(*each) for each in done)
        if bool(is_said) is not is_done:
            yield f"button: {words} of {label!r} is {'not done' if is_said else 'done and not said'}"


def word_faults(card: Mapping[str, Any]) -> Iterator[str]:
    """A line for each fault of a card's summary, detail and buttons."""
    summary, (detail, _, also) = card["summary"], card.get("detail", "").partition("**Also**")
    if len(summary) > LONGEST_SUMMARY:
        yield f"summary of {len(summary)} characters"
    whole = len(card.get("detail", "").strip())
    if (length := len(detail.strip())) > LONGEST_DETAIL or whole > LONGEST_WITH_FOLDED:
        yield f"detail of {length} characters, {whole} with what is folded"
    if len(lines := detail.strip().split("\n\n")) > 5:
        yield f"{len(lines)} lines"
    for line in filter(None, also.splitlines()):
        if len(line) > LONGEST_ALSO + len("- "):
            yield f"also of {len(line)} characters: {line}"
        if not line.startswith(tuple(f"- {urgency}: " for urgency in URGENCIES)):
            yield f"also without an urgency: {line}"
    labels = " ".join(each["label"] for each in card.get("suggestions", ()))
    for name, pattern in {
        "resource": _RESOURCE,
        "ISO date": _ISO_DAY,
        "rule id": _RULE,
        "hash": _HASH,
        "name of the inside": _INSIDE,
        "words found wrong": _FORBIDDEN,
    }.items():
        for found in pattern.finditer(f"{summary}\n{detail}\n{also}\n{labels}"):
            yield f"{name}: {found[0]!r}"
    for text in (
        summary,
        *detail.splitlines(),
        *also.splitlines(),
        *(each["label"] for each in card.get("suggestions", ())),
    ):
        # A card may be about a value without a unit; documents word doses in their own way.
        passed = {"no unit"} if "unit" in summary else {"no schedule"} if _DOCUMENT.match(text) else set()
        slips = ((name, each) for name, each in _SLIPS.items() if name not in passed)
        yield from (f"{name}: {found[0]!r} in {text!r}" for name, each in slips for found in each.finditer(text))
    for suggestion in card.get("suggestions", ()):
        if "actions" in suggestion:
            yield from button_faults(suggestion)
    yield from (f"said twice: {each!r}" for each, number in Counter(_sentences(card)).items() if number > 1)
    if "…" in summary or "…" in detail or "…" in also:
        yield "something is cut"
    yield from (f"{day} stands {number} times" for day, number in Counter(_DAY.findall(detail)).items() if number > 2)
