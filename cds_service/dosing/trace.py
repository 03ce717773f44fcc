"""What each rule said in one call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from cds_service.clinical.recommendation import RuleOutcome
from cds_service.dosing.rulebook import Rules


class Trace:
    """What each rule said. A rule asked more than once (two readings, two lines) keeps its strongest outcome."""

    STRENGTH: Mapping[str, int] = {"fired": 0, "unknown": 1, "not met": 2, "not applicable": 3}

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._citations = _citations(rules)
        self._said: dict[str, RuleOutcome] = {}

    def say(self, rule_id: str, outcome: str, why: str) -> None:
        """Record an outcome ("fired", "unknown", "not met", "not applicable") and its reason in words."""
        before = self._said.get(rule_id)
        if before is None or self.STRENGTH[outcome] < self.STRENGTH[before.outcome]:
            self._said[rule_id] = RuleOutcome(rule_id, outcome, why, self._citations[rule_id])

    def outcomes(self, otherwise: str) -> tuple[RuleOutcome, ...]:
        """All rules in document order; those never reached say `otherwise`."""
        return tuple({**_unsaid(self._rules, otherwise), **self._said}.values())


@cache
def _citations(rules: Rules) -> Mapping[str, str]:
    return {rule_id: rule.citation for rule_id, rule in rules.by_id.items()}


@lru_cache(maxsize=64)
def _unsaid(rules: Rules, otherwise: str) -> Mapping[str, RuleOutcome]:
    """The outcomes where no rule was reached; there are few reasons, and every call says one for most rules."""
    return {
        rule_id: RuleOutcome(rule_id, "not applicable", otherwise, citation)
        for rule_id, citation in _citations(rules).items()
    }
