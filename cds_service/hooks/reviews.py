"""The site's signed reviews: read once at the start, and joined to the documents of its drugs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cds_service.drugs.contract import Drug
from cds_service.errors import SettingsError
from cds_service.reviews.file import Review, ReviewFault, read_review
from cds_service.reviews.signing import signed_rulebook
from cds_service.settings import Settings

SETTING = "CDS_REVIEWS"


def load_reviews(folder: Path | None, key: str) -> tuple[Review, ...]:
    """Every review in a folder, by file name; none without a folder.

    Raises: SettingsError naming the file that cannot be read, or that the site's key did not sign.
    """
    if folder is None:
        return ()
    return tuple(_review(path, key) for path in sorted(folder.glob("*.json")))


def with_reviews(drugs: Iterable[Drug], settings: Settings) -> tuple[Drug, ...]:
    """The drugs with the states that the site's reviews give the rows of their documents.

    Raises: SettingsError as `load_reviews`; and in production for what a demonstration signed, be it a single row.
    """
    reviews = load_reviews(settings.reviews, settings.review_key)
    if not reviews:
        return tuple(drugs)
    tested = sorted({review.document for review in reviews if review.is_test})
    if tested and not (settings.is_demo or settings.allow_test_signer):
        raise SettingsError(
            "CDS_ALLOW_TEST_SIGNER",
            f"CDS_REVIEWS holds reviews that are signed by a test, not by a person, of: {', '.join(tested)}.",
            "Take them out of the folder; CDS_ALLOW_TEST_SIGNER=1 is for tests alone.",
        )
    return tuple(replace(drug, rulebook=signed_rulebook(drug.rulebook, reviews)) for drug in drugs)


def _review(path: Path, key: str) -> Review:
    try:
        return read_review(path.read_bytes(), key)
    except OSError as error:
        raise SettingsError(SETTING, f"{path} cannot be read ({error.strerror}).") from None
    except ReviewFault as fault:
        raise SettingsError(
            SETTING, f"{path} does not count: {fault}.", "Take it out of the folder, or have it signed again."
        ) from None
