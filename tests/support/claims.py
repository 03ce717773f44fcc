"""The claims of the source documents and what serves them; `python -m tests.regenerate` writes docs/rules/claims.md."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "spec" / "claims.toml"
PAGE = Path(__file__).parents[2] / "docs" / "rules" / "claims.md"
COUNTS = {"S0": 6, "S1": 5, "S2": 15, "S3": 8, "S4": 15}
"""How many claims each source document makes."""
EVERY_CLAIM = [f"{source}.{number}" for source, last in COUNTS.items() for number in range(1, last + 1)]

Claim = dict[str, Any]


def claims() -> list[Claim]:
    """The table in file order."""
    listed: list[Claim] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["claim"]
    return listed


def unserved(claim: Claim) -> str:
    """Why a claim is not served: no rule with an example or a test, and no sentence that says why not; "" when it is."""
    shown = claim.get("examples") or claim.get("tests")
    if shown and (claim.get("rules") or claim.get("why")):
        return ""
    return f"{claim['id']}: no rule that an example or a test shows"


def page(listed: list[Claim]) -> str:
    """The page as it stands in docs."""
    lines = [
        "<!-- Written by `python -m tests.regenerate`; a test checks that it is current. Edit the table instead. -->",
        "",
        "# Claims of the source documents",
        "",
        "What each claim became: the rules that serve it, and the worked examples and tests that show it. The table is",
        "`tests/spec/claims.toml`; the rules are in the [rule book](README.md).",
        "",
        "| claim | says | rules | examples and tests | why not as it stands |",
        "|---|---|---|---|---|",
    ]
    for claim in listed:
        tests = [name.rpartition("::")[2].replace("_", " ") for name in claim.get("tests", ())]
        cells = (
            claim["id"],
            claim["text"],
            ", ".join(claim.get("rules", ())),
            "; ".join((*claim.get("examples", ()), *tests)),
            claim.get("why", ""),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
