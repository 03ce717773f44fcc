"""One revision of a label as read from a publisher's file: its identity, and its text by section."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

MAX_BYTES = 20_000_000
BOXED_WARNING = "boxed warning"
# Markers of a document that refers to itself or to its own parts: their numbers are addresses, not content.
_REFERENCES = re.compile(
    r"\[see [^\]]*\]|\( ?see (?:also )?(?:[Ss]ections?|[Tt]able) [^)]*\)|\( ?(?:[\d., -]|and|,)*\d+\.\d+(?:[\d., -])*\)"
)


class LabelFileError(ValueError):
    """A file that cannot be compared: the message says what was expected and what was found instead."""


@dataclass(frozen=True, slots=True)
class Label:
    """One revision of one label.

    `form` is "spl" (openFDA JSON or SPL XML) or "smpc"; `set_id` and `version` are empty where the publisher gives none;
    `sections` maps a section's number ("2.2", "boxed warning") to its text on one line, without references to sections.
    """

    form: str
    title: str
    set_id: str
    version: str
    date: date
    sha256: str
    sections: Mapping[str, str]

    @property
    def name(self) -> str:
        """The revision in words: title, version where there is one, date."""
        version = f", version {self.version}" if self.version else ""
        return f"{self.title}{version}, {self.date.isoformat()}"


def one_line(text: str) -> str:
    """The text with single spaces and without references to sections."""
    return " ".join(_REFERENCES.sub(" ", " ".join(text.split())).split())


def digest(content: bytes) -> str:
    """The file's SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def require_product(title: str, substances: Iterable[str]) -> None:
    """Refuse the label of another drug.

    Args: what the file says its product is; the names of the drug, any of which is enough.
    Raises: LabelFileError.
    """
    wanted = [name.casefold() for name in substances]
    if not any(name in title.casefold() for name in wanted):
        raise LabelFileError(
            f"is the label of {title[:80] or 'a product without a name'!r}, not of {' or '.join(wanted)}"
        )


def require_sections(sections: Mapping[str, str], numbers: Iterable[str], what: str) -> None:
    """Refuse a file that lacks sections every such document has: truncated, in another language, or another document.

    Raises: LabelFileError.
    """
    lacking = [number for number in numbers if not sections.get(number)]
    if lacking:
        raise LabelFileError(
            f"has no section {', '.join(lacking)}: expected {what}, whole and in English; it may be cut off or another document"
        )


def subsections(main: str, text: str) -> dict[str, str]:
    """The numbered subsections of a main section whose text came as one run, by number ("2.1" …).

    A heading is the next number in turn followed by a capital letter, outside brackets. What stands before the first
    heading is the main section's own entry.
    """
    found: dict[str, str] = {}
    number, start, position = main, 0, 0
    following = 1
    while True:
        for step in range(4):
            heading = re.compile(rf"(?<![\d.(,–-])(?<![(,] )\b{main}\.{following + step} (?=[A-Z])")
            match = heading.search(text, position)
            if match:
                found[number] = text[start : match.start()]
                number, start, position = f"{main}.{following + step}", match.end(), match.end()
                following += step + 1
                break
        else:
            found[number] = text[start:]
            return found
