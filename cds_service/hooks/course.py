"""One patient's course, read from a FHIR server with the access that somebody was given, and what it would be if …

It goes the way of a hook call on the opening of the chart, by the same queries, readers and checks; nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from cds_service.cards.words import fact_words
from cds_service.cdshooks.card import Card
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.request import FhirAuthorization, HookRequest
from cds_service.errors import NoSuchService
from cds_service.fhir.origins import origin_of
from cds_service.fhir.supposed import supposed_result
from cds_service.hooks.explanation import Explanation, explain
from cds_service.hooks.obtain import Fetcher
from cds_service.hooks.pipeline import Pipeline
from cds_service.hooks.timeline import Timeline, timeline
from cds_service.settings import Settings

_HOOK: Final = "patient-view"


@dataclass(frozen=True, slots=True)
class Chart:
    """Whose chart is read: the patient's id, the FHIR server, and the token that opens it. The repr shows nothing of it."""

    patient_id: str
    server: str
    token: str

    def __repr__(self) -> str:
        return "Chart(...)"


@dataclass(frozen=True, slots=True)
class Supposed:
    """A result that nobody measured: the fact, its value in a unit as laboratories write it, and the day."""

    fact: str
    value: Decimal
    unit: str
    on: date


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of a course on a day: the cards, the timeline (None: no sign of the drug), and why.

    What became of each single resource is not worked out.
    """

    today: date
    cards: tuple[Card, ...]
    explanation: Explanation
    timeline: Timeline | None = None

    @property
    def not_seen(self) -> tuple[str, ...]:
        """What is not known of the chart, in words."""
        gaps = (f"{fact_words(gap.fact)}: {gap.reason}" for gap in self.explanation.not_obtained)
        return (*gaps, *self.explanation.remarks)


class Courses:
    """Reads courses by the pipeline of the hooks."""

    def __init__(self, settings: Settings, fetcher: Fetcher | None = None) -> None:
        """Take the settings, and what fetches: a FhirClient when left out."""
        self._settings = settings
        self._pipeline = Pipeline(settings, fetcher=fetcher)

    def drugs(self) -> tuple[str, ...]:
        """The names of the drugs whose courses can be read, in the order of the catalogue."""
        pipeline = self._pipeline
        return tuple(pipeline.drug_of(s.id).name for s in pipeline.services() if s.hook == _HOOK)

    def read(self, chart: Chart, drug: str, supposed: Sequence[Supposed] = (), today: date | None = None) -> Course:
        """The course of a patient.

        Args: whose chart; the drug; results to be read beside those of the chart; the day, today when left out.

        Raises: NoSuchService for a drug without such a service; DataUnobtainable; TwoPatients.
        """
        pipeline = self._pipeline
        service = next(
            (s for s in pipeline.services() if s.hook == _HOOK and pipeline.drug_of(s.id).name == drug), None
        )
        if service is None:
            raise NoSuchService()
        call = HookRequest(
            hook=_HOOK,
            hookInstance="",
            context={"patientId": msgspec.Raw(msgspec.json.encode(chart.patient_id))},
            fhirServer=chart.server,
            fhirAuthorization=FhirAuthorization(chart.token, "Bearer"),
        )
        made_up = [supposed_result(chart.patient_id, each.fact, each.value, each.unit, each.on) for each in supposed]
        client = Client(fhir_servers=frozenset({origin_of(chart.server)}))
        outcome = pipeline.run(service.id, call, client, today, made_up)
        told = explain(outcome, self._settings.jurisdiction, with_entries=False)
        return Course(outcome.today, tuple(outcome.cards), told, timeline(outcome))
