"""Loading of the packaged terminology files; a row that cannot be right stops the start instead of reading wrong data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cds_service.fhir.terminology.folding import folded, folded_pattern, typed

_FOLDER: Final = Path(__file__).parent
FILES: Final = (
    *("loinc.toml", "laboratory.toml", "snomed.toml", "icd10.toml", "icd10pcs.toml", "medications.toml", "genes.toml"),
)
_HIERARCHIES: Final = frozenset({"", "atc", "icd", "icd9", "icdo"})
# A prefix that stands for many: O09-O48, I80.1-I80.3, P9031-P9037.
_RANGE: Final = re.compile(r"(?P<stem>[A-Z0-9.]*?)(?P<first>[0-9]+)-(?P=stem)(?P<last>[0-9]+)")


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
class Family:
    """Codes of one shape and what all of them stand for; `beside` are prefixes in it that are none of it.

    `removes` are concepts that a finer family takes away (a trimester's code that says childbirth).
    """

    concepts: frozenset[str]
    beside: tuple[str, ...]
    removes: frozenset[str]


@dataclass(frozen=True, slots=True)
class LaboratoryTest:
    """A test that can be ordered: its name in the rules, the code it is ordered by, its words, the facts it tells."""

    name: str
    order: CodeRow
    words: str
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finer:
    """The diagnosis that another one is a kind of ("" for any), and the words for what makes the other one finer."""

    words: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, ready for look-up. `concepts` is keyed by (system URL, code); `by_level` by codes without their dot.

    `panels` are the facts that a panel's results tell, by (system URL, code); `finer` says what a
    diagnosis is a kind of, `staged` the diagnosis whose stages name a risk group, `implied` what the words of one say with it.
    `shapes` are the forms of codes that no other system has, by which they are known under any name of their system; `holds`
    the letters behind which a system has the codes of another one; `names_beside` are those of drugs that are no concept.
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
    implied: dict[str, list[str]]
    families: dict[tuple[str, str], list[Family]] = field(default_factory=dict)
    patterns: dict[str, list[tuple[re.Pattern[str], Family]]] = field(default_factory=dict)
    system_names: tuple[tuple[re.Pattern[str], str], ...] = ()
    concept_words: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    other_forms: dict[str, list[str]] = field(default_factory=dict)
    regimens: dict[str, list[str]] = field(default_factory=dict)
    shapes: tuple[tuple[re.Pattern[str], str], ...] = ()
    holds: dict[str, tuple[str, str]] = field(default_factory=dict)
    names_beside: tuple[str, ...] = ()


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
    families, patterns = _families(urls, hierarchies, flat)
    _add_sets(urls, flat)
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
        {folded(said): meant for said, meant in _turned(words["results"], "loinc.toml").items()},
        words["words"],
        read_toml("units.toml")["printed"],
        _index(panels, {})[0],
        {test["name"]: _test(test, (*rows, *panels)) for test in ordered["test"]},
        {finer: Finer(**row) for finer, row in diagnoses["finer"].items()},
        diagnoses["staged"],
        diagnoses["implied"],
        families,
        patterns,
        tuple((re.compile(s["pattern"]), s["url"]) for s in _most_special_first(systems)),
        _concept_words(),
        {drug: [*map(folded_pattern, forms)] for drug, forms in medications["other_forms"].items()},
        medications["regimens"],
        tuple((re.compile(s["shape"]), s["url"]) for s in systems if s.get("shape")),
        {s["url"]: (s["holds"]["behind"], urls[s["holds"]["system"]]) for s in systems if s.get("holds")},
        tuple(name for names in medications["beside"].values() for name in names),
    )


def _concept_words() -> dict[str, dict[str, tuple[str, ...]]]:
    """The patterns of all languages by kind and concept."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted((_FOLDER / "words").glob("*.toml")):
        for kind, concepts in read_toml(f"words/{path.name}").items():
            of_kind = found.setdefault(kind, {})
            for concept, patterns in concepts.items():
                of_kind[concept] = (*of_kind.get(concept, ()), *map(folded_pattern, patterns))
    return found


def _most_special_first(systems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The systems that are known by a pattern, those whose pattern says more before those whose says less."""
    return sorted((s for s in systems if s.get("pattern")), key=lambda s: -len(s["pattern"]))


def level(hierarchy: str, code: str) -> str:
    """A code as its family knows it: upper case without separators.

    The procedures of ICD-9 (two digits before the point) stand apart from its diagnoses; of a morphology only its four digits count.
    """
    plain = code.strip().upper()
    if hierarchy == "icdo":
        return plain.removeprefix("M").lstrip("- ")[:4]
    key = plain.replace(".", "").replace("-", "").replace(" ", "")
    return "P" + key if hierarchy == "icd9" and plain[2:3] == "." else key


def _families(
    urls: dict[str, str], hierarchies: dict[str, str], flat: dict[tuple[str, str], frozenset[str]]
) -> tuple[dict[tuple[str, str], list[Family]], dict[str, list[tuple[re.Pattern[str], Family]]]]:
    """The families by prefix, and by pattern; codes that stand alone go to the flat ones."""
    by_prefix: dict[tuple[str, str], list[Family]] = {}
    by_pattern: dict[str, list[tuple[re.Pattern[str], Family]]] = {}
    for row in read_toml("families.toml")["family"]:
        for system in row["systems"]:
            url = urls[system]
            kind = hierarchies.get(url, "")
            beside = tuple(level(kind, each) for each in _spread(row.get("except", ())))
            family = Family(frozenset(row["concepts"]), beside, frozenset(row.get("removes", ())))
            for prefix in _spread(row.get("prefixes", ())):
                by_prefix.setdefault((url, level(kind, prefix)), []).append(family)
            for pattern in row.get("patterns", ()):
                by_pattern.setdefault(url, []).append((re.compile(pattern), family))
            for code in row.get("codes", ()):
                flat[(url, code)] = flat.get((url, code), frozenset()) | family.concepts
    return by_prefix, by_pattern


def _spread(prefixes: Iterable[str]) -> Iterator[str]:
    """The prefixes, each range as its members. Raises: TerminologyError for a range that runs backwards."""
    for prefix in prefixes:
        found = _RANGE.fullmatch(prefix)
        # 5-682 is no range but a code of its own.
        if found is None or len(found["first"]) != len(found["last"]):
            yield prefix
            continue
        first, last = int(found["first"]), int(found["last"])
        if first > last:
            raise TerminologyError(f"families.toml: {prefix} is no range")
        width = len(found["first"])
        yield from (f"{found['stem']}{number:0{width}d}" for number in range(first, last + 1))


def _add_sets(urls: dict[str, str], flat: dict[tuple[str, str], frozenset[str]]) -> None:
    """Add the listed codes of the value sets; a code may stand in several, and beside its own row."""
    for path in sorted((_FOLDER / "valuesets").glob("*.toml")):
        for row in read_toml(f"valuesets/{path.name}")["set"]:
            concepts = frozenset(row["concepts"])
            for code in row["codes"]:
                key = (urls[row["system"]], code)
                flat[key] = flat[key] | concepts if key in flat else concepts


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
        key = (row.system, level(hierarchies[row.system], row.code) if has_levels else row.code)
        if key in target:
            raise TerminologyError(f"code {row.code} of {row.system} stands twice")
        target[key] = frozenset(row.concepts)
    return flat, by_level


def _aliases(systems: list[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for system in systems:
        url = system["url"]
        for spelling in (url, *system["aliases"], *system.get("called", ())):
            if found.setdefault(system_key(spelling), url) != url:
                raise TerminologyError(f"systems.toml: {spelling} stands for two systems")
    return found


def system_key(spelling: str) -> str:
    """A spelling of a code system without what does not count: case, protocol, www, urn:oid:, a version, a last slash."""
    key = typed(spelling).casefold().partition("|")[0].removeprefix("urn:oid:")
    key = key.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    return key if "." in key or "/" in key or ":" in key else re.sub(r"[^a-z0-9+]", "", key)


def _turned(lists: dict[str, list[str]], name: str) -> dict[str, str]:
    """Word → what it stands for; the file has them the other way round."""
    found: dict[str, str] = {}
    for meaning, words in lists.items():
        for word in words:
            if found.setdefault(word.casefold(), meaning) != meaning:
                raise TerminologyError(f"{name}: {word!r} stands for two things")
    return found
