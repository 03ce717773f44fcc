"""When a pregnancy test was drawn and when lenalidomide is prescribed, as instants or as spans where a time is lacking.

When: a window is counted in hours.
Then: prescribing is the draft's authoredOn, otherwise now. A draw time without zone is read in the zone of the order; a
date alone is its whole day. Both ends of a window belong to it; where a span lies on both sides the answer is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction

from cds_service.clinical.facts import Finding
from cds_service.clinical.quantity import exact
from cds_service.dosing.case import Case

HCG = "HCG-READING"
SENSITIVITY = "analytical sensitivity"
# As the fhir layer names the number of hCG, and the concept of one that its laboratory flags.
AMOUNT, FLAGGED = "hcg", "flagged-high"
_AMOUNT = re.compile(r"([<>]?)([0-9.]+)")
_SENSITIVITY = re.compile(r"(?:<=?|≤)?\s*(\d{1,6}(?:\.\d{1,4})?)\s*(?:mIU/mL|m\[IU\]/mL|U/L|IU/L)", re.IGNORECASE)
# The zones of the world: where none is written, the instant lies within these of the wall-clock time taken as UTC.
_EARLIER, _LATER = timedelta(hours=14), timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Span:
    """The earliest and the latest instant that something can have happened. `is_local`: the order's own unnamed zone."""

    earliest: datetime
    latest: datetime
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Prescribing:
    """When the order was written. `zone` None: not known; then `local` is its wall-clock time taken as UTC, if any."""

    span: Span
    zone: tzinfo | None
    local: datetime | None = None


@dataclass(frozen=True, slots=True)
class PregnancyTest:
    """One test with a readable result. `sensitivity` in mIU/mL, None where it is not stated; `drawn` None without a day.

    `value` is "negative", "positive", "indeterminate", "borderline" (a number of hCG between the two) or, where the test
    could not have seen a pregnancy, "no result".
    """

    value: str
    finding: Finding
    drawn: Span | None
    sensitivity: Fraction | None
    is_preliminary: bool

    @property
    def words(self) -> str:
        """The result with its time, for sentences in which hours count."""
        at = self.finding.at or self.finding.local
        when = at.isoformat(timespec="minutes") if at else self.finding.on.isoformat() if self.finding.on else "undated"
        return self._said(when)

    @property
    def dated(self) -> str:
        """The result with its day, for sentences in which days count."""
        at = self.finding.at or self.finding.local
        on = self.finding.on or (at.date() if at else None)
        return self._said(on.isoformat() if on else "undated")

    def _said(self, when: str) -> str:
        amount = next((f"hCG {words} mIU/mL" for name, words in self.finding.components if name == AMOUNT), self.value)
        return f"{amount} {when}{' (preliminary)' if self.is_preliminary else ''}"


def prescribing(case: Case) -> Prescribing:
    """When the first order of the call was written, otherwise now."""
    order = case.orders[0] if case.orders else None
    if order is not None and order.authored_at is not None:
        return Prescribing(Span(order.authored_at, order.authored_at), order.authored_at.tzinfo)
    if order is not None and order.authored_local is not None:
        local = order.authored_local.replace(tzinfo=UTC)
        return Prescribing(Span(local - _EARLIER, local + _LATER), None, local)
    if order is not None and order.authored_on is not None and order.authored_on != case.on:
        return Prescribing(_day(order.authored_on, UTC), None)
    return Prescribing(Span(case.now, case.now), None)


def tests_of(case: Case, at: Prescribing | None = None) -> tuple[PregnancyTest, ...]:
    """The pregnancy tests with a readable result, oldest first. Args: when the order was written; by default that of the case."""
    found = [_test(case, f, at or prescribing(case)) for f in case.facts.findings.get("pregnancyTest", ())]
    return tuple(
        sorted(found, key=lambda t: (t.drawn.latest if t.drawn else datetime.min.replace(tzinfo=UTC), t.words))
    )


def _test(case: Case, finding: Finding, at: Prescribing) -> PregnancyTest:
    is_preliminary = "preliminary" in finding.concepts
    value, sensitivity = _read(case, finding)
    if is_preliminary and value == "negative" and value != finding.value:
        value = "indeterminate"
    return PregnancyTest(value, finding, _drawn(finding, at), sensitivity, is_preliminary)


def _read(case: Case, finding: Finding) -> tuple[str, Fraction | None]:
    """What a test says, and from which amount on it would have said positive (None: not stated)."""
    stated = _sensitivity(finding)
    amount = next((_AMOUNT.fullmatch(words) for name, words in finding.components if name == AMOUNT), None)
    if amount is None:
        return finding.value, stated
    number, rule = exact(amount[2]), case.rules[HCG]
    negative, positive = rule.number("negative_below"), rule.number("positive_at_least")
    if amount[1] == "<":
        seen_from = max(number, stated or number)
        is_seen = seen_from <= case.rules.number("US-PREG-INIT", "sensitivity_at_most")
        return _both(finding, "negative" if is_seen else "no result"), seen_from
    if number >= positive:
        return _both(finding, "positive"), stated
    if amount[1] == ">" or number >= negative or FLAGGED in finding.concepts:
        return "borderline", stated
    return _both(finding, "negative"), max(exact(negative), stated or exact(negative))


def _both(finding: Finding, by_number: str) -> str:
    """The answer of the number; where the result says something else in words, neither."""
    said = finding.value if finding.value in ("negative", "positive", "indeterminate") else by_number
    return by_number if said == by_number or by_number == "no result" else "indeterminate"


def _drawn(finding: Finding, at: Prescribing) -> Span | None:
    if finding.at is not None:
        return Span(finding.at, finding.at)
    if finding.local is not None:
        if at.zone is not None:
            placed = finding.local.replace(tzinfo=at.zone)
            return Span(placed, placed)
        local = finding.local.replace(tzinfo=UTC)
        if at.local is not None:
            # Order and draw lack the zone alike: both are the wall clock of one place.
            return Span(local, local, is_local=True)
        return Span(local - _EARLIER, local + _LATER)
    return _day(finding.on, at.zone or UTC) if finding.on is not None else None


def _day(on: date, zone: tzinfo) -> Span:
    begin = datetime.combine(on, time(), zone)
    return Span(begin, begin + timedelta(days=1))


def drawn_on(day: date | None, at: Prescribing) -> Span | None:
    """The span of a result of which only the day is kept."""
    return _day(day, at.zone or UTC) if day is not None else None


def is_within(drawn: Span | None, at: Prescribing, from_hours: int, to_hours: int) -> bool | None:
    """Whether a draw lies in the window that ends `to_hours` before prescribing and begins `from_hours` before it.

    Returns: None where the times allow both, or where the draw has no day.
    """
    if drawn is None:
        return None
    written = Span(at.local, at.local) if drawn.is_local and at.local is not None else at.span
    least, most = written.earliest - drawn.latest, written.latest - drawn.earliest
    low, high = timedelta(hours=to_hours), timedelta(hours=from_hours)
    if drawn.latest - drawn.earliest == timedelta(days=1) and drawn.earliest <= written.earliest <= drawn.latest:
        # Of a test on the day of the order only the day is known; a result on file was drawn before now.
        least = max(least, timedelta(0))
    if low <= least and most <= high:
        return True
    if most < low or least > high:
        return False
    return None


def _sensitivity(finding: Finding) -> Fraction | None:
    for name, words in finding.components:
        found = _SENSITIVITY.fullmatch(words.strip()) if name == SENSITIVITY else None
        if found is not None:
            return exact(found[1])
    return None
