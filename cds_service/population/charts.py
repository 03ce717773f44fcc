"""Pictures for a page without scripts: bars and columns as SVG, coloured by the classes of the page's one style sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from typing import Final

from cds_service.clinical.quantity import plain

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2733;--soft:#5a6875;--line:#d5dde5;--edge:#1c273340;--paper:#fff;--bar:#4a7ba6;
--critical:#b3372b;--warning:#c98a00;--info:#4a7ba6}
@media (prefers-color-scheme:dark){:root{--ink:#e4eaf0;--soft:#a3b1be;--line:#36424e;--edge:#000;--paper:#14191f;--bar:#6ea3d1;
--critical:#f0776b;--warning:#e6b44c;--info:#6ea3d1}}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:68rem;padding:1.5rem 1rem 3rem;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem;line-height:1.25;margin:.2rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .3rem}p{margin:.3rem 0 .8rem;max-width:46rem}
.soft,small{color:var(--soft)}small{font-size:.85em}
ul.numbers{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.6rem;padding:0;list-style:none}
ul.numbers li{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .7rem}ul.numbers b{display:block;font-size:1.35rem}
div.wide{overflow-x:auto;background:linear-gradient(90deg,var(--paper) .7rem,transparent) 0/3rem local,
linear-gradient(270deg,var(--paper) .7rem,transparent) 100%/3rem local,linear-gradient(90deg,var(--edge),transparent) 0/.7rem,
linear-gradient(270deg,var(--edge),transparent) 100%/.7rem;background-repeat:no-repeat}
table{border-collapse:collapse;width:100%;max-width:46rem}table:has(th:nth-child(5)){max-width:none}
th,td{padding:.3rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:break-word}
th:first-child,td:first-child{min-width:8.5rem}
th{font-weight:600;color:var(--soft);vertical-align:bottom}.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}
th.n{max-width:7rem}summary{cursor:pointer}details{min-width:8rem}details small{display:block;max-width:30rem}
details[open] summary small{display:none}
td.bar{width:45%;min-width:5rem;padding-top:.6rem}table:has(details) td.bar{width:20%}svg{display:block}svg.bar{width:100%;height:.8rem}
svg text{font:12px system-ui,sans-serif;fill:var(--soft)}svg line{stroke:var(--line)}
.f-bar{fill:var(--bar)}.f-critical{fill:var(--critical)}.f-warning{fill:var(--warning)}.f-info{fill:var(--info)}
.key{display:inline-block;margin-right:1rem}.key svg{display:inline-block;vertical-align:baseline;margin-right:.3rem}
@media (max-width:40rem){td.bar,th.bar{display:none}body{font-size:14px}th,td{padding:.3rem .35rem}}
@media print{body{max-width:none}}
"""
_LEFT: Final = 44
_TOP: Final = 12
_HEIGHT: Final = 200
_STEP: Final = 34
_LEAST_WIDTH: Final = 320


def bar(value: Fraction | int, most: Fraction | int, kind: str = "bar") -> str:
    """A horizontal bar as wide as the value is of the most; its number stands beside it, for those who do not see it."""
    share = Fraction(100 * value, most) if most else Fraction(0)
    return (
        "<svg class='bar' viewBox='0 0 100 10' preserveAspectRatio='none' aria-hidden='true'>"
        f"<rect class='f-{kind}' width='{plain(share, 2)}' height='10'/></svg>"
    )


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


def key(kinds: Sequence[str]) -> str:
    """What the colours stand for."""
    square = "<svg width='12' height='12' aria-hidden='true'><rect class='f-{0}' width='12' height='12'/></svg>{0}"
    return "<p>" + "".join(f"<span class='key'>{square.format(escape(kind))}</span>" for kind in kinds) + "</p>"


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
