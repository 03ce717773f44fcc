"""What a result was measured in, where its specimen says so: blood, or something else under the name of a blood test."""

from __future__ import annotations

from typing import Final

import msgspec

from cds_service.fhir.decode import CodeableConcept
from cds_service.fhir.lenient import Absent, member
from cds_service.fhir.observation_values import Observation
from cds_service.fhir.words import remarks_in

# What is meant of blood, serum or plasma alone.
_OF_BLOOD: Final = frozenset(
    (
        *(
            "platelets",
            "anc",
            "wbc",
            "neutrophilPercent",
            "segmentedPercent",
            "bandPercent",
            "segmentedCount",
            "bandCount",
        ),
        *(
            "hemoglobin",
            "creatinine",
            "alt",
            "ast",
            "bilirubin",
            "directBilirubin",
            "indirectBilirubin",
            "tsh",
            "ferritin",
        ),
        "peripheralBlasts",
    )
)
OTHER_SPECIMEN: Final = "its specimen is not blood"


class _Specimen(msgspec.Struct, frozen=True, gc=False):
    resourceType: str = ""
    id: str = ""
    type: CodeableConcept | None = None


def is_of_another_specimen(fact: str, observation: Observation) -> bool:
    """Whether a test of blood was made in something else, by the words of its specimen; False where nothing says so."""
    specimen = observation.specimen
    if specimen is None or fact not in _OF_BLOOD:
        return False
    words = [specimen.display]
    for raw in observation.contained if specimen.reference.startswith("#") else ():
        held = member(raw, _Specimen)
        if not isinstance(held, Absent) and f"#{held.id}" == specimen.reference and held.type is not None:
            words.append(held.type.words())
    return any("other-specimen" in remarks_in(each) for each in words if each)
