"""The table of the fixture cases in docs/fixtures.md and the links of docs/sandbox.md, made from the cases themselves."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cds_service.commands.fixtures import Fixture
from tests.cases.sandbox_links import tables

PAGE = Path(__file__).parents[2] / "docs" / "fixtures.md"
SANDBOX = Path(__file__).parents[2] / "docs" / "sandbox.md"
BEGIN, END = "<!-- begin: written by tests.regenerate -->", "<!-- end -->"

HEAD = """# Fixture cases

Synthetic patients, one folder per case in `fhir_fixtures/`: `case.toml` says what the case shows and what is right,
`request.json` is the whole CDS Hooks call, `cards.json` the answer. `.venv/bin/cds-service demo` serves the patients,
moved to today, and a ready call of each:

```
curl -s http://127.0.0.1:5000/demo/calls/NAME |
  curl -H 'Content-Type: application/json' -d @- http://127.0.0.1:5000/cds-services/SERVICE
```

A `request.json` itself is of 26 January 2026: `.venv/bin/cds-service explain fhir_fixtures/NAME/request.json` plays it on that day.

`actions`, `rules` and `doses_mg` in `case.toml` are decided by hand from the rules; `python -m tests.regenerate` writes a
`cards.json` only where the service agrees with them, and this page. In the golden files `contentVersion` is `golden`, and the ids of cards
are made from it: a running service answers another version and other ids.
"""


def page(cases: Iterable[Fixture]) -> str:
    """The whole page."""
    listed = list(cases)
    parts = [HEAD]
    for title, chosen in (
        ("Both sides of a boundary, and single rules", [c for c in listed if "quirk" not in c.tags]),
        ("What clients send", [c for c in listed if "quirk" in c.tags]),
    ):
        rows = "\n".join(_row(c) for c in sorted(chosen, key=lambda c: (c.pair or c.name, c.name)))
        parts.append(f"\n## {title}\n\n| case | what it shows | right answer | pair |\n|---|---|---|---|\n{rows}\n")
    silent = sum(not c.actions for c in listed)
    parts.append(f"\n{len(listed)} cases; in {silent} of them the right answer is no card.\n")
    return "".join(parts)


def _row(case: Fixture) -> str:
    doses = "".join(f", {dose:g} mg" for dose in case.doses_mg)
    right = "; ".join(case.actions) + doses if case.actions else "no card"
    hook = case.service.removeprefix("lenalidomide-")
    words = f"{case.title} {case.shows}".replace("|", "\\|")
    return f"| `{case.name}` ({hook}) | {words} | {right} | {case.pair} |"


def sandbox_page(text: str, cases: Iterable[Fixture]) -> str:
    """The page about the Sandbox with its links brought up to date; what stands around them is kept."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n" + "\n".join(tables(cases)) + f"\n\n{END}{tail}"
