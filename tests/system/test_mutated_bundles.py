"""Does any damaged Bundle make the FHIR routes fail, or answer what is no FHIR? Each is the same on every machine."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal

import pytest

from cds_service.commands.fixtures import fixtures
from cds_service.fhir.model import problems_of
from tests.cases.player import client
from tests.support.bundles import as_bundle, as_parameters
from tests.support.mutation import damaged

PATHS = ("/fhir/$evaluate", "/fhir/$evaluate?_format=cards", "/fhir/PlanDefinition/$apply")
OWN = frozenset(
    {"GuidanceResponse", "RequestGroup", "OperationOutcome", "Parameters", "CommunicationRequest", "CarePlan"}
)
"""The resources that are ours altogether: an order that goes back may bring its own faults."""


def play(numbers: range) -> Counter[int]:
    """Post damaged Bundles, and look at each answer. Returns: how often each status was answered."""
    statuses: Counter[int] = Counter()
    cases = fixtures()
    for number in numbers:
        dice = random.Random(number)
        case = dice.choice(cases)
        body = damaged(dice.choice((as_bundle, as_parameters))(case), dice)
        path = PATHS[number % len(PATHS)]
        asked = client(case.jurisdiction, case.today.isoformat())
        answer = asked.post(path, data=body, content_type="application/fhir+json")
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, f"{number}: {answer.get_data(as_text=True)[:300]}"
        read = json.loads(answer.data, parse_float=Decimal)
        if answer.status_code != 200:
            assert "OperationOutcome" == read["resourceType"] and read["issue"][0]["details"]["text"], number
        for resource in [entry["resource"] for entry in read.get("entry", ())]:
            assert resource["resourceType"] not in OWN or [] == problems_of(resource), number
    return statuses


@pytest.mark.parametrize("numbers", [range(30), pytest.param(range(30, 330), marks=pytest.mark.slow)])
def test_no_damaged_bundle_makes_the_service_fail(numbers: range) -> None:
    statuses = play(numbers)
    assert statuses[200] > len(numbers) / 4
    assert statuses[400] > len(numbers) / 10
