"""One call, from the request to the cards: relevance, obtaining, reading, deciding, rendering.

A call that does not concern the drug ends early: it fetches nothing more and answers no cards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from cds_service.cards.context import CardContext
from cds_service.cards.render import render
from cds_service.cdshooks.card import Card
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.prefetch import read_answer
from cds_service.cdshooks.request import HookRequest
from cds_service.cdshooks.service import HookResult, Service
from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.recommendation import Assessment, Recommendation
from cds_service.drugs.catalogue import DRUGS
from cds_service.drugs.contract import Case, DocumentState, Drug, Need
from cds_service.errors import CdsError, DataUnobtainable, TwoPatients
from cds_service.fhir.chart import Chart, read_chart
from cds_service.fhir.client import FhirClient
from cds_service.fhir.dosage_write import DrugCodes
from cds_service.fhir.queries import prefetch_templates
from cds_service.fhir.site_map import SiteMap
from cds_service.hooks.drafts import Drafts, drafts_of, mentions
from cds_service.hooks.hook import HOOKS, Hook
from cds_service.hooks.obtain import Fetcher, Obtained, obtain
from cds_service.hooks.recording import Findings, Recording, Stopwatch
from cds_service.hooks.shadow import parted
from cds_service.hooks.site_map import load_site_map
from cds_service.hooks.system_actions import system_actions
from cds_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a call came to; `explain` prints it, the API answers its cards."""

    cards: list[Card]
    drug: Drug
    hook: Hook
    today: date
    drafts: Drafts
    chart: Chart | None = None
    assessment: Assessment | None = None
    unseen: Mapping[str, str] = field(default_factory=dict)
    shadowed: tuple[Recommendation, ...] = ()
    timings: Mapping[str, int] = field(default_factory=dict)


class Pipeline:
    """The engine behind the API: the services of every drug on every hook, and their answers."""

    def __init__(
        self,
        settings: Settings,
        drugs: Sequence[Drug] = DRUGS,
        fetcher: Fetcher | None = None,
        recording: Recording | None = None,
    ) -> None:
        self._settings = settings
        self._recording = recording
        self._site, self._drugs = load_site_map(settings.site_map, drugs)
        self._templates = {
            d.name: prefetch_templates(d.needs, self._site.codes_of, settings.prefetch_today) for d in self._drugs
        }
        self._stages = {d.name: _stages(d) for d in self._drugs}
        self._client = fetcher or FhirClient(
            allowed_origins=settings.fhir_servers, deadline_seconds=settings.fetch_deadline
        )
        self._services = {f"{d.name}-{hook}": (d, HOOKS[hook]) for d in self._drugs for hook in d.hooks}
        self._listed = tuple(self._service(service_id, d, hook) for service_id, (d, hook) in self._services.items())

    @property
    def content_version(self) -> str:
        """The rules, sentences and documents in force, as one short word."""
        return "-".join(d.content_version for d in self._drugs)

    @property
    def site(self) -> SiteMap:
        """The local codes of the site that this engine serves."""
        return self._site

    def services(self) -> tuple[Service, ...]:
        """The services, in the order in which discovery lists them."""
        return self._listed

    def _service(self, service_id: str, drug: Drug, hook: Hook) -> Service:
        reviewed = all(d.review == "checked" for d in drug.documents)
        usage = f"Advice for clinicians; FHIR R4. For safety enable {' and '.join(drug.hooks)} together."
        if not reviewed:
            usage += (
                " Label numbers are transcribed from memory and not yet checked against the label by a named person."
            )
        return Service(
            hook=hook.name,
            description=hook.description.format(drug=drug.title.lower()),
            id=service_id,
            title=hook.title.format(drug=drug.title),
            prefetch=self._templates[drug.name],
            usageRequirements=usage,
            version="3.0.0",
            hookVersion=hook.version,
        )

    def drug_of(self, service_id: str) -> Drug:
        """The drug that a service is about. Raises: KeyError for a service that does not exist."""
        return self._services[service_id][0]

    def documents(self) -> tuple[DocumentState, ...]:
        """The documents in force."""
        return tuple(document for d in self._drugs for document in d.documents)

    def warm_up(self) -> None:
        """Load what the first call would else wait for."""
        from cds_service.fhir import model

        model.warm_up()

    def answer(self, service: Service, request: HookRequest, client: object) -> HookResult:
        """The answer to one call.

        Raises: TwoPatients, DataUnobtainable.
        """
        if self._recording is None:
            return _result(self.run(service.id, request, client), client)
        findings = Findings(status=500)
        try:
            outcome = self.run(service.id, request, client)
            result = _result(outcome, client)
            findings = _findings(outcome)
        except CdsError as error:
            findings = Findings(unseen=getattr(error, "missing", ()), status=error.status)
            raise
        finally:
            self._recording.keep(service, request, client, self.content_version, findings)
        return result

    def run(self, service_id: str, request: HookRequest, client: object = None, today: date | None = None) -> Outcome:
        """The whole way of one call, with everything that was found on it.

        Raises: KeyError for a service that does not exist; TwoPatients; DataUnobtainable.
        """
        drug, hook = self._services[service_id]
        now = self._now(today)
        watch = Stopwatch()
        patient_id = request.patient_id
        drafts = drafts_of(request, hook, drug, patient_id, now.date())
        outcome = Outcome([], drug, hook, now.date(), drafts)
        if hook.has_orders and not drafts.may_concern:
            return outcome
        obtained = self._obtain(drug, hook, request, client, drafts)
        watch.lap("obtain")
        if obtained is None:
            return replace(outcome, timings=watch.timings())
        chart = read_chart(
            obtained.answers,
            obtained.unseen,
            drug.needs,
            patient_id,
            now.date(),
            drug.codes,
            drug.names,
            drug.name,
            self._site,
            drug.relatives,
        )
        if {*chart.patient_ids, *drafts.patient_ids} - {patient_id}:
            raise TwoPatients()
        watch.lap("read")
        facts = _with_remarks(chart.facts, (*drafts.problems, *drafts.remarks, *obtained.remarks))
        said = (drafts.tests, drafts.problems, drafts.untold)
        case = Case(facts, drafts.orders, hook.name, now.date(), now, self._settings.jurisdiction, *said)
        assessment = drug.assess(case)
        watch.lap("assess")
        context = self._context(service_id, drug, request, now.date(), drafts, chart)
        shown, shadowed = parted(assessment.recommendations, service_id, self._shadow_words(client))
        cards = render(shown, context)
        watch.lap("render")
        found = (chart, assessment, obtained.unseen, shadowed, watch.timings())
        return Outcome(cards, drug, hook, now.date(), drafts, *found)

    def _shadow_words(self, client: object) -> frozenset[str]:
        """What is not shown: as set for the whole service, and for this client."""
        own = client.shadow if isinstance(client, Client) else frozenset()
        return self._settings.shadow | own if own else self._settings.shadow

    def _now(self, today: date | None) -> datetime:
        """The instant of the call in the server's own time zone; a fixed day (demo, explain) counts as its noon."""
        fixed = today or self._settings.today
        return datetime.combine(fixed, time(12), UTC) if fixed is not None else datetime.now(UTC).astimezone()

    def _obtain(self, drug: Drug, hook: Hook, request: HookRequest, client: object, drafts: Drafts) -> Obtained | None:
        """The data of a call that concerns the drug; None when it does not.

        Raises: DataUnobtainable.
        """
        prefetch = {key: read_answer(raw) for key, raw in request.prefetch.items() if key in self._templates[drug.name]}
        origins = client.fhir_servers if isinstance(client, Client) and client.fhir_servers else None
        fetcher = self._client.call(origins) if isinstance(self._client, FhirClient) else self._client
        medication, others = self._stages[drug.name]
        token = request.authorization.access_token if request.authorization is not None else None
        arguments = (
            self._templates[drug.name],
            prefetch,
            self._template_context(request),
            hook.name,
            fetcher,
            request.fhirServer or None,
            token,
        )
        if drafts.orders or drafts.problems:
            first = obtain(medication, *arguments)
        elif drafts.untold:
            # Most orders that cannot be recognised are of other drugs: they end no call, and nothing is fetched for them.
            first = obtain(medication, *arguments, raise_required=False)
            if not _mentions(drug, first):
                return first
            return first.joined(obtain(others, *arguments, raise_required=False))
        else:
            first = obtain(medication, *arguments, raise_required=False)
            if not _mentions(drug, first):
                unobtained = {n.key: first.unseen[n.key] for n in medication if n.key in first.unseen}
                if unobtained:
                    raise DataUnobtainable(unobtained)
                return None
        return first.joined(obtain(others, *arguments))

    def _template_context(self, request: HookRequest) -> dict[str, object]:
        """What the tokens of prefetch templates stand for in this call."""
        named = {name: request.text(name) for name in ("patientId", "userId", "encounterId")}
        today = self._now(None).date().isoformat()
        return {**{name: value for name, value in named.items() if value}, "today()": today}

    def _context(
        self, service_id: str, drug: Drug, request: HookRequest, today: date, drafts: Drafts, chart: Chart
    ) -> CardContext:
        return CardContext(
            hook_instance=request.hookInstance,
            service_id=service_id,
            patient_id=request.patient_id,
            user_id=request.text("userId"),
            today=today,
            content_version=drug.content_version,
            messages=drug.messages,
            drafts=drafts.raw,
            chart_orders=chart.orders,
            strengths=drug.strengths_mg,
            codes=DrugCodes(drug.codes, drug.names, drug.name),
            topic=drug.topic,
            documents=drug.documents,
        )


