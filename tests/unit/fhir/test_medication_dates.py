"""Dates of a course that nobody meant: they are said, and neither believed nor replaced by weaker evidence."""

from datetime import date
from decimal import Decimal

import pytest

from tests.unit.fhir.medication_samples import order, read

START = "a start date lies before 1950 or stands for an unknown one and was not used"
PLACEHOLDERS = (
    *("0001-01-01", "0001-01-20T00:00:00Z", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01"),
    *("1949-12-31", "1970-01-01", "1970-01-01T00:00:00Z", "1969-12-31T19:00:00-05:00"),
)


def bounds(**period: str) -> dict[str, object]:
    return {"timing": {"repeat": {"boundsPeriod": period}}}


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_start_that_no_course_can_have_is_said_and_not_believed(text: str) -> None:
    result = read(order(dosageInstruction=[bounds(start=text)]))
    (record,) = result.records
    assert (None, "bounds", date(2026, 1, 5)) == (record.starts_on, record.starts_by, record.authored_on)
    assert (START,) == result.remarks


@pytest.mark.parametrize(
    ("resource", "by"),
    [
        (order(dispenseRequest={"validityPeriod": {"start": "1900-01-01"}}), "validity"),
        (order(resourceType="MedicationStatement", effectivePeriod={"start": "1900-01-01"}), "taken"),
        (order(resourceType="MedicationAdministration", effectiveDateTime="1900-01-01"), "taken"),
        (order(resourceType="MedicationDispense", whenHandedOver="1900-01-01"), "dispensed"),
    ],
)
def test_a_placeholder_is_not_believed_whatever_evidence_it_stands_for(resource: dict[str, object], by: str) -> None:
    result = read(resource)
    assert [(None, by)] == [(r.starts_on, r.starts_by) for r in result.records]
    assert START in result.remarks


@pytest.mark.parametrize("text", ["1950-01-01", "1970-01-02", "1969-12-30"])
def test_an_old_start_that_somebody_can_have_meant_is_kept(text: str) -> None:
    assert [date.fromisoformat(text)] == [
        r.starts_on for r in read(order(dosageInstruction=[bounds(start=text)])).records
    ]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_day_of_writing_that_stands_for_an_unknown_one_is_said_and_not_used(text: str) -> None:
    result = read(order(authoredOn=text))
    (record,) = result.records
    assert (None, None, None, "") == (record.authored_on, record.authored_at, record.starts_on, record.starts_by)
    assert (START.replace("start", "writing"),) == result.remarks


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31T23:59:59-12:00", "9999", "2999-12-31"])
def test_an_end_that_means_no_end_costs_nothing(text: str) -> None:
    result = read(order(dosageInstruction=[bounds(start="2026-01-07", end=text)]))
    (record,) = result.records
    assert (date(2026, 1, 7), None, ()) == (record.starts_on, record.bounds_end, result.remarks)


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "1900-01-01"])
def test_an_end_that_no_course_can_have_is_said_and_not_used(text: str) -> None:
    result = read(order(status="on-hold", dosageInstruction=[bounds(start="2026-01-07", end=text)]))
    assert ([None], (START.replace("start", "end"),)) == ([r.bounds_end for r in result.records], result.remarks)


@pytest.mark.parametrize(("days", "remarks"), [(3650, 0), (3651, 1), (3_652_060, 1)])
def test_a_supply_of_more_than_ten_years_is_said(days: int, remarks: int) -> None:
    result = read(order(dispenseRequest={"expectedSupplyDuration": {"value": days, "code": "d"}}))
    assert [Decimal(days)] == [r.days_supply for r in result.records]
    assert ["a supply of more than 3650 days is not believed"] * remarks == list(result.remarks)
