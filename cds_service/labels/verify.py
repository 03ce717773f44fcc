"""Compares the rows of a document with the label that they cite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cds_service.labels.label import Label
from cds_service.labels.places import Lost, Place, Spot, find, parse_places
from cds_service.labels.row_numbers import row_numbers

AGREES, DIFFERS, NOT_FOUND, UNPLACED = "agrees", "differs", "not found", "not placed"


class Row(Protocol):
    """What is needed of a rule: its id and section, its numbers, and what it says of where they stand."""

    @property
    def id(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def numbers(self) -> Mapping[str, Any]: ...
    @property
    def places(self) -> tuple[str, ...]: ...
    @property
    def own(self) -> tuple[str, ...]: ...
    @property
    def unplaced(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RowResult:
    """What the comparison of one row gave.

    `outcome` is "agrees", "differs", "not found" or "not placed" (a row that says why no program can place it);
    `spots` are the places found; `lost` the ones that were not; `reason` is the row's own word for not being placed;
    `own` are its numbers that no document states.
    """

    row: str
    outcome: str
    spots: tuple[Spot, ...] = ()
    lost: tuple[Lost, ...] = ()
    reason: str = ""
    own: tuple[str, ...] = ()


def places_of(row: Row) -> tuple[Place, ...]:
    """The places that a row cites; empty for a row that gives none. Raises: ValueError where they cannot be read."""
    return parse_places(row.section, row.places)


def place_faults(row: Row) -> list[str]:
    """What is wrong with the citation of a row, without any label at hand.

    Each number of the row stands at a place or is the row's `own`; a row without a place says why (`unplaced`).
    """
    numbers = row_numbers(row.numbers)
    own = _own(row)
    if not row.places:
        return [] if row.unplaced else ["has neither a place in its document nor a reason (`unplaced`)"]
    try:
        cited = [path for place in places_of(row) for path in place.paths]
    except ValueError as error:
        return [str(error)]
    faults = [f"cites {path}, which it does not have" for path in cited if path not in numbers]
    faults += [f"calls {path} its own and cites it" for path in sorted(own & set(cited))]
    faults += [f"calls {path} its own and does not have it" for path in sorted(own - numbers.keys())]
    lacking = [path for path in numbers if path not in cited and path not in own]
    return faults + [f"does not say where {path} stands in the document" for path in lacking]


def verify_row(row: Row, label: Label) -> RowResult:
    """One row beside its label. Raises: ValueError or KeyError for a citation with a fault (`place_faults`)."""
    places = places_of(row)
    if not places:
        return RowResult(row.id, UNPLACED, reason=row.unplaced)
    numbers = row_numbers(row.numbers)
    results = [find(place, numbers, label) for place in places]
    spots = tuple(each for each in results if isinstance(each, Spot))
    lost = tuple(each for each in results if isinstance(each, Lost))
    if lost:
        return RowResult(row.id, NOT_FOUND, spots, lost)
    agrees = all(comparison.agrees for spot in spots for comparison in spot.comparisons) and not _shared(spots)
    return RowResult(row.id, AGREES if agrees else DIFFERS, spots, own=tuple(sorted(_own(row))))


def verify(rows: Iterable[Row], label: Label) -> list[RowResult]:
    """Every row beside the label, in the order of the document."""
    return [verify_row(row, label) for row in rows]


def words_of(result: RowResult, sections: Mapping[str, str]) -> Sequence[str]:
    """The result in lines for a reader: the outcome with the place, then each number that differs, both values."""
    if result.outcome == UNPLACED:
        return [f"{result.outcome:<11}{result.row}: {result.reason or 'no place given'}"]
    where = ", ".join(dict.fromkeys(f"section {spot.place.section}" for spot in result.spots))
    counted = sum(len(spot.comparisons) for spot in result.spots)
    lines = [f"{result.outcome:<11}{result.row}: {where or 'nowhere'}, {counted} number{'' if counted == 1 else 's'}"]
    if result.own:
        lines.append(f"             not in the document, ours: {', '.join(result.own)}")
    lines += [f"             {path}: at the same spot as another number of the row" for path in _shared(result.spots)]
    for spot in result.spots:
        for each in spot.comparisons:
            if not each.agrees:
                found = str(each.found.measure) if each.found else "nothing more in the section"
                around = (
                    f' ("… {sections[spot.place.section][max(0, each.found.start - 40) : each.found.end]}")'
                    if each.found
                    else ""
                )
                lines.append(f"             {each.path}: the row says {each.expected}, the document {found}{around}")
    for lost in result.lost:
        what = f"the words {lost.words!r} do not follow" if lost.words else "there is no such section"
        lines.append(f"             section {lost.place.section}: {what}")
    return lines


def _shared(spots: Sequence[Spot]) -> list[str]:
    """The numbers that were read from a spot where another number of the row was read before."""
    seen: dict[tuple[str, int], str] = {}
    shared = []
    for spot in spots:
        for each in spot.comparisons:
            if each.found and seen.setdefault((spot.place.section, each.found.start), each.path) != each.path:
                shared.append(each.path)
    return shared


def _own(row: Row) -> set[str]:
    """Numbers that are the project's reading and stand in no document: a path, or the head of several."""
    found = {p for p in row_numbers(row.numbers) if any(p == name or p.startswith(f"{name}.") for name in row.own)}
    return found | {name for name in row.own if not any(p == name or p.startswith(f"{name}.") for p in found)}
