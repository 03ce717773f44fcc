"""Medication resources become records, or are said to be refused."""

import json
from datetime import date
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.fhir.medication_form import is_of_another_form
from tests.support.public_data import data_folder
from tests.unit.fhir.medication_samples import DAILY, RXNORM, TEN_MG, order, read

TEN = Decimal(10)


def test_an_order_of_one_pill_is_read_with_the_strength_of_its_code() -> None:
    (record,) = read(order()).records
    expected = ("order", "MedicationRequest/m1", frozenset({"lenalidomide"}), Dose(TEN), date(2026, 1, 5), "authored")
    actual = (record.kind, record.reference, record.concepts, record.dose, record.starts_on, record.starts_by)
    assert expected == actual


@pytest.mark.parametrize(
    ("start", "status"),
    [({"start": "1999-01-05"}, "unknown"), ({"start": "2999-01-05"}, "intended"), (None, "intended")],
)
def test_a_statement_that_was_to_begin_by_now_may_have_begun(start: dict[str, str] | None, status: str) -> None:
    statement = order(resourceType="MedicationStatement", status="intended", effectivePeriod=start, authoredOn=None)
    assert [status] == [record.status for record in read(statement).records]


@pytest.mark.parametrize(
    "reference", ["urn:uuid:M1", "URN:UUID:m1", "m1", "/Medication/m1", "Medication/m1/", " Medication/m1 "]
)
def test_a_medication_is_found_however_its_reference_is_written(reference: str) -> None:
    named = order(medicationReference={"reference": reference})
    del named["medicationCodeableConcept"]
    medication = {"resourceType": "Medication", "id": "m1", "code": {"text": "lenalidomide 10 mg"}}
    assert [frozenset({"lenalidomide"})] == [record.concepts for record in read(named, medication).records]


MEDICATION = {"resourceType": "Medication", "id": "med1", "code": {"text": "Lenalidomide"}}
STRENGTH = {"numerator": {"value": 10, "unit": "mg"}, "denominator": {"value": 1, "unit": "capsule"}}


@pytest.mark.parametrize(
    "reference", ["Medication/med1", "https://x.example/fhir/Medication/med1", "urn:uuid:med1", "#med1"]
)
def test_a_referenced_medication_is_found_included_or_contained(reference: str) -> None:
    medication = {**MEDICATION, "ingredient": [{"itemCodeableConcept": {"text": "lenalidomide"}, "strength": STRENGTH}]}
    inside = [medication] if reference.startswith("#") else None
    mine = order(medicationCodeableConcept=None, medicationReference={"reference": reference}, contained=inside)
    assert [Dose(TEN)] == [record.dose for record in read(mine, medication).records]


def test_a_referenced_medication_that_is_not_there_is_said() -> None:
    mine = order(medicationCodeableConcept=None, medicationReference={"reference": "Medication/none"})
    result = read(mine)
    expected = "a medication that an order refers to was not found, so its drug is not known"
    assert ((), (expected,)) == (result.records, result.remarks)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_resource_that_never_was_is_dropped(status: str) -> None:
    assert () == read(order(status=status)).records


@pytest.mark.parametrize(
    ("kind", "status", "counts_as"),
    [
        *(
            ("MedicationRequest", each, "unknown")
            for each in ("in-progress", "not-taken", "Requested", "suspended", "", "5")
        ),
        ("MedicationRequest", "ended", "completed"),
        ("MedicationRequest", "On Hold", "on-hold"),
        ("MedicationRequest", "on_hold", "on-hold"),
        ("MedicationStatement", "recorded", "unknown"),
        ("MedicationStatement", "in-progress", "unknown"),
        ("MedicationStatement", "Active", "active"),
        ("MedicationDispense", "active", "unknown"),
        ("MedicationAdministration", "preparation", "unknown"),
    ],
)
def test_a_status_of_another_version_or_kind_counts_as_not_known_and_is_said(
    kind: str, status: str, counts_as: str
) -> None:
    result = read(order(resourceType=kind, status=status))
    assert [counts_as] == [record.status for record in result.records]
    assert (counts_as == "unknown" and status != "recorded") == any(
        "no status that is known" in r for r in result.remarks
    )


@pytest.mark.parametrize("status", ["active", "on-hold", "stopped", "completed", "draft"])
def test_a_status_is_kept_as_it_is(status: str) -> None:
    assert [status] == [record.status for record in read(order(status=status)).records]


def test_do_not_perform_is_no_therapy() -> None:
    result = read(order(doNotPerform=True))
    expected = "an instruction not to give lenalidomide is no therapy and was not counted"
    assert ((), (expected,)) == (result.records, result.remarks)


