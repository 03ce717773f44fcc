"""A karyotype report to a `Karyotype`: the ISCN string, interphase FISH beside it, and the words around them.

Banding decides. FISH adds a del(5q) that banding did not show; where banding and FISH, or banding and words,
contradict each other about del(5q), it is unknown and said so. Words alone are read by `karyotype_words`.
Conventions of ours: several ISCN strings in one text are clones of one report; a subclone's further change counts once
however many clones have it; two copies gained count twice; -5, der(5) and add(5) are not del(5q).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from cds_service.clinical.cytogenetics import COMPLEX_FROM, DEL5Q, DEL7Q, MONOSOMY_7, Karyotype, involves_chromosome_7
from cds_service.fhir.clones import Banding, read_banding
from cds_service.fhir.fish import Fish, read_fish
from cds_service.fhir.karyotype_words import read_words

# A report beyond this is a document, not a karyotype; reading it could take long.
_LONGEST = 4000
_START = re.compile(
    r"(?<![0-9a-z(;])(?://\s*)?[0-9]{2,3}\s*(?:[~-]\s*[0-9]{2,3})?\s*(?:[<(][0-9]n[+-]?[>)])?\s*,\s*(?=[xy?]|idem|sl|sdl)"
)
_FISH = re.compile(r"(?:\.|\b)nuc\s*ish\b")
# How the words of a FISH report begin that has no formula.
_OF_FISH = re.compile(r"\W*(?:interphase\W+)?fish\b")
_NAMES_5Q = re.compile(r"5\s?\)?\s?\(?q")
ONLY_FISH = "only FISH: the other chromosomes were not looked at"
_OTHER_METHOD = re.compile(r"\.?\s*\b(?:ish|arr|rsa|ogm|sseq|seq)\b(?=[\s(\[])")
_LOSES_7Q = re.compile(r"der\(1;7\)\(q10;p10\)")
_MAY_LOSE_7Q = re.compile(r"\+?(?:der|add|i|idic|iso|dic|psudic|r|ider)\((?:[^()]*;)?7(?:;[^()]*)?\).*")
_OTHER_LOSS_OF_5Q = re.compile(r"-5|(?:der|add|i|idic|iso|dic|psudic|r)\((?:[^()]*;)?5(?:;[^()]*)?\).*")


def read_karyotype(text: str) -> Karyotype:
    """What a karyotype report says.

    Args: `text` as in the report: ISCN, FISH, or words.
    Returns: a Karyotype whose `unreadable` names what could not be read.
    """
    plain = _plain(text)
    if len(plain) > _LONGEST:
        return Karyotype(text, None, unreadable=("the report is too long to be a karyotype",))
    iscn, fish, rest, other = _sections(plain)
    words = None if not re.search(r"[a-z0-9]", rest) else read_words(rest, rest)
    if not iscn and not fish:
        bare = words or Karyotype(text, None, unreadable=() if other else (text.strip() or "empty",))
        if _OF_FISH.match(plain):
            # What its probes did not show may be there all the same.
            shown = bare.has_del5q if bare.has_del5q or _NAMES_5Q.search(plain) else None
            bare = _with_unread(replace(bare, has_del5q=shown), ONLY_FISH)
        return replace(_with_unread(bare, *other) if other else bare, text=text)
    read = _joined(text, read_banding("/".join(iscn)) if iscn else None, read_fish("".join(fish)) if fish else None)
    if other:
        read = _with_unread(read, *other)
    if words is not None and words.has_del5q is not None and words.has_del5q != read.has_del5q:
        read = _with_unread(read, "the words and the formula differ about del(5q)", doubt_del5q=True)
    return read


def is_formula(text: str) -> bool:
    """Whether a text has a formula of chromosomes in it, of banding or of FISH."""
    plain = _plain(text[:_LONGEST])
    return bool(_START.search(plain) or _FISH.search(plain))


def tells(text: str) -> bool:
    """Whether a text says anything about chromosomes that can be read."""
    read = read_karyotype(text)
    return read.has_del5q is not None or bool(read.additional) or read.is_complex is not None


def _plain(text: str) -> str:
    """Lower case, one kind of hyphen, minus and multiplication sign."""
    plain = re.sub("[‐‑‒–—−]", "-", text).replace("×", "x").replace("\u00a0", " ").lower()
    return re.sub(r"\bkar[iy]ot[iy]p\w*\s*[:=]\s*(?=[0-9])", "", plain)


def _sections(plain: str) -> tuple[list[str], list[str], str, list[str]]:
    """The ISCN strings, the FISH parts, the words, and parts of other methods, each without spaces where it is a formula."""
    iscn, fish, other, words = [], [], [], ""
    position = 0
    while position < len(plain):
        starts = [
            (m.start(), kind)
            for kind, p in (("iscn", _START), ("fish", _FISH), ("other", _OTHER_METHOD))
            if (m := p.search(plain, position))
        ]
        if not starts:
            break
        start, kind = min(starts)
        words += plain[position:start] + "\n"
        position = _end(plain, start, kind)
        section = re.sub(r"\s+", "", plain[start:position])
        if kind == "iscn":
            iscn.append(section.rstrip(",;."))
        elif kind == "fish":
            fish.append(section.lstrip("."))
        else:
            other.append(section)
    return iscn, fish, words + plain[position:], other


def _end(plain: str, start: int, kind: str) -> int:
    """Where a formula ends: at a line's end, a semicolon or full stop outside brackets, or words after a cell count."""
    depth, index = 0, start + 1
    while index < len(plain):
        character = plain[index]
        if character in "([<":
            depth += 1
        elif character in ")]>":
            depth = max(0, depth - 1)
            if (
                kind == "iscn"
                and character == "]"
                and depth == 0
                and re.match(r"\s*[^\s/,.;\[(x\]]", plain[index + 1 :])
            ):
                return index + 1
        elif depth == 0:
            if character in "\n;":
                return index
            if character == "." and not re.match(r"[0-9]", plain[index + 1 : index + 2]):
                return index
            if kind == "iscn" and (_FISH.match(plain, index) or re.match(r"\s(?:nuc\s*ish|ish|arr)\b", plain[index:])):
                return index
        index += 1
    return index


