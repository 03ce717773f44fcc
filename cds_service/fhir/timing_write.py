"""`Timing.repeat` of a schedule: what R4 can say of days on treatment and rest, so that no structure says more than the text.

R4 has no day pattern. A supply of one cycle is bounded to its days on; a longer or open one gives the times in a cycle.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from cds_service.clinical.exposure import Dose
from cds_service.fhir.terminology import SYSTEMS

_UCUM: Final = SYSTEMS["ucum"]
_FULL_DATE: Final = len("2026-01-31")
Json = dict[str, Any]


def repeat_of(bounds: Json | None, dose: Dose, supply_days: int | None) -> Json:
    """The repeat of a dose.

    Args: the draft's own `boundsPeriod`, kept where it can be; the days that the supply is for, None where not known.
    Returns: the same mg per day as the dose by the structure alone, or treatment that ends with the days on; a rest of
    a schedule that is not daily stands in the text alone where the supply is longer than a cycle.
    """
    kept: Json = {"boundsPeriod": bounds} if bounds else {}
    often = _often(dose)
    if dose.on_days is None or dose.cycle_days is None:
        return {**kept, **often}
    end = (bounds or {}).get("end")
    if supply_days is not None and supply_days <= dose.cycle_days and not end:
        ended = _ended(bounds, dose.on_days)
        if ended is not None:
            return {**ended, **often}
    if dose.every_days == 1 and not dose.per_week and dose.times_per_day == 1:
        return {**kept, "frequency": dose.on_days, "period": dose.cycle_days, "periodUnit": "d"}
    return {**kept, **often}


def _often(dose: Dose) -> Json:
    if dose.per_week:
        return {"frequency": dose.per_week, "period": 1, "periodUnit": "wk"}
    return {"frequency": dose.times_per_day, "period": dose.every_days, "periodUnit": "d"}


def _ended(bounds: Json | None, on_days: int) -> Json | None:
    """The bounds of the days on, from the draft's own start where it has one; None where that start is no full date."""
    if not bounds:
        return {"boundsDuration": {"value": on_days, "unit": "d", "system": _UCUM, "code": "d"}}
    try:
        start = date.fromisoformat(str(bounds.get("start"))[:_FULL_DATE])
    except ValueError:
        return None
    # The last day that the drug is taken is within the period: both ends of a Period are included.
    return {"boundsPeriod": {**bounds, "end": (start + timedelta(days=on_days - 1)).isoformat()}}
