"""One call, from the request to the cards: relevance, obtaining, reading, deciding, rendering.

A call that does not concern the drug ends early: it fetches nothing more and answers no cards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

import msgspec

from cds_service.cards.context import CardContext
from cds_service.cards.render import render
from cds_service.cards.suggestions import check_templates
from cds_service.cdshooks.card import Card
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.request import HookRequest
from cds_service.cdshooks.service import HookResult, Service
from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.recommendation import Assessment, Recommendation
from cds_service.dosing.case import Case
from cds_service.dosing.rulebook import DocumentState, Rule
from cds_service.drugs.catalogue import DRUGS
from cds_service.drugs.contract import Drug
from cds_service.errors import CdsError, TwoPatients
from cds_service.fhir import model
from cds_service.fhir.chart import Chart, read_chart
from cds_service.fhir.client import FhirClient
from cds_service.fhir.dosage_write import DrugCodes
from cds_service.fhir.queries import prefetch_templates
from cds_service.fhir.site_map import SiteMap
from cds_service.hooks.drafts import Drafts, with_planned, with_signed
from cds_service.hooks.gathering import Gathered, Gathering
from cds_service.hooks.hook import HOOKS, Hook, served
from cds_service.hooks.new_problems import told_by
from cds_service.hooks.obtain import Fetcher, Obtained
from cds_service.hooks.recording import Findings, Recording, Stopwatch
from cds_service.hooks.reviews import with_reviews
from cds_service.hooks.shadow import parted
from cds_service.hooks.site_map import load_site_map
from cds_service.hooks.system_actions import system_actions
from cds_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a call came to; `explain` prints it, the API answers its cards. `case` is what the rules were asked about."""

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
    reduced: Mapping[str, int] = field(default_factory=dict)
    case: Case | None = None


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
        if settings.narrow_prefetch:
            drugs = [replace(d, needs=tuple(n for n in d.needs if not n.latest)) for d in drugs]
        self._site, self._drugs = load_site_map(settings.site_map, with_reviews(drugs, settings))
        self._templates = {
            d.name: prefetch_templates(d.needs, self._site.codes_of, settings.prefetch_today) for d in self._drugs
        }
        self._client = fetcher or FhirClient(
            allowed_origins=settings.fhir_servers, deadline_seconds=settings.fetch_deadline
        )
        self._served = served(settings.services, (hook for d in self._drugs for hook in d.hooks))
        self._services = {
            f"{d.name}-{hook}": (d, HOOKS[hook]) for d in self._drugs for hook in d.hooks if hook in self._served
        }
        self._listed: tuple[date, tuple[Service, ...]] = (date.min, ())

    @property
    def content_version(self) -> str:
        """The rules, sentences and documents in force, as one short word."""
        return "-".join(d.content_version for d in self._drugs)

    @property
    def site(self) -> SiteMap:
        """The local codes of the site that this engine serves."""
        return self._site

    @property
    def drugs(self) -> tuple[Drug, ...]:
        """The drugs that are decided about, with the codes of the site."""
        return tuple(self._drugs)

    def services(self) -> tuple[Service, ...]:
        """The services, in the order in which discovery lists them, with the documents in force today."""
        today = self.today
        if self._listed[0] != today:
            found = (self._service(service_id, d, hook, today) for service_id, (d, hook) in self._services.items())
            self._listed = (today, tuple(found))
        return self._listed[1]

    @property
    def unserved(self) -> dict[str, str]:
        """The services that are not served because CDS_SERVICES does not name their hook: the hook of each, by its id."""
        return {f"{d.name}-{hook}": hook for d in self._drugs for hook in d.hooks if hook not in self._served}

    def _service(self, service_id: str, drug: Drug, hook: Hook, today: date) -> Service:
        unsigned = [d for d in drug.rulebook.on(today).documents if not d.signed_by]
        usage = f"Advice for clinicians; FHIR R4. For safety enable {_listed([h for h in drug.hooks if h in self._served])} together."
        if unsigned:
            usage += " ".join(["", *(f"{d.title}: {d.review}." for d in unsigned)])
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

    @property
    def jurisdiction(self) -> str:
        """The jurisdiction whose documents decide; "" where none is configured."""
        return self._settings.jurisdiction

    @property
    def today(self) -> date:
        """The day of a call that comes now."""
        return self._now(None).date()

    def drug_of(self, service_id: str) -> Drug:
        """The drug that a service is about. Raises: KeyError for a service that does not exist."""
        return self._services[service_id][0]

    def documents(self) -> tuple[DocumentState, ...]:
        """The documents in force today."""
        return tuple(document for d in self._drugs for document in d.rulebook.on(self.today).documents)

    def rules(self) -> tuple[Rule, ...]:
        """Every rule in force today, document by document."""
        today = self._now(None).date()
        return tuple(rule for d in self._drugs for rule in d.rulebook.on(today).by_id.values())

    def warm_up(self) -> None:
        """Load what the first call would else wait for."""
        model.warm_up()
        check_templates()

    def answer(self, service: Service, request: HookRequest, client: object) -> HookResult:
        """The answer to one call.

        Raises: TwoPatients, DataUnobtainable.
        """
        return self.conclude(service, request, client)[1]

    def conclude(self, service: Service, request: HookRequest, client: object) -> tuple[Outcome, HookResult]:
        """What one call came to, and the answer to it; recorded like every call.

        Raises: TwoPatients, DataUnobtainable.
        """
        if self._recording is None:
            outcome = self.run(service.id, request, client)
            return outcome, _result(outcome, client)
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
        return outcome, result

    def run(
        self,
        service_id: str,
        request: HookRequest,
        client: object = None,
        today: date | None = None,
        supposed: Sequence[msgspec.Raw] = (),
    ) -> Outcome:
        """The whole way of one call, with everything that was found on it.

        Args: the service and the request; the client; the day, where it is not today; Observations that nobody measured, read
        beside those of the chart to answer "what if".

        Raises: KeyError for a service that does not exist; TwoPatients; DataUnobtainable.
        """
        drug, hook = self._services[service_id]
        now = self._now(today)
        watch = Stopwatch()
        patient_id = request.patient_id
        gathered = self._gather(drug, hook, request, client, now.date())
        drafts, problems, obtained, brought = gathered.drafts, gathered.problems, gathered.obtained, gathered.brought
        watch.lap("obtain")
        if obtained is None:
            return Outcome([], drug, hook, now.date(), drafts, timings=watch.timings())
        if supposed:
            obtained = obtained.joined(Obtained(by_type={"Observation": tuple(supposed)}))
        chart = read_chart(
            obtained.by_type,
            obtained.unseen,
            drug.needs,
            brought.whom,
            now.date(),
            drug.codes,
            drug.names,
            drug.name,
            self._site,
            drug.relatives,
            indications=drug.indications,
            included=brought.medications,
            addresses=brought.addresses,
        )
        if {*chart.patient_ids, *drafts.patient_ids, *problems.patient_ids} - {patient_id}:
            raise TwoPatients()
        watch.lap("read")
        drafts = with_signed(drafts, chart.facts.medications) if hook.may_be_signed else drafts
        drafts = drafts if hook.has_orders else with_planned(drafts, chart.facts.medications, drug.name)
        case = Case(
            _facts(chart, drafts, obtained.remarks, drug),
            drafts.orders,
            hook.name,
            now.date(),
            now,
            self._settings.jurisdiction,
            drafts.tests,
            drafts.problems,
            drafts.signed,
            drafts.unseen,
            drafts.untold,
            self._settings.menopause_age,
            self._served,
        )
        assessment = drug.assess(case)
        if hook.problems_in:
            assessment = told_by(
                problems, case.facts, assessment, lambda facts: drug.assess(replace(case, facts=facts))
            )
        watch.lap("assess")
        context = self._context(service_id, drug, request, now.date(), drafts, chart, assessment)
        shown, shadowed = parted(assessment.recommendations, service_id, self._shadow_words(client))
        cards = render(shown, context)
        watch.lap("render")
        case.facts.forget()
        found = (chart, assessment, obtained.unseen, shadowed, watch.timings(), context.counts, case)
        return Outcome(cards, drug, hook, now.date(), drafts, *found)

    def _shadow_words(self, client: object) -> frozenset[str]:
        """What is not shown: as set for the whole service, and for this client."""
        own = client.shadow if isinstance(client, Client) else frozenset()
        return self._settings.shadow | own if own else self._settings.shadow

    def _now(self, today: date | None) -> datetime:
        """The instant of the call in the server's own time zone; a fixed day (demo, explain) counts as its noon."""
        fixed = today or self._settings.today
        return datetime.combine(fixed, time(12), UTC) if fixed is not None else datetime.now(UTC).astimezone()

    def _gather(self, drug: Drug, hook: Hook, request: HookRequest, client: object, today: date) -> Gathered:
        """What a call is about and its data. Raises: DataUnobtainable."""
        origins = client.fhir_servers if isinstance(client, Client) and client.fhir_servers else None
        fetcher = self._client.call(origins) if isinstance(self._client, FhirClient) else self._client
        context = self._template_context(request)
        return Gathering(drug, hook, request, self._templates[drug.name], context, fetcher, today).gather()

    def _template_context(self, request: HookRequest) -> dict[str, object]:
        """What the tokens of prefetch templates stand for in this call."""
        named = {name: request.text(name) for name in ("patientId", "userId", "encounterId")}
        today = self._now(None).date().isoformat()
        return {**{name: value for name, value in named.items() if value}, "today()": today}

    def _context(
        self,
        service_id: str,
        drug: Drug,
        request: HookRequest,
        today: date,
        drafts: Drafts,
        chart: Chart,
        assessment: Assessment,
    ) -> CardContext:
        return CardContext(
            hook_instance=request.hookInstance,
            service_id=service_id,
            patient_id=request.patient_id,
            user_id=request.text("userId"),
            today=today,
            content_version=drug.content_version,
            messages=drug.messages,
            drafts={reference: raw for reference, raw in drafts.raw.items() if reference not in drafts.signed},
            chart_orders={**chart.orders, **{r: drafts.raw[r] for r in drafts.signed if r in drafts.raw}},
            strengths=drug.strengths_mg,
            codes=DrugCodes(drug.codes, drug.names, drug.name),
            topic=drug.topic,
            documents=drug.rulebook.on(today).documents,
            smart_launch_url=self._settings.smart_launch_url,
            unchecked=tuple([o for o in assessment.outcomes if o.outcome == "unknown"]),
        )


