"""US labels: Structured Product Labeling, as DailyMed ships it (XML) and as openFDA publishes it (JSON)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

from cds_service.labels.label import (
    BOXED_WARNING,
    Label,
    LabelFileError,
    digest,
    one_line,
    require_product,
    require_sections,
    subsections,
)

EXPECTED = "US prescribing information (openFDA JSON or SPL XML)"
# Sections that every US label in the present format has, the last one among them.
_REQUIRED = ("1", "2", "4", "5", "17")
_NAMESPACE = "{urn:hl7-org:v3}"
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})?)\.? +\S")


def read_openfda(content: bytes, substances: Iterable[str]) -> Label:
    """The label in an answer of openFDA's drug label endpoint: an object with one result.

    Args: the file's bytes; the drug's names, one of which the product must bear.
    Raises: LabelFileError for anything else.
    """
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise LabelFileError(f"is no whole JSON ({error}): expected {EXPECTED}") from error
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != 1 or not isinstance(results[0], dict):
        raise LabelFileError(
            "is JSON without exactly one label under 'results': expected openFDA's answer for one label"
        )
    result: Mapping[str, Any] = results[0]
    title = _product(result)
    require_product(title, substances)
    if not isinstance(result.get("set_id"), str) or not result["set_id"]:
        raise LabelFileError(f"has no set id, by which a label is known: expected {EXPECTED}")
    sections: dict[str, str] = {}
    for name, value in result.items():
        if not isinstance(value, list) or name.endswith("_table"):
            continue
        text = one_line(" ".join(str(part) for part in value))
        numbered = re.match(r"(\d{1,2}) [A-Z]", text)
        if name == "boxed_warning":
            sections[BOXED_WARNING] = text
        elif numbered:
            sections |= subsections(numbered[1], text)
    require_sections(sections, _REQUIRED, EXPECTED)
    return Label(
        form="spl",
        title=f"{title} US prescribing information",
        set_id=str(result.get("set_id", "")),
        version=str(result.get("version", "")),
        date=_day(str(result.get("effective_time", ""))),
        sha256=digest(content),
        sections=sections,
    )


def read_spl_xml(content: bytes, substances: Iterable[str]) -> Label:
    """The label in an SPL document (HL7 v3 XML).

    Args: the file's bytes; the drug's names, one of which the product must bear.
    Raises: LabelFileError for anything else, and for a document type declaration (SPL has none; entities could be bombs).
    """
    # In UTF-16 a zero stands beside each letter.
    letters = content.replace(b"\0", b"")
    if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
        raise LabelFileError(f"has a document type declaration, which no SPL has: expected {EXPECTED}")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - declarations, and with them entities, were refused above
    except ElementTree.ParseError as error:
        raise LabelFileError(f"is no whole XML ({error}): expected {EXPECTED}") from error
    if root.tag != f"{_NAMESPACE}document":
        raise LabelFileError(f"is XML of <{root.tag.rpartition('}')[2]}>, not an SPL <document>: expected {EXPECTED}")
    names = (e.text or "" for e in root.iter(f"{_NAMESPACE}name"))
    title = next((n.strip() for n in names if any(s.casefold() in n.casefold() for s in substances)), "")
    require_product(title or one_line(_text(root.find(f"{_NAMESPACE}title"))), substances)
    sections: dict[str, str] = {}
    for section in root.iter(f"{_NAMESPACE}section"):
        heading = one_line(_text(section.find(f"{_NAMESPACE}title")))
        numbered = _NUMBERED.match(heading)
        text = one_line(_text(section.find(f"{_NAMESPACE}text")))
        if heading.startswith("WARNING"):
            sections[BOXED_WARNING] = f"{heading} {text}".strip()
        elif numbered:
            unnumbered = " ".join(_unnumbered(section))
            sections.setdefault(
                numbered[1], f"{heading[numbered.end(1) :].strip()} {text} {one_line(unnumbered)}".strip()
            )
    require_sections(sections, _REQUIRED, EXPECTED)
    version = root.find(f"{_NAMESPACE}versionNumber")
    set_id = root.find(f"{_NAMESPACE}setId")
    effective = root.find(f"{_NAMESPACE}effectiveTime")
    return Label(
        form="spl",
        title=f"{title} US prescribing information",
        set_id=(set_id.get("root") or "") if set_id is not None else "",
        version=(version.get("value") or "") if version is not None else "",
        date=_day((effective.get("value") or "") if effective is not None else ""),
        sha256=digest(content),
        sections=sections,
    )


def _unnumbered(section: ElementTree.Element) -> Iterable[str]:
    """The text of the parts of a section that have no number of their own: their words belong to the section."""
    for child in section.findall(f"{_NAMESPACE}component/{_NAMESPACE}section"):
        heading = one_line(_text(child.find(f"{_NAMESPACE}title")))
        if not _NUMBERED.match(heading):
            yield f"{heading} {_text(child.find(f'{_NAMESPACE}text'))}"
            yield from _unnumbered(child)


def _text(element: ElementTree.Element | None) -> str:
    """All words below an element; the ends of paragraphs, cells, items and captions part words."""
    if element is None:
        return ""
    return _in_order(element)


_BLOCKS = frozenset({"paragraph", "td", "th", "tr", "item", "caption", "list", "table", "br", "title"})


def _in_order(element: ElementTree.Element) -> str:
    gap = " " if element.tag.rpartition("}")[2] in _BLOCKS else ""
    inner = "".join([element.text or "", *(f"{_in_order(child)}{child.tail or ''}" for child in element)])
    return f"{gap}{inner}{gap}"


def _product(result: Mapping[str, Any]) -> str:
    """The product's name: brand and substance as openFDA harmonised them, else the head of the product data."""
    names = result.get("openfda") if isinstance(result.get("openfda"), dict) else {}
    assert isinstance(names, dict)
    found = [
        str(value[0]) for key in ("brand_name", "generic_name") if isinstance(value := names.get(key), list) and value
    ]
    if found:
        return f"{found[0]} ({', '.join(found[1:]).lower()})" if len(found) > 1 else found[0]
    data = result.get("spl_product_data_elements")
    return " ".join(str(data[0]).split()[:2]) if isinstance(data, list) and data else ""


def _day(value: str) -> date:
    try:
        return datetime.strptime(value[:8], "%Y%m%d").date()
    except ValueError as error:
        raise LabelFileError(f"has no date of its revision (effective time {value!r}): expected {EXPECTED}") from error
