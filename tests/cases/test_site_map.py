"""Does a chart in a site's own codes give the cards of the standard ones, once the site has mapped them?"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from tests.cases.player import RECOMMENDATION
from tests.support.application import application

LAB, DRUGS = "urn:example:lab", "urn:example:drugs"
MAP = f"""
[[code]]
system = "{LAB}"
code = "THR"
concept = "platelets"
unit = "10*9/L"

[[code]]
system = "{LAB}"
code = "NEU"
concept = "anc"

[[code]]
system = "{DRUGS}"
code = "LEN10"
concept = "lenalidomide"
strength_mg = 10
"""
Json = dict[str, Any]


@pytest.fixture(scope="module")
def case() -> Fixture:
    """A patient on 10 mg whose platelets have just fallen below 50,000."""
    return next(case for case in fixtures() if case.name == "platelets-49999-week-3")


@pytest.fixture(scope="module")
def request_in_local_codes(case: Fixture) -> Json:
    """The request with local codes for the counts and the capsules; the platelets without a unit."""
    request = copy.deepcopy(case.request)
    request["prefetch"]["latestLaboratory"] = None  # which would hold the same results under the codes of LOINC
    for key, code, name in (("platelets", "THR", "Platelets"), ("neutrophils", "NEU", "Neutrophils")):
        for entry in request["prefetch"][key]["entry"]:
            entry["resource"]["code"] = {"coding": [{"system": LAB, "code": code, "display": name}]}
    for entry in request["prefetch"]["platelets"]["entry"]:
        entry["resource"]["valueQuantity"] = {"value": entry["resource"]["valueQuantity"]["value"] / 1000}
    for entry in request["prefetch"]["medicationRequests"]["entry"]:
        entry["resource"]["medicationCodeableConcept"] = {"coding": [{"system": DRUGS, "code": "LEN10"}]}
    return request


def client(case: Fixture, **more: str) -> Any:
    """A client of an application of its own."""
    environment = {"CDS_MODE": "demo", "CDS_JURISDICTION": case.jurisdiction, "CDS_TODAY": case.today.isoformat()}
    return application(**environment, **more).test_client()


def cards(asked: Any, case: Fixture, request: Json) -> list[Json]:
    """The cards of a request."""
    answer = asked.post(f"/cds-services/{case.service}", json=request)
    assert 200 == answer.status_code, answer.get_data(as_text=True)[:400]
    found: list[Json] = answer.get_json()["cards"]
    return found


def test_mapped_codes_decide_as_standard_ones_do(case: Fixture, request_in_local_codes: Json, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(MAP, encoding="utf-8")
    expected = cards(client(case), case, case.request)
    found = cards(client(case, CDS_SITE_MAP=str(path)), case, request_in_local_codes)
    assert ["hold"] == [card["extension"][RECOMMENDATION]["action"] for card in found]
    for member in ("action", "rules", "resume", "nextCbcDue"):
        assert expected[0]["extension"][RECOMMENDATION][member] == found[0]["extension"][RECOMMENDATION][member]


def test_unmapped_codes_of_a_known_name_are_counted_without_any_text(
    case: Fixture, request_in_local_codes: Json
) -> None:
    unmapped = client(case)
    request = copy.deepcopy(request_in_local_codes)
    request["prefetch"]["medicationRequests"] = case.request["prefetch"]["medicationRequests"]
    before = _count(unmapped)
    found = cards(unmapped, case, request)
    assert "hold" not in [card["extension"][RECOMMENDATION]["action"] for card in found]
    assert before + 2 == _count(unmapped)
    assert "THR" not in unmapped.get("/metrics").get_data(as_text=True)


def _count(asked: Any) -> float:
    lines = asked.get("/metrics").get_data(as_text=True).splitlines()
    name = 'cds_unmapped_results_total{fact="platelets"}'
    return float(next((line.split()[-1] for line in lines if line.startswith(name)), 0))
