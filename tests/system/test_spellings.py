"""Is the drug seen in a chart that names it in other letters only?"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import client

FIXTURES = Path(__file__).resolve().parents[2] / "fhir_fixtures"
NAMES = ("LÉNALIDOMIDE 10 mg", "Lénalidomide 10 mg", unicodedata.normalize("NFD", "LÉNALIDOMIDE 10 mg"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_escaped", [True, False])
def test_a_name_in_other_letters_brings_the_same_card(name: str, is_escaped: bool) -> None:
    request: dict[str, Any] = json.loads((FIXTURES / "platelets-49999-week-3" / "request.json").read_text())
    for entry in request["prefetch"]["medicationRequests"]["entry"]:
        entry["resource"]["medicationCodeableConcept"] = {"text": name}
    service = "/cds-services/lenalidomide-patient-view"
    answer = client(jurisdiction="US", today="2026-01-26").post(
        service, data=json.dumps(request, ensure_ascii=is_escaped).encode(), content_type="application/json"
    )
    assert ["Platelets 49,999 /µL on 10 mg once daily: hold lenalidomide"] == [
        c["summary"] for c in answer.json["cards"]
    ]
