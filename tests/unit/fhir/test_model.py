"""What the check of resources finds, what it lets pass, and what it must never repeat."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from cds_service.fhir.decode import Unreadable
from cds_service.fhir.model import is_sound, problems_of, read_exact, without_empties

REQUEST: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "draft-1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/p1"},
    "medicationCodeableConcept": {"text": "lenalidomide"},
}


def test_a_whole_order_has_no_problems() -> None:
    assert not problems_of(REQUEST)
    assert is_sound(REQUEST)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"status": "zork"}, "status: not in the required value set"),
        ({"intent": "directive"}, "intent: not in the required value set"),
        ({"priority": ["urgent"]}, "priority: not in the required value set"),
        ({"note": []}, "note: empty"),
        ({"note": [{}]}, "note.0: empty"),
        ({"encounter": None}, "encounter: empty"),
        ({"authoredOn": ""}, "authoredOn: empty"),
        ({"authoredOn": "  "}, "authoredOn: blank"),
        ({"category": {"text": "outpatient"}}, "category: list_type"),
        ({"Smith John 1950": 1}, "(unknown element): extra_forbidden"),
        ({"dosageInstruction": [{"maxDosePerLifetime": {"value": Decimal("1E+300000")}}]}, None),
    ],
)
def test_each_fault_is_found_by_its_place(change: dict[str, Any], problem: str | None) -> None:
    expected = problem or "dosageInstruction.0.maxDosePerLifetime.value: number out of range"
    assert expected in problems_of({**REQUEST, **change})


def test_a_missing_required_element_is_found() -> None:
    expected = ["intent: model_field_validation.missing"]
    assert expected == problems_of({k: v for k, v in REQUEST.items() if k != "intent"})


@pytest.mark.parametrize("kind", ["Nonsense", "", None, 7, "__init__", "../Patient"])
def test_an_unknown_resource_type_is_unsound(kind: object) -> None:
    assert not is_sound({**REQUEST, "resourceType": kind})


@pytest.mark.parametrize(
    "number", [Decimal("NaN"), Decimal("1E+999999"), 10**50, 2**70, float("inf"), Decimal("1E-40")]
)
def test_absurd_numbers_are_refused_before_anything_computes_with_them(number: Any) -> None:
    began = time.thread_time()
    assert not is_sound({**REQUEST, "dosageInstruction": [{"sequence": number}]})
    assert time.thread_time() - began < 0.5


def test_absurd_nesting_is_refused() -> None:
    nested: dict[str, Any] = {"url": "http://example.org", "valueString": "x"}
    for _ in range(2000):
        nested = {"url": "http://example.org", "extension": [nested]}
    problems = problems_of({**REQUEST, "extension": [nested]})
    assert problems
    assert all(problem.endswith("nested too deeply") for problem in problems)


def test_problems_never_hold_a_value() -> None:
    secret = "Doe-1950-11-30"
    faulty = {
        **REQUEST,
        "status": secret,
        "authoredOn": secret,
        "category": secret,
        "priority": f" {secret}",
        "identifier": [{"use": 3, "value": [secret]}],
        secret: secret,
        "resourceType": "MedicationRequest",
    }
    assert secret not in json.dumps(problems_of(faulty))
    assert secret not in json.dumps(problems_of({**REQUEST, "resourceType": secret}))


def test_an_extension_with_a_sibling_of_its_value_is_accepted_as_r4_says() -> None:
    absent = {"extension": [{"url": "http://example.org/absent", "valueCode": "unknown"}]}
    extended = {**REQUEST, "extension": [{"url": "http://example.org/x", "_valueString": absent}]}
    assert not problems_of(extended)


def test_the_faults_of_the_original_do_not_count_against_a_change() -> None:
    original = {**REQUEST, "category": {"text": "outpatient"}}
    assert is_sound({**original, "status": "on-hold"}, original)
    assert not is_sound({**original, "status": "held"}, original)


def test_numbers_stay_as_written() -> None:
    order = read_exact(b'{"a": 1.50, "b": 2, "c": 0.10}')
    expected = {"a": "1.50", "b": "2", "c": "0.10"}
    assert expected == {name: str(value) for name, value in order.items()}


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b'{"a": NaN}', b'{"a": "\xff"}', b"1"])
def test_what_is_no_object_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_exact(raw)


def test_empties_are_taken_out_and_paired_nulls_stay() -> None:
    resource = {
        "note": [],
        "encounter": {},
        "authoredOn": "",
        "category": [{}, {"text": "a", "coding": [None, {}]}],
        "name": {"given": ["A", None], "_given": [None, {"id": "x"}]},
        "zero": 0,
        "no": False,
    }
    expected = {
        "category": [{"text": "a"}],
        "name": {"given": ["A", None], "_given": [None, {"id": "x"}]},
        "zero": 0,
        "no": False,
    }
    assert expected == without_empties(resource)
