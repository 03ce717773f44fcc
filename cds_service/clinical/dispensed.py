"""What was dispensed against what is ordered: the last dispense under a dose may be of another one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.first_dose import is_supply

DISPENSE_COVERS = timedelta(days=60)  # a dispense this recent tells of current treatment


def dispensed_otherwise(
    own: Iterable[MedicationRecord], dose: Dose | None, since: date | None, today: date
) -> tuple[MedicationRecord, ...]:
    """The latest dispenses since a dose came into force, where they are not of this dose.

    Packs of one day add up, or are one pack recorded twice. A rest within the cycle is often not written on a dispense,
    so it tells nothing apart.
    Missing: empty without such dispenses, where the dose of one cannot be read, and where the current dose is not known.
    """
    if dose is None or since is None:
        return ()
    earliest = max(since, today - DISPENSE_COVERS)
    given = [
        (r.starts_on, r)
        for r in own
        if r.kind == "dispense" and is_supply(r) and r.starts_on is not None and earliest <= r.starts_on <= today
    ]
    newest = max((on for on, _ in given), default=None)
    last = tuple(sorted((r for on, r in given if on == newest), key=lambda r: r.reference))
    doses = [r.dose for r in last if r.dose is not None]
    if not doses or len(doses) < len(last):
        return ()
    daily = [d.mg_per_dosing_day for d in doses]
    amounts = {sum(daily)} | (set(daily) if len(set(daily)) == 1 else set())
    is_alike = all((d.every_days, d.per_week) == (dose.every_days, dose.per_week) for d in doses)
    return () if is_alike and dose.mg_per_dosing_day in amounts else last
