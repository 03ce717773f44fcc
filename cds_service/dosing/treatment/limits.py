"""The counts that decide on one day: below them a row in force interrupts, or from them on treatment resumes.

When: the drug is taken or held.
Then: each row that the dose, the 4-week window and the baseline bring into play says its count; what holds in only one of
several possible readings of the chart is marked so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Basis
from cds_service.dosing.count_rows import LINES, CountRow
from cds_service.dosing.roles import Role
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.treatment.hold_cause import open_lines
from cds_service.dosing.treatment.patient import Patient, worlds_on
from cds_service.dosing.treatment.sayings import resume_words
from cds_service.dosing.treatment.triggers import TriggerInForce, triggers_in_force
from cds_service.dosing.words import threshold


class Kind(StrEnum):
    """What happens at a limit."""

    INTERRUPT = "interrupt"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Limit:
    """One count that decides on one day.

    `amount` per microlitre, `words` what it means with its conditions, in the unit of its document; `rule` and `basis` say where
    it stands. `is_certain` False: it holds only in one of the readings of the chart that are possible.
    """

    line: str
    kind: Kind
    amount: Fraction
    words: str
    rule: str
    basis: Basis
    is_certain: bool = True


def turning_days(rules: Rules, facts: PatientFacts, first_doses: Iterable[date]) -> Iterator[date]:
    """The days from which other limits may hold though no count and no order changed: after the first weeks of a course, with a
    platelet transfusion, and when that one no longer counts."""
    if Role.FIRST_WEEKS in rules.by_role:
        last_day_within = rules.role(Role.FIRST_WEEKS).number("last_day_within")
        yield from (first + timedelta(days=last_day_within + 1) for first in first_doses)
    if Role.PLATELET_TRANSFUSIONS in rules.by_role:
        counts_for = rules.role(Role.PLATELET_TRANSFUSIONS).number("days")
        for event in facts.events_of("platelet-transfusion"):
            if event.on is not None:
                yield from (event.on, event.on + timedelta(days=counts_for + 1))


def limits_by_either(every: Sequence[Sequence[Limit]]) -> tuple[Limit, ...]:
    """The limits where the chart leaves several regimens open: those of all of them. Certain are those that each has."""
    if len(every) == 1:
        return tuple(every[0])
    return tuple(limit for line in LINES for limit in _in_each([[x for x in each if x.line == line] for each in every]))


def limits(patient: Patient) -> tuple[Limit, ...]:
    """The limits of the day: on a hold what the lines that caused it must reach, and for every other line what interrupts.

    Missing: without a known baseline a limit that is a share of it is none; nothing where the drug is not taken or held.
    """
    if not patient.is_current:
        return ()
    opened = {o.line: o for o in open_lines(patient)} if patient.therapy.state == "on-hold" else {}
    found: list[Limit] = []
    for line in LINES:
        if line in opened:
            row = opened[line].row
            words = f"resume when {resume_words([row])}"
            found.append(_limit(patient, row, Kind.RESUME, exact(row.resume_at_least), words))
        else:
            found += _interrupting(patient, line)
    return tuple(found)


def _interrupting(patient: Patient, line: str) -> list[Limit]:
    possible = worlds_on(patient, line, patient.today)
    every = [
        {_limit(patient, met.row, Kind.INTERRUPT, met.limit, _meaning(met)) for met in together}
        for together in triggers_in_force(patient, line, possible, patient.today)
    ]
    return _in_each(every)


def _in_each(every: Sequence[Collection[Limit]]) -> list[Limit]:
    """The limits of all readings of a chart, the highest first; certain are those that hold in each."""
    found = sorted({limit for limits in every for limit in limits}, key=lambda f: (-f.amount, f.words))
    return [one if all(one in limits for limits in every) else replace(one, is_certain=False) for one in found]


def _limit(patient: Patient, row: CountRow, kind: Kind, amount: Fraction, words: str) -> Limit:
    return Limit(row.line, kind, amount, words, row.id, patient.rules[row.id].basis)


def _meaning(met: TriggerInForce) -> str:
    """What the trigger says: "interrupt below 50,000/µL with platelet transfusions"."""
    trigger, unit = met.trigger, met.row.shown_in
    parts = []
    if trigger.below is not None:
        parts.append(f"below {threshold(trigger.below, unit)}")
    if trigger.at_most_fraction_of_baseline is not None:
        percent = plain(exact(trigger.at_most_fraction_of_baseline) * 100)
        parts.append(f"at {threshold(met.limit, unit)} or less, {percent} % of the baseline")
    words = "interrupt " + " and ".join(parts)
    if trigger.for_days is not None:
        words += f" for {trigger.for_days} days or longer"
    if trigger.with_temperature is not None:
        words += f" with a temperature of {plain(trigger.with_temperature)} °C or more"
    return words + (" with platelet transfusions" if trigger.with_platelet_transfusions else "")
