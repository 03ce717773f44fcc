"""What a drug offers to the layers above: its products, the facts it needs, and one pure function that assesses a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cds_service.clinical.recommendation import Assessment
from cds_service.dosing.case import NO_CONTENT, Case, Content
from cds_service.dosing.check import Check
from cds_service.dosing.moments import Moment
from cds_service.dosing.precedence import Precedence
from cds_service.dosing.rulebook import NO_RULES, Rulebook, Rules
from cds_service.dosing.treatment.limits import Limit
from cds_service.dosing.treatment.schedule import CbcDue


@dataclass(frozen=True, slots=True)
class Product:
    """What a drug code stands for: `strength_mg` is None where the code carries none (ingredient, dose form group)."""

    drug: str
    strength_mg: Decimal | None


@dataclass(frozen=True, slots=True)
class Need:
    """One set of facts that the rules look at; it becomes one prefetch template.

    `key` is the prefetch key, `facts` the concepts of the terminology it searches (empty: all of the resource type).
    `required_on` lists the hooks on which the call is 412 without it; elsewhere it is helpful and the card says so.
    `may_be_unsupported`: a server that does not know the resource type at all (404 on its search) holds none of it.
    `days`: how far back the rules look, 0 without end; used in templates only where CDS_PREFETCH_TODAY is set.
    `category` narrows a search of Observations without concepts to one category of the standard.
    `latest`: only the newest so many are asked for, whatever their codes: beside the searches by code, which alone are
    complete. What of it is not sent, or not to be had, is never a gap.
    """

    key: str
    resource: str
    facts: tuple[str, ...] = ()
    required_on: frozenset[str] = frozenset()
    may_be_unsupported: bool = False
    category: str = ""
    days: int = 0
    latest: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A regimen as it is published: one document's way of treating one indication.

    `name` tells it among those of its document, in small letters, digits and hyphens; `start` is the row of its starting dose,
    `rules` are all rows that it goes by, those of its own document and ours beside it.
    """

    name: str
    title: str
    jurisdiction: str
    indication: str
    start: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug folder as the layers above see it.

    `codes` maps (system URL, code) to the product; `names` are lower-case words by which local text is recognised.
    `strengths_mg` are the capsule strengths that exist, ascending. `relatives` are drugs of the same class whose allergies
    matter here; `indications` the diagnoses for which it may be given. `messages` maps message keys to sentences.
    `rulebook` are its documents in all their editions; `judge` decides a case that holds the rules in force. `checks` are
    the questions that it asks, `precedence` what hides what among their answers, `moments` which hook says
    what; a drug that has a regimen alone has none of them.
    `limits` and `next_count` say by which counts the course of a case with its rules is decided on its day, and when the next one is due;
    `response_rules` are the rules whose outcome says how the patient responds.
    `plans` are its regimens by some rules in force, as they are published.
    """

    name: str
    title: str
    hooks: tuple[str, ...]
    codes: Mapping[tuple[str, str], Product]
    names: tuple[str, ...]
    strengths_mg: tuple[Decimal, ...]
    needs: tuple[Need, ...]
    rulebook: Rulebook
    messages: Mapping[str, str]
    content_version: str
    topic: tuple[str, str, str]
    indications: frozenset[str]
    judge: Callable[[Case], Assessment]
    relatives: tuple[str, ...] = ()
    content: Content = NO_CONTENT
    checks: Callable[[], Sequence[Check[Any]]] = tuple
    precedence: Sequence[Precedence] = ()
    moments: Sequence[Moment] = ()
    plans: Callable[[Rules], Sequence[Plan]] = lambda _rules: ()
    limits: Callable[[Case], tuple[Limit, ...]] = lambda _case: ()
    next_count: Callable[[Case], CbcDue | None] = lambda _case: None
    response_rules: tuple[str, ...] = ()

    def with_rules(self, case: Case) -> Case:
        """The case with the rules in force on its day and the drug's content."""
        return replace(case, rules=self.rulebook.on(case.on), content=self.content)

    def by_edition(self, document: str, revision: str) -> Drug:
        """The drug as it is given where one edition of a document stands on every day, the other documents as they are.

        Raises: RulebookError naming the editions that there are.
        """
        return replace(self, rulebook=self.rulebook.with_edition(document, revision))

    def assess(self, case: Case) -> Assessment:
        """What the drug's rules say to a case, by the documents in force on its day, or by the rules that it brings."""
        return self.judge(self.with_rules(case) if case.rules is NO_RULES else case)
