"""Does a card lead to the SMART app where it is set up, and say nothing about the patient by that?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from cds_service.cdshooks.card import encode
from cds_service.cdshooks.request import parse_request
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.calls import SIGN, TODAY, hold_request

OFF = Settings.from_environment({"CDS_MODE": "demo", "CDS_PUBLIC_BASE_URL": "https://cds.example.org"})
ON = replace(OFF, smart_client_id="app", smart_issuers=("https://ehr.example.org/fhir",))


def links(settings: Settings) -> list[dict[str, Any]]:
    """The links of all cards of a call, as the wire has them."""
    pipeline = Pipeline(settings)
    service = next(service for service in pipeline.services() if service.id == SIGN)
    outcome = pipeline.run(SIGN, parse_request(msgspec.json.encode(hold_request()), service), today=TODAY)
    answer = msgspec.json.decode(encode(outcome.cards))
    assert answer["cards"]
    return [link for card in answer["cards"] for link in card.get("links", ())]


def test_without_the_app_no_card_has_its_link() -> None:
    assert {"absolute"} == {link["type"] for link in links(OFF)}


@pytest.mark.row("LINK-2", "LINK-3")
def test_beside_the_app_a_link_to_a_document_stays_as_it_was() -> None:
    assert {"absolute", "smart"} == {link["type"] for link in links(ON)}
    assert links(OFF) == [link for link in links(ON) if "appContext" not in link]


def test_each_card_has_one_link_to_the_app_with_the_drug_as_its_context() -> None:
    found = [link for link in links(ON) if link["type"] == "smart"]
    assert found
    for link in found:
        assert "https://cds.example.org/smart/launch" == link["url"]
        assert "lenalidomide" == link["appContext"]
