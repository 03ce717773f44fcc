"""Is each number of the report of a replay true, counted again from the tables and the export?"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cds_service.fhir.terminology import fact_named, facts_in_words
from tests.support.replays import Replayed, few, parts, replay

Row = Mapping[str, Any]


@pytest.mark.slow
def test_each_number_of_the_report_can_be_counted_again(export: Path, whole: Replayed) -> None:
    assert counted_again(export, whole.decisions, whole.changes) == {
        name: value for name, value in whole.plain.items() if name not in NOT_COUNTED
    }


@pytest.mark.slow
def test_each_number_stands_on_the_page_and_nothing_of_a_patient(export: Path, whole: Replayed) -> None:
    text = whole.page
    names = {json.loads(line)["id"] for line in (export / "Patient.ndjson").read_text().splitlines()}
    assert [] == [name for name in names if name in text]
    assert "<script" not in text and "style=" not in text and "http-equiv='Content-Security-Policy'" in text
    assert [] == re.findall(r"(?:src|href|url)\s*[=(]", text.partition("</style>")[2])
    cells = re.findall(r"<td class='n'>([^<]*)</td>", text)
    for row in whole.plain["cardsByRule"]:
        assert {f"{Decimal(row['per100PatientMonths']):.1f}", f"{row['cards']}", f"{row['patients']}"} <= set(cells)
    for band in (*whole.plain["overdueCbc"], *whole.plain["doseIntensity"]["bands"]):
        assert (f"{band['patients']}" if band["patients"] is not None else "not told") in cells
    assert f"<b>{whole.plain['patients']}</b>" in text


@pytest.mark.slow
def test_the_page_of_one_day_leaves_out_what_only_days_tell(export: Path, tmp_path: Path, whole: Replayed) -> None:
    said = replay(export, tmp_path / "out", "--as-of", "2025-06-01")
    for words in ("and month", "again", "Cards by month", "Dose intensity", "Weeks from"):
        assert words in whole.page
        assert words not in said.page
    late = len({row["patient"] for row in said.decisions if "cbc" in row["overdue_tests"]})
    (one, several) = parts([("overdue", late), ("not overdue", said.plain["patients"] - late)])
    for _, number in (one, several):
        assert f"<td class='n'>{'not told' if number is None else number}</td>" in said.page
    for row in said.plain["cardsByRule"]:
        assert f"<td class='n'>{row['cards']}</td><td class='n'>{row['patients']}</td>" in said.page


@pytest.mark.slow
def test_no_number_tells_of_fewer_than_five(whole: Replayed) -> None:
    def numbers(value: Any) -> Iterator[int]:
        if isinstance(value, dict):
            for name, each in value.items():
                yield from [each] if name == "patients" and isinstance(each, int) else numbers(each)
        elif isinstance(value, list):
            for each in value:
                yield from numbers(each)

    assert [] == [number for number in numbers(whole.plain) if 0 < number < 5]


NOT_COUNTED = {"rules", "jurisdiction", "asOf", "compare", "filesNotRead", "absentTypes", "resources", "unmappedCodes",
               "unmappedCodesTooRare", "units", "unitsTooRare"}  # fmt: skip


def counted_again(export: Path, decisions: Sequence[Row], changes: Sequence[Row]) -> dict[str, Any]:
    """The numbers of the report from the tables alone, in the plainest way."""
    by_patient: dict[str, list[Row]] = defaultdict(list)
    for row in decisions:
        by_patient[row["patient"]].append(row)
    cards = [row for row in decisions if row["place"] == "card"]
    calls = {(row["patient"], row["day"], row["hook"]): row for row in decisions}
    spans = {who: (min(r["day"] for r in own), max(r["day"] for r in own)) for who, own in by_patient.items()}
    months = sum((b.year - a.year) * 12 + b.month - a.month + 1 for a, b in spans.values())
    return {
        "from": f"{min(a for a, _ in spans.values()):%Y-%m}",
        "to": f"{max(b for _, b in spans.values()):%Y-%m}",
        "patients": len(by_patient),
        "patientMonths": months,
        "setAside": {},
        "decisions": len(calls),
        "silent": sum(row["action"] is None and row["failure"] is None for row in calls.values()),
        "cards": len(cards),
        "repeats": sum(row["is_repeat"] for row in cards),
        "byHook": dict(sorted(Counter(hook for _, _, hook in calls).items())),
        **cards_by_rule(cards, months),
        "cardsByMonth": cards_by_month(calls, cards),
        "notChecked": frequent(
            "rule", "calls", ((c[0], rule) for c, row in calls.items() for rule in row["unchecked"])
        )[0],
        "missing": frequent("fact", "calls", {(*key(r), fact) for r in decisions for fact in r["missing"] or ()}, 3)[0],
        "overdueCbc": overdue(by_patient),
        "doseIntensity": intensity(by_patient),
        "failures": [],
        "failuresTooRare": 0,
        **changed(changes, len(by_patient)),
    }


def key(row: Row) -> tuple[Any, ...]:
    return row["patient"], row["day"], row["hook"]


def frequent(name: str, times: str, found: Any, place: int = 1) -> tuple[list[Row], int]:
    """What was found at five patients or more, the most frequent first; how much else."""
    number: Counter[str] = Counter()
    who: dict[str, set[str]] = defaultdict(set)
    for one in found:
        number[one[place]] += 1
        who[one[place]].add(one[0])
    often = [{name: what, times: number[what], "patients": len(who[what])} for what in number if len(who[what]) >= 5]
    return sorted(often, key=lambda row: (-row[times], row[name])), len(number) - len(often)


def cards_by_rule(cards: Sequence[Row], months: int) -> dict[str, Any]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for card in cards:
        groups[card["rules"][0], card["urgency"]].append(card)
    found = [
        {
            "rule": rule,
            "urgency": urgency,
            "cards": len(own),
            "patients": len({card["patient"] for card in own}),
            "repeats": sum(card["is_repeat"] for card in own),
            "per100PatientMonths": decimal(Fraction(100 * len(own), months)),
        }
        for (rule, urgency), own in groups.items()
    ]
    often = [row for row in found if row["patients"] >= 5]
    often.sort(key=lambda row: (-row["cards"], row["rule"], row["urgency"]))
    return {"cardsByRule": often, "rulesTooRare": len(found) - len(often)}


def decimal(value: Fraction) -> str:
    rounded = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.1"))
    return str(rounded.to_integral() if rounded == rounded.to_integral() else rounded)


def cards_by_month(calls: Mapping[Any, Row], cards: Sequence[Row]) -> list[dict[str, Any]]:
    seen: dict[str, set[str]] = defaultdict(set)
    for patient, day, _ in calls:
        seen[str(day)[:7]].add(patient)
    found = []
    for month in sorted(month for month, who in seen.items() if len(who) >= 5):
        row: dict[str, Any] = {"month": month, "patients": len(seen[month])}
        for urgency in ("critical", "warning", "info"):
            own = [c for c in cards if str(c["day"])[:7] == month and c["urgency"] == urgency]
            is_shown = not own or len({c["patient"] for c in own}) >= 5
            row[urgency] = decimal(Fraction(100 * len(own), len(seen[month]))) if is_shown else None
        found.append(row)
    return found


def overdue(by_patient: Mapping[str, list[Row]]) -> list[Row]:
    weeks: list[float | None] = []
    for own in by_patient.values():
        late = [row["day"] for row in own if "cbc" in row["overdue_tests"]]
        weeks.append((min(late) - min(row["day"] for row in own)).days / 7 if late else None)
    edges = [(0, 4), (4, 8), (8, 16), (16, 26), (26, 52)]
    found = [(f"{low}–{high}", sum(w is not None and low <= w < high for w in weeks)) for low, high in edges]
    found += [("over 52", sum(w is not None and w >= 52 for w in weeks)), ("none overdue", weeks.count(None))]
    return [{"weeks": name, "patients": number} for name, number in parts(found)]


def intensity(by_patient: Mapping[str, list[Row]]) -> dict[str, Any]:
    found: list[Fraction] = []
    for own in by_patient.values():
        orders = {row["day"]: row for row in own if row["ordered_mg_per_day"] is not None}
        if not orders:
            continue
        days = sorted(orders)
        whole = (days[-1] - days[0]).days + (orders[days[-1]]["ordered_days"] or 28)
        given = Fraction(0)
        for day, following in [*pairwise(days), (days[-1], None)]:
            lasts = orders[day]["ordered_days"] or 28
            given += Fraction(orders[day]["ordered_mg_per_day"]) * (
                min(lasts, (following - day).days) if following else lasts
            )
        found.append(given / whole / Fraction(orders[days[0]]["ordered_mg_per_day"]))
    found.sort()
    middle = len(found) // 2
    median = found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2
    bands = {
        "below 50": sum(f < Fraction(1, 2) for f in found),
        "50–75": sum(Fraction(1, 2) <= f < Fraction(3, 4) for f in found),
        "75–90": sum(Fraction(3, 4) <= f < Fraction(9, 10) for f in found),
        "90–100": sum(Fraction(9, 10) <= f <= 1 for f in found),
        "above 100": sum(f > 1 for f in found),
    }
    return {
        "patients": few(len(found)),
        "medianPercent": decimal(100 * median),
        "bands": [{"percent": name, "patients": number} for name, number in parts(bands.items())],
    }


def changed(changes: Sequence[Row], patients: int) -> dict[str, Any]:
    calls: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in changes:
        calls[key(row)].append(row)

    def side(own: Sequence[Row], law: str) -> tuple[str, str]:
        mine = [row for row in own if row["by"] == law]
        words = {r["action"] + (f" {plain(r['mg_per_day'])} mg/day" if r["mg_per_day"] else "") for r in mine}
        return "; ".join(sorted(words)) or "nothing", ", ".join(sorted({row["rules"][0] for row in mine}))

    kinds: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for (patient, _, _), own in calls.items():
        (before, old), (after, new) = side(own, "US"), side(own, "EU")
        kinds[before, after, old, new].append(patient)
    often = [
        {"before": b, "after": a, "rulesBefore": o, "rulesAfter": n, "calls": len(who), "patients": len(set(who))}
        for (b, a, o, n), who in kinds.items()
        if len(set(who)) >= 5
    ]
    often.sort(key=lambda row: (-row["calls"], row["before"], row["after"], row["rulesBefore"], row["rulesAfter"]))
    who = len({row["patient"] for row in changes})
    return {
        "changedPatients": None if 0 < who < 5 or 0 < patients - who < 5 else who,
        "changes": often,
        "changesTooRare": len(kinds) - len(often),
    }


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


@pytest.mark.slow
def test_codes_without_a_meaning_are_counted_from_the_export(export: Path, whole: Replayed) -> None:
    """The laboratory's own codes, and results by words alone, as often as they stand in the export, with words beside them."""
    found: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for resource in observations(export):
        coding, *beside = resource["code"].get("coding") or [{}]
        words = resource["code"].get("text") or coding.get("display", "")
        facts = ", ".join(sorted({*facts_in_words(f"{words} ; {coding.get('display', '')}"), fact_named(words)} - {""}))
        if facts and not beside and coding.get("system", OWN_CODES) == OWN_CODES:
            code = coding.get("code", "")
            where = (coding.get("system", ""), code, "" if code else words, facts)
            found[where].append((resource["subject"]["reference"], words))
    told = {tuple(row[n] for n in ("system", "code", "words", "facts")): row for row in whole.plain["unmappedCodes"]}
    counted = {where: (len(own), len({who for who, _ in own})) for where, own in found.items()}
    assert {where: (row["results"], row["patients"]) for where, row in told.items()} == {
        where: numbers for where, numbers in counted.items() if numbers[1] >= 5
    }
    assert {bool(code) for _, code, _, _ in told} == {True, False}
    assert {"alt", "ast"} <= {facts for _, _, _, facts in told}, "what is read by a name and refused is told too"
    assert whole.plain["unmappedCodesTooRare"] == sum(patients < 5 for _, patients in counted.values()) > 0
    for where, row in told.items():
        assert row["example"] in {words for _, words in found[where]} | ({""} if row["code"] else set())


