"""Documents in the words of a card: the place that a sentence comes from, the title, the edition in force."""

from __future__ import annotations

import re

from cds_service.cards.context import CardContext, DocumentInForce
from cds_service.cards.sentences import text_of
from cds_service.cards.text import capitalised, escaped, one_line
from cds_service.clinical.recommendation import Basis

_revision = re.compile(r", rev\. .*$")
_edition = re.compile(r"-\d{4}-\d{2}$")


def place_of(basis: Basis, context: CardContext) -> str:
    """The place that a sentence comes from, as clinicians name it: "Label 2.2", "SmPC 4.2", "Our rule (data quality)"."""
    section = one_line(basis.section)
    words = text_of(f"document.{family(basis)}", context)
    if words:
        return capitalised(escaped(words.replace("{section}", section)))
    title = one_line(basis.title)
    return capitalised(
        escaped(", ".join(filter(None, (title, f"section {section}" if section[:1].isdigit() else section))))
    )


def title_of(basis: Basis, context: CardContext, dated: bool = True) -> str:
    """The document's title, with its revision where asked; our own rules where a decision has no document."""
    title = _revision.sub("", one_line(basis.title)) or "Rules of this service"
    document = document_of(basis, context)
    return f"{title}, rev. {document.revision}" if document and document.revision and dated else title


def document_of(basis: Basis, context: CardContext) -> DocumentInForce | None:
    """The edition that a sentence comes from, where it is in force."""
    return next((each for each in context.documents if each.id == basis.document), None)


def family(basis: Basis) -> str:
    """The document of which an edition is one: "us-label" of "us-label-2023-03"."""
    return _edition.sub("", basis.document)
