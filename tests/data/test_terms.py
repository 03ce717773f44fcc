"""Are terms as people write them, in many languages and code systems, read as what they mean, and look-alikes as nothing?

Each term is read by the reader of its resource. What is read as its concept, or asked about, counts; the shares are printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.terms import UNITS, told

DATA = Path(__file__).parent
SETS = ("terms.yaml", "terms_reserve.yaml")
MORE = ("more_terms.yaml", "terms_of_charts.yaml")
# Systems of which no list is whole, or whose codes are licensed: a code of theirs needs a word.
WORDLESS = ("http://hl7.org/fhir/sid/ndc", "http://www.ama-assn.org/go/cpt")
MOST_SILENT = 0.03


@cache
def _read(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@cache
def _names() -> dict[str, frozenset[str]]:
    return {name: frozenset(ours) for kind in _read("concepts_of_terms.yaml").values() for name, ours in kind.items()}


def _outcome(term: Mapping[str, Any]) -> str:
    """What becomes of a term: "read", "asked", "silent", "another", or of a look-alike "read", "asked", "apart"."""
    code, fact = UNITS[term["text"]] if term["kind"] == "unit" else ("", "")
    wanted = frozenset({fact}) if fact else _names()[term["concept"]]
    result = told(term, code)
    if wanted & result.read:
        return "read"
    if result.asked & (wanted | {"untold"}) or ("transfusion" in result.asked and "transfusion" in term["concept"]):
        return "asked"
    if term["expected"].startswith("not"):
        return "apart"
    return "another" if result.read or result.asked else "silent"


@pytest.mark.parametrize("collected", SETS)
def test_a_collected_term_is_read_or_asked_about_and_none_is_read_as_another_one(collected: str) -> None:
    terms = [term for term in _read(collected) if not term["expected"].startswith("not")]
    found = {term["id"]: _outcome(term) for term in terms}
    tally = Counter(found.values())
    print(f"terms: {dict(tally)} of {len(terms)}, silent {tally['silent'] / len(terms):.1%}")
    assert [] == [name for name, outcome in found.items() if outcome == "another"]
    silent = [name for name, outcome in found.items() if outcome == "silent"]
    assert len(silent) <= MOST_SILENT * len(terms), silent


@pytest.mark.parametrize("collected", SETS)
def test_a_look_alike_is_not_read_and_but_for_a_wrong_unit_not_asked_about(collected: str) -> None:
    terms = [term for term in _read(collected) if term["expected"].startswith("not")]
    found = {term["id"]: _outcome(term) for term in terms}
    print(f"look-alikes: {dict(Counter(found.values()))} of {len(terms)}")
    assert [] == [name for name, outcome in found.items() if outcome == "read"]
    kinds = {term["id"]: term["kind"] for term in terms}
    assert [] == [name for name, outcome in found.items() if outcome == "asked" and kinds[name] != "unit"]


def _more(member: str, names: tuple[str, ...] = MORE) -> Iterator[dict[str, Any]]:
    for resource, concepts in (each for name in names for each in _read(name).items()):
        for concept, said in concepts.items():
            for text in said.get(member, ()):
                term = {"resource": resource, "concept": concept, "text": text, "kind": "", "expected": ""}
                yield term | ({"value": "5"} if resource == "Observation" else {})


@pytest.mark.parametrize("concept", sorted({term["concept"] for term in _more("says")}))
def test_a_term_of_any_language_says_it(concept: str) -> None:
    assert [] == [t["text"] for t in _more("says") if t["concept"] == concept and _outcome(t) not in ("read", "asked")]


@pytest.mark.parametrize("concept", sorted({term["concept"] for term in _more("not")}))
def test_a_look_alike_of_any_language_does_not(concept: str) -> None:
    assert [] == [t["text"] for t in _more("not") if t["concept"] == concept and _outcome(t) in ("read", "asked")]


def test_there_are_as_many_look_alikes_as_terms() -> None:
    by_hand = MORE[:1]
    assert len([*_more("not", by_hand)]) >= len([*_more("says", by_hand)])


@pytest.mark.parametrize(("system", "code", "display", "resource", "concept"), _read("more_codes.yaml"))
def test_a_code_is_its_concept_with_its_display_and_alone(
    system: str, code: str, display: str, resource: str, concept: str
) -> None:
    wanted = ("apart",) if concept.startswith("not:") else ("read", "asked")
    for text in (display, "") if system not in WORDLESS else (display,):
        term = {"resource": resource, "concept": concept.removeprefix("not:"), "text": text, "kind": "", "value": "5"}
        assert _outcome(term | {"system": system, "code": code, "expected": concept[:3]}) in wanted
