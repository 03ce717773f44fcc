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
from cds_service.fhir.observation_values import NO_RAW, Observation, Valued, absent_reason, interpretations, worded
from cds_service.fhir.terminology import concepts_of, panels_with
from cds_service.fhir.terminology.folding import folded
from cds_service.fhir.words import remarks_in

_PRESENCE: Final = "platelet-clumps"
_OF_COUNTS: Final = frozenset({"platelets", "anc", "wbc", "hemoglobin", "neutrophilPercent", _PRESENCE})
_PANELS: Final = frozenset(code for fact in ("platelets", "anc") for _, code in panels_with(fact))
_PLATELETS: Final = re.compile(
    r"platelet|plt|thrombo|plattchen|plaquet|plaatjes|trombo|piastrin|smear|morpholog|ausstrich"
)
SAYS_NONE: Final = re.compile(
    r"\s*(?:no\b|none|neg|abs|nil|0\b|-|kein|nicht|aucun|ness?un|geen|ningun|ausen|assent|nao\b|not\b)", re.IGNORECASE
)


def clumped(observations: Iterable[Observation]) -> frozenset[Hashable] | None:
    """The moments of draws of which something says that the platelets were clumped; a draw without a time, its day.

    None where no result carries any remark on how it was counted, as nearly always.
    """
    found: set[Hashable] = set()
    # The same few words stand at many results.
    known: dict[str, frozenset[str]] = {"": frozenset()}
    for one in observations:
        if not (one.component or _says_more(one)) or is_withdrawn(one.status):
            continue
        said: set[str] = set()
        for text in _remarks(one):
            if text not in known:
                known[text] = remarks_in(text)
            said |= known[text]
        if "clumping" in said and _is_of_counts(one):
            moment = moment_of(one)
            is_day = moment.when is not None and moment.when.local is None
            found |= {moment.key, *([moment.on] if is_day and moment.on is not None else [])}
    return frozenset(found) if any(known.values()) else None


def _says_more(one: Observation) -> bool:
    """Whether a result says anything besides a number."""
    return bool(
        one.interpretation
        or one.note
        or one.valueString
        or one.valueCodeableConcept
        or one.dataAbsentReason
        or one.comment is not NO_RAW
        or one.comments is not NO_RAW
    )


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
        value = worded(body)
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
