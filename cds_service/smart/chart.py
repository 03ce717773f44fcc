"""A timeline as shapes on a plane: what the template draws, with the words that a point says when it is looked at.

Coordinates are pixels of the drawing and nothing is decided by them; what is read from a shape is its `words`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from cds_service.dosing.treatment.limits import Kind, Limit
from cds_service.dosing.words import grouped
from cds_service.fhir.supposed import REFERENCE
from cds_service.fhir.terminology import unit_words
from cds_service.hooks.explanation import FactRead, FactRefused, limit_line
from cds_service.hooks.timeline import Line, Span, Stretch, Timeline, Value

WIDTH: Final = 1000
LEFT: Final = 64
RIGHT: Final = 56
_DOSES: Final = 46
_COUNTS: Final = 150
_MARKS: Final = 20
_GAP: Final = 34
_AHEAD: Final = timedelta(days=14)
_LEAST: Final = timedelta(days=56)
_NARROWEST_WORDS: Final = 46
_LINE: Final = 18
_APART: Final = 13
_THOUSANDS: Final = {"US": "10*3/uL", "EU": "10*9/L"}
_STEPS: Final = (1, 2, 5)
# A limit lies at its count. Where one count is both, "below" lies under it and "or more" over it, by half the width of a line.
_ASIDE: Final = {Kind.INTERRUPT: Fraction(5, 4), Kind.RESUME: Fraction(-5, 4)}


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis, with its word."""

    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Point:
    """A result: `kind` is "value", "doubtful" (a range or preliminary), "refused" or "supposed"."""

    x: str
    y: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit from one day to another. `kind` is "interrupt" or "resume"; `label` its count, "" where it no longer stands."""

    x: str
    to: str
    y: str
    kind: str
    is_certain: bool
    words: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the drug. `kind` is "taken", "held" or "unknown"; `label` is as short as it, or ""."""

    x: str
    width: str
    y: str
    height: str
    kind: str
    words: str
    label: str
    label_y: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened or is due: `kind` is "red-cells", "platelets", "due" or "overdue"."""

    x: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One fact over time."""

    title: str
    unit: str
    top: int
    bottom: int
    ticks: tuple[Tick, ...]
    path: str
    points: tuple[Point, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole drawing."""

    height: int
    dose_top: int
    dose_bottom: int
    bands: tuple[Band, ...]
    panels: tuple[Panel, ...]
    mark_line: int
    transfusions: tuple[Mark, ...]
    due: tuple[Mark, ...]
    days: tuple[Tick, ...]
    today: str
    width: int = WIDTH
    left: int = LEFT
    right: int = field(default=WIDTH - RIGHT)


def draw(course: Timeline, since: date | None = None) -> Chart:
    """The drawing of a course. Args: the timeline; the first day to be shown, the whole course when left out."""
    first = max(filter(None, (course.begins, since)), default=course.today)
    last = max([course.today + _AHEAD, *(test.due for test in course.due)])
    first = min(first, last - _LEAST)
    across = _Across(first, last)
    dose_top = 24
    top = dose_top + _DOSES + _GAP
    panels = []
    for line in course.lines:
        panels.append(_panel(line, course, across, top))
        top += _COUNTS + _GAP
    return Chart(
        height=top + _MARKS + 30,
        dose_top=dose_top,
        dose_bottom=dose_top + _DOSES,
        bands=tuple(_bands(course.doses, across, dose_top)),
        panels=tuple(panels),
        mark_line=top,
        transfusions=tuple(_transfusions(course.transfusions, across)),
        due=tuple(
            Mark(across(test.due), "overdue" if test.is_overdue else "due", f"{test.words} due {test.due}")
            for test in course.due
            if across.shows(test.due)
        ),
        days=tuple(across.ticks()),
        today=across(course.today),
    )


def value_words(read: FactRead) -> str:
    """A result with its unit as people print it: "42 ×10⁹/L", "42,000 /µL"."""
    words = _amount_words(read.value, read.unit)
    # Another amount in the unit that was reported: the unit is in doubt, and this is one of its meanings.
    is_doubted = bool(read.unit) and read.converted.endswith(f" {read.unit}")
    return f"{words}, read as {read.converted}" if is_doubted else words


def refused_words(refused: FactRefused) -> str:
    """A result that is not used, as it was reported, and why: "400 furlong not used: unit not on the list of accepted units"."""
    return f"{_amount_words(refused.value, refused.unit)} not used: {refused.reason}".strip()


def _amount_words(value: str, unit: str) -> str:
    return f"{grouped(value, unit)} {unit_words(unit)}".strip()


def axis_unit(line: Line, jurisdiction: str) -> str:
    """The unit of a line's axis: counts are drawn in thousands, as people say them where the document stands."""
    return _THOUSANDS.get(jurisdiction, "10*9/L") if line.unit == "/uL" else line.unit


class _Across:
    """Days to places from left to right."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self._days = max((last - first).days, 1)

    def __call__(self, day: date) -> str:
        return _number(self.at(day))

    def at(self, day: date) -> Fraction:
        """The place of a day; one outside lies on the edge."""
        day = min(max(day, self.first), self.last)
        return LEFT + Fraction((day - self.first).days * (WIDTH - LEFT - RIGHT), self._days)

    def shows(self, day: date) -> bool:
        """Whether a day lies inside."""
        return self.first <= day <= self.last

    def ticks(self) -> Iterator[Tick]:
        """The first days of months, as many as can be read."""
        months = max(1, -(-self._days // 30) // 12)
        step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if s >= months)
        for index in range(self.first.year * 12 + self.first.month, self.last.year * 12 + self.last.month):
            day = date(index // 12, index % 12 + 1, 1)
            if index % step == 0:
                yield Tick(self(day), day.isoformat()[:7])


def _panel(line: Line, course: Timeline, across: _Across, top: int) -> Panel:
    unit = axis_unit(line, course.jurisdiction)
    scale = Fraction(1) if unit == line.unit else Fraction(1, 1000)
    bottom = top + _COUNTS
    shown = [v for v in line.values if across.shows(v.on)]
    limits = [span for span in line.limits if span.until >= across.first]
    amounts = [bound * scale for v in shown for bound in (v.amount.low, v.amount.high) if bound is not None]
    low, high, step = _range(
        [*amounts, *(span.what.amount * scale for span in limits)], starts_at_none=bool(line.limits)
    )

    def up(amount: Fraction) -> Fraction:
        return bottom - (amount - low) * _COUNTS / (high - low)

    points = [_point(line, v, across, lambda amount: up(amount * scale)) for v in shown]
    lost = [
        Point(
            across(r.on),
            _number(Fraction(bottom)),
            "refused",
            f"{line.words} {refused_words(r)}, {r.on} ({r.reference})",
        )
        for r in line.refused
        if r.on is not None and across.shows(r.on)
    ]
    # A reading order by day: the keys go through all of a line's points.
    ordered = sorted([*points, *lost], key=lambda point: float(point.x))
    rules = tuple(_rules(limits, course.today, across, lambda amount: up(amount * scale), scale))
    path = " ".join(f"{'L' if n else 'M'}{p.x} {p.y}" for n, p in enumerate(points))
    is_empty = not (points or lost or rules)
    ticks = () if is_empty else tuple(Tick(_number(up(tick)), _number(tick)) for tick in _steps(low, high, step))
    return Panel(line.words, unit_words(unit), top, bottom, ticks, path, tuple(ordered), rules)


def _point(line: Line, value: Value, across: _Across, up: Callable[[Fraction], Fraction]) -> Point:
    read, amount = value.read, value.amount
    bound = amount.high if amount.high is not None else amount.low
    remark = f", {read.remark}" if read.remark else ""
    kind = "value" if amount.is_exact and not read.remark else "doubtful"
    if read.reference == REFERENCE:
        kind, remark = "supposed", ", supposed"
    words = f"{line.words} {value_words(read)}, {value.on}{remark} ({read.reference})"
    return Point(across(value.on), _number(up(bound if bound is not None else Fraction(0))), kind, words)


def _rules(
    limits: Sequence[Span[Limit]], today: date, across: _Across, up: Callable[[Fraction], Fraction], scale: Fraction
) -> Iterator[Rule]:
    """The limits, the earliest first; of those that stand today the ones that can be told apart have their count beside them."""
    labelled: dict[Span[Limit], Fraction] = {}
    for span in sorted(limits, key=lambda s: (s.what.kind, -s.what.amount)):
        place = up(span.what.amount)
        if span.until == today and all(abs(place - other) >= _APART for other in labelled.values()):
            labelled[span] = place
    for span in sorted(limits, key=lambda s: (s.since, s.until)):
        limit = span.what
        is_both = any(
            other.what.amount == limit.amount
            and other.what.kind != limit.kind
            and other.since <= span.until
            and span.since <= other.until
            for other in limits
        )
        yield Rule(
            across(span.since),
            across(span.until + timedelta(days=1)),
            _number(up(limit.amount) + (_ASIDE[limit.kind] if is_both else 0)),
            limit.kind.value,
            limit.is_certain,
            f"{days_words(span)}: {limit_line(limit).words}",
            _number(limit.amount * scale) if span in labelled else "",
        )


def _bands(doses: Sequence[Span[Stretch]], across: _Across, top: int) -> Iterator[Band]:
    known = [span.what.mg_per_day for span in doses if span.what.mg_per_day is not None]
    most = max(known, default=Fraction(1)) or Fraction(1)
    for span in doses:
        if span.until < across.first:
            continue
        stretch = span.what
        kind = stretch.state if stretch.state in ("taken", "held") else "unknown"
        share = stretch.mg_per_day / most if kind == "taken" and stretch.mg_per_day is not None else Fraction(1)
        left, right = across.at(span.since), across.at(span.until + timedelta(days=1))
        height = max(share * _DOSES, Fraction(4))
        short = {"taken": stretch.dose.replace(" once daily", ""), "held": "held"}.get(kind, "?")
        yield Band(
            _number(left),
            _number(max(right - left, Fraction(1))),
            _number(top + _DOSES - height),
            _number(height),
            kind,
            stretch_words(span),
            short if right - left >= max(_NARROWEST_WORDS, 7 * len(short)) else "",
            # Over a band that is lower than its words.
            _number(top + _DOSES - (Fraction(6) if height > _LINE else height + 4)),
        )


def days_words(span: Span[Any]) -> str:
    """The days of a span in words: "2026-01-12 to 2026-01-26", or its only day."""
    return str(span.since) if span.since == span.until else f"{span.since} to {span.until}"


def stretch_words(span: Span[Stretch]) -> str:
    """A stretch of the drug in words."""
    stretch = span.what
    told = {"taken": stretch.dose, "held": f"on hold, before it {stretch.dose}"}.get(
        stretch.state, f"not known: {stretch.dose}"
    )
    reason = f", {stretch.reason}" if stretch.reason else ""
    return f"{days_words(span)}: {told}{reason} ({', '.join(stretch.references)})"


def _transfusions(given: Iterable[FactRead], across: _Across) -> Iterator[Mark]:
    for read in given:
        if read.on is not None and across.shows(read.on):
            kind = "platelets" if "platelet-transfusion" in read.remark else "red-cells"
            yield Mark(across(read.on), kind, f"{read.value}, {read.on} ({read.reference})")


def _range(amounts: Sequence[Fraction], starts_at_none: bool) -> tuple[Fraction, Fraction, Fraction]:
    """The ends of an axis and its step: round numbers around the amounts; counts begin at none, others with room on both sides."""
    low, high = min(amounts, default=Fraction(0)), max(amounts, default=Fraction(1))
    if starts_at_none or not amounts:
        low = Fraction(0)
    else:
        room = max((high - low) / 5, Fraction(1))
        low, high = max(low - room, Fraction(0)), high + room
    step = _step(high - low if high > low else Fraction(1))
    low, high = low // step * step, -(-high // step) * step
    return low, high if high > low else low + step, step


def _step(length: Fraction) -> Fraction:
    """The round number of which some four or five make the length."""
    unit = Fraction(1)
    while unit * 10 * 5 <= length:
        unit *= 10
    while unit * 4 > length:
        unit /= 10
    return next((unit * n for n in _STEPS if unit * n * 5 >= length), unit * 10)


def _steps(low: Fraction, high: Fraction, step: Fraction) -> Iterator[Fraction]:
    while low <= high:
        yield low
        low += step


def _number(place: Fraction) -> str:
    """A number of the drawing, with at most two decimals."""
    return f"{float(round(place, 2)):g}" if abs(place) < 100_000 else str(int(place))
