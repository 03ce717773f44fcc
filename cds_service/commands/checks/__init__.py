"""What `cds-service check` looks at: pure functions over the content of data files, each giving its doubts as findings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that is wrong or cannot be told to be right: where it stands, and what it is."""

    where: str
    what: str
