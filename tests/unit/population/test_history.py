"""Is nothing known before it was recorded, and is nothing of a later state seen in an earlier one?"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from cds_service.population.history import Version, draft_of, history_of
from tests.support.resources import Json

DAY = "2026-01-{:02}"


def resource(kind: str, identifier: str = "a", **members: Any) -> Json:
    return {"resourceType": kind, "id": identifier, "subject": {"reference": "Patient/p"}, **members}


def known(*resources: Json) -> list[tuple[str, str]]:
    """Each version with its day ("always" without one) and its status."""
    history = history_of([(r["resourceType"], json.dumps(r).encode()) for r in resources], lambda _raw: True)
    return [("always" if v.known == date.min else str(v.known), state(v)) for v in history.versions]


def state(version: Version) -> str:
    read = json.loads(version.raw)
    clinical = read.get("clinicalStatus")
    return read.get("status") or (clinical["coding"][0]["code"] if clinical else "")


@pytest.mark.parametrize(
    ("made", "day"),
    [
        (resource("Observation", issued="2026-01-05T23:30:00-08:00", effectiveDateTime="2026-01-02"), "2026-01-05"),
        (
            resource("Observation", effectiveDateTime="2026-01-02", meta={"lastUpdated": "2026-01-04T08:00:00Z"}),
            "2026-01-04",
        ),
        (resource("Observation", effectiveDateTime="2026-01-02"), "2026-01-02"),
        (resource("Observation", effectivePeriod={"start": "2026-01-02", "end": "2026-01-03"}), "2026-01-03"),
        (resource("Observation", issued="soon"), "always"),
        (resource("Observation"), "always"),
        (resource("Condition", recordedDate="2026-01-09", onsetDateTime="2025"), "2026-01-09"),
        (resource("Condition", onsetDateTime="2025-11"), "2025-11-30"),
        (resource("Procedure", performedPeriod={"start": "2026-01-01", "end": "2026-01-02"}), "2026-01-02"),
        (
            resource("MedicationRequest", authoredOn="2026-01-03", meta={"lastUpdated": "2026-02-01T00:00:00Z"}),
            "2026-01-03",
        ),
        (resource("MedicationOrder", dateWritten="2026-01-03"), "2026-01-03"),
        (resource("MedicationStatement", dateAsserted="2026-01-03", effectiveDateTime="2025-01-01"), "2026-01-03"),
        (resource("MedicationDispense", whenPrepared="2026-01-03", whenHandedOver="2026-01-04"), "2026-01-04"),
        (resource("AdverseEvent", date="2026-01-03", recordedDate="2026-01-06"), "2026-01-06"),
        (resource("AllergyIntolerance", recordedDate="2026-01-03"), "2026-01-03"),
        (resource("Patient"), "always"),
        (resource("Medication"), "always"),
    ],
)
def test_each_type_is_known_from_when_it_was_recorded(made: Json, day: str) -> None:
    assert [day] == [when for when, _ in known(made)]


def order(identifier: str, day: int, status: str, updated: int | None = None, **more: Any) -> Json:
    meta = {"meta": {"lastUpdated": DAY.format(updated) + "T10:00:00Z"}} if updated else {}
    return resource("MedicationRequest", identifier, authoredOn=DAY.format(day), status=status, **meta, **more)


def test_an_order_is_active_until_it_was_stopped() -> None:
    stopped = order("a", 3, "stopped", 20, statusReason={"text": "neutropenia"})
    history = history_of([("MedicationRequest", json.dumps(stopped).encode())], lambda _raw: True)
    first, last = history.versions
    assert (date(2026, 1, 3), date(2026, 1, 20)) == (first.known, last.known)
    assert ({**stopped, "status": "active"} | {"statusReason": None}) == json.loads(first.raw) | {"statusReason": None}
    assert "statusReason" not in json.loads(first.raw)
    assert (stopped, True, False) == (json.loads(last.raw), first.is_news, last.is_news)


def test_a_completed_order_ends_with_the_next_one_however_late_the_server_was_told() -> None:
    assert [("2026-01-03", "active"), ("2026-01-10", "active"), ("2026-01-10", "completed")] == sorted(
        known(order("a", 3, "completed", 28), order("b", 10, "active", 28))
    )


def test_an_order_whose_end_has_no_day_stays_as_it_is() -> None:
    assert [("2026-01-03", "stopped")] == known(order("a", 3, "stopped"))


def test_a_problem_is_active_until_it_was_over() -> None:
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    over = resource(
        "Condition",
        recordedDate="2026-01-03",
        clinicalStatus={"coding": [{"system": system, "code": "resolved"}]},
        abatementDateTime="2026-01-20",
    )
    history = history_of([("Condition", json.dumps(over).encode())], lambda _raw: False)
    first, last = (json.loads(version.raw) for version in history.versions)
    assert {"coding": [{"system": system, "code": "active"}]} == first["clinicalStatus"]
    assert "abatementDateTime" not in first
    assert over == last
    assert [date(2026, 1, 3), date(2026, 1, 20)] == [version.known for version in history.versions]


def result(value: int, status: str, issued: int, updated: int | None = None, version: str = "1") -> Json:
    meta = {"versionId": version} | ({"lastUpdated": DAY.format(updated) + "T10:00:00Z"} if updated else {})
    return resource(
        "Observation", status=status, issued=DAY.format(issued) + "T09:00:00Z", meta=meta, valueInteger=value
    )


@pytest.mark.parametrize("is_turned", [False, True])
def test_of_two_versions_each_stands_from_its_own_day(is_turned: bool) -> None:
    both = [result(370, "final", 3, 3), result(37, "corrected", 3, 9, "2")]
    assert [("2026-01-03", "final"), ("2026-01-09", "corrected")] == known(*(reversed(both) if is_turned else both))


def test_of_two_versions_without_a_day_of_change_the_higher_number_counts() -> None:
    history = history_of(
        [
            ("Observation", json.dumps(r).encode())
            for r in (result(2, "final", 3, version="10"), result(1, "final", 3, version="9"))
        ],
        lambda _raw: False,
    )
    *_, (_, _, standing) = history.days()
    assert [2] == [json.loads(version.raw)["valueInteger"] for version in standing.values()]
    assert 1 == history.replaced


def test_a_correction_alone_is_known_from_the_day_of_the_correction() -> None:
    assert [("2026-01-09", "corrected")] == known(result(37, "corrected", 3, 9))


def test_the_same_line_twice_is_one_resource() -> None:
    assert [("2026-01-03", "final")] == known(result(37, "final", 3), result(37, "final", 3))


def test_a_draft_is_the_order_without_what_was_found_out_later() -> None:
    stopped = order("a", 3, "stopped", 20, statusReason={"text": "rash"}, dosageInstruction=[{"text": "10 mg daily"}])
    version = history_of([("MedicationRequest", json.dumps(stopped).encode())], lambda _raw: True).versions[0]
    draft = json.loads(draft_of(version))
    assert {**{k: v for k, v in stopped.items() if k != "statusReason"}, "status": "draft"} == draft
