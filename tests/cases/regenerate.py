"""Writes the golden files of the fixture cases and the pages about them: `python -m tests.cases.regenerate [NAME …]`.

A golden file is written only where the service comes to the decision that case.toml states; read the difference before
it is committed. With `--keys` the requests' prefetch is first brought to the keys that discovery lists now: a new key is
answered from the resources that the request holds already, a key that is no longer listed goes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from cds_service.commands.fixtures import Fixture, fixtures, resources
from tests.cases.player import disagreements, play, readable, services
from tests.cases.table import PAGE, SANDBOX, page, sandbox_page
from tests.support.chart import Chart
from tests.support.ehr import resolve


def main(argv: Sequence[str] | None = None) -> int:
    """Rewrite what agrees; 1 when a case does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="cases; all when left out")
    parser.add_argument("--keys", action="store_true", help="bring the prefetch keys of the requests up to date")
    arguments = parser.parse_args(argv)
    wrong = 0
    for case in fixtures():
        if arguments.names and case.name not in arguments.names:
            continue
        if arguments.keys:
            refresh(case)
        body = play(case)
        faults = disagreements(case, body)
        if faults:
            wrong += 1
            sys.stdout.write(f"{case.name} not written: {'; '.join(faults)}\n")
            continue
        (case.folder / "cards.json").write_text(readable(body) + "\n", encoding="utf-8")
        _follow(case, body["cards"])
    PAGE.write_text(page(fixtures()), encoding="utf-8")
    SANDBOX.write_text(sandbox_page(SANDBOX.read_text(encoding="utf-8"), fixtures()), encoding="utf-8")
    return 1 if wrong else 0


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


if __name__ == "__main__":
    sys.exit(main())
