"""What an integration engine would send in place of a fixture's call: the same resources, as one Bundle or as Parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cds_service.commands.fixtures import Fixture, resources
from cds_service.drugs.catalogue import DRUGS

Json = dict[str, Any]
OWN = {"userId": "practitioner", "encounterId": "encounter"}
"""The parameters whose name is not that of the context's member."""


def entries(case: Fixture) -> list[Json]:
    """Everything that the call's prefetch holds as entries; what stands under two keys stands once."""
    found: list[Json] = []
    for resource in resources([case]):
        if {"resource": resource} not in found:
            found.append({"resource": resource})
    return found


def failed(case: Fixture) -> list[str]:
    """The types of resources whose search was answered by an OperationOutcome."""
    kinds = {need.key: need.resource for drug in DRUGS for need in drug.needs}
    prefetch = case.request["prefetch"].items()
    return [kinds[key] for key, answer in prefetch if answer and answer["resourceType"] == "OperationOutcome"]


def bundle(listed: list[Json], kind: str = "collection", **members: Any) -> Json:
    """A Bundle of some entries."""
    return {"resourceType": "Bundle", "type": kind, "entry": listed, **members}


def as_bundle(case: Fixture) -> Json:
    """The chart and the drafts of the call as one Bundle, which is all that many engines have."""
    context = [e for member in case.request["context"].values() if isinstance(member, dict) for e in member["entry"]]
    return bundle([*entries(case), *({"resource": e["resource"]} for e in context)])


def as_parameters(case: Fixture) -> Json:
    """The call with its hook and its context."""
    request = case.request
    listed: list[Json] = [
        {"name": "data", "resource": bundle(entries(case))},
        {"name": "hook", "valueCode": request["hook"]},
    ]
    for name, member in request["context"].items():
        if name == "patientId":
            listed.append({"name": "subject", "valueString": f"Patient/{member}"})
        elif isinstance(member, dict):
            listed.append({"name": name, "resource": member})
        else:
            texts = [text for text in (member if isinstance(member, list) else [member]) if isinstance(text, str)]
            listed += [{"name": OWN.get(name, name), "valueString": text} for text in texts]
    listed += [{"name": "unavailable", "valueCode": kind} for kind in failed(case)]
    return {"resourceType": "Parameters", "parameter": listed}


def read_back(parameters: Sequence[Mapping[str, Any]]) -> dict[str, list[object]]:
    """The members that Parameters hold, each as the list of its values."""
    found: dict[str, list[object]] = {}
    for each in parameters:
        if "part" in each:
            value: object = read_back(each["part"])
        else:
            value = next(member for key, member in each.items() if key.startswith("value"))
        found.setdefault(each["name"], []).append(value)
    return found
