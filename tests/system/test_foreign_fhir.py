"""Does the fallback fetch from a FHIR server that this project did not write, and give the cards that prefetch gives?

The server is Medplum's FHIR router over its in-memory repository, filled with the fixture cases, two resources a page.
"""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from cds_service.commands.fixtures import FOLDER, Fixture, fixtures
from tests.support.application import application
from tests.system.foreign_fhir.node import FOLDER as SCRIPTS
from tests.system.foreign_fhir.node import node

PAGE = 2
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

OBSERVATION_KEYS = frozenset(
    (
        "platelets",
        "neutrophils",
        "laboratory",
        "vitals",
        "marrow",
        "hepatitisB",
        "pregnancyTests",
        "contraception",
        "socialHistory",
    )
)

Json = dict[str, Any]


class Server:
    """The running server, and what was asked of it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.origin = f"http://127.0.0.1:{int(process.stdout.readline())}"

    def seen(self) -> list[str]:
        """The requests since the last look, as "METHOD path"."""
        with urllib.request.urlopen(f"{self.origin}/seen", timeout=10) as answer:
            found: list[str] = json.load(answer)
        return found


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The server, on a port that it chose."""
    command = [node(), str(SCRIPTS / "server.js"), str(FOLDER), str(PAGE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()


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
    return {**request, "fhirServer": f"{server.origin}/{case.name}"}


@pytest.mark.parametrize("name", CASES)
def test_what_is_fetched_gives_the_cards_of_what_is_sent(name: str, server: Server, cases: dict[str, Fixture]) -> None:
    case = cases[name]
    sent = cards(case, case.request, server)
    assert [] == server.seen()
    assert sent == cards(case, fetching(case, server), server)
    assert server.seen()


def test_the_pages_of_a_search_are_followed(server: Server, cases: dict[str, Fixture]) -> None:
    case = cases["platelets-40000-transfused-7-days"]
    server.seen()
    cards(case, fetching(case, server), server)
    pages = [line for line in server.seen() if line.split(" ")[1].startswith(f"/{case.name}/Observation")]
    keys = sum(1 for key in case.request["prefetch"] if key in OBSERVATION_KEYS)
    assert len(pages) > keys


def test_only_the_key_that_is_missing_is_fetched(server: Server, cases: dict[str, Fixture]) -> None:
    case = cases["platelets-49999-week-3"]
    request = case.request
    kept = {key: value for key, value in request["prefetch"].items() if key != "platelets"}
    expected = cards(case, request, server)
    server.seen()
    partial = {**request, "prefetch": kept, "fhirServer": f"{server.origin}/{case.name}"}
    assert expected == cards(case, partial, server)
    assert {"Observation"} == {line.split("/")[2] for line in server.seen()}
