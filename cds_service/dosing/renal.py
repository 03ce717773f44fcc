"""Kidney function and the dose bands of a document.

When: the drug is started, or taken while kidney function changes.
Then: the band of the creatinine clearance (Cockcroft-Gault, actual weight) gives the dose; dialysis has a band of its own.
An eGFR is never used in place of a clearance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.clinical.blood_counts import latest
from cds_service.clinical.calendar import age_on
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing, PatientFacts, Reading
from cds_service.clinical.kidney import adjusted_weight, body_mass_index, creatinine_clearance
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Input
from cds_service.dosing.case import Case
from cds_service.dosing.data_quality import Available, available
from cds_service.dosing.roles import Role
from cds_service.dosing.rulebook import Rule, Rules
from cds_service.dosing.words import shown_on

CREATININE, WEIGHT = "creatinine", "weight"


@dataclass(frozen=True, slots=True)
class Band:
    """One row of the renal table: mL/min bounds (`above` and `below` exclusive, `at_least` and `at_most` inclusive) and its dose.

    `lower_levels` are the dose levels -1, -2 … of the row, where its document has them. `other` is its second dose where it
    has two (7.5 mg daily or 15 mg every other day), `later` the higher one that it allows after some days of treatment.
    """

    id: str
    dose: Dose
    above: Decimal | int | None = None
    at_least: Decimal | int | None = None
    at_most: Decimal | int | None = None
    below: Decimal | int | None = None
    dialysis: bool = False
    lower_levels: tuple[Dose, ...] = ()
    other: Dose | None = None
    later: Dose | None = None
    later_after_days: int = 0

    def dose_beside(self, taken: Dose | None) -> Dose:
        """The dose of the row that one ordered or taken is compared with: of two, the one with its days."""
        is_other = self.other is not None and taken is not None and taken.schedule[0] == self.other.every_days
        return self.other if self.other is not None and is_other else self.dose

    def holds(self, clearance: Fraction) -> bool:
        """Whether a clearance lies in this band; never for the dialysis band."""
        return not self.dialysis and not (
            (self.above is not None and not clearance > exact(self.above))
            or (self.at_least is not None and clearance < exact(self.at_least))
            or (self.at_most is not None and clearance > exact(self.at_most))
            or (self.below is not None and not clearance < exact(self.below))
        )

    def begins_below(self, clearance: Fraction) -> bool:
        """Whether a clearance up to this one may lie in the band; never for the dialysis band."""
        lowest = self.above if self.above is not None else self.at_least
        return self.holds(clearance) or (not self.dialysis and (lowest is None or exact(lowest) < clearance))

    @property
    def levels(self) -> tuple[Dose, ...]:
        """The dose levels of the row, level 0 first."""
        return (self.dose, *self.lower_levels)

    @property
    def cut_offs(self) -> tuple[Decimal | int, ...]:
        """The clearances at which the band begins or ends."""
        return tuple(c for c in (self.above, self.at_least, self.at_most, self.below) if c is not None)


def band(rules: Rules, rule: Rule) -> Band:
    """The band that a row of a document is; its dose levels may stand in another row (`levels_of`)."""
    data = rule.data
    note = data.get("note", "")
    levels = rules.number(data["levels_of"], "levels") if "levels_of" in data else data.get("levels")
    doses = (
        [_level(level, note) for level in levels] if levels else [Dose(mg=Decimal(rule.number("dose_mg")), note=note)]
    )
    return Band(
        id=rule.id,
        dose=doses[0],
        above=data.get("clearance_above"),
        at_least=data.get("clearance_at_least"),
        at_most=data.get("clearance_at_most"),
        below=data.get("clearance_below"),
        dialysis=data.get("dialysis", False),
        lower_levels=tuple(doses[1:]),
    )


def _level(level: Mapping[str, Any], note: str) -> Dose:
    return Dose(**{**level, "mg": Decimal(level["mg"])}, note=note)


@dataclass(frozen=True, slots=True)
class KidneyFunction:
    """What is known of the kidneys today.

    `clearances` are all values that the chart allows (partial birth date, unknown sex, two results at one time): one where
    all is known, none where something is `missing`. `stale` names inputs that are too old to start on, `too_old` those that
    tell nothing under treatment either. `adjusted` are the clearances by adjusted weight, in obesity and with a height alone.
    """

    clearances: tuple[Fraction, ...]
    on_dialysis: bool
    missing: tuple[Missing, ...]
    stale: tuple[Missing, ...]
    inputs: tuple[Input, ...]
    too_old: tuple[Missing, ...] = ()
    adjusted: tuple[Fraction, ...] = ()
    creatinine_on: date | None = None

    def bands(self, table: tuple[Band, ...]) -> tuple[Band, ...]:
        """The bands that the known values fall into, without repetition; empty when they cannot be told."""
        if self.on_dialysis:
            return tuple(b for b in table if b.dialysis)
        found = [b for c in self.clearances for b in table if b.holds(c)]
        return tuple(dict.fromkeys(found))

    def near_cut_offs(self, table: tuple[Band, ...], percent: int) -> tuple[str, ...]:
        """Cut-offs within some percent of the clearance, as text; empty on dialysis."""
        if self.on_dialysis:
            return ()
        cuts = sorted({exact(c) for b in table for c in b.cut_offs})
        share = Fraction(percent, 100)
        return tuple(plain(c) for c in cuts if any(abs(v - c) <= share * c for v in self.clearances))


def kidney_function(case: Case) -> KidneyFunction:
    """Kidney function as of the day of the case, with everything that is missing or too old named.

    Missing: a clearance needs age, sex, weight and creatinine; none of them is ever assumed. On dialysis none is needed.
    """
    return case.facts.once((kidney_function, case.on, case.rules), lambda: _kidney_function(case))


def _kidney_function(case: Case) -> KidneyFunction:
    facts, today = case.facts, case.on
    on_dialysis, dialysis_input = _dialysis(case)
    creatinine, weight = available(case, CREATININE), available(case, WEIGHT)
    inputs = [Input.of(r) for r in (*creatinine.decisive, *weight.decisive)]
    if on_dialysis:
        return KidneyFunction((), True, (), (), (dialysis_input, *inputs) if dialysis_input else tuple(inputs))
    missing = [m for m in (creatinine.missing, weight.missing) if m is not None]
    missing += _inexact(case.rules, creatinine) + _inexact(case.rules, weight)
    ages = _ages(facts, today, case.rules.role(Role.CLEARANCE).number("age_at_most"))
    if not ages:
        missing.append(Missing("birthDate", "no usable birth date", case.rules.role(Role.CLEARANCE).id))
    sexes = {"female": (True,), "male": (False,)}.get(facts.sex, (True, False))
    if missing:
        inputs += [Input.of(r) for r in filtration(case)]
        return KidneyFunction((), False, tuple(missing), _stale(case, creatinine, weight), tuple(inputs))
    values = tuple(
        dict.fromkeys(
            creatinine_clearance(age, w.amount.value, c.amount.value, is_female)
            for age in ages
            for is_female in sexes
            for w in weight.decisive
            for c in creatinine.decisive
        )
    )
    fell = _fell_since(case, creatinine, values)
    if fell:
        inputs += [Input.of(r) for r in filtration(case)]
        return KidneyFunction((), False, fell, _stale(case, creatinine, weight), tuple(inputs))
    inputs += [
        Input("creatinineClearance", plain(v, 1), "mL/min", "", creatinine.on, creatinine.decisive[0].reference)
        for v in values
    ]
    return KidneyFunction(
        values,
        False,
        (),
        _stale(case, creatinine, weight),
        tuple(inputs),
        _stale(case, creatinine, weight, suffix="days_on_treatment"),
        _adjusted(case, ages, sexes),
        creatinine.on,
    )


def _adjusted(case: Case, ages: Sequence[int], sexes: Sequence[bool]) -> tuple[Fraction, ...]:
    """The clearances by adjusted weight at a body mass index of obesity. Missing: none without a height."""
    rule = case.rules.role(Role.CLEARANCE)
    height, share = available(case, "height").decisive, rule.number("adjusted_share")
    return tuple(
        dict.fromkeys(
            creatinine_clearance(age, adjusted_weight(weight, tall, is_female, share), c.amount.value, is_female)
            for w in available(case, "weight").decisive
            for h in height
            if h.amount.is_exact and (tall := h.amount.value) > 0
            if body_mass_index(weight := w.amount.value, tall) >= rule.number("adjusted_from_bmi")
            for age in ages
            for is_female in sexes
            for c in available(case, "creatinine").decisive
        )
    )


def most_clearance(case: Case, weight: str = "weight_at_most") -> Fraction | None:
    """The clearance that the newest creatinine of any age could give at a high weight, whatever is not known set to the most.

    Args: `weight` names the number of the rule on clearance that is the weight.
    Missing: None without a creatinine that has an amount and without a birth date.
    """
    rule = case.rules.role(Role.CLEARANCE)
    refused = [r for u in case.facts.refused("creatinine") for r in u.believed]
    newest = latest([r for r in (*case.facts.series("creatinine"), *refused) if r.on <= case.on])
    ages = _ages(case.facts, case.on, rule.number("age_at_most"))
    lows = [r.amount.low for r in newest if r.amount.low]
    if not lows or not ages:
        return None
    return creatinine_clearance(min(ages), rule.number(weight), min(lows), case.facts.sex == "female")


def filtration(case: Case) -> tuple[Reading, ...]:
    """The latest eGFR that is no older than a creatinine may be under treatment: shown, and never used as a clearance."""
    found, days = available(case, "egfr"), case.rules.role(Role.STALE).number("creatinine_days_on_treatment")
    return () if found.is_older_than(days, case.on) else found.decisive


def _fell_since(case: Case, creatinine: Available, clearances: Sequence[Fraction]) -> tuple[Missing, ...]:
    """The creatinine as a gap where an eGFR that came after it is so much lower that its clearance is no longer today's."""
    rule = case.rules.role(Role.CLEARANCE)
    most = min(clearances) * (1 - Fraction(rule.number("egfr_fell_percent"), 100))
    newer = [r for r in filtration(case) if creatinine.on is not None and r.on > creatinine.on]
    lower = [r for r in newer if r.amount.is_below(most)]
    return tuple(
        Missing("creatinine", f"the eGFR after it is lower: {shown_on(r)}", rule.id)
        for r in lower[-1:]
    )  # fmt: skip


