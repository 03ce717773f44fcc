"""Why a clinician may set a card aside: four to six coded reasons, by kind of decision, the same on every call."""

from __future__ import annotations

from cds_service.cdshooks.card import OverrideReason
from cds_service.clinical.recommendation import Action
from cds_service.fhir.terminology import SYSTEMS

SYSTEM = SYSTEMS["non-adherence-reason"]

_STOP = (
    ("action-completed", "Already held or stopped"),
    ("need-more-info", "A repeat result is needed first"),
    ("expert-contradicts", "Specialist advice differs"),
    ("risk-benefit-ratio", "Benefit outweighs the risk for this patient"),
    ("patient-refuses", "Patient declines"),
)
_DOSE = (
    ("action-completed", "Already changed"),
    ("need-more-info", "More information is needed first"),
    ("expert-contradicts", "Specialist advice differs"),
    ("risk-benefit-ratio", "Benefit outweighs the risk for this patient"),
    ("policy-contradicts", "Local protocol differs"),
    ("patient-refuses", "Patient declines"),
)
_TEST = (
    ("action-completed", "Already ordered or done"),
    ("patient-contraindication", "Not suitable for this patient"),
    ("policy-contradicts", "Local protocol differs"),
    ("patient-refuses", "Patient declines"),
)
_ASK = (
    ("action-completed", "Already checked outside this record"),
    ("need-more-info", "Information is on its way"),
    ("expert-contradicts", "Specialist advice differs"),
    ("policy-contradicts", "Local protocol differs"),
)

_STOPS = {
    Action.HOLD,
    Action.REMAIN_ON_HOLD,
    Action.DO_NOT_START,
    Action.DISCONTINUE,
    Action.PERMANENTLY_DISCONTINUE,
    Action.ESCALATE_URGENT,
}
_TESTS = {Action.ORDER_CBC, Action.ORDER_LAB, Action.ORDER_PREGNANCY_TEST, Action.ASSESS_RESPONSE}
_ASKS = {Action.REQUEST_DATA, Action.REVIEW, Action.REPEAT_AND_REASSESS, Action.INFORM}


def known_reasons() -> frozenset[tuple[str, str]]:
    """Every reason that a card of this service offers, as (system, code)."""
    return frozenset((SYSTEM, code) for reasons in (_STOP, _DOSE, _TEST, _ASK) for code, _ in reasons)


def override_reasons(action: Action) -> list[OverrideReason]:
    """The reasons offered with a decision."""
    reasons = _STOP if action in _STOPS else _TEST if action in _TESTS else _ASK if action in _ASKS else _DOSE
    return [OverrideReason(system=SYSTEM, code=code, display=display) for code, display in reasons]
