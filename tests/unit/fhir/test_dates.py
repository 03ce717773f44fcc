from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from cds_service.fhir.dates import FIRST_BIRTH, is_filler, is_open_end, read_date
from cds_service.fhir.decode import Unreadable
from tests.support.yaml_files import read_yaml

TODAY = date(2026, 1, 26)


def test_a_full_date_is_one_day_without_an_instant():
    read = read_date("2026-02-28")
    assert (date(2026, 2, 28), date(2026, 2, 28), None, None) == (read.on_from, read.on_to, read.at, read.local)
    assert date(2026, 2, 28) == read.on


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-02", date(2025, 2, 1), date(2025, 2, 28)),
    ],
)
def test_a_partial_date_is_a_span_and_no_day(text, first, last):
    read = read_date(text)
    assert (first, last, None) == (read.on_from, read.on_to, read.on)
    assert read.is_partial


def test_a_time_with_zone_is_an_instant_and_keeps_the_day_as_written():
    read = read_date("2026-01-01T00:30:00.123456789+13:00")
    assert date(2026, 1, 1) == read.on
    assert datetime(2026, 1, 1, 0, 30, 0, 123456, timezone(timedelta(hours=13))) == read.at
    assert datetime(2025, 12, 31, 11, 30, 0, 123456, UTC) == read.at
    assert datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-5))) == read_date("2026-01-01T00:00:00-05:00").at


def test_a_time_without_zone_is_no_instant_but_keeps_its_wall_clock():
    read = read_date("2026-01-05T08:15")
    assert (None, datetime(2026, 1, 5, 8, 15)) == (read.at, read.local)


def test_a_leap_second_is_read_as_the_second_before():
    assert datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC) == read_date("2016-12-31T23:59:60Z").at


def test_a_running_month_is_not_after_today_and_the_next_one_is():
    assert not read_date("2026-11").is_after(date(2026, 11, 21))
    assert read_date("2026-12").is_after(date(2026, 11, 21))
    assert not read_date("2026-11-21").is_after(date(2026, 11, 21))
    assert read_date("2026-11-22").is_after(date(2026, 11, 21))


@pytest.mark.parametrize(
    "text",
    ["", "today", "2026-13", "2026-02-30", "2025-02-29", "0000", "26-01-01", "2026-1-1", "2026-01-01T24:00:00Z", "2026-01-01T10",
     "2026-01-01T10:00:61Z", "2026-01-01T10:00:00+15:00", "2026-01-01T10:00:00+02:60", "2026-01-01 10:00", "２０２６-01-01",
     "2026-01-01T10:00:00z", "2026-01-01/2026-02-01"],
)  # fmt: skip
def test_what_is_no_fhir_date_is_refused(text):
    with pytest.raises(Unreadable):
        read_date(text)


DATA = Path(__file__).parents[2] / "data"
PLACEHOLDERS = DATA / "placeholder_dates.yaml"
MORE = DATA / "more_placeholder_dates.yaml"


def test_no_collected_placeholder_is_a_date_of_a_result_or_an_end() -> None:
    rows = read_yaml(PLACEHOLDERS)["dates"]
    taken = []
    for text, _, where, *_ in rows:
        try:
            read = read_date(text)
        except Unreadable:
            continue
        if where == "end date":
            is_none = is_open_end(read.on_from, TODAY) or read.on_from < TODAY
        else:
            is_none = is_filler(read, of_result=True) or read.is_after(TODAY)
        if not is_none:
            taken.append(text)
    assert [] == taken


@pytest.mark.parametrize(("text", "where", "meant"), [row[:3] for row in read_yaml(MORE)])
def test_a_date_means_by_where_it_stands_what_its_writer_meant(text: str, where: str, meant: str) -> None:
    today = date(2026, 12, 1)
    if meant == "refuse":
        with pytest.raises(Unreadable):
            read_date(text)
        return
    read = read_date(text)
    if where == "order end":
        assert is_open_end(read.on_from, today) == (meant == "open-end")
    elif where == "birth":
        assert (read.on_from < FIRST_BIRTH) == (meant == "placeholder")
    else:
        assert (is_filler(read, of_result=where == "result") or read.is_after(today)) == (meant == "placeholder")


@pytest.mark.parametrize(
    "text", ["2026-01-26", "1970-06-01", "1960-01-02", "1980-01-01", "2000-01-01", "2025", "2024-01-01"]
)
def test_a_true_date_is_no_placeholder(text: str) -> None:
    assert not is_filler(read_date(text))


@pytest.mark.parametrize("text", ["2027-01-01", "2030-12-31", "2049-06-30"])
def test_an_end_that_a_plan_can_have_is_no_open_end(text: str) -> None:
    assert not is_open_end(date.fromisoformat(text), TODAY)
