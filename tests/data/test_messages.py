"""Does every message that a rule names exist, can every fill-in of it be filled, and is none left over?"""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from cds_service.commands.check import PACKAGE
from cds_service.commands.checks.words import FILL_IN, TABLES

FOLDERS = sorted(path.parent for path in (PACKAGE / "drugs").glob("*/messages.toml"))
ALWAYS = {"rule_text", "drug", "order", "dose", "next_cbc_due", "lacking", "lacking_facts", "lacking_values"}
ALWAYS |= {"asked", "next_cbc", "resume_at", "dose_now", "todo"}
"""What every message may use: `decision` gives the first, the cards layer the others."""


@cache
def messages(folder: Path) -> dict[str, dict[str, str]]:
    """The sentences of a drug by message."""
    return tomllib.loads((folder / "messages.toml").read_text(encoding="utf-8"))


@cache
def files(folder: Path) -> tuple[Path, ...]:
    """The files of a drug's rules, and of the engine."""
    return (*sorted(folder.rglob("*.py")), *sorted((PACKAGE / "dosing").rglob("*.py")))


@cache
def modules(folder: Path) -> tuple[ast.Module, ...]:
    """The rule modules of a drug, and the engine's."""
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in files(folder))


@cache
def texts(module: ast.AST) -> set[str]:
    """Every text literal, as far as it can be a message key."""
    return {n.value for n in ast.walk(module) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@cache
def endings(module: ast.AST) -> set[str]:
    """What f-strings add to a key: "-offer" in f"{message}-offer"."""
    parts = [n.values[-1] for n in ast.walk(module) if isinstance(n, ast.JoinedStr) and len(n.values) == 2]
    found = {p.value for p in parts if isinstance(p, ast.Constant)}
    return {p for p in found if isinstance(p, str) and re.fullmatch(r"-[a-z]+", p)}


@cache
def beginnings(module: ast.AST) -> set[str]:
    """What f-strings begin a key with: "pml-" in f"pml-{end}"."""
    parts = [n.values[0] for n in ast.walk(module) if isinstance(n, ast.JoinedStr) and len(n.values) == 2]
    return {p.value for p in parts if isinstance(p, ast.Constant) and re.fullmatch(r"[a-z-]+-", str(p.value))}


@cache
def keys_given(module: ast.AST) -> set[str]:
    """Every key of a dict literal and every key that is set: the words that a module can fill in."""
    nodes = [k for n in ast.walk(module) if isinstance(n, ast.Dict) for k in n.keys]
    nodes += [n.slice for n in ast.walk(module) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)]
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@cache
def imports(folder: Path) -> dict[ast.Module, set[ast.Module]]:
    """The modules of the same drug and of the engine that each module imports from."""
    paths = zip(files(folder), modules(folder), strict=True)
    dotted = {".".join(("cds_service", *p.relative_to(PACKAGE).with_suffix("").parts)): m for p, m in paths}
    named = {m: {n.module for n in ast.walk(m) if isinstance(n, ast.ImportFrom)} for m in modules(folder)}
    return {module: {m for name, m in dotted.items() if name in named[module]} for module in modules(folder)}


def neighbours(folder: Path, module: ast.Module) -> set[ast.Module]:
    """A module, what it imports in two steps, and what imports it: there words are made or passed on."""
    first = imports(folder)[module]
    second = set().union(*(imports(folder)[m] for m in first))
    return {module, *first, *second, *(m for m, used in imports(folder).items() if module in used)}


def decision_keys(folder: Path) -> set[str]:
    """The message of each `decision(...)` call that gives it as a literal: its fifth argument."""
    calls = [n for m in modules(folder) for n in ast.walk(m) if isinstance(n, ast.Call)]
    named = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "decision" and len(c.args) >= 5]
    return {c.args[4].value for c in named if isinstance(c.args[4], ast.Constant) and isinstance(c.args[4].value, str)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_message_that_a_decision_names_exists(folder: Path) -> None:
    assert 15 < len(decision_keys(folder))
    assert set() == decision_keys(folder) - set(messages(folder))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_proposal_that_a_rule_makes_has_its_words(folder: Path) -> None:
    calls = [n for m in modules(folder) for n in ast.walk(m) if isinstance(n, ast.Call)]
    named = [c.args[0] for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Proposal" and c.args]
    labels = {label.value for label in named if isinstance(label, ast.Constant)}
    assert labels
    assert set() == labels - set(messages(folder)["proposal"])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_fill_in_is_a_word_that_the_rules_which_use_the_message_give(folder: Path) -> None:
    suffixes = set().union(*(endings(module) for module in modules(folder)))
    unfilled = set()
    for key, parts in messages(folder).items():
        named = {key, *(key.removesuffix(suffix) for suffix in suffixes)}
        begun = {key[: at + 1] for at, sign in enumerate(key) if sign == "-"}
        users = [module for module in modules(folder) if named & texts(module) or begun & beginnings(module)]
        if not users:
            continue
        given = ALWAYS.union(*(keys_given(near) for module in users for near in neighbours(folder, module)))
        # `decision` makes the short form of a dose from its words.
        given |= {f"{word}_brief" for word in given & {"ordered", "new_dose"}}
        unfilled |= {(key, part, w) for part, text in parts.items() for w in FILL_IN.findall(text) if w not in given}
    # The words on buttons go with whatever message carries the proposal.
    assert set() == {use for use in unfilled if use[0] not in TABLES}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_no_message_is_left_over(folder: Path) -> None:
    literals = set().union(*(texts(module) for module in modules(folder)))
    suffixes = set().union(*(endings(module) for module in modules(folder)))
    prefixes = set().union(*(beginnings(module) for module in modules(folder)))
    named = literals | {literal + suffix for literal in literals for suffix in suffixes}
    named |= {prefix + literal for prefix in prefixes for literal in literals}
    assert set() == set(messages(folder)) - named - {*TABLES}
