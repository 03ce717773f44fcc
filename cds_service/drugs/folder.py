"""Reads a drug's folder: drug.toml, messages.toml and every edition of every document, and checks that the rules can be built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds_service.clinical.recommendation import Assessment
from cds_service.dosing.case import Case, Content
from cds_service.dosing.regimen import Regimen, require_rules
from cds_service.dosing.rulebook import Rules
from cds_service.drugs.contract import Drug, Need, Product
from cds_service.drugs.source_files import SourceFileError, content_version, load_rulebook, load_toml

# A line for each member that a drug.toml cannot do without.
_LINES = (
    'name = "exempla"',
    'title = "Exempla"',
    'names = ["exempla", "a brand"]',
    'hooks = ["patient-view", "order-sign"]',
    "strengths_mg = [5, 10]",
)


def read_drug(
    folder: Path,
    needs: Sequence[Need],
    assess: Callable[[Case], Assessment],
    regimens: Callable[[Rules], Iterable[Regimen]] = lambda _rules: (),
) -> Drug:
    """The drug that the files of a folder describe.

    Args: the folder; the facts that the rules need; what assesses a case; every regimen by some rules in force. What else a drug
    offers (its checks, what hides what among them, its plans) is put beside it by `dataclasses.replace`.

    Raises: SourceFileError for a file that cannot be used; RulebookError for documents that do not go together, or for an
        edition that lacks a row, role or number which the engine asks for.
    """
    content = load_toml(folder / "drug.toml")
    if faults := member_faults(content):
        raise SourceFileError(f"{folder.name}/drug.toml: {'; '.join(faults)}")
    name = content["name"]
    rulebook = load_rulebook(folder)
    for rules in rulebook.every:
        _build(rules, regimens)
    topic = content.get("topic", {})
    return Drug(
        name=name,
        title=content["title"],
        hooks=tuple(content["hooks"]),
        codes=_codes(name, content),
        names=tuple(content["names"]),
        relatives=tuple(content.get("relatives", ())),
        indications=frozenset(content.get("indications", ())),
        strengths_mg=tuple(Decimal(s) for s in content["strengths_mg"]),
        needs=tuple(needs),
        rulebook=rulebook,
        messages=_messages(load_toml(folder / "messages.toml")),
        content_version=content_version(folder.rglob("*.toml")),
        topic=(topic.get("system", ""), topic.get("code", ""), topic.get("display", "")),
        judge=assess,
        content=Content(name),
    )


def member_faults(content: Mapping[str, Any]) -> tuple[str, ...]:
    """What a drug.toml lacks to be read, each with the line that would do."""
    found = [
        f"lacks {line.partition(' ')[0]!r}: add a line such as {line}"
        for line in _LINES
        if not content.get(line.partition(" ")[0])
    ]
    for number, product in enumerate(content.get("product", ()), 1):
        where = f"[[product]] number {number}"
        found += [f"{where} lacks {member!r}" for member in ("system", "codes") if not product.get(member)]
        if (system := product.get("system")) and system not in content.get("systems", {}):
            found.append(f'{where}: system {system!r} is not in [systems]: add a line {system} = "https://…" there')
    return tuple(found)


def _build(rules: Rules, regimens: Callable[[Rules], Iterable[Regimen]]) -> None:
    """What the regimens lack in some edition is known at the start, not at a call."""
    found = tuple(regimens(rules))
    if found:
        rules.require_roles()
    for regimen in found:
        require_rules(rules, regimen)


def _codes(name: str, content: Mapping[str, Any]) -> dict[tuple[str, str], Product]:
    codes: dict[tuple[str, str], Product] = {}
    for row in content.get("product", ()):
        strength = Decimal(row["strength_mg"]) if "strength_mg" in row else None
        for code in row["codes"]:
            key = (content["systems"][row["system"]], code)
            if key in codes:
                raise SourceFileError(f"drug.toml: code {code} stands twice")
            codes[key] = Product(name, strength)
    return codes


def _messages(content: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {f"{group}.{part}": text for group, parts in content.items() for part, text in parts.items()}
