"""What an instruction says of other drugs: set aside with its amount and days where it can be told from the drug's own.

The name of another drug begins a part of its own: its amount stands beside the name, its route and days behind. What comes
after such a part belongs to the drug again where the drug is named; without its name nothing there may be a dose or schedule
but the length of the cycle, which regimens have in common. Where the drug is not named at all, another one's dose is told
apart in a sentence of its own alone. What cannot be told apart keeps the name, which nobody reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cds_service.fhir.dosage.clauses import about_the_dose
from cds_service.fhir.dosage.fragments import AND, CAPS, COUNT, WEEKDAY
from cds_service.fhir.dosage.grammar import parse
from cds_service.fhir.dosage.pieces import Pieces
from cds_service.fhir.dosage.vocabulary import Token, kinds, made, number_of, pattern, written

_MASS: Final = "(?:NUMBER|LONG_NUMBER) DASH? (?:UNIT|OTHER_UNIT)"
_AMOUNT: Final = f"(?:{_MASS}|{COUNT} {CAPS})"
_NO_AMOUNT: Final = f"(?! DASH? (?:UNIT|(?! CYCLE_LETTER) OTHER_UNIT)|{CAPS}|TIMES|MULTIPLY)"
_NOT_OWN: Final = "(?! DRUG|DRUG_SHORT|OTHER_DRUG)"
_NAMED: Final = pattern(
    f"(?:RHYTHM|{WEEKDAY})? (?P<before>{_AMOUNT} (?:(?! WITH|AND|DRUG) (?:OF|FILLER))*)? (?:(?:{CAPS}|FORM)+ STOP?)? OTHER_DRUG"
    " (?:QUOTE|FORM)* (?:OPEN OTHER_DRUG CLOSE)?"
)
_BEHIND_NAME: Final = pattern(
    f"(?:{_NOT_OWN} (?:CAPSULE|CAPSULES|FORM|FILLER|OF|COLON|DASH|AT))* {_MASS} (?:SLASH (?:DAY|OTHER_UNIT))? (?:{CAPS}|FORM)*"
    f"|(?:{_NOT_OWN} FILLER)* {COUNT} {CAPS}"
    f"|NUMBER {_NO_AMOUNT} (?! DASH NUMBER|SLASH|DAY|WEEK)"
)
_DAYS: Final = (
    # "1,8,15" without blanks looks like no number, "1-8-15" like a date.
    f"DAY STOP? COLON? (?:NUMBER|ODD_NUMBER|DATE) {_NO_AMOUNT}"
    f"(?: (?:COMMA|AND|DASH|SLASH|TO|DAY|FILLER)+ (?:NUMBER|ODD_NUMBER|DATE) {_NO_AMOUNT} (?! DAY|WEEK))*"
)
_SCHEME: Final = "NUMBER DASH NUMBER DASH NUMBER (?:DASH NUMBER)?"
_OFTEN: Final = f"(?:OFTEN|{COUNT} DASH? TIMES) (?:PER|EVERY|SLASH|FILLER|ARTICLE)* (?:DAY|WEEK|RHYTHM)"
_CYCLES: Final = "(?:CYCLE_LETTER|CYCLE) NUMBER (?:(?:DASH|TO) CYCLE_LETTER? NUMBER)?"
_SLOT: Final = "(?:TIME_OF_DAY|CLOCK|FOOD)"
# The point of an abbreviation ends no sentence.
_POINT: Final = f"(?:STOP (?= DAY|RHYTHM|WEEKDAY|COMMA|EVERY|{COUNT} TIMES|{_SCHEME}))?"
_LINKS: Final = "OPEN|FILLER|ARTICLE|ON|AT|OF|FOR|PER|WITH|AFTER|BEFORE|EVERY|THEN|COLON|CLOSE|DASH"
_BEHIND_AMOUNT: Final = pattern(
    f"(?:{_NOT_OWN} (?:{_LINKS}|COMMA))* (?:{_DAYS}|{_SCHEME}|{_CYCLES}|(?:OTHER_ROUTE|ROUTE) {_POINT}"
    f"|{_SLOT} (?:{AND}+ (?:AT|ON|FILLER|ARTICLE)* {_SLOT})*)"
    # How often, where no comma parts it: "+ aspirin 81 mg, every other day" may be said of the drug.
    f"|(?:{_NOT_OWN} (?:{_LINKS}))* (?:{_OFTEN}|(?:RHYTHM|FORTNIGHT) {_POINT}|(?:PER|EVERY|SLASH) OTHER? (?:DAY|WEEK)"
    f"|{WEEKDAY} (?:{AND}+ {WEEKDAY})*)"
)
_INTERVAL: Final = pattern(
    f"(?:{_NOT_OWN} (?:COMMA|OPEN|FILLER|REPEAT))* EVERY FILLER* NUMBER STOP? DASH? (?:DAY|WEEK)?"
)
# "Days 1-21" is as likely said of the drug itself, or of all.
_RANGE: Final = pattern("(?<!DASH|TO) NUMBER (?:DASH|TO) DAY? NUMBER (?! DASH|TO)")
_LONG_RANGE: Final = 14

_LEADS: Final = kinds("AND WITH")
_SMALL: Final = kinds("FILLER ARTICLE DASH SLASH QUOTE OF ON AT BY PER FOR WITH AND TO")
_ENDS: Final = kinds("STOP COMMA OPEN CLOSE")
_NOT_BEFORE: Final = kinds("OR EXCEPT DO_NOT AFTER BEFORE UNTIL ONLY COLON REFUSED")
_OWN: Final = kinds("DRUG DRUG_SHORT")
_OTHER: Final = "OTHER_DRUG"


@dataclass(frozen=True, slots=True)
class _Part:
    """What is said of another drug: its place among the tokens, and the interval behind it, which may be that of all."""

    start: int
    end: int
    end_of_interval: int
    has_amount: bool
    ends_alone: bool


def read_own(tokens: list[Token]) -> Pieces:
    """The pieces of what a text says of the drug itself. Args: `tokens` as `clauses.gathered` gives them."""
    if not any(_OTHER in token.meanings for token in tokens):
        return parse(about_the_dose(tokens))
    parts = _parts(tokens)
    pieces = parse(about_the_dose(_without(tokens, parts, with_intervals=False)))
    if pieces.days_on and not (pieces.cycles or pieces.days_off):
        pieces = parse(about_the_dose(_without(tokens, parts, with_intervals=True)))
        if pieces.cycles <= pieces.days_on:
            _refuse(pieces, tokens)
    says_nothing = not pieces.says_dose_or_schedule and not any(_OWN & t.meanings.keys() for t in tokens)
    if (says_nothing and any(part.has_amount for part in parts)) or any(
        _says_a_dose(behind) for part in parts if not part.ends_alone for behind in [_behind(tokens, part)] if behind
    ):
        _refuse(pieces, tokens)
    return pieces


def _refuse(pieces: Pieces, tokens: list[Token]) -> None:
    named = [token.text for token in tokens if _OTHER in token.meanings]
    pieces.left_over += named
    pieces.risky += named


def _without(tokens: list[Token], parts: list[_Part], with_intervals: bool) -> list[Token]:
    kept: list[Token] = []
    position = 0
    for part in parts:
        kept += [*tokens[position : part.start], made("STOP")]
        position = part.end if with_intervals else part.end_of_interval
    return kept + tokens[position:]


def _behind(tokens: list[Token], part: _Part) -> list[Token]:
    """What follows a part, as far as no drug is named."""
    behind = tokens[part.end_of_interval :]
    named = (at for at, token in enumerate(behind) if (_OWN | {_OTHER}) & token.meanings.keys())
    return behind[: next(named, len(behind))]


def _says_a_dose(tokens: list[Token]) -> bool:
    """Whether tokens say more of a dose or schedule than the length of a cycle."""
    p = parse(about_the_dose(tokens))
    said = (
        *(
            p.mg,
            p.counts,
            p.strengths,
            p.one_each,
            p.rhythms,
            p.daily_at_a_time,
            p.days_on,
            p.days_of_course,
            p.weekdays,
        ),
        *(p.days_a_week, p.except_days, p.slots, p.limits, p.notes, p.problems),
    )
    return any(said) or any(days < _LONG_RANGE for days in p.every)


def _parts(tokens: list[Token]) -> list[_Part]:
    text = written(tokens)
    parts: list[_Part] = []
    for found in _NAMED.finditer(text):
        part = _part(tokens, text, found.start(), found.end(), bool(found["before"]))
        if part is not None and (not parts or part.start >= parts[-1].end_of_interval):
            parts.append(part)
    return parts


def _part(tokens: list[Token], text: str, named_from: int, named_to: int, has_amount: bool) -> _Part | None:
    """The part of a named drug; None where it cannot be told from what is said of the drug itself."""
    start, is_with = _lead(tokens, named_from)
    if start is None:
        return None
    end = named_to
    amount = _BEHIND_NAME.match(text, end)
    if amount:
        if has_amount and "UNIT" in tokens[amount.end() - 1].meanings and _has_unit(tokens[named_from:named_to]):
            return None
        end, has_amount = amount.end(), True
    while item := _BEHIND_AMOUNT.match(text, end):
        end = item.end()
    has_more = end > named_to or has_amount
    following = tokens[end].meanings.keys() if end < len(tokens) else _ENDS
    if has_amount and not _is_parted_from_own(tokens[:start]):
        return None
    is_label = not has_more and not (is_with or _LEADS & tokens[start].meanings.keys())
    if is_label and _ENDS & following:
        # "20 mg weekly; dexamethasone": the name may be that of what was said.
        return None
    if any(number_of(tokens[r.end() - 1]) >= _LONG_RANGE for r in _RANGE.finditer(text, named_to, end)):
        return None
    interval = _INTERVAL.match(text, end) if has_more else None
    is_bracketed = start > 0 and "OPEN" in tokens[start - 1].meanings and "CLOSE" in following
    return _Part(
        start, end, interval.end() if interval else end, has_amount, is_bracketed or (is_with and not has_more)
    )


def _is_parted_from_own(before: list[Token]) -> bool:
    """Whether the drug is named before a part, or a sentence ends there."""
    return not before or "STOP" in before[-1].meanings or any(_OWN & token.meanings.keys() for token in before)


def _has_unit(tokens: list[Token]) -> bool:
    return any("UNIT" in token.meanings for token in tokens)


def _lead(tokens: list[Token], at: int) -> tuple[int | None, bool]:
    """Where a part begins that has a name at a place, with "and" or "with" before it; None where nothing parts it."""
    start = at
    while start > 0 and tokens[start - 1].meanings.keys() <= _SMALL | {"REFUSED"}:
        said = tokens[start - 1].meanings.keys()
        if "REFUSED" in said and "AND" not in said:
            break
        start -= 1
        if _LEADS & said:
            break
    is_with = start < at and "WITH" in tokens[start].meanings
    before = tokens[start - 1].meanings.keys() if start else frozenset()
    is_parted = not start or bool(_ENDS & before) or (start < at and bool(_LEADS & tokens[start].meanings.keys()))
    if _ENDS & before and start > 1:
        before = before | ({"COLON"} & tokens[start - 2].meanings.keys())
    return (start if is_parted and not _NOT_BEFORE & before else None), is_with
