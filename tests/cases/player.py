"""Plays fixture cases against the whole application, and writes JSON so that people can read it."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.commands.fixtures import Fixture
from cds_service.drugs.catalogue import DRUGS
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.application import EVERY_HOOK
from tests.support.fake_service import FakeSink

CONTENT_VERSION = "golden"
"""Stands for the version of the content, of which the ids of cards are made: another sentence elsewhere changes no golden file."""

RECOMMENDATION = "org.cds-service.recommendation"
WIDTH = 118

Json = dict[str, Any]


@functools.cache
def client(jurisdiction: str, today: str) -> FlaskClient:
    """A client of the application in demo mode on a day; an empty jurisdiction is one that no site has set."""
    settings = Settings.from_environment({"CDS_MODE": "demo", "CDS_TODAY": today, "CDS_SERVICES": EVERY_HOOK})
    settings = dataclasses.replace(settings, jurisdiction=jurisdiction)
    drugs = [dataclasses.replace(drug, content_version=CONTENT_VERSION) for drug in DRUGS]
    return create_app(settings, engine=Pipeline(settings, drugs), feedback=FakeSink()).test_client()


def services(case: Fixture) -> dict[str, Json]:
    """The services of discovery by id."""
    answer = client(case.jurisdiction, case.today.isoformat()).get("/cds-services")
    return {service["id"]: service for service in answer.get_json()["services"]}


def play(case: Fixture) -> Json:
    """The body that the application answers to the case's request, as it stands in the file."""
    answer = client(case.jurisdiction, case.today.isoformat()).post(
        f"/cds-services/{case.service}", data=case.body, content_type="application/json"
    )
    assert 200 == answer.status_code, f"{case.name}: {answer.status_code} {answer.get_data(as_text=True)[:400]}"
    body: Json = answer.get_json()
    return body


def golden(case: Fixture) -> Json:
    """The body that is right."""
    body: Json = json.loads((case.folder / "cards.json").read_text(encoding="utf-8"))
    return body


def decisions(body: Json) -> list[Json]:
    """The machine-readable decisions of a body's cards."""
    return [card["extension"][RECOMMENDATION] for card in body["cards"]]


def disagreements(case: Fixture, body: Json) -> list[str]:
    """In what a body is not the decision that case.toml states."""
    found = decisions(body)
    actions = [one["action"] for one in found]
    rules = {rule for one in found for rule in one["rules"]}
    doses = [one["dose"]["mg"] for one in found if "dose" in one]
    wrong = [f"actions {actions}, not {list(case.actions)}"] if actions != list(case.actions) else []
    wrong += [f"rule {rule} does not stand on a card" for rule in case.rules if rule not in rules]
    wrong += [f"doses {doses}, not {list(case.doses_mg)}"] if doses != list(case.doses_mg) else []
    return wrong


def readable(value: Any, indent: int = 0) -> str:
    """JSON with short objects on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or len(line) + indent <= WIDTH:
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(name)}: {readable(member, indent + 2)}" for name, member in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(inner + readable(item, indent + 2) for item in value) + "\n" + " " * indent + "]"
