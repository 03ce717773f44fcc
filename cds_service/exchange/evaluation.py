"""$evaluate and $apply: what came is asked of the hooks, and their cards become FHIR resources.

Both go the way of every call (`hooks/pipeline.py`): the same decisions, the same record. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec

from cds_service.cdshooks.card import encode
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.service import HookResult, Service
from cds_service.drugs.contract import Drug
from cds_service.errors import DataUnobtainable, NoSuchRoute, NotInForce, WrongBundle
from cds_service.exchange.call import (
    BUNDLES,
    call_of,
    check_parameters,
    holds_medication,
    hooks_of,
    ignored,
    instance_of,
    none_came,
    unread,
)
from cds_service.exchange.guidance import Answer, decisions, guidance_response, outcome_of
from cds_service.exchange.incoming import PARAMETERS, Incoming, read_incoming
from cds_service.exchange.requests import decision_of, request_group
from cds_service.exchange.shelf import Contained, Entries, Shelf
from cds_service.hooks.hook import HOOKS
from cds_service.hooks.pipeline import Outcome, Pipeline
from cds_service.knowledge.canonical import Json, address
from cds_service.knowledge.catalogue import Catalogue
from cds_service.knowledge.plan import Published, plans_behind

_json = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The answers of one call, one for each drug, with what the operator counts: the service that was asked and its result."""

    incoming: Incoming
    instance: str
    answers: tuple[Answer, ...]
    results: tuple[tuple[Service, HookResult], ...]

    def cards(self) -> bytes:
        """The cards, as a hook answers them.

        Raises: DataUnobtainable where required data could not be obtained, as the hook does.
        """
        for answer in self.answers:
            if answer.unobtainable is not None:
                raise answer.unobtainable
        return encode([card for answer in self.answers for card in answer.cards])


