"""What lies before a reviewer: each row of a document beside the place in a label file that it cites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cds_service.dosing.rulebook import Edition, Rule
from cds_service.drugs.source_files import row_digest
from cds_service.labels.files import read_label
from cds_service.labels.label import Label, LabelFileError
from cds_service.labels.places import Spot
from cds_service.labels.verify import RowResult, verify_row, words_of
from cds_service.reviews.file import Review

_AROUND = 220


@dataclass(frozen=True, slots=True)
class Passage:
    """A place of a label: its section, and its words with some before and after them."""

    section: str
    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One row: its digest as it reads today, the passages it cites, what a program finds there, and who said what of it."""

    rule: Rule
    digest: str
    passages: tuple[Passage, ...]
    findings: tuple[str, ...]
    said: tuple[str, ...]


class LabelShelf:
    """The label files of a folder and of the folders below it; a file is read again only after it changed."""

    def __init__(self, folder: Path | None, substances: Iterable[str]) -> None:
        """Take the folder (None: no labels) and the names of the drugs, one of which each label must bear."""
        self._folder = folder
        self._substances = tuple(substances)

    @property
    def has_folder(self) -> bool:
        """Whether the site named a folder of labels at all."""
        return self._folder is not None

    def label_for(self, edition: Edition) -> tuple[Label | None, tuple[str, ...]]:
        """The label that an edition cites, of its own revision where there is one, and what is wrong with files there."""
        published = edition.document.published
        fitting: list[Label] = []
        faults: list[str] = []
        for path in _files(self._folder) if self._folder else ():
            try:
                label = _read(path, path.stat().st_mtime_ns, self._substances)
            except LabelFileError as fault:
                faults.append(str(fault))
                continue
            if published and label.form == published.form and label.set_id in ("", published.set_id):
                fitting.append(label)
        fitting.sort(key=lambda label: (f"{label.date:%Y-%m}" == edition.document.revision, label.date))
        return (fitting[-1] if fitting else None), tuple(faults)


def _files(folder: Path) -> list[Path]:
    """The files below a folder, but for what an editor or a version control keeps to itself."""
    found = (each for each in sorted(folder.rglob("*")) if each.is_file())
    return [each for each in found if not any(part.startswith(".") for part in each.relative_to(folder).parts)]


def desk_rows(edition: Edition, label: Label | None, reviews: Sequence[Review]) -> tuple[DeskRow, ...]:
    """Every row of an edition in the order of the document.

    Args: the edition; the label beside it, None where the site supplies none; the reviews that there are.
    """
    own = [review for review in reviews if review.document == edition.document.id]
    return tuple(_row(rule, label, own) for rule in edition.rules.values())


def _row(rule: Rule, label: Label | None, reviews: Iterable[Review]) -> DeskRow:
    digest = row_digest(rule)
    result = verify_row(rule, label) if label is not None and rule.places else None
    passages = tuple(_passage(spot, label) for spot in result.spots) if result and label else ()
    said = tuple(
        f"{review.signer}, {review.on}: {row.verdict}"
        + (f" ({row.note})" if row.note else "")
        + ("" if row.digest == digest else "; the row changed since")
        for review in reviews
        for row in review.rows
        if row.rule == rule.id
    )
    return DeskRow(rule, digest, passages, _findings(rule, result, label), said)


def _findings(rule: Rule, result: RowResult | None, label: Label | None) -> tuple[str, ...]:
    if result is None or label is None:
        return (rule.unplaced,) if rule.unplaced else ()
    lines = words_of(result, label.sections)
    return tuple(" ".join(line.replace(f"{rule.id}: ", "").split()) for line in lines)


def _passage(spot: Spot, label: Label) -> Passage:
    text = label.sections[spot.place.section]
    start, end = max(0, spot.start - _AROUND), min(len(text), spot.end + _AROUND)
    # A word or a number that is cut in two is another one.
    start = text.find(" ", start, spot.start) + 1 or spot.start if start else 0
    end = text.rfind(" ", spot.end, end) if end < len(text) else end
    end = end if end >= spot.end else spot.end
    before = ("… " if start else "") + text[start : spot.start]
    after = text[spot.end : end] + (" …" if end < len(text) else "")
    return Passage(spot.place.section, before, text[spot.start : spot.end], after)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, substances: tuple[str, ...]) -> Label:
    """The label in a file as it was when it last changed."""
    return read_label(path, substances)
