"""Are the published numbers those of the rows, for every regimen and edition, and is every rule published?"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import cds_service
from cds_service.drugs.catalogue import DRUGS
from cds_service.fhir.model import problems_of
from cds_service.fhir.terminology import codes_of
from cds_service.knowledge.capability import TYPES
from cds_service.knowledge.catalogue import Catalogue
from cds_service.knowledge.plan import NUMBER, every_plan
from cds_service.knowledge.requirements import TOLD_BY, requirements_of_facts

Json = dict[str, Any]
PACKAGE = Path(cds_service.__file__).parent
BASE = "https://cds.example.org/fhir"
TODAY = date(2026, 11, 30)
CATALOGUE = Catalogue(DRUGS, BASE, TODAY)
(DRUG,) = DRUGS


def read(resource: Json) -> Json:
    """The resource as a client reads it."""
    found: Json = json.loads(msgspec.json.Encoder(decimal_format="number").encode(resource), parse_float=Decimal)
    return found


PLANS = {identity: read(plan) for identity, plan in CATALOGUE.of_kind("PlanDefinition").items()}


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every number of a row as the file has it, by its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{number}")
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield path, value


def numbers_of(action: Json) -> dict[str, object]:
    """The members of a rule's row by their path, read back from its action."""
    found: dict[str, object] = {}
    for extension in action.get("extension", ()):
        if extension["url"] == NUMBER:
            parts = {part["url"]: part for part in extension["extension"]}
            (value,) = (member for name, member in parts["value"].items() if name.startswith("value"))
            found[parts["path"]["valueString"]] = value
    return found


def rows() -> dict[tuple[str, str], Json]:
    """Every row of every edition as its file has it, by the edition's revision and document, and the rule."""
    found = {}
    for path in sorted(PACKAGE.glob("drugs/*/documents/*/*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        document = content["document"]
        found.update(
            {(f"{document['title']}, revision {document['revision']}", row["id"]): row for row in content["rule"]}
        )
    return found


ROWS = rows()


def steps(plan: Json) -> list[Json]:
    listed: list[Json] = plan["action"][0]["action"]
    return listed


@pytest.mark.parametrize("identity", PLANS)
def test_the_numbers_of_a_plan_are_those_of_its_rows(identity: str) -> None:
    for action in steps(PLANS[identity]):
        row = ROWS[action["documentation"][0]["label"], action["id"]]
        numbers = {
            path: n
            for path, n in numbers_of(action).items()
            if isinstance(n, int | Decimal) and not isinstance(n, bool)
        }
        assert dict(leaves(row)) == numbers, action["id"]
        assert row["section"] in action["documentation"][0]["display"]


def test_every_regimen_of_every_edition_is_a_plan() -> None:
    wanted = {(rules[plan.start].document.id, plan.name) for rules in DRUG.rulebook.every for plan in DRUG.plans(rules)}
    us = {name for document, name in wanted if document.startswith("us-label")}
    assert {"mds-del5q", "myeloma-combination", "myeloma-maintenance", "mcl", "fl", "mzl"} == us
    assert 3 * len(us) + 8 == len(wanted)
    assert {f"{DRUG.name}-{document}-{name}" for document, name in wanted} <= set(PLANS)


def test_every_rule_of_every_edition_is_published_and_a_regimen_has_its_own_rows() -> None:
    published = {(a["documentation"][0]["label"], a["id"]) for plan in PLANS.values() for a in steps(plan)}
    assert set(ROWS) == published
    us = {a["id"] for a in steps(PLANS["lenalidomide-us-label-2023-03-mds-del5q"])}
    assert {"US-MDS-START", "US-REN-MDS-LT30", "US-MDS-PLT-A4", "US-MDS-ANC-5MG", "US-MON-CBC-MDS"} <= us
    assert not {each for each in us if each.startswith(("EU-", "US-MM", "US-FL", "US-MCL"))}


def test_a_plan_says_when_by_what_and_whether_it_stands() -> None:
    plan = PLANS["lenalidomide-us-label-2021-08-mds-del5q"]
    assert list(DRUG.hooks) == [trigger["name"] for trigger in plan["action"][0]["trigger"]]
    assert ("retired", "2021-08-31", "2023-03-23") == (
        plan["status"], plan["effectivePeriod"]["start"], plan["effectivePeriod"]["end"],
    )  # fmt: skip
    # Nobody has signed a document yet.
    assert "draft" == PLANS["lenalidomide-us-label-2023-03-mds-del5q"]["status"]
    action = next(a for a in steps(plan) if a["id"] == "US-MDS-PLT-W4-HI")
    words = action["condition"][0]["expression"]["description"]
    assert "baseline platelets at least 100,000/uL" in words
    assert action["description"].startswith("interrupt when platelets fall below 50,000/uL")


def test_a_plan_s_version_changes_with_its_numbers_alone() -> None:
    one = next(p for p in every_plan(DRUG) if p.plan is not None)
    tomorrow = Catalogue(DRUGS, "https://other.example.org", date(2026, 12, 1)).of_kind("PlanDefinition")
    assert PLANS[one.id]["version"] == tomorrow[one.id]["version"]
    assert len({plan["version"] for plan in PLANS.values()}) > len(PLANS) // 2


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_published_is_valid_r4_and_names_only_what_is_published(kind: str) -> None:
    known = {resource["url"] for each in TYPES for resource in CATALOGUE.of_kind(each).values()}
    # Reading a value set takes long, and all are made by one line.
    for resource in list(CATALOGUE.of_kind(kind).values())[:: 8 if kind in ("ValueSet", "PlanDefinition") else 1]:
        assert [] == problems_of(resource), resource["id"]
        assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", resource["id"])
        named = set(re.findall(rf'"({re.escape(BASE)}/[^"]+)"', json.dumps(resource, default=str)))
        assert named <= known


def test_the_capability_statement_is_valid_r4() -> None:
    assert [] == problems_of(CATALOGUE.capability())


def test_a_value_set_holds_the_codes_of_its_concept() -> None:
    sets = CATALOGUE.of_kind("ValueSet")
    for concept in ("platelets", "anc", "mds-del5q"):
        held = {
            (include["system"], code)
            for include in sets[concept]["compose"]["include"]
            for code in (
                *(c["code"] for c in include.get("concept", ())),
                *(f["value"] for f in include.get("filter", ())),
            )
        }
        assert set(codes_of(concept)) <= held
    drug = sets[DRUG.name]["compose"]["include"]
    assert {code for _, code in DRUG.codes} == {
        code
        for i in drug
        for code in (*(c["code"] for c in i.get("concept", ())), *(f["value"] for f in i.get("filter", ())))
    }


# A setting of the site, and what only a person can say: no resource tells it.
NO_RESOURCE = {"jurisdiction"}


def test_each_fact_that_decisions_lack_is_asked_for() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    facts = set(re.findall(r'Missing\(\s*"(\w+)"', source)) - NO_RESOURCE
    assert {"currentDose", "indication", "temperature"} <= facts
    assert [] == sorted(fact for fact in facts if not requirements_of_facts([fact], DRUG.needs, BASE))
    assert not {fact for need in DRUG.needs for fact in need.facts} & set(TOLD_BY)
