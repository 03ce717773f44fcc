"""One patient as the rules see the case: therapy, latest counts, possible worlds, temperature, transfusions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from cds_service.clinical.blood_counts import baseline, distinct, extremes
from cds_service.clinical.calendar import treatment_day
from cds_service.clinical.facts import Reading
from cds_service.dosing.case import Case
from cds_service.dosing.context import Context
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.data_quality import Available, available
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.roles import Role
from cds_service.dosing.temperature import recent_temperature
from cds_service.dosing.treatment.count_lines import Surroundings, World

T = TypeVar("T")

# More earlier results than that are judged by their extremes where each of them may be the baseline.
MOST_BASELINES = 100


@dataclass(frozen=True, slots=True)
class Patient(Context):
    """Everything that the rules of a course look at, worked out once per call.

    `temperature` is the highest of the last hours in which one counts.
    """

    counts: dict[str, Available]
    temperature: Reading | None
    regimen: Regimen

    def once(self, work_out: Callable[[Patient], T]) -> T:
        """What is worked out from this patient alone, once for all checks that ask; the trace is told of it once."""
        return self.facts.once((work_out, self.trace, id(self.regimen)), lambda: work_out(self))


def patient_by(context: Context, regimen: Regimen) -> Patient:
    """The call, worked out by a regimen."""
    case = context.case
    counts = {line: available(case, line) for line in LINES}
    temperature = recent_temperature(case, regimen.ids.fever)
    return Patient(case, context.indication, context.therapy, context.trace, counts, temperature, regimen)


def worlds(patient: Patient, line: str, reading: Reading) -> tuple[World, ...]:
    """Every reading of the chart that is possible for this result: which 4-week window, which baseline.

    Missing: an unknown first dose allows both windows, with any earlier result as the baseline.
    """
    return worlds_on(patient, line, reading.on, reading)


def worlds_on(patient: Patient, line: str, on: date, reading: Reading | None = None) -> tuple[World, ...]:
    """The same for any result of a day. Args: the result itself, which is no baseline of its own."""
    series = patient.facts.decisive(line)
    if not patient.therapy.first_doses:
        earlier = [r for r in _earlier(patient, line, on) if r is not reading]
        within = tuple(World("within", b) for b in earlier) or (World("within", None),)
        return (*within, World("after", None))
    found: list[World] = []
    last_day_within = patient.rules.role(Role.FIRST_WEEKS).number("last_day_within")
    days_before = patient.rules.role(Role.BASELINE).number("days_before_at_most")
    for first_dose in patient.therapy.first_doses:
        window = "within" if treatment_day(on, first_dose) <= last_day_within else "after"
        baselines = baseline(series, first_dose, days_before)
        found += [World(window, b, first_dose) for b in baselines] or [World(window, None, first_dose)]
    return tuple(found)


def _earlier(patient: Patient, line: str, until: date) -> tuple[Reading, ...]:
    """The results up to a day; of very many the lowest and highest amounts, between which no other says more as a baseline."""

    def work_out() -> tuple[Reading, ...]:
        found = tuple(r for r in patient.facts.decisive(line) if r.on <= until)
        return extremes(distinct(found), MOST_BASELINES) if len(found) > MOST_BASELINES else found

    return patient.facts.once((_earlier, line, until), work_out)


def surroundings(
    patient: Patient, line: str, reading: Reading, until: date, temperature: Reading | None
) -> Surroundings:
    """What else the triggers look at, for a result judged as of `until`."""
    series = [r for r in patient.facts.decisive(line) if r.on <= until]
    transfused = platelets_transfused(patient.case, reading.on, until)
    return Surroundings(series, transfused, temperature, patient.regimen.pending, patient.regimen.gap)


def platelets_transfused(case: Case, counted_on: date, until: date) -> bool | None:
    """Whether platelets were transfused in the 7 days before the count or since; None where the record does not tell."""
    earliest = counted_on - timedelta(days=case.rules.role(Role.PLATELET_TRANSFUSIONS).number("days"))
    facts = case.facts
    events = facts.events_of("platelet-transfusion")
    if any(e.on is not None and earliest <= e.on <= until for e in events):
        return True
    if any(e.on is None for e in events) or "transfusions" in facts.unseen:
        return None
    return False