def test_another_patients_order_is_refused_with_a_remark() -> None:
    result = read(order(subject={"reference": "Patient/p2"}))
    expected = "a medication resource was refused: it does not name this patient"
    assert ((), (expected,)) == (result.records, result.remarks)


@pytest.mark.parametrize(
    ("raw", "remark"),
    [
        (
            b'{"resourceType": "MedicationRequest", "contained": [[5]], "doNotPerform": 5, "x": "Revlimid"}',
            "a lenalidomide order could not be read",
        ),
        (
            b'{"resourceType": "MedicationRequest", "doNotPerform": 5, "code": "602910"}',
            "a lenalidomide order could not be read",
        ),
        (b'{"resourceType": "MedicationRequest", "doNotPerform": 5}', "a medication resource could not be read"),
        (b'{"resourceType": "MedicationRequest", "lenalidomide', "a lenalidomide order could not be read"),
    ],
)
def test_a_resource_that_cannot_be_read_costs_itself_and_is_said(raw: bytes, remark: str) -> None:
    result = read(raw, order())
    assert (1, (remark,)) == (len(result.records), result.remarks)


@pytest.mark.parametrize("given", ["10 mg once daily", ["10 mg once daily"], {"text": "10 mg once daily"}])
def test_a_dosage_that_is_a_string_is_read_as_its_text(given: object) -> None:
    (record,) = read(order(dosageInstruction=given)).records
    assert record.dose is not None
    assert "10 mg once daily" == record.dose.words


@pytest.mark.parametrize(
    ("dosages", "is_other"),
    [
        ('[{"text": "intravenous"}]', True),
        ('["intravenous"]', True),
        ('"intravenous"', True),
        ('"by mouth"', False),
        ("[5]", False),
    ],
)
def test_the_way_a_medicine_is_taken_is_read_of_a_dosage_that_is_a_string_too(dosages: str, is_other: bool) -> None:
    assert is_other == is_of_another_form(dosages.encode())


def test_a_dosage_that_cannot_be_read_costs_the_dose_only() -> None:
    (record,) = read(order(dosageInstruction=[{"text": 5}])).records
    assert (None, "the dose is not readable") == (record.dose, record.dose_problem)


BOUNDS = {"repeat": {**DAILY["repeat"], "boundsPeriod": {"start": "2026-01-07", "end": "2026-03-01"}}}
VALIDITY = {"validityPeriod": {"start": "2026-01-06"}}


@pytest.mark.parametrize(
    ("resource", "starts_on", "starts_by"),
    [
        (order(dosageInstruction=[{"timing": BOUNDS}], dispenseRequest=VALIDITY), date(2026, 1, 7), "bounds"),
        (order(dispenseRequest=VALIDITY), date(2026, 1, 6), "validity"),
        (order(), date(2026, 1, 5), "authored"),
        (order(authoredOn=None), None, ""),
        (order(authoredOn="2027-01-05"), None, ""),
        (order(authoredOn="2026-01"), None, ""),
        (order(authoredOn="soon"), None, ""),
        (
            order(resourceType="MedicationDispense", authoredOn=None, whenHandedOver="2026-01-08"),
            date(2026, 1, 8),
            "dispensed",
        ),
        (
            order(resourceType="MedicationStatement", effectivePeriod={"start": "2025-12-01"}),
            date(2025, 12, 1),
            "taken",
        ),
        (order(resourceType="MedicationStatement", effectiveDateTime="2025-12-02"), date(2025, 12, 2), "taken"),
        (order(resourceType="MedicationAdministration", effectiveDateTime="2025-12-03"), date(2025, 12, 3), "taken"),
    ],
)
def test_the_start_follows_the_order_of_evidence(
    resource: dict[str, object], starts_on: date | None, starts_by: str
) -> None:
    (record,) = read(resource).records
    assert (starts_on, starts_by) == (record.starts_on, record.starts_by)


def test_a_future_date_is_said_and_not_replaced_by_weaker_evidence() -> None:
    result = read(order(dispenseRequest={"validityPeriod": {"start": "2026-05-01"}}))
    assert (None, date(2026, 5, 1), ("a start date lies in the future and was not used",)) == (
        result.records[0].starts_on,
        result.records[0].planned_from,
        result.remarks,
    )


