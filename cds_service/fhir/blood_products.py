"""Counts of a blood product, which are no counts of the patient: known by their specimen, or by a unit that is one of the product."""

from __future__ import annotations

import re
from typing import Final

from cds_service.fhir.observation_values import Observation
from cds_service.fhir.terminology.folding import folded

OF_PRODUCT: Final = "wrong specimen: a blood product"
_UNIT: Final = re.compile(
    r"(?:/|per)\s?\[?(?:units?|bags?|products?|doses?|donations?|beutel|einheit|konserve|poche|unite|bolsa|unidad|sacca|unita|zak"
    r"|eenheid|pose|pase)\]?\s*$"
)
_SPECIMEN: Final = re.compile(
    r"\b(?:platelet|plt|thrombo\w*|trombo\w*|red (?:blood )?cell|erythro\w*|eritro\w*|apheresis|aferesi\w*|pooled|leukoreduced)\b"
    r"[^.;]{0,20}\b(?:concentrate|kon[cz]entrat\w*|concentr\w*|product|unit|bag|pool)\b"
    r"|\bblood product|\bdonor (?:unit|blood|platelets?)|\bblutprodukt|\bproduit sanguin"
    r"|\b(?:thrombo|trombo|erythro)\w*kon[zs]?[ck]?entrat\w*"
)


def is_unit_of_product(unit: str) -> bool:
    """Whether a unit counts in a bag or a unit of a product ("10*11/unit"), which is no volume of the patient's blood."""
    return bool(_UNIT.search(folded(unit)))


def is_of_product(observation: Observation) -> bool:
    """Whether the specimen of a result says that it is a blood product; one that says nothing is the patient's."""
    specimen = observation.specimen
    if specimen is None:
        return False
    said = [specimen.display]
    if specimen.reference.startswith("#"):
        raws = (bytes(raw) for raw in observation.contained)
        said += [raw.decode("utf-8", "replace") for raw in raws if b'"Specimen"' in raw]
    return any(_SPECIMEN.search(folded(words)) for words in said if words)
