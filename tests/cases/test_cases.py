"""Do whole requests give the golden cards?"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from cds_service.fhir.model import problems_of
from tests.cases.golden_files import refresh
from tests.cases.player import Json, disagreements, golden, play, services
from tests.cases.table import PAGE, SANDBOX, page, sandbox_page
from tests.support.card_checks import check_response
from tests.support.honest_sources import line_faults

CASES = fixtures()
TAGS = {"boundary", "quirk", "demo"}
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_case
def test_the_request_gives_the_golden_cards(case: Fixture) -> None:
    assert set(services(case)[case.service]["prefetch"]) == set(case.request["prefetch"])
    assert golden(case) == play(case)


@every_case
def test_the_golden_cards_are_as_decided_by_hand_and_keep_the_standard(case: Fixture) -> None:
    body = golden(case)
    assert [] == disagreements(case, body)
    assert [] == check_response(body)
    assert [] == [fault for card in body["cards"] if "detail" in card for fault in line_faults(card["detail"])]
    for card in body["cards"]:
        assert len(card["summary"]) <= 100
        assert not card["summary"].endswith("…"), "a cut sentence"
        assert "(not stated)" not in card["summary"] + card["detail"]
    assert {} == unsound(case, body)


def unsound(case: Fixture, body: Json) -> dict[str, set[str]]:
    """What is no FHIR in the resources that cards suggest, beyond what the orders that were sent had already."""
    drafts = [entry["resource"] for entry in case.request["context"].get("draftOrders", {}).get("entry", ())]
    if case.service.endswith("order-dispatch"):
        drafts = [entry["resource"] for entry in case.request["prefetch"]["medicationRequests"]["entry"]]
    sent = {f"{one['resourceType']}/{one['id']}": set(problems_of(one)) for one in drafts}
    found = {}
    for card in body["cards"]:
        for suggestion in card.get("suggestions", ()):
            for action in suggestion["actions"]:
                if "resource" in action:
                    name = f"{action['resource']['resourceType']}/{action['resource'].get('id')}"
                    found[name] = set(problems_of(action["resource"])) - sent.get(name, set())
    return {name: problems for name, problems in found.items() if problems}


def test_the_patients_are_synthetic_and_the_cases_well_formed() -> None:
    for case in CASES:
        patient = case.request["prefetch"]["patient"]
        assert case.patient_id == f"patient-{case.name}" == patient["id"]
        assert ["Synthetic"] == [name["family"] for name in patient["name"]], case.name
        assert case.title.endswith("."), case.name
        assert case.shows.endswith("."), case.name
        assert set(case.tags) <= TAGS, case.name
        assert case.tags, case.name
        assert case.service == f"lenalidomide-{case.request['hook']}"


def test_a_pair_has_sides_that_differ() -> None:
    sides = defaultdict(list)
    for case in CASES:
        if case.pair:
            sides[case.pair].append((case.actions, case.rules, case.doses_mg))
    assert {} == {pair: known for pair, known in sides.items() if len(set(known)) < 2}


def test_there_are_enough_cases_of_each_kind() -> None:
    assert len(CASES) >= 44
    assert sum(not case.actions for case in CASES) >= 12
    assert sum("quirk" in case.tags for case in CASES) >= 10
    assert 1 == sum("demo" in case.tags for case in CASES)


def test_no_two_calls_share_an_instance() -> None:
    instances = [case.request["hookInstance"] for case in CASES]
    assert len(instances) == len(set(instances))


def test_the_pages_about_the_cases_are_current() -> None:
    links = SANDBOX.read_text(encoding="utf-8")
    assert page(CASES) == PAGE.read_text(encoding="utf-8"), "run python -m tests.regenerate"
    assert sandbox_page(links, CASES) == links, "run python -m tests.regenerate"


def test_a_request_is_brought_to_the_keys_that_discovery_lists(tmp_path: Path) -> None:
    folder = shutil.copytree(CASES[0].folder, tmp_path / CASES[0].name)
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    listed = set(request["prefetch"])
    request["prefetch"]["noLongerListed"] = None
    request["prefetch"].pop("platelets")
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    refresh(fixtures(tmp_path)[0])
    brought = fixtures(tmp_path)[0].request["prefetch"]
    assert listed == set(brought)
    assert "searchset" == brought["platelets"]["type"]
    assert request["prefetch"]["laboratory"] == brought["laboratory"]
