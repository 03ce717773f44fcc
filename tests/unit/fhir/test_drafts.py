"""Drafts as clients send them."""

import json
import time
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.fhir.drafts import DraftRead, read_drafts
from tests.unit.fhir.medication_samples import NAMES, PRODUCTS, RXNORM, TODAY, order


def drafts(*resources: object, selections: tuple[str, ...] = ()) -> DraftRead:
    raws = [json.dumps(each).encode() for each in resources]
    return read_drafts(raws, "p1", TODAY, PRODUCTS, NAMES, "lenalidomide", selections)


SANDBOX = order(id="request-123", status="draft", category={"text": "outpatient"})


def test_the_sandbox_draft_is_read() -> None:
    result = drafts(SANDBOX, selections=("MedicationRequest/request-123",))
    (draft,) = result.orders
    expected = ("MedicationRequest/request-123", Dose(Decimal(10)), True, True, ())
    assert expected == (
        draft.record.reference,
        draft.record.dose,
        draft.record.is_draft,
        draft.is_selected,
        result.remarks,
    )
    assert json.loads(result.raw_of("MedicationRequest/request-123")[0]) == SANDBOX


def test_a_draft_before_a_drug_is_chosen_is_nothing() -> None:
    empty = order(id="request-123", status="draft", medicationCodeableConcept=None, intent=None, dosageInstruction=None)
    assert DraftRead() == drafts(empty)


def test_a_draft_without_id_has_no_reference_and_a_remark() -> None:
    result = drafts(order(id=None, status="draft"))
    assert ([""], ("a MedicationRequest has no id",)) == ([r.reference for r in result.records], result.remarks)


def test_two_drafts_with_one_id_are_both_kept_and_said() -> None:
    result = drafts(order(), order(authoredOn="2026-01-06"))
    assert (2, 2) == (len(result.orders), len(result.raw_of("MedicationRequest/m1")))
    assert ("two drafts have the same id; both were kept",) == result.remarks


def test_selected_drafts_come_first_whatever_the_order_of_entries() -> None:
    one, two = order(id="a"), order(id="b")
    for entries in ((one, two), (two, one)):
        result = drafts(*entries, selections=("MedicationRequest/b",))
        assert ["MedicationRequest/b", "MedicationRequest/a"] == [d.record.reference for d in result.orders]


def test_a_draft_without_subject_counts_and_one_of_another_patient_does_not() -> None:
    result = drafts(order(id="a", subject=None), order(id="b", subject={"reference": "Patient/p2"}))
    assert ["MedicationRequest/a"] == [d.record.reference for d in result.orders]
    assert 2 == len(result.remarks)


def test_a_draft_of_which_nothing_says_the_drug_is_named() -> None:
    lost = order(id="lost", medicationCodeableConcept=None, medicationReference={"reference": "Medication/elsewhere"})
    local = order(id="local", medicationCodeableConcept={"coding": [{"system": "urn:local", "code": "4711"}]})
    nameless = order(
        id="nameless",
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m"},
        contained=[{"resourceType": "Medication", "id": "m"}],
    )
    logical = order(id="logical", medicationCodeableConcept=None, medicationReference={"identifier": {"value": "4711"}})
    expected = tuple(f"MedicationRequest/{each}" for each in ("lost", "local", "nameless", "logical"))
    assert expected == drafts(lost, local, nameless, logical).untold


@pytest.mark.parametrize(
    "medication",
    [
        {"medicationReference": {"reference": "Medication/x", "display": "Amoxicillin 500 mg"}},
        {"medicationCodeableConcept": {"text": "Amoxicillin"}},
        {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "723"}]}},
        {
            "medicationReference": {"reference": "#m"},
            "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Amoxicillin"}}],
        },
        {"medicationCodeableConcept": {"coding": []}},
        {},
    ],
)
def test_a_draft_of_another_drug_or_of_none_yet_is_not_untold(medication: dict[str, object]) -> None:
    assert DraftRead() == drafts(order(**{"medicationCodeableConcept": None, **medication}))


