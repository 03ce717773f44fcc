"""All that is published, made once a day and kept: it depends on the content, the day and the address alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from cds_service.drugs.contract import Drug
from cds_service.fhir.terminology import SYSTEMS
from cds_service.knowledge.canonical import Json, address, published
from cds_service.knowledge.capability import TYPES, capability_statement, evaluate_operation
from cds_service.knowledge.plan import Published, every_plan, plan_definition
from cds_service.knowledge.requirements import requirements
from cds_service.knowledge.terms import code_systems, concept_map, value_sets


class Catalogue:
    """The resources of some drugs on a day, under a base address."""

    def __init__(self, drugs: Sequence[Drug], base: str, today: date) -> None:
        self._drugs = drugs
        self.base = base
        self.today = today

    @cached_property
    def plans(self) -> tuple[Published, ...]:
        """What the PlanDefinitions are made of."""
        return tuple(one for drug in self._drugs for one in every_plan(drug))

    @cached_property
    def _by_kind(self) -> dict[str, dict[str, Json]]:
        base, today = self.base, self.today
        hooks = dict.fromkeys(hook for drug in self._drugs for hook in drug.hooks)
        every = (
            *(plan_definition(one, base, today) for one in self.plans),
            *(library(drug, self.plans, base, today) for drug in self._drugs),
            *value_sets(self._drugs, base, today),
            *code_systems(self._drugs, base, today),
            concept_map(self._drugs, base, today),
            evaluate_operation(base, today, hooks),
        )
        found: dict[str, dict[str, Json]] = {kind: {} for kind in TYPES}
        for resource in every:
            found[resource["resourceType"]][resource["id"]] = resource
        return found

    def of_kind(self, kind: str) -> dict[str, Json]:
        """The resources of a type by their id. Raises: KeyError for a type that is not published."""
        return self._by_kind[kind]

    def capability(self) -> Json:
        """The CapabilityStatement."""
        return capability_statement(self.base, self.today)


def library(drug: Drug, plans: Sequence[Published], base: str, today: date) -> Json:
    """The Library of a drug: which PlanDefinitions there are, and what data they look at."""
    own = [{"type": "composed-of", "resource": address(base, "PlanDefinition", p.id)} for p in plans if p.drug is drug]
    return published(base, "Library", drug.name, f"{drug.title}: dosing and monitoring", today) | {
        "version": drug.content_version,
        "type": {"coding": [{"system": SYSTEMS["library-type"], "code": "asset-collection"}]},
        "description": f"What this service knows about {drug.title.lower()}. Advice for clinicians.",
        "relatedArtifact": own,
        "dataRequirement": requirements(drug.needs, base),
    }
