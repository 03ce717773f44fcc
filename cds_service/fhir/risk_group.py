"""The risk group as recorded in a Condition's stages: IPSS and IPSS-R in words, English or German.

A stage counts for the system that its type or its own words name; IPSS-M and other systems are left alone. Groups that
contradict each other give none, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_REVISED = re.compile(
    r"\bipss\s?-?\s?r\b|\br\s?-\s?ipss\b|\brevised\s+(?:international|ipss)|\bipss\W*\(?revi\w+|\brevidiert\w*"
)
_MOLECULAR = re.compile(r"\bipss\s?-?\s?m\b|\bmolecular (?:international|ipss)")
_ORIGINAL = re.compile(r"\bipss\b|\binternational prognostic scoring system\b")
_NOISE = re.compile(
    r"\bipss(?:\s?-?\s?r)?\b|\br-ipss\b|\b(?:revised )?international prognostic scoring system\b|\b(?:risk|risiko|risk group|group"
    r"|gruppe|risikogruppe|category|kategorie|score|mds|revised|1997)\b|\(\s*(?:score\s*)?[0-9]+(?:[.,][0-9]+)?\s*\)"
)
_LONGEST = 300
_LOW, _HIGH, _MIDDLE = (
    r"(?:low|niedrig\w*|gering\w*)",
    r"(?:high|hoch|hohe\w*)",
    r"(?:intermediate|intermediär\w*|int|inter|mittel\w*)",
)
_VERY = r"(?:very|sehr)\s?"
_GROUPS = {
    "ipss": (
        (_LOW, "low"),
        (rf"{_MIDDLE}\s?(?:1|i|one|eins)", "int-1"),
        (rf"{_MIDDLE}\s?(?:2|ii|two|zwei)", "int-2"),
        (_HIGH, "high"),
    ),
    "ipss-r": (
        (rf"{_VERY}{_LOW}", "very-low"),
        (_LOW, "low"),
        (_MIDDLE, "intermediate"),
        (_HIGH, "high"),
        (rf"{_VERY}{_HIGH}", "very-high"),
    ),
}


@dataclass(frozen=True, slots=True)
class RiskGroups:
    """`ipss`: "low", "int-1", "int-2", "high"; `ipss_r`: "very-low" … "very-high"; "" where none could be read."""

    ipss: str = ""
    ipss_r: str = ""
    remarks: tuple[str, ...] = ()


def read_risk_group(stages: Iterable[tuple[str, str]]) -> RiskGroups:
    """The recorded risk groups.

    Args: `stages` are (type text, summary text) pairs of one or more diagnoses.
    """
    found: dict[str, set[str]] = {"ipss": set(), "ipss-r": set()}
    remarks: list[str] = []
    for kind, summary in ((kind[:_LONGEST], summary[:_LONGEST]) for kind, summary in stages):
        system = _system(kind) or _system(summary)
        if system not in found:
            continue
        group = _group(system, summary or kind)
        if group:
            found[system].add(group)
        else:
            remarks.append(f"An {system.upper()} group is recorded in words that are not understood.")
    for system, groups in found.items():
        if len(groups) > 1:
            remarks.append(f"The recorded {system.upper()} groups contradict each other; none was used.")
    one = {system: groups.pop() if len(groups) == 1 else "" for system, groups in found.items()}
    return RiskGroups(one["ipss"], one["ipss-r"], tuple(sorted(set(remarks))))


# A group is written in a few dozen ways.
@lru_cache(maxsize=256)
def _system(text: str) -> str:
    lower = _plain(text)
    if _MOLECULAR.search(lower):
        return "other"
    if _REVISED.search(lower):
        return "ipss-r"
    return "ipss" if _ORIGINAL.search(lower) else ""


@lru_cache(maxsize=256)
def _group(system: str, text: str) -> str:
    words = re.sub(r"[\s,:;=()_.-]+", " ", _NOISE.sub(" ", _plain(text))).strip()
    return next((group for pattern, group in _GROUPS[system] if re.fullmatch(pattern, words)), "")


def _plain(text: str) -> str:
    return re.sub("[‐‑‒–—−]", "-", text).lower()[:_LONGEST]
