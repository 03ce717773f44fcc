"""The absolute neutrophil count where the laboratory reports its parts instead.

When no count of neutrophils is reported for a draw, then it is leukocytes × total neutrophil %, or segmented + band
counts, or leukocytes × (segmented % + band %), in this order, from one and the same specimen.
Where both are there for one draw and contradict each other, the worked-out count stands beside the reported one.
Leukocytes alone, where they are few, say that the neutrophils are no more.
Bands are never added to a total %, and segmented neutrophils alone are no count of neutrophils: they are asked about.
Source: terminology "Neutrophil %", knowledge GEN-SPECIMEN, GEN-IMPLAUS.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Final

import msgspec

from cds_service.clinical.facts import Reading, Unusable
from cds_service.clinical.quantity import Interval
from cds_service.fhir.terminology.units import implausibility

PARTS = frozenset({"wbc", "neutrophilPercent", "segmentedPercent", "bandPercent", "segmentedCount", "bandCount"})
# More results of one part at one time than this are no chart; combining them all could take long.
_MOST_AT_ONE_TIME = 4
_RULE = "GEN-SPECIMEN"
# Ours: from so many leukocytes on a differential is made, and an older count of neutrophils may still tell.
_TOO_FEW = Fraction(1000)  # /uL
# Ours: so many neutrophils are rare under treatment, and a percentage often has their number (62 for 62,000/µL).
_MAY_BE_SHARE: Final = (Fraction(30_000), Fraction(100_000))  # /uL
MAY_BE_SHARE: Final = "it may be a percentage under the unit of a count"
MORE_THAN_ALL: Final = "more neutrophils than leukocytes"
# Ours: rounding and the two ways of counting explain less than this; a reported count decides within it.
_CONTRADICTS_FACTOR = Fraction(3, 2)
_CONTRADICTS_AT_LEAST = Fraction(100)  # /uL


class Draw(msgspec.Struct, frozen=True, gc=False):
    """A reading with what tells its specimen: the moment of the draw, the specimen reference where there is one."""

    reading: Reading
    moment: Hashable
    specimen: str
    is_corrected_for_nucleated_cells: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived count, or why there is none, at the moment of its parts."""

    result: Reading | Unusable
    moment: Hashable


def derive_neutrophils(draws: Sequence[Draw]) -> Iterator[Derived]:
    """The neutrophil counts that can be derived, and the differentials of which none can be.

    Args: `draws` the readings of the parts and of the count itself, in any order.
    Missing: an `Unusable` for each differential without the other part in the same specimen, unless a count itself was
    reported on that day.
    """
    direct: dict[Hashable, list[Draw]] = {}
    for draw in draws:
        if draw.reading.fact == "anc":
            direct.setdefault(draw.moment, []).append(draw)
    days_with_direct = {d.reading.on for d in draws if d.reading.fact == "anc"}
    moments: dict[Hashable, dict[str, list[Draw]]] = {}
    for draw in draws:
        if draw.reading.fact in PARTS:
            moments.setdefault(draw.moment, {}).setdefault(draw.reading.fact, []).append(draw)
    has_leukocytes = any(d.reading.fact == "wbc" for d in draws)
    for moment, parts in moments.items():
        if parts.keys() == {"wbc"}:
            yield from (Derived(most, moment) for most in _at_most(parts["wbc"], days_with_direct))
            continue
        reported = direct.get(moment, [])
        for result in _at_one_moment(parts, has_leukocytes, reported):
            if reported and not (isinstance(result, Reading) and _contradicts(result, reported)):
                continue
            if isinstance(result, Reading) or result.on not in days_with_direct:
                yield Derived(result, moment)


def doubtful(count: Reading, moment: Hashable, leukocytes: Sequence[Draw]) -> tuple[str, Interval] | None:
    """Why a count of neutrophils cannot be what it seems, and what it may be; None where nothing speaks against it.

    Args: `moment` when it was drawn, `leukocytes` those of any draw.
    One with more neutrophils than leukocytes is no more than those; without leukocytes its number may be a percentage.
    """
    if not count.amount.is_exact:
        return None
    neutrophils = count.amount.value
    beside = [draw.reading.amount for draw in leukocytes if draw.moment == moment and draw.reading.amount.is_exact]
    most = max((amount.value for amount in beside), default=None)
    if most is None:
        may_be_share = _MAY_BE_SHARE[0] <= neutrophils <= _MAY_BE_SHARE[1]
        return (MAY_BE_SHARE, count.amount) if may_be_share else None
    is_more = neutrophils - most >= _CONTRADICTS_AT_LEAST and neutrophils >= most * _CONTRADICTS_FACTOR
    return (MORE_THAN_ALL, Interval(Fraction(0), most)) if is_more else None


def _at_most(leukocytes: Sequence[Draw], days_with_direct: set[date]) -> Iterator[Reading]:
    """Neutrophils as no more than leukocytes that are too few for a differential: a laboratory then often makes none."""
    for draw in leukocytes:
        one = draw.reading
        if one.amount.high is not None and one.amount.high < _TOO_FEW and one.on not in days_with_direct:
            amount, reported = Interval(Fraction(0), one.amount.high), f"<={one.reported.lstrip('<=')}"
            yield one._replace(fact="anc", amount=amount, reported=reported, is_derived=True)


def _contradicts(derived: Reading, reported: Sequence[Draw]) -> bool:
    """Whether a worked-out count differs from every reported one of its draw by more than rounding can explain."""
    amounts = [d.reading.amount for d in reported]
    if not derived.amount.is_exact or not all(a.is_exact for a in amounts):
        return False
    low_high = [sorted((derived.amount.value, a.value)) for a in amounts]
    return all(high - low >= _CONTRADICTS_AT_LEAST and high >= low * _CONTRADICTS_FACTOR for low, high in low_high)


