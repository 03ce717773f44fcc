"""Pregnancy tests before the first prescription (US label 8.3 and REMS; EU SmPC 4.4 and 4.6).

When: an order would start lenalidomide in a woman who can become pregnant.
Then: US: two negative tests of sensitivity at least 50 mIU/mL, the first 10 to 14 days and the second at most 24 hours
before prescribing. EU: one of at least 25 mIU/mL in the 3 days before, after tubal sterilisation too. A window without
such a test does not let treatment start; a test that cannot be read or placed is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cds_service.clinical.facts import Missing, Unusable
from cds_service.clinical.recommendation import Input
from cds_service.drugs.lenalidomide.safety.draws import (
    PregnancyTest,
    Prescribing,
    drawn_on,
    is_within,
    prescribing,
    tests_of,
)
from cds_service.drugs.lenalidomide.safety.view import View

FACT = "pregnancyTest"


@dataclass(frozen=True, slots=True)
class Window:
    """One test that the law asks for: between how many hours before prescribing, under which name."""

    name: str
    from_hours: int
    to_hours: int


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that pregnancy prevention asks for. `is_met` None where the chart leaves it open; `why` in words.

    `is_remarked`: it is met, and `why` is worth knowing. `is_lacking`: nothing is on file, or less than is asked for.
    `is_unread`: it rests on a result that cannot be read, or has no day; `entry` is that result where it is not used.
    """

    name: str
    is_met: bool | None
    why: str
    rule: str
    fact: str = FACT
    reason_rule: str = ""
    is_remarked: bool = False
    is_lacking: bool = False
    is_unread: bool = False
    entry: Unusable | None = None

    @property
    def missing(self) -> Missing:
        """The requirement as a gap."""
        return Missing(self.fact, f"{self.name}: {self.why}", self.reason_rule or self.rule, self.entry)


def test_inputs(tests: Iterable[PregnancyTest]) -> list[Input]:
    """The tests as inputs, the latest last."""
    return [Input(FACT, t.words, on=t.finding.on, reference=t.finding.reference) for t in tests]


def tests_before_start(view: View) -> list[Requirement]:
    """The tests that the law asks for before a start, each met, not met or open."""
    at = prescribing(view.case)
    tests = tests_of(view.case, at)
    if view.law == "EU":
        rule_id, data = "EU-PREG-TEST", view.numbers("EU-PREG-TEST")
        windows = [Window("pregnancy test", data["hours_before"], 0)]
    else:
        rule_id, data = "US-PREG-INIT", view.numbers("US-PREG-INIT")
        windows = [
            Window("first test", data["first_from_hours"], data["first_to_hours"]),
            Window("second test", data["second_from_hours"], 0),
        ]
    limit = data["sensitivity_at_most"]
    return [_requirement(view, rule_id, window, limit, tests, at) for window in windows]


def _requirement(
    view: View, rule_id: str, window: Window, limit: int, tests: tuple[PregnancyTest, ...], at: Prescribing
) -> Requirement:
    near = [
        (t, within)
        for t in tests
        if (within := is_within(t.drawn, at, window.from_hours, window.to_hours)) is not False
    ]
    negative = [(t, within) for t, within in near if t.value == "negative"]
    fine = [(t, within) for t, within in negative if t.sensitivity is not None and t.sensitivity <= limit]
    if any(within for _, within in fine):
        return Requirement(window.name, True, "negative", rule_id)
    if any(within and t.sensitivity is None for t, within in negative):
        why = f"negative, its sensitivity is not stated (a test that detects {limit} mIU/mL is required)"
        return Requirement(window.name, True, why, rule_id, is_remarked=True)
    if fine or any(t.sensitivity is None for t, _ in negative):
        why = "the time of the draw does not tell whether it lies in the window"
        return Requirement(window.name, None, why, rule_id, is_unread=any(t.drawn is None for t, _ in negative))
    if any(t.value in ("indeterminate", "borderline") for t, _ in near):
        return Requirement(window.name, None, "indeterminate result", rule_id)
    refused = _refused(view, window, at)
    if refused is not None:
        return Requirement(
            window.name, None, refused.reason, rule_id, reason_rule=refused.rule, is_unread=True, entry=refused
        )
    if FACT in view.facts.unseen:
        return Requirement(window.name, None, view.facts.unseen[FACT], rule_id)
    if negative or any(t.value == "no result" for t, _ in near):
        return Requirement(window.name, False, f"not sensitive enough (more than {limit} mIU/mL)", rule_id)
    return Requirement(window.name, False, _nothing(window, tests), rule_id)


def _refused(view: View, window: Window, at: Prescribing) -> Unusable | None:
    """A result of the window's days that cannot be used as it stands."""
    for refused in reversed(view.facts.refused(FACT)):
        if is_within(drawn_on(refused.on, at), at, window.from_hours, window.to_hours) is not False:
            return refused
    return None


def _nothing(window: Window, tests: tuple[PregnancyTest, ...]) -> str:
    asked = (
        f"{window.to_hours // 24} to {window.from_hours // 24} days"
        if window.to_hours
        else f"the last {window.from_hours} hours"
    )
    last = f"; on file: {', '.join(t.words for t in tests[-3:])}" if tests else "; no test on file"
    return f"none in {asked} before prescribing{last}"
