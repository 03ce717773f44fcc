"""The grammar of dosage texts: phrases over kinds of words in order of precedence, each with what it adds to the pieces.

It knows no language: kinds such as DAY or EVERY come from `words/`. Phrases that cannot be a dose or schedule come first,
then rests, rhythms and amounts, so that no short phrase reads the half of a longer one.
"""

from __future__ import annotations

import re
from typing import Final

from cds_service.fhir.dosage.amount_phrases import AMOUNTS
from cds_service.fhir.dosage.fragments import AMOUNT, AT_SLOT, BETWEEN
from cds_service.fhir.dosage.pieces import Found, Handler, Pieces
from cds_service.fhir.dosage.rhythms import add_amount_at_each
from cds_service.fhir.dosage.schedule_phrases import SCHEDULES
from cds_service.fhir.dosage.vocabulary import Token, kinds, pattern, written

GRAMMAR: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = tuple(
    (pattern(source), handler) for source, handler in (*SCHEDULES, *AMOUNTS)
)
_AMOUNTS_AT_TIMES: Final = tuple(
    pattern(source)
    for source in (
        f"{AMOUNT} {AT_SLOT} (?:{BETWEEN}* {AMOUNT} {AT_SLOT})+",
        f"{AT_SLOT} {BETWEEN}* {AMOUNT} (?:{BETWEEN}* {AT_SLOT} {BETWEEN}* {AMOUNT})+",
    )
)
_ONE_AMOUNT: Final = pattern(AMOUNT)
# What may stand in a text without a meaning for the dose, where no phrase took it; topics are told by `clauses`.
_FILLERS: Final = kinds(
    "FILLER ARTICLE AND OF FOR ON AT WITH BY FORM TAKE TO_BE_TAKEN DIRECTED FOR_WHOM PERSON START REPEAT EACH_TIME FOOD DRUG "
    "DOSE_WORD SAME_TIME BETWEEN RISK_SCORE DRUG_SHORT CAPSULE CAPSULES DATE ICD PHONE "
    "LONG_NUMBER TRANSFUSION COMMA STOP OPEN CLOSE DASH COLON EQUALS QUOTE SLASH"
)
# "1 capsule (10 mg)", "10 mg = 1 cap": what stands between two ways of saying the same amount.
_SAME_AMOUNT: Final = kinds("OPEN EQUALS FILLER COMMA SLASH")
_FILLING_TOPICS: Final = frozenset({"indication", "programme", "caution", "supply"})


def parse(tokens: list[Token]) -> Pieces:
    """The pieces of the tokens of one text, read from left to right."""
    pieces = Pieces()
    _read(tuple(tokens), pieces)
    return pieces


def _read(tokens: tuple[Token, ...], pieces: Pieces) -> None:
    text = written(list(tokens))
    position = 0
    last: int | None = None
    while position < len(tokens):
        seen = pieces.mg_seen + pieces.counts_seen
        end = _step(tokens, text, position, pieces)
        if pieces.mg_seen + pieces.counts_seen > seen:
            between = tokens[last:position] if last is not None else tokens[:0]
            pieces.places += last is None or any(not _SAME_AMOUNT & token.meanings.keys() for token in between)
            last = end
        position = end


def _step(tokens: tuple[Token, ...], text: str, position: int, pieces: Pieces) -> int:
    for each in _AMOUNTS_AT_TIMES:
        found = each.match(text, position)
        if found:
            amounts = [tokens[m.start() : m.end()] for m in _ONE_AMOUNT.finditer(text, position, found.end())]
            add_amount_at_each(pieces, Found({}, tokens[position : found.end()]), amounts)
            _read(amounts[0], pieces)
            return found.end()
    for phrase, handler in GRAMMAR:
        found = phrase.match(text, position)
        if found and found.end() > position:
            groups = {name: tokens[slice(*found.span(name))] for name in found.groupdict() if found[name]}
            if handler(pieces, Found(groups, tokens[position : found.end()])):
                return found.end()
    _leave(tokens, position, pieces)
    return position + 1


def _is_of_the_dose(tokens: tuple[Token, ...], position: int) -> bool:
    """Whether the dose is named between the stops on both sides of a token."""
    stops = [at for at, token in enumerate(tokens) if "STOP" in token.meanings]
    first = max((at for at in stops if at < position), default=0)
    last = min((at for at in stops if at > position), default=len(tokens))
    return any("DOSE_WORD" in token.meanings for token in tokens[first:last])


def _leave(tokens: tuple[Token, ...], position: int, pieces: Pieces) -> None:
    """A token that no phrase took: a filler, or left over.

    A word that nobody knows changes no complete structure, but where it is said of the dose.
    """
    token = tokens[position]
    said = token.meanings.keys()
    is_filler = said & _FILLERS or _FILLING_TOPICS & set(token.meanings.get("TOPIC", "").split())
    if is_filler and not {"REFUSED", "NUMBER"} & said:
        return
    pieces.left_over.append(token.text)
    if not said <= {"UNKNOWN", "TIME_LABEL"} or _is_of_the_dose(tokens, position):
        pieces.risky.append(token.text)
