"""What the FHIR routes can do: the CapabilityStatement, and the one operation that is our own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from cds_service.knowledge.canonical import Json, address, published
from cds_service.version import VERSION

TYPES: Final = ("PlanDefinition", "Library", "ValueSet", "CodeSystem", "ConceptMap", "OperationDefinition")
"""The types of resources that are published."""

APPLY: Final = "http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply"
SEARCHED_BY: Final = {"_id": "token", "url": "uri", "version": "token", "name": "string", "status": "token"}
"""The search parameters of every type, and their types."""


def capability_statement(base: str, today: date) -> Json:
    """The CapabilityStatement of this installation."""
    parameters = [{"name": name, "type": kind} for name, kind in SEARCHED_BY.items()]
    resources: list[Json] = [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "searchParam": parameters,
            **({"operation": [{"name": "apply", "definition": APPLY}]} if kind == "PlanDefinition" else {}),
        }
        for kind in TYPES
    ]
    head = published(
        base,
        "CapabilityStatement",
        "cds-service",
        "Decisions for integration engines, and the knowledge behind them",
        today,
    )
    return head | {
        "url": f"{base}/metadata",
        "kind": "instance",
        "software": {"name": "cds-service", "version": VERSION},
        "implementation": {"description": head["title"], "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": resources,
                "operation": [{"name": "evaluate", "definition": address(base, "OperationDefinition", "evaluate")}],
            }
        ],
    }


def evaluate_operation(base: str, today: date, hooks: Iterable[str]) -> Json:
    """The OperationDefinition of $evaluate."""
    hook = f"What happens: {', '.join(hooks)}. Without it, order-sign where drafts came, else patient-view."
    unavailable = "Types of resources that could not be read, or not all: data of theirs are missing."
    said = (
        ("data", "1", "*", "Bundle", "The chart of one patient. A Bundle may also be sent alone, without Parameters."),
        ("subject", "0", "1", "string", "The patient; must be the one of the Bundle."),
        ("practitioner", "0", "1", "string", "Who asks: the requester of what is proposed."),
        ("encounter", "0", "1", "string", "The encounter."),
        ("requestIdentifier", "0", "1", "Identifier", "Comes back on the GuidanceResponse."),
        ("hook", "0", "1", "code", hook),
        ("unavailable", "0", "*", "code", unavailable),
        ("draftOrders", "0", "1", "Bundle", "The drafts; without it those in the data."),
        ("medications", "0", "1", "Bundle", "The orders to refill, on medication-refill."),
        ("conditions", "0", "1", "Bundle", "The problems that are new, on problem-list-item-create."),
        ("selections", "0", "*", "string", "The drafts that were selected, on order-select."),
        ("dispatchedOrders", "0", "*", "string", "The orders that are sent out, on order-dispatch."),
    )
    parameters: list[Json] = [
        {"name": name, "use": "in", "min": int(least), "max": most, "documentation": words, "type": kind}
        for name, least, most, kind, words in said
    ]
    answer = "One GuidanceResponse for each drug, and where something is advised a RequestGroup with what it refers to."
    parameters.append({"name": "return", "use": "out", "min": 1, "max": "1", "documentation": answer, "type": "Bundle"})
    return published(base, "OperationDefinition", "evaluate", "Evaluate a chart", today) | {
        "kind": "operation",
        "affectsState": False,
        "code": "evaluate",
        "system": True,
        "type": False,
        "instance": False,
        "parameter": parameters,
    }
