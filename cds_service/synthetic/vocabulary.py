"""Codes, units and systems by name, as a chart is written with them; the terminology alone holds them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from cds_service.drugs.catalogue import DRUGS
from cds_service.drugs.contract import Drug
from cds_service.fhir.terminology import ROWS, SYSTEMS, fact_words
from cds_service.fhir.terminology.tables import read_toml

Json = dict[str, Any]
# The share of results that a laboratory sends under its own code.
LOCAL = 0.7


@dataclass(frozen=True, slots=True)
class Routine:
    """A result of every day that no rule reads: its code, words, unit, the range of its values and its last digit."""

    code: Json
    unit: str
    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def steps(self) -> int:
        """How many values there are."""
        return int((self.high - self.low) / self.step) + 1


@cache
def system(name: str) -> str:
    """The URL of a code system that charts are written with. Raises: KeyError for a name that no file has."""
    written: dict[str, str] = read_toml("synthetic.toml")["systems"]
    return SYSTEMS[name] if name in SYSTEMS else written[name]


@cache
def spellings(name: str) -> tuple[str, ...]:
    """The URLs under which charts name a code system, its own first."""
    return next((row["url"], *row["aliases"]) for row in read_toml("systems.toml")["system"] if row["name"] == name)


@cache
def coded(concept: str, code_system: str) -> Json | None:
    """A CodeableConcept for a concept in one system, its own code where there is one; None where the system has none."""
    url = system(code_system)
    rows = [row for row in ROWS if row.system == url and concept in row.concepts]
    if not rows:
        return None
    # The code that says this and nothing finer.
    row = min(rows, key=lambda each: len(each.concepts))
    words = fact_words(concept) or row.display
    return {"coding": [{"system": url, "code": row.code, "display": row.display}], "text": words}


@cache
def drug(name: str) -> Drug:
    """The drug of that name. Raises: StopIteration where there is none."""
    return next(each for each in DRUGS if each.name == name)


@cache
def capsule(name: str, strength_mg: Decimal) -> Json:
    """The CodeableConcept of a drug's capsule of one strength."""
    url = system("rxnorm")
    found = (code for (s, code), product in drug(name).codes.items() if (s, product.strength_mg) == (url, strength_mg))
    words = f"{name} {strength_mg} MG Oral Capsule"
    return {"coding": [{"system": url, "code": next(found), "display": words}], "text": words}


@cache
def routine(panel: str) -> tuple[Routine, ...]:
    """The results of a panel of every day: "blood", "chemistry" or "vitals"."""
    groups = read_toml("synthetic.toml")["result"]
    rows = [row for group in groups if group["panel"] == panel for row in group["results"]]
    return tuple(
        Routine(
            {"coding": [{"system": system("loinc"), "code": r["code"], "display": r["words"]}], "text": r["words"]},
            r["unit"],
            Decimal(str(r["range"][0])),
            Decimal(str(r["range"][1])),
            Decimal(r["step"]),
        )
        for r in rows
    )


def coding(code_system: str, code: str) -> Json:
    """A Coding without words."""
    return {"system": system(code_system), "code": code}


def quantity(value: Decimal | int, unit: str) -> Json:
    """A Quantity in a unit of UCUM."""
    return {"value": value, "unit": unit, "system": system("ucum"), "code": unit}
