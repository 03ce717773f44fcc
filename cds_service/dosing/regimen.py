"""What differs between the documents that a course is treated by: rows, bands, rule ids, and how the next dose is found.

One `Regimen` per indication and jurisdiction, in the drug's folder. The modules of `treatment` ask the regimen, and for what
every regimen shares the rules in force by role; they name neither drug nor document nor rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import LINES, CountRow, Gap, Pending
from cds_service.dosing.renal import Band
from cds_service.dosing.rulebook import RulebookError, Rules

if TYPE_CHECKING:
    from cds_service.dosing.treatment.patient import Patient


@dataclass(frozen=True, slots=True)
class NextDose:
    """The dose to resume at after a hold.

    `dose` None: the document has none (`no_row` and `note` say so) or the chart leaves more than one open (`missing` says
    what would tell). `rules` give or refuse it, `inputs` are what it rests on. `is_choice`: the document says "next lower
    dose" and lists no steps, so the clinician chooses; `is_same`: it is no reduction.
    """

    dose: Dose | None = None
    rules: tuple[str, ...] = ()
    no_row: str = ""
    note: str = ""
    missing: tuple[Missing, ...] = ()
    inputs: tuple[Input, ...] = ()
    is_choice: bool = False
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class WayOut:
    """The way out of a hold that something else than counts caused, by the row of its document and the rule of its cause.

    `cause` in words. `met`: whether it has recovered, None where the chart does not say (`asked` is what would tell). `dose` is
    the one to resume at, None where nothing names one: then the haematologist decides. `is_recommended`: not only an option;
    `is_by_table`: a row of today's table gives it, and nobody's discretion. `is_final`: treatment never resumes from this hold.
    `note`: what to record besides, while it has not recovered.
    """

    rules: tuple[str, ...]
    cause: str
    met: bool | None
    asked: str = ""
    dose: NextDose | None = None
    is_recommended: bool = False
    is_by_table: bool = False
    inputs: tuple[Input, ...] = ()
    is_final: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of a course, up to a treatment day (None: without end): blood counts every some days, or on named days.

    With `at_cycle_start` they are due at the start of each cycle of `every_days`; one of the `within_days` before serves.
    """

    before_day: int | None
    every_days: int
    on_days: tuple[int, ...] = ()
    at_cycle_start: bool = False
    within_days: int = 0

    def following(self, day: int) -> int:
        """The treatment day of the count after one of a treatment day."""
        if not self.at_cycle_start:
            return day + self.every_days
        return ((day + self.within_days) // self.every_days + 1) * self.every_days


@dataclass(frozen=True, slots=True)
class CbcSchedule:
    """How often blood is counted, in days, and by which rules. `phases` go before `first_days` where the document has them."""

    rule: str
    hold_rule: str
    first_days: int
    every_first: int
    every_later: int
    every_on_hold: int
    resume_days: int
    phases: tuple[Phase, ...] = ()


@dataclass(frozen=True, slots=True)
class StartChecks:
    """What speaks against a start: `blocking` recommendations end it without a dose, those `beside` do not."""

    blocking: tuple[Recommendation, ...] = ()
    beside: tuple[Recommendation, ...] = ()


@dataclass(slots=True)
class Eligibility:
    """`blocking` recommendations end the start without a dose; `not_found` and the rules `said_with` it stand on the start's card."""

    blocking: list[Recommendation] = field(default_factory=list)
    not_found: list[Missing] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    said_with: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RuleIds:
    """Which rule of the document, or of our own beside it, says what. An empty tuple: it has none."""

    indication: str
    start: str
    reescalation: str
    fever: str
    no_row: str = ""
    both_lines: tuple[str, ...] = ()
    row_lock: tuple[str, ...] = ()
    neutropenia: tuple[str, ...] = ()
    renal_on_treatment: tuple[str, ...] = ()
    renal_monitoring: tuple[str, ...] = ()


NextDoseRule = Callable[[Case, Therapy, Sequence[CountRow]], NextDose]
LaterDoses = Callable[["Patient", Band], tuple[Dose, ...]]


@dataclass(frozen=True, slots=True)
class Regimen:
    """One document's way of treating one indication.

    `rows` gives the count rows that a dose brings into play; `next_dose` the dose after a hold that rows caused;
    `eligibility` who may start; `start_checks` what else is looked at before a start; `start_words` fill-ins of its message;
    `response` the recommendations on response under treatment; `at_clearance` remarks on an exact clearance (mL/min);
    `renal_throughout`: the document applies its renal rows under treatment too, not at a start alone;
    `later_doses` the higher doses that the document allows later; `ways_out` how a hold ends that counts did not cause;
    `resume_message` the message with which treatment resumes
    at a lower dose. `pending` and `gap` say what counts mean that meet no row; `table_doses` are those that the patient may
    be taking where the chart does not tell.
    """

    jurisdiction: str
    ids: RuleIds
    bands: tuple[Band, ...]
    cbc: CbcSchedule
    table_doses: tuple[Dose, ...]
    rows: Callable[[Dose | None, str], tuple[CountRow, ...]]
    next_dose: NextDoseRule
    eligibility: Callable[[Patient], Eligibility]
    start_checks: Callable[[Patient], StartChecks]
    response: Callable[[Patient], list[Recommendation]]
    is_reduced: Callable[[Case, Therapy], bool]
    at_clearance: Mapping[Fraction, str] = field(default_factory=dict)
    renal_throughout: bool = False
    later_doses: LaterDoses | None = None
    ways_out: Callable[[Patient], tuple[WayOut, ...]] = lambda _patient: ()
    start_words: Callable[[Patient], Mapping[str, str]] = lambda _patient: {}
    resume_message: str = "resume-step"
    pending: Pending | None = None
    gap: Gap | None = None


def rule_ids(regimen: Regimen) -> tuple[str, ...]:
    """Every rule that a regimen names, each once: by role, the schedule, the bands of the kidneys, the rows of counts."""
    ids, cbc = regimen.ids, regimen.cbc
    several = (ids.both_lines, ids.row_lock, ids.neutropenia, ids.renal_on_treatment, ids.renal_monitoring)
    alone = (ids.indication, ids.start, ids.reescalation, ids.fever, ids.no_row, cbc.rule, cbc.hold_rule)
    rows = (row.id for line in LINES for row in regimen.rows(None, line))
    bands = (band.id for band in regimen.bands)
    return tuple(dict.fromkeys(filter(None, (*alone, *bands, *rows, *(each for group in several for each in group)))))


def require_rules(rules: Rules, regimen: Regimen) -> None:
    """Look for every rule that a regimen names. Raises: RulebookError naming the rule, or the number that it lacks."""
    ids = regimen.ids
    for rule_id in rule_ids(regimen):
        rules[rule_id]
    if regimen.pending is None and any(row.lasts for line in LINES for row in regimen.rows(None, line)):
        raise RulebookError(
            f"{rules[ids.start].document.id}: a row that must last, and no rule on counts that have not"
        )
    for member in ("temperature_at_least", "anc_below"):
        rules.number(ids.fever, member)
