"""What a patient takes: a dose with its schedule, and the record (order, statement, dispense, administration) it stands in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from cds_service.clinical.quantity import exact, plain

_CYCLE = 28  # days
MOST_SUPPLY_DAYS = 3650  # no supply lasts longer: such a number is an error of writing


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose and its schedule.

    `mg` per administration; `times_per_day` administrations on a dosing day; `every_days` 1 daily, 2 alternate days …;
    `per_week` for "twice a week" (then `every_days` does not matter); `on_days`/`cycle_days` where there is a rest
    (21 of 28). `note` holds words such as "after dialysis on dialysis days".
    """

    mg: Decimal
    every_days: int = 1
    per_week: int | None = None
    on_days: int | None = None
    cycle_days: int | None = None
    times_per_day: int = 1
    note: str = ""

    @property
    def mg_per_day(self) -> Fraction:
        """The average over the cycle, mg/day."""
        has_rest = self.on_days and self.cycle_days
        return _average(self) if has_rest or self.per_week or self.every_days != 1 else self.mg_per_dosing_day

    @property
    def mg_per_dosing_day(self) -> Fraction:
        """What is taken on a day on which the drug is taken, mg."""
        amount = exact(self.mg)
        return amount if self.times_per_day == 1 else amount * self.times_per_day

    @property
    def schedule(self) -> tuple[int, int | None, int | None, int | None, int]:
        """The schedule alone: equal for equal schedules whatever the mg."""
        return (
            self.every_days if not self.per_week else 0,
            self.per_week,
            self.on_days,
            self.cycle_days,
            self.times_per_day,
        )

    @property
    def words(self) -> str:
        """The dose as a clinician would write it: "10 mg once daily", "10 mg once daily on days 1-21 of 28"."""
        amount = f"{plain(self.mg)} mg"
        if self.per_week:
            often = "twice a week" if self.per_week == 2 else f"{self.per_week} times a week"
        elif self.every_days == 1:
            often = "once daily" if self.times_per_day == 1 else f"{self.times_per_day} times daily"
        else:
            often = "every other day" if self.every_days == 2 else f"every {self.every_days} days"
        rest = f" on days 1-{self.on_days} of {self.cycle_days}" if self.on_days and self.cycle_days else ""
        return f"{amount} {often}{rest}{', ' + self.note if self.note else ''}"

    @property
    def brief(self) -> str:
        """The dose in few words, for headlines: "10 mg once daily", "10 mg d1-21/28"; without the note."""
        rest = f"d1-{self.on_days}/{self.cycle_days}" if self.on_days and self.cycle_days else ""
        plainly = replace(self, on_days=None, cycle_days=None, note="").words
        if not rest:
            return plainly
        is_once_daily = self.every_days == 1 and not self.per_week and self.times_per_day == 1
        return f"{plain(self.mg)} mg {rest}" if is_once_daily else f"{plainly} {rest}"

    def same_as(self, other: Dose) -> bool:
        """Whether mg and schedule are equal; the note does not matter."""
        return exact(self.mg) == exact(other.mg) and self.schedule == other.schedule

    def exceeds(self, other: Dose) -> bool:
        """Whether this is more than the other: on average per day, or on any one dosing day."""
        return self.mg_per_day > other.mg_per_day or self.mg_per_dosing_day > other.mg_per_dosing_day


# Doses are few and are compared often; the same dose always has the same averages.
@lru_cache(maxsize=512)
def _average(dose: Dose) -> Fraction:
    per_day = dose.mg_per_dosing_day
    per_day = per_day * dose.per_week / 7 if dose.per_week else per_day / dose.every_days
    if dose.on_days and dose.cycle_days:
        per_day = per_day * dose.on_days / dose.cycle_days
    return per_day


def days_covered(dose: Dose, supplied_mg: Decimal) -> int:
    """The calendar days that an amount lasts at a dose; a rest counts where the days on before it are used up.

    Args: the dose with its schedule; the amount in mg. A part of a dosing day is no day.
    """
    dosing_days = int(exact(supplied_mg) / dose.mg_per_dosing_day)
    if dose.per_week:
        return dosing_days * 7 // dose.per_week
    if not dose.on_days or not dose.cycle_days:
        return dosing_days * dose.every_days
    cycles, rest = divmod(dosing_days, -(-dose.on_days // dose.every_days))
    return cycles * dose.cycle_days + rest * dose.every_days


def dose_by_supply(strength_mg: Decimal, supplied_mg: Decimal, days: Decimal) -> Dose | None:
    """The dose that a supply without instructions tells: whole capsules on each day, or one on three weeks of four.

    Missing: None where the capsules fit neither.
    """
    capsules = exact(supplied_mg) / exact(strength_mg)
    each = capsules / exact(days)
    if each.denominator == 1 and each > 0:
        return Dose(strength_mg * each.numerator)
    is_three_of_four = each == Fraction(3, 4) and exact(days) % _CYCLE == 0
    return Dose(strength_mg, on_days=_CYCLE * 3 // 4, cycle_days=_CYCLE) if is_three_of_four else None


@dataclass(frozen=True, slots=True)
class MedicationRecord:
    """One medication resource of the chart or one draft, as far as it could be read.

    `kind` is "order", "statement", "dispense" or "administration"; `concepts` the drugs it stands for ("dexamethasone",
    "azacitidine" …). `dose` is None when the dose is not known, and then `dose_problem` says why ("no strength",
    "text and structure differ" …). `status` is FHIR's code. `starts_on` is the date from which it was meant or taken
    (statement or administration start; boundsPeriod.start; validityPeriod.start; dispense day), `starts_by` which of
    those ("taken", "bounds", "validity", "dispensed", or "authored" where only authoredOn is known); with a `starts_on` of
    None it names the evidence whose day is not to be believed.
    `authored_local` is the wall-clock time of writing where it came without zone. `bounds_end` ends it.
    `reasons` are words and concepts of reasonCode, `status_reason` of statusReason. `days_supply` are the days as stated,
    `supplied_mg` what the ordered quantity holds. `status_concepts` are what statusReason names: reactions,
    causes of a hold, an end of treatment.
    `planned_from` is a start that lies in the future: nothing of the record was taken yet. `is_reported`: what is said to be
    taken, as against ordered here. `supply_doubt` says why the ordered quantity cannot mean what it says; then `supplied_mg`
    is None. `status_since`: the day of the status, as it or its reason tells. `is_undated`: nobody knows the day, and for the
    question "what if" it stands under one.
    """

    kind: str
    reference: str
    concepts: frozenset[str]
    status: str
    intent: str = ""
    text: str = ""
    dose: Dose | None = None
    dose_problem: str = ""
    starts_on: date | None = None
    starts_by: str = ""
    bounds_end: date | None = None
    authored_on: date | None = None
    authored_at: datetime | None = None
    status_reason: str = ""
    reasons: tuple[str, ...] = ()
    days_supply: Decimal | None = None
    refills: int | None = None
    is_draft: bool = False
    authored_local: datetime | None = None
    supplied_mg: Decimal | None = None
    status_concepts: frozenset[str] = frozenset()
    planned_from: date | None = None
    is_reported: bool = False
    supply_doubt: str = ""
    status_since: date | None = None
    is_undated: bool = False

    @property
    def says_no_dose(self) -> bool:
        """Whether it says nothing about the dose, as against something that cannot be read."""
        return self.dose is None and (not self.dose_problem or self.dose_problem.startswith("no dos"))
