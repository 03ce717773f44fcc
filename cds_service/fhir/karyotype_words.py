"""Karyotypes in words: "isolated del(5q)", "del(5q) plus one", "complex karyotype", "normal karyotype", also in other languages.

A statement counts as denied where a denial stands before it in the same clause ("no del(5q)") or directly after it
("del(5q) not detected"); a clause with a doubt ("suspected", "cannot be excluded", "pending") says nothing.
"""

from __future__ import annotations

import re

from cds_service.clinical.cytogenetics import DEL5Q, DEL7Q, MONOSOMY_7, Karyotype

_DEL5Q = (
    r"(?:del(?:etion)?\s*\(\s*5\s*q[0-9.q]*\)|del\s*\(5\)\s*\(?q[0-9.q?]*\)?|del\s?5q|\b5q\s?-(?!\s?del)|\b5q\s?minus"
    r"|\b5q[0-9.]*[\s-]*delet\w*|\bdeletion\s+(?:of\s+)?(?:chromosome\s+)?5q[0-9.]*)"
)
_WRITTEN_DEL5Q = re.compile(_DEL5Q)
# The word in other languages, declined or not.
_DELETION = re.compile(r"\bd[eé]l[eé](?:ci[oó]n|[cç][aã]o|zione|tion|tie|c[jií]\w{0,3})\b|\bделеци\w*")
_DENIAL = re.compile(
    r"\b(?:no|(?:not|non|nicht)(?![- ](?:komplex|complex|isol))|nor|without|lacks?|absence of|negative for|excludes?|kein\w*|ohne"
    r"|pas|sans|aucune|absence|sin|ning[uú]n\w*|senza|nessun\w*|sem|não|nao|geen|niet|zonder|bez|brak|без|нет)\b[^,]*$"
)
_DENIED_AFTER = re.compile(
    r"^\W*(?:(?:was|is|were|are|ist|wurde)\s+)?(?:not|nicht|absent|negative?\b|excluded|ausgeschlossen|ruled out|none\b"
    r"|absente?|ausente|assente|afwezig|отсутств\w*"
    r"|(?:no|non|não|nao|niet|nie|не)\s+(?:\w{1,4}\s+)?(?:detec|dete|rilev|observ|encontr|hall|trouv|aang|gevond|stwierdz|wykry|обнар|выявл))"
)
_DOUBT = re.compile(
    r"\?|\b(?:possib\w+|suspect\w*|probabl\w+|rule out|r/o|cannot|can't|pending|awaited|equivocal|inconclusive|questionabl\w+"
    r"|suspicio\w*|sospech\w*|sospett\w*|suspeit\w*|posible\w*|mogelijk\w*|verdenking|podejrz\w*|подозр\w*"
    r"|verdacht\w*|v\.?\s?a\.|fraglich\w*|family|familien\w*|to be confirmed|not excluded|history of)"
)
_ISOLATED = re.compile(
    r"\b(?:isolat\w+|isolier\w+|isolé\w*|aislad\w+|izol\w+|изолиров\w+|sole)\b|\b(?:only|alone)\W*$"
    r"|\b(?:only|single|einzig\w*|alleinig\w*)\s+(?:\w+\s+){0,2}(?:abn|aberr|anomal|change|veränd)\w*"
)
_SYNDROME = re.compile(r"\b5q\s?-\s?syndrom\w*|\b5q minus syndrom\w*")
_EXCEPT = re.compile(r"\b(?:other than|apart from|aside from|besides|except(?: for)?|außer)\s*(?:an?\s+|the\s+)?$")
_ONE_MORE = re.compile(
    rf"{_DEL5Q}\s*(?:\+|plus|and|with|und|mit|&)\s*"
    r"(?:(?P<many>1|one|an?|single|eine[rn]?|2|two|zwei|3|three|drei)\b(?!\s*[;:)q]))\s*(?P<more>[a-zäöü ]*)"
)
_MORE = re.compile(
    r"\b(?:additional|other|further|weitere\w*|zusätzliche\w*)\s+(?:\w+\s+)?(?:abn|aberr|anomal|change|veränd)\w*"
)
_COMPLEX = re.compile(
    r"\b(?:complex[eao]?|komplex\w*|complejo|complesso)\b|(?:>=|≥|\bat least|\bmehr als 2|>\s*2)\s*(?:3|three)?\s*abn\w*"
    r"|\b(?:m[uú]ltiples?|mehrere) (?:\w+ )?(?:aberr|abn|anomal)\w*"
)
_NORMAL = re.compile(
    r"\bnormal\w*\s+(?:\w+\s+){0,2}(?:kar[iy]ot[iy]p\w*|cytogenetic\w*|chromosom\w*|zytogenet\w*)|^\W*normal\w*\W*$"
    r"|\bkar[iy]ot[iy]p\w*\s*(?:[:=-]|is|was|ist)?\s*(?:normal\w*|unauffällig\w*|unremarkable)|\bunauffällig\w*\s+karyotyp\w*"
    r"|\bno\s+(?:\w+\s+){0,2}(?:abnormalit|aberration|anomal)\w*|\bkeine\s+(?:\w+\s+){0,2}(?:aberration|anomal)\w*"
    r"|\bcaryotype normal|\bnormal (?:male|female)\b"
)
_OTHERS = (
    (re.compile(r"del(?:etion)?\s*\(\s*([0-9]{1,2})\s*([pq])[0-9.pq]*\)"), "del({0}{1})"),
    (re.compile(r"del\s*\(([0-9]{1,2})\)\s*\(([pq])[0-9.pq]*\)"), "del({0}{1})"),
    (re.compile(r"\b([0-9]{1,2})([pq])\s?-(?!\s?del)|\bdel(?:etion)?\s?([0-9]{1,2})([pq])"), "del({0}{1})"),
    (re.compile(r"\b([0-9]{1,2})([pq])[\s-]*delet\w*"), "del({0}{1})"),
    (re.compile(r"(?<![\w(\])])-\s?([0-9]{1,2}|[xy])\b(?![\d/%.])"), "-{0}"),
    (re.compile(r"(?<![\w(\])])\+\s?(?!1\b)([0-9]{1,2}|[xy])\b(?![\d/%.])"), "+{0}"),
    (re.compile(r"\bmonosom\w+\s+(?:of\s+|del\s+|du\s+)?(?:[ck]h?romosom\w+\s+)?([0-9]{1,2}|[xy])\b"), "-{0}"),
    (re.compile(r"\btrisom\w+\s+(?:of\s+)?(?:chromosome\s+)?([0-9]{1,2})\b"), "+{0}"),
    (re.compile(r"\bloss of (?:chromosome ([0-9]{1,2}|[xy])|(y))\b"), "-{0}"),
    (re.compile(r"\b(inv|t|i)\s?(\([0-9xypq;]+\)(?:\([0-9pq;.]+\))?)"), "{0}{1}"),
)
# No report names one thing more often in a clause; each place is looked at with all that stands before it.
_MOST_PLACES = 50
_CLAUSE = re.compile(r"[.;\n]\s+|\n|;(?![^()]*\))|\bbut\b|\baber\b")


