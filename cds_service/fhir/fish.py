"""Interphase FISH ("nuc ish …"), read conservatively: only the probes that are known here, only counts that are written.

5q is deleted where a probe of the long arm has fewer signals than a probe of the short arm of chromosome 5 in the same
cells. One signal of a 5q probe without a short-arm probe beside it may be monosomy 5 and stays open. FISH looks at
single places, so it never says that nothing else is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LONG_ARM_5 = re.compile(r"egr1|csf1r|rps14|cdc25c|pdgfrb|sparc|d5s89|d5s500|5q[0-9.]*|lsi5q|lsiegr1")
_SHORT_ARM_5 = re.compile(r"d5s23|d5s721|d5s630|d5s2064|tert|htert|5p[0-9.]*|d5s23/d5s721|d5s721/d5s23")
_LONG_ARM_7 = re.compile(r"d7s486|d7s522|7q[0-9.]*")
_CENTROMERE = re.compile(r"(?:d([0-9]{1,2})z[0-9]|cep([0-9]{1,2})|cen([0-9]{1,2}))")
_SEX_PROBE = re.compile(r"d[xy]z[0-9]|cep[xy]")
_GROUP = re.compile(r"\((?P<probes>[^()]*)\)(?:x(?P<count>[0-9]))?")
_PROBE = re.compile(r"(?P<name>.+?)(?:x(?P<count>[0-9]))?")


@dataclass
class Fish:
    """`del5q` None where FISH did not tell; `others` names abnormalities of other chromosomes that it showed."""

    del5q: bool | None = None
    others: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def read_fish(section: str) -> Fish:
    """What the FISH part of a report says.

    Args: `section` in lower case without spaces, from "nucish" on.
    """
    fish = Fish()
    said: list[bool | None] = []
    for pattern in re.split(r"\[[^\]]*\]", section.replace("nucish", "")):
        signals = _signals(pattern, fish)
        if signals:
            said.append(_of_chromosome_5(signals, fish))
            _of_other_chromosomes(signals, fish)
    if True in said:
        fish.del5q = True
    elif False in said and not fish.unreadable:
        fish.del5q = False
    if not said:
        fish.unreadable.append("FISH: no signal counts")
    return fish


def _signals(pattern: str, fish: Fish) -> dict[str, int]:
    signals: dict[str, int] = {}
    for group in _GROUP.finditer(pattern):
        for written in group["probes"].split(","):
            found = _PROBE.fullmatch(written)
            count = (found["count"] if found else None) or group["count"]
            if found is None or count is None:
                fish.unreadable.append(f"FISH: {written or 'an empty probe'}")
            else:
                signals[found["name"]] = int(count)
    return signals


def _of_chromosome_5(signals: dict[str, int], fish: Fish) -> bool | None:
    long_arm = [count for name, count in signals.items() if _LONG_ARM_5.fullmatch(name)]
    short_arm = [count for name, count in signals.items() if _SHORT_ARM_5.fullmatch(name)]
    if not long_arm:
        return None
    if short_arm:
        if min(long_arm) < min(short_arm):
            return True
        if min(short_arm) == 1:
            fish.others.append("-5")
            return False
        return False if min(long_arm) == 2 else None
    if min(long_arm) >= 2:
        return False
    fish.unreadable.append("FISH: one signal of 5q without a probe of 5p may be monosomy 5")
    return None


def _of_other_chromosomes(signals: dict[str, int], fish: Fish) -> None:
    for name, count in signals.items():
        if count == 2 or _LONG_ARM_5.fullmatch(name) or _SHORT_ARM_5.fullmatch(name) or _SEX_PROBE.fullmatch(name):
            continue
        centromere = _CENTROMERE.fullmatch(name)
        if centromere and count in (1, 3):
            chromosome = next(group for group in centromere.groups() if group)
            fish.others.append(("-" if count == 1 else "+") + chromosome)
        elif _LONG_ARM_7.fullmatch(name) and count == 1:
            if signals.get("d7z1", signals.get("cep7")) != 1:
                fish.others.append("del(7q)")
        elif name == "d20s108" and count == 1:
            fish.others.append("del(20q)")
        else:
            fish.unreadable.append(f"FISH: {name}x{count}")
