"""Units of results: exact factors, and the amounts that are believed.

A unit is read by its parts. When it is none of its quantity, or unit and code name different units,
then the result is refused with its reason. A unit that may mean two things gives every amount that it may mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from cds_service.clinical.quantity import Interval
from cds_service.fhir.terminology.tables import TerminologyError, read_toml
from cds_service.fhir.terminology.unit_parts import Parts, equal_ratios, plain


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a result cannot be used, and the data-quality rule that says so; the words carry no value."""

    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in the canonical unit of its fact.

    `others` are what it is under other meanings of the unit; `doubt` says why the only one is not believed.
    """

    amount: Interval
    unit: str
    others: tuple[Interval, ...] = ()
    doubt: Refused | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What a spelling means: value * factor + offset is the canonical amount; or, with `refusal`, that it is refused.

    `others` are further factors that it may mean, `doubt` why one is not believed.
    """

    factor: Fraction
    offset: Fraction = Fraction(0)
    refusal: str = ""
    is_canonical: bool = False
    has_offset: bool = False
    others: tuple[Fraction, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class FactUnits:
    """The units of one fact, by spelling and by symbols, and the amounts that are believed.

    `is_count`: its units are taken apart as units of cells. An exact amount of single cells below `thousands_below`, or
    with a fraction below `fractions_below`, may be one of thousands. A share below `share_from` may be a count.
    """

    canonical: str
    exact: dict[str, Unit]
    by_key: dict[str, Unit]
    low: Fraction
    high: Fraction
    rule: str
    may_be_negative: bool
    is_count: bool = False
    thousands_below: Fraction = Fraction(0)
    fractions_below: Fraction = Fraction(0)
    share_from: Fraction = Fraction(0)


NO_UNIT: Final = Refused("unit missing", "GEN-UNIT")
UNKNOWN_UNIT: Final = Refused("unit not on the list of accepted units", "GEN-UNIT")
UNIT_CONFLICT: Final = Refused("unit and unit code name different units", "GEN-UNIT")
_IMPLAUSIBLE: Final = Refused("value implausible", "GEN-IMPLAUS")
_RED_CELLS: Final = "the unit is one of red cells"
_TOO_SMALL: Final = "the unit is implausible for a blood count"
# What a whole blood holds in a microlitre is counted in these: fewer is none, more are red cells.
_LARGEST_FACTOR: Final = Fraction(100_000)
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
    table = _FACTS[fact]
    others = found.others
    if found.is_canonical and amount.is_exact and _may_be_thousands(table, amount.value):
        others = tuple(dict.fromkeys((*others, Fraction(1000))))
    doubt = Refused(found.doubt, "GEN-UNIT") if found.doubt and not others else None
    if found.is_canonical:
        converted = amount
    elif amount.is_exact:
        value = amount.value * found.factor
        if found.has_offset:
            value += found.offset
        converted = Interval(value, value)
    else:
        converted = amount.scaled(found.factor, found.offset)
    return Converted(converted, table.canonical, tuple(amount.scaled(each) for each in others), doubt)


def _may_be_thousands(table: FactUnits, value: Fraction) -> bool:
    """Whether an amount of single cells is so small that its unit is in doubt; none at all is none."""
    return value > 0 and (value < table.thousands_below or (value < table.fractions_below and value.denominator != 1))


@lru_cache(maxsize=2048)
def unit_of(fact: str, unit: str, code: str) -> Unit | Refused:
    """What the unit and code of a result mean, or why they are refused."""
    table = _FACTS.get(fact)
    if table is None:
        return NO_TABLE
    if not unit.strip() and not code.strip():
        return NO_UNIT
    by_code, by_unit = _entry(table, code), _entry(table, unit)
    if by_code is not None and by_unit is not None and not _agree(by_code, by_unit):
        return UNIT_CONFLICT
    chosen = by_code if code.strip() else by_unit
    if chosen is None:
        return UNKNOWN_UNIT
    if chosen.refusal:
        return Refused(chosen.refusal, "GEN-CRCL" if fact == "creatinineClearance" else "GEN-IMPLAUS")
    return chosen


def _agree(by_code: Unit, by_unit: Unit) -> bool:
    """Whether code and unit mean the same; a unit that is in doubt is settled by a code that it may mean."""
    return by_code == by_unit or (bool(by_unit.doubt) and by_code.factor in (by_unit.factor, *by_unit.others))


def implausibility(fact: str, amount: Interval) -> Refused | None:
    """Why an amount (canonical unit) is not believed; None when at least a part of the interval can be believed."""
    table = _FACTS[fact]
    high, low = amount.high, amount.low
    too_low = high is not None and (high < table.low or (amount.high_open and high == table.low))
    too_high = low is not None and (low > table.high or (amount.low_open and low == table.high))
    return _IMPLAUSIBLE if too_low or too_high else None


def extremes(fact: str) -> tuple[Interval, Interval]:
    """The lowest and the highest amount (canonical unit) that are believed."""
    return Interval.of(_FACTS[fact].low), Interval.of(_FACTS[fact].high)


def possible_amounts(fact: str, amount: Interval, refused: Refused) -> tuple[Interval, ...]:
    """What an amount may be whose unit is refused, lowest first, where plausible.

    A count: single cells or thousands; under a unit of red cells millions as well, as it says. Any other quantity without a
    unit, with an unknown one or with two: in its canonical one, or where that is implausible in each that is accepted. Empty
    for a unit that is known not to be of it.
    """
    table = _FACTS[fact]
    if table.is_count:
        steps = [Fraction(1), Fraction(1000), *([Fraction(10**6)] if refused.reason == _RED_CELLS else [])]
        return _plausible(fact, [amount.scaled(step) for step in steps])
    if refused not in (NO_UNIT, UNKNOWN_UNIT, UNIT_CONFLICT):
        return ()
    units = {(unit.factor, unit.offset) for unit in table.exact.values() if not unit.refusal}
    return _plausible(fact, [amount]) or _plausible(fact, [amount.scaled(*unit) for unit in sorted(units)])


def _plausible(fact: str, amounts: Sequence[Interval]) -> tuple[Interval, ...]:
    return tuple(each for each in amounts if implausibility(fact, each) is None)


def is_small_share(fact: str, amount: Interval) -> bool:
    """Whether an exact amount of a share is so small that it may be a count."""
    return amount.is_exact and 0 < amount.value < _FACTS[fact].share_from


def is_count_unit(unit: str, code: str) -> bool:
    """Whether a unit is one of cells in a volume."""
    found = unit_of("anc", _short(unit), _short(code))
    return isinstance(found, Unit)


def canonical_unit(fact: str) -> str:
    """The unit in which the amounts of a fact are kept; "" for a fact that is no measured quantity."""
    table = _FACTS.get(fact)
    return table.canonical if table else ""


def is_quantity(fact: str) -> bool:
    """Whether the fact is measured, as opposed to found (a karyotype, a pregnancy test)."""
    return fact in _FACTS


def quantities() -> frozenset[str]:
    """The facts that are measured."""
    return frozenset(_FACTS)


def accepted_units(fact: str) -> tuple[str, ...]:
    """Spellings of the units that a quantity is accepted in; counts have others too, which are read by their parts."""
    return tuple(spelling for spelling, unit in _FACTS[fact].exact.items() if not unit.refusal)


def lowest(fact: str) -> Fraction | None:
    """The lowest amount that the quantity can have at all: 0, or None where it can be negative."""
    return None if _FACTS[fact].may_be_negative else Fraction(0)


def _short(text: str) -> str:
    """The text, or a mark that is no unit where it is longer than any unit: the cache holds no long texts."""
    return text if len(text) <= 64 else "?"


def _entry(table: FactUnits, text: str) -> Unit | None:
    spelling = plain(text)
    if not spelling:
        return None
    known = table.exact.get(spelling)
    if known is not None:
        return known
    if table.is_count:
        return _count_unit(text)
    key = _PARTS.key(text)
    return table.by_key.get(key) or table.by_key.get(key.replace("/", ""))


def _count_unit(text: str) -> Unit | None:
    """A unit of cells, by its parts; None where it has not the form of one."""
    meaning = _PARTS.count(text)
    if meaning is None:
        return None
    factors = tuple(f for f in meaning.factors if 1 <= f <= _LARGEST_FACTOR)
    if not factors or (len(factors) < len(meaning.factors) and meaning.factors[0] not in factors):
        return Unit(Fraction(0), refusal=_TOO_SMALL if meaning.factors[0] < 1 else _RED_CELLS)
    first, *others = factors
    return Unit(first, is_canonical=first == 1, others=tuple(others), doubt=meaning.doubt)


def _fraction(text: str) -> Fraction:
    above, _, below = text.partition("/")
    return Fraction(above) / Fraction(below) if below else Fraction(above)


def _units(quantity: dict[str, Any]) -> tuple[dict[str, Unit], dict[str, Unit]]:
    """The units of a quantity by spelling, and by their symbols; of one that is refused only the spelling counts."""
    exact: dict[str, Unit] = {}
    by_key: dict[str, Unit] = {}
    for spelling, meaning in (quantity["accepted"] | quantity.get("ours", {})).items():
        parts = meaning if isinstance(meaning, dict) else {"factor": meaning}
        factor, offset = _fraction(parts["factor"]), _fraction(parts.get("offset", "0"))
        unit = Unit(factor, offset, is_canonical=factor == 1 and offset == 0, has_offset=offset != 0)
        key = _PARTS.key(spelling)
        exact[plain(spelling)] = unit
        # Some systems lose the slash: mmoll.
        same = [each for ratio in (key, *equal_ratios(key)) for each in (ratio, ratio.replace("/", ""))]
        if unit.factor <= 0 or any(by_key.setdefault(each, unit) != unit for each in same):
            raise TerminologyError(f"units.toml: {spelling!r} of {quantity['name']} is wrong or means two things")
    for spelling, reason in quantity.get("rejected", {}).items():
        if plain(spelling) in exact:
            raise TerminologyError(f"units.toml: {spelling!r} of {quantity['name']} is both accepted and rejected")
        exact[plain(spelling)] = Unit(Fraction(0), Fraction(0), reason)
    return exact, by_key


_CONTENT: Final = read_toml("units.toml")
_PARTS: Final = Parts(_CONTENT["parts"], _CONTENT["count"])


def _load() -> dict[str, FactUnits]:
    facts: dict[str, FactUnits] = {}
    for quantity in _CONTENT["quantity"]:
        exact, by_key = _units(quantity)
        for fact, limits in quantity["facts"].items():
            low, high = (Fraction(text) for text in limits["plausible"])
            if fact in facts or low >= high:
                raise TerminologyError(f"units.toml: the limits of {fact} are wrong or stand twice")
            facts[fact] = FactUnits(
                quantity["canonical"],
                exact,
                by_key,
                low,
                high,
                limits["rule"],
                quantity.get("may_be_negative", False),
                quantity.get("by_parts", False),
                Fraction(limits.get("thousands_below", "0")),
                Fraction(limits.get("fractions_below", "0")),
                Fraction(limits.get("share_from", "0")),
            )
    return facts


_FACTS: Final[dict[str, FactUnits]] = _load()
