"""One patient from the lines of an export to decisions: the very calls that an EHR would have made, day by day.

An order is signed on the day on which it was written (order-sign), over the chart as it stood without it; on each other news that the
rules look at the chart is opened (patient-view). A day on which nothing came is not decided again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import msgspec

from cds_service.cdshooks.card import Card
from cds_service.cdshooks.request import HookRequest
from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.quantity import plain
from cds_service.drugs.catalogue import DRUGS
from cds_service.drugs.contract import Drug
from cds_service.errors import CdsError
from cds_service.fhir.decode import Resource, Unreadable, decode_resource
from cds_service.fhir.fetch_result import FetchResult
from cds_service.hooks.pipeline import Outcome, Pipeline
from cds_service.population.history import ALWAYS, ORDERS, History, Version, draft_of, history_of
from cds_service.population.resources import Head, Relevance, head_of_line
from cds_service.population.results import Advice, Changed, Decision, PatientResult, UnitRefused, advice_of
from cds_service.settings import Settings

SIGN: Final = "order-sign"
VIEW: Final = "patient-view"
TWO_PATIENTS: Final = "two patients under one id"
NO_PATIENT: Final = "no Patient resource"
# Orders that are signed, as against wishes and plans.
_NOT_SIGNED: Final = frozenset({"proposal", "plan", "option"})
_UNIT_RULES: Final = frozenset({"GEN-UNIT"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What is replayed: the settings of the service, one day or the whole history (None), and what is compared.

    `compare` names two jurisdictions ("US", "EU") or two editions ("us-label/2021-08"), or is empty; the decisions are those by the first.
    """

    settings: Settings
    as_of: date | None = None
    compare: tuple[str, ...] = ()

    def without_secrets(self) -> Plan:
        """The same for other processes and machines: to decide takes no key, no token and no database."""
        return replace(self, settings=replace(self.settings, hash_key="", metrics_token="", database_url=""))

    def pipelines(self) -> tuple[Pipeline, ...]:
        """The engine that decides, and the one that it is compared with.

        Raises: RulebookError for an edition that there is none of.
        """
        return tuple(self._pipeline(name) for name in self.compare or ("",))

    def _pipeline(self, name: str) -> Pipeline:
        if "/" not in name:
            settings = replace(self.settings, jurisdiction=name) if name else self.settings
            return Pipeline(settings, fetcher=_NoServer())
        document, _, revision = name.partition("/")
        return Pipeline(self.settings, [drug.by_edition(document, revision) for drug in DRUGS], fetcher=_NoServer())


