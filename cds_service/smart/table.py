"""What the drawing of a timeline shows, as rows of a table: everything that has a day, the latest day first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds_service.hooks.explanation import limit_line
from cds_service.hooks.timeline import Span, Timeline
from cds_service.smart.chart import refused_words, stretch_words, value_words


@dataclass(frozen=True, slots=True)
class Row:
    """One day: the treatment day ("" where the first dose is not known for certain), the results of each line, what happened,
    and the resources that tell it."""

    on: str
    day: str
    results: tuple[tuple[str, ...], ...]
    events: tuple[str, ...]
    references: tuple[str, ...]


def rows(course: Timeline, since: date | None = None) -> tuple[Row, ...]:
    """The rows of a course, the latest day first; what has no day stands first of all, and what began before the first day that
    is told stands on that day.

    Args: the timeline; the first day to be told, the whole course when left out.
    """
    results: dict[date | None, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    events: dict[date | None, list[str]] = defaultdict(list)
    references: dict[date | None, list[str]] = defaultdict(list)
    for line in course.lines:
        for value in line.values:
            remark = f" ({value.read.remark})" if value.read.remark else ""
            results[value.on][line.fact].append(value_words(value.read) + remark)
            references[value.on].append(value.read.reference)
        for refused in line.refused:
            results[refused.on][line.fact].append(refused_words(refused))
            references[refused.on].append(refused.reference)
    for day, words, told_by in _events(course, since):
        events[day].append(words)
        references[day] += told_by
    days = sorted({*results, *events}, key=lambda day: (day is not None, day or date.min))
    undated, dated = [d for d in days if d is None], [d for d in days if d is not None and d >= (since or d)]
    return tuple(
        Row(
            day.isoformat() if day is not None else "no date",
            _treatment_day(course, day),
            tuple(tuple(results[day][line.fact]) for line in course.lines),
            tuple(events[day]),
            tuple(dict.fromkeys(filter(None, references[day]))),
        )
        for day in (*undated, *reversed(dated))
    )


def _events(course: Timeline, since: date | None) -> Iterator[tuple[date | None, str, tuple[str, ...]]]:
    """The day, the words and the sources of everything that is no result."""
    for span in course.doses:
        yield _told_on(span, since), stretch_words(span), span.what.references
    for given in course.transfusions:
        yield given.on, given.value, (given.reference,)
    for line in course.lines:
        for limit in line.limits:
            yield _told_on(limit, since), f"{line.words} until {limit.until}: {limit_line(limit.what).words}", ()
    for test in course.due:
        yield test.due, f"{'overdue' if test.is_overdue else 'due'}: {test.words} [{', '.join(test.rules)}]", ()


def _told_on(span: Span[Any], since: date | None) -> date:
    """The day on which a span is told: its first, or the first that is told where it reaches from before into it."""
    return since if since is not None and span.since < since <= span.until else span.since


def _treatment_day(course: Timeline, day: date | None) -> str:
    if day is None or len(course.first_doses) != 1:
        return ""
    number = (day - course.first_doses[0]).days
    return str(number) if number >= 0 else ""
