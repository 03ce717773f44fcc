"""What every decision is about, and what every check sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.trace import Trace


@dataclass(frozen=True, slots=True)
class About:
    """A call and what the drug is given for, by the name of its regimen; "unknown" where the chart does not tell."""

    case: Case
    indication: str

    @property
    def facts(self) -> PatientFacts:
        """The chart."""
        return self.case.facts

    @property
    def today(self) -> date:
        """The day of the call."""
        return self.case.on

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self.case.rules


@dataclass(frozen=True, slots=True)
class Context(About):
    """The call with the course of treatment so far, and the trace that is told what was looked at."""

    therapy: Therapy
    trace: Trace

    @property
    def is_current(self) -> bool:
        """Whether the drug is taken or on hold."""
        return self.therapy.state not in ("none", "ended")
