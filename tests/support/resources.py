"""Makers of single FHIR R4 resources, as an EHR would write them. No clinical decision stands here."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

Json = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"

UCUM_CODES = frozenset(
    {"/uL", "10*3/uL", "10*9/L", "Cel", "[degF]", "%", "g/dL", "g/L", "U/L", "mg/dL", "kg", "cm", "/L"}
)

CAPSULES = {"2.5": "1242231", "5": "602912", "10": "602910", "15": "643712", "20": "1428947", "25": "643720"}
INGREDIENT = "342369"


def concept(system: str, code: str, text: str) -> Json:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def quantity(value: Any, unit: str | None, comparator: str | None = None) -> Json:
    """A Quantity with the unit as written; a UCUM code only where the unit is one."""
    result: Json = {"value": value}
    if comparator:
        result["comparator"] = comparator
    if unit:
        result["unit"] = unit
    if unit in UCUM_CODES:
        result |= {"system": UCUM, "code": unit}
    return result


def subject(patient_id: str) -> Json:
    """The reference to the patient."""
    return {"reference": f"Patient/{patient_id}"}


def observation(patient_id: str, identifier: str, loinc: str, text: str, on: str | None, **value: Any) -> Json:
    """An Observation with its LOINC code (free text alone where `loinc` is empty) and the given value[x] or members."""
    vital = loinc in {"8310-5", "29463-7", "8302-2"}
    return {
        "resourceType": "Observation",
        "id": identifier,
        "status": value.pop("status", "final"),
        "category": [{"coding": [{"system": CATEGORY, "code": "vital-signs" if vital else "laboratory"}]}],
        "code": concept(LOINC, loinc, text) if loinc else {"text": text},
        "subject": subject(patient_id),
        **({"effectiveDateTime": on} if on else {}),
        **value,
    }


def condition(patient_id: str, identifier: str, code: Json, onset: str | None = None, **more: Any) -> Json:
    """An active, confirmed Condition."""
    base = "http://terminology.hl7.org/CodeSystem/condition-"
    return {
        "resourceType": "Condition",
        "id": identifier,
        "clinicalStatus": {"coding": [{"system": base + "clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": base + "ver-status", "code": "confirmed"}]},
        "code": code,
        "subject": subject(patient_id),
        **({"onsetDateTime": onset} if onset else {}),
        **more,
    }


def procedure(patient_id: str, identifier: str, code: Json, on: str) -> Json:
    """A completed Procedure."""
    return {
        "resourceType": "Procedure",
        "id": identifier,
        "status": "completed",
        "code": code,
        "subject": subject(patient_id),
        "performedDateTime": on,
    }


def allergy(patient_id: str, identifier: str, drug: Json, manifestation: str) -> Json:
    """An active AllergyIntolerance with one reaction."""
    base = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
    return {
        "resourceType": "AllergyIntolerance",
        "id": identifier,
        "clinicalStatus": {"coding": [{"system": base + "clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": base + "verification", "code": "confirmed"}]},
        "code": drug,
        "patient": subject(patient_id),
        "reaction": [{"manifestation": [{"text": manifestation}]}],
    }


def timing(schedule: str) -> Json:
    """The structured part of a schedule written in words; the rest (21 of 28) stays in the dosage text."""
    if "every other day" in schedule:
        return {"frequency": 1, "period": 2, "periodUnit": "d"}
    if "twice a week" in schedule:
        return {"frequency": 2, "period": 1, "periodUnit": "wk"}
    return {"frequency": 1, "period": 1, "periodUnit": "d"}


def schedule_words(schedule: str) -> str:
    """The schedule as a prescriber writes it; bare day patterns gain the "once daily" they mean."""
    return schedule if re.search("daily|day,|every|week", schedule) else f"once daily on {schedule}"


def lenalidomide(strength: str | None) -> Json:
    """The capsule of that strength, or the ingredient where no such capsule exists."""
    if strength in CAPSULES:
        return concept(RXNORM, CAPSULES[strength], f"lenalidomide {strength} MG Oral Capsule")
    return concept(RXNORM, INGREDIENT, "lenalidomide")


def lenalidomide_order(
    patient_id: str, identifier: str, dose_mg: Any, schedule: str, *, status: str, start: date | str | None, **more: Any
) -> Json:
    """A MedicationRequest for lenalidomide.

    Args: `start` becomes boundsPeriod.start and authoredOn (neither where it is None); `more` may hold `end`
    (boundsPeriod.end), `authored` (another authoredOn) and `reason` (statusReason text).
    """
    strength = f"{dose_mg:g}"
    end, authored, reason = more.pop("end", None), more.pop("authored", start), more.pop("reason", None)
    repeat = timing(schedule)
    bounds = {key: str(value) for key, value in (("start", start), ("end", end)) if value}
    if bounds:
        repeat["boundsPeriod"] = bounds
    return {
        "resourceType": "MedicationRequest",
        "id": identifier,
        "status": status,
        "intent": "order",
        **({"statusReason": {"text": reason}} if reason else {}),
        "medicationCodeableConcept": lenalidomide(strength),
        "subject": subject(patient_id),
        **({"authoredOn": str(authored)} if authored else {}),
        "dosageInstruction": [
            {
                "text": f"{strength} mg by mouth {schedule_words(schedule)}",
                "timing": {"repeat": repeat},
                "route": concept(SNOMED, "26643006", "Oral route"),
                "doseAndRate": [{"doseQuantity": {"value": dose_mg, "unit": "mg", "system": UCUM, "code": "mg"}}],
            }
        ],
        **more,
    }


def comedication(patient_id: str, identifier: str, drug: str, code: str, on: str) -> Json:
    """An active order of another drug."""
    return {
        "resourceType": "MedicationRequest",
        "id": identifier,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(RXNORM, code, drug) if code else {"text": drug},
        "subject": subject(patient_id),
        "authoredOn": on,
    }
