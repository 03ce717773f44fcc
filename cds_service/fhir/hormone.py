"""A number of hCG, as the result of a pregnancy test: what it is and whether its laboratory flags it, not what it means."""

from __future__ import annotations

from typing import Final

from cds_service.clinical.quantity import plain
from cds_service.fhir.observation_values import Measured, Valued, interpretations, measured

# The name of the component that holds the number, and the concept of one that is flagged as high or abnormal.
AMOUNT: Final = "hcg"
FLAGGED: Final = "flagged-high"
_FACT: Final = "choriogonadotropin"
_HIGH: Final = frozenset({"H", "HH", "HU", "A", "AA"})


def hormone_amount(body: Valued) -> str:
    """The number in mIU/mL with its comparator ("12", "<5", ">1000").

    Missing: "" without a number, with an unknown unit or with one that is not believed.
    """
    value = measured(body, _FACT)
    if not isinstance(value, Measured) or value.doubt is not None:
        return ""
    amount = value.amount
    if amount.low is None or (amount.high is not None and not amount.is_exact):
        return f"<{plain(amount.high)}" if amount.high is not None else ""
    return plain(amount.low) if amount.is_exact else f">{plain(amount.low)}"


def is_flagged(body: Valued) -> bool:
    """Whether its laboratory flags the number as high or abnormal."""
    return any(coding.code.strip().upper() in _HIGH for each in interpretations(body) for coding in each.coding)
