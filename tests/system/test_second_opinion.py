"""Does a validator that this project did not write accept every resource that the golden cards create or update?

The validator is `validateResource` of Medplum, with the R4 definitions that come with it; nothing is asked of a network.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from cds_service.commands.fixtures import fixtures
from tests.system.foreign_fhir.node import FOLDER, node

Json = dict[str, Any]
# The CDS Hooks Sandbox sends `category` as an object in two of its drafts.
KNOWN_FAULTY_DRAFTS = 2


def emitted() -> list[tuple[str, Json]]:
    """Every resource that a golden card holds, with the name of its case."""
    found = []
    for case in fixtures():
        body = json.loads((case.folder / "cards.json").read_text(encoding="utf-8"))
        suggestions = [s for card in body["cards"] for s in card.get("suggestions", ())]
        actions = [*(a for s in suggestions for a in s.get("actions", ())), *body.get("systemActions", ())]
        found += [(case.name, action["resource"]) for action in actions if "resource" in action]
    return found


def faults(resources: list[Json]) -> list[list[str]]:
    """What the validator finds wrong with each resource."""
    lines = "".join(json.dumps(resource) + "\n" for resource in resources)
    command = [node(), str(FOLDER / "validate.js")]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def drafted() -> dict[tuple[str, str], Json]:
    """The drafts of the requests by case and id: an update keeps what a client wrote, also what is wrong in it."""
    found = {}
    for case in fixtures():
        for bundle in case.request["context"].values():
            entries = bundle.get("entry", ()) if isinstance(bundle, dict) else ()
            found.update({(case.name, e["resource"].get("id", "")): e["resource"] for e in entries})
    return found


def test_no_emitted_resource_has_a_fault_but_what_the_client_s_own_draft_brought() -> None:
    resources, drafts = emitted(), drafted()
    own = [drafts.get((name, resource.get("id", ""))) for name, resource in resources]
    judged = faults([resource for _, resource in resources])
    brought = iter(faults([draft for draft in own if draft is not None]))
    before = [next(brought) if draft is not None else [] for draft in own]
    assert {"MedicationRequest", "ServiceRequest"} <= {resource["resourceType"] for _, resource in resources}
    pairs = zip(resources, judged, before, strict=True)
    assert [] == [(name, new) for (name, _), found, old in pairs if (new := sorted(set(found) - set(old)))]
    assert sum(bool(found) for found in judged) <= KNOWN_FAULTY_DRAFTS


WRONG = {
    "a member that R4 does not have": {"dosage": "10 mg"},
    "a code where a list belongs": {"reasonCode": {"text": "MDS"}},
    "a number written as words": {"dispenseRequest": {"quantity": {"value": "21"}}},
    "no intent": {"intent": None},
    "no subject": {"subject": None},
    "a date that is none": {"authoredOn": "26.01.2026"},
}


@pytest.fixture(scope="module")
def judged_wrong() -> dict[str, list[str]]:
    """The faults of each wrong resource, found in one run."""
    whole = {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {"text": "lenalidomide"},
    }
    wrong = [{k: v for k, v in {**whole, **change}.items() if v is not None} for change in WRONG.values()]
    found = faults([whole, *wrong])
    return {"whole": found[0], **dict(zip(WRONG, found[1:], strict=True))}


@pytest.mark.parametrize("name", WRONG)
def test_the_validator_finds(name: str, judged_wrong: dict[str, list[str]]) -> None:
    assert [] == judged_wrong["whole"]
    assert judged_wrong[name]
