"""Everything that the rules say about each worked example, line by line: `python -m tests.spec.told` writes it anew.

`told/<file of examples>.txt` holds the decisions, `told/rules.txt` the reasons that rules give, each with the rules that
give it in any example. They are golden files: nobody wrote them by hand, so read the difference before it is committed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import Assessment, Basis, ProposedAction, Recommendation
from cds_service.dosing.case import Case
from tests.support.assessed import assess_anew, case_of
from tests.support.examples import examples
from tests.support.rule_book import FILES
from tests.support.rules import RULES

FOLDER = Path(__file__).with_name("told")
NAMES = {identifier: name for name in FILES for identifier in examples(name)}


def told(identifier: str) -> Assessment:
    """What the rules say about an example."""
    return assess_anew(_case(identifier))


@functools.cache
def _case(identifier: str) -> Case:
    case = case_of(examples(NAMES[identifier])[identifier])
    assert case is not None, f"the rules are not asked about {identifier}"
    return case


def decisions(assessment: Assessment) -> list[str]:
    """The decisions, one line for each member that says anything."""
    return [line for one in assessment.recommendations for line in _lines(one)]


def _lines(one: Recommendation) -> Iterator[str]:
    yield f"  {one.action} {one.urgency} {' '.join(one.rules)}"
    for name, value in _members(one).items():
        if name in ("action", "urgency", "rules"):
            continue
        if isinstance(value, Mapping):
            yield from (f"    {name} {key}: {_text(word, one)}" for key, word in value.items() if word != "")
        elif isinstance(value, tuple):
            yield from (f"    {name}: {_text(item, one)}" for item in value)
        else:
            yield f"    {name}: {_text(value, one)}"


def _members(value: Any) -> dict[str, Any]:
    given = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: member for name, member in given.items() if member not in ("", None, (), {}, False)}


def _text(value: Any, of: Recommendation) -> str:
    if isinstance(value, Dose):
        return value.words
    if isinstance(value, Basis):
        return f"{value.document} {value.section}"
    if isinstance(value, tuple):
        return "; ".join(_text(item, of) for item in value)
    if is_dataclass(value):
        kind = f"{type(value).__name__} " if isinstance(value, ProposedAction) else ""
        return kind + ", ".join(f"{name} {_text(member, of)}" for name, member in _members(value).items())
    return "(the text of the rule)" if value == RULES[of.rules[0]].text else str(value)


def reasons(assessment: Assessment) -> set[tuple[str, str]]:
    """The outcome of each rule with its reason, and the rule."""
    return {(f"{said.outcome}: {said.why}", said.rule) for said in assessment.outcomes}


@functools.cache
def golden_decisions(name: str) -> dict[str, list[str]]:
    """The decisions that are right, by example."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / name).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found[next(reversed(found))].append(line)
        else:
            found[line] = []
    return found


@functools.cache
def golden_reasons() -> frozenset[tuple[str, str]]:
    """The reasons that are right, each with the rules that give it."""
    found: set[tuple[str, str]] = set()
    reason = ""
    for line in (FOLDER / "rules.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            found |= {(reason, rule) for rule in line.split()}
        else:
            reason = line
    return frozenset(found)


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    every = {identifier: told(identifier) for identifier in NAMES}
    for name in FILES:
        lines = [line for key in examples(name) for line in (key, *decisions(every[key]))]
        (FOLDER / name).with_suffix(".txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    by_reason: dict[str, list[str]] = {}
    for reason, rule in sorted(set().union(*(reasons(one) for one in every.values()))):
        by_reason.setdefault(reason, []).append(rule)
    lines = [line for reason, rules in by_reason.items() for line in (reason, f"  {' '.join(rules)}")]
    (FOLDER / "rules.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write()
