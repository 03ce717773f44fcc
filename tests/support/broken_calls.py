"""Calls of order-sign that a test breaks, and what an answer to them is."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.support.application import client
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.resources import Json
from tests.system.test_ehr_loop import STYLES, TODAY, hold

Change = Callable[[Json, Chart], None]
PATH = "/cds-services/lenalidomide-order-sign"


def signing(vignette: Json | None = None, style: str = "mg") -> tuple[Ehr, Chart, Json]:
    """The EHR, the chart and the request that signs an order."""
    ehr = Ehr(FlaskTransport(client(jurisdiction="US", today=TODAY)), TODAY)
    chart = build_chart(vignette or hold())
    return ehr, chart, ehr.request("order-sign", chart, [STYLES[style](chart)])


def post(body: bytes) -> tuple[int, Json]:
    """Status and answer of a body."""
    answer = client(jurisdiction="US", today=TODAY).post(PATH, data=body, content_type="application/json")
    return answer.status_code, json.loads(answer.get_data())


def send(request: Json) -> tuple[int, Json]:
    """Status and answer of a request."""
    return post(json.dumps(request).encode())


def is_clear_refusal(status: int, answer: Json) -> bool:
    """Whether the answer is a 4xx with an OperationOutcome that says something."""
    return 400 <= status < 500 and answer.get("resourceType") == "OperationOutcome" and bool(answer.get("issue"))


def entries(request: Json, key: str) -> list[Json]:
    """The entries under a prefetch key."""
    entries: list[Json] = request["prefetch"][key]["entry"]
    return entries


def first_draft(request: Json) -> Json:
    """The first draft of the request."""
    draft: Json = request["context"]["draftOrders"]["entry"][0]["resource"]
    return draft
