"""The Patient resource: who it is, when born, and which sex the rules may count with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from cds_service.fhir.dates import FIRST_BIRTH, is_filler, read_date
from cds_service.fhir.decode import Resource, Unreadable, decode, decode_resource
from cds_service.fhir.lenient import member

_BIRTH_SEX: Final = frozenset(
    {
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex",
        "http://hl7.org/fhir/StructureDefinition/patient-birthSex",
    }
)
_LONGEST: Final = 40
_NOT_DECEASED: Final = frozenset({"", "null", "false", "no", "n", "0", "f", "alive"})
_BY_CODE: Final = {"F": "female", "M": "male", "female": "female", "male": "male"}


@dataclass(frozen=True, slots=True)
class PatientRead:
    """What the Patient says.

    `born_from`/`born_to` bound a partial birth date, are equal for a full one, None without one. `sex` is "female",
    "male", or "" where it is not recorded as one of them or two entries disagree; then a remark says so. `deceased` are the words in
    which a death is recorded, "" where none is. `out_of_use` says
    that the record was replaced or is not in use: what was recorded since stands in another one.
    """

    id: str
    reference: str
    born_from: date | None = None
    born_to: date | None = None
    sex: str = ""
    deceased: str = ""
    out_of_use: str = ""
    remarks: tuple[str, ...] = ()


class _Extension(msgspec.Struct, frozen=True, gc=False):
    url: str = ""
    valueCode: str = ""


class _Patient(Resource, frozen=True):
    gender: msgspec.Raw = msgspec.Raw()
    birthDate: msgspec.Raw = msgspec.Raw()
    deceasedBoolean: msgspec.Raw = msgspec.Raw()
    deceasedDateTime: msgspec.Raw = msgspec.Raw()
    extension: msgspec.Raw = msgspec.Raw()
    active: msgspec.Raw = msgspec.Raw()
    link: msgspec.Raw = msgspec.Raw()


class _Link(msgspec.Struct, frozen=True, gc=False):
    type: str = ""


_LINKS: Final[Any] = list[_Link]


def read_patient(raw: bytes | msgspec.Raw) -> PatientRead:
    """What the rules need of a Patient; a member that cannot be read is a remark, never a guess.

    Raises: Unreadable when it is not readable JSON or no Patient.
    """
    patient = decode_resource(raw, _Patient)
    if patient.resourceType != "Patient":
        raise Unreadable("not a Patient")
    remarks: list[str] = []
    born_from, born_to = _born(patient.birthDate, remarks)
    sex = _sex(patient, remarks)
    deceased = _deceased(patient)
    if deceased:
        remarks.append("The patient is recorded as deceased.")
    out_of_use = _out_of_use(patient)
    remarks += [f"The patient record {out_of_use}."] if out_of_use else []
    reference = f"Patient/{patient.id}" if patient.id else "Patient"
    return PatientRead(patient.id, reference, born_from, born_to, sex, deceased, out_of_use, tuple(remarks))


def _deceased(patient: _Patient) -> str:
    """The words in which a death is recorded: of a day, or of anything that does not deny it; "" where nothing does.

    What is neither a yes nor a no is taken for one, because it only asks whether it is the right chart.
    """
    for raw in (patient.deceasedBoolean, patient.deceasedDateTime):
        words = bytes(raw).decode("utf-8", "replace").strip('"').strip()[:_LONGEST]
        if words.casefold() not in _NOT_DECEASED:
            return "yes" if words == "true" else words
    return ""


def _out_of_use(patient: _Patient) -> str:
    """Why what is on file may stand elsewhere: the record was replaced, or is not in use; "" where nothing says so."""
    links = member(patient.link, _LINKS)
    if isinstance(links, list) and any(link.type.strip().casefold() == "replaced-by" for link in links):
        return "was replaced by another one"
    return "is not in use any more" if bytes(patient.active) in (b"false", b'"false"') else ""


def _born(raw: msgspec.Raw, remarks: list[str]) -> tuple[date | None, date | None]:
    text = _text(raw)
    if text is None:
        remarks.append("The birth date is not recorded.")
        return None, None
    try:
        read = read_date(text[:40])
    except Unreadable:
        remarks.append("The birth date is not readable.")
        return None, None
    if read.on_from < FIRST_BIRTH:
        remarks.append("The birth date stands for one that is not known.")
        return None, None
    if not read.is_partial and is_filler(read):
        remarks.append("The birth date is a day that systems fill in where none is known; it is counted.")
    if read.is_partial:
        remarks.append("Only the month or the year of birth is recorded.")
    return read.on_from, read.on_to


def _sex(patient: _Patient, remarks: list[str]) -> str:
    gender = (_text(patient.gender) or "").strip().lower()
    sex = gender if gender in ("female", "male") else ""
    at_birth = _birth_sex(patient.extension, remarks)
    if sex and at_birth and sex != at_birth:
        remarks.append("Gender and recorded birth sex differ: which one counts clinically has to be asked.")
        return ""
    if not sex:
        remarks.append("The gender is not recorded as female or male.")
    return sex


def _birth_sex(raw: msgspec.Raw, remarks: list[str]) -> str:
    if bytes(raw) in (b"", b"null"):
        return ""
    try:
        extensions = decode(raw, list[_Extension])
    except Unreadable:
        remarks.append("The extensions of the patient are not readable.")
        return ""
    return next((_BY_CODE.get(e.valueCode, "") for e in extensions if e.url in _BIRTH_SEX), "")


def _text(raw: msgspec.Raw) -> str | None:
    """The string; None where the member is absent, null or no string ("" for the last, which reads as unreadable)."""
    if bytes(raw) in (b"", b"null"):
        return None
    try:
        return decode(raw, str)
    except Unreadable:
        return ""
