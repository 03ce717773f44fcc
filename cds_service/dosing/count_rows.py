"""A count row of a document: for whom it holds, what interrupts, what lets resume and at which dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import exact
from cds_service.dosing.rulebook import Rule

LINES = ("platelets", "anc")


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way to meet an interruption row; its members must hold together. Counts per microlitre, days, degrees Celsius."""

    below: Decimal | int | None = None
    at_most_fraction_of_baseline: Decimal | None = None
    with_platelet_transfusions: bool = False
    for_days: int | None = None
    with_temperature: Decimal | None = None

    def limit(self, baseline: Fraction | None) -> Fraction | None:
        """The count below or at which it is met by the count itself; None where a baseline that is not known decides."""
        found = [exact(self.below)] if self.below is not None else []
        if self.at_most_fraction_of_baseline is not None and baseline is not None:
            found.append(exact(self.at_most_fraction_of_baseline) * baseline)
        return min(found, default=None)

    def highest(self, baseline_below: Decimal | int | None) -> Fraction | None:
        """The count above which it is not met where the baseline is below a number; None where there is no such count."""
        share, found = self.at_most_fraction_of_baseline, []
        if self.below is not None:
            found.append(exact(self.below))
        if share is not None and baseline_below is not None:
            found.append(exact(share) * exact(baseline_below))
        return min(found, default=None)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A second way to recover: at least this count on some occasions, the first and the last some days apart."""

    at_least: Decimal | int
    occasions: int
    for_days: int


@dataclass(frozen=True, slots=True)
class CountRow:
    """One row: for whom it holds, what interrupts, what lets resume and at which dose. Bounds: at_least <= baseline < below.

    `current_mg` and `resume_dose` are None where the document goes by dose levels; `shown_in` is the unit it writes;
    `pending_rule` says what a count below it means that has not lasted long enough yet. Above `highest_trigger` nothing of
    the row is met, whatever the baseline is; None where there is no such count. `fall` "first" or "later": it holds for that
    fall of its line alone. `same_dose`: where the line is the only toxicity, treatment resumes at the same dose;
    `resume_with_other_toxicity` is the count to resume at where it is not.
    """

    id: str
    line: str
    current_mg: Decimal | int | None
    window: str
    triggers: tuple[Trigger, ...]
    resume_at_least: Decimal | int
    resume_dose: Dose | None
    without_bleeding: bool = False
    baseline_at_least: Decimal | int | None = None
    baseline_below: Decimal | int | None = None
    repeated: Repeated | None = None
    shown_in: str = "/uL"
    pending_rule: str = ""
    fall: str = ""
    same_dose: bool = False
    resume_with_other_toxicity: Decimal | int | None = None
    highest_trigger: Fraction | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what every call asks for."""
        limits = [trigger.highest(self.baseline_below) for trigger in self.triggers]
        known = [limit for limit in limits if limit is not None]
        highest = max(known) if known and len(known) == len(limits) else None
        object.__setattr__(self, "highest_trigger", highest)

    @property
    def needs_baseline(self) -> bool:
        """Whether the row is chosen by the baseline count."""
        return self.baseline_at_least is not None or self.baseline_below is not None

    def may_hold(self, baseline: Reading | None) -> bool:
        """Whether a baseline count leaves it open that the row is the one that holds; one that is not known does."""
        if baseline is None:
            return True
        low = self.baseline_at_least is None or baseline.amount.is_at_least(self.baseline_at_least) is not False
        return low and (self.baseline_below is None or baseline.amount.is_below(self.baseline_below) is not False)

    @property
    def lasts(self) -> bool:
        """Whether a count meets the row only after some days."""
        return any(trigger.for_days for trigger in self.triggers)

    @property
    def lowest_recovery(self) -> Decimal | int:
        """The count below which no way of recovering is open."""
        return self.repeated.at_least if self.repeated is not None else self.resume_at_least


@dataclass(frozen=True, slots=True)
class Pending:
    """A count that interrupts only once it has lasted: the rule, the count per microlitre, and when it is counted again."""

    rule: str
    below: Decimal | int
    repeat_days: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Counts of a line that a table leaves without a row, below some baseline: reviewed, and counted again soon."""

    rule: str
    line: str
    baseline_below: Decimal | int
    triggers: tuple[Trigger, ...]
    repeat_days: int


def pending(rule: Rule) -> Pending:
    """What a rule says of counts that have not lasted long enough."""
    return Pending(rule.id, rule.number("below"), rule.number("repeat_days"))


def gap(rule: Rule, line: str) -> Gap:
    """What a rule says of counts between the rows of a table. Args: the rule, the line of counts that it is about."""
    triggers = tuple(trigger(t) for t in rule.number("hold"))
    return Gap(rule.id, line, rule.number("baseline_below"), triggers, rule.number("repeat_days"))


def trigger(data: Mapping[str, Any]) -> Trigger:
    """One way to meet a row, from the keys of the document file."""
    return Trigger(**data)


def count_row(rule: Rule, pending_rule: str = "") -> CountRow:
    """The row that a rule of a document is. Args: what a count means that has not lasted long enough yet, where not the row."""
    data = rule.data
    return CountRow(
        id=rule.id,
        line=rule.number("line"),
        current_mg=data.get("current_mg"),
        window=data.get("window", "any"),
        triggers=tuple(trigger(t) for t in rule.number("hold")),
        resume_at_least=rule.number("resume")["at_least"],
        resume_dose=Dose(mg=Decimal(data["resume_mg"])) if "resume_mg" in data else None,
        without_bleeding=data["resume"].get("without_hemostatic_failure", False),
        baseline_at_least=data.get("baseline_at_least"),
        baseline_below=data.get("baseline_below"),
        repeated=Repeated(**data["resume"]["or_repeated"]) if "or_repeated" in data["resume"] else None,
        shown_in=data.get("shown_in", "/uL"),
        pending_rule=pending_rule or rule.id,
        fall=data.get("fall", ""),
        same_dose=data.get("same_dose_when_only_toxicity", False),
        resume_with_other_toxicity=data.get("resume_with_other_toxicity", {}).get("at_least"),
    )
