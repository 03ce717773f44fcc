"""The table of the fixture cases in docs/fixtures.md and the links of docs/sandbox.md, made from the cases themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

from cds_service.commands.fixtures import Fixture

PAGE = Path(__file__).parents[2] / "docs" / "fixtures.md"
SANDBOX = Path(__file__).parents[2] / "docs" / "sandbox.md"
BEGIN, END = "<!-- begin: written by tests.regenerate -->", "<!-- end -->"
_BASE = "http://127.0.0.1:5000"
_CAPSULES = ("602910", "602912", "643720")

HEAD = """# Fixture cases

Synthetic patients, one folder per case in `fhir_fixtures/`: `case.toml` says what the case shows and what is right,
`request.json` is the whole CDS Hooks call, `cards.json` the answer. `cds-service demo` serves the patients; a call can be
played with curl as it stands:

```
curl -H 'Content-Type: application/json' -d @fhir_fixtures/NAME/request.json http://127.0.0.1:5000/cds-services/SERVICE
```

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
    playable = [case for case in cases if is_playable(case)]
    rows = "\n".join(f"| [{case.name}]({_link(case)}) | {case.title} |" for case in playable)
    return f"{head}{BEGIN}\n\n| open | what it shows |\n|---|---|\n{rows}\n\n{END}{tail}"


def is_playable(case: Fixture) -> bool:
    """Whether the Sandbox fires the hook of the case."""
    return case.service.endswith(("-patient-view", "-order-select", "-order-sign"))


def _link(case: Fixture) -> str:
    """The Sandbox with the demo's FHIR server, its services, the case's patient and, for an order, the product chosen."""
    query = {
        "fhirServiceUrl": f"{_BASE}/demo/fhir",
        "serviceDiscoveryURL": f"{_BASE}/cds-services",
        "patientId": case.patient_id,
        "hook": "patient-view" if case.service.endswith("patient-view") else "order-select",
    }
    drafts = case.request["context"].get("draftOrders", {}).get("entry", ())
    chosen = next((code for code in _CAPSULES if any(f'"{code}"' in json.dumps(one) for one in drafts)), "")
    if chosen:
        query |= {
            "prescribedMedication": chosen,
            "prescribedInstructionNumber": "1",
            "prescribedInstructionFrequency": "daily",
        }
    return f"https://sandbox.cds-hooks.org/?{urlencode(query)}"
