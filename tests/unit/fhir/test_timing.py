"""Structured schedules: `timing.repeat`, `timing.code`, bounds."""

import msgspec
import pytest

from cds_service.fhir.dosage.timing import Timing, read_timing
from cds_service.fhir.schedule import DAILY, Rhythm, Schedule


def read(timing: dict[str, object]) -> Schedule:
    return read_timing(msgspec.json.decode(msgspec.json.encode(timing), type=Timing))


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ({"frequency": 1, "period": 1, "periodUnit": "d"}, Schedule(DAILY)),
        ({"period": 1, "periodUnit": "d"}, Schedule(DAILY)),
        ({"frequency": 1, "period": 1.0, "periodUnit": "d"}, Schedule(DAILY)),
        ({"frequency": 1, "period": 24, "periodUnit": "h"}, Schedule(DAILY)),
        ({"frequency": 7, "period": 1, "periodUnit": "wk"}, Schedule(DAILY)),
        ({"frequency": 1, "period": 48, "periodUnit": "h"}, Schedule(Rhythm(2))),
        ({"frequency": 1, "period": 2, "periodUnit": "d"}, Schedule(Rhythm(2))),
        ({"frequency": 2, "period": 1, "periodUnit": "d"}, Schedule(Rhythm(1, None, 2))),
        ({"frequency": 1, "period": 12, "periodUnit": "h"}, Schedule(Rhythm(1, None, 2))),
        ({"frequency": 2, "period": 1, "periodUnit": "wk"}, Schedule(Rhythm(0, 2))),
        ({"frequency": 2, "period": 7, "periodUnit": "d"}, Schedule(Rhythm(0, 2))),
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, Schedule(Rhythm(7))),
        ({"frequency": 21, "period": 28, "periodUnit": "d"}, Schedule(DAILY, (21, 28))),
        ({"frequency": 21, "period": 4, "periodUnit": "wk"}, Schedule(DAILY, (21, 28))),
        ({"dayOfWeek": ["mon", "thu"]}, Schedule(Rhythm(0, 2))),
        ({"dayOfWeek": ["mon", "wed", "fri"], "frequency": 1, "period": 1, "periodUnit": "d"}, Schedule(Rhythm(0, 3))),
        ({"when": ["HS"]}, Schedule(DAILY)),
        ({"when": ["MORN", "EVE"]}, Schedule(Rhythm(1, None, 2))),
        ({"timeOfDay": ["08:00:00"]}, Schedule(DAILY)),
        ({"boundsPeriod": {"start": "2026-01-05"}}, Schedule()),
    ],
)
def test_a_repeat_gives_its_rhythm(repeat: dict[str, object], expected: Schedule) -> None:
    assert expected == read({"repeat": repeat})


@pytest.mark.parametrize(
    ("repeat", "problem"),
    [
        ({"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}, "the frequency is a range"),
        ({"frequency": 1, "period": 1, "periodMax": 2, "periodUnit": "d"}, "the frequency is a range"),
        ({"frequency": 1, "period": 1, "periodUnit": "mo"}, "the schedule is not understood"),
        ({"frequency": 1, "period": 36, "periodUnit": "h"}, "the schedule is not understood"),
        ({"frequency": 1, "period": 5, "periodUnit": "h"}, "the schedule is not understood"),
        ({"frequency": 1}, "the schedule is not understood"),
        ({"frequency": 1, "period": 1}, "the schedule is not understood"),
        ({"frequency": 0, "period": 1, "periodUnit": "d"}, "the schedule is not understood"),
        ({"frequency": 1, "period": 0, "periodUnit": "d"}, "the schedule is not understood"),
        ({"frequency": 1, "period": 1e99, "periodUnit": "d"}, "the schedule is not understood"),
        ({"frequency": "1", "period": 1, "periodUnit": "d"}, "the schedule is not understood"),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "count": 1}, "the schedule is not understood"),
        ({"dayOfWeek": ["mon", "mon"]}, "the schedule is not understood"),
        (
            {"dayOfWeek": ["mon", "thu"], "frequency": 1, "period": 1, "periodUnit": "wk"},
            "the schedule is not understood",
        ),
        ({"when": ["MORN", "EVE"], "frequency": 1, "period": 1, "periodUnit": "d"}, "text and structure differ"),
        (
            {"duration": 21, "durationUnit": "d", "frequency": 1, "period": 28, "periodUnit": "d"},
            "the schedule is not understood",
        ),
    ],
)
def test_a_repeat_that_is_not_plain_gives_a_reason(repeat: dict[str, object], problem: str) -> None:
    assert problem == read({"repeat": repeat}).problem


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"coding": [{"code": "QD"}]}, Schedule(DAILY)),
        ({"coding": [{"code": "QOD"}]}, Schedule(Rhythm(2))),
        ({"coding": [{"code": "BID"}]}, Schedule(Rhythm(1, None, 2))),
        ({"text": "daily"}, Schedule(DAILY)),
        ({"text": "every other day"}, Schedule(Rhythm(2))),
        ({"text": "days 1-21 of 28"}, Schedule(None, (21, 28))),
        ({"coding": [{"code": "QD", "display": "QD"}], "text": "Once daily"}, Schedule(DAILY)),
    ],
)
def test_a_timing_code_gives_its_rhythm(code: dict[str, object], expected: Schedule) -> None:
    assert expected == read({"code": code})


def test_a_code_that_is_not_known_is_a_problem() -> None:
    assert "the schedule is not understood" == read({"code": {"coding": [{"code": "C/V"}]}}).problem


def test_code_and_repeat_that_differ_are_a_conflict() -> None:
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d"}
    assert "text and structure differ" == read({"code": {"text": "QOD"}, "repeat": repeat}).problem


def test_single_dates_are_no_schedule() -> None:
    assert "the schedule is given as single dates" == read({"event": ["2026-01-05", "2026-01-06"]}).problem


def test_a_bounds_duration_is_the_length_of_a_course() -> None:
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "boundsDuration": {"value": 3, "code": "wk"}}
    assert Schedule(DAILY, None, 21) == read({"repeat": repeat})
