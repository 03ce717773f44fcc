"""PlanDefinitions: one for each regimen of each edition of its document, and one for the rules of an edition that no regimen owns.

An action for each rule: its condition in words, its citation with the place, and every number of its row as it stands there,
under an extension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from cds_service.dosing.rulebook import DocumentState, Edition, Rule
from cds_service.drugs.contract import Drug, Plan
from cds_service.fhir.terminology import SYSTEMS
from cds_service.knowledge.canonical import RULE, Json, address, digest, published

NUMBER: Final = "urn:cds-service:row-member"
"""The extension that holds one member of a rule's row: its path in the row, and its value."""

NO_LANGUAGE: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


@dataclass(frozen=True, slots=True)
class Published:
    """What one PlanDefinition is made of; `plan` is None for the rules of an edition that no regimen owns."""

    drug: Drug
    document: DocumentState
    rules: tuple[Rule, ...]
    beside: tuple[str, ...] = ()
    plan: Plan | None = None

    @property
    def id(self) -> str:
        """The id, at most 64 characters."""
        own = f"{self.drug.name}-{self.document.id}"
        return f"{own}-{self.plan.name}" if self.plan is not None else own

    def stands_on(self, day: date) -> bool:
        """Whether the edition is the one in force on a day."""
        return any(document.id == self.document.id for document in self.drug.rulebook.on(day).documents)


def every_plan(drug: Drug) -> tuple[Published, ...]:
    """All that is published of a drug: for each edition its regimens, then what holds in all of them."""
    found: dict[str, Published] = {}
    owned: set[str] = set()
    plans = [(rules, plan) for rules in drug.rulebook.every for plan in drug.plans(rules)]
    for rules, plan in plans:
        document = rules[plan.start].document
        beside = tuple(f"{drug.name}-{other.id}" for other in rules.documents if _is_beside(other, plan))
        one = Published(drug, document, tuple(rules[rule_id] for rule_id in plan.rules), beside, plan)
        found.setdefault(one.id, one)
        owned.update(plan.rules)
    general = (_general(drug, edition, owned) for edition in drug.rulebook.editions)
    return (*found.values(), *(each for each in general if each.rules))


def _is_beside(document: DocumentState, plan: Plan) -> bool:
    return document.jurisdiction in ("", plan.jurisdiction)


def _general(drug: Drug, edition: Edition, owned: set[str]) -> Published:
    return Published(drug, edition.document, tuple(r for r in edition.rules.values() if r.id not in owned))


def plan_definition(one: Published, base: str, today: date) -> Json:
    """The PlanDefinition; a superseded edition is retired, one that nobody signed is a draft."""
    document, drug = one.document, one.drug
    name = one.plan.title if one.plan is not None else "what holds in every regimen"
    steps = [_action(rule) for rule in one.rules]
    status = "retired" if not one.stands_on(today) else "active" if document.signed_by else "draft"
    head = published(
        base, "PlanDefinition", one.id, f"{drug.title}: {name} ({document.title}, {document.revision})", today, status
    )
    depends = [
        {"type": "depends-on", "resource": address(base, "PlanDefinition", other)}
        for other in one.beside
        if other != one.id
    ]
    ends = {"end": (document.effective_to - timedelta(days=1)).isoformat()} if document.effective_to else {}
    signed: Json = {"approvalDate": document.signed_on.isoformat()} if document.signed_on else {}
    signed |= {"reviewer": [{"name": document.signed_by}]} if document.signed_by else {}
    where: Json = {"jurisdiction": [{"text": document.jurisdiction}]} if document.jurisdiction else {}
    trigger = [{"type": "named-event", "name": hook} for hook in drug.hooks]
    root = {"title": head["title"], "trigger": trigger, "action": steps}
    return head | {
        "version": f"{document.revision}-{digest(steps)}",
        "type": {"coding": [{"system": SYSTEMS["plan-definition-type"], "code": "clinical-protocol"}]},
        "description": f"The rules of {document.title}, revision {document.revision}, as this service decides by them. {document.review}.",
        **where,
        **signed,
        "effectivePeriod": {"start": document.effective_from.isoformat(), **ends},
        "relatedArtifact": [_citation(document.title, f"revision {document.revision}", document.url), *depends],
        "library": [address(base, "Library", drug.name)],
        "action": [root],
    }


def _citation(label: str, place: str, url: str) -> Json:
    return {"type": "citation", "label": label, "display": place, "citation": f"{label}, {place}"} | (
        {"url": url} if url else {}
    )


def _action(rule: Rule) -> Json:
    when, colon, then = rule.text.partition(": ")
    extensions = list(_extensions(rule))
    return {
        "id": rule.id,
        **({"extension": extensions} if extensions else {}),
        "title": rule.id,
        "description": then if colon else rule.text,
        "textEquivalent": rule.text,
        "code": [{"coding": [{"system": RULE, "code": rule.id}]}],
        "documentation": [
            _citation(
                f"{rule.document.title}, revision {rule.document.revision}",
                f"section {rule.section} [{rule.review}]",
                rule.document.url,
            )
        ],
        "condition": [{"kind": "applicability", "expression": _in_words(rule, when)}],
    }


def _in_words(rule: Rule, when: str) -> Json:
    """A condition that people read: this service decides by the row, and R4 has no language for words."""
    unsaid = {"extension": [{"url": NO_LANGUAGE, "valueCode": "not-applicable"}]}
    return {"description": when, "_language": unsaid, "reference": f"{RULE}:{rule.id}"}


def _extensions(rule: Rule) -> Iterator[Json]:
    rows: Mapping[str, Any] = {**rule.data, **({"figures": rule.figures} if rule.figures else {})}
    for path, value in _members(rows, ()):
        yield {"url": NUMBER, "extension": [{"url": "path", "valueString": path}, {"url": "value", **_value(value)}]}


def _members(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Every member of a row that holds no further ones, by its path: hold.0.below."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _members(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _members(inner, (*path, str(number)))
    else:
        yield ".".join(path), value


def _value(value: object) -> Json:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int | Decimal):
        return {"valueDecimal": value}
    return {"valueString": str(value)}


def plans_behind(plans: Iterable[Published], rules: Sequence[str], indication: str, day: date) -> tuple[Published, ...]:
    """The PlanDefinitions in force whose rules a decision rests on: of the indication's regimens, and what holds in all."""
    wanted = set(rules)
    return tuple(
        one
        for one in plans
        if one.stands_on(day)
        and (one.plan is None or one.plan.indication == indication)
        and any(rule.id in wanted for rule in one.rules)
    )