def _joined(text: str, banding: Banding | None, fish: Fish | None) -> Karyotype:
    counted = Counter(banding.counted) if banding else Counter[str]()
    unreadable = list(banding.unreadable) if banding else []
    remarks = list(banding.remarks) if banding else []
    del5q: bool | None = None
    if banding:
        del5q = True if counted[DEL5Q] else (None if banding.is_del5q_doubtful else False)
    else:
        unreadable.append(ONLY_FISH)
    if fish:
        del5q = _with_fish(del5q, banding, fish, unreadable, remarks)
        for name in fish.others:
            counted[name] = max(counted[name], 1)
    extra = counted[DEL5Q] - 1
    named = [name for name in sorted(counted) if name != DEL5Q for _ in range(counted[name])]
    additional = (*named, *(f"second {DEL5Q}" for _ in range(extra)))
    if not counted[DEL5Q]:
        remarks += [f"{name} is not del(5q)" for name in additional if _OTHER_LOSS_OF_5Q.fullmatch(name)]
    at_least = len(additional) + (1 if del5q else 0)
    is_complex = True if at_least >= COMPLEX_FROM else (None if unreadable else False)
    return Karyotype(
        text,
        del5q,
        additional,
        len(additional),
        None if unreadable else len(additional),
        _seven(additional, bool(unreadable)),
        is_complex,
        tuple(dict.fromkeys(unreadable)),
        tuple(dict.fromkeys(remarks)),
    )


def _with_fish(
    del5q: bool | None, banding: Banding | None, fish: Fish, unreadable: list[str], remarks: list[str]
) -> bool | None:
    unreadable += fish.unreadable
    if fish.del5q is None:
        return del5q
    if banding is None or (fish.del5q and del5q is not True):
        if banding is not None:
            remarks.append("del(5q) was seen by FISH only")
        return fish.del5q
    if del5q and not fish.del5q:
        unreadable.append("banding shows del(5q) and FISH does not")
        return None
    return del5q


def _seven(additional: tuple[str, ...], is_incomplete: bool) -> bool | None:
    if any(name in (MONOSOMY_7, DEL7Q) or _LOSES_7Q.fullmatch(name) for name in additional):
        return True
    may = any(involves_chromosome_7(name) and _MAY_LOSE_7Q.fullmatch(name) for name in additional)
    return None if may or is_incomplete else False


def _with_unread(read: Karyotype, *parts: str, doubt_del5q: bool = False) -> Karyotype:
    return replace(
        read,
        has_del5q=None if doubt_del5q else read.has_del5q,
        additional_at_most=None,
        has_minus7_or_del7q=read.has_minus7_or_del7q or None,
        is_complex=read.is_complex or None,
        unreadable=(*read.unreadable, *parts),
    )
