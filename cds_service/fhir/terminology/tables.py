"""Loading of the packaged terminology files; a row that cannot be right stops the start instead of reading wrong data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent
FILES: Final = ("loinc.toml", "snomed.toml", "icd10.toml", "icd10pcs.toml", "medications.toml", "genes.toml")
_HIERARCHIES: Final = frozenset({"", "atc", "icd"})


class TerminologyError(ValueError):
    """A packaged terminology file that is wrong in itself."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of one system: what it stands for and where it was verified (`status`; "MEM": from memory)."""

    system: str
    code: str
    display: str
    concepts: tuple[str, ...]
    status: str
    reason: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class LaboratoryTest:
    """A test that can be ordered: its name in the rules, the code it is ordered by, its words, the facts it tells."""

    name: str
    order: CodeRow
    words: str
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finer:
    """The diagnosis that another one is a kind of, and the words for what makes the other one finer."""

    of: str
    words: str


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, ready for look-up. `concepts` is keyed by (system URL, code); `by_level` by codes without their dot.

    `panels` are the facts that a panel's results tell, by (system URL, code); `finer` says what a
    diagnosis is a kind of, `staged` the diagnosis whose stages name a risk group.
    """

    rows: tuple[CodeRow, ...]
    urls: dict[str, str]
    aliases: dict[str, str]
    with_editions: tuple[str, ...]
    hierarchies: dict[str, str]
    concepts: dict[tuple[str, str], frozenset[str]]
    by_level: dict[tuple[str, str], frozenset[str]]
    medication_names: dict[str, str]
    medication_classes: dict[str, tuple[str, ...]]
    fact_names: dict[str, str]
    fact_texts: dict[str, str]
    result_words: dict[str, str]
    fact_words: dict[str, str]
    printed_units: dict[str, str]
    panels: dict[tuple[str, str], frozenset[str]]
    tests: dict[str, LaboratoryTest]
    finer: dict[str, Finer]
    staged: dict[str, str]


def read_toml(name: str) -> dict[str, Any]:
    """The content of a packaged file; numbers are written as strings there, so that they stay exact.

    Raises: TerminologyError when the file is not TOML.
    """
    try:
        return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise TerminologyError(f"{name} is not TOML: {error}") from None


def load_tables() -> Tables:
    """All codes, systems and words. Raises: TerminologyError when a file is wrong in itself."""
    systems = read_toml("systems.toml")["system"]
    urls = {s["name"]: s["url"] for s in systems}
    hierarchies = {s["url"]: s.get("hierarchy", "") for s in systems if s.get("hierarchy")}
    if not set(hierarchies.values()) <= _HIERARCHIES:
        raise TerminologyError("systems.toml: unknown kind of hierarchy")
    files = {name: read_toml(name) for name in FILES}
    rows = tuple(row for name, content in files.items() for row in _rows(name, content, urls))
    words = files["loinc.toml"]
    medications = files["medications.toml"]
    ordered, diagnoses = read_toml("tests.toml"), read_toml("diagnoses.toml")
    panels = tuple(_rows("tests.toml", ordered, urls))
    flat, by_level = _index(rows, hierarchies)
    return Tables(
        rows,
        urls,
        _aliases(systems),
        tuple(s["url"] for s in systems if s.get("editions")),
        hierarchies,
        flat,
        by_level,
        _turned(medications["names"], "medications.toml"),
        {drug: tuple(classes) for drug, classes in medications["classes"].items()},
        _turned(words["names"], "loinc.toml"),
        _turned(words["texts"], "loinc.toml"),
        _turned(words["results"], "loinc.toml"),
        words["words"],
        read_toml("units.toml")["printed"],
        _index(panels, {})[0],
        {test["name"]: _test(test, (*rows, *panels)) for test in ordered["test"]},
        {finer: Finer(**row) for finer, row in diagnoses["finer"].items()},
        diagnoses["staged"],
    )


def _test(test: dict[str, Any], rows: tuple[CodeRow, ...]) -> LaboratoryTest:
    """One test; its own order has to tell its facts, so that it is known again when it comes back."""
    facts = frozenset(test["facts"])
    order = next((row for row in rows if row.code == test["order"] and facts <= {*row.concepts}), None)
    if order is None or not facts:
        raise TerminologyError(f"tests.toml: no code {test['order']!r} tells the facts of {test['name']}")
    return LaboratoryTest(test["name"], order, test["words"], facts)


def _rows(name: str, content: dict[str, Any], urls: dict[str, str]) -> Iterator[CodeRow]:
    for group in content["group"]:
        for system in group["systems"]:
            for row in group["codes"]:
                if not (row["code"] and row["display"] and row["concepts"] and row["status"]):
                    raise TerminologyError(f"{name}: a row of code {row['code']!r} lacks a member")
                yield CodeRow(urls[system], **{**row, "concepts": tuple(row["concepts"])})


def _index(
    rows: tuple[CodeRow, ...], hierarchies: dict[str, str]
) -> tuple[dict[tuple[str, str], frozenset[str]], dict[tuple[str, str], frozenset[str]]]:
    """The codes without hierarchy, and those with one by their characters without the dot."""
    flat: dict[tuple[str, str], frozenset[str]] = {}
    by_level: dict[tuple[str, str], frozenset[str]] = {}
    for row in rows:
        has_levels = row.system in hierarchies
        target = by_level if has_levels else flat
        key = (row.system, row.code.replace(".", "") if has_levels else row.code)
        if key in target:
            raise TerminologyError(f"code {row.code} of {row.system} stands twice")
        target[key] = frozenset(row.concepts)
    return flat, by_level


def _aliases(systems: list[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for system in systems:
        url = system["url"]
        for spelling in (url, *system["aliases"]):
            for form in {spelling, spelling.lower(), spelling.replace("https://", "http://")}:
                if found.setdefault(form, url) != url:
                    raise TerminologyError(f"systems.toml: {spelling} stands for two systems")
    return found


def _turned(lists: dict[str, list[str]], name: str) -> dict[str, str]:
    """Word → what it stands for; the file has them the other way round."""
    found: dict[str, str] = {}
    for meaning, words in lists.items():
        for word in words:
            if found.setdefault(word.casefold(), meaning) != meaning:
                raise TerminologyError(f"{name}: {word!r} stands for two things")
    return found
