"""Plays `cds-service replay` and reads its results; and, from the rules of the documentation alone, what was known on a day."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

from cds_service import cli
from cds_service.commands import replay as command
from cds_service.errors import SettingsError
from cds_service.population.results import advice_of
from tests.support.chart import Chart
from tests.support.ehr import Ehr, Transport

_WHOSE = re.compile(rb'"(?:subject|patient)":\s*\{"reference":\s*"Patient/([^"]+)"')
KEY = "a key of the tests, long enough to be one"
Row = Mapping[str, Any]
RECORDED = {
    "Observation": "issued",
    "Condition": "recordedDate",
    "MedicationRequest": "authoredOn",
    "Procedure": "performedDateTime",
}


@dataclass(frozen=True)
class Replayed:
    """What a run wrote and said."""

    decisions: Sequence[Row] = ()
    changes: Sequence[Row] = ()
    plain: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""
    output: str = ""
    error: str = ""

    @classmethod
    def read(cls, out: Path, output: str = "", error: str = "") -> Replayed:
        """The results in a folder."""
        tables = [out / name for name in ("decisions.parquet", "changes.parquet")]
        decisions, changes = (parquet.read_table(t).to_pylist() if t.is_file() else [] for t in tables)
        plain = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        return cls(decisions, changes, plain, (out / "report.html").read_text(encoding="utf-8"), output, error)


def replay(export: Path, out: Path, *more: str, environ: Mapping[str, str] | None = None, status: int = 0) -> Replayed:
    """Runs the command in this process, by default in the US and with a key."""
    arguments = _arguments([str(export), "--out", str(out), "--jurisdiction", "US", "--workers", "1", *more])
    output, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(error):
        try:
            got = command.run(arguments, {"CDS_HASH_KEY": KEY} if environ is None else environ)
        except SettingsError as refused:
            got = 2
            error.writelines(f"cds-service: {each.where}: {each.sentence} {each.hint}\n" for each in refused.faults)
    assert status == got, error.getvalue()
    if got:
        lines = [line for line in error.getvalue().splitlines(keepends=True) if not line.startswith("[")]
        return Replayed(error="".join(lines))
    return Replayed.read(out, output.getvalue(), error.getvalue())


def _arguments(given: Sequence[str]) -> Any:
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert "replay" in cli.COMMANDS
    return parser.parse_args(given)


def rows(decisions: Iterable[Row]) -> list[list[tuple[str, Any]]]:
    """The rows in an order of their own."""
    return sorted((sorted(row.items()) for row in decisions), key=str)


def read_export(export: Path, patients: Iterable[str]) -> dict[str, list[Row]]:
    """All resources of each of some patients with the Medications that they name; one reading of the files for all of them."""
    found: dict[str, list[Row]] = {patient: [] for patient in patients}
    medications: list[Row] = []
    for path in sorted(export.glob("[A-Z]*.ndjson")):
        with path.open("rb") as lines:
            for line in lines:
                named = _WHOSE.search(line)
                if named and named[1].decode() not in found:
                    continue
                resource = json.loads(line)
                if resource["resourceType"] == "Medication":
                    medications.append(resource)
                    continue
                whose = resource.get("subject", resource.get("patient", {})).get("reference", "")
                own = found.get((whose or resource["id"]).removeprefix("Patient/"))
                if own is not None:
                    own.append(resource)
    for own in found.values():
        text = json.dumps(own)
        own += [each for each in medications if each["id"] in text]
    return found


def asked(transport: Transport, chart: Sequence[Row], patient: str, day: date, hook: str) -> list[tuple[Any, ...]]:
    """What the service answers over HTTP on that day, asked as its discovery says, from what was known."""
    ehr = Ehr(transport, day.isoformat())
    known = as_of(chart, day)
    signed = [r for r in known if r["resourceType"] == "MedicationRequest" and r["authoredOn"][:10] == day.isoformat()]
    drafts = [{**{k: v for k, v in r.items() if k != "statusReason"}, "status": "draft"} for r in signed]
    beside = [r for r in known if r not in signed] if hook == "order-sign" else known
    request = ehr.request(hook, Chart(patient, []), drafts if hook == "order-sign" else ())
    request["prefetch"] = everything(ehr.service(hook)["prefetch"], beside)
    return shown(advice_of(ehr.send(request, ehr.service(hook)["id"]).json["cards"]))


def everything(templates: Mapping[str, str], known: Sequence[Row]) -> dict[str, Any]:
    """The searches answered as by a server that has no filter: the first of a type with all of it; Medications come with the orders."""
    found: dict[str, Any] = {}
    given: set[str] = set()
    for name, template in templates.items():
        kinds = {template.partition("?")[0].partition("/")[0]} - given
        kinds |= {"Medication"} if name == "medicationRequests" else set()
        own = [resource for resource in known if resource["resourceType"] in kinds]
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in own]}
        found[name] = own[0] if kinds == {"Patient"} else bundle
        given |= kinds
    return found


def as_of(resources: Sequence[Row], day: date) -> list[Row]:
    """What was known at the end of a day: of each resource its last version recorded by then, orders not yet ended."""
    found: dict[tuple[str, str], list[Row]] = {}
    for resource in resources:
        found.setdefault((resource["resourceType"], resource["id"]), []).append(resource)
    until, known = day.isoformat(), []
    orders = sorted(
        r["authoredOn"][:10] for r in resources if r["resourceType"] == "MedicationRequest" and is_drug(r, resources)
    )
    for (kind, _), versions in found.items():
        versions.sort(key=lambda r: (r["meta"]["lastUpdated"], int(r["meta"]["versionId"])))
        standing = [r for n, r in enumerate(versions) if recorded(r, bool(n)) <= until]
        if not standing:
            continue
        last = standing[-1]
        if kind == "MedicationRequest" and last["status"] in ("stopped", "on-hold", "completed", "cancelled"):
            ends = last["meta"]["lastUpdated"][:10]
            if last["status"] == "completed" and is_drug(last, resources):
                ends = min([ends, *(each for each in orders if each > last["authoredOn"][:10])])
            if len(standing) == 1 and ends > until:
                last = {**{k: v for k, v in last.items() if k != "statusReason"}, "status": "active"}
        known.append(last)
    return known


def recorded(resource: Row, is_later: bool) -> str:
    """The day on which a version was known."""
    kind, updated = resource["resourceType"], resource["meta"]["lastUpdated"][:10]
    if kind in ("Patient", "Medication"):
        return ""
    own = resource[RECORDED[kind]][:10] if kind in RECORDED else updated
    return max(own, updated) if is_later or resource.get("status") in ("corrected", "amended") else str(own)


def is_drug(order: Row, resources: Sequence[Row]) -> bool:
    """Whether an order is of the drug, as these made-up charts write it."""
    named = order.get("medicationReference", {}).get("reference", "").removeprefix("Medication/")
    about = [order, *(r for r in resources if r["resourceType"] == "Medication" and r["id"] == named)]
    text = json.dumps(about, ensure_ascii=False).casefold()
    return "lenalidom" in text or "revlimid" in text


def shown(advice: Iterable[Any]) -> list[tuple[Any, ...]]:
    """What cards say, comparable with the rows of the table."""
    return [
        (a.action, a.urgency, a.rules, a.is_line, a.mg_per_day, a.next_cbc_due, a.test_due, a.test_overdue, a.missing)
        for a in advice
    ]


def as_said(row: Row) -> tuple[Any, ...] | None:
    """The same of a row; None of a call on which nothing was said."""
    if row["action"] is None:
        return None
    dose = f"{row['mg_per_day'].normalize():f}" if row["mg_per_day"] is not None else ""
    day = (str(row[name]) if row[name] else "" for name in ("next_cbc_due", "test_due"))
    head = (row["action"], row["urgency"], tuple(row["rules"]), row["place"] == "line", dose)
    return (*head, *day, bool(row["test_overdue"]), tuple(row["missing"]))


def few(number: int) -> int | None:
    """A number of patients as told: None for one to four."""
    return None if 0 < number < 5 else number


def parts(found: Iterable[tuple[str, int]]) -> list[tuple[str, int | None]]:
    """As told: small ones are hidden, and larger ones with them until two parts and five patients are."""
    numbers = dict(found)
    hidden = {name: number for name, number in numbers.items() if few(number) is None}
    for name in sorted(numbers.keys() - hidden.keys(), key=lambda each: (numbers[each], [*numbers].index(each))):
        if hidden and numbers[name] and (len(hidden) == 1 or sum(hidden.values()) < 5):
            hidden[name] = numbers[name]
    return [(name, None if name in hidden else number) for name, number in numbers.items()]
