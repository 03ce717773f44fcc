"""Amended draft orders read back as exactly the dose that was written."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.clinical.exposure import Dose
from cds_service.fhir.dosage_write import DrugCodes, amended_order
from tests.unit.fhir.medication_samples import BY_STRENGTH, DAILY, NAMES, PRODUCTS, RXNORM, STRENGTHS, order, read

CODES = DrugCodes(PRODUCTS, NAMES, "lenalidomide")
SUPPLY = {
    "quantity": {"value": 28, "unit": "{pill}"},
    "expectedSupplyDuration": {"value": 28, "unit": "days", "code": "d"},
}
MG = {
    "timing": DAILY,
    "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg", "code": "mg"}}],
    "text": "10 mg daily",
}


def amended(draft: dict[str, object], dose: Dose) -> dict[str, object]:
    result = amended_order(draft, dose, STRENGTHS, CODES)
    assert result is not None
    return result


@pytest.mark.parametrize("dosage", [None, MG])
def test_a_lower_dose_changes_code_dose_and_quantity_and_nothing_else(dosage: dict[str, object] | None) -> None:
    draft = order(
        dispenseRequest=SUPPLY, note=[{"text": "keep"}], **({"dosageInstruction": [dosage]} if dosage else {})
    )
    before = copy.deepcopy(draft)
    result = amended(draft, Dose(Decimal(5)))
    changed = {k for k in result if result[k] != before.get(k)}
    assert changed <= {"medicationCodeableConcept", "dosageInstruction", "dispenseRequest"}
    assert before == draft
    concept = result["medicationCodeableConcept"]
    assert ("602912", "lenalidomide 5 MG Oral Capsule") == (concept["coding"][0]["code"], concept["text"])  # type: ignore[index]
    assert 28 == result["dispenseRequest"]["quantity"]["value"]  # type: ignore[index]


def test_a_rest_changes_the_quantity_to_the_days_on() -> None:
    result = amended(order(dispenseRequest=SUPPLY), Dose(Decimal(10), on_days=21, cycle_days=28))
    assert 21 == result["dispenseRequest"]["quantity"]["value"]  # type: ignore[index]


def test_the_strength_of_the_draft_is_kept_where_whole_capsules_give_the_dose() -> None:
    result = amended(order(), Dose(Decimal(20)))
    assert "602910" == result["medicationCodeableConcept"]["coding"][0]["code"]  # type: ignore[index]
    assert 2 == result["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"]  # type: ignore[index]


def test_a_brand_stays_a_brand() -> None:
    brand = {"coding": [{"system": RXNORM, "code": "616114", "display": "lenalidomide 10 MG Oral Capsule [Revlimid]"}]}
    result = amended(order(medicationCodeableConcept=brand), Dose(Decimal(5)))
    assert "616116" == result["medicationCodeableConcept"]["coding"][0]["code"]  # type: ignore[index]


@pytest.mark.parametrize("mg", ["7", "1.25", "0", "500"])
def test_a_dose_that_no_whole_capsules_give_is_not_written(mg: str) -> None:
    assert amended_order(order(), Dose(Decimal(mg)), STRENGTHS, CODES) is None


def test_another_drugs_order_is_not_amended() -> None:
    assert (
        amended_order(order(medicationCodeableConcept={"text": "aspirin"}), Dose(Decimal(5)), STRENGTHS, CODES) is None
    )


def test_a_stale_instruction_is_replaced_and_a_harmless_one_kept() -> None:
    extra = [{"text": "days 1-21 of 28"}, {"text": "swallow whole"}]
    draft = order(dosageInstruction=[{**MG, "additionalInstruction": extra, "patientInstruction": "2 capsules"}])
    instruction = amended(draft, Dose(Decimal(10)))["dosageInstruction"][0]  # type: ignore[index]
    assert ([{"text": "swallow whole"}], False) == (
        instruction["additionalInstruction"],
        "patientInstruction" in instruction,
    )


CYCLE = Dose(Decimal(10), on_days=21, cycle_days=28)


def repeat(draft: dict[str, object], dose: Dose = CYCLE) -> dict[str, object]:
    return amended(draft, dose)["dosageInstruction"][0]["timing"]["repeat"]  # type: ignore[index,no-any-return]


def test_one_cycle_is_bounded_to_its_days_on() -> None:
    days = {"value": 21, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
    assert {"boundsDuration": days, "frequency": 1, "period": 1, "periodUnit": "d"} == repeat(
        order(dispenseRequest=SUPPLY)
    )


def test_one_cycle_from_a_day_ends_with_its_days_on() -> None:
    begun = {**MG, "timing": {"repeat": {**DAILY["repeat"], "boundsPeriod": {"start": "2026-02-02"}}}}  # type: ignore[dict-item]
    assert {"start": "2026-02-02", "end": "2026-02-22"} == repeat(
        order(dosageInstruction=[begun], dispenseRequest=SUPPLY)
    )["boundsPeriod"]


@pytest.mark.parametrize("days", [None, 84])
def test_an_open_or_longer_supply_gives_the_times_in_a_cycle(days: int | None) -> None:
    supply = {"dispenseRequest": {"expectedSupplyDuration": {"value": days, "code": "d"}}} if days else {}
    assert {"frequency": 21, "period": 28, "periodUnit": "d"} == repeat(order(**supply))


@pytest.mark.parametrize("days", [None, 21, 28, 84])
@pytest.mark.parametrize("on, cycle", [(21, 28), (14, 21), (21, 42)])
def test_the_structure_alone_never_gives_more_than_the_text(days: int | None, on: int, cycle: int) -> None:
    dose = Dose(Decimal(10), on_days=on, cycle_days=cycle)
    supply = {"dispenseRequest": {"expectedSupplyDuration": {"value": days, "code": "d"}}} if days else {}
    whole = amended(order(**supply), dose)
    (instruction,) = whole["dosageInstruction"]  # type: ignore[misc]
    bare = {**whole, "dosageInstruction": [{k: v for k, v in instruction.items() if k != "text"}]}
    structure = read(_plain(bare)).records[0].dose
    bounds = instruction["timing"]["repeat"].get("boundsDuration")
    taken = bounds["value"] if bounds else structure.mg_per_day * cycle / 10  # type: ignore[union-attr]
    assert (dose, on) == (read(_plain(whole)).records[0].dose, taken)


@settings(max_examples=150, deadline=None)
@given(
    mg=st.sampled_from(["2.5", "5", "10", "15", "20", "25"]),
    schedule=st.sampled_from(
        [{}, {"on_days": 21, "cycle_days": 28}, {"every_days": 2}, {"per_week": 2}, {"on_days": 14, "cycle_days": 21}]
    ),
    note=st.sampled_from(["", "after dialysis on dialysis days"]),
    strength=st.sampled_from(sorted(BY_STRENGTH)),
    kind=st.integers(0, 2),
    is_mg=st.booleans(),
    days=st.sampled_from([None, 7, 21, 28, 56, 84]),
    start=st.sampled_from(["", "2026-02-02", "2026-02-02T08:00:00Z", "2026-02"]),
)
def test_what_is_written_reads_back_as_the_dose(
    mg: str,
    schedule: dict[str, int],
    note: str,
    strength: str,
    kind: int,
    is_mg: bool,
    days: int | None,
    start: str,
) -> None:
    dose = Dose(Decimal(mg), note=note, **schedule)
    coding = {"system": RXNORM, "code": BY_STRENGTH[strength][kind]}
    begun = {"boundsPeriod": {"start": start}} if start else {}
    timing = {"repeat": {**DAILY["repeat"], **begun}}  # type: ignore[dict-item]
    own = {"timing": timing, "doseAndRate": [{"doseQuantity": {"value": Decimal(strength), "unit": "mg"}}]}
    members: dict[str, object] = {"dosageInstruction": [own]} if is_mg else {}
    if days:
        members["dispenseRequest"] = {"expectedSupplyDuration": {"value": days, "code": "d"}}
    result = amended(order(medicationCodeableConcept={"coding": [coding]}, **members), dose)
    (record,) = read(_plain(result)).records
    assert dose == record.dose


def _plain(node: object) -> object:
    """Decimals as JSON numbers, for the sample reader."""
    if isinstance(node, dict):
        return {k: _plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [_plain(v) for v in node]
    return float(node) if isinstance(node, Decimal) else node


TWENTY_FIVE = {"resourceType": "Medication", "id": "m", "code": {"coding": [{"system": RXNORM, "code": "643720"}]}}


def test_a_contained_medication_becomes_the_concept_of_the_new_strength() -> None:
    other = {"resourceType": "Practitioner", "id": "p"}
    draft = order(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m"},
        contained=[TWENTY_FIVE, other],
        requester={"reference": "#p"},
    )
    result = amended(draft, Dose(Decimal(10)))
    assert "medicationReference" not in result
    assert [other] == result["contained"]
    assert "602910" == result["medicationCodeableConcept"]["coding"][0]["code"]  # type: ignore[index]


def test_a_contained_medication_that_is_named_elsewhere_too_stays() -> None:
    draft = order(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m"},
        contained=[TWENTY_FIVE],
        supportingInformation=[{"reference": "#m"}],
    )
    assert amended_order(draft, Dose(Decimal(10)), STRENGTHS, CODES) is None


def test_a_medication_elsewhere_becomes_a_concept_with_the_strength_of_the_dose() -> None:
    draft = order(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"})
    result = amended(draft, Dose(Decimal(10)))
    assert "medicationReference" not in result
    assert "602910" == result["medicationCodeableConcept"]["coding"][0]["code"]  # type: ignore[index]


def test_a_medicine_in_words_alone_stays_in_words() -> None:
    draft = order(medicationCodeableConcept={"text": "Revlimid 25 mg Hartkapseln"})
    assert {"text": "Revlimid 10 mg Hartkapseln"} == amended(draft, Dose(Decimal(10)))["medicationCodeableConcept"]
