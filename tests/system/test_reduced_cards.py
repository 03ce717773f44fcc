"""Does an operator see in /metrics that a card had to leave something out?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.drugs.lenalidomide import DRUG
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.calls import SIGN, TODAY, hold_request
from tests.support.fake_service import FakeSink


def served(messages: dict[str, str]) -> FlaskClient:
    """A client of the application whose drug has these sentences."""
    settings = Settings.from_environment({"CDS_MODE": "demo", "CDS_JURISDICTION": "US", "CDS_TODAY": str(TODAY)})
    engine = Pipeline(settings, [replace(DRUG, messages=messages)])
    return create_app(settings, engine=engine, feedback=FakeSink()).test_client()


def gaps(client: FlaskClient) -> float:
    """How often a sentence had a gap so far, as /metrics says."""
    name = f'cds_cards_reduced_total{{reason="message_faults",service="{SIGN}"}}'
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    return float(next((line.split()[-1] for line in lines if line.startswith(name)), 0))


def cards(client: FlaskClient) -> list[Any]:
    """The cards of a call that holds treatment."""
    found: list[Any] = client.post(f"/cds-services/{SIGN}", json=hold_request()).get_json()["cards"]
    return found


def test_a_missing_sentence_leaves_the_card_and_is_counted() -> None:
    whole = served(dict(DRUG.messages))
    before = gaps(whole)
    assert cards(whole)
    assert before == gaps(whole)
    wanting = served({key: text for key, text in DRUG.messages.items() if key != "hold.summary"})
    assert ["critical"] == [card["indicator"] for card in cards(wanting)]
    assert before < gaps(wanting)
