"""What a card says was set aside: each kind once, and of searches that could not be obtained the first ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date

from cds_service.cards.plain import plain
from cds_service.cards.text import escaped
from cds_service.cards.words import fact_words, listed
from cds_service.clinical.facts import Missing

# How many of the searches that could not be obtained a card names.
MOST_KEYS = 3
_unobtained = re.compile(r"(?P<keys>\w+(?:, \w+)+) could not be obtained: (?P<why>.*)", re.ASCII)
_why_unobtained = re.compile(r"(?<= could not be obtained): .*")


def set_aside(remarks: Iterable[str], missing: Iterable[Missing], today: date) -> list[str]:
    """The remarks as they stand on a card, each kind once with its number; what is said as missing already is left out.

    Searches that lack for one reason are no less lacking because a fact that is missing lacks for it too.
    """
    reasons = {gap.reason for gap in missing}
    texts = [few for each in remarks if (few := _few(each)) != each or not any(reason in each for reason in reasons)]
    found = Counter(plain(each, today).rstrip(".") for each in texts)
    return [escaped(text) + (f" ({number} times)" if number > 1 else "") for text, number in found.items()]


def briefer(remark: str) -> str:
    """The remark without the reason why searches could not be obtained; any other as it is."""
    return _why_unobtained.sub("", remark)


def _few(remark: str) -> str:
    """A sentence on several searches that could not be obtained, with the first of them in words; any other as it is."""
    found = _unobtained.fullmatch(remark)
    if not found:
        return remark
    keys = found["keys"].split(", ")
    names = [*map(fact_words, keys[:MOST_KEYS]), *([f"{more} more"] if (more := len(keys) - MOST_KEYS) > 0 else [])]
    return f"{listed(names)} could not be obtained: {found['why']}"
