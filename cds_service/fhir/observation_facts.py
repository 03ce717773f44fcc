"""The facts of a patient's Observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cds_service.clinical.facts import Finding, Reading, Unusable


class LocalCode(NamedTuple):
    """A code that nobody has mapped, and the fact that the words beside it name."""

    fact: str
    system: str
    code: str


@dataclass(frozen=True, slots=True)
class ObservationFacts:
    """What the Observations of a patient say, by fact name, oldest first; `remarks` about resources that were refused.

    `unmapped` counts by fact the results whose words name it and whose code nobody has mapped; `local_codes` are those codes.
    """

    readings: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    unusable: Mapping[str, tuple[Unusable, ...]] = field(default_factory=dict)
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    unmapped: Mapping[str, int] = field(default_factory=dict)
    local_codes: frozenset[LocalCode] = frozenset()
