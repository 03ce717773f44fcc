"""`report.html`: the numbers of a replay as one page. No script, nothing loaded from elsewhere, no patient in it.

The page forbids itself everything but its own style sheet, by the sheet's digest; `page/report.html` says what stands where.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from cds_service.clinical.quantity import plain as plain_number
from cds_service.clinical.recommendation import Urgency
from cds_service.hooks.explanation import check_words
from cds_service.population.charts import columns
from cds_service.population.summary import FEWEST

_FEW: Final = "fewer than 5"
# A part may be larger and still tell, with the whole, of a part that is not.
_WITHHELD: Final = "not told"
_URGENCIES: Final = tuple(urgency.value for urgency in Urgency)
_FOLDER: Final = Path(__file__).parent / "page"
Row = Mapping[str, Any]


def page(plain: Row, words: Mapping[str, str]) -> str:
    """The whole page; that of one day leaves out what only days after another tell.

    Args: the numbers as `summary.json` has them; what each rule says, by its id.
    """
    # Only the style sheet, and what is drawn, is no text.
    style = Markup((_FOLDER / "report.css").read_text(encoding="utf-8"))  # noqa: S704
    months = plain["cardsByMonth"]
    series = {urgency: [_fraction(month[urgency]) for month in months] for urgency in _URGENCIES}
    chart = Markup(columns("Cards per 100 patients by month and urgency", [month["month"] for month in months], series))  # noqa: S704
    return (
        _environment()
        .get_template("report.html")
        .render(
            plain=plain,
            words=words,
            title=f"Replay of {plain['asOf'] or plain['from'] + ' to ' + plain['to']}",
            style=style,
            digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            fewest=FEWEST,
            urgencies=_URGENCIES,
            chart=chart if any(value for values in series.values() for value in values) else "",
            overdue=list(_overdue(plain)),
            intensities=[{**band, "name": band["percent"]} for band in plain["doseIntensity"]["bands"]],
            read=list(_read(plain)),
        )
    )


def _environment() -> Environment:
    found = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    found.filters |= {
        "number": _number,
        "part": lambda patients: _WITHHELD if patients is None else _number(patients),
        "per_100": lambda times, whole: _FEW if None in (times, whole) else plain_number(_per_100(times, whole), 1),
        "percent_of": lambda value, most: plain_number(_per_100(value, most), 2),
        "share": _share,
        "most": lambda rows, name: max((Fraction(row[name] or 0) for row in rows), default=Fraction(1)),
        # A number as a column of them wants it: with its tenth, be it none.
        "tenths": lambda number: number if "." in number else f"{number}.0",
        "begins": lambda text: shorten(text, 54),
        "in_words": check_words,
    }
    return found


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _number(value: int | None) -> str:
    return _FEW if value is None else f"{value:,}".replace(",", "\u202f")


def _per_100(times: int | str, whole: int | Fraction) -> Fraction:
    return 100 * Fraction(times) / (whole or 1)


def _share(part: int | None, whole: int | None) -> str:
    return "–" if part is None or not whole else f"{plain_number(_per_100(part, whole), 0)}\u202f%"


def _overdue(plain: Row) -> Iterator[Row]:
    """The bands of time until the first overdue blood count; of one day whether one was."""
    late, *_, in_time = plain["overdueCbc"]
    if plain["asOf"]:
        yield from ({**late, "name": "overdue"}, {**in_time, "name": "not overdue"})
    else:
        yield from ({**band, "name": band["weeks"]} for band in plain["overdueCbc"])


def _read(plain: Row) -> Iterator[tuple[str, str]]:
    """What was read of the export, and what came to nothing."""
    for name, count in sorted(plain["resources"].items(), key=lambda item: item[0].startswith("of them")):
        if count != 0:
            yield name, _number(count)
    yield from ((f"patients set aside: {why}", _number(count)) for why, count in plain["setAside"].items())
    yield from ((f"calls without an answer: {row['code']}", _number(row["calls"])) for row in plain["failures"])
    yield from ((f"no file of {kind}: taken as none on record", "") for kind in plain["absentTypes"])
