"""Charts on which much stands at once: courses of treatment with parts piled on them, a line of `piled_charts.txt` each.

A line is the jurisdiction ("none": not configured), the course, and its parts. The snapshots hold what is
decided on them; what must be so whatever stands there is asserted here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.clinical.recommendation import Action, Assessment
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.lenalidomide.rulebook import RULES
from tests.support.facts import assess_case
from tests.unit.drugs.chart_courses import chart
from tests.unit.drugs.chart_findings import FINDINGS
from tests.unit.drugs.chart_parts import TREATMENT

LINES = Path(__file__).with_name("piled_charts.txt").read_text(encoding="utf-8").splitlines()
PARTS = {**TREATMENT, **FINDINGS}
WITHOUT_DOSE = (
    *(Action.HOLD, Action.REMAIN_ON_HOLD, Action.REVIEW, Action.REQUEST_DATA, Action.DO_NOT_START),
    *(Action.DISCONTINUE, Action.PERMANENTLY_DISCONTINUE, Action.ESCALATE_URGENT),
)
STOPS = (Action.DO_NOT_START, Action.DISCONTINUE, Action.PERMANENTLY_DISCONTINUE)


def assessed(line: str) -> Assessment:
    """What the rules say about the chart of a line."""
    jurisdiction, course, *parts = (each.strip() for each in line.split("|"))
    piled = [PARTS[name.strip()] for each in parts for name in each.split(";")]
    return assess_case(chart(course, piled, jurisdiction.removeprefix("none")))


@pytest.mark.parametrize("line", LINES, ids=LINES)
def test_a_dose_is_only_where_treatment_may_go_on(line: str) -> None:
    found = assessed(line).recommendations
    assert [] == [r.message for r in found if r.action in WITHOUT_DOSE and r.dose is not None]
    if any(r.action in STOPS for r in found):
        assert [] == [r.message for r in found if r.action in (Action.START, Action.RESUME_SAME, Action.RESUME_REDUCED)]
    assert all(f"{r.message}.summary" in DRUG.messages for r in found)
    assert set() == {rule for r in found for rule in r.rules} - RULES.keys()


def test_every_part_is_on_some_chart() -> None:
    assert PARTS.keys() == {name.strip() for line in LINES for each in line.split("|")[2:] for name in each.split(";")}
