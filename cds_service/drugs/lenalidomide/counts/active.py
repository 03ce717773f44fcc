"""Other drugs that are active beside lenalidomide."""

from __future__ import annotations

from datetime import date

from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.recommendation import Input


def active_medication(facts: PatientFacts, *concepts: str, on: date) -> tuple[Input, ...]:
    """The active orders and statements of some drugs or classes, as inputs. Args: `on` today."""
    wanted = set(concepts)
    return tuple(
        Input("medication", m.text or ", ".join(sorted(m.concepts & wanted)), on=m.starts_on, reference=m.reference)
        for m in facts.medications
        if wanted & m.concepts
        and m.kind in ("order", "statement")
        and m.status in ("active", "unknown", "")
        and not m.is_draft
        and (m.bounds_end is None or m.bounds_end >= on)
    )
