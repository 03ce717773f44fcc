"""What is known about a patient: each value with its date and the resource it stands in, each gap with its reason.

Nothing here is a default. A value that cannot be used is an `Unusable`, a fact that is not there is a `Missing`; both
carry a reason that a person can read, and both reach the card.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.quantity import Interval

if TYPE_CHECKING:
    from cds_service.clinical.cytogenetics import Karyotype


T = TypeVar("T")
_NOT_YET: Final[Any] = object()


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that is not there. `rule` is the rule of `knowledge.md` that asks for it, where there is one.

    `entry` is the result on file that would tell it and is not used for this reason: a card names its value and its day.
    """

    fact: str
    reason: str
    rule: str = ""
    entry: Unusable | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, entry: Unusable, rule: str = "", reason: str = "") -> Missing:
        """The gap that a result leaves which cannot be used: by its own rule, else by this one; for its own reason, or as worded."""
        return cls(entry.fact, reason or entry.reason, entry.rule or rule, entry)


class Reading(NamedTuple):
    """One usable result. A chart holds hundreds: a named tuple is made three times as fast as a frozen dataclass.

    `amount` is in the canonical `unit` of the fact (counts /uL, hemoglobin g/dL, creatinine mg/dL, weight kg, height cm,
    temperature Cel, percentages %). `reported` and `reported_unit` are the words of the resource. `on` is the calendar
    day as written there, `at` the instant where a time with zone was given. `is_preliminary` results warn, and never
    start or resume. `is_estimate` is a platelet count with a clumping or estimate remark: never decides alone.
    `upper_limit` and `lower_limit` are the laboratory's limits of normal in the canonical unit, `flag` its interpretation
    code ("H").
    """

    fact: str
    amount: Interval
    unit: str
    reported: str
    reported_unit: str
    on: date
    at: datetime | None
    reference: str
    is_preliminary: bool = False
    is_estimate: bool = False
    is_derived: bool = False
    upper_limit: Fraction | None = None
    flag: str = ""
    lower_limit: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """A result that is there and cannot be used: why, and the data-quality rule that says so (GEN-UNIT, GEN-IMPLAUS …).

    `is_other_test`: it is no newer result of the fact: its code says another specimen or method, or it has no day and, were
    it the latest, would allow more than the one that is used.
    `believed` is what it would be if it were believed, one reading for each amount that it may mean, the lowest and the highest
    where it says none (`is_open`); a result without a day stands there under the day of the call; `as_finding` the same where it
    is no number. They decide nothing: they say how urgent the question is.
    `reported_day` are the words of the resource where it has no day that a calendar has.
    """

    fact: str
    reason: str
    rule: str
    reference: str
    on: date | None = None
    reported: str = ""
    reported_unit: str = ""
    is_other_test: bool = False
    believed: tuple[Reading, ...] = ()
    as_finding: Finding | None = None
    is_open: bool = False
    reported_day: str = ""

    @property
    def says_nothing(self) -> bool:
        """Whether it says no amount that could be believed, and is no finding."""
        return self.as_finding is None and (self.is_open or not self.believed)

    def may_be_newer(self, last: date | None) -> bool:
        """Whether it may be newer than the latest usable result (None: there is none), or is of the same day.

        Without a data-quality rule (a second record of the same result under a local code) only a later day counts.
        """
        if self.on is None or last is None:
            return True
        return self.on >= last if self.rule else self.on > last


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One Condition that counts (not refuted, not entered in error), by the concepts its codes stand for.

    `onset` may be partial: then `onset_from` and `onset_to` differ. `ended_on` is the latest day on which it may have ended, None
    where no end is recorded or it cannot be read. `stages` are (type text, summary text) pairs.
    `is_suspected`: unconfirmed, provisional or differential, or only suspected in its words. `is_undated`: nobody knows the day, and
    for the question "what if" it stands under one.
    """

    concepts: frozenset[str]
    text: str
    is_active: bool
    reference: str
    onset_from: date | None = None
    onset_to: date | None = None
    recorded_on: date | None = None
    severity: str = ""
    stages: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    is_suspected: bool = False
    ended_on: date | None = None
    is_undated: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One thing done or suffered at a time: a completed Procedure (transfusion, dialysis, surgery) or an AdverseEvent.

    `is_undated`: nobody knows the day, and for the question "what if" it stands under one.
    """

    concepts: frozenset[str]
    text: str
    on: date | None
    reference: str
    severity: str = ""
    notes: tuple[str, ...] = ()
    is_undated: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One coded or worded result: a karyotype, a pregnancy test, a hepatitis serology. `value` is the text or concept.

    `at` is the instant where a time with zone was given, `local` the wall-clock time where it came without one.
    """

    fact: str
    value: str
    on: date | None
    at: datetime | None
    reference: str
    concepts: frozenset[str] = frozenset()
    components: tuple[tuple[str, str], ...] = ()
    effective_from: date | None = None
    local: datetime | None = None


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """All that the rules may look at.

    `readings`, `unusable` and `findings` are keyed by fact name, oldest first. `unseen` names what was searched for and
    could not be obtained, with the reason; a search that was answered without entries is simply empty. `left_out` are those of
    them of which something came and was not used. `birth_date` may
    be partial: `born_from`/`born_to` bound it (equal when the full date is known, None when there is none).
    `deceased` are the words in which a death is recorded, "" where none is.
    `test_orders` gives by the name of a test the latest day on which one was ordered that is still open.
    `karyotypes` are the reports that could be read, the latest first, each with the finding it stands in.
    `remarks` are sentences about resources that were refused (other patient, unreadable), for the card.
    `believed` are the same facts as they would be if everything that is in doubt were just what it reads as; None where
    nothing is. No rule decides by them: what they would decide is asked about.
    """

    born_from: date | None = None
    born_to: date | None = None
    sex: str = ""
    deceased: str = ""
    patient_reference: str = ""
    readings: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    unusable: Mapping[str, tuple[Unusable, ...]] = field(default_factory=dict)
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    diagnoses: tuple[Diagnosis, ...] = ()
    events: tuple[Event, ...] = ()
    medications: tuple[MedicationRecord, ...] = ()
    karyotypes: tuple[tuple[Karyotype, Finding], ...] = ()
    test_orders: Mapping[str, date] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()
    believed: PatientFacts | None = None

    _worked_out: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, key: object, work_out: Callable[[], T]) -> T:
        """What is worked out from these facts alone, worked out once: the facts never change, so neither does it."""
        found: T = self._worked_out.get(key, _NOT_YET)
        if found is _NOT_YET:
            found = self._worked_out[key] = work_out()
        return found

    def forget(self) -> None:
        """Let go of what was worked out, which may hold these facts: then nothing waits for the collector of cycles."""
        self._worked_out.clear()
        if self.believed is not None:
            self.believed.forget()

    def series(self, fact: str) -> tuple[Reading, ...]:
        """The usable results of a fact, oldest first; empty when there is none."""
        return self.readings.get(fact, ())

    def decisive(self, fact: str) -> tuple[Reading, ...]:
        """The usable results of a fact that may decide, neither preliminary nor an estimate, oldest first."""
        key = ("decisive", fact)
        found: tuple[Reading, ...] | None = self._worked_out.get(key)
        if found is None:
            series = self.readings.get(fact, ())
            found = self._worked_out[key] = tuple([r for r in series if not r.is_preliminary and not r.is_estimate])
        return found

    def refused(self, fact: str) -> tuple[Unusable, ...]:
        """The results of a fact that could not be used, oldest first."""
        return self.unusable.get(fact, ())

    def has_diagnosis(self, *concepts: str, active_only: bool = True) -> tuple[Diagnosis, ...]:
        """The diagnoses that stand for one of the concepts."""
        return tuple(
            [d for d in self.diagnoses if not d.concepts.isdisjoint(concepts) and (d.is_active or not active_only)]
        )

    def events_of(self, *concepts: str) -> tuple[Event, ...]:
        """The events that stand for one of the concepts."""
        return tuple([e for e in self.events if not e.concepts.isdisjoint(concepts)])
