"""Writes the golden files of the fixture cases and the pages about them; `python -m tests.regenerate` calls it.

A golden file is written only where the service comes to the decision that case.toml states.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cds_service.commands.fixtures import Fixture, fixtures, resources
from tests.cases.player import disagreements, play, readable, services
from tests.cases.table import PAGE, SANDBOX, page, sandbox_page
from tests.support.chart import Chart
from tests.support.ehr import resolve


def write(with_keys: bool = False) -> Iterator[str]:
    """Rewrite every case that agrees, and the pages; yields a line for each case that does not.

    Args:
        with_keys: first bring the requests' prefetch to the keys that discovery lists now: a new key is answered from the
            resources that the request holds already, a key that is no longer listed goes.
    """
    for case in fixtures():
        if with_keys:
            refresh(case)
        body = play(case)
        faults = disagreements(case, body)
        if faults:
            yield f"{case.name} not written: {'; '.join(faults)}"
            continue
        (case.folder / "cards.json").write_text(readable(body) + "\n", encoding="utf-8")
        _follow(case, body["cards"])
    PAGE.write_text(page(fixtures()), encoding="utf-8")
    SANDBOX.write_text(sandbox_page(SANDBOX.read_text(encoding="utf-8"), fixtures()), encoding="utf-8")


def _follow(case: Fixture, cards: list[dict[str, Any]]) -> None:
    """The case's feedback, where it has one, brought to the ids of its first card."""
    path = case.folder / "feedback.json"
    if not path.exists():
        return
    feedback = json.loads(path.read_text(encoding="utf-8"))
    for entry in feedback["feedback"]:
        entry["card"] = cards[0]["uuid"]
        for accepted, suggestion in zip(entry.get("acceptedSuggestions", ()), cards[0]["suggestions"], strict=False):
            accepted["id"] = suggestion["uuid"]
    path.write_text(readable(feedback) + "\n", encoding="utf-8")


def refresh(case: Fixture) -> None:
    """The request with exactly the keys of its service."""
    request, templates = case.request, services(case)[case.service]["prefetch"]
    if set(templates) == set(request["prefetch"]):
        return
    chart = Chart(case.patient_id, list(resources([case])))
    context = request["context"]
    request["prefetch"] = {
        key: request["prefetch"][key] if key in request["prefetch"] else resolve(template, context, chart)
        for key, template in templates.items()
    }
    (case.folder / "request.json").write_text(readable(request) + "\n", encoding="utf-8")
