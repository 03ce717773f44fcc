"""Which results may decide, and what stands in the way: refused, preliminary, estimated, stale or missing counts.

When: the latest result of an analyte cannot be used as it stands.
Then: the latest usable one still speaks, and the card asks for what is lacking, by the rule that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.blood_counts import latest, may_be_later
from cds_service.clinical.facts import Missing, Reading, Unusable
from cds_service.dosing.case import Case
from cds_service.dosing.roles import Role

PRELIMINARY = "only a preliminary result"
ESTIMATE = "only an estimate or a count with clumping remark"


@dataclass(frozen=True, slots=True)
class Available:
    """One analyte today.

    `decisive` are the latest result(s) that may decide, `preliminary` and `estimate` later ones that may not, `refused`
    a result as new as the latest usable one that could not be used. `set_aside` are results of another specimen or method
    of that time: they never stand in the way of a real result. `missing` says why there is nothing to decide on.
    """

    fact: str
    decisive: tuple[Reading, ...]
    preliminary: tuple[Reading, ...]
    estimate: tuple[Reading, ...]
    refused: tuple[Unusable, ...]
    missing: Missing | None
    set_aside: tuple[Unusable, ...] = ()

    @property
    def on(self) -> date | None:
        """The day of the latest result that may decide."""
        return self.decisive[0].on if self.decisive else None

    @property
    def drawn_on(self) -> date | None:
        """The day of the latest draw, usable or not."""
        days = [r.on for r in (*self.decisive, *self.preliminary, *self.estimate)]
        days += [u.on for u in self.refused if u.on is not None and u.rule]
        return max(days, default=None)

    def is_older_than(self, days: int, today: date) -> bool:
        """Whether the deciding result is older than some days. Missing: nothing to decide on is not old, it is missing."""
        return self.on is not None and today - self.on > timedelta(days=days)

    def too_old(self, days: int) -> str:
        """That the deciding result is older than some days, as a reason; beside a later one that may not decide it is another."""
        is_another = bool(self.refused or self.preliminary or self.estimate)
        return f"last usable one too old ({self.on})" if is_another else f"older than {days} days ({self.on})"


def available(case: Case, fact: str) -> Available:
    """What there is of one analyte on or before the day of the case."""
    return case.facts.once((available, fact, case.on, case.rules), lambda: _available(case, fact))


def _available(case: Case, fact: str) -> Available:
    facts, today = case.facts, case.on
    deciding = latest([r for r in facts.decisive(fact) if r.on <= today])
    last = deciding[0].on if deciding else None
    later = [
        r
        for r in facts.series(fact)
        if (r.is_preliminary or r.is_estimate) and r.on <= today and (last is None or may_be_later(r, deciding[0]))
    ]
    preliminary = latest([r for r in later if r.is_preliminary])
    estimate = latest([r for r in later if not r.is_preliminary])
    entries = facts.refused(fact)
    refused = tuple([u for u in entries if not u.is_other_test and u.may_be_newer(last)])
    set_aside = tuple([u for u in entries if u.is_other_test and (u.on is None or last is None or u.on >= last)])
    missing = None if deciding else _missing(case, fact, refused, preliminary, estimate)
    return Available(fact, deciding, preliminary, estimate, refused, missing, set_aside)


def _missing(
    case: Case,
    fact: str,
    refused: tuple[Unusable, ...],
    preliminary: tuple[Reading, ...],
    estimate: tuple[Reading, ...],
) -> Missing:
    facts, rules = case.facts, case.rules
    by_rule = [u for u in refused if u.rule]
    if by_rule:
        return Missing.of(by_rule[-1])
    if preliminary:
        return Missing(fact, PRELIMINARY, rules.role(Role.PRELIMINARY).id)
    if estimate:
        return Missing(fact, ESTIMATE, rules.role(Role.CLUMPING).id)
    if fact in facts.unseen:
        return Missing(fact, facts.unseen[fact])
    others = facts.refused(fact)
    if others:
        return Missing.of(others[-1])
    return Missing(fact, "no result was sent")