@pytest.mark.parametrize(
    ("quantity", "mg"),
    [
        ({"value": 56, "unit": "capsule"}, 560),
        ({"value": 56}, 560),
        ({"value": 56, "unit": "{pill}", "code": "{pill}"}, 560),
        ({"value": 560, "unit": "mg", "code": "mg"}, 560),
        ({"value": 1, "unit": "bottle"}, None),
        ({"value": 56, "comparator": "<", "unit": "capsule"}, None),
        ({"value": 0, "unit": "capsule"}, None),
        ({"unit": "capsule"}, None),
        ("56", None),
    ],
)
def test_an_ordered_quantity_is_the_mg_that_it_holds(quantity: object, mg: int | None) -> None:
    (record,) = read(order(dispenseRequest={"quantity": quantity})).records
    assert mg == record.supplied_mg


@pytest.mark.parametrize(
    ("value", "unit", "days", "doubt"),
    [
        (84, "mg", None, "84 mg is no whole number of 10 mg capsules"),
        (84, "milligram", 84, "84 milligram is no whole number"),
        (28, "mg", 28, "28 mg is no whole number"),
        (30, "mg", 30, "30 mg does not last the 30 days"),
        (30, "mg", 3, ""),
        (30, "mg", None, ""),
        (280, "mg", 28, ""),
        (210, "mg", None, ""),
        (0.28, "g", 28, ""),
        (84, "capsule", None, ""),
        (84, "", None, ""),
        (1, "bottle", 28, ""),
    ],
)
def test_a_quantity_in_mg_that_may_be_one_of_capsules_is_doubted(
    value: float, unit: str, days: int | None, doubt: str
) -> None:
    request: dict[str, object] = {"quantity": {"value": value, "unit": unit}}
    request |= {"expectedSupplyDuration": {"value": days, "unit": "d"}} if days else {}
    (record,) = read(order(dispenseRequest=request)).records
    assert (bool(doubt), True) == (bool(record.supply_doubt), doubt in record.supply_doubt)
    assert not (record.supply_doubt and record.supplied_mg)


def test_bounds_end_reasons_supply_and_refills_are_kept() -> None:
    request = {"expectedSupplyDuration": {"value": 4, "code": "wk"}, "numberOfRepeatsAllowed": 2}
    (record,) = read(
        order(
            dosageInstruction=[{"timing": BOUNDS}],
            dispenseRequest=request,
            statusReason={"text": "low platelets"},
            reasonCode=[{"text": "MDS del(5q)", "coding": [{"code": "D46.C"}]}],
        )
    ).records
    actual = (record.bounds_end, record.days_supply, record.refills, record.status_reason, record.reasons)
    assert (date(2026, 3, 1), Decimal(28), 2, "low platelets", ("MDS del(5q)", "D46.C")) == actual


@pytest.mark.parametrize(
    "resource",
    [
        order(medicationCodeableConcept=None, medication={"concept": TEN_MG}),
        order(resourceType="MedicationOrder", subject=None, patient={"reference": "Patient/p1"}),
        order(context={"reference": "Encounter/e"}),
    ],
)
def test_shapes_of_other_versions_are_read_and_said(resource: dict[str, object]) -> None:
    result = read(resource)
    assert [Dose(TEN)] == [record.dose for record in result.records]
    assert any("is not R4" in remark for remark in result.remarks)


def test_a_known_co_medication_is_kept_and_an_unknown_drug_is_dropped_without_noise() -> None:
    warfarin = order(id="w", medicationCodeableConcept={"coding": [{"system": RXNORM, "code": "11289"}]})
    unknown = order(id="u", medicationCodeableConcept={"text": "vitamin X"})
    result = read(warfarin, unknown)
    assert (["MedicationRequest/w"], ()) == ([record.reference for record in result.records], result.remarks)


def test_a_medication_text_with_the_whole_instruction_is_read() -> None:
    (record,) = read(
        order(medicationCodeableConcept={"text": "Lenalidomide 10 mg daily"}, dosageInstruction=None)
    ).records
    assert Dose(TEN) == record.dose


