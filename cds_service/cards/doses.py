"""Which doses may leave this service: none on decisions that stop treatment, ask, or hand over to a specialist."""

from __future__ import annotations

from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import Action, Recommendation

# Source: contract, "dose". A dose beside one of these would be read as "take this".
_NO_DOSE_NOW = frozenset(
    {
        Action.HOLD,
        Action.REMAIN_ON_HOLD,
        Action.DO_NOT_START,
        Action.DISCONTINUE,
        Action.PERMANENTLY_DISCONTINUE,
        Action.REQUEST_DATA,
        Action.REVIEW,
    }
)
_NO_DOSE_LATER = frozenset({Action.REQUEST_DATA, Action.REVIEW, Action.PERMANENTLY_DISCONTINUE})


def may_carry_dose(recommendation: Recommendation) -> bool:
    """Whether the decision may name a dose to take now."""
    return recommendation.action not in _NO_DOSE_NOW


def dose_now(recommendation: Recommendation) -> Dose | None:
    """The dose to take now; None where the decision has none or may have none."""
    return recommendation.dose if may_carry_dose(recommendation) else None


def dose_on_resume(recommendation: Recommendation) -> Dose | None:
    """The dose at which treatment resumes later; None where the table has none or the decision may have none."""
    if recommendation.resume is None or recommendation.action in _NO_DOSE_LATER:
        return None
    return recommendation.resume.dose
