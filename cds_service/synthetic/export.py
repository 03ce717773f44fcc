"""Writes charts as a FHIR Bulk Data export: a file of lines for each type of resource, and beside them what should be found.

Every state of a resource is a line of its own with its version and the time from which it was known, so that the chart of any
day can be read back. Patients are written one after the other; nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from io import BufferedWriter
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from cds_service.synthetic.chart import ZONE, Chart, State, play
from cds_service.synthetic.courses import courses
from cds_service.synthetic.mess import messed, site_map
from cds_service.synthetic.routine import filled
from cds_service.synthetic.vocabulary import Json

EXPECTED: Final = "expected.ndjson"
SITE_MAP: Final = "site-map.toml"
# When a chart is opened: after the results of the morning, before an order of the afternoon is signed.
OPENED: Final = time(14)

_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Written:
    """How much was written: resources (each of their versions), findings, bytes."""

    resources: int
    findings: int
    bytes: int


def charts(
    patients: int, seed: int, *, law: str = "US", others: int = 0, clean: bool = False, size: int = 0
) -> Iterator[Chart]:
    """Made-up charts, one after the other. The same seed gives the same charts; a patient does not depend on the others.

    Args: `law` is whose documents the courses go by, US or EU. `others` is how many patients follow who have the same diseases
    and results and were never given the drug: nothing is to be found in them. `clean` leaves the mess away, the courses stay
    the same; `size` is how many lines a chart is filled up to, a course that has more keeps them.
    """
    every = courses(law)
    weights = [each.weight for each in every]
    for number in range(1, patients + others + 1):
        source = Random(f"{seed} {number}")
        course = source.choices(every, weights)[0]
        if number > patients:
            course = replace(course, orders=(), holds=(), findings=(), words=course.words.partition(" due to ")[0])
        chart = play(course, f"syn-{seed}-{number:07}", source)
        if not clean:
            chart = messed(chart, Random(f"{seed} {number} mess"))
        more = size - len(chart.states)
        if more > 0:
            chart.states.extend(filled(chart, Random(f"{seed} {number} routine"), more, clean))
        yield chart


def expected(chart: Chart) -> Iterator[Json]:
    """What should be found in a chart, one row for each finding.

    `at` is the moment as of which it should: that of the order on order-sign, else when the chart is opened that day.
    """
    for day, until, finding in chart.findings:
        at, order = datetime.combine(day, OPENED, ZONE), None
        if finding.hook == "order-sign":
            signed = next(state for state in chart.states if state.is_signing and state.known.date() == day)
            at, order = signed.known, signed.resource["id"]
        yield {
            "patient": chart.patient,
            "course": chart.course.name,
            "on": str(day),
            "at": at.astimezone(UTC).isoformat(),
            "until": str(until),
            "hook": finding.hook,
            **({"order": f"MedicationRequest/{order}"} if order else {}),
            "happened": finding.happened,
            "actions": finding.actions,
            "facts": finding.facts,
            "urgency": finding.urgency,
        }


def write(folder: Path, made: Iterator[Chart], progress: Callable[[int], None]) -> Written:
    """Write charts into an empty folder. `progress` is told the number of patients after each.

    Raises: OSError where it cannot be written.
    """
    resources = findings = 0
    with ExitStack() as stack:
        files: dict[str, BufferedWriter] = {}

        def file(name: str) -> BufferedWriter:
            if name not in files:
                files[name] = stack.enter_context((folder / name).open("wb"))
            return files[name]

        file(EXPECTED)
        file(SITE_MAP).write(site_map().encode())
        for number, chart in enumerate(made, 1):
            for version, state in versions(chart.states):
                file(f"{state.resource['resourceType']}.ndjson").write(_line(state, version))
                resources += 1
            for row in expected(chart):
                file(EXPECTED).write(_encode(row) + b"\n")
                findings += 1
            progress(number)
        size = sum(each.tell() for each in files.values())
    return Written(resources, findings, size)


def versions(states: list[State]) -> Iterator[tuple[int, State]]:
    """The states in the order in which they became known, each with the number of its version."""
    seen: dict[tuple[str, str], int] = {}
    for state in sorted(states, key=lambda each: each.known):
        seen[state.key] = seen.get(state.key, 0) + 1
        yield seen[state.key], state


def _line(state: State, version: int) -> bytes:
    kind, identifier = state.key
    meta = {"versionId": str(version), "lastUpdated": state.known.astimezone(UTC).isoformat(timespec="seconds")}
    return _encode({"resourceType": kind, "id": identifier, "meta": meta, **state.resource}) + b"\n"
