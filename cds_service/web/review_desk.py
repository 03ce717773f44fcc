"""`/rules/review`: a pharmacist compares rows with a label, agrees or objects, and signs what has been decided so far.

What is signed is answered as a file and kept nowhere here; the site puts it where `CDS_REVIEWS` points.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Blueprint, Response, request

from cds_service.dosing.rulebook import Edition, Rulebook
from cds_service.errors import NoSuchRoute, RequestError, SettingsError, did_you_mean
from cds_service.hooks.reviews import load_reviews
from cds_service.reviews.desk import DeskRow, LabelShelf, desk_rows
from cds_service.reviews.file import AGREE, OBJECT, Review, RowReview, write_review
from cds_service.reviews.signing import signed_edition
from cds_service.web.page import nearness, page
from cds_service.web.session import person, require_form_token
from cds_service.web.sign_in import PHARMACIST, with_role

PATH = "/rules/review"
_LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desk works with: the documents as their files have them, the labels, the site's reviews and its key."""

    rulebooks: tuple[Rulebook, ...]
    shelf: LabelShelf
    reviews: Path | None
    key: str
    is_demo: bool
    jurisdiction: str

    @property
    def editions(self) -> dict[str, Edition]:
        """Every edition by its id."""
        return {edition.document.id: edition for each in self.rulebooks for edition in each.editions}

    def in_force(self, day: date) -> frozenset[str]:
        """The ids of the editions in force on a day."""
        return frozenset(document.id for each in self.rulebooks for document in each.on(day).documents)

    def standing(self) -> tuple[Review, ...]:
        """The reviews that the site has put in place. Raises: RequestError for one that does not count."""
        try:
            return load_reviews(self.reviews, self.key)
        except SettingsError as error:
            raise RequestError(sentence=error.sentence, hint=error.hint) from None


def blueprint(desk: Desk) -> Blueprint:
    """The routes of the desk."""
    routes = Blueprint("review", __name__)
    guard = with_role(PHARMACIST)

    def overview() -> Response:
        reviews = desk.standing()
        in_force = desk.in_force(date.today())
        editions = sorted(
            desk.editions.values(),
            key=lambda e: (e.document.id not in in_force, nearness(e.document.jurisdiction, desk.jurisdiction)),
        )
        states = [signed_edition(edition, reviews) for edition in editions]
        labels = {each.edition.document.id: desk.shelf.label_for(each.edition) for each in states}
        faults = sorted({fault for _, found in labels.values() for fault in found})
        documents = [each.edition.document for each in states]
        return page(
            "review_list.html",
            lacking=[d for d in documents if d.published and d.id in in_force and not labels[d.id][0]],
            has_folder=desk.shelf.has_folder,
            states=states,
            in_force=in_force,
            labels=labels,
            faults=faults,
            can_sign=bool(desk.key),
        )

    def document(document_id: str) -> Response:
        edition = _edition(desk, document_id)
        label, _ = desk.shelf.label_for(edition)
        rows = desk_rows(edition, label, desk.standing())
        return page(
            "review.html",
            edition=edition,
            rows=rows,
            label=label,
            has_folder=desk.shelf.has_folder,
            can_sign=bool(desk.key),
        )

    def sign(document_id: str) -> Response:
        require_form_token()
        edition = _edition(desk, document_id)
        label, _ = desk.shelf.label_for(edition)
        who = person()
        decided = _decided(desk_rows(edition, label, ()), request.form)
        if not desk.key or who is None:
            raise RequestError(sentence="Nothing can be signed here: CDS_REVIEW_KEY is not set.")
        if not decided or "compared" not in request.form:
            raise RequestError(
                sentence="Nothing was signed: no row is decided, or the last box was not ticked.",
                hint="Go back, decide at least one row, and say that you compared it yourself.",
            )
        review = Review(
            document=document_id,
            name=who.name,
            subject=who.subject,
            role=PHARMACIST,
            at=datetime.now(UTC).replace(microsecond=0),
            rows=decided,
            compared_with=f"{label.name}, sha256 {label.sha256}" if label else "",
            is_test=desk.is_demo,
        )
        content = write_review(review, desk.key)
        # Two files of one day must not replace each other in the folder.
        name = f"{document_id}-{review.on}-{hashlib.sha256(content).hexdigest()[:8]}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, content_type="application/json", headers=headers)

    routes.add_url_rule(PATH, "overview", guard(overview), methods=["GET"])
    routes.add_url_rule(f"{PATH}/<document_id>", "document", guard(document), methods=["GET"])
    routes.add_url_rule(f"{PATH}/<document_id>", "sign", guard(sign), methods=["POST"])
    return routes


def _edition(desk: Desk, document_id: str) -> Edition:
    if document_id not in desk.editions:
        hint = did_you_mean(document_id, desk.editions, f"{PATH} lists the documents.")
        raise NoSuchRoute(sentence="There is no document of this name.", hint=hint)
    return desk.editions[document_id]


def _decided(rows: Sequence[DeskRow], form: Mapping[str, str]) -> tuple[RowReview, ...]:
    """The rows with a verdict.

    Raises: RequestError for a row that changed while the page was open, and for an objection that does not say why.
    """
    decided = []
    for row in rows:
        verdict = form.get(f"verdict:{row.rule.id}", "")
        if verdict not in (AGREE, OBJECT):
            continue
        if form.get(f"digest:{row.rule.id}") != row.digest:
            raise RequestError(
                sentence=f"Nothing was signed: {row.rule.id} changed while the page was open.",
                hint="Open the page again and compare the row as it reads now.",
            )
        note = " ".join(form.get(f"note:{row.rule.id}", "").split())[:_LONGEST_NOTE]
        if verdict == OBJECT and not note:
            raise RequestError(
                sentence=f"Nothing was signed: the objection to {row.rule.id} has no note.",
                hint="Say in its note what is wrong with the row, for whoever is to answer it.",
            )
        decided.append(RowReview(row.rule.id, row.digest, verdict, note))
    return tuple(decided)