def read_words(text: str, written: str) -> Karyotype:
    """What a karyotype in words says.

    Args: `text` in lower case, with plain hyphens; `written` as in the report.
    Returns: a Karyotype; one whose words are not understood names the text as unreadable and says nothing else.
    """
    text = _DELETION.sub("deletion", text)
    clauses = [clause for clause in _CLAUSE.split(text) if clause.strip()]
    if any(_is_repeated(clause) for clause in clauses):
        return Karyotype(written, None, unreadable=(f"the same words over and over: {written.strip()[:60]}",))
    sure = [clause for clause in clauses if not _DOUBT.search(clause)]
    doubtful = tuple(clause.strip() for clause in clauses if _DOUBT.search(clause))
    found = {value for clause in sure for value in _says(_WRITTEN_DEL5Q, clause)}
    del5q = found.pop() if len(found) == 1 else None
    is_complex = {value for clause in sure for value in _says(_COMPLEX, clause)}
    is_normal = any(True in _says(_NORMAL, clause, look_before=not _starts_denied(clause)) for clause in sure)
    others = tuple(sorted({name for clause in sure for name in _others(clause)}))
    more = max((_more(clause) for clause in sure), default=0)
    isolated = any(_is_isolated(clause) for clause in sure)
    if is_normal and not _names_nothing_but(del5q, others, more, True in is_complex):
        is_normal = isolated
        if not isolated:
            return Karyotype(written, None, unreadable=(f"words that contradict each other: {written.strip()}",))
    if not any((found, del5q is not None, is_complex, is_normal, others)):
        return Karyotype(written, None, unreadable=(written.strip() or "empty",))
    if doubtful or (isolated and (others or True in is_complex)):
        unread = doubtful or (f"called isolated, and others named: {written.strip()}",)
        return _with_counts(written, del5q, others, max(more, len(others)), None, is_complex, unread)
    if isolated and del5q:
        return _with_counts(written, True, (), 0, 0, is_complex, ())
    if is_normal:
        return _with_counts(written, False, (), 0, 0, is_complex, ())
    known_number = more if more and not others and del5q and _is_counted(sure) else None
    return _with_counts(written, del5q, others, max(more, len(others)), known_number, is_complex, ())


