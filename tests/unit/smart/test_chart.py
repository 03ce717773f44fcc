"""Does the drawing hold what the timeline holds, in its place, and the table the same?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from cds_service.commands.fixtures import Fixture
from cds_service.dosing.treatment.limits import Kind
from cds_service.errors import CdsError
from cds_service.hooks.explanation import FactRefused
from cds_service.hooks.timeline import Timeline, timeline
from cds_service.smart.chart import LEFT, WIDTH, draw
from cds_service.smart.table import rows
from tests.support.long_course import TODAY, WEEKS
from tests.unit.hooks.test_timeline import CASES, long_timeline, played


def course(case: Fixture) -> Timeline | None:
    """The timeline of a case; None where it has none."""
    try:
        return timeline(played(case.body, case.service, case.jurisdiction, case.today))
    except CdsError:
        return None


def check(found: Timeline) -> None:
    """What must hold of any drawing and its table."""
    drawn, told = draw(found), rows(found)
    for line, panel in zip(found.lines, drawn.panels, strict=True):
        dated = [refused for refused in line.refused if refused.on is not None]
        assert len(line.values) + len(dated) == len(panel.points)
        for point in panel.points:
            assert LEFT <= float(point.x) <= WIDTH
            assert panel.top <= float(point.y) <= panel.bottom
        assert len(line.limits) == len(panel.rules)
        assert all(panel.top <= float(rule.y) <= panel.bottom for rule in panel.rules)
        exact = sorted((v.amount.value, v.read.reference) for v in line.values if v.amount.is_exact)
        height = {point.words.rpartition("(")[2].rstrip(")"): float(point.y) for point in panel.points}
        for (low, first), (high, second) in pairwise(exact):
            assert low == high or first == second or height[first] >= height[second]
    words = " ".join(" ".join([*row.references, *row.events, *sum(row.results, ())]) for row in told)
    for value in (value for line in found.lines for value in line.values):
        assert value.read.reference in words
    assert len(found.doses) == len(drawn.bands)
    assert sum(len(row.results[0]) for row in told) == len(found.lines[0].values) + len(found.lines[0].refused)


@pytest.mark.parametrize("case", CASES[3::20], ids=lambda case: case.name)
def test_the_drawing_holds_what_the_timeline_holds(case: Fixture) -> None:
    found = course(case)
    if found is not None:
        check(found)


@pytest.mark.slow
def test_it_does_so_on_every_fixture() -> None:
    found = [each for case in CASES if (each := course(case)) is not None]
    for each in found:
        check(each)
    assert len(found) > len(CASES) / 2


def test_three_years_are_drawn_and_a_chosen_time_is_a_part_of_them() -> None:
    found = long_timeline()
    check(found)
    assert WEEKS + 1 == len(draw(found).panels[0].points)
    since = TODAY.replace(year=2025)
    part = draw(found, since)
    assert 50 < len(part.panels[0].points) < 56
    told = rows(found, since)
    assert [row.on >= str(since) for row in told] == [True] * len(told)
    standing = " ".join(told[-1].events)
    assert str(since) == told[-1].on and "5 mg once daily" in standing and "platelets until" in standing


def test_limits_that_stand_today_have_their_count_beside_them() -> None:
    panel = draw(long_timeline()).panels[0]
    assert ["30"] == [rule.label for rule in panel.rules if rule.label]
    assert {"interrupt", "resume"} == {rule.kind for rule in panel.rules}


def test_a_result_with_a_zero_at_its_end_is_read_as_nothing_else() -> None:
    words = [point.words for panel in draw(long_timeline()).panels for point in panel.points]
    assert any("hemoglobin 10.0 g/dL, " in each for each in words)
    assert not any("read as" in each for each in words)


def test_a_result_that_is_not_used_says_its_value_and_why_in_the_drawing_and_the_table() -> None:
    found = long_timeline()
    lost = FactRefused("platelets", "unit not accepted", "GEN-UNIT", "400", "furlong", TODAY, "Observation/lost")
    bare = replace(lost, value="", unit="")
    changed = replace(found, lines=(replace(found.lines[0], refused=(lost, bare)), *found.lines[1:]))
    drawn = [point.words for point in draw(changed).panels[0].points if point.kind == "refused"]
    assert [
        f"platelets 400 furlong not used: unit not accepted, {TODAY} (Observation/lost)",
        f"platelets not used: unit not accepted, {TODAY} (Observation/lost)",
    ] == drawn
    told = next(row for row in rows(changed) if row.on == str(TODAY)).results[0]
    assert ("400 furlong not used: unit not accepted", "not used: unit not accepted") == told[-2:]


def test_the_words_of_a_low_dose_stand_over_its_band() -> None:
    found = long_timeline()
    low = replace(
        found.doses[-1], what=replace(found.doses[-1].what, dose="2.5 mg once daily", mg_per_day=Fraction("2.5"))
    )
    five = draw(found).bands[-1]
    band = draw(replace(found, doses=(*found.doses[:-1], low))).bands[-1]
    assert ("5 mg", "2.5 mg") == (five.label, band.label)
    assert float(five.y) < float(five.label_y) < float(five.y) + float(five.height)
    assert float(band.label_y) < float(band.y)


def test_limits_are_told_by_day_and_one_of_a_single_day_names_it_once() -> None:
    found = course(next(case for case in CASES if case.name == "platelets-45000-day-29"))
    assert found is not None
    panel = draw(found).panels[0]
    assert ["2025-12-28 to 2026-01-25: interrupt below 50,000", "2026-01-26: interrupt below 30,000"] == [
        rule.words.partition("/µL")[0] for rule in panel.rules
    ]
    assert ["", "30"] == [rule.label for rule in panel.rules]


def test_the_axis_of_counts_begins_at_none_and_its_steps_are_round() -> None:
    ticks = [tick.words for tick in draw(long_timeline()).panels[0].ticks]
    assert ["0", "50", "100", "150", "200"] == ticks


def test_a_limit_lies_at_its_count_and_beside_another_kind_of_the_same_count_on_the_same_days() -> None:
    found = long_timeline()
    panel = draw(found).panels[0]
    height = {f"{tick.words},000": float(tick.at) for tick in panel.ticks}
    assert height["50,000"] in {float(rule.y) for rule in panel.rules if "below 50,000" in rule.words}
    assert 1 == len({rule.y for rule in panel.rules if " 30,000" in rule.words}), (
        "one count at one height, day after day"
    )
    line = found.lines[0]
    resumed = next(span for span in line.limits if span.what.kind is Kind.RESUME)
    interrupted = replace(resumed, what=replace(resumed.what, kind=Kind.INTERRUPT))
    both = draw(replace(found, lines=(replace(line, limits=(resumed, interrupted)),))).panels[0].rules
    at = {rule.kind: float(rule.y) for rule in both}
    assert 2.5 == round(at["interrupt"] - at["resume"], 2), "as far as a line is wide"


def test_a_panel_without_results_and_limits_has_no_axis() -> None:
    found = long_timeline()
    line = next(each for each in found.lines if each.fact == "hemoglobin")
    bare = replace(found, lines=(replace(line, values=(), refused=(), limits=()),))
    assert ((), ()) == (draw(bare).panels[0].ticks, draw(bare).panels[0].points)
    assert draw(found).panels[0].ticks
