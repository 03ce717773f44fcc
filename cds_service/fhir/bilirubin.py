"""Total bilirubin where the laboratory reports its fractions instead.

When no total is reported for a draw, it is direct + indirect of one and the same specimen, and no less than either of
them alone. A fraction alone that lies within what is normal for a total says nothing of it, and is left to itself.
Source: the total is the sum of its fractions; the limit is ours (LIVER-LIMITS).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction

from cds_service.clinical.quantity import Interval
from cds_service.fhir.anc import Derived, Draw

FRACTIONS = frozenset({"directBilirubin", "indirectBilirubin"})
_NAMES = {"directBilirubin": "direct", "indirectBilirubin": "indirect"}
# Ours: the usual upper limit of a total. A fraction that is no more says too little.
_TELLS_ABOVE = Fraction(12, 10)  # mg/dL


def derive_bilirubin(draws: Sequence[Draw]) -> Iterator[Derived]:
    """The totals that fractions tell, each at the moment of its fractions; none where a total was reported for the day.

    Args: `draws` the readings of the fractions and of the total, in any order.
    """
    days_with_total = {draw.reading.on for draw in draws if draw.reading.fact == "bilirubin"}
    moments: dict[Hashable, dict[str, list[Draw]]] = {}
    for draw in draws:
        if draw.reading.fact in FRACTIONS and draw.reading.on not in days_with_total:
            moments.setdefault(draw.moment, {}).setdefault(draw.reading.fact, []).append(draw)
    for moment, fractions in moments.items():
        direct, indirect = (fractions.get(fact, []) for fact in sorted(FRACTIONS))
        if len(direct) == len(indirect) == 1 and direct[0].specimen == indirect[0].specimen:
            yield _total((direct[0], indirect[0]), moment, is_whole=True)
        else:
            yield from (_total((draw,), moment, is_whole=False) for draw in (*direct, *indirect) if _tells(draw))


def _tells(draw: Draw) -> bool:
    return draw.reading.amount.is_above(_TELLS_ABOVE) is True


def _total(draws: Sequence[Draw], moment: Hashable, *, is_whole: bool) -> Derived:
    """The total of fractions; of one alone no more than that it is not less."""
    readings = [draw.reading for draw in draws]
    low = sum((r.amount.low or Fraction(0) for r in readings), Fraction(0))
    highs = [r.amount.high for r in readings if r.amount.high is not None] if is_whole else []
    high = sum(highs, Fraction(0)) if highs and len(highs) == len(readings) else None
    is_open = any(r.amount.low_open for r in readings), any(r.amount.high_open for r in readings) and high is not None
    units = {r.reported_unit for r in readings}
    made = readings[0]._replace(
        fact="bilirubin",
        amount=Interval(low, high, *is_open),
        reported=" + ".join(f"{_NAMES[r.fact]} {r.reported}" for r in readings),
        reported_unit=units.pop() if len(units) == 1 else "",
        reference=", ".join(sorted({r.reference for r in readings})),
        is_preliminary=any(r.is_preliminary for r in readings),
        is_derived=True,
        # The limits that came are those of the fraction.
        upper_limit=None,
        lower_limit=None,
        flag="",
    )
    return Derived(made, moment)
