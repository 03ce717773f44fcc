"""Are made-up charts what they say: valid, the same from the same seed, seen as of a day, and with their codes known?"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest

from cds_service.fhir.check_digits import is_loinc
from cds_service.fhir.model import problems_of
from cds_service.fhir.terminology import concepts_of_code
from cds_service.synthetic.chart import play
from cds_service.synthetic.courses import courses
from cds_service.synthetic.export import charts, expected, versions, write
from cds_service.synthetic.mess import messed
from cds_service.synthetic.vocabulary import routine, system


def lines(path: Path) -> list[dict[str, object]]:
    """The resources of a file."""
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


@pytest.mark.parametrize("clean", [True, False])
def test_the_same_seed_gives_the_same_bytes_and_each_resource_is_r4(tmp_path: Path, clean: bool) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, charts(3, 5, clean=clean, size=120), lambda _: None)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
    assert {
        "Patient.ndjson",
        "Observation.ndjson",
        "MedicationRequest.ndjson",
        "expected.ndjson",
        "site-map.toml",
    } <= set(files)
    resources = [each for name in files if name[0].isupper() for each in lines(tmp_path / "one" / name)]
    assert {} == {each["id"]: found for each in resources if (found := problems_of(each))}


def test_a_patient_does_not_depend_on_how_many_there_are() -> None:
    few, many = (list(charts(n, 9)) for n in (2, 4))
    assert [c.states for c in few] == [c.states for c in many[:2]]
    assert [c.states for c in charts(1, 10)] != [few[0].states]


def test_the_others_never_had_the_drug() -> None:
    *treated, one, two = charts(2, 9, others=2)
    assert [c.states for c in treated] == [c.states for c in charts(2, 9)]
    for chart in (one, two):
        assert [] == list(expected(chart))
        assert chart.views and not any(state.is_signing for state in chart.states)
        assert chart.course.drug not in str([state.resource for state in chart.states]).lower()


def test_a_chart_is_filled_up_and_never_cut() -> None:
    [full] = charts(1, 2, size=500)
    [bare] = charts(1, 2, size=1)
    assert 500 == len(full.states) > len(bare.states)
    assert full.findings == bare.findings


def test_every_course_says_what_should_be_found_and_when() -> None:
    for course in (*courses("US"), *courses("EU")):
        chart = play(course, "syn-0-1", Random(course.name))
        rows = list(expected(chart))
        assert len(rows) == len(course.findings)
        for row, finding in zip(rows, course.findings, strict=True):
            assert finding.urgency in {"critical", "warning", "info"} and "{" not in row["happened"]
            assert (row["hook"] == "order-sign") == ("order" in row)
            assert finding.day < finding.until


def test_nothing_is_known_before_its_time() -> None:
    for chart in charts(6, 3):
        middle = chart.begun + timedelta(days=20)
        seen = chart.at(datetime(middle.year, middle.month, middle.day, tzinfo=UTC))
        late = [r for r in seen if str(r.get("issued", r.get("authoredOn", "")))[:10] > str(middle)]
        assert seen and [] == late
        assert len(seen) == len({(r["resourceType"], r["id"]) for r in seen})


def test_an_order_that_is_held_was_active_before() -> None:
    course = next(each for each in courses() if each.holds)
    chart = play(course, "syn-0-1", Random(1))
    held = [s.key for s in chart.states if s.resource.get("status") == "on-hold"]
    told = [(number, s.resource["status"]) for number, s in versions(chart.states) if s.key in held]
    assert [(1, "active"), (2, "on-hold"), (3, "stopped")] == told


def test_the_mess_changes_how_a_value_is_written_and_not_the_value() -> None:
    units = Counter()
    for number in range(30):
        chart = play(courses()[0], "syn-0-1", Random(number))
        by_id = {s.resource["id"]: s.resource for s in chart.states}
        for state in messed(chart, Random(number)).states:
            given, written = (
                by_id.get(state.resource["id"], {}).get("valueQuantity"),
                state.resource.get("valueQuantity"),
            )
            is_first = state.resource.get("status") == "final"
            if not given or not written or state.about != "platelets" or "note" in state.resource:
                continue
            factor = 1000 if written["unit"] in {"/uL", "cells/mm3"} else 1
            wrong_first = is_first and written["value"] == 3 * factor * given["value"]
            assert wrong_first or written["value"] == factor * given["value"]
            units[written["unit"]] += 1
    assert len(units) > 8


def test_what_fills_a_chart_is_read_by_no_rule() -> None:
    for panel in ("blood", "chemistry", "vitals"):
        for each in routine(panel):
            code = each.code["coding"][0]["code"]
            assert is_loinc(code) and not concepts_of_code(system("loinc"), code)
