"""A signed review: who compared which rows of a document with what, and whether they agree.

It is JSON that people can read. `signature` is an HMAC-SHA256 over the canonical form of `review` with the site's key, so
that neither a row nor a name can be changed afterwards, and a file of another site is none here. Nothing edits such a file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from cds_service.settings import TEST_SIGNER
from cds_service.settings_reader import SHORTEST_SECRET

AGREE, OBJECT = "agree", "object"
_FORM = 1
_MEMBERS = frozenset(("form", "document", "compared_with", "name", "subject", "role", "at", "test", "rows"))


class ReviewFault(ValueError):
    """A review that does not count: the words say why, and hold nothing of its signature or key."""


@dataclass(frozen=True, slots=True)
class RowReview:
    """One row as somebody saw it: its id and digest, "agree" or "object", and what they noted."""

    rule: str
    digest: str
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """One person's review of rows of one edition of a document.

    `subject` is what the sign-in provider calls the person, which no other person shares; `at` when it was signed, with its
    zone; `compared_with` names the label file that lay beside the rows ("" none); `is_test` marks what was signed in a
    demonstration, whatever name stands on it.
    """

    document: str
    name: str
    role: str
    at: datetime
    rows: tuple[RowReview, ...]
    compared_with: str = ""
    subject: str = ""
    is_test: bool = False

    @property
    def on(self) -> date:
        """The day on which it was signed."""
        return self.at.date()

    @property
    def signer(self) -> str:
        """Name and role as cards and `check` show them; that of a test says so first."""
        name = TEST_SIGNER if self.is_test and not self.name.startswith(TEST_SIGNER) else self.name
        return f"{name} ({self.role})" if self.role else name


def write_review(review: Review, key: str) -> bytes:
    """The file of a review, signed. Args: the review; the site's key. Raises: ReviewFault for a key that is too short."""
    content = {
        "form": _FORM,
        "document": review.document,
        "compared_with": review.compared_with,
        "name": review.name,
        "subject": review.subject,
        "role": review.role,
        "at": review.at.isoformat(timespec="seconds"),
        "test": review.is_test,
        "rows": [asdict(row) for row in review.rows],
    }
    signed = {"review": content, "signature": _signature(content, key)}
    return (json.dumps(signed, indent=2, ensure_ascii=False) + "\n").encode()


def read_review(content: bytes, key: str) -> Review:
    """The review that a file holds.

    Raises: ReviewFault for what is no review, and for one that this key did not sign.
    """
    try:
        signed = json.loads(content)
        review, signature = signed["review"], signed["signature"]
    except (ValueError, RecursionError, LookupError, TypeError):
        raise ReviewFault("it is no signed review") from None
    if not isinstance(review, dict) or not isinstance(signature, str):
        raise ReviewFault("it is no signed review")
    if not hmac.compare_digest(_signature(review, key).encode(), signature.encode()):
        raise ReviewFault("its signature is not of this site's key: another key, or something in it was changed")
    if review.keys() != _MEMBERS or review["form"] != _FORM:
        raise ReviewFault("it is of a form that this version does not know")
    return _review(review)


def _review(review: Mapping[str, Any]) -> Review:
    try:
        rows = tuple(RowReview(**row) for row in review["rows"])
        at = datetime.fromisoformat(review["at"])
    except (TypeError, ValueError):
        raise ReviewFault("it is of a form that this version does not know") from None
    if at.tzinfo is None or not review["name"].strip() or any(row.verdict not in (AGREE, OBJECT) for row in rows):
        raise ReviewFault("it names nobody, no zone of its time, or a row without a verdict")
    return Review(
        document=review["document"],
        name=review["name"],
        role=review["role"],
        at=at,
        rows=rows,
        compared_with=review["compared_with"],
        subject=review["subject"],
        is_test=review["test"],
    )


def _signature(review: Mapping[str, Any], key: str) -> str:
    """The HMAC over the review with its members in order and no blanks, under a key of this purpose alone."""
    if len(key) < SHORTEST_SECRET:
        raise ReviewFault(f"the site's key has fewer than {SHORTEST_SECRET} characters")
    text = json.dumps(review, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    own = hmac.digest(key.encode(), b"cds-service review", hashlib.sha256)
    return hmac.new(own, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
