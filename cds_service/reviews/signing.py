"""From reviews to the states of rows: what counts as signed, and what speaks against it.

A row is signed when somebody agreed to it as it reads today and nobody's last word on it is an objection. A document is
signed when all of its rows are. A row that changed since is as if nobody had looked at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cds_service.clinical.review import Review as State
from cds_service.clinical.review import review_line
from cds_service.dosing.rulebook import Edition, Rule, Rulebook
from cds_service.drugs.source_files import row_digest
from cds_service.reviews.file import AGREE, OBJECT, Review, RowReview


@dataclass(frozen=True, slots=True)
class Signed:
    """An edition with the states that reviews give its rows, and in words what of the reviews does not hold."""

    edition: Edition
    faults: tuple[str, ...]


def signed_rulebook(rulebook: Rulebook, reviews: Sequence[Review]) -> Rulebook:
    """The documents with the states that the reviews give them."""
    return Rulebook(signed_edition(edition, reviews).edition for edition in rulebook.editions)


def signed_edition(edition: Edition, reviews: Iterable[Review]) -> Signed:
    """One edition as the reviews of it leave it; those of other editions are passed over."""
    own = sorted((each for each in reviews if each.document == edition.document.id), key=lambda each: each.at)
    if not own:
        return Signed(edition, ())
    faults: list[str] = []
    agreed: dict[str, Review] = {}
    for rule in edition.rules.values():
        last = _last_words(rule.id, own)
        standing = [(review, row) for review, row in last if row.digest == row_digest(rule)]
        if last and not standing:
            faults.append(f"{rule.id}: changed since it was reviewed; the reviews of it no longer count")
        objections = [(review.signer, row.note) for review, row in standing if row.verdict == OBJECT]
        faults += [f"{rule.id}: {who} objects{f': {note}' if note else ''}" for who, note in objections]
        agreeing = [review for review, row in standing if row.verdict == AGREE]
        if agreeing and not objections:
            agreed[rule.id] = max(agreeing, key=lambda each: each.at)
    known = {row.rule for review in own for row in review.rows}
    faults += [f"{rule_id}: reviewed, but no rule of the document" for rule_id in sorted(known - edition.rules.keys())]
    return Signed(_with_states(edition, agreed), tuple(faults))


def _last_words(rule_id: str, reviews: Iterable[Review]) -> list[tuple[Review, RowReview]]:
    """Each person's newest word on a row; the reviews come oldest first."""
    found = {
        (review.subject, review.signer): (review, row)
        for review in reviews
        for row in review.rows
        if row.rule == rule_id
    }
    return list(found.values())


def _with_states(edition: Edition, agreed: dict[str, Review]) -> Edition:
    document = edition.document
    if not document.signed_by and agreed.keys() >= edition.rules.keys():
        signers = dict.fromkeys(review.signer for review in agreed.values())
        latest = max(review.on for review in agreed.values())
        document = replace(document, signed_by=", ".join(signers), signed_on=latest)
    states = {
        rule.id: State.SIGNED if rule.id in agreed or document.signed_by else rule.review
        for rule in edition.rules.values()
    }
    signed_on = document.signed_on.isoformat() if document.signed_on else ""
    document = replace(document, review=review_line(states.values(), document.signed_by, signed_on))
    rules: dict[str, Rule] = {
        rule.id: replace(rule, document=document, review=states[rule.id]) for rule in edition.rules.values()
    }
    return replace(edition, document=document, rules=rules)
