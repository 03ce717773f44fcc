"""The regimens outside MDS as `regimens.toml` has them: names of rows, no numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cds_service.drugs.source_files import load_beside


@dataclass(frozen=True, slots=True)
class Definition:
    """One document's regimen for one indication; what the members mean stands in the file."""

    jurisdiction: str
    indication: str
    start: str
    renal: tuple[str, ...]
    counts: tuple[str, ...]
    steps: str
    name: str = ""
    cbc: str = ""
    start_counts: str = ""
    neutropenia: str = ""
    remarks: tuple[str, ...] = ()
    expects: str = ""
    has_later: bool = True

    @property
    def is_myeloma(self) -> bool:
        """Whether the chart has to tell which of several regimens it is."""
        return self.indication.startswith("myeloma")


def _definition(row: dict[str, Any]) -> Definition:
    members: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items()}
    return Definition(**members)


DEFINITIONS = tuple(map(_definition, load_beside(__file__, "regimens.toml")["regimen"]))


def defined(jurisdiction: str, indication: str = "") -> tuple[Definition, ...]:
    """The regimens of a jurisdiction, of one indication where one is named."""
    return tuple(d for d in DEFINITIONS if d.jurisdiction == jurisdiction and indication in ("", d.indication))
