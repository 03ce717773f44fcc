"""Counts that ask for the next one sooner: close above a limit and falling, or very low (ours).

When: the drug is taken or held.
Then: a count a little above what interrupts, well below the one before it, is said and counted again within a week; a very
low one within days, the lowest the next day, whether treatment is held or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from cds_service.clinical.blood_counts import latest
from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import exact, is_per_litre
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.patient import Patient, worlds
from cds_service.dosing.treatment.sayings import count_words, course_inputs, course_words
from cds_service.dosing.treatment.triggers import highest_trigger, triggers_in_force
from cds_service.dosing.words import shown_on, threshold


@dataclass(frozen=True, slots=True)
class Falling:
    """A count close above a limit and falling; `before` is the earlier one, None where there is none in the window."""

    reading: Reading
    limit: Fraction
    before: Reading | None


def falling(patient: Patient, line: str) -> Falling | None:
    """The latest count of a line where it is close above its limit and falling."""
    found = [f for r in patient.counts[line].decisive if (f := _falling(patient, line, r)) is not None]
    return found[0] if found else None


def days_to_next(patient: Patient) -> dict[date, str]:
    """The days for which a finding in the counts asks for the next one, each with its rule.

    Missing: a line without a usable count asks for none here.
    """
    found: dict[date, str] = {}
    near, low = patient.rules.role(Role.FALLING), patient.rules.role(Role.VERY_LOW)
    for line in LINES:
        for reading in patient.counts[line].decisive:
            before = latest([r for r in patient.facts.decisive(line) if r.on < reading.on])
            if any(_falling(patient, line, r) is not None for r in (reading, *before)):
                found[reading.on + timedelta(days=near.number("every_days"))] = near.id
            if (days := _days_when_very_low(patient, reading, before)) is not None:
                found[reading.on + timedelta(days=days)] = low.id
    return found


def falling_cards(patient: Patient, lines: Sequence[str], due: date) -> list[Recommendation]:
    """An information on each line that is close above its limit and falling. Args: the lines of which nothing graver is said."""
    rule = patient.rules.role(Role.FALLING).id
    found = [f for line in lines if (f := falling(patient, line)) is not None]
    patient.trace.say(rule, "fired" if found else "not met", "counts close above a limit and falling")
    return [
        decision(
            patient,
            Action.INFORM,
            Urgency.INFO,
            (rule,),
            "falling",
            words=count_words(patient, [f.reading])
            | course_words(patient)
            | {
                # In the unit of the count beside it.
                "limit": threshold(f.limit, "10*9/L" if is_per_litre(f.reading.reported_unit) else "/uL"),
                "before": f"before it {shown_on(f.before)}" if f.before else "none shortly before it",
                "due": due.isoformat(),
            },
            next_cbc_due=due,
            inputs=[Input.of(r) for r in (f.reading, f.before) if r is not None] + course_inputs(patient),
            proposals=cbc_proposals(patient.case, due),
        )
        for f in found
    ]


def _falling(patient: Patient, line: str, reading: Reading) -> Falling | None:
    """The next count and the card ask the same of one chart and regimen: it is worked out once."""
    # A reading lives as long as its facts; to hash all that it says would cost more than to look.
    key = (_falling, id(patient.regimen), patient.today, line, id(reading))
    return patient.facts.once(key, lambda: _work_out(patient, line, reading))


def _work_out(patient: Patient, line: str, reading: Reading) -> Falling | None:
    rule = patient.rules.role(Role.FALLING)
    highest = highest_trigger(patient, line)
    if highest is not None and reading.amount.is_above(highest * exact(rule.number("limits_at_most"))):
        # As most counts are.
        return None
    limits = [
        met.limit
        for together in triggers_in_force(patient, line, worlds(patient, line, reading), reading.on)
        for met in together
        if reading.amount.is_at_most(met.limit * exact(rule.number("limits_at_most"))) is not False
        and reading.amount.is_below(met.limit) is False
    ]
    if not limits:
        return None
    oldest = reading.on - timedelta(days=rule.number("previous_days"))
    earlier = latest([r for r in patient.facts.decisive(line) if oldest <= r.on < reading.on])
    left = Fraction(100 - rule.number("fell_percent_at_least"), 100)
    fell = [b for b in earlier if b.amount.high is None or reading.amount.is_at_most(left * b.amount.high) is not False]
    if earlier and not fell:
        return None
    return Falling(reading, max(limits), fell[-1] if fell else None)


def _days_when_very_low(patient: Patient, reading: Reading, before: tuple[Reading, ...]) -> int | None:
    """The days until the next count after a very low one; None where it is not, or no longer falls during a hold."""
    rule = patient.rules.role(Role.VERY_LOW)
    soonest = rule.data.get(f"soonest_{reading.fact}_below")
    if soonest is not None and reading.amount.is_below(soonest) is not False:
        return int(rule.number("soonest_days"))
    if reading.amount.is_below(rule.number(f"{reading.fact}_below")) is False:
        return None
    amounts = [b.amount.low for b in before if b.amount.low is not None]
    is_steady = bool(amounts) and reading.amount.is_at_least(min(amounts)) is True
    return None if patient.therapy.state == "on-hold" and is_steady else int(rule.number("within_days"))
