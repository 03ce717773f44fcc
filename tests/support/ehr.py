"""An EHR that plays whole calls: reads discovery, answers each prefetch template from a chart, sends the hook, takes advice.

It is written from the CDS Hooks standard alone and knows nothing of how the service works inside.
"""

from __future__ import annotations

import copy
import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.support.chart import Chart
from tests.support.resources import Json, lenalidomide_order
from tests.support.search import search

BUNDLES = {
    "order-select": "draftOrders",
    "order-sign": "draftOrders",
    "medication-refill": "medications",
    "problem-list-item-create": "conditions",
}


class Transport(Protocol):
    """Something that carries a request to the service."""

    def get(self, path: str) -> tuple[int, bytes]:
        """GET: the status and the body."""

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """POST of a JSON body: the status and the body."""


@dataclass(frozen=True)
class FlaskTransport:
    """Through Flask's test client."""

    client: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str) -> tuple[int, bytes]:
        """GET: the status and the body."""
        answer = self.client.get(path, headers=dict(self.headers))
        return answer.status_code, answer.get_data()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """POST of a JSON body: the status and the body."""
        answer = self.client.post(path, data=body, content_type="application/json", headers=dict(self.headers))
        return answer.status_code, answer.get_data()


@dataclass(frozen=True)
class HttpTransport:
    """Over HTTP, to a server that runs elsewhere; `timeout` in seconds."""

    base: str
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10

    def get(self, path: str) -> tuple[int, bytes]:
        """GET: the status and the body."""
        import requests

        answer = requests.get(self.base + path, headers=dict(self.headers), timeout=self.timeout)
        return answer.status_code, answer.content

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """POST of a JSON body: the status and the body."""
        import requests

        headers = {"Content-Type": "application/json", **self.headers}
        answer = requests.post(self.base + path, data=body, headers=headers, timeout=self.timeout)
        return answer.status_code, answer.content


@dataclass(frozen=True)
class Answer:
    """What the service said to one call, and how long it took."""

    status: int
    body: bytes
    seconds: float

    @property
    def json(self) -> Json:
        """The body as JSON."""
        result: Json = json.loads(self.body)
        return result

    @property
    def cards(self) -> list[Json]:
        """The cards; an answer that is not 200 has none to give and fails the test here."""
        assert self.status == 200, f"status {self.status}: {self.body[:600]!r}"
        cards: list[Json] = self.json["cards"]
        return cards


class Ehr:
    """One client of the service. `today` dates the drafts it writes."""

    def __init__(self, transport: Transport, today: str) -> None:
        self.transport = transport
        self.today = today
        status, body = transport.get("/cds-services")
        assert status == 200, f"discovery answered {status}: {body[:300]!r}"
        self.services: list[Json] = json.loads(body)["services"]

    def service(self, hook: str) -> Json:
        """The one service of a hook."""
        found = [s for s in self.services if s["hook"] == hook]
        assert len(found) == 1, f"{len(found)} services for {hook}"
        return found[0]

    def draft(self, chart: Chart, dose_mg: Any, schedule: str, authored: str | None = None) -> Json:
        """A draft order for lenalidomide as a prescriber enters it."""
        at = authored or self.today
        order = lenalidomide_order(
            chart.patient_id, "draft-1", dose_mg, schedule, status="draft", start=None, authored=at
        )
        order["dispenseRequest"] = {"numberOfRepeatsAllowed": 0, "expectedSupplyDuration": {"value": 28, "unit": "d"}}
        return order

    def request(
        self, hook: str, chart: Chart, drafts: Sequence[Json] = (), selected: Sequence[str] | None = None
    ) -> Json:
        """The request of a hook, every prefetch template answered from the chart.

        Args: `drafts` are what the hook is about: draft orders, new problems, or the orders of the chart that are sent out.
        """
        context: Json = {"userId": "Practitioner/example", "patientId": chart.patient_id}
        if hook in BUNDLES:
            entries = [{"resource": copy.deepcopy(draft)} for draft in drafts]
            context[BUNDLES[hook]] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        if hook == "order-dispatch":
            del context["userId"]
            context["dispatchedOrders"] = [f"{order['resourceType']}/{order['id']}" for order in drafts]
            context["performer"] = "Organization/pharmacy"
        if hook == "encounter-start":
            context["encounterId"] = "encounter-1"
        if hook == "order-select":
            every = [f"{draft['resourceType']}/{draft['id']}" for draft in drafts]
            context["selections"] = list(every if selected is None else selected)
        templates = self.service(hook).get("prefetch", {})
        return {
            "hook": hook,
            "hookInstance": str(uuid.uuid4()),
            "context": context,
            "prefetch": {key: resolve(template, context, chart) for key, template in templates.items()},
        }

    def send(self, request: Json | bytes, service: str) -> Answer:
        """Plays one call."""
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        begun = time.monotonic()
        status, answer = self.transport.post(f"/cds-services/{service}", body)
        return Answer(status, answer, time.monotonic() - begun)

    def call(self, hook: str, chart: Chart, drafts: Sequence[Json] = ()) -> Answer:
        """Builds and plays the call of a hook."""
        return self.send(self.request(hook, chart, drafts), self.service(hook)["id"])

    def feedback(self, hook: str, entries: Sequence[Json]) -> Answer:
        """Sends feedback entries, as `accepted` and `overridden` make them."""
        return self.send({"feedback": list(entries)}, f"{self.service(hook)['id']}/feedback")