class _NoServer:
    """Nothing is fetched: an export is all that there is."""

    def fetch(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
        """No result."""
        return {}


class _Person(Resource, frozen=True):
    birthDate: str = ""
    gender: str = ""


class _Order(Resource, frozen=True):
    intent: str = ""
    doNotPerform: bool = False


@dataclass(slots=True)
class Replayer:
    """Replays patients by one plan. It is built once for a process, because reading the rules takes as long as many patients."""

    plan: Plan
    pipelines: tuple[Pipeline, ...] = ()
    relevance: Relevance = field(init=False)

    def __post_init__(self) -> None:
        self.pipelines = self.pipelines or self.plan.pipelines()
        self.relevance = Relevance.by(self.plan.settings)
        self.pipelines[0].warm_up()

    def replay(self, key: str, lines: Iterable[bytes]) -> PatientResult | None:
        """The decisions for one patient; None for one who never had anything to do with a drug of the service.

        Args: the key (source system and id); all lines of the export that name this patient, and the Medications to which they refer, in
        any order.
        Missing: a patient without a Patient resource, or with two that are different people, is set aside with the reason.
        """
        result = PatientResult(key)
        heads = [(head, line) for line in dict.fromkeys(lines) if (head := head_of_line(line)) is not None]
        kept = [
            (head, line)
            for head, line in heads
            if head.resourceType in self.relevance.types and self.relevance.holds(head)
        ]
        result.counts = {"resources looked at": len(kept)}
        medications = [line for head, line in kept if head.resourceType.startswith("Medication")]
        drugs = [
            drug for drug in self.relevance.drugs if any(self.relevance.mentions(drug, line) for line in medications)
        ]
        if not drugs:
            return None
        people = [line for head, line in kept if head.resourceType == "Patient"]
        result.set_aside = _why_not(people, heads)
        if result.set_aside:
            return result
        base = next(iter(_bases(heads)), "")
        patient_id = key.rpartition("/")[2]
        unmapped = Counter(one for head, _ in kept if (one := self.relevance.unmapped(head)) is not None)
        result.unmapped = sorted(unmapped.items(), key=_by_fields)
        for drug in drugs:
            of_drug = _OfDrug(self.relevance, drug, medications)
            history = history_of(((head.resourceType, line) for head, line in kept), of_drug)
            result.counts |= {"of them earlier versions": history.replaced, "of them without a day": history.undated}
            self._decide(drug, of_drug, history, patient_id, base, result)
        return result

    def _decide(
        self, drug: Drug, of_drug: _OfDrug, history: History, patient_id: str, base: str, result: PatientResult
    ) -> None:
        chart: Outcome | None = None
        for hook, day, drafts, standing in self._calls(of_drug, history):
            request = _request(drug, hook, patient_id, base, drafts, standing)
            decided = [self._answer(pipeline, drug, hook, request, day) for pipeline in self.pipelines]
            decision, outcome = decided[0]
            result.decisions.append(decision)
            chart = outcome if outcome is not None and outcome.chart is not None else chart
            if len(decided) > 1:
                changed = _changed(decision, decided[1][0])
                result.changes += [changed] if changed is not None else []
        if chart is not None and chart.chart is not None:
            refused = chart.chart.facts.unusable
            units = (one for fact in refused for one in refused[fact] if one.rule in _UNIT_RULES)
            result.units += sorted(
                Counter(UnitRefused(one.fact, one.reported_unit) for one in units).items(), key=_by_fields
            )

    def _calls(
        self, of_drug: _OfDrug, history: History
    ) -> Iterable[tuple[str, date, Sequence[Version], Sequence[Version]]]:
        """The calls of a history: hook, day, the orders that are signed, and the chart beside them."""
        if self.plan.as_of is not None:
            until = [v for v in history.versions if v.known <= self.plan.as_of]
            standing = tuple({(v.kind, v.id or v.raw): v for v in until}.values())
            if any(of_drug.version(v) for v in standing):
                yield VIEW, self.plan.as_of, (), standing
            return
        is_begun = False
        for day, came, now in history.days():
            is_begun = is_begun or any(of_drug.version(v) for v in came)
            if not is_begun or day == ALWAYS:
                continue
            signed = [v for v in came if v.is_news and v.kind in ORDERS and of_drug.version(v) and _is_signed(v)]
            if signed:
                yield SIGN, day, signed, tuple(v for v in now.values() if v not in signed)
            if any(v.is_news and v not in signed for v in came):
                yield VIEW, day, (), tuple(now.values())

    def _answer(
        self, pipeline: Pipeline, drug: Drug, hook: str, request: HookRequest, day: date
    ) -> tuple[Decision, Outcome | None]:
        """What one call says; an error is the decision's `failure`, never silence."""
        decision = Decision(drug.name, day.isoformat(), hook)
        try:
            outcome = pipeline.run(f"{drug.name}-{hook}", request, today=day)
        except CdsError as error:
            return msgspec.structs.replace(decision, failure=error.code), None
        # One patient's odd data must cost no other's decisions; the failure is counted and said.
        except Exception as error:  # noqa: BLE001
            return msgspec.structs.replace(decision, failure=f"CDS-500 {type(error).__name__}"), None
        assessment = outcome.assessment
        said = assessment.recommendations if assessment is not None else ()
        unknown = [o.rule for o in assessment.outcomes if o.outcome == "unknown"] if assessment is not None else []
        return msgspec.structs.replace(
            decision,
            advice=advice_of([_plain(card) for card in outcome.cards]),
            ordered=_ordered(outcome.drafts.orders),
            ordered_days=max((int(o.days_supply or 0) for o in outcome.drafts.orders), default=0),
            overdue=tuple(sorted({one.test.name for one in said if one.test is not None and one.test.overdue})),
            unchecked=tuple(dict.fromkeys(unknown)),
        ), outcome


@dataclass(slots=True)
class _OfDrug:
    """Whether a resource is of a drug: by its own words and codes, or by the Medication that it names."""

    relevance: Relevance
    drug: Drug
    medications: Sequence[bytes]
    _known: dict[bytes, bool] = field(default_factory=dict)
    _ids: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        heads = [(head_of_line(line), line) for line in self.medications if b'"Medication"' in line]
        self._ids = frozenset(
            prefix % head.id.encode()
            for head, line in heads
            if head is not None and head.resourceType == "Medication" and head.id and self(line)
            for prefix in (b'Medication/%b"', b'urn:uuid:%b"')
        )

    def __call__(self, line: bytes) -> bool:
        found = self._known.get(line)
        if found is None:
            by_name = any(each in line for each in self._ids)
            found = self._known[line] = by_name or self.relevance.mentions(self.drug, line)
        return found

    def version(self, version: Version) -> bool:
        """Whether a version is of the drug."""
        return version.kind.startswith("Medication") and version.kind != "Medication" and self(version.raw)


def _by_fields(counted: tuple[msgspec.Struct, int]) -> tuple[object, ...]:
    return msgspec.structs.astuple(counted[0])


def _is_signed(version: Version) -> bool:
    try:
        order = decode_resource(version.raw, _Order)
    except Unreadable:
        return True
    return order.intent not in _NOT_SIGNED and not order.doNotPerform


def _why_not(people: Sequence[bytes], heads: Sequence[tuple[Head, bytes]]) -> str:
    """Why nothing can be decided for a patient; "" where something can."""
    if not people:
        return NO_PATIENT
    known = [decode_resource(line, _Person) for line in people]
    births = {person.birthDate for person in known if person.birthDate}
    genders = {person.gender for person in known if person.gender in ("male", "female")}
    return TWO_PATIENTS if (len(births) > 1 and len(genders) > 1) or len(_bases(heads)) > 1 else ""


def _bases(heads: Iterable[tuple[Head, bytes]]) -> dict[str, None]:
    """The servers under whose address resources name the patient."""
    named = (head.subject or head.patient for head, _ in heads)
    texts = (each.reference for each in named if each is not None and each.reference.startswith("http"))
    return dict.fromkeys(text.split("/Patient/")[0] for text in texts if "/Patient/" in text)


def _request(
    drug: Drug, hook: str, patient_id: str, base: str, drafts: Sequence[Version], standing: Sequence[Version]
) -> HookRequest:
    """The call as an EHR would make it that answers each search with all resources of the type."""
    by_type: dict[str, list[bytes]] = {}
    for version in standing:
        by_type.setdefault(version.kind, []).append(version.raw)
    people = by_type.get("Patient", [])[-1:]
    medications = by_type.pop("Medication", [])
    prefetch: dict[str, msgspec.Raw] = {}
    for need in drug.needs:
        own = by_type.pop(need.resource, [])
        if need.resource == "Patient":
            prefetch[need.key] = _patient(people[0], base, patient_id) if people else msgspec.Raw(b"null")
        elif need.resource == "MedicationRequest":
            older = [raw for kind in sorted(ORDERS & by_type.keys()) for raw in by_type.pop(kind)]
            prefetch[need.key] = _bundle([*own, *older, *medications])
        else:
            prefetch[need.key] = _bundle(own)
    context = {"userId": b'"Practitioner/replay"', "patientId": msgspec.json.encode(patient_id)}
    if drafts:
        context["draftOrders"] = bytes(_bundle([draft_of(version) for version in drafts]))
    return HookRequest(hook, "replay", {name: msgspec.Raw(text) for name, text in context.items()}, prefetch=prefetch)


def _patient(raw: bytes, base: str, patient_id: str) -> msgspec.Raw:
    """The Patient; where resources name it by a whole address, under that."""
    if not base:
        return msgspec.Raw(raw)
    address = msgspec.json.encode(f"{base}/Patient/{patient_id}")
    bundle = b'{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":%b,"resource":%b}]}'
    return msgspec.Raw(bundle % (address, raw))


def _bundle(resources: Sequence[bytes]) -> msgspec.Raw:
    if not resources:
        return msgspec.Raw(b'{"resourceType":"Bundle","type":"searchset"}')
    entries = b'},{"resource":'.join(resources)
    return msgspec.Raw(b'{"resourceType":"Bundle","type":"searchset","entry":[{"resource":' + entries + b"}]}")


def _plain(card: Card) -> dict[str, object]:
    return {"indicator": card.indicator, "extension": card.extension}


def _ordered(orders: Sequence[MedicationRecord]) -> str:
    doses = [order.dose for order in orders if order.dose is not None]
    if not doses or len(doses) < len(orders):
        return ""
    return plain(sum(dose.mg_per_day for dose in doses), 4)


def _changed(one: Decision, other: Decision) -> Changed | None:
    """Where two decisions on one call differ; what only their documents, sections and rule ids tell apart is the same advice."""
    before, after = {_said(a): a for a in one.advice}, {_said(a): a for a in other.advice}
    if before.keys() == after.keys() and one.failure == other.failure:
        return None
    only_before = tuple(advice for said, advice in before.items() if said not in after)
    only_after = tuple(advice for said, advice in after.items() if said not in before)
    return Changed(one.drug, one.day, one.hook, only_before, only_after)


def _said(advice: Advice) -> tuple[str, str, str]:
    return advice.action, advice.mg_per_day, advice.test