@pytest.mark.parametrize(
    ("selection", "is_selected"),
    [
        ("MedicationRequest/m1", True),
        ("m1", True),
        ("https://ehr.example.org/fhir/MedicationRequest/m1", True),
        ("MedicationRequest/m1/_history/2", True),
        ("xMedicationRequest/m1", False),
        ("https://ehr.example.org/m1", False),
        ("MedicationRequest/m11", False),
        ("1", False),
    ],
)
def test_a_selection_names_a_draft_by_reference_id_or_address(selection: str, is_selected: bool) -> None:
    others = ("a/MedicationRequest/m0", "b/MedicationRequest/m2", "zMedicationRequest/m1")
    assert [is_selected] == [d.is_selected for d in drafts(order(), selections=(*others, selection)).orders]


def test_thousands_of_selections_of_as_many_drafts_are_found_in_time() -> None:
    many = [order(id=f"m{n}", medicationCodeableConcept={"text": "aspirin"}) for n in range(1000)]
    began = time.thread_time()
    drafts(*many, selections=tuple(f"x{n}" for n in range(20_000)))
    assert time.thread_time() - began < 1.5


NUMBER = {"coding": [602910]}
NOT_AN_ORDER = "its resource type is no medication order's"


@pytest.mark.parametrize(
    ("members", "reference"),
    [
        ({"medicationCodeableConcept": NUMBER}, "MedicationRequest/m1"),
        ({"medicationCodeableConcept": None, "medicationReference": "Medication/1"}, "MedicationRequest/m1"),
        ({"resourceType": "medicationRequest", "medicationCodeableConcept": NUMBER}, "medicationRequest/m1"),
        ({"medicationCodeableConcept": NUMBER, "id": None}, "MedicationRequest"),
    ],
)
def test_an_order_that_cannot_be_read_and_tells_no_medicine_is_named(
    members: dict[str, object], reference: str
) -> None:
    assert (reference,) == drafts(order(**{"dosageInstruction": None, **members})).untold


@pytest.mark.parametrize(
    "members",
    [
        {"medicationCodeableConcept": {"text": "Aspirin"}, "status": 5},
        {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "1191"}]}, "status": 5},
        {"medicationCodeableConcept": NUMBER, "status": "cancelled"},
        {"medicationCodeableConcept": {"text": "Aspirin"}, "resourceType": "medicationRequest"},
        {"medicationCodeableConcept": None, "resourceType": "medicationRequest"},
    ],
)
def test_an_order_of_another_medicine_or_of_none_is_no_doubt(members: dict[str, object]) -> None:
    result = drafts(order(**{"dosageInstruction": None, **members}))
    assert ((), ()) == (result.untold, result.refused)


@pytest.mark.parametrize(
    "kind", ["medicationRequest", "MedicationKnowledge", "SupplyRequest", "NutritionOrder", "RequestGroup", "Foo"]
)
def test_a_draft_of_another_type_that_orders_the_drug_is_said(kind: str) -> None:
    assert (NOT_AN_ORDER,) == drafts(order(resourceType=kind)).refused


def test_a_group_is_said_where_the_order_is_inside_it_or_nowhere_else() -> None:
    inside = {"resourceType": "RequestGroup", "id": "g", "contained": [order()]}
    named = {"resourceType": "CarePlan", "id": "g", "title": "lenalidomide"}
    assert ((NOT_AN_ORDER,), (NOT_AN_ORDER,)) == (drafts(inside).refused, drafts(inside, order()).refused)
    assert ((NOT_AN_ORDER,), ()) == (drafts(named).refused, drafts(named, order()).refused)


@pytest.mark.parametrize("kind", ["ServiceRequest", "Communication", "Task", "Condition", "servicerequest"])
def test_what_names_the_drug_beside_what_it_is_orders_nothing(kind: str) -> None:
    beside = {"resourceType": kind, "id": "b", "code": {"text": "CBC under lenalidomide"}}
    assert DraftRead() == drafts(beside)
