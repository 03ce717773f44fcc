"""What a drug offers to the layers above: its products, the facts it needs, and one pure function that assesses a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.recommendation import Assessment

# Hooks on which a patient's chart is looked at as a whole, without an order or a new problem at hand.
CHART_HOOKS = frozenset({"patient-view", "encounter-start"})


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
class Case:
    """One call, as the rules see it.

    `orders` are the drug's orders in the call (selected ones first), empty on hooks without orders; `signed` the references
    of those that are no drafts any more: they are set on hold, never removed and never amended. `hook` is the hook's name;
    `on` today; `now` the instant of the call where windows are counted in hours. `jurisdiction` is "US", "EU" or "" (not
    configured). `pending_tests` names the laboratory tests that the drafts of this very call already order; `order_problems` are
    sentences about orders that are the drug's, or may be, and could not be used; `orders_unseen` counts orders of the call
    that nobody could see, or not their drug; `untold_orders` are references of medication drafts of which nothing says
    which drug they are.
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

    @property
    def opens_chart(self) -> bool:
        """Whether the chart as a whole is looked at."""
        return self.hook in CHART_HOOKS


@dataclass(frozen=True, slots=True)
class Published:
    """The form in which a document is published ("spl" or "smpc"), and the number by which its publisher names it."""

    form: str
    set_id: str


@dataclass(frozen=True, slots=True)
class DocumentState:
    """A label, SmPC or guideline revision in force, and how far our transcription of it was compared with it.

    `compared` names the file that a program compared the rows with ("" none). `review` is the state of all rows in one
    line. `signed_by` and `signed_on` are a named person's; empty while nobody has signed.
    """

    id: str
    title: str
    jurisdiction: str
    revision: str
    url: str
    published: Published | None = None
    compared: str = ""
    review: str = ""
    signed_by: str = ""
    signed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug folder as the layers above see it.

    `codes` maps (system URL, code) to the product; `names` are lower-case words by which local text is recognised.
    `strengths_mg` are the capsule strengths that exist, ascending. `relatives` are drugs of the same class whose allergies
    matter here; `indications` the diagnoses for which it may be given. `labels` maps message keys to sentences.
    """

    name: str
    title: str
    hooks: tuple[str, ...]
    codes: Mapping[tuple[str, str], Product]
    names: tuple[str, ...]
    strengths_mg: tuple[Decimal, ...]
    needs: tuple[Need, ...]
    documents: tuple[DocumentState, ...]
    messages: Mapping[str, str]
    content_version: str
    topic: tuple[str, str, str]
    indications: frozenset[str]
    assess: Callable[[Case], Assessment]
    relatives: tuple[str, ...] = ()
