"""Does a patient of the fixtures stand in the same week of treatment, and get the same decisions, on whatever day is today?"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from cds_service.commands.demo_day import prefetched
from cds_service.commands.fixtures import Fixture, charts_on, fixtures
from tests.cases.player import client, decisions, disagreements, golden

CASES = fixtures()
# The end of a month, the leap day, the day on which clocks go forward in Europe.
DAYS = (date(2027, 1, 31), date(2028, 2, 29), date(2033, 3, 27))


def answer(case: Fixture, today: date) -> Any:
    """What the service answers to the case on a day."""
    called = client(case.jurisdiction, today.isoformat()).post(
        f"/cds-services/{case.service}", json=case.call_on(today)
    )
    assert 200 == called.status_code, called.get_data(as_text=True)[:400]
    return called.get_json()


def comparable(body: Any, case: Fixture, today: date) -> str:
    """The decisions of an answer for machines; a day as its distance from today, an id without the name of its case.

    Remarks are left out: the year that follows may come to one that systems fill in where the day of birth is not known.
    """
    found = [{name: value for name, value in one.items() if name != "remarks"} for one in decisions(body)]
    text = json.dumps(found, ensure_ascii=False, sort_keys=True)
    days = re.sub(
        r"(?<!\d)20\d\d-\d\d-\d\d(?!\d)", lambda found: f"{(date.fromisoformat(found[0]) - today).days} d", text
    )
    return days.replace(f"/{case.name}-", "/")


def differences(case: Fixture, today: date) -> list[str]:
    """In what the answer of a day is another one than that of the case's own day."""
    body = answer(case, today)
    found = disagreements(case, body)
    if comparable(golden(case), case, case.today) != comparable(body, case, today):
        found.append("a fact, a due date or a reason differs")
    return [f"{case.name} on {today}: {fault}" for fault in found]


@pytest.mark.parametrize("today", DAYS)
def test_a_sample_of_patients_is_decided_as_on_the_day_of_the_case(today: date) -> None:
    assert [] == [fault for case in CASES[::25] for fault in differences(case, today)]


@pytest.mark.slow
@pytest.mark.parametrize("today", DAYS)
def test_every_patient_is_decided_as_on_the_day_of_the_case(today: date) -> None:
    assert [] == [fault for case in CASES for fault in differences(case, today)]


def test_on_the_day_of_the_case_only_ids_differ_from_the_request_as_it_stands() -> None:
    for case in CASES:
        moved = json.dumps(case.call_on(case.today))
        assert json.dumps(case.request) == moved.replace(f'"{case.name}-', '"').replace(f"/{case.name}-", "/")


def test_no_two_resources_of_the_charts_share_an_id_and_each_id_is_one_of_fhir() -> None:
    held: dict[tuple[str, str], Any] = {}
    for resource in charts_on(CASES, DAYS[0]):
        key = (resource["resourceType"], resource["id"])
        assert held.setdefault(key, resource) == resource
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", resource["id"]), resource["id"]
    assert {case.patient_id for case in CASES} == {identifier for kind, identifier in held if kind == "Patient"}


def test_the_birth_date_stays_and_its_year_follows_only_where_a_birthday_has_passed() -> None:
    case = CASES[0]
    born = [
        next(r["birthDate"] for r in prefetched(case.call_on(today)) if r["resourceType"] == "Patient")
        for today in (case.today, case.today.replace(month=12), case.today.replace(year=2029), date(2025, 12, 31))
    ]
    year = int(born[0][:4])
    assert [born[0], born[0], f"{year + 3}{born[0][4:]}", f"{year - 1}{born[0][4:]}"] == born


def test_every_date_of_a_fixture_is_a_whole_day_so_that_it_can_be_moved() -> None:
    dated = re.compile(r'"(?:\w*(?:Date|DateTime|date)|authoredOn|start|end|issued)": "((?:19|20)[^"]*)"')
    for case in CASES:
        days = dated.findall(case.body.decode())
        assert days, case.name
        assert [] == [day for day in days if not re.match(r"\d{4}-\d\d-\d\d", day)], case.name
