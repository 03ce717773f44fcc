"""One abnormality of an ISCN string: its name in one form, how often, and what it does to the chromosome number.

Read here: numbers (+8, -7, -Y), markers, rings, double minutes, structures (del, add, inv, t, der, dup, i, dic …), their
short forms (5q-, del(5q)), the suffixes x2, c (constitutional) and [n], and normal variants (1qh+, 22pstk+). A leading
"?" makes an abnormality doubtful. What is not of these forms is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cds_service.clinical.cytogenetics import DEL5Q

_CHROMOSOME = r"(?:1[0-9]|2[0-2]|[1-9]|x|y)"
_KINDS = "psudic|dirdup|invdup|dirins|invins|ider|idic|iso|del|add|inv|der|dup|dic|ins|trp|rob|hsr|tas|trc|qdp|rec|rea|fis|i|r|t"
_NUMBER = re.compile(rf"(?P<sign>[+-])(?P<doubt>\??)(?P<chromosome>{_CHROMOSOME})")
_MARKER = re.compile(r"(?P<sign>[+-]?)(?P<low>[0-9]{0,2})(?:~[0-9]{1,2})?(?P<kind>mar|r|dmin|ace|hsr)[0-9]?")
_STRUCTURE = re.compile(rf"(?P<sign>[+-]?)(?P<doubt>\??)(?P<kind>{_KINDS})\((?P<chromosomes>[^()]+)\)(?P<rest>.*)")
_REST = re.compile(rf"(?:\([^()]*\)|{_KINDS}|::|->)*+")
_PLACE = re.compile(rf"\??{_CHROMOSOME}(?P<arm>[pq])?[0-9.]*|\?")
_SHORT = re.compile(
    rf"(?:del\(?)?(?P<chromosome>{_CHROMOSOME})\)?\(?(?P<arm>[pq])(?:-|[0-9.]*\))|del(?P<c2>{_CHROMOSOME})(?P<a2>[pq])"
)
_BANDS = re.compile(r"\((?P<doubt>\?)?(?:(?P<first>[pq])[^pq()]*)(?:(?P<second>[pq])[^pq()]*)?\)")
_VARIANT = re.compile(rf"{_CHROMOSOME}(?:[pq]?h|[pq]?cenh|p?s|p?stk|pstk|ps)[+-]+")
_CELLS = re.compile(r"\[(?:cp)?~?([0-9]+)(?:/[0-9]+)?\]\Z")
_TIMES = re.compile(r"(?<=[)0-9rxy])x([2-9])\Z")
_JOINING = frozenset({"dic", "psudic", "rob", "der", "tas"})


@dataclass(frozen=True, slots=True)
class Abnormality:
    """One abnormality of one clone.

    `name` is the same for the same abnormality however it is written (deletions of one arm by the arm: "del(7q)").
    `number_change` is what it adds to the chromosome number, all copies together. `cells` is its own cell count in a
    composite karyotype. `doubt` says why it cannot be taken as certain.
    """

    name: str
    copies: int = 1
    number_change: int = 0
    is_loss: bool = False
    is_constitutional: bool = False
    is_variant: bool = False
    cells: int | None = None
    doubt: str = ""


def read_abnormality(written: str) -> Abnormality | None:
    """The abnormality that a part between two commas stands for; None when it is none that can be read.

    Args: `written` in lower case, without spaces.
    """
    token, cells, copies = written, None, 1
    if found := _CELLS.search(token):
        token, cells = token[: found.start()], int(found.group(1))
    if found := _TIMES.search(token):
        token, copies = token[: found.start()], int(found.group(1))
    if _VARIANT.fullmatch(token.removesuffix("c")):
        return Abnormality(token, cells=cells, is_variant=True)
    is_constitutional = token.endswith("c") and len(token) > 2
    read = _read_number(token) if not is_constitutional else _read_number(token[:-1])
    if read is None:
        return None
    return Abnormality(
        read.name,
        read.copies * copies,
        read.number_change * copies,
        read.is_loss,
        is_constitutional,
        False,
        cells,
        read.doubt,
    )


def _read_number(token: str) -> Abnormality | None:
    if found := _NUMBER.fullmatch(token):
        change = 1 if found["sign"] == "+" else -1
        name = found["sign"] + found["chromosome"].upper()
        return Abnormality(
            name, number_change=change, is_loss=change < 0, doubt="questionable" if found["doubt"] else ""
        )
    if (found := _MARKER.fullmatch(token)) and (found["sign"] or found["kind"] in ("dmin", "ace", "hsr")):
        many = int(found["low"] or 1) or 1
        if found["kind"] in ("mar", "r"):
            change = -many if found["sign"] == "-" else many
            return Abnormality(found["sign"] + found["kind"], many, change, is_loss=change < 0)
        return Abnormality(found["kind"])
    if found := _SHORT.fullmatch(token):
        chromosome, arm = found["chromosome"] or found["c2"], found["arm"] or found["a2"]
        return Abnormality(f"del({chromosome.upper()}{arm})")
    return _read_structure(token)


def _read_structure(token: str) -> Abnormality | None:
    found = _STRUCTURE.fullmatch(token)
    if found is None or _REST.fullmatch(found["rest"]) is None:
        return None
    places = re.split(r"[;:]", found["chromosomes"])
    if any(_PLACE.fullmatch(place) is None for place in places):
        return None
    sign, kind = found["sign"], found["kind"]
    if sign:
        change = 1 if sign == "+" else -1
    else:
        change = 1 - len(places) if kind in _JOINING else (-2 if kind == "trc" else 0)
    name = _upper_sex(token.replace("?", ""))
    doubt = "questionable" if found["doubt"] or "?" in found["chromosomes"] else ""
    if kind == "del" and len(places) == 1:
        return _deletion(name, sign, places[0].replace("?", ""), found["rest"], change, doubt)
    return Abnormality(name, number_change=change, is_loss=sign == "-", doubt=doubt)


def _deletion(name: str, sign: str, chromosome: str, rest: str, change: int, doubt: str) -> Abnormality:
    """A deletion by its arm; one that reaches over the centromere, or says no arm, keeps its own name and, of
    chromosome 5, a doubt."""
    bands = _BANDS.fullmatch(rest)
    arms = {bands["first"], bands["second"] or bands["first"]} if bands else set()
    if len(arms) == 1 and bands and not bands["doubt"]:
        name = f"{sign}del({chromosome.rstrip('pq').upper()}{arms.pop()})"
    elif rest == "" and chromosome[-1:] in ("p", "q"):
        name = f"{sign}del({_upper_sex(chromosome)})"
    elif rest == "" and re.fullmatch(rf"{_CHROMOSOME}[pq][0-9.]+", chromosome):
        name = f"{sign}del({chromosome[: chromosome.index('q' if 'q' in chromosome else 'p') + 1]})"
    elif chromosome == "5":
        doubt = doubt or "the deleted arm of chromosome 5 is not clear"
    if sign and name.endswith(DEL5Q):
        doubt = doubt or "an extra or a lost chromosome 5 with the deletion, not a deletion of one of the two"
    return Abnormality(name, number_change=change, is_loss=sign == "-", doubt=doubt)


def _upper_sex(token: str) -> str:
    """X and Y in capitals, where they are chromosomes."""
    return re.sub(r"(?<=[(;+-])[xy](?=[);pq]|\Z)", lambda found: found.group().upper(), token)
