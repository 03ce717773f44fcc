"""The clones of a banded karyotype: split, inherited, counted by cells, checked against the chromosome number.

"idem" and "sl" take over the first clone, "sdl" the clone before, "sdl1" the first sideline; there "-x" takes back an
inherited "x". A clone is two cells with the same structure or gain, three with the same loss: fewer are named in a
remark and not counted. Constitutional abnormalities and normal variants are named and not counted. Cells of a donor
(after "//") are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from cds_service.clinical.cytogenetics import DEL5Q
from cds_service.fhir.iscn import Abnormality, read_abnormality

_NUMBER = re.compile(r"(?P<low>[0-9]{2,3})(?:[~-](?P<high>[0-9]{2,3}))?(?P<ploidy><[0-9]n[+-]?>|\([0-9]n[+-]?\))?")
_SEX = re.compile(r"(?P<sex>[xy]{1,5})(?P<constitutional>c?)")
_BASE = re.compile(r"(?P<base>idem|sl|sdl)(?P<which>[0-9]?)(?P<double>x[2-9])?")
_CELLS = re.compile(r"\[(?P<composite>cp)?~?(?P<cells>[0-9]+)(?:/[0-9]+)?\]\Z")
_DIPLOID = range(35, 58)
_AUTOSOMES = 44


@dataclass
class Clone:
    """One clone; `found` counts copies by name, inherited ones included. `sex` is "" where it is inherited."""

    written: str
    number: int | None = None
    sex: str = ""
    cells: int | None = None
    found: Counter[str] = field(default_factory=Counter)
    own_cells: dict[str, int] = field(default_factory=dict)
    losses: set[str] = field(default_factory=set)
    can_be_checked: bool = True


@dataclass
class Banding:
    """All clones together: copies of each clonal abnormality, what was left out or not read, and what is in doubt."""

    counted: Counter[str] = field(default_factory=Counter)
    is_del5q_doubtful: bool = False
    has_cells: bool = False
    unreadable: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def split_outside(text: str, separator: str) -> list[str]:
    """The parts of a text between separators that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character in "([<":
            depth += 1
        elif character in ")]>":
            depth = max(0, depth - 1)
        elif character == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def read_banding(iscn: str) -> Banding:
    """What a banded karyotype says.

    Args: `iscn` in lower case without spaces, clones separated by "/".
    """
    banding = Banding()
    own, donor, rest = iscn.partition("//")
    if donor:
        banding.remarks.append("cells of a donor are left out")
        if rest and not own:
            banding.unreadable.append("only cells of a donor were seen")
            banding.is_del5q_doubtful = True
    clones: list[Clone] = []
    for written in split_outside(own, "/"):
        if written:
            clones.append(_read_clone(written, clones, banding))
    banding.has_cells = bool(clones)
    _count(clones, banding)
    return banding


def _read_clone(written: str, before: list[Clone], banding: Banding) -> Clone:
    clone = Clone(written)
    text = written
    if found := _CELLS.search(text):
        clone.cells, text = int(found["cells"]), text[: found.start()]
    number, *tokens = split_outside(text, ",")
    _read_chromosome_number(number, clone, banding)
    if not tokens:
        banding.unreadable.append(f"{written}: no sex chromosomes")
        banding.is_del5q_doubtful = True
        return clone
    head, *tokens = tokens
    base = _BASE.fullmatch(head)
    parent = _parent(base, before) if base else None
    if parent is not None and base is not None:
        clone.found.update(parent.found)
        clone.losses |= parent.losses
        if base["double"]:
            clone.found["doubled clone"] += 1
            clone.can_be_checked = False
    elif (sex := _SEX.fullmatch(head)) is not None:
        clone.sex = sex["sex"]
        if not sex["constitutional"] and not _is_usual_sex(clone.sex, tokens):
            banding.unreadable.append(f"{head.upper()}: whether constitutional or acquired is not said")
    else:
        banding.unreadable.append(head)
        banding.is_del5q_doubtful = True
        clone.can_be_checked = False
    change = sum(_add(token, clone, parent, banding) for token in tokens)
    _check_number(clone, parent, change, banding)
    return clone


