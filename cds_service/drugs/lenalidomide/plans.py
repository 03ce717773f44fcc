"""Every regimen built from the rules in force, and as it is published: which rows it goes by, from what it names itself."""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.dosing.regimen import Regimen, rule_ids
from cds_service.dosing.rulebook import Rules
from cds_service.drugs.contract import Plan
from cds_service.drugs.lenalidomide.counts.regimen import variants
from cds_service.drugs.lenalidomide.definitions import Definition, defined
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens

MDS = "mds-del5q"


def every_regimen(rules: Rules) -> tuple[Regimen, ...]:
    """All regimens, built as the service starts. Raises: RulebookError naming the editions and the row or number that they lack."""
    return (*regimens(rules).values(), *(regimen for _, regimen in variants(rules)))


def every_plan(rules: Rules) -> tuple[Plan, ...]:
    """All regimens by some rules in force."""
    mds = (_mds(rules, jurisdiction, rule_ids(regimen)) for jurisdiction, regimen in regimens(rules).items())
    others: dict[Definition, list[str]] = {}
    for definition, regimen in variants(rules):
        others.setdefault(definition, []).extend(rule_ids(regimen))
    return (*mds, *(_other(rules, definition, ids) for definition, ids in others.items()))


def _mds(rules: Rules, jurisdiction: str, ids: Iterable[str]) -> Plan:
    """MDS also goes by the rows that its own modules ask for by their names."""
    own = (rule_id for rule_id in rules.by_id if rule_id.startswith(f"{jurisdiction}-MDS-"))
    return Plan(MDS, "MDS with del(5q)", jurisdiction, MDS, f"{jurisdiction}-MDS-START", _in_order(rules, (*ids, *own)))


def _other(rules: Rules, definition: Definition, ids: Iterable[str]) -> Plan:
    named = (definition.steps, definition.start_counts, definition.neutropenia, *definition.renal, *definition.remarks)
    is_alone = len(defined(definition.jurisdiction, definition.indication)) == 1
    start = definition.start.removeprefix(f"{definition.jurisdiction}-").lower()
    return Plan(
        definition.indication if is_alone else f"{definition.indication}-{start}",
        ", ".join(filter(None, (definition.indication.replace("-", " "), definition.name))),
        definition.jurisdiction,
        definition.indication,
        definition.start,
        _in_order(rules, (*ids, *filter(None, named))),
    )


def _in_order(rules: Rules, ids: Iterable[str]) -> tuple[str, ...]:
    """The rows, each once, in the order of the documents."""
    wanted = set(ids)
    return tuple(rule_id for rule_id in rules.by_id if rule_id in wanted)
