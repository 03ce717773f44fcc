"""Does the fallback fetch from a FHIR server that this project did not write, and give the cards that prefetch gives?

The servers are Medplum's FHIR router over its in-memory repository and HAPI FHIR's JPA server, filled with the fixture
cases, two resources a page. They page differently: Medplum by the search with an offset, HAPI by `_getpages` at its base.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from tests.support.application import application
from tests.system.foreign_fhir.servers import Server, running

pytestmark = pytest.mark.slow

DEADLINE_SECONDS = "60"
"""Of all fetching of a call: the servers share the machine with the tests, and their speed is not asked here."""
CASES = (
    "cbc-overdue-week-3",
    "comparator-below-20",
    "component-panel",
    "contained-medication",
    "corrected-result",
    "differential-of-another-specimen",
    "entered-in-error",
    "fever-38-5",
    "german-laboratory",
    "kidney-45-ordered-5",
    "neutrophils-749-week-3",
    "platelets-40000-transfused-7-days",
    "re-escalation",
    "resume-platelets-50000",
    "start-at-25-mg",
    "start-karyotype-missing",
    "text-only-lenalidomide",
    "unit-missing",
    "value-as-text-with-unit",
)

Json = dict[str, Any]


@pytest.fixture(scope="module", params=["medplum", "hapi"], name="server")
def started(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each of the servers; HAPI FHIR, which needs long to start, by one worker only."""
    with running(request.param) as server:
        yield server


@pytest.fixture(scope="module")
def cases() -> dict[str, Fixture]:
    """The fixture cases by name."""
    return {case.name: case for case in fixtures()}


def cards(case: Fixture, request: Json, server: Server, today: str = "") -> list[Json]:
    """The cards of a request, without what a server adds to a stored order (`meta`) and the ids that follow from it."""
    environment = {
        "CDS_MODE": "demo",
        "CDS_JURISDICTION": case.jurisdiction,
        "CDS_TODAY": today or case.today.isoformat(),
        "CDS_FHIR_SERVERS": server.origin,
        "CDS_FETCH_DEADLINE": DEADLINE_SECONDS,
    }
    answer = application(**environment).test_client().post(f"/cds-services/{case.service}", json=request)
    assert 200 == answer.status_code, answer.get_data(as_text=True)[:400]
    found: list[Json] = [_bare(card) for card in answer.get_json()["cards"]]
    return found


def _bare(value: Any) -> Any:
    """JSON without `meta`, and without the ids that are made of what the cards hold."""
    if isinstance(value, dict):
        return {name: _bare(member) for name, member in value.items() if name not in ("meta", "uuid")}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def fetching(case: Fixture, server: Server) -> Json:
    """The case's request without prefetch, pointing at the server."""
    request = {name: value for name, value in case.request.items() if name != "prefetch"}
    return {**request, "fhirServer": server.base(case)}


@pytest.mark.parametrize("name", CASES)
def test_what_is_fetched_gives_the_cards_of_what_is_sent(name: str, server: Server, cases: dict[str, Fixture]) -> None:
    case = cases[name]
    request = fetching(case, server)
    sent = cards(case, case.request, server)
    assert [] == server.seen()
    assert sent == cards(case, request, server)
    assert server.seen()


def test_the_pages_of_a_search_are_followed(server: Server, cases: dict[str, Fixture]) -> None:
    case = cases["platelets-40000-transfused-7-days"]
    request = fetching(case, server)
    server.seen()
    cards(case, request, server)
    assert len(server.seen()) > len(case.request["prefetch"])


def test_only_the_key_that_is_missing_is_fetched(server: Server, cases: dict[str, Fixture]) -> None:
    case = cases["platelets-49999-week-3"]
    request = case.request
    kept = {key: value for key, value in request["prefetch"].items() if key != "platelets"}
    expected = cards(case, request, server)
    partial = {**request, "prefetch": kept, "fhirServer": server.base(case)}
    server.seen()
    assert expected == cards(case, partial, server)
    assert {"Observation"} == {line.split("/")[1] for line in server.seen() if "/" in line}
