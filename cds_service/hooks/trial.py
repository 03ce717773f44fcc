"""A call played for somebody at a screen: by the very pipeline of the hooks, but nothing is fetched and nothing recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from cds_service.cdshooks.card import Card, encode
from cds_service.cdshooks.json_text import members_of
from cds_service.cdshooks.request import parse_request, resource_instead
from cds_service.cdshooks.service import Service
from cds_service.clinical.exposure import MedicationRecord
from cds_service.drugs.contract import Drug
from cds_service.errors import CdsError, NoSuchService, did_you_mean
from cds_service.hooks.diagnosis import Diagnosis, diagnose
from cds_service.hooks.explanation import Explanation, explain
from cds_service.hooks.obtain import FetchesNothing
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings

JURISDICTIONS = ("US", "EU")


@dataclass(frozen=True, slots=True)
class Played:
    """What a call came to: the service, its drug, its findings on the request, and either the answer or the error.

    `medications` are the records of the chart and the drafts as they were read.
    """

    service: Service
    drug: Drug
    diagnosis: Diagnosis
    cards: tuple[Card, ...] = ()
    answer: bytes = b""
    explanation: Explanation | None = None
    error: CdsError | None = None
    medications: tuple[MedicationRecord, ...] = ()


class Trial:
    """Plays calls under the rules of either jurisdiction, whichever the service itself is set to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pipelines: dict[str, Pipeline] = {}

    def play(self, body: bytes, today: date, jurisdiction: str, service_id: str = "") -> Played:
        """What the service would answer to a request.

        Args: the request; the day; "US" or "EU"; the service, found by the request's hook when left out.

        Raises: NotReadable for what is no JSON object; NoSuchService where nothing answers its hook.
        """
        pipeline = self._pipeline(jurisdiction)
        service = _service(pipeline.services(), body, service_id)
        drug = pipeline.drug_of(service.id)
        found = diagnose(body, service, drug, self._settings.fhir_servers, today, pipeline.site)
        try:
            outcome = pipeline.run(service.id, parse_request(body, service), today=today)
        except CdsError as error:
            return Played(service, drug, found, error=error)
        cards = tuple(outcome.cards)
        charted = outcome.chart.facts.medications if outcome.chart else ()
        return Played(
            service,
            drug,
            found,
            cards,
            encode(cards),
            explain(outcome, jurisdiction),
            medications=(*outcome.drafts.orders, *charted),
        )

    def _pipeline(self, jurisdiction: str) -> Pipeline:
        if jurisdiction not in self._pipelines:
            settings = replace(self._settings, jurisdiction=jurisdiction)
            self._pipelines[jurisdiction] = Pipeline(settings, fetcher=FetchesNothing())
        return self._pipelines[jurisdiction]


def _service(services: tuple[Service, ...], body: bytes, service_id: str) -> Service:
    if service_id:
        found = next((each for each in services if each.id == service_id), None)
        if found is None:
            raise NoSuchService()
        return found
    content = members_of(body)
    if not content.get("hook") and (resource := resource_instead(body)):
        raise resource
    answering = next((each for each in services if each.hook == content.get("hook")), None)
    if answering is None:
        hooks = dict.fromkeys(each.hook for each in services)
        hint = f"{did_you_mean(str(content.get('hook', '')), hooks)} There are {', '.join(hooks)}.".strip()
        raise NoSuchService(sentence="No service answers the hook of this request.", hint=hint)
    return answering
