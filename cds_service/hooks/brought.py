"""What a call brings by which references are resolved: its Patient, and Medications wherever they lie in the request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from cds_service.cdshooks.prefetch import Answered, read_answer
from cds_service.cdshooks.request import HookRequest
from cds_service.fhir.binding import Whom
from cds_service.hooks.hook import Hook

_NAMED = (b'"Patient"', b'"Medication"')


@dataclass(frozen=True, slots=True)
class Brought:
    """The patient of a call, the Medications that came with it, and what came under an address of its own."""

    whom: Whom
    medications: tuple[bytes | msgspec.Raw, ...] = ()
    addresses: Mapping[str, bytes | msgspec.Raw] = field(default_factory=dict)

    def with_medications(self, read: Iterable[bytes | msgspec.Raw]) -> Brought:
        """The same with Medications that were read from the server."""
        return replace(self, medications=(*self.medications, *read))

    def with_patients(self, patients: Iterable[bytes | msgspec.Raw], server: str) -> Brought:
        """The same with what Patients that were read from the server tell of the patient."""
        found = Whom.of(self.whom.id, server, (("", raw) for raw in patients))
        whom = replace(self.whom, identifiers=self.whom.identifiers | found.identifiers)
        return replace(self, whom=whom)


def brought_by(request: HookRequest, hook: Hook) -> Brought:
    """What the prefetch, under whatever key, and the context of a call bring."""
    context = (request.context.get(name) for name in (hook.orders_in, hook.problems_in) if name)
    every = (raw for raw in (*request.prefetch.values(), *context) if raw is not None)
    answers = [read_answer(raw) for raw in every if _may_bring(bytes(raw))]
    patients: list[tuple[str, msgspec.Raw]] = []
    medications: list[msgspec.Raw] = []
    addresses: dict[str, msgspec.Raw] = {}
    for answer in answers:
        if not isinstance(answer, Answered):
            continue
        addresses.update(answer.addresses)
        of_kind = list(zip(answer.kinds, answer.resources, strict=True))
        patients += [("", raw) for kind, raw in of_kind if kind == "Patient"]
        medications += [raw for kind, raw in of_kind if kind == "Medication"]
    whom = Whom.of(request.patient_id, request.fhirServer, (*patients, *addresses.items()))
    return Brought(whom, tuple(medications), addresses)


def _may_bring(text: bytes) -> bool:
    """Whether a resource to which others refer may be in a text. A single byte is found at memory speed, two are not."""
    return any(name in text for name in _NAMED) or (b"\\" in text and b"\\u" in text)
