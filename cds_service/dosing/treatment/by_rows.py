"""A regimen that the rows of a document tell wholly: a starting dose, renal rows, count rows with the dose to resume at, a schedule.

When: a row of counts names the dose that it holds at (`current_mg`, none for every dose) and the dose to resume at
(`resume_mg`); the diagnosis alone decides who may start.
Then: counts that meet a row interrupt, counts at which treatment is interrupted end a start in a review, and treatment
resumes at the lowest dose of the rows that caused the hold; where they name none there is no lower dose.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from cds_service.clinical.exposure import Dose
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow, Pending
from cds_service.dosing.regimen import CbcSchedule, Eligibility, NextDose, Regimen, RuleIds
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import bands_of, rows_at, rows_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.start_counts import hold_counts
from cds_service.dosing.treatment.steps import exhausted, later_doses


def regimen_by_rows(
    rules: Rules,
    jurisdiction: str,
    ids: RuleIds,
    *,
    counts: Sequence[str],
    renal: Sequence[str],
    cbc: CbcSchedule,
    pending: Pending | None = None,
) -> Regimen:
    """The regimen.

    Args: the rules in force; the jurisdiction; the rules by role; those of the count rows and of the renal rows; the count
    schedule; what counts mean that have not lasted long enough, where a row must last.

    Raises: RulebookError naming the edition and the row or number that is lacking.
    """
    table, bands = rows_of(rules, *counts), bands_of(rules, ids.start, *renal)
    return Regimen(
        jurisdiction=jurisdiction,
        ids=ids,
        bands=bands,
        cbc=cbc,
        table_doses=tuple(dict.fromkeys(band.dose for band in bands)),
        rows=partial(_rows, table),
        next_dose=_next_dose,
        eligibility=_eligible,
        start_checks=hold_counts,
        response=lambda _patient: [],
        is_reduced=lambda _case, therapy: therapy.reduced_from is not None,
        later_doses=later_doses,
        pending=pending,
    )


def _rows(table: Sequence[CountRow], dose: Dose | None, line: str) -> tuple[CountRow, ...]:
    """The rows of a line at a dose; at one that no row names, and where it is not known, all of them."""
    rows = rows_at(table, line)
    own = tuple(r for r in rows if r.current_mg is None or (dose is not None and r.current_mg == dose.mg))
    return own or rows


def _next_dose(_case: Case, _therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    doses = [row.resume_dose for row in rows if row.resume_dose is not None]
    if rows and not doses:
        return exhausted(tuple(row.id for row in rows))
    return NextDose(min(doses, key=lambda dose: dose.mg_per_day, default=None))


def _eligible(patient: Patient) -> Eligibility:
    patient.trace.say(patient.regimen.ids.indication, "not met", "the diagnosis is on file")
    return Eligibility()