@pytest.mark.parametrize(
    ("quantity", "days", "dose"),
    [
        ({"value": 28, "unit": "capsule"}, 28, Dose(TEN)),
        ({"value": 280, "unit": "mg", "code": "mg", "system": "http://unitsofmeasure.org"}, 28, Dose(TEN)),
        ({"value": 21, "unit": "capsule"}, 28, Dose(TEN, on_days=21, cycle_days=28)),
        ({"value": 56, "unit": "capsule"}, 28, Dose(Decimal(20))),
        ({"value": 21, "unit": "capsule"}, 30, None),
        ({"value": 14, "unit": "capsule"}, 28, None),
        ({"value": 28, "unit": "capsule"}, None, None),
        (None, 28, None),
    ],
)
def test_a_dispense_without_instructions_tells_its_dose_by_capsules_and_days(
    quantity: object, days: int | None, dose: Dose | None
) -> None:
    given = {
        "resourceType": "MedicationDispense", "id": "d1", "status": "completed", "medicationCodeableConcept": TEN_MG,
        "subject": {"reference": "Patient/p1"}, "whenHandedOver": "2026-01-05",
    }  # fmt: skip
    given |= {"quantity": quantity} if quantity is not None else {}
    given |= {"daysSupply": {"value": days, "unit": "d"}} if days is not None else {}
    (record,) = read(given).records
    assert (dose, "" if dose else "no dosage instruction") == (record.dose, record.dose_problem)


@pytest.mark.parametrize(
    ("members", "is_reported"),
    [
        ({"reportedBoolean": True}, True),
        ({"reportedBoolean": False}, False),
        ({"reportedReference": {"reference": "RelatedPerson/1"}}, True),
        ({"reported": True}, True),
        ({"reportedBoolean": "yes"}, False),
        ({}, False),
    ],
)
def test_what_is_said_to_be_taken_is_told_apart_from_what_is_ordered(
    members: dict[str, object], is_reported: bool
) -> None:
    (record,) = read(order(intent="plan", **members)).records
    assert ("plan", is_reported) == (record.intent, record.is_reported)


@pytest.mark.parametrize(
    ("status", "read_as"),
    [
        ("in-progress", "unknown"),
        ("recorded", "unknown"),
        ("intended", "unknown"),
        ("ended", "completed"),
        ("Active", "active"),
    ],
)
def test_a_status_of_another_version_or_kind_is_no_reason_to_pass_treatment_over(status: str, read_as: str) -> None:
    (record,) = read(order(status=status)).records
    assert read_as == record.status


def _resources(node: object, found: list[dict[str, object]]) -> None:
    if isinstance(node, dict):
        if str(node.get("resourceType", "")).startswith("Medication"):
            found.append(node)
        for value in node.values():
            _resources(value, found)
    elif isinstance(node, list):
        for value in node:
            _resources(value, found)


def _public_data() -> tuple[list[dict[str, object]], list[bytes]]:
    """Every medication resource, and as bytes what is no JSON (templates with gaps)."""
    found: list[dict[str, object]] = []
    broken: list[bytes] = []
    folder = data_folder()
    for path in sorted(folder.rglob("*.json")) + sorted(folder.rglob("*.ndjson")):
        text = path.read_text(encoding="utf-8-sig")
        for part in text.splitlines() if path.suffix == ".ndjson" else [text]:
            if "Medication" not in part:
                continue
            try:
                _resources(json.loads(part), found)
            except json.JSONDecodeError:
                broken.append(part.encode())
    return found, broken


def test_every_public_medication_resource_gives_a_dose_or_a_named_reason() -> None:
    found, broken = _public_data()
    assert read(*found, *broken).remarks
    # As if every product were the drug and every patient ours: each dosage shape has to pass through the reader.
    ours = {"subject": {"reference": "Patient/p1"}, "patient": None, "medicationReference": None, "medication": None}
    mine = [
        {
            **{k: v for k, v in node.items() if k not in ours},
            "subject": ours["subject"],
            "medicationCodeableConcept": TEN_MG,
        }
        for node in found
        if node["resourceType"] != "Medication" and node.get("status") not in ("cancelled", "entered-in-error")
    ]
    results = [read(node) for node in mine]
    records = [record for result in results for record in result.records]
    assert all(record.dose or record.dose_problem for record in records)
    assert all(result.records or result.remarks for result in results)
    assert (True, True) == (len(records) > 700, sum(record.dose is not None for record in records) > 50)


@pytest.mark.parametrize(
    ("status", "written", "is_asked"),
    [
        ("completed", "2025-01-25", False),
        ("stopped", "2012-08-18", False),
        ("ended", "2024", False),
        ("completed", "2025-01-26", True),
        ("completed", "2025", True),
        ("completed", None, True),
        ("completed", "1970-01-01", True),
        ("active", "2012-08-18", True),
        ("in-progress", "2012-08-18", True),
    ],
)
def test_an_order_of_an_unknown_medicine_is_asked_about_unless_it_ended_more_than_a_year_ago(
    status: str, written: str | None, is_asked: bool
) -> None:
    lost = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/elsewhere"}}
    assert is_asked == bool(read(order(status=status, authoredOn=written, **lost)).untold)
