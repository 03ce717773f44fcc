"""How far a row was compared with the document that it cites, from memory to a pharmacist's signature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum


class Review(StrEnum):
    """The states of a row; the value is what people read."""

    FROM_MEMORY = "from memory"
    FROM_PUBLICATION = "from a publication, its text not compared"
    OWN = "rule of this project"
    PARTLY = "checked against the document by program, but for numbers of ours"
    BY_PROGRAM = "checked against the document by program"
    SIGNED = "signed"


def review_line(reviews: Iterable[Review], signed_by: str = "", signed_on: str = "") -> str:
    """The states of some rows in one short line, without a full stop.

    Args: the state of each row; who signed and when, where the rows are signed.
    """
    counted = Counter(reviews)
    if not counted:
        return "not yet signed by a pharmacist"
    if set(counted) == {Review.SIGNED}:
        return " ".join(filter(None, ("signed by", signed_by, signed_on and f"on {signed_on}")))
    if len(counted) == 1:
        return f"{next(iter(counted))}, not yet signed by a pharmacist"
    parts = [f"{n} row{'' if n == 1 else 's'}: {state}" for state in Review if (n := counted[state])]
    return f"{'; '.join(parts)}; not yet signed by a pharmacist"
