"""The drug's documents in force and every rule in them, loaded once; and the trace of what each rule said in one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from cds_service.clinical.recommendation import Basis, Quote, RuleOutcome
from cds_service.drugs.contract import DocumentState
from cds_service.drugs.source_files import Rule, SourceFileError, load_source

FOLDER = Path(__file__).parent
SOURCES = FOLDER / "sources"


def _load() -> tuple[tuple[DocumentState, ...], dict[str, Rule]]:
    documents: list[DocumentState] = []
    rules: dict[str, Rule] = {}
    for path in sorted(SOURCES.glob("*.toml")):
        source = load_source(path)
        doubled = rules.keys() & source.rules.keys()
        if doubled:
            raise SourceFileError(f"{path.name}: {', '.join(sorted(doubled))} stand in another document too")
        documents.append(source.document)
        rules.update(source.rules)
    return tuple(documents), rules


DOCUMENTS, _RULES = _load()
RULES: Mapping[str, Rule] = _RULES
CITATIONS: Mapping[str, str] = {rule_id: each.citation for rule_id, each in _RULES.items()}


def rule(rule_id: str) -> Rule:
    """The rule with this id. Raises: KeyError when no document in force has it."""
    return RULES[rule_id]


def quotes(rule_ids: Sequence[str]) -> tuple[Quote, ...]:
    """What some rules say, each sentence under the place that it stands at; the first rule's place is the first."""
    texts: dict[Basis, list[str]] = {}
    for rule_id in rule_ids:
        texts.setdefault(RULES[rule_id].basis, []).append(RULES[rule_id].text.replace("/uL", "/µL"))
    return tuple(Quote(basis, " ".join(said)) for basis, said in texts.items())


class Trace:
    """What each rule said. A rule asked more than once (two readings, two lines) keeps its strongest outcome."""

    STRENGTH: Mapping[str, int] = {"fired": 0, "unknown": 1, "not met": 2, "not applicable": 3}

    def __init__(self) -> None:
        self._said: dict[str, RuleOutcome] = {}

    def say(self, rule_id: str, outcome: str, why: str) -> None:
        """Record an outcome ("fired", "unknown", "not met", "not applicable") and its reason in words."""
        before = self._said.get(rule_id)
        if before is None or self.STRENGTH[outcome] < self.STRENGTH[before.outcome]:
            self._said[rule_id] = RuleOutcome(rule_id, outcome, why, CITATIONS[rule_id])

    def outcomes(self, otherwise: str) -> tuple[RuleOutcome, ...]:
        """All rules in document order; those never reached say `otherwise`."""
        return tuple({**_unsaid(otherwise), **self._said}.values())


@lru_cache(maxsize=64)
def _unsaid(otherwise: str) -> Mapping[str, RuleOutcome]:
    """The outcomes where no rule was reached; there are few reasons, and every call says one for most rules."""
    return {rule_id: RuleOutcome(rule_id, "not applicable", otherwise, CITATIONS[rule_id]) for rule_id in RULES}
