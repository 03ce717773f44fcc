"""What was not obtained, or came and was not used: where a reaction, a low count or a treatment may stand, and the Patient itself."""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.decisions import ask
from cds_service.drugs.lenalidomide.safety.view import View

# Searches whose answer can forbid the drug or change the dose; others that fail are remarks on whatever card there is.
GRAVE = frozenset(
    (
        *("allergies", "adverseEvents", "conditions", "transfusions", "pregnancyTest", "pregnancyTests"),
        *("unknownMedicines", "currentTreatment", "refusedTreatment"),
        *("medicationRequests", "medicationStatements", "medicationDispenses", "medicationAdministrations"),
        *("platelets", "anc", "creatinine", "weight", "alt", "ast"),
    )
)
WORDS = {
    "adverseEvents": "adverse events",
    "pregnancyTest": "pregnancy test",
    "pregnancyTests": "pregnancy tests",
    "unknownMedicines": "orders of an unknown medicine",
    "currentTreatment": "lenalidomide orders on file",
    "refusedTreatment": "lenalidomide orders that name another patient",
    "medicationRequests": "medication orders",
    "medicationStatements": "medication statements",
    "medicationDispenses": "dispenses",
    "medicationAdministrations": "administrations",
    "anc": "ANC",
    "alt": "ALT",
    "ast": "AST",
}


def _assess(view: View) -> list[Recommendation]:
    case, found = view.case, []
    unseen = case.facts.unseen
    lacking = [f for f in unseen if f in GRAVE]
    if lacking:
        missing = [Missing(f, unseen[f], "GEN-UNSEEN") for f in lacking]
        left_out = [f in case.facts.left_out for f in lacking]
        how = "not used" if all(left_out) else "not obtained or not used" if any(left_out) else "not obtained"
        words = {"what": ", ".join(WORDS.get(f, f) for f in lacking), "how": how}
        found.append(
            ask(view, ("GEN-UNSEEN",), "unseen",
                words=words, missing=missing)
        )  # fmt: skip
    is_about_drug = view.concerns_drug or case.order_problems or case.orders_unseen
    if is_about_drug and not case.facts.patient_reference:
        missing = [Missing("patient", "no Patient resource: age and sex are not known", "GEN-CRCL")]
        found.append(
            ask(view, ("GEN-CRCL",), "patient-missing",
                missing=missing)
        )  # fmt: skip
    return found


def _applies(view: View) -> bool:
    return view.brings_orders or view.is_current or "refusedTreatment" in view.facts.unseen


CHECK = Check("obtaining", "what could not be obtained", _assess, _applies)
