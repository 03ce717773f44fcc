"""What is kept of a call: rules, names of missing facts, cards, timings and a keyed hash of the patient; no patient data.

A record that cannot be stored is told by its cause and changes nothing in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Protocol

from cds_service.cdshooks.card import Card
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.request import HookRequest
from cds_service.cdshooks.service import Service
from cds_service.clinical.recommendation import Recommendation, RuleOutcome
from cds_service.fhir.observation_facts import LocalCode
from cds_service.store.chain import hash_patient
from cds_service.store.engine import StoreDown
from cds_service.store.records import Decision, ShownCard

# How a prefetch key stands among what a call lacked.
PREFETCH_KEY = "prefetch."
# Of an extension on a card, as the renderer writes it.
_MACHINE = "org.cds-service.recommendation"
_CODE = re.compile(r"[A-Za-z0-9._/-]{1,24}")
_SYSTEM = re.compile(r"[A-Za-z0-9:._/-]{0,120}")
_UNIT = re.compile(r"[^\W\d]?[\w%*^./\[\]{}µμ-]{0,15}")


class Records(Protocol):
    """Where records go."""

    def append(self, decision: Decision) -> int:
        """Store one record. Raises: StoreDown."""
        ...


class Stopwatch:
    """Microseconds by step; each `lap` ends the step that began with the one before."""

    def __init__(self) -> None:
        self._began = self._last = perf_counter_ns()
        self._laps: dict[str, int] = {}

    def lap(self, step: str) -> None:
        """End a step."""
        now = perf_counter_ns()
        self._laps[step] = (now - self._last) // 1000
        self._last = now

    def timings(self) -> dict[str, int]:
        """The steps so far, and the total."""
        return {**self._laps, "total": (perf_counter_ns() - self._began) // 1000}


@dataclass(slots=True)
class Findings:
    """What a call came to, as far as its record is concerned."""

    cards: Iterable[Card] = ()
    recommendations: tuple[Recommendation, ...] = ()
    shadowed: tuple[Recommendation, ...] = ()
    outcomes: tuple[RuleOutcome, ...] = ()
    unseen: Iterable[str] = ()
    unmapped: Iterable[str] = ()
    local_codes: Iterable[LocalCode] = ()
    unknown_units: Iterable[tuple[str, str]] = ()
    timings: Mapping[str, int] = field(default_factory=dict)
    status: int = 200
    documents: tuple[str, ...] = ()


class Recording:
    """Keeps one record for each call."""

    def __init__(
        self,
        records: Records,
        service_version: str = "",
        hash_key: str = "",
        lost: Callable[[str], None] = lambda cause: None,
    ) -> None:
        """Take where records go, `CDS_HASH_KEY`, and whom to tell the cause of a record that could not be kept."""
        self._records = records
        self._service_version = service_version
        self._hash_key = hash_key
        self._lost = lost

    def keep(
        self, service: Service, request: HookRequest, client: object, content_version: str, findings: Findings
    ) -> None:
        """Store the record of a call; never raises for a store that is down."""
        caller = client if isinstance(client, Client) else Client()
        # Most rules of the documents are of other indications.
        asked = [one for one in findings.outcomes if one.outcome != "not applicable"]
        decision = Decision(
            at=datetime.now(UTC),
            service=service.id,
            hook=service.hook,
            hook_instance=request.hookInstance,
            content_version=content_version,
            client=caller.issuer,
            tenant=caller.tenant,
            service_version=self._service_version,
            status=findings.status,
            rules_fired=tuple(one.rule for one in asked if one.outcome == "fired"),
            rules_not_fired=tuple(one.rule for one in asked if one.outcome != "fired"),
            rules_shadowed=_rules_of(findings.shadowed),
            missing=_missing(findings),
            unmapped_codes=_codes(findings),
            unknown_units=tuple(
                sorted({f"{fact} {_plain(unit, _UNIT)}".strip() for fact, unit in findings.unknown_units})
            ),
            cards=tuple(map(_shown, findings.cards)),
            timings=findings.timings,
            documents=findings.documents,
            patient_hash=hash_patient(self._hash_key, caller.issuer or request.fhirServer, request.patient_id),
        )
        try:
            self._records.append(decision)
        except StoreDown as down:
            self._lost(down.cause)


def _codes(findings: Findings) -> tuple[str, ...]:
    """ "platelets urn:lab|THR" for each local code; the fact alone where no code of it looks like one."""
    named = {
        f"{each.fact} {each.system}|{each.code}"
        for each in findings.local_codes
        if _plain(each.code, _CODE) and _plain(each.system, _SYSTEM) == each.system
    }
    bare = {fact for fact in findings.unmapped if not any(each.startswith(f"{fact} ") for each in named)}
    return tuple(sorted(named | bare))


def _plain(text: str, form: re.Pattern[str]) -> str:
    """The text where it has the form of a code or a unit, else "": a code can hold anything, a name or a number of a patient too."""
    return text if form.fullmatch(text) else ""


def _rules_of(recommendations: tuple[Recommendation, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for each in recommendations for rule in each.rules))


def _missing(findings: Findings) -> tuple[str, ...]:
    """Names of facts that were missing, and of prefetch keys that could not be obtained."""
    facts = {gap.fact for each in (*findings.recommendations, *findings.shadowed) for gap in each.missing}
    return tuple(sorted(facts | {f"{PREFETCH_KEY}{key}" for key in findings.unseen}))


def _shown(card: Card) -> ShownCard:
    machine = card.extension.get(_MACHINE)
    content = machine if isinstance(machine, dict) else {}
    return ShownCard(
        uuid=card.uuid,
        rules=tuple(content.get("rules", ())),
        action=str(content.get("action", "")),
        indicator=card.indicator,
        suggestions=tuple(one.uuid for one in card.suggestions),
    )
