"""FHIR dosages to a dose: amount from structure and text, schedule from structure and text, and a reason where they fail.

A dose is given only when amount and schedule are both certain. Text may supply a part only when every word of it was
understood; where text and structure both speak they have to agree. Counts of capsules need the strength of the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from cds_service.clinical.exposure import Dose
from cds_service.clinical.quantity import exact
from cds_service.fhir.decode import CodeableConcept, Quantity, Unreadable, number
from cds_service.fhir.dosage.pieces import AMOUNT_UNCLEAR, DOSE_RANGE, PART_OF_CAPSULE, Pieces
from cds_service.fhir.dosage.text import read_text, schedule_of
from cds_service.fhir.dosage.timing import DAYS_PER_UNIT, Timing, read_timing
from cds_service.fhir.dosage.vocabulary import factor, meanings_of
from cds_service.fhir.lenient import member
from cds_service.fhir.schedule import AS_NEEDED, DIFFER, NOT_UNDERSTOOD, Schedule, joined, weekly
from cds_service.fhir.terminology import concepts_of_code

NO_INSTRUCTION: Final = "no dosage instruction"
NO_DOSE: Final = "no dose"
NO_STRENGTH: Final = "no strength"
UNIT_UNKNOWN: Final = "the unit of the dose is not understood"
NOT_READABLE: Final = "the dose is not readable"
IMPLAUSIBLE: Final = "the number of capsules is implausible"
NOT_CAPSULES: Final = "the dose is no whole number of capsules of the product"
SEVERAL: Final = "several dosage instructions that do not form one schedule"
SEVERAL_DOSES: Final = "several doses in one instruction"
OVER_LIMIT: Final = "the limit that it names is below its dose"
BY_RATE: Final = "the dose is given as a rate"
MOST_CAPSULES: Final = 10


_NONE: Final = msgspec.Raw()


class DoseAndRate(msgspec.Struct, frozen=True, gc=False):
    """One `doseAndRate`."""

    doseQuantity: Quantity | None = None
    doseRange: msgspec.Raw = _NONE
    rateRatio: msgspec.Raw = _NONE
    rateRange: msgspec.Raw = _NONE
    rateQuantity: msgspec.Raw = _NONE


class _Limit(msgspec.Struct, frozen=True, gc=False):
    """A Ratio: the most that is taken in a time, at once where it names none."""

    numerator: Quantity = Quantity()
    denominator: Quantity | None = None


class Dosage(msgspec.Struct, frozen=True, gc=False):
    """A Dosage; also the shapes of older servers (`doseQuantity` beside `timing`) and of administrations (`dose`)."""

    sequence: msgspec.Raw = _NONE
    text: str = ""
    patientInstruction: str = ""
    additionalInstruction: list[CodeableConcept] | CodeableConcept = []
    timing: Timing | None = None
    asNeededBoolean: bool = False
    asNeededCodeableConcept: msgspec.Raw = _NONE
    asNeeded: bool = False
    asNeededFor: msgspec.Raw = _NONE
    doseAndRate: list[DoseAndRate] | DoseAndRate = []
    doseQuantity: Quantity | None = None
    doseRange: msgspec.Raw = _NONE
    dose: Quantity | None = None
    # One Ratio in R4, a list since.
    maxDosePerPeriod: msgspec.Raw = _NONE
    maxDosePerAdministration: msgspec.Raw = _NONE


@dataclass(frozen=True, slots=True)
class DoseRead:
    """A dose, or why there is none. `mg_only` is the amount in mg where the schedule alone is missing."""

    dose: Dose | None = None
    problem: str = ""
    is_conflict: bool = False
    mg_only: Decimal | None = None


class _Unclear(Exception):
    """Why an amount cannot be told; the message is the problem."""


# Tablets and capsules, where a unit is a code; and UCUM's unity.
_COUNTED_CODE: Final = "counted-unit"
_UNITY: Final = "1"


def read_dosage(
    dosages: Sequence[Dosage], strength_mg: Decimal | None, is_capsule: bool = True, names: tuple[str, ...] = ()
) -> DoseRead:
    """The dose that dosage instructions give.

    Args: `strength_mg` is the strength of one capsule of the product, mg; None where it carries none. `is_capsule` says
    that the product is counted in capsules or tablets. `names` are the drug's names, which may stand in the text.
    Returns: a DoseRead; without a dose its `problem` says why.
    Source: FHIR R4, Dosage; texts by the words and the grammar of this package.
    """
    if not dosages:
        return DoseRead(problem=NO_INSTRUCTION)
    reads = [_one(d, strength_mg if is_capsule else None, names) for d in dosages]
    if len(reads) == 1:
        return reads[0]
    conflict = next((r for r in reads if r.is_conflict), None)
    if conflict:
        return conflict
    doses = [r.dose for r in reads]
    first = doses[0]
    if first is None or any(d is None or d.schedule != first.schedule or d.note != first.note for d in doses):
        return DoseRead(problem=SEVERAL)
    if any(_has_bounds(d) for d in dosages) or len({bytes(d.sequence) for d in dosages}) > 1:
        # Numbered or bounded instructions may follow each other in time: their amounts must not be added up.
        return DoseRead(problem=SEVERAL)
    amounts = [d.mg for d in doses if d is not None]
    if len(set(amounts)) != len(amounts) or strength_mg is not None:
        # The same instruction twice, or parts of one product: a copy as likely as a sum.
        return DoseRead(problem=SEVERAL)
    return DoseRead(_dose(sum(amounts, Decimal(0)), first))


def _is_there(*members: msgspec.Raw) -> bool:
    return any(bytes(raw) not in (b"", b"null") for raw in members)


def _has_bounds(dosage: Dosage) -> bool:
    repeat = dosage.timing.repeat if dosage.timing else None
    return repeat is not None and (repeat.boundsPeriod is not None or repeat.boundsDuration is not None)


def _dose(mg: Decimal, like: Dose) -> Dose:
    return Dose(mg, like.every_days, like.per_week, like.on_days, like.cycle_days, like.times_per_day, like.note)


def _one(dosage: Dosage, strength: Decimal | None, names: tuple[str, ...]) -> DoseRead:
    if dosage.asNeededBoolean or dosage.asNeeded or _is_there(dosage.asNeededCodeableConcept, dosage.asNeededFor):
        return DoseRead(problem=AS_NEEDED)
    pieces = Pieces()
    for part in _words(dosage):
        pieces.add(read_text(part, names))
    try:
        given = _structured_mg(dosage, strength)
        told = _told_mg(pieces, strength, given)
    except _Unclear as unclear:
        problem = str(unclear)
        return DoseRead(problem=problem, is_conflict=problem == DIFFER)
    if given is not None and told is not None and exact(given) != exact(told):
        return DoseRead(problem=DIFFER, is_conflict=True)
    schedule, by_text = joined(read_timing(dosage.timing, names), schedule_of(pieces))
    mg = given if given is not None else told
    if schedule.problem == DIFFER:
        return DoseRead(problem=DIFFER, is_conflict=True)
    if mg is not None and not _within_limits(pieces, mg, schedule, strength):
        return DoseRead(problem=NOT_UNDERSTOOD, mg_only=given)
    if given is None and mg is not None and _may_be_a_sum(pieces, mg, schedule, strength):
        return DoseRead(problem=AMOUNT_UNCLEAR)
    by_text = by_text or (given is None and mg is not None)
    if pieces.left_over and (by_text or pieces.is_risky):
        return DoseRead(problem=NOT_UNDERSTOOD, mg_only=given)
    if schedule.problem:
        return DoseRead(problem=schedule.problem, mg_only=mg)
    if mg is None:
        return DoseRead(problem=NO_DOSE)
    dose = _with(mg, schedule)
    if _exceeds_limits(dosage, dose, strength):
        return DoseRead(problem=OVER_LIMIT, is_conflict=True)
    return DoseRead(dose)


def _exceeds_limits(dosage: Dosage, dose: Dose, strength: Decimal | None) -> bool:
    """Whether a limit of the structure is less than the dose; one that cannot be read limits nothing."""
    once = member(dosage.maxDosePerAdministration, Quantity)
    many, one = member(dosage.maxDosePerPeriod, list[_Limit]), member(dosage.maxDosePerPeriod, _Limit)
    limits = [_Limit(once)] if isinstance(once, Quantity) else []
    limits += many if isinstance(many, list) else [one] if isinstance(one, _Limit) else []
    return any(_is_exceeded(limit, dose, strength) for limit in limits)


def _is_exceeded(limit: _Limit, dose: Dose, strength: Decimal | None) -> bool:
    most, time = limit.numerator, limit.denominator
    factor = unit_factor(most.code or most.unit, most.system)
    try:
        mg = exact(number(most.value)) * exact(factor or strength or Decimal(0))
        days = exact(number(time.value)) * DAYS_PER_UNIT[(time.code or time.unit).strip()] if time else None
    except (Unreadable, KeyError):
        return False
    taken = exact(dose.mg) if days is None else max(dose.mg_per_dosing_day, dose.mg_per_day * days)
    return factor is not None and 0 < mg < taken


def _within_limits(pieces: Pieces, mg: Decimal, schedule: Schedule, strength: Decimal | None) -> bool:
    """Whether each limit of a day that the text names is what is taken in a day, so that it adds nothing."""
    a_day = exact(mg) * (schedule.rhythm.times_per_day if schedule.rhythm else 1)
    for limit_mg, capsules in pieces.limits:
        limit = limit_mg if capsules is None else None if strength is None else capsules * strength
        if limit is None and pieces.counts == {capsules}:
            continue
        if limit is None or exact(limit) != a_day:
            return False
    return True


def _may_be_a_sum(pieces: Pieces, mg: Decimal, schedule: Schedule, strength: Decimal | None) -> bool:
    """Whether an amount a week may be what is taken on several of its days: "70 mg/week", but not "5 mg once weekly"."""
    return schedule.rhythm == weekly(1) and not (pieces.is_once or pieces.weekdays) and mg != strength


def _with(mg: Decimal, schedule: Schedule) -> Dose:
    rhythm = schedule.rhythm
    assert rhythm is not None, "a schedule without a problem has a rhythm"
    rest = schedule.rest if schedule.rest and schedule.rest[0] < schedule.rest[1] else (None, None)
    # A twice-a-week dose does not use every_days; 1 is its neutral value.
    return Dose(mg, rhythm.every_days or 1, rhythm.per_week, rest[0], rest[1], rhythm.times_per_day, schedule.note)


def _words(dosage: Dosage) -> list[str]:
    """All texts of the instruction; each additional instruction by its text, else its first display."""
    extra = dosage.additionalInstruction
    more = [extra] if isinstance(extra, CodeableConcept) else extra
    parts = [dosage.text, *(concept.words() for concept in more), dosage.patientInstruction]
    return [part for part in parts if part]


def _structured_mg(dosage: Dosage, strength: Decimal | None) -> Decimal | None:
    """The amount of one administration, mg; None where the structure says nothing."""
    rates = [dosage.doseAndRate] if isinstance(dosage.doseAndRate, DoseAndRate) else dosage.doseAndRate
    if _is_there(dosage.doseRange, *(r.doseRange for r in rates)):
        raise _Unclear(DOSE_RANGE)
    if any(_is_there(r.rateRatio, r.rateRange, r.rateQuantity) for r in rates):
        raise _Unclear(BY_RATE)
    quantities = [q for q in (*(r.doseQuantity for r in rates), dosage.doseQuantity, dosage.dose) if q is not None]
    amounts = [_mg_of(q, strength) for q in quantities]
    if len({exact(a) for a in amounts}) > 1:
        raise _Unclear(SEVERAL_DOSES)
    return amounts[0] if amounts else None


def _mg_of(quantity: Quantity, strength: Decimal | None) -> Decimal:
    try:
        value = number(quantity.value)
    except Unreadable:
        raise _Unclear(NOT_READABLE) from None
    if quantity.comparator or value <= 0:
        raise _Unclear(NOT_READABLE)
    kinds = {unit_factor(quantity.code, quantity.system), unit_factor(quantity.unit, "")} - {None}
    if len(kinds) != 1:
        raise _Unclear(UNIT_UNKNOWN)
    factor = kinds.pop()
    if factor:
        mg = value * factor
        if strength and (exact(mg) / exact(strength)).denominator != 1:
            raise _Unclear(NOT_CAPSULES)
        return mg
    return _capsules(value, strength)


def unit_factor(unit: str, system: str) -> Decimal | None:
    """The factor to mg; 0 for counted units; None for a word that is no unit we know."""
    word = unit.strip()
    if word == _UNITY or _COUNTED_CODE in concepts_of_code(system, word):
        return Decimal(0)
    meanings = meanings_of(word)
    if "UNIT" in meanings:
        return factor(meanings["UNIT"])
    return Decimal(0) if {"CAPSULE", "CAPSULES"} & meanings.keys() else None


def _capsules(count: Decimal, strength: Decimal | None) -> Decimal:
    if exact(count).denominator != 1:
        raise _Unclear(PART_OF_CAPSULE)
    if not 1 <= count <= MOST_CAPSULES:
        raise _Unclear(IMPLAUSIBLE)
    if strength is None:
        raise _Unclear(NO_STRENGTH)
    return count * strength


def _told_mg(pieces: Pieces, product: Decimal | None, given: Decimal | None) -> Decimal | None:
    """The amount that the text gives for one administration, mg; None where it gives none."""
    if (
        len(pieces.mg) > 1
        or len(pieces.counts) > 1
        or len(pieces.strengths) > 1
        or max(pieces.mg_seen, pieces.counts_seen) > 1
    ):
        raise _Unclear(AMOUNT_UNCLEAR)
    if pieces.sums and (pieces.sums != pieces.mg or pieces.counts or pieces.strengths):
        # "10 mg + 5 mg daily": without their total they may be two doses.
        raise _Unclear(AMOUNT_UNCLEAR)
    mg, count = next(iter(pieces.mg), None), next(iter(pieces.counts), None)
    strength = next(iter(pieces.strengths), None)
    if pieces.one_each and count not in (None, 1):
        # "1x1, 0-0-2".
        raise _Unclear(AMOUNT_UNCLEAR)
    if mg == 0 or count == 0 or strength == 0:
        raise _Unclear(NOT_READABLE)
    if strength is not None and product is not None and strength != product:
        raise _Unclear(DIFFER)
    strength = product if strength is None else strength
    if pieces.one_each and mg is None and count is None and given is None:
        count = 1
    if count is not None and strength is not None:
        total = _capsules(Decimal(count), strength)
        if mg not in (None, total):
            # "10 mg, 2 capsules" of 10 mg: the mg may be the strength or the dose.
            raise _Unclear(DIFFER if given is not None else AMOUNT_UNCLEAR)
        return total
    if count is not None:
        if mg is not None and (count == 1 or given == mg):
            return mg
        if mg is None and given is not None:
            return None
        raise _Unclear(NO_STRENGTH if mg is None else AMOUNT_UNCLEAR)
    if mg is not None:
        if strength is not None and (exact(mg) / exact(strength)).denominator != 1:
            raise _Unclear(DIFFER if given is not None else NOT_CAPSULES)
        return mg
    if pieces.strengths:
        return _strength_alone(pieces, given)
    return None


def _strength_alone(pieces: Pieces, given: Decimal | None) -> Decimal | None:
    """ "10 mg capsule daily" is one capsule; "10 mg capsules" does not say how many."""
    if pieces.single_capsule and given is None:
        return next(iter(pieces.strengths))
    if given is None:
        raise _Unclear(AMOUNT_UNCLEAR)
    if (exact(given) / exact(next(iter(pieces.strengths)))).denominator != 1:
        raise _Unclear(DIFFER)
    return None
