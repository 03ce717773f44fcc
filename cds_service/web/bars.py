"""Bars over time as SVG, drawn on the server: no script, no style in the page, and every number written beside its bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_HEIGHT, _TOP, _FOOT = 150, 20, 22
_BAR, _GAP, _GROUP_GAP = 18, 3, 22


@dataclass(frozen=True, slots=True)
class Series:
    """What one kind of bar shows: its name, which is its class in the style sheet too, and a number for each group."""

    name: str
    values: Sequence[int]


def grouped_bars(title: str, groups: Sequence[str], series: Sequence[Series]) -> Markup:
    """Bars side by side in groups along a line. Args: what the chart is of; the groups' labels; what each bar shows."""
    most = max((value for each in series for value in each.values), default=0) or 1
    group_width = len(series) * (_BAR + _GAP) + _GROUP_GAP
    width = group_width * len(groups) + _GROUP_GAP
    floor = _TOP + _HEIGHT
    parts = [Markup('<line class="axis" x1="0" x2="{}" y1="{}" y2="{}"/>').format(width, floor, floor)]
    for group, label in enumerate(groups):
        left = _GROUP_GAP + group * group_width
        for place, each in enumerate(series):
            value = each.values[group]
            height = _HEIGHT * value // most
            x = left + place * (_BAR + _GAP)
            bar = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>')
            parts.append(bar.format(each.name, x, floor - height, _BAR, height, f"{label}: {value} {each.name}"))
            if value:
                number = Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>')
                parts.append(number.format(x + _BAR // 2, floor - height - 4, value))
        middle = left + (group_width - _GROUP_GAP) // 2
        parts.append(Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(middle, floor + 16, label))
    frame = Markup('<svg class="chart bars" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}">{}</svg>')
    return frame.format(title, width, floor + _FOOT, width, Markup().join(parts))
