"""What a text must hold for a pattern to be found in it: searched first, because to look for a word is far cheaper.

Only what is certain counts: letters outside optional parts, look-arounds and classes. A pattern of which nothing is certain
has no stems, and is always searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_QUANTIFIER = re.compile(r"[?*]|\{0?,\d*\}|\{0\}")
_REPEAT = re.compile(r"\+\??|\{[1-9]\d*(?:,\d*)?\}\??")


# Most patterns stand in more than one vocabulary.
@cache
def stems_of(pattern: str) -> frozenset[str]:
    """Strings of which each text that the pattern is found in holds at least one; empty where none is certain.

    Args: a regular expression without flags, as the vocabularies have them.
    """
    if "(?i" in pattern:
        return frozenset()  # letters of another case would count too
    stems, end = _alternatives(pattern, 0)
    return stems if end == len(pattern) else frozenset()


def stems_of_any(patterns: Iterable[str]) -> frozenset[str]:
    """Strings of which each text that any of the patterns is found in holds at least one; empty where none is certain."""
    every = [stems_of(pattern) for pattern in patterns]
    return frozenset().union(*every) if all(every) else frozenset()


def may_be_in_ascii(pattern: str) -> bool:
    """Whether a pattern can be found in a text of ASCII letters alone: not where each of its stems holds another letter."""
    stems = stems_of(pattern)
    return not stems or any(stem.isascii() for stem in stems)


def shortest(stems: frozenset[str]) -> tuple[str, ...]:
    """The stems without those that hold another one, the shortest first: whoever looks for the others looks in vain."""
    kept: list[str] = []
    for stem in sorted(stems, key=lambda each: (len(each), each)):
        if not any(other in stem for other in kept):
            kept.append(stem)
    return tuple(kept)


def _alternatives(pattern: str, start: int) -> tuple[frozenset[str], int]:
    """The stems of alternatives up to a closing bracket or the end, and where they end."""
    every: list[frozenset[str]] = []
    at = start
    while True:
        stems, at = _sequence(pattern, at)
        every.append(stems)
        if at < len(pattern) and pattern[at] == "|":
            at += 1
            continue
        return (frozenset().union(*every) if all(every) else frozenset()), at


def _sequence(pattern: str, at: int) -> tuple[frozenset[str], int]:
    """The surest stems of one alternative: a run of letters, or what a group in it must hold."""
    candidates: list[frozenset[str]] = []
    run = ""
    while at < len(pattern) and pattern[at] not in "|)":
        stems: frozenset[str] = frozenset()
        literal = ""
        if pattern[at] == "(":
            is_plain = pattern.startswith("(?:", at) or not pattern.startswith("(?", at)
            inner = at + (3 if pattern.startswith("(?", at) else 1)
            stems, at = _alternatives(pattern, inner)
            at += 1
            stems = stems if is_plain else frozenset()
        elif pattern[at] == "[":
            klass = _CLASS.match(pattern, at)
            at = klass.end() if klass else len(pattern) + 1  # no class: nothing is certain of what follows
        elif pattern[at] == "\\":
            literal = "" if pattern[at + 1].isalnum() else pattern[at + 1]
            at += 2
        else:
            literal = "" if pattern[at] in ".^$" else pattern[at]
            at += 1
        optional, repeated = _QUANTIFIER.match(pattern, at), _REPEAT.match(pattern, at)
        if optional:
            at = optional.end() + (pattern[optional.end() : optional.end() + 1] == "?")
        elif repeated:
            at = repeated.end()
        if literal and not optional:
            run += literal
        if not literal or optional or repeated:
            candidates.append(frozenset({run}) if run else frozenset())
            run = ""
        if stems and not optional:
            candidates.append(stems)
    candidates.append(frozenset({run}) if run else frozenset())
    return max(candidates, key=lambda each: min(map(len, each), default=0)), at
