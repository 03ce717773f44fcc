"""Units of results: a closed table per quantity, exact factors, and the amounts that are believed.

When a unit or code is not in the table of its quantity, or unit and code name different units,
then the result is refused with its reason; nothing is rescaled and nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from cds_service.clinical.quantity import Interval
from cds_service.fhir.terminology.tables import TerminologyError, read_toml


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in the canonical unit of its fact."""

    amount: Interval
    unit: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a result cannot be used, and the data-quality rule that says so; the words carry no value."""

    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class Unit:
    """What a spelling means: value * factor + offset is the canonical amount; or, with `refusal`, that it is refused."""

    factor: Fraction
    offset: Fraction = Fraction(0)
    refusal: str = ""
    is_canonical: bool = False
    has_offset: bool = False


@dataclass(frozen=True, slots=True)
class FactUnits:
    """The units of one fact, by spelling and by spelling without case, and the amounts that are believed."""

    canonical: str
    exact: dict[str, Unit]
    folded: dict[str, Unit]
    low: Fraction
    high: Fraction
    rule: str
    may_be_negative: bool


NO_UNIT: Final = Refused("unit missing", "GEN-UNIT")
UNKNOWN_UNIT: Final = Refused("unit not on the list of accepted units", "GEN-UNIT")
UNIT_CONFLICT: Final = Refused("unit and unit code name different units", "GEN-UNIT")
_IMPLAUSIBLE: Final = Refused("value implausible", "GEN-IMPLAUS")
NO_TABLE: Final = Refused("no units are known for this fact", "GEN-UNIT")


def convert(fact: str, amount: Interval, unit: str, code: str) -> Converted | Refused:
    """The amount in the canonical unit of the fact.

    Args: `amount` in the unit as reported; `unit` the human-readable unit and `code` the coded one, "" where absent.
    `code` decides; `unit` is looked at where there is no code, and to see that both mean the same.
    Returns: the converted amount, or why it is refused.
    Source: knowledge GEN-UNIT, GEN-IMPLAUS, `tables.unit_conversion`.
    """
    found = unit_of(fact, _short(unit), _short(code))
    if isinstance(found, Refused):
        return found
    canonical = _FACTS[fact].canonical
    if found.is_canonical:
        return Converted(amount, canonical)
    if amount.is_exact:
        value = amount.value * found.factor
        if found.has_offset:
            value += found.offset
        return Converted(Interval(value, value), canonical)
    return Converted(amount.scaled(found.factor, found.offset), canonical)


@lru_cache(maxsize=2048)
def unit_of(fact: str, unit: str, code: str) -> Unit | Refused:
    """What the unit and code of a result mean, or why they are refused."""
    table = _FACTS.get(fact)
    if table is None:
        return NO_TABLE
    if not unit.strip() and not code.strip():
        return NO_UNIT
    by_code, by_unit = _entry(table, code), _entry(table, unit)
    if by_code is not None and by_unit is not None and by_code != by_unit:
        return UNIT_CONFLICT
    chosen = by_code if code.strip() else by_unit
    if chosen is None:
        return UNKNOWN_UNIT
    if chosen.refusal:
        return Refused(chosen.refusal, "GEN-CRCL" if fact == "creatinineClearance" else "GEN-IMPLAUS")
    return chosen


def implausibility(fact: str, amount: Interval) -> Refused | None:
    """Why an amount (canonical unit) is not believed; None when at least a part of the interval can be believed."""
    table = _FACTS[fact]
    high, low = amount.high, amount.low
    too_low = high is not None and (high < table.low or (amount.high_open and high == table.low))
    too_high = low is not None and (low > table.high or (amount.low_open and low == table.high))
    return _IMPLAUSIBLE if too_low or too_high else None


def canonical_unit(fact: str) -> str:
    """The unit in which the amounts of a fact are kept; "" for a fact that is no measured quantity."""
    table = _FACTS.get(fact)
    return table.canonical if table else ""


def is_quantity(fact: str) -> bool:
    """Whether the fact is measured, as opposed to found (a karyotype, a pregnancy test)."""
    return fact in _FACTS


def lowest(fact: str) -> Fraction | None:
    """The lowest amount that the quantity can have at all: 0, or None where it can be negative."""
    return None if _FACTS[fact].may_be_negative else Fraction(0)


def spelled(text: str) -> str:
    """A unit in the spelling of the table: trimmed, micro sign as u, ^ as *, a leading x before 10 dropped."""
    plain = text.strip().replace("µ", "u").replace("μ", "u").replace("^", "*")
    return plain[1:] if plain[:3] in ("x10", "X10") else plain


def _short(text: str) -> str:
    """The text, or a mark that is no unit where it is longer than any unit: the cache holds no long texts."""
    return text if len(text) <= 64 else "?"


def _entry(table: FactUnits, text: str) -> Unit | None:
    plain = spelled(text)
    if not plain:
        return None
    return table.exact.get(plain) or table.folded.get(plain.casefold())


def _fraction(text: str) -> Fraction:
    above, _, below = text.partition("/")
    return Fraction(above) / Fraction(below) if below else Fraction(above)


def _units(quantity: dict[str, Any]) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for spelling, meaning in (quantity["accepted"] | quantity.get("ours", {})).items():
        parts = meaning if isinstance(meaning, dict) else {"factor": meaning}
        factor, offset = _fraction(parts["factor"]), _fraction(parts.get("offset", "0"))
        unit = Unit(factor, offset, is_canonical=factor == 1 and offset == 0, has_offset=offset != 0)
        if unit.factor <= 0 or spelled(spelling) in found:
            raise TerminologyError(f"units.toml: {spelling!r} of {quantity['name']} is wrong or stands twice")
        found[spelled(spelling)] = unit
    for spelling, reason in quantity.get("rejected", {}).items():
        if spelled(spelling) in found:
            raise TerminologyError(f"units.toml: {spelling!r} of {quantity['name']} is both accepted and rejected")
        found[spelled(spelling)] = Unit(Fraction(0), Fraction(0), reason)
    return found


def _folded(units: dict[str, Unit]) -> dict[str, Unit]:
    """The spellings without case, where that leaves one meaning."""
    meanings: dict[str, set[Unit]] = {}
    for spelling, unit in units.items():
        meanings.setdefault(spelling.casefold(), set()).add(unit)
    return {spelling: next(iter(found)) for spelling, found in meanings.items() if len(found) == 1}


def _load() -> dict[str, FactUnits]:
    facts: dict[str, FactUnits] = {}
    for quantity in read_toml("units.toml")["quantity"]:
        units = _units(quantity)
        for fact, limits in quantity["facts"].items():
            low, high = (Fraction(text) for text in limits["plausible"])
            if fact in facts or low >= high:
                raise TerminologyError(f"units.toml: the limits of {fact} are wrong or stand twice")
            facts[fact] = FactUnits(
                quantity["canonical"],
                units,
                _folded(units),
                low,
                high,
                limits["rule"],
                quantity.get("may_be_negative", False),
            )
    return facts


_FACTS: Final[dict[str, FactUnits]] = _load()
