"""Higher doses that a document allows later: named by a renal or starting row, or one level up after a reduction.

When: an order is above the dose in force.
Then: the later dose of the row after its days, where nothing was reduced. After a reduction, where the row of the steps allows
it, one level up once as many cycles as it names went by at this dose with every count at or above its limits, and a count
at the beginning of the new cycle; where counts do not tell, the level is asked about.
"""

from __future__ import annotations

from datetime import date, timedelta

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.renal import Band
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.planned_start import start_days
from cds_service.dosing.treatment.sayings import count_words, course_inputs, course_words
from cds_service.dosing.treatment.stepping import steps_of
from cds_service.dosing.treatment.steps import later_doses
from cds_service.drugs.lenalidomide.decisions import ask
from cds_service.drugs.lenalidomide.definitions import Definition


def higher_doses(definition: Definition, patient: Patient, band: Band) -> tuple[Dose, ...]:
    """The doses above the one in force that an order may have. An open step is among them: it is asked about."""
    if patient.therapy.reduced_from is not None:
        level = _one_level_up(definition, patient, band)
        return () if level is None or is_clean(definition, patient) is False else (level,)
    return later_doses(patient, band) if definition.has_later else ()


def _one_level_up(definition: Definition, patient: Patient, band: Band | None = None) -> Dose | None:
    """The next higher level, where the row allows steps up; never above the starting dose or the row of the kidneys."""
    if "up" not in patient.rules[definition.steps].data or patient.therapy.dose is None:
        return None
    level = steps_of(patient.rules, definition.steps).higher(patient.therapy.dose)
    return None if level is None or (band is not None and level.exceeds(band.dose)) else level


def is_clean(definition: Definition, patient: Patient) -> bool | None:
    """Whether the cycles at the dose in force went by without toxicity of the blood; None where counts do not tell."""
    up = patient.rules.number(definition.steps, "up")
    cycle = timedelta(days=patient.rules.number(definition.start, "cycle_days"))
    begins = patient.today - up["cycles_at_least"] * cycle
    since = patient.therapy.dose_since
    if since is None:
        return None
    if since > begins:
        return False
    told = True
    for line in LINES:
        counts = [r for r in patient.facts.decisive(line) if begins <= r.on <= patient.today]
        enough = [r.amount.is_at_least(up[f"{line}_at_least"]) for r in counts]
        if False in enough:
            return False
        told = told and None not in enough and _each_cycle_has_one(patient, [r.on for r in counts], begins, cycle)
    return True if told else None


def _each_cycle_has_one(patient: Patient, days: list[date], begins: date, cycle: timedelta) -> bool:
    """A count in each of the cycles, and one that is new enough for the beginning of the next."""
    newest = max(days, default=None)
    if newest is None or patient.today - newest > timedelta(days=start_days(patient.rules)):
        return False
    number = (patient.today - begins) // cycle
    return all(any(begins + n * cycle <= d <= begins + (n + 1) * cycle for d in days) for n in range(number))


def step_up_unknown(definition: Definition, patient: Patient) -> list[Recommendation]:
    """The question about a draft one level up, where counts do not tell whether the step is open."""
    level = _one_level_up(definition, patient) if patient.therapy.reduced_from is not None else None
    orders = [o for o in patient.case.orders if level is not None and o.dose is not None and o.dose.same_as(level)]
    if not orders or level is None or is_clean(definition, patient) is not None:
        return []
    up, rule = patient.rules.number(definition.steps, "up"), definition.steps
    patient.trace.say(rule, "unknown", "counts of the last cycles do not tell whether the dose may rise")
    readings = [r for line in LINES for r in patient.counts[line].decisive]
    return [
        ask(
            patient,
            (rule,),
            "step-up-unknown",
            words=course_words(patient)
            | count_words(patient, readings)
            | {"ordered": level.words, "ordered_brief": level.brief, "cycles": str(up["cycles_at_least"])},
            inputs=[*map(Input.of, readings), *course_inputs(patient)],
            missing=[
                Missing(line, f"not on file for all of the last {up['cycles_at_least']} cycles", rule) for line in LINES
            ],
            order=orders[0].reference,
        )
    ]
