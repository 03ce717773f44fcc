"""The facts of a patient's Observations, each worked out when a rule first asks for it: most are never asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from cds_service.clinical.facts import Finding, Reading, Unusable

V = TypeVar("V")


class ByFact(Mapping[str, tuple[V, ...]], Generic[V]):
    """What there is by fact name; asking for one fact costs that fact, going through all costs all of them."""

    __slots__ = ("_facts", "_of")

    def __init__(self, facts: frozenset[str], of: Callable[[str], tuple[V, ...]]) -> None:
        """Take the facts that there can be something of, and what works one out ("()" where there is nothing)."""
        self._facts = facts
        self._of = of

    def __getitem__(self, fact: str) -> tuple[V, ...]:
        if fact in self._facts:
            found = self._of(fact)
            if found:
                return found
        raise KeyError(fact)

    def get(self, fact: str, default: Any = None, /) -> Any:
        """What there is of a fact, else the default; most are asked for in vain, and to raise for it would cost more."""
        return (self._of(fact) if fact in self._facts else ()) or default

    def __iter__(self) -> Iterator[str]:
        return (fact for fact in sorted(self._facts) if self._of(fact))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def overlaid(self, others: Mapping[str, tuple[V, ...]]) -> ByFact[V]:
        """The same with the others in place of what goes by their names; nothing is worked out for it."""
        of = self._of
        return ByFact(self._facts.union(others), lambda fact: others[fact] if fact in others else of(fact))


class LocalCode(NamedTuple):
    """A code that nobody has mapped, and the fact that the words beside it name."""

    fact: str
    system: str
    code: str


@dataclass(frozen=True, slots=True)
class ObservationFacts:
    """What the Observations of a patient say, by fact name, oldest first; `remarks` about resources that were refused.

    `unmapped` counts by fact the results whose words name it and whose code nobody has mapped; `local_codes` are those codes.
    """

    readings: ByFact[Reading] = field(default_factory=lambda: ByFact(frozenset(), lambda _fact: ()))
    unusable: ByFact[Unusable] = field(default_factory=lambda: ByFact(frozenset(), lambda _fact: ()))
    findings: ByFact[Finding] = field(default_factory=lambda: ByFact(frozenset(), lambda _fact: ()))
    remarks: tuple[str, ...] = ()
    unmapped: Mapping[str, int] = field(default_factory=dict)
    local_codes: frozenset[LocalCode] = frozenset()