class Exchange:
    """Answers integration engines by the decisions of the pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._published: Catalogue | None = None

    def catalogue(self, base: str) -> Catalogue:
        """What is published under a base address today."""
        kept, today = self._published, self._pipeline.today
        if kept is None or kept.base != base or kept.today != today:
            kept = self._published = Catalogue(self._pipeline.drugs, base, today)
        return kept

    def evaluate(self, body: bytes, client: Client) -> Evaluated:
        """The answers to a body.

        Raises: NotReadable, NestedTooDeep, WrongBundle, TwoPatients.
        """
        incoming = read_incoming(body, BUNDLES)
        check_parameters(incoming)
        instance = instance_of(body)
        # System actions are for who asked by a hook; here all that is proposed stands in the answer.
        asking = replace(client, takes_system_actions=False)
        asked = [each for drug in self._pipeline.drugs for each in self._ask(drug, incoming, instance, asking)]
        # Of several hooks the last one answers: those before it did not concern the drug.
        answers = {answer.drug.name: answer for answer, _ in asked}
        results = tuple((self._service(a.drug, a.hook), result) for a, result in asked if result is not None)
        return Evaluated(incoming, instance, tuple(answers.values()), results)

    def _ask(
        self, drug: Drug, incoming: Incoming, instance: str, client: Client
    ) -> Iterator[tuple[Answer, HookResult | None]]:
        """Ask about a drug, hook after hook until one concerns it; without a result where data could not be obtained."""
        remarks = tuple(_remarks(drug, incoming))
        for hook in hooks_of(incoming):
            request = call_of(incoming, hook, drug.needs, instance)
            try:
                outcome, result = self._pipeline.conclude(self._service(drug, hook), request, client)
            except DataUnobtainable as unobtainable:
                on = self._pipeline.today.isoformat()
                yield Answer(drug, hook, on, remarks=remarks, unobtainable=unobtainable), None
                return
            yield _answer(drug, hook, outcome, result, incoming, remarks), result
            if outcome.assessment is not None:
                return

    def _service(self, drug: Drug, hook: str) -> Service:
        for service in self._pipeline.services():
            if service.hook == hook and self._pipeline.drug_of(service.id) is drug:
                return service
        raise WrongBundle(PARAMETERS, f"This installation does not answer {hook}.")

    def response(self, evaluated: Evaluated, base: str) -> bytes:
        """The Bundle of an evaluation as JSON."""
        entries = Entries(evaluated.instance)
        catalogue = self.catalogue(base)
        for answer in evaluated.answers:
            _put(answer, evaluated.incoming, catalogue, entries)
        return _json.encode(entries.bundle())

    def apply(self, body: bytes, client: Client, base: str, plan_id: str = "") -> tuple[Evaluated, bytes]:
        """The CarePlan of a PlanDefinition for a chart, as JSON; without an id, of the regimen that the chart shows.

        Raises: as `evaluate`; NoSuchRoute for an id that is not published, NotInForce for an edition that does not decide.
        """
        catalogue = self.catalogue(base)
        asked = self._asked(catalogue, plan_id) if plan_id else None
        evaluated = self.evaluate(body, client)
        answer = next((a for a in evaluated.answers if asked is None or a.drug is asked.drug), evaluated.answers[0])
        if asked is not None:
            answer = _beside_the_question(answer, asked)
        contained = Contained()
        subject, beside = _of_call(evaluated.incoming)
        references = _put(answer, evaluated.incoming, catalogue, contained)
        canonicals = (
            [address(base, "PlanDefinition", asked.id)] if asked is not None else _instantiated(answer, catalogue)
        )
        plan: Json = {
            "resourceType": "CarePlan",
            "id": evaluated.instance,
            "contained": contained.resources,
            **({"instantiatesCanonical": canonicals} if canonicals else {}),
            "status": "draft",
            "intent": "proposal",
            "subject": subject,
            **beside,
            "created": answer.on,
            "supportingInfo": [{"reference": references["guidance"]}],
            **({"activity": [{"reference": {"reference": references["result"]}}]} if "result" in references else {}),
        }
        return evaluated, _json.encode(plan)

    def _asked(self, catalogue: Catalogue, plan_id: str) -> Published:
        asked = next((one for one in catalogue.plans if one.id == plan_id), None)
        if asked is None:
            raise NoSuchRoute(
                "PlanDefinition.id", "There is no PlanDefinition with this id.", "GET PlanDefinition lists them."
            )
        jurisdiction = self._pipeline.jurisdiction
        if not asked.stands_on(catalogue.today) or asked.document.jurisdiction not in ("", jurisdiction):
            standing = [
                o.id
                for o in catalogue.plans
                if o.stands_on(catalogue.today) and o.document.jurisdiction == jurisdiction
            ]
            said = f"In force here: {', '.join(standing)}." if standing else "CDS_JURISDICTION is not set."
            raise NotInForce("PlanDefinition.id", hint=said)
        return asked


def _answer(
    drug: Drug, hook: str, outcome: Outcome, result: HookResult, incoming: Incoming, remarks: tuple[str, ...]
) -> Answer:
    is_about: bool | None = outcome.assessment is not None
    if not is_about and not HOOKS[hook].has_orders and not holds_medication(incoming):
        is_about = None
    return Answer(drug, hook, outcome.today.isoformat(), result.cards, outcome.unseen, remarks, None, is_about)


def _remarks(drug: Drug, incoming: Incoming) -> list[str]:
    """How the Bundle was read, where that may surprise."""
    none, others, parameters = none_came(incoming, drug.needs), unread(incoming, drug.needs), ignored(incoming)
    said = [f"None came, and so none is taken to be on record: {', '.join(none)}."] if none else []
    said += [f"Not looked at: {', '.join(others)}."] if others else []
    return said + ([f"Parameters that are not known: {', '.join(parameters)}."] if parameters else [])


def _put(answer: Answer, incoming: Incoming, catalogue: Catalogue, shelf: Shelf) -> dict[str, str]:
    """Put the resources of an answer on the shelf. Returns: the references by the part that each plays."""
    subject, beside = _of_call(incoming)
    references: dict[str, str] = {}
    if answer.cards:
        group = request_group(answer.cards, subject, answer.on, _instantiated(answer, catalogue), beside, shelf)
        references["result"] = shelf.put(group)
    for name, resource in (("outputParameters", decisions(answer.cards)), ("evaluationMessage", outcome_of(answer))):
        if resource is not None:
            references[name] = shelf.put(resource)
    named = {"requestIdentifier": msgspec.to_builtins(incoming.identifier)} if incoming.identifier else {}
    guidance = guidance_response(answer, catalogue.base, subject, {**named, **_without_author(beside)}, references)
    return references | {"guidance": shelf.put(guidance)}


def _of_call(incoming: Incoming) -> tuple[Json, Json]:
    """The patient's reference, and the encounter and the author where the call names them."""
    encounter, author = incoming.text("encounter"), incoming.text("practitioner")
    beside = {"encounter": {"reference": _reference("Encounter", encounter)}} if encounter else {}
    beside |= {"author": {"reference": _reference("Practitioner", author)}} if author else {}
    return {"reference": f"Patient/{incoming.patient.id}"}, beside


def _reference(kind: str, named: str) -> str:
    return named if "/" in named or ":" in named else f"{kind}/{named}"


def _without_author(beside: Mapping[str, Any]) -> Json:
    return {name: value for name, value in beside.items() if name != "author"}


def _instantiated(answer: Answer, catalogue: Catalogue) -> list[str]:
    """The PlanDefinitions whose rules stand behind the cards."""
    found: dict[str, None] = {}
    for decision in map(decision_of, answer.cards):
        rules, on = decision.get("rules", ()), date.fromisoformat(answer.on)
        own = [p for p in catalogue.plans if p.drug is answer.drug]
        behind = plans_behind(own, rules, decision.get("indication", ""), on)
        found.update((address(catalogue.base, "PlanDefinition", one.id), None) for one in behind)
    return list(found)


def _beside_the_question(answer: Answer, asked: Published) -> Answer:
    """The answer, saying where the chart is of another indication than the PlanDefinition that was asked for."""
    indications = {decision.get("indication", "unknown") for decision in map(decision_of, answer.cards)}
    if asked.plan is None or not indications - {asked.plan.indication, "unknown"}:
        return answer
    said = "The chart shows another indication than this PlanDefinition is for; the advice is for the one that the chart shows."
    return replace(answer, remarks=(said, *answer.remarks))
