"""The patient of one call as every check of lenalidomide gets it: built from the chart alone, before any check is asked."""

from __future__ import annotations

from dataclasses import replace

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.therapy import therapy_of
from cds_service.dosing.case import Case
from cds_service.dosing.trace import Trace
from cds_service.drugs.lenalidomide.counts.recognition import recognise
from cds_service.drugs.lenalidomide.indication import Indication, indication_of
from cds_service.drugs.lenalidomide.safety.view import View

TREATMENT = "currentTreatment"


def view_of(case: Case, trace: Trace) -> View:
    """The patient under the jurisdiction of the case; `law` is "" where none is configured."""
    therapy = therapy_of(_medications(case), case.content.name, case.on)
    disease = named(case, indication_of(case.facts))
    return View(case, disease.name, therapy, trace, case.jurisdiction, disease)


def named(case: Case, indication: Indication) -> Indication:
    """The indication with the name of the regimen that the chart shows; a myeloma without one keeps "unknown"."""
    if indication.name.startswith("myeloma"):
        return replace(indication, name=recognise(case).name or "unknown")
    return indication


def _medications(case: Case) -> tuple[MedicationRecord, ...]:
    """The medications on file; where one of lenalidomide could not be read, it is taken, at a dose that is not known."""
    records = case.facts.medications
    if TREATMENT not in case.facts.unseen:
        return records
    if therapy_of(records, case.content.name, case.on).state not in ("none", "ended"):
        return records
    unread = MedicationRecord(
        "order", "", frozenset({case.content.name}), "active", "order", dose_problem=case.facts.unseen[TREATMENT]
    )  # fmt: skip
    return (*records, unread)
