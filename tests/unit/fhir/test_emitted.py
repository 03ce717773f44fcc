"""What the small models take for sound, the library takes for sound too; what they do not know is left to it."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fhir.emitted import is_known_sound
from cds_service.fhir.model import is_sound, is_tame, without_empties

ORDER: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "draft-1",
    "status": "draft",
    "intent": "order",
    "medicationCodeableConcept": {
        "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "602910", "userSelected": True}],
        "text": "lenalidomide 10 MG Oral Capsule",
    },
    "subject": {"reference": "Patient/p1"},
    "dosageInstruction": [
        {
            "extension": [{"url": "http://example.org/x", "valueDecimal": Decimal("1.50")}],
            "text": "10 mg once daily",
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "route": {"text": "oral"},
            "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg", "comparator": "<"}}],
        }
    ],
    "dispenseRequest": {"quantity": {"value": 28}, "numberOfRepeatsAllowed": 0},
}
TEST: dict[str, Any] = {
    "resourceType": "ServiceRequest",
    "status": "draft",
    "intent": "order",
    "priority": "urgent",
    "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2", "display": "CBC"}], "text": "blood count"},
    "subject": {"reference": "Patient/p1"},
    "occurrenceDateTime": "2026-02-02",
    "authoredOn": "2026-01-26",
    "requester": {"reference": "Practitioner/dr-1"},
}
DOSE = {
    "text": "2 capsules (5 mg) once daily",
    "additionalInstruction": [{"text": "after dialysis"}],
    "timing": {
        "repeat": {"boundsPeriod": {"start": "2026-01-05", "end": "2026-01-26"}, "frequency": 1, "period": 1}
        | {"periodUnit": "d"}
    },
    "doseAndRate": [{"doseQuantity": {"value": Decimal("2.5"), "unit": "mg", "system": "http://unitsofmeasure.org"}}],
}
CHANGES: list[dict[str, Any]] = [
    {"status": "on-hold", "statusReason": {"text": "Platelets 42: hold lenalidomide"}},
    {"dosageInstruction": [DOSE]},
    {"dosageInstruction": [{**ORDER["dosageInstruction"][0], "text": "5 mg once daily"}]},
    {"dispenseRequest": {"quantity": {"value": 14}, "numberOfRepeatsAllowed": 0}},
    {"medicationCodeableConcept": {"coding": [{"system": "http://e.org/x", "code": "1 2", "display": "A b"}]}},
]
MEMBERS = [
    *(("text", "status", "value", "code", "system", "unit", "reference", "coding", "quantity", "timing", "repeat")),
    *(("frequency", "period", "periodUnit", "start", "extension", "_text", "zork", "priority", "occurrenceDateTime")),
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, Decimal("1.50"), Decimal("1E+5"), Decimal("-1"), 2**31, 2**63]),
    st.sampled_from(["", " ", "a", " a", "a ", "a  b", "a\tb", "a\nb", "\u00a0", "\u2003x", "\u0000", "on-hold", "wk"]),
    st.sampled_from(["2026-01-05", "2026-02-30", "2026-1-5", "2026-01-05T10:00:00", "Patient/p1", "<b>", "Größe µ"]),
    st.sampled_from([{}, [], [None], [{}], {"text": "x"}, [{"text": "x"}], {"url": "x"}, [{"code": "a"}]]),
)


@pytest.mark.parametrize("change", CHANGES)
def test_what_this_service_writes_is_known_to_be_sound(change: dict[str, Any]) -> None:
    changed = {**ORDER, **change}
    assert is_known_sound(changed, ORDER)
    assert is_sound(changed, ORDER)


@pytest.mark.parametrize("lacking", [None, "requester"])
def test_a_test_order_is_known_to_be_sound(lacking: str | None) -> None:
    order = {name: value for name, value in TEST.items() if name != lacking}
    assert is_known_sound(order)
    assert is_sound(order)


@pytest.mark.parametrize("lacking", [name for name in TEST if name != "requester"])
def test_a_test_order_without_a_part_is_not_known(lacking: str) -> None:
    assert not is_known_sound({name: value for name, value in TEST.items() if name != lacking})


def test_what_stands_in_the_order_unchanged_is_the_clients_own() -> None:
    odd = {**ORDER, "note": "no list", "zork": 1, "encounter": {"reference": 7}}
    assert is_known_sound({**odd, **CHANGES[0]}, odd)
    assert is_sound({**odd, **CHANGES[0]}, odd)


@pytest.mark.parametrize(
    "changed",
    [
        {**ORDER, "status": "zork"},
        {**ORDER, "subject": {"reference": "Patient/p2"}},
        {**ORDER, "dosageInstruction": "5 mg"},
        {**ORDER, "dosageInstruction": [{"text": " "}]},
        {**ORDER, "dosageInstruction": [{"text": "5 mg", "timing": {"repeat": {"frequency": True}}}]},
        {**ORDER, "statusReason": {"text": "a", "extension": [{"url": "http://e.org", "valueString": "x"}]}},
        {name: value for name, value in ORDER.items() if name != "medicationCodeableConcept"},
        {**ORDER, "resourceType": "MedicationOrder"},
    ],
)
def test_what_is_not_known_is_left_to_the_library(changed: dict[str, Any]) -> None:
    assert not is_known_sound(changed, ORDER)


def test_a_new_resource_of_another_type_is_not_known() -> None:
    assert not is_known_sound(ORDER)
    assert not is_known_sound({**TEST, "resourceType": "Task"})


def places(value: Any) -> list[Any]:
    """Every object and array in a value, itself first."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [value] if isinstance(value, dict | list) else []
    return found + [place for each in inner for place in places(each)]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data())
def test_nothing_unsound_is_ever_taken_for_sound(data: st.DataObject) -> None:
    original: dict[str, Any] | None = data.draw(st.sampled_from([ORDER, None]))
    resource = copy.deepcopy(TEST if original is None else {**ORDER, **data.draw(st.sampled_from(CHANGES))})
    for _ in range(data.draw(st.integers(1, 3))):
        place, value = data.draw(st.sampled_from(places(resource))), copy.deepcopy(data.draw(VALUES))
        if isinstance(place, list):
            place.append(value)
        elif data.draw(st.booleans()) and place:
            place[data.draw(st.sampled_from(sorted(place)))] = value
        else:
            place[data.draw(st.sampled_from(MEMBERS))] = value
    sent = without_empties(resource)
    if is_tame(sent) and is_known_sound(sent, original):
        assert is_sound(sent, original)
