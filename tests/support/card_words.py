"""What is wrong with the words of a card, as design and rulings ask for them; it shares no code with the renderer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

LONGEST_DETAIL = 700
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


def word_faults(card: Mapping[str, Any]) -> Iterator[str]:
    """A line for each fault of a card's summary, detail and buttons."""
    summary, (detail, _, also) = card["summary"], card.get("detail", "").partition("**Also**")
    if len(summary) > LONGEST_SUMMARY:
        yield f"summary of {len(summary)} characters"
    if len(detail.strip()) > LONGEST_DETAIL:
        yield f"detail of {len(detail.strip())} characters"
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
    if "…" in summary or "…" in detail or "…" in also:
        yield "something is cut"
    yield from (f"{day} stands {number} times" for day, number in Counter(_DAY.findall(detail)).items() if number > 2)
