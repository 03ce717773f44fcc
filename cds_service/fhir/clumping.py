"""Remarks by which a platelet count is an estimate: platelets in clumps, a clotted tube, a repeat in citrate asked for.

Such a remark is a result of its own wherever it stands: in a note, an interpretation, a text instead of a number, a reason
for no value, or as another result of the same draw. It holds for the platelets of that draw.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Final

from cds_service.fhir.decode import CodeableConcept, Coding
from cds_service.fhir.lenient import notes
from cds_service.fhir.observation_moment import is_withdrawn, moment_of
from cds_service.fhir.observation_values import Observation, Valued, absent_reason, interpretations
from cds_service.fhir.terminology import codes_of, concepts_of, panels_with
from cds_service.fhir.terminology.folding import folded
from cds_service.fhir.words import remarks_in

# One of them stands in whatever says it, in bytes without accents; most charts hold none.
_STEMS: Final = tuple(
    stem.encode()
    for stem in (
        *("clump", "ggreg", "agr", "amas", "massi", "masso", "umul", "grumo", "satel", "citra", "seudo"),
        *(
            "klump",
            "klont",
            "glutin",
            "clot",
            "geronn",
            "gerinn",
            "caill",
            "coag",
            "stolsel",
            "fibrin",
            "estimat",
            "gesch",
        ),
        *("edta", "blue"),
        *(code for _, code in codes_of("platelet-clumps")),
    )
)
_PRESENCE: Final = "platelet-clumps"
_OF_COUNTS: Final = frozenset({"platelets", "anc", "wbc", "hemoglobin", "neutrophilPercent", _PRESENCE})
_PANELS: Final = frozenset(code for fact in ("platelets", "anc") for _, code in panels_with(fact))
_PLATELETS: Final = re.compile(
    r"platelet|plt|thrombo|plattchen|plaquet|plaatjes|trombo|piastrin|smear|morpholog|ausstrich"
)
SAYS_NONE: Final = re.compile(
    r"\s*(?:no\b|none|neg|abs|nil|0\b|-|kein|nicht|aucun|ness?un|geen|ningun|ausen|assent|nao\b|not\b)", re.IGNORECASE
)


def clumped(observations: Iterable[Observation], raws: Iterable[bytes]) -> frozenset[Hashable] | None:
    """The moments of draws of which something says that the platelets were clumped; a draw without a time, its day.

    Args: `raws` are the resources as they came. None where they hold no such word at all, as nearly always.
    """
    whole = b"".join(raws).lower()
    if not any(stem in whole for stem in _STEMS):
        return None
    found: set[Hashable] = set()
    for one in observations:
        if is_withdrawn(one.status) or not _is_of_counts(one):
            continue
        if any("clumping" in remarks_in(text) for text in _remarks(one) if text):
            moment = moment_of(one)
            is_day = moment.when is not None and moment.when.local is None
            found |= {moment.key, *([moment.on] if is_day and moment.on is not None else [])}
    return frozenset(found)


def _is_of_counts(one: Observation) -> bool:
    """Whether a result is one of a blood count: what is said of another tube does not hold for its platelets."""
    coding = [coding for body in (one, *one.component) for coding in body.code.coding]
    return any(map(is_of_counts, (body.code for body in (one, *one.component)))) or _is_coded(coding)


def is_of_counts(code: CodeableConcept) -> bool:
    """Whether a code, or its words, is of a blood count."""
    return _is_coded(code.coding) or bool(_PLATELETS.search(folded(code.words())))


def _is_coded(coding: Sequence[Coding]) -> bool:
    return not _OF_COUNTS.isdisjoint(concepts_of(coding)) or any(c.code in _PANELS for c in coding)


def is_remarked(body: Valued, observation: Observation) -> bool:
    """Whether a result itself carries such a remark."""
    parts = (body,) if body is observation else (body, observation)
    return any(
        remarks_in(text) for text in (*_notes(observation), *(t for part in parts for t in _spoken(part))) if text
    )


def _remarks(one: Observation) -> Iterator[str]:
    yield from _notes(one)
    for body in (one, *one.component):
        yield from _spoken(body)
        # A result of its own: "Platelet clumps: present".
        value = body.valueString or (body.valueCodeableConcept.words() if body.valueCodeableConcept else "")
        if _PRESENCE in concepts_of(body.code.coding):
            yield "" if not value or SAYS_NONE.match(value) else "clumps"
        elif value and not SAYS_NONE.match(value):
            yield f"{body.code.words()} {value}"


def _notes(one: Observation) -> Iterator[str]:
    yield from (note.text for note in one.note)
    yield from notes(one.comment, one.comments)


def _spoken(body: Valued) -> Iterator[str]:
    """What a result says besides a number."""
    for each in interpretations(body):
        yield from (each.text, *(coding.display for coding in each.coding))
    concept = body.valueCodeableConcept
    yield from (body.valueString or "", concept.words() if concept else "", absent_reason(body))
