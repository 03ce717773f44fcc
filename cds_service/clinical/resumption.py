"""Whether treatment went on after a pause, by the records that stand as current."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.first_dose import start_of


@dataclass(frozen=True, slots=True)
class _Kind:
    """The starts of the current records of one kind, ascending, and beside each the lowest dose from there on.

    Doses are (mg per day, mg per dosing day), each the lowest of its own; None where no later record has a dose.
    """

    starts: tuple[date, ...]
    lowest: tuple[tuple[Fraction, Fraction] | None, ...]


class Resumption:
    """Finds the pauses that current records put an end to; sorted once, for charts with thousands of records."""

    def __init__(self, current: Iterable[MedicationRecord]) -> None:
        """Take the records that describe today; one without a start ends no pause."""
        dated: dict[str, list[tuple[date, MedicationRecord]]] = defaultdict(list)
        for record in current:
            if (start := start_of(record)) is not None:
                dated[record.kind].append((start, record))
        self._kinds = {kind: _sorted(records) for kind, records in dated.items()}

    def follows(self, pause: MedicationRecord) -> bool:
        """Whether a current record is the treatment after a pause, as against another account of the time before it.

        Missing: without dates that show it, the pause stands beside the current record, and that is a conflict.
        """
        paused = start_of(pause)
        if paused is None:
            return False
        return any(
            _same_kind(pause, paused, records) if kind == pause.kind else _other_kind(pause, paused, records)
            for kind, records in self._kinds.items()
        )


def _same_kind(pause: MedicationRecord, paused: date, records: _Kind) -> bool:
    last = records.starts[-1]
    return last > paused or (pause.status == "stopped" and last == paused)


def _other_kind(pause: MedicationRecord, paused: date, records: _Kind) -> bool:
    """Another account is the treatment after a pause that had ended before, or where its dose is lower."""
    if pause.bounds_end is not None and pause.bounds_end <= records.starts[-1]:
        return True
    after = bisect_right(records.starts, paused)
    lowest = records.lowest[after] if after < len(records.starts) else None
    if lowest is None or pause.dose is None:
        return False
    return pause.dose.mg_per_day > lowest[0] or pause.dose.mg_per_dosing_day > lowest[1]


def _sorted(records: list[tuple[date, MedicationRecord]]) -> _Kind:
    ordered = sorted(records, key=lambda each: each[0], reverse=True)
    lowest: list[tuple[Fraction, Fraction] | None] = []
    low: tuple[Fraction, Fraction] | None = None
    for _, record in ordered:
        if (dose := record.dose) is not None:
            own = (dose.mg_per_day, dose.mg_per_dosing_day)
            low = own if low is None else (min(low[0], own[0]), min(low[1], own[1]))
        lowest.append(low)
    return _Kind(tuple(start for start, _ in reversed(ordered)), tuple(reversed(lowest)))
