"""Terminology, units and products: every code has its state of verification and a right check digit, every factor is exact,
nothing stands twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from cds_service.commands.checks import Doubt
from cds_service.drugs.folder import member_faults
from cds_service.fhir.check_digits import is_loinc, is_snomed

STATES = ("V-repo", "V-VSAC", "V-look", "V-earlier", "MEM", "inputs", "rulings")
_MEMBERS = ("code", "display", "status")
_TEST_MEMBERS = ("name", "order", "words", "facts")
_WITH_CHECK_DIGIT = {"loinc": is_loinc, "snomed": is_snomed}


def code_doubts(name: str, content: Mapping[str, Any], systems: Sequence[str]) -> Iterator[Doubt]:
    """Doubts about one file of codes.

    Args: the file's name, its parsed content ([[group]] with systems and codes), the names of the systems there are.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for group in content.get("group", ()):
        for system in group["systems"]:
            if system not in systems:
                yield Doubt(name, f"code system {system!r} is not in systems.toml")
            for row in group["codes"]:
                seen[(system, str(row.get("code")))] += 1
                yield from _digit_doubts(name, system, str(row.get("code")))
        for row in group["codes"]:
            where = f"{name}: {row.get('code', '?')}"
            lacking = [m for m in _MEMBERS if not str(row.get(m, "")).strip()]
            if lacking or not row.get("concepts"):
                yield Doubt(where, "lacks " + ", ".join([*lacking, *([] if row.get("concepts") else ["concepts"])]))
            elif row["status"] not in STATES:
                yield Doubt(where, f"status {row['status']!r} is not one of {', '.join(STATES)}")
    yield from (
        Doubt(f"{name}: {code}", f"stands {n} times in {system}") for (system, code), n in seen.items() if n > 1
    )


def _digit_doubts(name: str, system: str, code: str) -> Iterator[Doubt]:
    is_right = _WITH_CHECK_DIGIT.get(system)
    if is_right is not None and not is_right(code):
        yield Doubt(f"{name}: {code}", f"no code of {system}: its form or its check digit is wrong")


def test_doubts(name: str, tests: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> Iterator[Doubt]:
    """Doubts about the tests that can be ordered: an order that does not tell the test's own facts would not be known again.

    Args: the file's name, its [[test]] tables, the rows of codes of all files.
    """
    for test in tests:
        where = f"{name}: {test.get('name', '?')}"
        lacking = [member for member in _TEST_MEMBERS if not test.get(member)]
        if lacking:
            yield Doubt(where, "lacks " + ", ".join(lacking))
        elif not any(row.get("code") == test["order"] and {*test["facts"]} <= {*row["concepts"]} for row in rows):
            yield Doubt(where, f"no code {test['order']} of the files tells {', '.join(test['facts'])}")
    counted = Counter(test.get("name") for test in tests)
    yield from (Doubt(f"{name}: {test}", f"stands {n} times") for test, n in counted.items() if n > 1)


def unit_doubts(name: str, content: Mapping[str, Any]) -> Iterator[Doubt]:
    """Doubts about the table of units: factors that are not exact text, limits that hold nothing, a canonical unit of another size."""
    for quantity in content.get("quantity", ()):
        where = f"{name}: {quantity['name']}"
        accepted = {**quantity["accepted"], **quantity.get("ours", {})}
        for spelling, meaning in accepted.items():
            parts = meaning if isinstance(meaning, Mapping) else {"factor": meaning}
            factor, offset = _exact(parts.get("factor")), _exact(parts.get("offset", "0"))
            if factor is None or offset is None or factor <= 0:
                yield Doubt(f"{where}: {spelling}", "factor and offset must be exact numbers written as text")
            elif spelling == quantity["canonical"] and (factor != 1 or offset != 0):
                yield Doubt(f"{where}: {spelling}", "the canonical unit has another size than 1")
            if spelling in quantity.get("rejected", {}):
                yield Doubt(f"{where}: {spelling}", "both accepted and rejected")
        for fact, limits in quantity["facts"].items():
            bounds = [_exact(text) for text in limits["plausible"]]
            low, high = bounds if len(bounds) == 2 else (None, None)
            if low is None or high is None or low >= high:
                yield Doubt(f"{where}: {fact}", "plausible must be two exact numbers, the lower one first")


def product_doubts(name: str, content: Mapping[str, Any]) -> Iterator[Doubt]:
    """Doubts about a drug.toml: a member that lacks, a code under two products, a strength that no capsule has, a code without a
    state."""
    if faults := member_faults(content):
        yield from (Doubt(name, fault) for fault in faults)
        return
    if not content.get("product"):
        words = "no [[product]]: an order by code alone is not recognised; add one with system, codes, strength_mg and status"
        yield Doubt(name, words)
    strengths = [Decimal(s) for s in content["strengths_mg"]]
    if strengths != sorted(set(strengths)) or not strengths or strengths[0] <= 0:
        yield Doubt(name, "strengths_mg must be above zero, ascending and without repetition")
    seen: Counter[tuple[str, str]] = Counter()
    for product in content.get("product", ()):
        codes = ", ".join(product["codes"])
        if product.get("status") not in STATES:
            yield Doubt(f"{name}: {codes}", f"status {product.get('status')!r} is not one of {', '.join(STATES)}")
        if "strength_mg" in product and Decimal(product["strength_mg"]) not in strengths:
            yield Doubt(f"{name}: {codes}", "a strength that is not in strengths_mg")
        for code in product["codes"]:
            seen[(product["system"], code)] += 1
            yield from _digit_doubts(name, product["system"], code)
    yield from (
        Doubt(f"{name}: {code}", f"stands {n} times in {system}") for (system, code), n in seen.items() if n > 1
    )


def _exact(text: object) -> Fraction | None:
    """The exact number that a text is; None for a number that TOML would read as binary floating point, or no number."""
    if not isinstance(text, str):
        return None
    above, _, below = text.partition("/")
    try:
        found = Fraction(Decimal(above)) / (Fraction(Decimal(below)) if below else 1)
    except (InvalidOperation, ValueError, OverflowError, ZeroDivisionError):
        return None
    return found
