"""The words people read for facts, units, tests and decisions."""

from __future__ import annotations

import re

from cds_service.clinical.recommendation import Action

_FACTS = {
    "anc": "neutrophils (ANC)",
    "baselineAnc": "baseline neutrophils (ANC)",
    "creatinineClearance": "creatinine clearance (Cockcroft-Gault)",
    "firstDose": "first dose",
    "karyotype": "karyotype",
    "newProblem": "new problem",
    "plannedStart": "planned start",
    "riskGroup": "risk group (IPSS)",
    "pregnancyTest": "pregnancy test",
    "rbcTransfusions": "red cell transfusions",
    "tsh": "TSH",
    "alt": "ALT",
    "ast": "AST",
    "bmi": "BMI",
    "hbsag": "hepatitis B surface antigen (HBsAg)",
    "hbcab": "hepatitis B core antibody (anti-HBc)",
    "tp53": "TP53",
}

_UNITS = {
    "10*9/L": "×10⁹/L",
    "10^9/L": "×10⁹/L",
    "10*3/uL": "×10³/µL",
    "10^3/uL": "×10³/µL",
    "10*6/L": "×10⁶/L",
    "/uL": "/µL",
    "umol/L": "µmol/L",
    "Cel": "°C",
    "[degF]": "°F",
    "m[IU]/mL": "mIU/mL",
}

# LOINC code → (LOINC display, plain words). Displays: the terminology page of the project.
_TESTS = {
    "58410-2": ("CBC panel - Blood by Automated count", "complete blood count"),
    "57021-8": ("CBC W Auto Differential panel - Blood", "complete blood count with differential"),
    "2160-0": ("Creatinine [Mass/volume] in Serum or Plasma", "serum creatinine"),
    "14682-9": ("Creatinine [Moles/volume] in Serum or Plasma", "serum creatinine"),
    "29463-7": ("Body weight", "body weight"),
    "2118-8": ("Choriogonadotropin (pregnancy test) [Presence] in Serum or Plasma", "serum pregnancy test"),
    "2106-3": ("Choriogonadotropin (pregnancy test) [Presence] in Urine", "urine pregnancy test"),
    "3016-3": ("Thyrotropin [Units/volume] in Serum or Plasma", "TSH"),
    "5195-3": ("Hepatitis B virus surface Ag [Presence] in Serum", "hepatitis B surface antigen (HBsAg)"),
    "13952-7": (
        "Hepatitis B virus core Ab [Presence] in Serum or Plasma by Immunoassay",
        "hepatitis B core antibody (anti-HBc)",
    ),
    "1920-8": ("Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "AST"),
    "2276-4": ("Ferritin [Mass/volume] in Serum or Plasma", "ferritin"),
    "62356-1": ("Chromosome analysis result in ISCN expression", "karyotype"),
    "21739-8": (
        "TP53 gene mutations found [Identifier] in Blood or Tissue by Molecular genetics method Nominal",
        "TP53 mutation test",
    ),
    "1742-6": ("Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "ALT"),
}
KNOWN_TESTS = tuple(_TESTS)

_ACTIONS = {
    Action.START: "starting dose",
    Action.DO_NOT_START: "do not start",
    Action.RESUME_REDUCED: "resume at a reduced dose",
    Action.RESUME_SAME: "resume at the same dose",
    Action.ESCALATE_URGENT: "urgent assessment",
    Action.REPEAT_AND_REASSESS: "repeat the count and reassess",
    Action.REQUEST_DATA: "information is needed",
    Action.ORDER_CBC: "blood count due",
    Action.ORDER_LAB: "laboratory test due",
    Action.ORDER_PREGNANCY_TEST: "pregnancy test due",
    Action.ASSESS_RESPONSE: "assess the response",
    Action.INFORM: "information",
}

_capital = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def fact_words(fact: str) -> str:
    """The words for a fact's public name: "creatinineClearance" → "creatinine clearance (Cockcroft-Gault)"."""
    return _FACTS.get(fact) or _capital.sub(" ", fact).lower()


def unit_words(unit: str) -> str:
    """The unit as people print it; one that is not known stays as it was reported."""
    return _UNITS.get(unit, unit)


def with_unit(value: str, unit: str) -> str:
    """A value with its unit in printed form; the thousands of a whole count per microlitre are separated."""
    is_whole = unit == "/uL" and value.isascii() and value.isdigit()
    return f"{int(value):,} {unit_words(unit)}" if is_whole else f"{value} {unit_words(unit)}".strip()


def amount_words(text: str) -> str:
    """An amount such as "49999 /uL" or "platelets >= 50 10*9/L" with its last word, the unit, in printed form."""
    head, _, unit = text.rpartition(" ")
    return with_unit(head, unit) if head else text


def display_of_test(code: str) -> str:
    """The LOINC display of a test; the code alone where this page does not know it."""
    return _TESTS[code][0] if code in _TESTS else f"LOINC {code}"


def words_of_test(code: str) -> str:
    """Plain words for a test."""
    return _TESTS[code][1] if code in _TESTS else f"laboratory test LOINC {code}"


def action_words(action: Action) -> str:
    """Plain words for a decision."""
    return _ACTIONS.get(action) or action.value.replace("-", " ")
