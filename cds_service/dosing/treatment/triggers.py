"""The triggers that a count may meet on a day: those of the rows that the dose, the window and the baseline bring into play."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cds_service.dosing.count_rows import CountRow, Trigger
from cds_service.dosing.treatment.count_lines import World
from cds_service.dosing.treatment.patient import Patient, platelets_transfused
from cds_service.dosing.treatment.verdicts import possible_doses


@dataclass(frozen=True, slots=True)
class TriggerInForce:
    """A trigger in force, with the count at which it is met, and its row."""

    limit: Fraction
    trigger: Trigger
    row: CountRow


def highest_trigger(patient: Patient, line: str) -> Fraction | None:
    """The count above which no row of a line is met, at whatever dose and baseline; None where there is no such count."""

    def work_out() -> Fraction | None:
        highest = [row.highest_trigger for row in patient.regimen.rows(None, line)]
        limits = [limit for limit in highest if limit is not None]
        return max(limits) if limits and len(limits) == len(highest) else None

    return patient.facts.once((highest_trigger, id(patient.regimen), line), work_out)


def triggers_in_force(
    patient: Patient, line: str, possible: Sequence[World], counted_on: date
) -> Iterator[tuple[TriggerInForce, ...]]:
    """The triggers for a count of a day, once for each dose and each reading of the chart that is possible.

    A limit that holds only beside platelet transfusions is in force only with one.
    Missing: a share of a baseline that is not known is no limit.
    """
    transfused = platelets_transfused(patient.case, counted_on, patient.today) is True
    for dose in possible_doses(patient):
        rows = patient.regimen.rows(dose, line)
        for world in possible:
            base = world.baseline.amount.low if world.baseline is not None else None
            yield tuple(
                TriggerInForce(limit, trigger, row)
                for row in rows
                if row.window in ("any", world.window) and row.may_hold(world.baseline)
                for trigger in row.triggers
                if transfused or not trigger.with_platelet_transfusions
                if (limit := trigger.limit(base)) is not None
            )
