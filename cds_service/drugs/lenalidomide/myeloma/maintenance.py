"""Myeloma maintenance after an autologous transplant by the US label (2.1, 2.6): 10 mg daily without a rest.

When: neutrophils or platelets fall.
Then: the next lower dose every day; from 5 mg daily to 5 mg on days 1-21 of 28, and never below that. Above 5 mg the label
lists no steps, so the clinician chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.counts.by_regimen import bands_of, rows_at, rows_of, schedule_of
from cds_service.drugs.lenalidomide.counts.other_regimens import (
    AT_CLEARANCE,
    counts_review,
    eligible,
    hold_counts,
    is_reduced,
    no_contradictions,
    us_ids,
)
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.counts.steps import choice, exhausted, later_dose
from cds_service.drugs.lenalidomide.course.regimen import NextDose, Regimen, StartChecks
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.myeloma.checkpoint import checkpoint_reviews
from cds_service.drugs.lenalidomide.renal import Band
from cds_service.drugs.lenalidomide.rulebook import RULES

TABLE = rows_of("US-MMM-PLT", "US-MMM-ANC")
START = RULES["US-MMM-START"].data
_FLOOR = RULES["US-MMM-PLT"].data
FULL_FLOOR = Dose(Decimal(_FLOOR["floor_mg"]))
FLOOR = Dose(Decimal(_FLOOR["floor_mg"]), on_days=_FLOOR["floor_on_days"], cycle_days=_FLOOR["floor_cycle_days"])


def _rows(_dose: Dose | None, line: str) -> tuple[CountRow, ...]:
    return rows_at(TABLE, line)


def _next_dose(_case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    ids = tuple(r.id for r in rows)
    dose = therapy.dose
    if dose is not None and dose.same_as(FULL_FLOOR):
        return NextDose(FLOOR)
    if dose is not None and ids and dose.mg_per_day <= FLOOR.mg_per_day:
        return exhausted(ids)
    return choice(FLOOR.words)


def _start_checks(of: Situation, indication: Indication) -> StartChecks:
    """Maintenance starts once neutrophils and/or platelets have recovered: below both counts it is reviewed."""
    blocking = [*checkpoint_reviews(of), *hold_counts(of, indication).blocking]
    least = {"anc": START["anc_at_least"], "platelets": START["platelets_at_least"]}
    low = [
        r for line, limit in least.items() for r in of.counts[line].decisive if r.amount.is_below(limit) is not False
    ]
    if {r.fact for r in low} == set(least):
        blocking.append(counts_review(of, ("US-MMM-START",), "start-not-recovered", low))
    return StartChecks(tuple(blocking))


def _beside_treatment(of: Situation) -> list[Recommendation]:
    return checkpoint_reviews(of)


def _later_doses(of: Situation, band: Band) -> tuple[Dose, ...]:
    """15 mg daily after 3 cycles, where the kidneys do not lower the dose."""
    return later_dose(of.therapy, of.today, START["later"], band.dose) if band.id == "US-MMM-START" else ()


US_MAINTENANCE = Regimen(
    jurisdiction="US",
    ids=us_ids("US-MMM-START"),
    bands=bands_of("US-MMM-START", "US-REN-MDS-30-60", "US-REN-MDS-LT30", "US-REN-MDS-DIAL"),
    cbc=schedule_of("US-MON-CBC-MM"),
    rows=_rows,
    next_dose=_next_dose,
    contradictions=no_contradictions,
    needs_isolated=False,
    start_checks=_start_checks,
    response=_beside_treatment,
    is_reduced=is_reduced,
    at_clearance=AT_CLEARANCE,
    eligibility=eligible,
    later_doses=_later_doses,
)
