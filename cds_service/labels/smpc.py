"""European summaries of product characteristics, as the text of the published PDF, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from cds_service.labels.label import Label, LabelFileError, digest, one_line, require_product, require_sections

EXPECTED = "the text of a summary of product characteristics in English"
_PAGE = re.compile(r"^=+ *(?:PDF )?PAGE (\d+) *=+$", re.MULTILINE | re.IGNORECASE)
# The order in which the template of an SmPC has its sections; a heading counts only where it comes in turn.
_ORDER = (
    *("1", "2", "3", "4", *(f"4.{n}" for n in range(1, 10)), "5", "5.1", "5.2", "5.3"),
    *("6", *(f"6.{n}" for n in range(1, 7)), "7", "8", "9", "10"),
)
_REQUIRED = ("1", "2", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "5.1", "10")


def read_smpc(content: bytes, substances: Iterable[str]) -> Label:
    """The SmPC in a text file.

    Args: the file's bytes (UTF-8); the drug's names, one of which the product must bear.
    Raises: LabelFileError for anything else.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LabelFileError(f"is no UTF-8 text ({error}): expected {EXPECTED}") from error
    text = text.replace("\r\n", "\n")
    pages = [int(number) for number in _PAGE.findall(text)]
    if pages != list(range(1, len(pages) + 1)):
        raise LabelFileError(f"has pages that do not follow one another (PAGE 1, 2, 3 …): expected {EXPECTED}, whole")
    text = _PAGE.sub("", text)
    if "SUMMARY OF PRODUCT CHARACTERISTICS" not in text.upper():
        raise LabelFileError(f"does not call itself a summary of product characteristics: expected {EXPECTED}")
    sections = _sections(text)
    require_sections(sections, _REQUIRED, EXPECTED)
    if "posology" not in sections["4.2"][:60].casefold():
        raise LabelFileError(
            f"has a section 4.2 that is not 'Posology and method of administration': expected {EXPECTED}"
        )
    title = sections["1"].removeprefix("NAME OF THE MEDICINAL PRODUCT").strip()
    require_product(f"{title} {sections['2']}", substances)
    revised = re.search(r"\b(\d{2})/(\d{2})/(\d{4})\b", sections["10"])
    if not revised:
        raise LabelFileError(f"has no date (DD/MM/YYYY) in section 10, the revision of the text: expected {EXPECTED}")
    day, month, year = (int(part) for part in revised.groups())
    return Label(
        form="smpc",
        title=f"{title.split(' ')[0]} SmPC",
        set_id=" ".join(re.findall(r"\bPLGB \d+/\d+|\bEU/\d/\d+/\d+/\d+", sections.get("8", ""))[:1]),
        version="",
        date=date(year, month, day),
        sha256=digest(content),
        sections=sections,
    )


def _sections(text: str) -> dict[str, str]:
    """The text by section; a number at the start of a line is a heading where it is the next in turn."""
    starts: list[tuple[str, int, int]] = []
    turn = 0
    for match in re.finditer(r"^(\d{1,2}(?:\.\d)?)[ \t]*(?:\n[ \t]*)*(?=[A-Z])", text, re.MULTILINE):
        if match[1] in _ORDER[turn : turn + 6]:
            starts.append((match[1], match.start(), match.end()))
            turn = _ORDER.index(match[1]) + 1
    ends = [start for _, start, _ in starts[1:]] + [len(text)]
    return {number: one_line(text[begin:end]) for (number, _, begin), end in zip(starts, ends, strict=True)}
