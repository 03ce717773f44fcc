"""Whose resource it is: a resource counts only when it names the patient of the call.

What counts as naming patient `x`: "Patient/x", "Patient/x/_history/3", an absolute address ending in either, the bare
id "x", and "urn:uuid:x" where the patient's id is that very UUID (as in exports that keep it).
What does not: another id or type, a contained reference ("#p"), another `urn:` address, a search ("Patient?…"), and a
logical reference that has only an identifier, because none of them can be compared with the id of the call.
The server part of an absolute address is not compared: the call does not always say what its own server is called.
Ids are compared exactly; FHIR ids are case-sensitive.
"""

from __future__ import annotations

import re
from typing import Final

from cds_service.fhir.decode import Reference

_HISTORY = re.compile(r"/_history/[A-Za-z0-9.-]{1,64}\Z")
_URN: Final = "urn:uuid:"

NO_PATIENT: Final = "it names no patient"
OTHER_PATIENT: Final = "it does not name this patient"


def is_about(reference: str, patient_id: str) -> bool:
    """Whether a literal reference names the patient with this id; an empty reference or id names nobody."""
    if not reference or not patient_id:
        return False
    target = _HISTORY.sub("", reference) if "/_history/" in reference else reference
    if target == patient_id or target == f"Patient/{patient_id}":
        return True
    if target.startswith(("http://", "https://")):
        return target.endswith(f"/Patient/{patient_id}")
    return target.startswith(_URN) and target.removeprefix(_URN) == patient_id


def refusal(subject: Reference | None, patient_id: str) -> str:
    """Why a resource with this subject must not be used for the patient; "" when it is the patient's.

    Args: `subject` is the resource's subject (or patient) as decoded; None when the member is absent.
    Returns: NO_PATIENT for an absent reference or one without a literal address, OTHER_PATIENT for any other that does
    not name the patient, "" otherwise. The words carry no id, so that they may stand on a card.
    """
    if subject is None or not subject.reference:
        return NO_PATIENT
    return "" if is_about(subject.reference, patient_id) else OTHER_PATIENT
