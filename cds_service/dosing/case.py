"""One call as the rules see it: the facts, the orders, the day, and the rules in force on that day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import PatientFacts
from cds_service.dosing.rulebook import NO_RULES, Rules

# Hooks on which a patient's chart is looked at as a whole, without an order or a new problem at hand.
CHART_HOOKS = frozenset({"patient-view", "encounter-start"})


def _no_evidence(_message: str, _indication: str, _rules: Sequence[str]) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Content:
    """What the engine needs of a drug outside its documents and regimens.

    `name` is the drug's concept among medications; `document_words` what clinicians call its document, by jurisdiction
    ("label" where it is not listed); `evidence` the rules that a decision quotes beside its own.

    Args of `evidence`: the message's key, the indication's name, the rules of the decision.
    """

    name: str = ""
    document_words: Mapping[str, str] = field(default_factory=dict)
    evidence: Callable[[str, str, Sequence[str]], tuple[str, ...]] = _no_evidence


NO_CONTENT = Content()


@dataclass(frozen=True, slots=True)
class Case:
    """One call, as the rules see it.

    `orders` are the drug's orders in the call (selected ones first); on hooks without orders those of the chart that are signed and
    begin on a later day; `signed` the references
    of those that are no drafts any more: they are set on hold, never removed and never amended. `hook` is the hook's name;
    `on` today; `now` the instant of the call where windows are counted in hours. `jurisdiction` is "US", "EU" or "" (not
    configured). `pending_tests` names the laboratory tests that the drafts of this very call already order; `order_problems` are
    sentences about orders that are the drug's, or may be, and could not be used; `orders_unseen` counts orders of the call
    that nobody could see, or not their drug; `untold_orders` are references of medication drafts of which nothing says
    which drug they are. `menopause_age` is the site's own age from which childbearing is not asked about. `served` names the
    hooks that the site is served on, empty where nobody said: to no other one is anything left. `rules` are those in force on
    that day, `content` what the engine needs of the drug: the drug puts both in, whoever asks it need not.
    """

    facts: PatientFacts
    orders: tuple[MedicationRecord, ...]
    hook: str
    on: date
    now: datetime
    jurisdiction: str
    pending_tests: frozenset[str] = frozenset()
    order_problems: tuple[str, ...] = ()
    signed: frozenset[str] = frozenset()
    orders_unseen: int = 0
    untold_orders: tuple[str, ...] = ()
    menopause_age: int | None = None
    served: frozenset[str] = frozenset()
    rules: Rules = NO_RULES
    content: Content = NO_CONTENT

    @property
    def opens_chart(self) -> bool:
        """Whether the chart as a whole is looked at."""
        return self.hook in CHART_HOOKS
