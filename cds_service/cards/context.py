"""What rendering needs to know besides the recommendations: the call, the sentences, the raw orders, the documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from cds_service.clinical.recommendation import RuleOutcome
from cds_service.fhir.dosage_write import DrugCodes


class DocumentInForce(Protocol):
    """A label, SmPC or guideline revision in force, as far as a card names it."""

    @property
    def id(self) -> str:
        """The name by which a recommendation's basis refers to it."""

    @property
    def revision(self) -> str:
        """The revision, in the document's own words."""

    @property
    def signed_by(self) -> str:
        """The person who signed our transcription; empty while nobody has."""

    @property
    def signed_on(self) -> date | None:
        """The day of that signature."""


class MessageFault(LookupError):
    """A sentence or a fill-in that messages.toml and the recommendation do not agree on."""


@dataclass(frozen=True, slots=True)
class CardContext:
    """One call, as rendering sees it.

    `messages` are the drug's flattened sentences ("<message>.summary", "<message>.do", "proposal.<label>" …).
    `drafts` and `chart_orders` are raw resources by reference. `strengths` (mg) and `codes` describe the drug's
    products. `topic` is (system, code, display). `smart_launch_url` is where the EHR launches the
    SMART app, "" where it is off. `unchecked` are rules that the chart left open. `counts` rises by
    what a card had to do without: "suggestions_dropped", "message_faults", "doses_withheld" and "unsound_resources";
    /metrics shows it as `cds_cards_reduced`. With `strict` a sentence that is missing raises MessageFault; without it
    the card is shown with the gap named, because a card with a gap is safer than no card.
    """

    hook_instance: str
    service_id: str
    patient_id: str
    user_id: str
    today: date
    content_version: str
    messages: Mapping[str, str]
    drafts: Mapping[str, bytes] = field(default_factory=dict)
    chart_orders: Mapping[str, bytes] = field(default_factory=dict)
    strengths: tuple[Decimal, ...] = ()
    codes: DrugCodes = field(default_factory=lambda: DrugCodes({}, (), ""))
    topic: tuple[str, str, str] = ("", "", "")
    documents: Sequence[DocumentInForce] = ()
    smart_launch_url: str = ""
    unchecked: Sequence[RuleOutcome] = ()
    strict: bool = False
    counts: Counter[str] = field(default_factory=Counter, compare=False)
