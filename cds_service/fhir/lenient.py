"""Members that must not cost the resource: read where they have a known form, left out where they have not.

Statuses are CodeableConcepts in R4 and plain strings in DSTU2 and STU3; stages and notes are lists in R4 and single
objects or strings before. Only members whose loss is harmless or is said by the reader are read this way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import date
from typing import Any, Final, TypeVar

import msgspec

from cds_service.fhir.dates import ReadDate, is_filler, read_date
from cds_service.fhir.decode import Annotation, CodeableConcept, Unreadable, decode, decode_resource

T = TypeVar("T")
H = TypeVar("H", bound=Hashable)


class Absent(msgspec.Struct, frozen=True, gc=False):
    """A member that is not there, or that has another form than the one asked for (`is_odd`)."""

    is_odd: bool = False


_ABSENT: Final = Absent()
_LONGEST_DAY: Final = 40
MODIFIED: Final = "with a modifier that is not known here"
_CONCEPT: Final[Any] = CodeableConcept | str
_NOTES: Final[Any] = list[Annotation] | Annotation | str


def member(raw: msgspec.Raw, kind: type[T]) -> T | Absent:
    """The member as a struct, or `Absent` when it is missing, null or of another form."""
    text = bytes(raw)
    if not text or text == b"null":
        return _ABSENT
    try:
        return decode(text, kind)
    except Unreadable:
        return Absent(is_odd=True)


def concept(raw: msgspec.Raw) -> CodeableConcept | None:
    """A CodeableConcept member, also where it or a part of it has another form (a plain string: its text); None without any."""
    read = member(raw, _CONCEPT)
    if isinstance(read, Absent) and read.is_odd:
        try:
            return decode_resource(raw, CodeableConcept)
        except Unreadable:
            return None
    if isinstance(read, CodeableConcept):
        return read
    return CodeableConcept(text=read) if isinstance(read, str) else None


def is_modified(raw: msgspec.Raw) -> bool:
    """Whether a modifierExtension stands there: none is known here, so that what it stands in is asked about."""
    text = bytes(raw)
    return bool(text) and text not in (b"null", b"[]")


def doubted(text: str, doubts: Iterable[str]) -> str:
    """A text with why it is not certain, so that whoever shows it shows that too."""
    said = "; ".join(filter(None, doubts))
    return f"{text} ({said})" if said else text


def status(raw: msgspec.Raw) -> str:
    """The code of a status: a CodeableConcept (first code, else text) or a plain string; "" when there is none to read."""
    read = concept(raw)
    if read is None:
        return ""
    return next((c.code for c in read.coding if c.code), read.text).strip().lower()


def notes(*raws: msgspec.Raw) -> tuple[str, ...]:
    """The texts of notes: a list of Annotations, one Annotation, or a string."""
    texts: list[str] = []
    for raw in raws:
        if not bytes(raw):
            continue
        read = member(raw, _NOTES)
        if isinstance(read, list):
            texts += [note.text for note in read]
        elif isinstance(read, Annotation):
            texts.append(read.text)
        elif isinstance(read, str):
            texts.append(read)
    return tuple(text for text in texts if text)


def words_of(read: CodeableConcept | None) -> str:
    """The text, else the first display, else the first code; "" when there is none."""
    if read is None:
        return ""
    return read.words() or next((c.code for c in read.coding if c.code), "")


def all_words(read: CodeableConcept | None) -> str:
    """The text and all displays, for a search by words."""
    if read is None:
        return ""
    return "; ".join(dict.fromkeys(word for word in (read.text, *(c.display for c in read.coding)) if word))


def first_date(texts: Iterable[str]) -> tuple[ReadDate | None, bool]:
    """The first of several dates that can be read, and whether one that stands before it could not be read.

    A filler is no date.
    """
    was_unreadable = False
    for text in texts:
        if not text:
            continue
        try:
            read = read_date(text)
        except Unreadable:
            was_unreadable = True
            continue
        if not is_filler(read):
            return read, was_unreadable
        was_unreadable = True
    return None, was_unreadable


def entry_words(reference: str, text: str, dates: Iterable[str]) -> str:
    """An entry that is not used, as a remark names it: what it says and its day, as written where no calendar has it."""
    written = [each for each in dates if each]
    when, _ = first_date(written)
    day = iso(when.on) if when and when.on else next(iter(written), "")[:_LONGEST_DAY] or "undated"
    return f'{reference} "{text}" ({day})' if text else f"{reference} ({day})"


def unique(items: Iterable[H], key: Callable[[H], tuple[str, ...]]) -> tuple[H, ...]:
    """The items without repeats, in the order of a key and then of all they say, so that the order of a Bundle does not matter."""
    once = tuple(dict.fromkeys(items))
    by_key = {key(item): item for item in once}
    if len(by_key) == len(once):
        # To write an item out costs more than to read it did, and nearly always the key tells them apart.
        return tuple(by_key[each] for each in sorted(by_key))
    return tuple(sorted(once, key=lambda item: (key(item), repr(item))))


def iso(day: date | None) -> str:
    """A date for sorting; "" where there is none."""
    return day.isoformat() if day else ""