def _facts(chart: Chart, drafts: Drafts, remarks: tuple[str, ...], drug: Drug) -> PatientFacts:
    """The facts of the chart with what the call itself says; an order that has not begun is no sign of treatment.

    Where nothing shows the drug, the patient has what it is given for, and nobody can know the medicine of an order, that is in
    doubt.
    """
    facts, said = chart.facts, (*drafts.problems, *drafts.remarks, *remarks)
    if drafts.not_begun:
        facts = _begun(facts, drafts.not_begun)
    is_shown = bool(drafts.orders) or any(drug.name in m.concepts for m in facts.medications)
    if chart.nameless and not is_shown and any(d.concepts & drug.indications for d in facts.diagnoses):
        believed = facts.believed or facts
        believed = replace(believed, medications=(*believed.medications, *chart.nameless))
        facts = replace(facts, believed=believed)
    return replace(facts, remarks=(*said, *facts.remarks)) if said else facts


def _begun(facts: PatientFacts, not_begun: frozenset[str]) -> PatientFacts:
    begun = tuple(m for m in facts.medications if m.reference not in not_begun)
    believed = _begun(facts.believed, not_begun) if facts.believed is not None else None
    return replace(facts, medications=begun, believed=believed)


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _result(outcome: Outcome, client: object) -> HookResult:
    """The answer that an outcome is to this client."""
    actions = system_actions(outcome.cards, outcome.hook.name, client)
    unmapped = outcome.chart.unmapped if outcome.chart is not None else {}
    return HookResult(cards=outcome.cards, system_actions=actions, unmapped=unmapped, reduced=outcome.reduced)


def _findings(outcome: Outcome) -> Findings:
    """The part of a call's outcome that its record keeps."""
    assessment = outcome.assessment or Assessment((), ())
    in_force = outcome.drug.rulebook.on(outcome.today).documents if outcome.assessment else ()
    lacking = {gap.fact for each in assessment.recommendations for gap in each.missing}
    return Findings(
        cards=outcome.cards,
        recommendations=assessment.recommendations,
        shadowed=outcome.shadowed,
        outcomes=assessment.outcomes,
        unseen=outcome.unseen,
        unmapped=outcome.chart.unmapped if outcome.chart is not None else (),
        local_codes=outcome.chart.local_codes if outcome.chart is not None else (),
        unknown_units=outcome.chart.unknown_units(lacking) if outcome.chart is not None else (),
        timings=outcome.timings,
        documents=tuple(document.id for document in in_force),
    )


def build_engine(settings: Settings, recording: Recording | None = None) -> Pipeline:
    """The engine that the settings describe; with a recording it keeps one record for each call."""
    return Pipeline(settings, recording=recording)
