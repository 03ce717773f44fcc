"""A number of hCG as the result of a pregnancy test, by the limit and the flag of its own laboratory.

Above the limit, or flagged as high or abnormal, it is positive. At or below the limit it is negative with the limit as
its sensitivity: a test that tells 5 mIU/mL from more cannot claim to see less. Without a limit a number is never negative.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import msgspec

from cds_service.fhir.observation_values import Measured, Valued, interpretations, measured, upper_limit

_FACT: Final = "choriogonadotropin"
_HIGH: Final = frozenset({"H", "HH", "HU", "A", "AA"})
_NORMAL: Final = frozenset({"N", "NEG", "ND"})


def hormone_result(body: Valued) -> tuple[frozenset[str], Fraction | None]:
    """What number, limit and flags say: "result-positive", "result-negative", both where they contradict each other.

    Returns: also the sensitivity in mIU/mL that a negative number has.
    Missing: no result where there is no limit, no flag, no known unit, or a range on both sides of the limit.
    """
    if body.valueQuantity is None:
        return frozenset(), None
    flags = {coding.code.strip().upper() for each in interpretations(body) for coding in each.coding}
    results = {"result-positive"} if flags & _HIGH else set()
    # Limits for weeks of pregnancy or other groups are none of a woman who is not pregnant.
    common = [span for span in body.referenceRange if bytes(span.appliesTo) in (b"", b"null", b"[]")]
    limit = upper_limit(msgspec.structs.replace(body, referenceRange=common), _FACT)
    value = measured(body, _FACT)
    if limit is None or not isinstance(value, Measured) or value.doubt is not None:
        return frozenset(results), None
    is_above = value.amount.is_above(limit)
    if is_above is not None:
        results.add("result-positive" if is_above else "result-negative")
    if is_above and flags & _NORMAL:
        results.add("result-negative")
    return frozenset(results), limit if is_above is False else None
