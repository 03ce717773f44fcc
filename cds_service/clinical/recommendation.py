"""The decision for machines: what to do, how urgent, by which rule, on which values, and what was not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.quantity import Interval, plain
from cds_service.clinical.review import Review


class Action(StrEnum):
    """What a recommendation says; the closed list of the contract."""

    START = "start"
    DO_NOT_START = "do-not-start"
    CONTINUE = "continue"
    HOLD = "hold"
    REMAIN_ON_HOLD = "remain-on-hold"
    RESUME_REDUCED = "resume-reduced"
    RESUME_SAME = "resume-same"
    REDUCE = "reduce"
    DISCONTINUE = "discontinue"
    PERMANENTLY_DISCONTINUE = "permanently-discontinue"
    ESCALATE_URGENT = "escalate-urgent"
    REPEAT_AND_REASSESS = "repeat-and-reassess"
    REVIEW = "review"
    REQUEST_DATA = "request-data"
    ORDER_CBC = "order-cbc"
    ORDER_LAB = "order-lab"
    ORDER_PREGNANCY_TEST = "order-pregnancy-test"
    ASSESS_RESPONSE = "assess-response"
    INFORM = "inform"


class Urgency(StrEnum):
    """How urgent; the values are the standard's card indicators."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return ("critical", "warning", "info").index(self.value)


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a rule stands: document revision, section, address; and how far our transcription of it was compared."""

    document: str
    title: str
    section: str
    url: str
    review: Review


@dataclass(frozen=True, slots=True)
class Quote:
    """What a decision takes from one place of a document: the sentences of its rules there. `is_said`: on the card as well."""

    basis: Basis
    text: str
    is_said: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """One value a decision rests on: as reported, converted, dated, and where it stands.

    `amount` is the value in the canonical unit `code` (UCUM), None where it is no number; `at` the instant where a time with
    zone was given.
    """

    fact: str
    value: str
    unit: str = ""
    converted: str = ""
    on: date | None = None
    reference: str = ""
    at: datetime | None = None
    amount: Interval | None = None
    code: str = ""

    @classmethod
    def of(cls, reading: Reading) -> Input:
        """The input that a reading is."""
        converted = ""
        if reading.amount.is_exact:
            converted = f"{plain(reading.amount.value)} {reading.unit}"
        return cls(
            reading.fact,
            reading.reported,
            reading.reported_unit,
            converted,
            reading.on,
            reading.reference,
            reading.at,
            reading.amount,
            reading.unit,
        )


@dataclass(frozen=True, slots=True)
class Test:
    """A laboratory test to order: its name in the terminology ("cbc"), the day it is due, whether that day has passed."""

    name: str
    due: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class Resume:
    """When and at which dose the row that caused a hold lets treatment resume. `dose` None: the table has none."""

    when: str
    dose: Dose | None = None


@dataclass(frozen=True, slots=True)
class AmendOrder:
    """Proposal: give this order the right dose."""

    reference: str
    dose: Dose


@dataclass(frozen=True, slots=True)
class LimitSupply:
    """Proposal: give this order, at the dose that it has, so many days of supply and, where a number is given, refills."""

    reference: str
    dose: Dose
    days: int
    refills: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveOrder:
    """Proposal: take this draft away."""

    reference: str


@dataclass(frozen=True, slots=True)
class SuspendOrder:
    """Proposal: put this signed order, of the chart or of the call, on hold."""

    reference: str


@dataclass(frozen=True, slots=True)
class StopOrder:
    """Proposal: stop this order of the chart, because another takes its place. `reason` says what and why."""

    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Proposal: write a draft like this order of the chart, with this dose, for 28 days and without refills."""

    like: str
    dose: Dose


@dataclass(frozen=True, slots=True)
class OrderTest:
    """Proposal: order a laboratory test, by its name in the terminology ("cbc"), for a day."""

    test: str
    due: date


ProposedAction = AmendOrder | LimitSupply | RemoveOrder | SuspendOrder | StopOrder | CreateOrder | OrderTest


@dataclass(frozen=True, slots=True)
class Proposal:
    """One choice a clinician can accept with one click; its actions belong together. `label` is a key of messages.toml."""

    label: str
    actions: tuple[ProposedAction, ...]
    is_recommended: bool = False


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One decision.

    `message` is a key of the drug's messages.toml and `words` its fill-ins, of which `rule_text` says what stands at `basis`
    (`rule_part` what of it is about this patient, where that is less); `beside` are the sentences from other places that it
    rests on as well. `dose` the dose to take now (never on a hold, a review or a request for data); `order` the reference of
    the draft it is about, "" when it is about the patient; `note` free words for the card and the machine-readable part;
    `assumptions` what was taken as given. `folds`: an
    information that gets no card of its own beside another one. `withholds_dose`: while it stands, no draft is given a dose;
    `withholds_offers`: nor is one changed by one click. `only_beside`: said under another decision, never
    alone; `instead_of_dose`: said of a draft only where no dose may be spoken of. `causes`: what a hold or a stop is for, by the
    names of the concepts. `check` names the check that decided.
    """

    action: Action
    urgency: Urgency
    rules: tuple[str, ...]
    message: str
    basis: Basis
    jurisdiction: str = ""
    drug: str = ""
    indication: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[Quote, ...] = ()
    dose: Dose | None = None
    resume: Resume | None = None
    next_cbc_due: date | None = None
    test: Test | None = None
    inputs: tuple[Input, ...] = ()
    missing: tuple[Missing, ...] = ()
    remarks: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    note: str = ""
    order: str = ""
    proposals: tuple[Proposal, ...] = ()
    folds: bool = False
    withholds_dose: bool = False
    withholds_offers: bool = False
    only_beside: bool = False
    instead_of_dose: bool = False
    causes: tuple[str, ...] = ()
    check: str = ""


class RuleOutcome(NamedTuple):
    """What one rule said in one case: `outcome` is "fired", "not met", "not applicable" or "unknown"; `why` in words."""

    rule: str
    outcome: str
    why: str
    citation: str


class Left(NamedTuple):
    """A decision that a call leaves to another hook, which says it on the same chart."""

    decision: Recommendation
    hook: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """All decisions of one call, what each rule said, and what is left to another hook."""

    recommendations: tuple[Recommendation, ...]
    outcomes: tuple[RuleOutcome, ...]
    left: tuple[Left, ...] = ()
