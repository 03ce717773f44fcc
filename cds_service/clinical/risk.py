"""IPSS (1997) and IPSS-R: points, score and category, exact, and undefined where the tables have a gap.

Source: knowledge.md 5.1 and 5.2. Amounts are in the canonical units of the facts: blasts % of marrow cells, hemoglobin
g/dL, platelets and neutrophils per microlitre. A result reported as a range counts where it lies in one band.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import Interval, exact

Amount = Interval | Fraction | Decimal | int | None

_HALF = Fraction(1, 2)
_IPSS_KARYOTYPE = {"good": Fraction(0), "intermediate": _HALF, "poor": Fraction(1)}
_IPSS_R_KARYOTYPE = {
    "very-good": Fraction(0),
    "good": Fraction(1),
    "intermediate": Fraction(2),
    "poor": Fraction(3),
    "very-poor": Fraction(4),
}
# (lower bound, is it included, upper bound, is it included, points); blasts above 30 % have no IPSS band.
_IPSS_BLASTS = (
    (0, True, 5, False, 0),
    (5, True, 10, True, _HALF),
    (11, True, 20, True, Fraction(3, 2)),
    (21, True, 30, True, 2),
)
_IPSS_R_BLASTS = ((0, True, 2, True, 0), (2, False, 5, False, 1), (5, True, 10, True, 2), (10, False, 100, True, 3))
_IPSS_CYTOPENIAS = (("hemoglobin", 10), ("anc", 1800), ("platelets", 100_000))
_IPSS_CATEGORIES = ((Fraction(0), "low"), (Fraction(1), "int-1"), (Fraction(2), "int-2"))
_IPSS_R_CATEGORIES = (
    (Fraction(3, 2), "very-low"),
    (Fraction(3), "low"),
    (Fraction(9, 2), "intermediate"),
    (Fraction(6), "high"),
)


@dataclass(frozen=True, slots=True)
class RiskScore:
    """A score, its category, and the points it is made of."""

    system: str
    score: Fraction
    category: str
    points: tuple[tuple[str, Fraction], ...]


def ipss(
    blasts: Amount, karyotype: str | Missing | None, hemoglobin: Amount, neutrophils: Amount, platelets: Amount
) -> RiskScore | tuple[Missing, ...]:
    """The IPSS score.

    Args: `karyotype` is the group of `cytogenetics.ipss_group`; amounts in canonical units.
    Missing: every input that is absent or lies on both sides of a cut; blasts between the bands (above 10 and below
    11 %, above 20 and below 21 %) or above 30 %. A cell line does not matter where the others decide.
    """
    missing: list[Missing] = []
    points = [
        ("blasts", _banded("blasts", blasts, _IPSS_BLASTS, missing)),
        ("karyotype", _of_group(karyotype, _IPSS_KARYOTYPE, missing)),
        ("cytopenias", _cytopenias({"hemoglobin": hemoglobin, "anc": neutrophils, "platelets": platelets}, missing)),
    ]
    return _scored("IPSS", points, missing, _IPSS_CATEGORIES, "high")


def ipss_r(
    blasts: Amount, karyotype: str | Missing | None, hemoglobin: Amount, neutrophils: Amount, platelets: Amount
) -> RiskScore | tuple[Missing, ...]:
    """The IPSS-R score, not adjusted for age.

    Args: `karyotype` is the group of `cytogenetics.ipss_r_group`; amounts in canonical units.
    Missing: every input that is absent or lies on both sides of a cut.
    """
    missing: list[Missing] = []
    points = [
        ("blasts", _banded("blasts", blasts, _IPSS_R_BLASTS, missing)),
        ("karyotype", _of_group(karyotype, _IPSS_R_KARYOTYPE, missing)),
        ("hemoglobin", _below("hemoglobin", hemoglobin, ((8, Fraction(3, 2)), (10, Fraction(1))), missing)),
        ("platelets", _below("platelets", platelets, ((50_000, Fraction(1)), (100_000, _HALF)), missing)),
        ("anc", _below("anc", neutrophils, ((800, _HALF),), missing)),
    ]
    return _scored("IPSS-R", points, missing, _IPSS_R_CATEGORIES, "very-high")


def ipss_r_category(score: Fraction) -> str:
    """The IPSS-R category of a score, also of one adjusted for age."""
    return next((name for limit, name in _IPSS_R_CATEGORIES if score <= limit), "very-high")


def age_adjusted(score: Fraction, age_years: int) -> Fraction:
    """The IPSS-R score adjusted for age: score + (age - 70) * (0.05 - score * 0.005)."""
    return score + (age_years - 70) * (Fraction(1, 20) - score * Fraction(1, 200))


def _interval(amount: Amount) -> Interval | None:
    return amount if amount is None or isinstance(amount, Interval) else Interval.of(amount)


def _banded(
    fact: str, amount: Amount, bands: tuple[tuple[int, bool, int, bool, int | Fraction], ...], missing: list[Missing]
) -> Fraction:
    value = _interval(amount)
    if value is None:
        missing.append(Missing(fact, "not found"))
        return Fraction(0)
    for low, low_in, high, high_in, points in bands:
        # A "<5" has no lower bound of its own; a percentage has 0.
        from_low = low == 0 or (value.is_at_least(low) if low_in else value.is_above(low)) is True
        is_negative = low == 0 and value.low is not None and value.low < 0
        if from_low and not is_negative and (value.is_at_most(high) if high_in else value.is_below(high)) is True:
            return exact(points)
    missing.append(Missing(fact, "the value lies in no single band of the score"))
    return Fraction(0)


def _of_group(group: str | Missing | None, table: dict[str, Fraction], missing: list[Missing]) -> Fraction:
    if isinstance(group, str) and group in table:
        return table[group]
    missing.append(group if isinstance(group, Missing) else Missing("karyotype", "no karyotype group"))
    return Fraction(0)


def _below(fact: str, amount: Amount, cuts: tuple[tuple[int, Fraction], ...], missing: list[Missing]) -> Fraction:
    """The points of the first cut that the value is below; 0 at or above all cuts."""
    value = _interval(amount)
    for cut, points in cuts:
        below = None if value is None else value.is_below(cut)
        if below is None:
            missing.append(
                Missing(fact, "not found" if value is None else "the reported range lies on both sides of a cut")
            )
            return Fraction(0)
        if below:
            return points
    return Fraction(0)


def _cytopenias(amounts: dict[str, Amount], missing: list[Missing]) -> Fraction:
    """0 for none or one line below its cut, 0.5 for two or three."""
    is_low: dict[str, bool | None] = {}
    for fact, cut in _IPSS_CYTOPENIAS:
        value = _interval(amounts[fact])
        is_low[fact] = None if value is None else value.is_below(cut)
    certain = sum(1 for low in is_low.values() if low)
    possible = certain + sum(1 for low in is_low.values() if low is None)
    if certain >= 2:
        return _HALF
    if possible >= 2:
        for fact, low in is_low.items():
            if low is None:
                why = "not found" if amounts[fact] is None else "the reported range lies on both sides of the cut"
                missing.append(Missing(fact, why))
    return Fraction(0)


def _scored(
    system: str,
    points: list[tuple[str, Fraction]],
    missing: list[Missing],
    categories: tuple[tuple[Fraction, str], ...],
    last: str,
) -> RiskScore | tuple[Missing, ...]:
    if missing:
        return tuple(missing)
    score = sum((value for _, value in points), Fraction(0))
    return RiskScore(system, score, next((name for limit, name in categories if score <= limit), last), tuple(points))
