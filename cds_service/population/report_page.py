"""`report.html`: the numbers of a replay as one page. No script, nothing loaded from elsewhere, no patient in it.

The page forbids itself everything but its own style sheet, by the sheet's digest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from html import escape
from textwrap import shorten
from typing import Any, Final

from cds_service.clinical.quantity import plain as plain_number
from cds_service.clinical.recommendation import Urgency
from cds_service.hooks.explanation import check_words
from cds_service.population.charts import STYLE, bar, columns, key
from cds_service.population.summary import FEWEST

_FEW: Final = "fewer than 5"
# A part may be larger and still tell, with the whole, of a part that is not.
_WITHHELD: Final = "not told"
_URGENCIES: Final = tuple(urgency.value for urgency in Urgency)
Row = Mapping[str, Any]


def page(plain: Row, words: Mapping[str, str]) -> str:
    """The whole page; that of one day leaves out what only days after another tell.

    Args: the numbers as `summary.json` has them; what each rule says, by its id.
    """
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    title = f"Replay of {_span(plain)}"
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'sha256-{digest}'\">",
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>{escape(title)}</h1>",
        f"<p class='soft'>{escape(plain['rules'])}. No number here tells of fewer than {FEWEST} patients; "
        f"where a part is {_WITHHELD}, it or another part of the same whole is that small.</p>",
        _head(plain),
        _compared(plain, words),
        _by_month(plain),
        _by_rule(plain, words),
        _not_checked(plain, words),
        _unread(plain),
        _over_time(plain),
        _read(plain),
        "</body></html>\n",
    ]
    return "".join(parts)


def _span(plain: Row) -> str:
    return f"{plain['asOf']}" if plain["asOf"] else f"{plain['from']} to {plain['to']}"


def _number(value: int | None) -> str:
    return _FEW if value is None else f"{value:,}".replace(",", "\u202f")


def _head(plain: Row) -> str:
    calls, silent, cards, months = (plain[name] for name in ("decisions", "silent", "cards", "patientMonths"))
    numbers = [
        (_number(plain["patients"]), "patients on the drug"),
        (_number(calls), "calls decided"),
        (_number(cards), "cards"),
        (_ratio(cards, months), f"cards per 100 patients{_and_month(plain)}"),
        (_share(silent, calls), "of calls with nothing to say"),
        (_share(plain["repeats"], cards), "of cards said again on the next call"),
    ]
    if plain["asOf"]:
        del numbers[-1]
    return f"<ul class='numbers'>{''.join(f'<li><b>{value}</b>{escape(what)}</li>' for value, what in numbers)}</ul>"


def _and_month(plain: Row) -> str:
    return "" if plain["asOf"] else " and month"


def _ratio(times: int | None, whole: int | None) -> str:
    return _FEW if times is None or whole is None else plain_number(Fraction(100 * times, whole or 1), 1)


def _share(part: int | None, whole: int | None) -> str:
    return "–" if part is None or not whole else f"{plain_number(Fraction(100 * part, whole), 0)}\u202f%"


def _tenths(number: str) -> str:
    """A number as a column of them wants it: with its tenth, be it none."""
    return number if "." in number else f"{number}.0"


def _by_month(plain: Row) -> str:
    months = plain["cardsByMonth"]
    if plain["asOf"]:
        return ""
    if not months:
        return f"<h2>Cards by month</h2><p>There is no month in which {FEWEST} patients were seen.</p>"
    series = {urgency: [_fraction(month[urgency]) for month in months] for urgency in _URGENCIES}
    if not any(value for values in series.values() for value in values):
        return (
            "<h2>Cards by month</h2><p>In no month did a card of one urgency stand before so many as "
            f"{FEWEST} patients: nothing is drawn.</p>"
        )
    drawn = columns("Cards per 100 patients by month and urgency", [month["month"] for month in months], series)
    return (
        "<h2>Cards by month</h2><p>Cards per 100 patients who had a call in that month, by urgency. An urgency that fewer than "
        f"{FEWEST} of them had is left out.</p>{key(_URGENCIES)}<div class='wide'>{drawn}</div>"
    )


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _by_rule(plain: Row, words: Mapping[str, str]) -> str:
    rows = plain["cardsByRule"]
    most = max((Fraction(row["per100PatientMonths"]) for row in rows), default=Fraction(1))
    lines: list[tuple[str, ...]] = [
        (
            _rule(row["rule"], words),
            escape(row["urgency"]),
            bar(Fraction(row["per100PatientMonths"]), most, row["urgency"]),
            _tenths(row["per100PatientMonths"]),
            _number(row["cards"]),
            _number(row["repeats"]),
            _number(row["patients"]),
        )
        for row in rows
    ]
    heads = ["rule", "urgency", "|", f"#per 100 patients{_and_month(plain)}", "#cards", "#of them again", "#patients"]
    if plain["asOf"]:
        heads, lines = heads[:5] + heads[6:], [line[:5] + line[6:] for line in lines]
    return _table("Cards by rule", "The rule that decides a card.", heads, lines, plain["rulesTooRare"])


def _not_checked(plain: Row, words: Mapping[str, str]) -> str:
    rules = _counted(plain["notChecked"], "rule", "calls", lambda name: _rule(name, words))
    facts = _counted(plain["missing"], "fact", "calls", lambda name: escape(check_words(name)))
    return _table(
        "What was not checked",
        "Rules that could not be decided for want of data.",
        ("rule", "|", "#calls", "#patients"),
        rules,
    ) + _table("What was missing", "Facts that a card asks for.", ("fact", "|", "#calls", "#patients"), facts)


def _unread(plain: Row) -> str:
    codes = [
        (
            escape(row["example"] or "–"),
            _number(row["results"]),
            _number(row["patients"]),
            escape(", ".join(map(check_words, row["facts"].split(", ")))),
            escape(row["code"] or "no code"),
            escape(row["system"] or "no system"),
        )
        for row in plain["unmappedCodes"]
    ]
    units = [
        (
            escape(row["unit"] or "none"),
            _number(row["results"]),
            _number(row["patients"]),
            escape(check_words(row["fact"])),
        )
        for row in plain["units"]
    ]
    return _table(
        "Codes without a meaning",
        "Codes, or words without one, that may be a fact and are not read: what the site's map (CDS_SITE_MAP) lacks.",
        ("for example", "#results", "#patients", "may be", "code", "system"),
        codes,
        plain["unmappedCodesTooRare"],
    ) + _table(
        "Units that were not read",
        "Results whose unit is missing, unknown, or none of their test.",
        ("unit", "#results", "#patients", "fact"),
        units,
        plain["unitsTooRare"],
    )


def _over_time(plain: Row) -> str:
    if plain["asOf"]:
        late, *_, in_time = plain["overdueCbc"]
        rows = [{**late, "weeks": "overdue"}, {**in_time, "weeks": "not overdue"}]
        return _table("Blood counts on that day", "", ("", "|", "#patients"), _banded(rows, "weeks"))
    intensity = plain["doseIntensity"]
    middle = intensity["medianPercent"]
    said = f"Median {middle}\u202f%." if middle else f"Known of {_number(intensity['patients'])} patients."
    heads = ("|", "#patients")
    return _table(
        "Time to the first overdue blood count",
        "Weeks from a patient's first call to the first one on which a blood count was overdue.",
        ("weeks", *heads),
        _banded(plain["overdueCbc"], "weeks"),
    ) + _table(
        "Dose intensity",
        f"What was ordered, in per cent of the first dose gone on with. {said}",
        ("per cent", *heads),
        _banded(intensity["bands"], "percent"),
    )


def _compared(plain: Row, words: Mapping[str, str]) -> str:
    if not plain["compare"]:
        return ""
    before, after = plain["compare"]
    lines = [
        (
            escape(row["before"]) + _reasons(row["rulesBefore"], words),
            escape(row["after"]) + _reasons(row["rulesAfter"], words),
            _number(row["calls"]),
            _number(row["patients"]),
        )
        for row in plain["changes"]
    ]
    return _table(
        f"What changes from {before} to {after}",
        f"Patients at whom the advice changes: {_part(plain['changedPatients'])}, of {_number(plain['patients'])}.",
        (before, after, "#calls", "#patients"),
        lines,
        plain["changesTooRare"],
    )


def _reasons(rules: str, words: Mapping[str, str]) -> str:
    return "".join(_rule(rule, words) for rule in rules.split(", ") if rule)


def _read(plain: Row) -> str:
    read = sorted(plain["resources"].items(), key=lambda item: item[0].startswith("of them"))
    lines = [(escape(name), _number(count)) for name, count in read if count != 0]
    lines += [(f"patients set aside: {escape(why)}", _number(count)) for why, count in plain["setAside"].items()]
    lines += [(f"calls without an answer: {escape(row['code'])}", _number(row["calls"])) for row in plain["failures"]]
    lines += [(f"no file of {escape(kind)}: taken as none on record", "") for kind in plain["absentTypes"]]
    return _table("What was read", "", ("what", "#number"), lines, plain["failuresTooRare"])


def _counted(rows: Sequence[Row], name: str, times: str, show: Any) -> list[tuple[str, ...]]:
    most = max((row[times] for row in rows), default=1)
    return [(show(row[name]), bar(row[times], most), _number(row[times]), _number(row["patients"])) for row in rows]


def _banded(rows: Sequence[Row], name: str) -> list[tuple[str, ...]]:
    most = max((row["patients"] or 0 for row in rows), default=1)
    return [(escape(row[name]), bar(row["patients"] or 0, most), _part(row["patients"])) for row in rows]


def _part(patients: int | None) -> str:
    return _WITHHELD if patients is None else _number(patients)


def _rule(rule: str, words: Mapping[str, str]) -> str:
    if rule not in words:
        return escape(rule)
    begins = shorten(words[rule], 54, placeholder="\u00a0…")
    summary = f"<summary>{escape(rule)} <small>{escape(begins)}</small></summary>"
    return f"<details>{summary}<small>{escape(words[rule])}</small></details>"


def _table(title: str, said: str, heads: Sequence[str], rows: Iterable[Sequence[str]], too_rare: int = 0) -> str:
    """A table. A head that begins with # is of numbers, one that is | of bars."""
    classes = ["n" if head.startswith("#") else "bar" if head == "|" else "" for head in heads]
    names = [head.strip("#|") for head in heads]
    top = "".join(f"<th{_class(c)}>{escape(name)}</th>" for c, name in zip(classes, names, strict=True))
    lines = "".join(
        f"<tr>{''.join(f'<td{_class(c)}>{cell}</td>' for c, cell in zip(classes, row, strict=True))}</tr>"
        for row in rows
    )
    body = f"<div class='wide'><table><tr>{top}</tr>{lines}</table></div>" if lines else "<p>None.</p>"
    rest = f"<p class='soft'>{too_rare} more, each at fewer than {FEWEST} patients.</p>" if too_rare else ""
    return f"<h2>{escape(title)}</h2>" + (f"<p>{escape(said)}</p>" if said else "") + body + rest


def _class(name: str) -> str:
    return f" class='{name}'" if name else ""
