"""Do validators that this project did not write accept every resource that leaves the service: those that the golden cards
create or update, what integration engines are answered, and the published knowledge?

They are `validateResource` of Medplum and HL7's instance validator as HAPI FHIR brings it, each with the R4 definitions
that come with it; nothing is asked of a network.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from cds_service.commands.fixtures import fixtures
from cds_service.knowledge.capability import TYPES
from tests.cases.player import client
from tests.support.bundles import as_parameters
from tests.system.foreign_fhir.java import java
from tests.system.foreign_fhir.node import FOLDER, node

pytestmark = pytest.mark.slow

Json = dict[str, Any]
SANDBOX_ORDER = "request-123"
"""The id of the CDS Hooks Sandbox's order, the only one with a fault: its `category` is an object."""


def emitted() -> list[tuple[str, Json]]:
    """Every resource that a golden card holds, with the name of its case."""
    found = []
    for case in fixtures():
        body = json.loads((case.folder / "cards.json").read_text(encoding="utf-8"))
        suggestions = [s for card in body["cards"] for s in card.get("suggestions", ())]
        actions = [*(a for s in suggestions for a in s.get("actions", ())), *body.get("systemActions", ())]
        found += [(case.name, action["resource"]) for action in actions if "resource" in action]
    return found


EVERY = {"medplum": 1, "hapi": 1 if os.environ.get("CDS_TEST_EVERY_ANSWER") == "1" else 9}
"""Of the answers, and of what is published, a validator judges every so many: HL7's own takes a third of a second for each."""


@functools.cache
def answers(every: int) -> list[tuple[str, Json]]:
    """What an engine is answered for one fixture in so many, as a Bundle, and for some as a CarePlan too."""
    found = []
    for number, case in enumerate(fixtures()[::every]):
        for path in ("/fhir/$evaluate", *(("/fhir/PlanDefinition/$apply",) if number % 10 == 0 else ())):
            asked = client(case.jurisdiction, case.today.isoformat())
            answer = asked.post(path, data=json.dumps(as_parameters(case)), content_type="application/fhir+json")
            found.append((case.name, answer.get_json()))
    return found


@functools.cache
def knowledge() -> list[Json]:
    """Every published resource."""
    asked = client("US", "2026-11-30")
    found = [e["resource"] for kind in TYPES for e in asked.get(f"/fhir/{kind}").get_json()["entry"]]
    return [*found, asked.get("/fhir/metadata").get_json()]


def is_of_oid(resource: Json) -> bool:
    """Whether a value set holds codes of a system that is an OID: HAPI's context ends with an exception when it looks for one."""
    return '"system": "urn:oid:' in json.dumps(resource)


def faults(validator: str, resources: list[Json]) -> list[list[str]]:
    """What a validator finds wrong with each resource."""
    lines = "".join(json.dumps(resource) + "\n" for resource in resources)
    command = java("HapiValidator.java") if validator == "hapi" else [node(), str(FOLDER / "validate.js")]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=600, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def drafted() -> dict[tuple[str, str], Json]:
    """The drafts of the requests by case and id: an update keeps what a client wrote, also what is wrong in it."""
    found = {}
    for case in fixtures():
        for bundle in case.request["context"].values():
            entries = bundle.get("entry", ()) if isinstance(bundle, dict) else ()
            found.update({(case.name, e["resource"].get("id", "")): e["resource"] for e in entries})
    return found


WHOLE: Json = {
    "resourceType": "MedicationRequest",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/p"},
    "medicationCodeableConcept": {"text": "lenalidomide"},
}
WRONG: dict[str, Json] = {
    "a member that R4 does not have": {"dosage": "10 mg"},
    "a code where a list belongs": {"reasonCode": {"text": "MDS"}},
    "a number written as words": {"dispenseRequest": {"quantity": {"value": "21"}}},
    "no intent": {"intent": None},
    "no subject": {"subject": None},
    "a date that is none": {"authoredOn": "26.01.2026"},
}


@dataclass(frozen=True, slots=True)
class Judged:
    """The faults found: of each emitted resource, of the draft that it updates, of a whole resource, of wrong ones, of what
    engines are answered (`asked`), of the knowledge (`published`)."""

    emitted: list[list[str]]
    drafts: list[list[str]]
    whole: list[str]
    wrong: dict[str, list[str]]
    answers: list[list[str]]
    knowledge: list[list[str]]
    asked: list[tuple[str, Json]]
    published: list[Json]


@pytest.fixture(scope="module", params=["medplum", "hapi"], name="judged")
def judged_by(request: pytest.FixtureRequest) -> Judged:
    """Everything judged by each validator in one run."""
    resources, drafts = emitted(), drafted()
    own = [drafts.get((name, resource.get("id", "")), WHOLE) for name, resource in resources]
    wrong = [{k: v for k, v in {**WHOLE, **change}.items() if v is not None} for change in WRONG.values()]
    every = EVERY[request.param]
    asked, published = answers(every), [r for r in knowledge() if request.param != "hapi" or not is_of_oid(r)][::every]
    groups = [
        *([resource for _, resource in resources], own, [WHOLE], wrong),
        *([answer for _, answer in asked], published),
    ]
    found = iter(faults(request.param, [resource for group in groups for resource in group]))
    judged = [[next(found) for _ in group] for group in groups]
    assert next(found, None) is None
    return Judged(*judged[:2], judged[2][0], dict(zip(WRONG, judged[3], strict=True)), *judged[4:], asked, published)


def test_no_emitted_resource_has_a_fault_but_what_the_client_s_own_draft_brought(judged: Judged) -> None:
    resources = emitted()
    assert {"MedicationRequest", "ServiceRequest"} <= {resource["resourceType"] for _, resource in resources}
    pairs = zip(resources, judged.emitted, judged.drafts, strict=True)
    assert [] == [(name, new) for (name, _), found, old in pairs if (new := sorted(set(found) - set(old)))]
    faulty = {resource["id"] for (_, resource), found in zip(resources, judged.emitted, strict=True) if found}
    assert faulty <= {SANDBOX_ORDER}


@pytest.mark.parametrize("name", WRONG)
def test_the_validator_finds(name: str, judged: Judged) -> None:
    assert [] == judged.whole
    assert judged.wrong[name]


def test_what_engines_are_answered_is_valid_but_for_the_client_s_own_faults(judged: Judged) -> None:
    named = [(name, found) for (name, _), found in zip(judged.asked, judged.answers, strict=True) if found]
    assert len(judged.asked) > 30
    # Of Medplum a fault brings its warnings along.
    assert [] == [(name, found) for name, found in named if not any("category" in each for each in found)]
    assert {name for name, _ in named} <= {case.name for case in fixtures() if SANDBOX_ORDER in case.body.decode()}


def test_the_published_knowledge_is_valid(judged: Judged) -> None:
    assert [] == [(r["id"], found) for r, found in zip(judged.published, judged.knowledge, strict=True) if found]
    assert {"PlanDefinition", "CapabilityStatement", *TYPES} == {r["resourceType"] for r in knowledge()}
