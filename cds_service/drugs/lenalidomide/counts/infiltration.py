"""A bone marrow infiltrated by lymphoma, as far as diagnoses say it."""

from __future__ import annotations

import re

from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.recommendation import Input

_INFILTRATED = re.compile(
    r"(bone )?marrow (infiltrat|involve)|(infiltrat\w*|involve\w*) of (the )?(bone )?marrow|knochenmark\w*infiltrat",
    re.I,
)
_DENIED = re.compile(r"\b(no|not|without|negative|kein\w*|ohne)\b|\?", re.I)


def marrow_infiltration(facts: PatientFacts) -> tuple[Input, ...]:
    """The active diagnoses, with their stages, that say it; words that deny it say nothing."""
    said = [
        (d, text)
        for d in facts.diagnoses
        if d.is_active
        for text in (d.text, *(part for stage in d.stages for part in stage))
        if _INFILTRATED.search(text) and not _DENIED.search(text)
    ]
    return tuple(Input("marrow", text, on=d.recorded_on, reference=d.reference) for d, text in said)
