"""Whose resource it is: a resource counts only when it names the patient of the call.

What names patient `x`: "Patient/x", the bare id "x", "urn:uuid:x" where the id is that very UUID, the address under which the
call brings its Patient (fullUrl), an address below the call's own server, each also with a version, and as `plain_reference`
reads it; and a contained patient that has an identifier of the call's Patient.
Any other literal id is another patient. What can be compared with nothing of the call (a contained patient without a known
identifier, another server's patient, a logical reference) may be this patient and is asked about.
Ids are compared exactly; FHIR ids are case-sensitive. One that differs in case alone may be this patient's and is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from cds_service.fhir.decode import Reference, Resource, Unreadable, decode_resource
from cds_service.fhir.terminology.folding import typed

_HISTORY = re.compile(r"/_history/[A-Za-z0-9.-]{1,64}\Z")
_PATIENT = re.compile(r"\Apatient/", re.IGNORECASE)
_SOME_PATIENT = re.compile(r"[^?#]+/Patient/[^/?#]+")
_FOLDER: Final = "/Patient/"
# What belongs to some patient, and says not to which.
_OF_A_PATIENT: Final = (["encounter"], ["episodeofcare"])
_URN: Final = "urn:"
_SERVERS: Final = ("http://", "https://")

NO_PATIENT: Final = "it names no patient"
OTHER_PATIENT: Final = "it does not name this patient"
UNSURE_PATIENT: Final = "nothing says that the patient it names is this one"


class _Identifier(msgspec.Struct, frozen=True, gc=False):
    system: str = ""
    value: str = ""


class _Patient(Resource, frozen=True):
    identifier: list[_Identifier] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Whom:
    """The patient of a call: the id, and what else of the call tells it.

    `addresses` under which the call brings its Patient or its server keeps it; `identifiers` as (system, value).
    """

    id: str
    addresses: frozenset[str] = frozenset()
    identifiers: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, patient_id: str, server: str, patients: Iterable[tuple[str, bytes | msgspec.Raw]]) -> Whom:
        """The patient with this id, of a call with this server ("" for none) that brings Patients by their addresses."""
        addresses = {f"{server.rstrip('/')}/Patient/{patient_id}"} if server else set()
        identifiers: set[tuple[str, str]] = set()
        for address, raw in patients:
            patient = _patient(raw)
            if patient is None or patient.id != patient_id:
                continue
            addresses |= {address} - {""}
            identifiers |= _identifiers(patient)
        return cls(patient_id, frozenset(addresses), frozenset(identifiers))


def plain_reference(reference: str) -> str:
    """A literal reference without what does not count: blanks around it, a slash before or after, a version, a urn's case."""
    target = typed(reference).removeprefix("/").removesuffix("/")
    target = _HISTORY.sub("", target) if "/_history/" in target else target
    return target.casefold() if target[:4].casefold() == _URN else target


def is_about(reference: str, patient: Whom | str) -> bool:
    """Whether a literal reference names the patient; an empty reference or id names nobody."""
    whom = Whom(patient) if isinstance(patient, str) else patient
    if not reference or not whom.id:
        return False
    if reference == f"Patient/{whom.id}" and "/" not in whom.id:
        # As nearly every reference is written.
        return True
    target = _PATIENT.sub("Patient/", plain_reference(reference))
    known = (whom.id, f"Patient/{whom.id}", f"urn:uuid:{whom.id.casefold()}")
    return target in known or target in map(plain_reference, whom.addresses)


def refusal(subject: Reference | None, patient: Whom | str, contained: Sequence[msgspec.Raw] = ()) -> str:
    """Why a resource with this subject must not be used for the patient; "" when it is the patient's.

    Args: `subject` is the resource's subject (or patient) as decoded; None when the member is absent. `patient` may be an id
    alone. `contained` are the resources inside it.
    Returns: NO_PATIENT without a literal address, OTHER_PATIENT for another patient, UNSURE_PATIENT for one that can be
    compared with nothing, "" otherwise. The words carry no id, so that they may stand on a card.
    """
    if subject is None or not subject.reference:
        return NO_PATIENT
    whom = Whom(patient) if isinstance(patient, str) else patient
    if is_about(subject.reference, whom):
        return ""
    target = plain_reference(subject.reference)
    if target.startswith("#"):
        return _refusal_of_contained(target[1:], whom, contained)
    if target.startswith(_URN):
        # Where the call's Patient came under such an address itself, this one is another's.
        return OTHER_PATIENT if any(each.startswith(_URN) for each in whom.addresses) else UNSURE_PATIENT
    if target.startswith(_SERVERS) and _SOME_PATIENT.fullmatch(target):
        # Two servers number their patients each for itself: an id of another one says neither.
        folders = {each.rpartition(_FOLDER)[0] for each in whom.addresses}
        return OTHER_PATIENT if target.rpartition(_FOLDER)[0] in folders else UNSURE_PATIENT
    # A way through other folders ("Patient/../x") ends where it ends.
    *way, last = target.casefold().split("/")
    is_like = bool(whom.id) and last == whom.id.casefold() and set(way) <= {"patient", "..", "."}
    return UNSURE_PATIENT if is_like or way[-1:] in _OF_A_PATIENT else OTHER_PATIENT


def _refusal_of_contained(name: str, whom: Whom, contained: Sequence[msgspec.Raw]) -> str:
    inside = next((p for raw in contained if (p := _patient(raw)) is not None and p.id.lstrip("#") == name), None)
    own = _identifiers(inside) if inside is not None else set()
    if own & whom.identifiers:
        return ""
    systems = {system for system, _ in own} & {system for system, _ in whom.identifiers}
    return OTHER_PATIENT if systems else UNSURE_PATIENT


def _patient(raw: bytes | msgspec.Raw) -> _Patient | None:
    try:
        patient = decode_resource(raw, _Patient)
    except Unreadable:
        return None
    return patient if patient.resourceType == "Patient" else None


def _identifiers(patient: _Patient) -> set[tuple[str, str]]:
    """The identifiers that are of one system: those without a system could be anybody's."""
    return {(each.system.strip(), each.value.strip()) for each in patient.identifier if each.system and each.value}