def _with_counts(
    written: str,
    del5q: bool | None,
    others: tuple[str, ...],
    at_least: int,
    at_most: int | None,
    complex_said: set[bool],
    unreadable: tuple[str, ...],
) -> Karyotype:
    seven: bool | None = True if MONOSOMY_7 in others or DEL7Q in others else None
    if at_most == 0:
        seven = False
    is_complex: bool | None = complex_said == {True} or None
    if at_least + bool(del5q) >= 3:
        is_complex = True
    elif is_complex is None and (True not in complex_said) and _is_below_complex(complex_said, del5q, at_most):
        is_complex = False
    return Karyotype(written, del5q, others, at_least, at_most, seven, is_complex, unreadable)


def _is_below_complex(complex_said: set[bool], del5q: bool | None, at_most: int | None) -> bool:
    """Whether it is denied to be complex, or too few abnormalities are possible."""
    return False in complex_said or (at_most is not None and del5q is not None and at_most + bool(del5q) < 3)


def _is_repeated(clause: str) -> bool:
    patterns = (_WRITTEN_DEL5Q, _COMPLEX, _NORMAL, _MORE, _ISOLATED, _SYNDROME, *(pattern for pattern, _ in _OTHERS))
    return any(sum(1 for _ in pattern.finditer(clause)) > _MOST_PLACES for pattern in patterns)


def _says(pattern: re.Pattern[str], clause: str, look_before: bool = True) -> list[bool]:
    """For each place where the words stand: True as stated, False as denied."""
    answers = []
    for found in pattern.finditer(clause):
        before = clause[: found.start()]
        denied = look_before and bool(_DENIAL.search(before)) and not _EXCEPT.search(before)
        answers.append(not denied and not _DENIED_AFTER.search(clause[found.end() :]))
    return answers


def _starts_denied(clause: str) -> bool:
    """Whether the words for "normal" begin with the denial themselves ("no cytogenetic abnormality")."""
    found = _NORMAL.search(clause)
    return found is not None and found.group().startswith(("no ", "keine "))


def _others(clause: str) -> list[str]:
    names = []
    for pattern, form in _OTHERS:
        for found in pattern.finditer(clause):
            parts = [part for part in found.groups() if part]
            name = form.format(*parts).replace("-y", "-Y").replace("-x", "-X").replace("+x", "+X").replace("+y", "+Y")
            before = clause[: found.start()]
            stated = not _DENIAL.search(before) and not _DENIED_AFTER.search(clause[found.end() :])
            if name != DEL5Q and stated:
                names.append(name)
    return names


def _more(clause: str) -> int:
    if (found := _ONE_MORE.search(clause)) and (found["many"] not in ("a", "an") or _MORE.search(clause)):
        return {"2": 2, "two": 2, "zwei": 2, "3": 3, "three": 3, "drei": 3}.get(found["many"], 1)
    return 1 if True in _says(_MORE, clause) and True in _says(_WRITTEN_DEL5Q, clause) else 0


def _is_counted(clauses: list[str]) -> bool:
    return any(_ONE_MORE.search(clause) for clause in clauses)


def _is_isolated(clause: str) -> bool:
    if True not in _says(_WRITTEN_DEL5Q, clause) or _more(clause):
        return False
    if re.search(
        rf"(?:other|additional|further|weitere\w*)\b.*\b(?:than|from|besides|except(?: for)?|außer)\s+{_DEL5Q}", clause
    ):
        return True
    if re.search(
        r"\b(?:without|no|ohne|keine)\s+(?:any\s+)?(?:other|additional|further|weitere\w*|zusätzliche\w*)", clause
    ):
        return True
    return True in _says(_ISOLATED, clause) or True in _says(_SYNDROME, clause)


def _names_nothing_but(del5q: bool | None, others: tuple[str, ...], more: int, is_complex: bool) -> bool:
    return not (del5q or others or more or is_complex)