def _stages(drug: Drug) -> tuple[tuple[Need, ...], tuple[Need, ...]]:
    """What is obtained first, because it tells whether a call concerns the drug, and what then."""
    first = tuple(n for n in drug.needs if n.resource.startswith("Medication"))
    return first, tuple(n for n in drug.needs if n not in first)


def _mentions(drug: Drug, obtained: Obtained) -> bool:
    """Whether any obtained medication resource could be the drug: by its words or codes, before anything is read."""
    return any(mentions(drug, bytes(raw)) for resources in obtained.answers.values() for raw in resources)


def _with_remarks(facts: PatientFacts, problems: tuple[str, ...]) -> PatientFacts:
    return replace(facts, remarks=(*problems, *facts.remarks)) if problems else facts


def _result(outcome: Outcome, client: object) -> HookResult:
    """The answer that an outcome is to this client."""
    actions = system_actions(outcome.cards, outcome.hook.name, client)
    unmapped = outcome.chart.unmapped if outcome.chart is not None else {}
    return HookResult(cards=outcome.cards, system_actions=actions, unmapped=unmapped)


def _findings(outcome: Outcome) -> Findings:
    """The part of a call's outcome that its record keeps."""
    assessment = outcome.assessment or Assessment((), ())
    return Findings(
        cards=outcome.cards,
        recommendations=assessment.recommendations,
        shadowed=outcome.shadowed,
        outcomes=assessment.outcomes,
        unseen=outcome.unseen,
        unmapped=outcome.chart.unmapped if outcome.chart is not None else (),
        timings=outcome.timings,
    )


def build_engine(settings: Settings, recording: Recording | None = None) -> Pipeline:
    """The engine that the settings describe; with a recording it keeps one record for each call."""
    return Pipeline(settings, recording=recording)