def _at_one_moment(
    parts: Mapping[str, list[Draw]], has_leukocytes: bool, reported: Sequence[Draw]
) -> Iterator[Reading | Unusable]:
    sample = [draw for draws in parts.values() for draw in draws if draw.reading.fact != "wbc"]
    first = min((d.reading for d in sample), key=lambda r: (r.reference, r.fact, r.reported))
    if any(len(draws) > _MOST_AT_ONE_TIME for draws in parts.values()):
        yield Unusable("anc", "too many differential results at one time", _RULE, first.reference, first.on)
        return
    leukocytes = _preferred(parts.get("wbc", []))
    for names in (
        ("neutrophilPercent",),
        ("segmentedCount", "bandCount"),
        ("segmentedPercent", "bandPercent"),
    ):
        needed = [parts.get(name, []) for name in names]
        if names[0].endswith("Percent"):
            needed.append(leukocytes)
        sets = [chosen for chosen in product(*needed) if _is_one_specimen((*chosen, *reported))]
        if sets:
            yield from (_combined(chosen) for chosen in sets)
            return
    lack = Unusable("anc", _lack(parts, bool(leukocytes), has_leukocytes), _RULE, first.reference, first.on)
    # Bands are few beside them.
    segmented = parts.get("segmentedCount", []) if "bandCount" not in parts else []
    believed = tuple(draw.reading._replace(fact="anc", is_derived=True) for draw in segmented)
    said = believed[0] if believed else first
    yield (
        replace(lack, reported=said.reported, reported_unit=said.reported_unit, believed=believed) if believed else lack
    )


def _preferred(leukocytes: list[Draw]) -> list[Draw]:
    """The counts corrected for nucleated red cells where there are any."""
    return [d for d in leukocytes if d.is_corrected_for_nucleated_cells] or leukocytes


def _is_one_specimen(chosen: Sequence[Draw]) -> bool:
    return len({draw.specimen for draw in chosen if draw.specimen}) <= 1


def _lack(parts: Mapping[str, list[Draw]], has_leukocytes_here: bool, has_leukocytes: bool) -> str:
    segmented = parts.keys() & {"segmentedPercent", "segmentedCount"}
    bands = parts.keys() & {"bandPercent", "bandCount"}
    if "neutrophilPercent" in parts or (segmented and bands):
        if has_leukocytes_here or has_leukocytes or "segmentedCount" in parts:
            return "the parts of the count are from different specimens"
        return "a differential without a leukocyte count"
    if segmented:
        return "segmented neutrophils without band forms"
    return "band forms alone are not the whole count"


def _combined(chosen: Sequence[Draw]) -> Reading | Unusable:
    readings = [draw.reading for draw in chosen]
    shares = [r for r in readings if r.unit == "%"]
    counts = [r for r in readings if r.unit != "%"]
    first = min(readings, key=lambda r: (r.reference, r.fact))
    reference = ", ".join(sorted({r.reference for r in readings}))
    reported = " + ".join(r.reported for r in (shares or counts))
    unit = counts[0].reported_unit
    if shares:
        percent = _at_most_hundred(_sum([r.amount for r in shares]))
        if percent is None:
            why = "the neutrophil percentages are more than 100 % together"
            return Unusable("anc", why, "GEN-IMPLAUS", reference, first.on, reported, "%")
        amount = _times(counts[0].amount, percent).scaled(Fraction(1, 100))
        reported = (
            f"{counts[0].reported} x ({reported}) %" if len(shares) > 1 else f"{counts[0].reported} x {reported} %"
        )
    else:
        amount = _sum([r.amount for r in counts])
    refusal = implausibility("anc", amount)
    if refusal is not None:
        return Unusable("anc", refusal.reason, refusal.rule, reference, first.on, reported, unit)
    return Reading(
        "anc",
        amount,
        "/uL",
        reported,
        unit,
        first.on,
        first.at,
        reference,
        is_preliminary=any(r.is_preliminary for r in readings),
        is_estimate=any(r.is_estimate for r in readings),
        is_derived=True,
    )


def _sum(amounts: Sequence[Interval]) -> Interval:
    """The sum of amounts that are not negative."""
    low = sum((a.low or Fraction(0) for a in amounts), Fraction(0))
    highs = [a.high for a in amounts if a.high is not None]
    high = sum(highs, Fraction(0)) if len(highs) == len(amounts) else None
    return Interval(low, high, any(a.low_open for a in amounts), any(a.high_open for a in amounts))


def _at_most_hundred(percent: Interval) -> Interval | None:
    """The part of the interval up to 100 %; None where there is none."""
    if percent.is_above(100) is True:
        return None
    if percent.high is None or percent.high > 100:
        return Interval(percent.low, Fraction(100), percent.low_open, False)
    return percent


def _times(one: Interval, other: Interval) -> Interval:
    """The product of two amounts that are not negative."""
    low = (one.low or Fraction(0)) * (other.low or Fraction(0))
    zero_is_reached = any(a.low == 0 and not a.low_open for a in (one, other))
    low_open = (one.low_open or other.low_open) and not (low == 0 and zero_is_reached)
    if one.high is None or other.high is None:
        is_zero = any(a.is_exact and a.value == 0 for a in (one, other))
        return Interval(low, Fraction(0) if is_zero else None, low_open, False)
    high = one.high * other.high
    is_zero = any(a.is_exact and a.value == 0 for a in (one, other))
    return Interval(low, high, low_open, (one.high_open or other.high_open) and not is_zero)
