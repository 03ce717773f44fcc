"""What data the rules look at, as DataRequirements: for the Library, and for what a decision lacked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from cds_service.drugs.contract import Need
from cds_service.knowledge.canonical import Json
from cds_service.knowledge.terms import value_set_of

_PATIENT: Final = ("Patient",)
_ORDERS: Final = ("MedicationRequest", "MedicationStatement")
_PROBLEMS: Final = ("Condition",)
# What decisions lack under a name that no search has: the types of resources that tell it. A fact of the terminology is none
# of them; its search says where it stands.
TOLD_BY: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(("patient", "birthDate", "sex"), _PATIENT),
    **dict.fromkeys(("currentDose", "orderedDose", "doseLevel", "firstDose", "supply", "regimen"), _ORDERS),
    **dict.fromkeys(("holdReason", "rituximab"), _ORDERS),
    **dict.fromkeys(("indication", "riskGroup", "bleeding", "bleedingDate", "thrombosisDate"), _PROBLEMS),
    **dict.fromkeys(("toxicity", "toxicityGrade"), ("Condition", "AdverseEvent")),
    "childbearingPotential": ("Condition", "Procedure", "Observation"),
    "marrow": ("Observation",),
}
# What has another name in a decision than in a search.
_SEARCHED_AS: Final[Mapping[str, Sequence[str]]] = {
    "creatinineClearance": ("creatinine", "weight"),
    "baselinePlatelets": ("platelets",),
    "baselineAnc": ("anc",),
    "baselineHemoglobin": ("hemoglobin",),
    "transfusions": ("rbc-transfusion", "platelet-transfusion"),
}


def requirements(needs: Iterable[Need], base: str) -> list[Json]:
    """What each search looks for, each once."""
    return _once(each for need in needs for each in _of_need(need, base))


def requirements_of_facts(facts: Iterable[str], needs: Sequence[Need], base: str) -> list[Json]:
    """What would tell some facts; what no resource tells (a setting of the site) is left out."""
    return _once(each for fact in facts for each in _of_fact(fact, needs, base))


def _of_fact(fact: str, needs: Sequence[Need], base: str) -> Iterator[Json]:
    for name in _SEARCHED_AS.get(fact, (fact,)):
        searched = [need for need in needs if name in need.facts]
        yield from (_requirement(need.resource, base, name) for need in searched[:1])
        if not searched:
            # The reason why a whole search failed is told under its key.
            yield from (_requirement(kind, base) for kind in TOLD_BY.get(name, ()))
            yield from (each for need in needs if need.key == name for each in _of_need(need, base))


def _of_need(need: Need, base: str) -> Iterator[Json]:
    if need.facts:
        yield from (_requirement(need.resource, base, fact) for fact in need.facts)
    else:
        yield _requirement(need.resource, base)


def _requirement(kind: str, base: str, fact: str = "") -> Json:
    filters = {"codeFilter": [{"path": "code", "valueSet": value_set_of(base, fact)}]} if fact else {}
    return {"type": kind, **filters}


def _once(found: Iterable[Json]) -> list[Json]:
    listed: list[Json] = []
    for each in found:
        if each not in listed:
            listed.append(each)
    return listed
