"""Per public data set: how many Observations were read, which facts came of them, what was refused and why.

python -m tests.data.report [SET ...]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.data.public_facts import patients_of, read
from tests.support.public_data import files, sets


@dataclass(slots=True)
class SetReport:
    """The counts of one data set; `refused` by (fact, reason), `remarks` without ids."""

    name: str
    observations: int = 0
    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)


def report(name: str) -> SetReport:
    """The counts of a data set."""
    made = SetReport(name)
    for path in files(name):
        for patient, observations in patients_of(path).items():
            made.observations += len(observations)
            facts = read(patient, observations)
            made.read.update({fact: len(found) for fact, found in facts.readings.items()})
            made.read.update({fact: len(found) for fact, found in facts.findings.items()})
            made.refused.update((one.fact, one.reason) for found in facts.unusable.values() for one in found)
            made.remarks.update(remark.partition(" Observation/")[0] for remark in facts.remarks)
            made.unmapped.update(facts.unmapped)
    return made


def lines(made: SetReport) -> Iterable[str]:
    """The report for people; nothing for a set without Observations."""
    if not made.observations:
        return
    yield f"{made.name}: {made.observations} Observations"
    if made.read:
        yield "    read     " + ", ".join(f"{fact} {count}" for fact, count in sorted(made.read.items()))
    for (fact, reason), count in sorted(made.refused.items()):
        yield f"    refused  {fact} {count}: {reason}"
    for remark, count in sorted(made.remarks.items()):
        yield f"    remark   {count}: {remark}"
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
