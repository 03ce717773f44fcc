"""What changed between two revisions of a label at the places that rules stand on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cds_service.labels.label import Label
from cds_service.labels.places import Lost, Spot, find
from cds_service.labels.row_numbers import row_numbers
from cds_service.labels.verify import Row, places_of

# How far a sentence may reach beyond the numbers that are cited.
REACH = 200
_SECTION_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_BEGINS = re.compile(r"[.•:] (?=[A-Z])")
_ENDS = re.compile(r"\.(?= [A-Z]|$)")
_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "®": "", "×": "x", "–": "-", "−": "-"})


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A section whose words changed, and the rules that cite it. `words` are the changed runs: (before, after)."""

    section: str
    words: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroundMoved:
    """A rule whose place reads otherwise in the later revision.

    `kind` is "number" (a cited number, unit or comparator is another), "words" (the passage reads otherwise), or "lost"
    (the place is found in one of the revisions only); `words` are the runs that differ: (before, after).
    """

    rule: str
    section: str
    kind: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """All differences that matter to rules."""

    sections: tuple[SectionChange, ...]
    moved: tuple[GroundMoved, ...]


def drift(rows: Iterable[Row], old: Label, new: Label) -> Drift:
    """Compare two revisions at every place that the rows cite, and section by section.

    A passage runs from the start of the sentence that holds the first number to the end of the one with the last, but no
    further than `REACH` characters: tables have no sentences. Typography does not count (1000 and 1,000, x and ×).
    """
    rows = list(rows)
    cited: dict[str, list[str]] = {}
    moved: list[GroundMoved] = []
    for row in rows:
        numbers = row_numbers(row.numbers)
        for section in _SECTION_NUMBER.findall(row.section):
            cited.setdefault(section, []).append(row.id)
        for place in places_of(row):
            cited.setdefault(place.section, []).append(row.id)
            before, after = (find(place, numbers, label) for label in (old, new))
            if isinstance(before, Lost) and isinstance(after, Lost):
                continue
            if isinstance(before, Lost) or isinstance(after, Lost):
                moved.append(
                    GroundMoved(row.id, place.section, "lost", ((_passage(before, old), _passage(after, new)),))
                )
                continue
            same_numbers = [c.found and c.found.measure for c in before.comparisons] == [
                c.found and c.found.measure for c in after.comparisons
            ]
            words = changed_runs(_passage(before, old), _passage(after, new))
            if words or not same_numbers:
                kind = "words" if same_numbers else "number"
                moved.append(GroundMoved(row.id, place.section, kind, words))
    sections = tuple(
        SectionChange(number, changes, tuple(dict.fromkeys(cited.get(number, ()))))
        for number in sorted(old.sections.keys() | new.sections.keys(), key=_in_turn)
        if (changes := changed_runs(old.sections.get(number, ""), new.sections.get(number, "")))
    )
    return Drift(sections, tuple(moved))


def changed_runs(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """The runs of words that differ, each as (before, after); spacing and typography of quotes do not count."""
    old, new = _plain(before), _plain(after)
    if old == new:
        return ()
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    return tuple(
        (" ".join(old[a:b]), " ".join(new[c:d])) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    )


def _plain(text: str) -> Sequence[str]:
    """The words of a text as they are compared: typography and spaces beside punctuation do not count."""
    text = text.translate(_TYPOGRAPHY)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)", " ", text)
    return re.sub(r"\s*([,.;:()/\[\]])\s*", r" \1 ", text).split()


def _passage(result: Spot | Lost, label: Label) -> str:
    """The sentences of a spot; "" where the place is lost."""
    if isinstance(result, Lost):
        return ""
    text = label.sections[result.place.section]
    reach = max(0, result.start - REACH)
    start = max((reach + match.end() for match in _BEGINS.finditer(text[reach : result.start])), default=result.start)
    following = _ENDS.search(text[: result.end + REACH], max(result.end - 1, 0))
    return text[start : following.end() if following else result.end]


def _in_turn(number: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in number.split("."))
