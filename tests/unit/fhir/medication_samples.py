"""Products, names and small resources for the tests of medication reading."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cds_service.fhir.medications import MedicationRead, read_medications

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
NAMES = ("lenalidomide", "lenalidomid", "lénalidomide", "lenalidomida", "revlimid")
STRENGTHS = tuple(Decimal(s) for s in ("2.5", "5", "10", "15", "20", "25"))
TODAY = date(2026, 1, 26)
BY_STRENGTH = {
    "2.5": ("1242231", "1242233", "1242230"),
    "5": ("602912", "616116", "602911"),
    "10": ("602910", "616114", "602908"),
    "15": ("643712", "643714", "643711"),
    "20": ("1428947", "1429367", "1428946"),
    "25": ("643720", "643722", "643719"),
}


@dataclass(frozen=True)
class Product:
    drug: str
    strength_mg: Decimal | None


PRODUCTS = {
    **{(RXNORM, code): Product("lenalidomide", None) for code in ("342369", "337535", "1162570")},
    (ATC, "L04AX04"): Product("lenalidomide", None),
    **{(RXNORM, c): Product("lenalidomide", Decimal(s)) for s, codes in BY_STRENGTH.items() for c in codes},
}
TEN_MG = {
    "text": "lenalidomide 10 MG Oral Capsule",
    "coding": [{"system": RXNORM, "code": "602910", "display": "lenalidomide 10 MG Oral Capsule"}],
}
DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
ONE_PILL_DAILY = {"timing": DAILY, "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "{pill}", "code": "{pill}"}}]}


def order(**members: object) -> dict[str, object]:
    base: dict[str, object] = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2026-01-05",
        "medicationCodeableConcept": TEN_MG,
        "dosageInstruction": [ONE_PILL_DAILY],
        **members,
    }
    return {key: value for key, value in base.items() if value is not None}


def read(*resources: object) -> MedicationRead:
    raws = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in resources]
    return read_medications(raws, "p1", TODAY, PRODUCTS, NAMES, "lenalidomide")
