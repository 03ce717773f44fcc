"""Mantle cell lymphoma by the US label (2.3, 2.6): 25 mg on days 1-21 of 28, one row per line at every dose.

When: neutrophils or platelets fall.
Then: interrupt, and resume at 5 mg less than the previous dose; at 5 mg daily the table ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.counts.by_regimen import bands_of, rows_at, rows_of, schedule_of
from cds_service.drugs.lenalidomide.counts.other_regimens import (
    AT_CLEARANCE,
    eligible,
    hold_counts,
    is_reduced,
    no_contradictions,
    us_ids,
)
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.counts.steps import choice, less_by
from cds_service.drugs.lenalidomide.course.regimen import Eligibility, NextDose, Regimen
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.rulebook import RULES

TABLE = rows_of("US-MCL-PLT", "US-MCL-ANC")
STEP = RULES["US-MCL-PLT"].data
EARLY_DEATHS = "US-WP-MCLMORT"


def _rows(_dose: Dose | None, line: str) -> tuple[CountRow, ...]:
    return rows_at(TABLE, line)


def _next_dose(_case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    """One step, whichever line or lines caused the hold."""
    if therapy.dose is None:
        return choice("5 mg daily")
    return less_by(therapy.dose, STEP["less_mg"], STEP["floor_mg"], tuple(r.id for r in rows) or ("US-MCL-PLT",))


def _eligible(of: Situation, indication: Indication) -> Eligibility:
    found = eligible(of, indication)
    of.trace.say(EARLY_DEATHS, "fired" if of.case.orders else "not met", "said with a start; no source gives a cut-off")
    found.remarks.append(RULES[EARLY_DEATHS].text)
    return found


def _beside_treatment(_of: Situation) -> list[Recommendation]:
    return []


US_MANTLE_CELL = Regimen(
    jurisdiction="US",
    ids=us_ids("US-MCL-START"),
    bands=bands_of("US-MCL-START", "US-REN-MMMCL-30-60", "US-REN-MMMCL-LT30", "US-REN-MMMCL-DIAL"),
    cbc=schedule_of("US-MON-CBC-MCL"),
    rows=_rows,
    next_dose=_next_dose,
    contradictions=no_contradictions,
    needs_isolated=False,
    start_checks=hold_counts,
    response=_beside_treatment,
    is_reduced=is_reduced,
    at_clearance=AT_CLEARANCE,
    eligibility=_eligible,
)