def _inexact(rules: Rules, found: Available) -> list[Missing]:
    lacking = [
        Missing(found.fact, "reported as a range", rules.role(Role.COMPARATOR).id)
        for r in found.decisive
        if not r.amount.is_exact
    ]
    zero = [
        Missing(found.fact, "not above zero", rules.role(Role.IMPLAUSIBLE).id)
        for r in found.decisive
        if r.amount.low == 0
    ]
    newer = [Missing.of(u) for u in found.refused if found.decisive]
    return lacking + zero + newer


def _ages(facts: PatientFacts, today: date, oldest: int) -> tuple[int, ...]:
    if facts.born_from is None or facts.born_to is None or facts.born_from > today:
        return ()
    ages = dict.fromkeys((age_on(today, facts.born_from), age_on(today, min(facts.born_to, today))))
    # 1900-01-01 stands in charts for "not known"; a clearance from it would be a wrong dose.
    return tuple(ages) if max(ages) <= oldest else ()


def _stale(case: Case, *found: Available, suffix: str = "days") -> tuple[Missing, ...]:
    rule = case.rules.role(Role.STALE)
    limits = [(each, rule.number(f"{each.fact}_{suffix}")) for each in found]
    return tuple(
        Missing(each.fact, f"older than {days} days ({each.on})", rule.id)
        for each, days in limits
        if each.is_older_than(days, case.on)
    )


def _dialysis(case: Case) -> tuple[bool, Input | None]:
    facts, today = case.facts, case.on
    diagnoses = facts.has_diagnosis("dialysis-dependence", "esrd")
    if diagnoses:
        return True, Input("dialysis", diagnoses[0].text or "dialysis", reference=diagnoses[0].reference)
    earliest = today - timedelta(days=case.rules.role(Role.DIALYSIS).number("days"))
    for event in facts.events_of("dialysis"):
        if event.on is not None and earliest <= event.on <= today:
            return True, Input("dialysis", event.text or "dialysis", on=event.on, reference=event.reference)
    return False, None