def _read_chromosome_number(written: str, clone: Clone, banding: Banding) -> None:
    found = _NUMBER.fullmatch(written)
    if found is None:
        banding.unreadable.append(written)
        return
    low = int(found["low"])
    if found["ploidy"] or low not in _DIPLOID:
        banding.unreadable.append(f"{written}: not near-diploid")
    elif found["high"] is None:
        clone.number = low


def _parent(base: re.Match[str], before: list[Clone]) -> Clone | None:
    """The clone that is taken over; None when there is none before this one."""
    if not before:
        return None
    if base["base"] != "sdl":
        return before[0]
    if not base["which"]:
        return before[-1]
    which = int(base["which"])
    return before[which] if which < len(before) else None


def _is_usual_sex(sex: str, tokens: list[str]) -> bool:
    if sex in ("xx", "xy", "yx"):
        return True
    # 45,X,-Y and 46,X,i(X)(q10) name what became of the other sex chromosome.
    return sex in ("x", "y") and any(re.match(r"-\??[xy](?![0-9])|\??[a-z]+\([^()]*[xy]", token) for token in tokens)


def _add(token: str, clone: Clone, parent: Clone | None, banding: Banding) -> int:
    """Takes one abnormality into the clone; the change of the chromosome number it means."""
    read = read_abnormality(token)
    if read is None:
        banding.unreadable.append(token or "an empty part")
        banding.is_del5q_doubtful = True
        clone.can_be_checked = False
        return 0
    if read.is_constitutional or read.is_variant:
        word = "constitutional" if read.is_constitutional else "a normal variant"
        banding.remarks.append(f"{token} is {word} and is not counted")
        return read.number_change
    if parent is not None and _take_back(read, clone):
        return read.number_change
    if read.doubt:
        banding.unreadable.append(f"{token}: {read.doubt}")
        banding.is_del5q_doubtful |= "5" in re.findall(r"[0-9]+", read.name)[:1]
        return read.number_change
    if read.name != DEL5Q and "del(5)(q" in read.name:
        banding.unreadable.append(f"{token}: del(5q) within another change of chromosome 5")
        banding.is_del5q_doubtful = True
    clone.found[read.name] += read.copies
    if read.is_loss:
        clone.losses.add(read.name)
    if read.cells is not None:
        clone.own_cells[read.name] = read.cells
    return _change_beside_sex(read, clone)


def _take_back(read: Abnormality, clone: Clone) -> bool:
    """Whether "-x" in a subclone took back an inherited x."""
    if not read.is_loss:
        return False
    bare = read.name[1:]
    for inherited in (f"+{bare}", bare):
        if clone.found[inherited] > 0:
            clone.found[inherited] -= 1
            return True
    return False


def _change_beside_sex(read: Abnormality, clone: Clone) -> int:
    """The change of number, where the sex chromosomes as written may already say it (45,X,-Y; 46,X,i(X)(q10))."""
    if len(clone.sex) != 1:
        return read.number_change
    if read.name in ("-X", "-Y"):
        return 0
    is_of_sex = re.match(r"[a-z]+\([^()]*[XY]", read.name) is not None
    return read.number_change + (1 if is_of_sex else 0)


def _check_number(clone: Clone, parent: Clone | None, change: int, banding: Banding) -> None:
    if clone.number is None or not clone.can_be_checked:
        return
    if parent is not None:
        expected = None if parent.number is None else parent.number + change
    else:
        expected = _AUTOSOMES + len(clone.sex) + change
    if expected is not None and expected != clone.number:
        banding.unreadable.append(f"{clone.number} chromosomes do not fit what is listed ({expected})")


def _count(clones: list[Clone], banding: Banding) -> None:
    for name in {name: None for clone in clones for name in clone.found}:
        having = [clone for clone in clones if clone.found[name] > 0]
        if not having:
            continue
        counts = [clone.own_cells.get(name, clone.cells) for clone in having]
        is_loss = any(name in clone.losses for clone in having)
        needed = 3 if is_loss else 2
        if None not in counts and sum(count or 0 for count in counts) < needed:
            banding.remarks.append(f"{name} in fewer than {needed} cells is no clone and is not counted")
            if name == DEL5Q:
                banding.is_del5q_doubtful = True
                banding.unreadable.append(f"{name} in a single cell")
            continue
        banding.counted[name] = max(clone.found[name] for clone in having)
