"""What happens in a chart after it was built: problems, results, medicines, and how they end; changes to be put together.

Everything begins on `HELD`, the day on which treatment is held, and is over by `LATER`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tests.support.chart import Chart
from tests.support.resources import Json, subject

HELD, LATER = "2026-01-26", "2026-02-16"
Change = Callable[[Chart], None]


def problem(text: str, on: str = HELD, name: str = "cause", **members: Any) -> Change:
    """A problem of a day, active."""
    active = {"coding": [{"code": "active"}]}
    return lambda chart: chart.add(
        {
            "resourceType": "Condition", "id": name, "subject": subject(chart.patient_id), "onsetDateTime": on,
            "clinicalStatus": active, "code": {"text": text}, **members,
        }
    )  # fmt: skip


def suspected(text: str) -> Change:
    """A problem that is only suspected."""
    return problem(text, verificationStatus={"coding": [{"code": "provisional"}]})


def regraded(text: str) -> Change:
    """A later report of the same reaction."""
    return problem(text, LATER, "later")


def resolved(days_ago: int | None = 7, verification: str = "confirmed") -> Change:
    """The cause is over since some days (None: no day is recorded)."""

    def change(chart: Chart) -> None:
        for found in (r for r in chart.of("Condition") if r["id"] == "cause"):
            found["clinicalStatus"] = {"coding": [{"code": "resolved"}]}
            found["verificationStatus"] = {"coding": [{"code": verification}]}
            if days_ago is not None:
                found["abatementDateTime"] = str(date.fromisoformat(LATER) - timedelta(days=days_ago))

    return change


def result(code: str, value: Any, unit: str, on: str, high: float | None = None) -> Change:
    """A laboratory result; a dictionary is a coded one."""

    def change(chart: Chart) -> None:
        quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
        found: Json = {
            "resourceType": "Observation", "id": f"later-{code}-{on}", "status": "final", "effectiveDateTime": on,
            "subject": subject(chart.patient_id), "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        }  # fmt: skip
        found |= {"valueCodeableConcept": value} if isinstance(value, dict) else {"valueQuantity": quantity}
        chart.add(found | ({"referenceRange": [{"high": {"value": high, "unit": unit}}]} if high else {}))

    return change


def counts(platelets: float, anc: float, on: str) -> Change:
    """Platelets and ANC in 10³/µL."""
    return both(result("26515-7", platelets, "10*3/uL", on), result("751-8", anc, "10*3/uL", on))


def liver(alt: float, on: str) -> Change:
    """ALT, and a normal AST."""
    return both(result("1742-6", alt, "U/L", on, 40), result("1920-8", 30, "U/L", on, 40))


def bilirubin(value: float, on: str) -> Change:
    """Total bilirubin in mg/dL."""
    return result("1975-2", value, "mg/dL", on, 1.2)


def anticoagulant(days: int) -> Change:
    """Apixaban since some days before the later call."""
    since = str(date.fromisoformat(LATER) - timedelta(days=days))
    return lambda chart: chart.add(
        {
            "resourceType": "MedicationRequest", "id": "apixaban", "status": "active", "intent": "order",
            "subject": subject(chart.patient_id), "authoredOn": since, "medicationCodeableConcept": {"text": "apixaban"},
            "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": since}}}}],
        }
    )  # fmt: skip


def pregnancy_test(value: Json, on: str) -> Change:
    """A serum pregnancy test."""
    return result("2118-8", value, "", on)


def both(*changes: Change) -> Change:
    """Several changes."""

    def change(chart: Chart) -> None:
        for each in changes:
            each(chart)

    return change


def nothing(_chart: Chart) -> None:
    """No change."""
