"""Probes of the counts that a start needs, by indication and regimen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.spec.boundary_patients import decided, says
from tests.spec.boundary_probes import Probe
from tests.spec.boundary_probes_start import starting
from tests.support.rules import RULES

# What tells the regimen beside dexamethasone or a transplant.
PARTNERS = {"EU-MM-START": ("bortezomib",)}


def start_count_probes() -> Iterator[Probe]:
    """Counts that a start needs."""
    for rule, start, action in (
        ("EU-MDS-NOSTART", "EU-REN-MDS", "do-not-start"),
        ("EU-MM-START-CNT", "EU-MM-START", "do-not-start"),
        ("EU-MPR-START-CNT", "EU-MPR", "do-not-start"),
        ("EU-MMM-START-CNT", "EU-MMM", "do-not-start"),
        ("EU-RRMM-START-CNT", "EU-REN-MM", ""),
        ("EU-FL-START-CNT", "EU-FL", "do-not-start"),
        ("US-MDS-SILENT-START", "US-REN-MDS", "review"),
        ("US-MMM-START", "US-MMM-START", "review"),
    ):
        for path in (
            "anc_below",
            "platelets_below",
            "platelets_below_infiltrated",
            "anc_at_least",
            "platelets_at_least",
        ):
            if path in RULES[rule].data:
                yield Probe(rule, path, "count", "TFF", _start_count(rule, path, start, action))


def _start_count(rule: str, path: str, start: str, action: str) -> Any:
    line = path.partition("_")[0]
    # Where platelets lie between the limits of the two lines of treatment, the question takes the place of the stop.
    actions = {"platelets_below": ("request-data", "do-not-start")}.get(path, ("do-not-start",))

    def speaks(value: float, unit: str) -> bool:
        both = {"anc": ("ANC", 2_000), "platelets": ("PLT", 150_000)}
        labs = [(analyte, value if name == line else count, unit if name == line else "/uL", 0)
                for name, (analyte, count) in both.items()]  # fmt: skip
        beside = {"comedications": [{"drug": name} for name in PARTNERS[start]]} if start in PARTNERS else {}
        said = decided(starting(start, labs=labs, more=beside))
        return says(said, rule, *((action,) if action else actions))

    return speaks
