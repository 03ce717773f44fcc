"""Checks: independent questions about a patient. A call asks all of them; none sees what another one decided.

What a check decides depends on the patient alone, so it decides the same alone and beside all others. Decisions meet in
`precedence.py` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from cds_service.clinical.recommendation import Recommendation

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Check(Generic[P]):
    """One question. `name` is unique in a drug; `question` says in a few words what is judged, for people.

    `assess` gives the decisions about a patient, empty where nothing is to be said. `applies` says whether the question
    arises for the patient at all.
    """

    name: str
    question: str
    assess: Callable[[P], Iterable[Recommendation]]
    applies: Callable[[P], bool] = lambda _patient: True

    def decide(self, patient: P) -> list[Recommendation]:
        """The decisions of this check, each with its name."""
        if not self.applies(patient):
            return []
        return [replace(r, check=self.name) for r in self.assess(patient)]


Failure = Callable[[Check[P], P, Exception], Recommendation]


def decisions(checks: Iterable[Check[P]], patient: P, failed: Failure[P]) -> list[Recommendation]:
    """What all checks decide about a patient, in no order that means anything.

    Errors: a check that fails takes no other one with it; `failed` gives the decision that says what was not checked.
    """
    found: list[Recommendation] = []
    for check in checks:
        try:
            found += check.decide(patient)
        except Exception as error:  # noqa: BLE001 - an error in one check is said on a card, never "no cards"
            found.append(replace(failed(check, patient, error), check=check.name))
    return found