@pytest.mark.slow
def test_units_that_were_not_read_are_counted_from_the_export(export: Path, tmp_path: Path) -> None:
    """One weight of each patient in a unit that is none, of every fourth in another one: as often as they stand in the export."""
    spoilt = tmp_path / "export"
    spoilt.mkdir()
    for path in export.glob("[A-Z]*.ndjson"):
        (spoilt / path.name).write_bytes(path.read_bytes())
    patients: dict[str, int] = {}
    lines = []
    for resource in observations(export):
        number = patients.setdefault(resource["subject"]["reference"], len(patients))
        if "29463-7" in str(resource["code"]) and "valueQuantity" in resource:
            unit = "cubits" if number % 6 == 1 else "furlong"
            resource["valueQuantity"] = {"value": resource["valueQuantity"]["value"], "unit": unit}
        lines.append(json.dumps(resource))
    (spoilt / "Observation.ndjson").write_text("\n".join(lines), encoding="utf-8")
    said = replay(spoilt, tmp_path / "out", "--as-of", "2030-01-01")
    who = [
        (r["subject"]["reference"], r["id"])
        for r in observations(spoilt)
        if r.get("valueQuantity", {}).get("unit") == "furlong"
    ]
    expected = {"fact": "weight", "unit": "furlong", "results": len(set(who)), "patients": len({w for w, _ in who})}
    assert [expected] == said.plain["units"]
    assert 1 == said.plain["unitsTooRare"], "the cubits stand at four patients"
    assert f"<td>furlong</td><td class='n'>{expected['results']}</td>" in said.page
    assert "cubits" not in said.page


@pytest.mark.slow
def test_what_was_read_is_counted_from_the_files(export: Path, whole: Replayed) -> None:
    """Each line is looked at or set aside with its reason; an earlier version is a line whose id has a later one."""
    read = whole.plain["resources"]
    files = [
        path for path in export.glob("[A-Z]*.ndjson") if path.name[: -len(".ndjson")] not in whole.plain["filesNotRead"]
    ]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    kinds = ("resources looked at", "results that no rule looks at", "resources of patients without the drug")
    assert len(set(lines)) == sum(read.get(kind, 0) for kind in kinds)
    resources = [json.loads(line) for line in set(lines)]
    assert len(lines) - len({(r["resourceType"], r["id"]) for r in resources}) == read["of them earlier versions"] > 0
    assert 0 == read["of them without a day"]


OWN_CODES = "https://laboratory.example.org/catalogue"


def observations(export: Path) -> Iterator[dict[str, Any]]:
    """The results of an export, each line once."""
    yield from map(json.loads, dict.fromkeys((export / "Observation.ndjson").read_text(encoding="utf-8").splitlines()))
