"""What a call brings by which references are resolved: its Patient, and Medications wherever they lie in the request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from cds_service.cdshooks.prefetch import REFERRED_TO, Answered, Failed, read_answer
from cds_service.cdshooks.request import HookRequest
from cds_service.fhir.binding import Whom
from cds_service.hooks.hook import Hook


@dataclass(frozen=True, slots=True)
class Brought:
    """The patient of a call, the Medications that came with it, and what came under an address of its own.

    `prefetch` is what was sent, by its keys, each read once.
    """

    whom: Whom
    medications: tuple[bytes | msgspec.Raw, ...] = ()
    addresses: Mapping[str, bytes | msgspec.Raw] = field(default_factory=dict)
    prefetch: Mapping[str, Answered | Failed] = field(default_factory=dict)

    def with_medications(self, read: Iterable[bytes | msgspec.Raw]) -> Brought:
        """The same with Medications that were read from the server."""
        return replace(self, medications=(*self.medications, *read))

    def with_patients(self, patients: Iterable[bytes | msgspec.Raw], server: str) -> Brought:
        """The same with what Patients that were read from the server tell of the patient."""
        found = Whom.of(self.whom.id, server, (("", raw) for raw in patients))
        if found.identifiers <= self.whom.identifiers:
            return self
        whom = replace(self.whom, identifiers=self.whom.identifiers | found.identifiers)
        return replace(self, whom=whom)


def brought_by(request: HookRequest, hook: Hook) -> Brought:
    """What the prefetch, under whatever key, and the context of a call bring."""
    prefetch = {key: read_answer(raw) for key, raw in request.prefetch.items()}
    context = [request.context[name] for name in (hook.orders_in, hook.problems_in) if name in request.context]
    patients: list[tuple[str, msgspec.Raw]] = []
    medications: list[msgspec.Raw] = []
    addresses: dict[str, msgspec.Raw] = {}
    for answer in (*prefetch.values(), *map(read_answer, context)):
        if not isinstance(answer, Answered) or REFERRED_TO.isdisjoint(answer.kinds):
            continue
        addresses.update(answer.addresses)
        of_kind = list(zip(answer.kinds, answer.resources, strict=True))
        patients += [("", raw) for kind, raw in of_kind if kind == "Patient"]
        medications += [raw for kind, raw in of_kind if kind == "Medication"]
    whom = Whom.of(request.patient_id, request.fhirServer, (*patients, *addresses.items()))
    return Brought(whom, tuple(medications), addresses, prefetch)