def resolve(template: str, context: Mapping[str, Any], chart: Chart) -> Json | None:
    """What a prefetch template stands for: the resource of a read (None where there is none), or a searchset Bundle.

    Raises: AssertionError for a token that the context does not hold; a real EHR would leave the key out.
    """

    def token(match: re.Match[str]) -> str:
        name = match[1].strip().removeprefix("context.")
        assert name in context, f"the context has no {name}"
        return str(context[name])

    query = re.sub(r"\{\{([^}]*)\}\}", token, template)
    if "?" not in query:
        kind, _, identifier = query.partition("/")
        return next((r for r in chart.of(kind) if r.get("id") == identifier), None)
    return search(query, chart)


def apply(suggestion: Mapping[str, Any], drafts: Sequence[Json], chart: Chart) -> list[Json]:
    """The drafts after a suggestion was accepted: all its actions, deletes first, then creates, then updates.

    A delete or update of a resource that is no draft acts on the chart. Raises: AssertionError where an action names a
    resource that is neither, or has not what its type needs.
    """
    result = [copy.deepcopy(draft) for draft in drafts]
    order = {"delete": 0, "create": 1, "update": 2}
    for action in sorted(suggestion.get("actions", ()), key=lambda one: order[one["type"]]):
        if action["type"] == "delete":
            where, place = _find(action["resourceId"], result, chart)
            del where[place]
        elif action["type"] == "create":
            created = copy.deepcopy(action["resource"])
            created.setdefault("id", f"created-{len(result) + 1}")
            result.append(created)
        else:
            resource = action["resource"]
            where, place = _find(f"{resource['resourceType']}/{resource['id']}", result, chart)
            where[place] = copy.deepcopy(resource)
    return result


def _find(reference: str, drafts: list[Json], chart: Chart) -> tuple[list[Json], int]:
    for where in (drafts, chart.resources):
        for place, resource in enumerate(where):
            if f"{resource.get('resourceType')}/{resource.get('id')}" == reference:
                return where, place
    raise AssertionError("the action names a resource that is neither among the drafts nor in the chart")


def accepted(card: Mapping[str, Any], *suggestions: Mapping[str, Any], at: str) -> Json:
    """The feedback entry of an accepted card."""
    ids = [{"id": suggestion["uuid"]} for suggestion in suggestions]
    return {"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": ids, "outcomeTimestamp": at}


def overridden(card: Mapping[str, Any], at: str, reason: Json | None = None, comment: str = "") -> Json:
    """The feedback entry of an overridden card."""
    entry: Json = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": at}
    why: Json = {}
    if reason:
        why["reason"] = reason
    if comment:
        why["userComment"] = comment
    return {**entry, "overrideReason": why} if why else entry
