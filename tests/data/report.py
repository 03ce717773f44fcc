"""Per public data set: which facts came of its Observations and other records, what was refused and why.

python -m tests.data.report [SET ...]
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cds_service.drugs.lenalidomide import DRUG
from cds_service.fhir.chart import read_chart
from tests.data.public_facts import TODAY, patients_of, read
from tests.support.public_data import chart_of, files, sets

_ID = re.compile(r" [A-Z][A-Za-z]+/\S+")


@dataclass(slots=True)
class SetReport:
    """The counts of one data set; `refused` by (fact, reason), `remarks` without ids.

    `records` are the medications, diagnoses and events of each file's patient, `no_dose` why a medication gives none.
    """

    name: str
    observations: int = 0
    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    no_dose: Counter[str] = field(default_factory=Counter)


def report(name: str) -> SetReport:
    """The counts of a data set."""
    made = SetReport(name)
    for path in files(name):
        for patient, observations in patients_of(path).items():
            made.observations += len(observations)
            facts = read(patient, observations)
            made.read.update({f: sum(not r.is_derived for r in found) for f, found in facts.readings.items()})
            made.read.update({fact: len(found) for fact, found in facts.findings.items()})
            made.refused.update((one.fact, one.reason) for found in facts.unusable.values() for one in found)
            made.remarks.update(remark.partition(" Observation/")[0] for remark in facts.remarks)
            made.unmapped.update(facts.unmapped)
        _add_records(made, path)
    return made


def _add_records(made: SetReport, path: Path) -> None:
    """What is read of the file's patient beside Observations, as a call would read it."""
    chart = chart_of(path)
    kept = [r for r in chart.resources if r["resourceType"] != "Observation"]
    resources: dict[str, list[msgspec.Raw]] = {}
    for resource in kept:
        resources.setdefault(resource["resourceType"], []).append(msgspec.Raw(json.dumps(resource).encode()))
    found = read_chart(
        resources, {}, (), chart.patient_id, TODAY, DRUG.codes, DRUG.names, DRUG.name, indications=DRUG.indications
    ).facts
    made.records.update(f"{record.kind} of {name}" for record in found.medications for name in sorted(record.concepts))
    made.records.update(f"diagnosis {name}" for one in found.diagnoses for name in sorted(one.concepts))
    made.records.update(f"event {name}" for one in found.events for name in sorted(one.concepts))
    made.no_dose.update(record.dose_problem for record in found.medications if record.dose_problem)
    made.remarks.update(_ID.sub("", remark) for remark in found.remarks)


def lines(made: SetReport) -> Iterable[str]:
    """The report for people."""
    yield f"{made.name}: {made.observations} Observations"
    if made.read:
        yield "    read     " + ", ".join(f"{fact} {count}" for fact, count in sorted(made.read.items()))
    for (fact, reason), count in sorted(made.refused.items()):
        yield f"    refused  {fact} {count}: {reason}"
    for remark, count in sorted(made.remarks.items()):
        yield f"    remark   {count}: {remark}"
    if made.records:
        yield "    records  " + ", ".join(f"{name} {count}" for name, count in sorted(made.records.items()))
    for reason, count in sorted(made.no_dose.items()):
        yield f"    no dose  {count}: {reason}"
    if made.unmapped:
        named = ", ".join(f"{fact} {count}" for fact, count in sorted(made.unmapped.items()))
        yield f"    no known code, but words that name {named}"


def main(names: list[str]) -> None:
    """Print the reports."""
    for name in names or sets():
        for line in lines(report(name)):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
