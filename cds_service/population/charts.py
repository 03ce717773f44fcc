"""A picture for a page without scripts: columns as SVG, coloured by the classes of the page's one style sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from typing import Final

from cds_service.clinical.quantity import plain

_LEFT: Final = 44
_TOP: Final = 12
_HEIGHT: Final = 200
_STEP: Final = 34
_LEAST_WIDTH: Final = 320


def columns(title: str, labels: Sequence[str], series: Mapping[str, Sequence[Fraction | None]]) -> str:
    """Stacked columns with an axis.

    Args: what is shown; the name below each column; by the class of its colour, each part from below; None is not shown.
    """
    totals = [sum((part[n] or Fraction(0) for part in series.values()), Fraction(0)) for n in range(len(labels))]
    step = _nice(max(totals, default=Fraction(0)) / 4)
    top = step * max(1, -(-max(totals, default=Fraction(0)) // step))
    width = max(_LEAST_WIDTH, _LEFT + _STEP * len(labels) + 8)
    drawn = [
        f"<svg role='img' aria-label='{escape(title, quote=True)}' viewBox='0 0 {width} {_HEIGHT + _TOP + 40}' width='{width}'"
        f" height='{_HEIGHT + _TOP + 40}'>"
    ]
    for number in range(int(top / step) + 1):
        at = plain(_TOP + _HEIGHT - _HEIGHT * step * number / top, 1)
        drawn.append(f"<line x1='{_LEFT}' x2='{width}' y1='{at}' y2='{at}'/>")
        drawn.append(f"<text x='{_LEFT - 6}' y='{at}' dy='4' text-anchor='end'>{plain(step * number, 2)}</text>")
    for number, label in enumerate(labels):
        left, foot = _LEFT + 6 + _STEP * number, Fraction(_TOP + _HEIGHT)
        for kind, parts in series.items():
            height = _HEIGHT * (parts[number] or Fraction(0)) / top
            foot -= height
            if height:
                drawn.append(
                    f"<rect class='f-{kind}' x='{left}' y='{plain(foot, 2)}' width='{_STEP - 10}' height='{plain(height, 2)}'/>"
                )
        drawn.append(_label(left + (_STEP - 10) // 2, label, labels[number - 1] if number else ""))
    return "".join([*drawn, "</svg>"])


def _label(middle: int, month: str, before: str) -> str:
    """The month, and its year where it is another one than that of the column before."""
    year, _, number = month.partition("-")
    place = f"x='{middle}' text-anchor='middle'"
    words = f"<text {place} y='{_TOP + _HEIGHT + 16}'>{escape(number)}</text>"
    is_new = year != before.partition("-")[0]
    return words + (f"<text {place} y='{_TOP + _HEIGHT + 32}'>{escape(year)}</text>" if is_new else "")


def _nice(least: Fraction) -> Fraction:
    """The smallest of 1, 2, 5, 10 … or of their tenths that is no less."""
    size = Fraction(1, 10)
    while True:
        for step in (1, 2, 5):
            if size * step >= least:
                return size * step
        size *= 10
