"""Clauses of an instruction that are not about the dose: monitoring, supply, cautions, whom to call, what it is given for.

A clause is set aside as a whole where a word says what it is about and nothing in it could be a dose or change one. What
each subject may hold is listed; an amount, a change, a stop or a taper is in none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from cds_service.fhir.dosage.vocabulary import (
    Token,
    begins_with,
    is_abbreviation,
    kinds,
    made,
    number_of,
    pattern,
    written,
)
from cds_service.fhir.terminology import is_medication_name

_ANYWHERE: Final = kinds(
    "UNKNOWN FILLER ARTICLE AND OR OF FOR WITH AT ON BY TO PER BEFORE DATE CLOCK PHONE ICD PERSON DIRECTED FOR_WHOM FOOD "
    "FORM TITLE START ROUTE SAME_TIME DOSE_WORD PRESCRIBED HANDLED NUMBER_MARK COMMA STOP OPEN CLOSE DASH COLON EQUALS QUOTE SLASH HASH "
    "DRUG OTHER_ROUTE TIME_LABEL BETWEEN MONTH_NAME YEAR NEEDED PLANNED RISK_SCORE COMPLAINT TRANSPLANT LONG_NUMBER TRANSFUSION"
)
_MAY_HOLD: Final = {
    subject: kinds(f"NUMBER ODD_NUMBER {more}") | refused
    for subject, more, refused in (
        (
            "monitoring",
            "RHYTHM DAY WEEK LONG_TIME HOUR EVERY OTHER TIMES OFTEN WEEKDAY TIME_OF_DAY CYCLE MULTIPLY THEN UNTIL REPEAT "
            "MILITARY FORTNIGHT ORDINAL FIRST LAST",
            {"one_day"},
        ),
        (
            "contact",
            "HOUR DAY AFTER WEEKDAY TIME_OF_DAY TAKE OTHER_UNIT ODD_SIGN COMPARED",
            {"negation", "condition", "one_day"},
        ),
        (
            "supply",
            "DAY WEEK LONG_TIME CAPSULE CAPSULES UNTIL EVERY MULTIPLY REFILL_MARK REPEAT TIMES CYCLE LIMIT AFTER",
            {"negation"},
        ),
        (
            "caution",
            "CAPSULE CAPSULES HOUR AFTER TAKE TO_BE_TAKEN OTHER_UNIT DAY WEEK LONG_TIME UNTIL DO_NOT NONE",
            {"negation", "condition"},
        ),
        ("indication", "", set()),
        ("programme", "DAY LONG_TIME AFTER", {"negation"}),
        ("patient", "OTHER_UNIT LONG_TIME COMPARED", set()),
        # What is said of a dose that was forgotten holds for that one.
        (
            "missed",
            "HOUR DAY AFTER TAKE TO_BE_TAKEN EXCEPT REPEAT TIME_OF_DAY RHYTHM DAILY_DOSE ODD_SIGN COMPARED OFF LIMIT TIMES",
            {"negation", "condition", "change", "one_day"},
        ),
    )
}
_NOT_AFTER_A_COMMA: Final = kinds(
    "REFUSED DOSE_WORD TIME_OF_DAY WEEKDAY FORTNIGHT OFF EXCEPT AS_NEEDED ONLY HALF REPEAT"
)
_HOW_OFTEN: Final = kinds("RHYTHM LONG_TIME WEEK EVERY")
_NAMES_A_SUBJECT: Final = kinds("TOPIC TAKE REFILL_MARK NUMBER_MARK KIDNEYS CYCLE_LETTER")
_HARD: Final = kinds("STOP OPEN CLOSE")
_SOFT: Final = kinds("COMMA COLON")
# A count of capsules or an amount of the drug is never set aside, but for the number of capsules that are dispensed; and
# that one not where it is said how often, whatever else the clause is about.
_COUNTED: Final = pattern("(?:NUMBER|ARTICLE) FORM? (?:CAPSULE|CAPSULES)")
_OFTEN: Final = pattern("(?:RHYTHM|OFTEN|TIMES|TIME_OF_DAY|WEEKDAY|CLOCK|THEN|TAKE|OTHER)")
# "Or 2 if missed" is about the dose; "within 12 hours" and "group 1" are not.
_OR_A_NUMBER: Final = pattern(
    "(?:OR|REFUSED|TAKE) (?:FILLER|OR|TAKE)* NUMBER (?! HOUR|DAY|WEEK|LONG_TIME|OTHER_UNIT)|NUMBER (?:FILLER)* REFUSED"
    "|OR FILLER* DIRECTED"
)
_WORDS_OF_A_CONDITION: Final = 2
_MONITORING_STARTS: Final = pattern(
    "(?:FILLER|ARTICLE|UNKNOWN|REPEAT|DASH|RHYTHM|OFTEN|NUMBER|EVERY|WEEK|WEEKDAY|"
    "FOR|ON|PERSON|TITLE|DATE|FORTNIGHT|WITH|FIRST|LAST)* TOPIC"
)
# "If a dose is missed by more than 12 hours": how many hours is the only number.
_MISSED_STARTS: Final = pattern("(?:FILLER|ARTICLE|REFUSED|DOSE_WORD|UNKNOWN|OF|ON|TAKE|DAY|AT|START)* TOPIC")
_NUMBER_OF_NO_HOURS: Final = pattern("NUMBER (?! STOP? HOUR)")
# "Dose under review", "to be started after a call".
_STARTED_AFTER: Final = pattern("(?! FILLER) START (?:FILLER|ON|AT|OF|ARTICLE)* (?:AFTER|TOPIC)")
_STARTED_OR_DOSED: Final = pattern("DOSE_WORD|(?:START|REPEAT) (?:FILLER|ON|AT|OF|ARTICLE)* AFTER")
# "Bis wir anrufen": the dose ends with the call.
_UNTIL_A_CALL: Final = pattern("(?:FILLER|ARTICLE|AND)* UNTIL (?! DATE|NUMBER|FILLER* FOOD)")
_RISK: Final = pattern("RISK_SCORE (?:COLON|DASH|EQUALS|FILLER|OPEN|OF|AT)* RISK_LEVEL|RISK_LEVEL DASH? RISK_SCORE")
# "n. 4471": the point of an abbreviation ends no sentence.
_MARK_WITH_POINT: Final = pattern("NUMBER_MARK STOP (?= NUMBER)")
_NAMED: Final = pattern(
    "(?:PER|BY|OF|DIRECTED|FILLER)? TITLE STOP? (?:(?:UNKNOWN|ARTICLE|AT|DAY|HOUR|OTHER_UNIT|WEEKDAY_SHORT|REFILL_MARK) STOP)*"
    " (?:(?:OR|ARTICLE|DAY|FILLER|OF) QUOTE?)? (?:FILLER|ARTICLE|OF)? UNKNOWN (?:DASH? UNKNOWN)?"
    # "Monsieur D."
    "|TITLE STOP? (?:UNKNOWN|ARTICLE|AT|DAY|HOUR|OTHER_UNIT|WEEKDAY_SHORT|REFILL_MARK|CAPSULE_LETTER|UNIT|ROMAN) STOP"
)
_DATED: Final = pattern(
    "(?:NUMBER (?:STOP|FILLER)? OF? MONTH_NAME STOP?(?: (?:OF|COMMA|FILLER)? YEAR)?|MONTH_NAME STOP? NUMBER FILLER? COMMA? YEAR"
    "|MONTH_NAME STOP? NUMBER (?! NUMBER))"
)
# "4/11": a date without its year, where something begins or ends.
_SHORT_DATE: Final = pattern(
    "(?<=(?:START|UNTIL)) NUMBER SLASH NUMBER (?! CAPSULE|CAPSULES|UNIT|SLASH|DAY|WEEK|ON|OFF|THEN|COMMA? THEN|DASH NUMBER)"
)
_MONTHS: Final = 12
_DAYS: Final = 31
# "1 sem. d'arrêt", "3 Wo. Einnahme": the point of an abbreviation ends no sentence.
_SHORT_SPAN: Final = pattern(
    "(?:DAY|WEEK) STOP (?= (?! REFUSED) OFF|SLASH|OF (?:NUMBER|ARTICLE)|ON (?:COMMA|SLASH|DASH|THEN|AND|CLOSE))"
)
# "Estrogen 10 mg": what is avoided beside the drug is another drug where it has an amount.
_DOSED_TOPIC: Final = pattern(
    "TOPIC (?= NUMBER (?:UNIT|CAPSULE|CAPSULES|OTHER_UNIT))|(?<=(?:UNIT|CAPSULE|CAPSULES)) TOPIC"
)
_SHORT_AT: Final = pattern("AT STOP (?= NUMBER)")  # "kl. 20"
# "1 caps. die": the word is an article in another language.
_DAILY_AFTER_AMOUNT: Final = pattern(
    "(?<=(?:CAPSULE|CAPSULES|UNIT|ROUTE)) STOP? DAILY_AFTER_AMOUNT"
    " (?= STOP|COMMA|OPEN|CLOSE|SLASH|DASH|COLON|CONTINUOUS|ROUTE|TIME_OF_DAY|$)"
)
# "28 capsules" and nothing else is what is dispensed; nobody takes so many at once.
_DISPENSED: Final = pattern("FILLER? NUMBER FORM? (?:CAPSULE|CAPSULES) (?:COMMA|STOP)?")
_LEAST_DISPENSED: Final = 14
# "1-0-0-0": the times of a day, however much stands behind it about something else.
_SCHEME: Final = pattern("(?<!NUMBER DASH) NUMBER DASH NUMBER DASH NUMBER")
_MOST_AT_ONCE: Final = 4
# "3 wk op, 1 wk af": days on and off, whatever else their words may mean.
_ON_AND_OFF: Final = pattern(
    "NUMBER DASH? (?:DAY|WEEK) (?:ON|COMMA|DASH|SLASH|AND|THEN|FILLER)* (?:NUMBER|ARTICLE) DASH? (?:DAY|WEEK) (?:OF|FILLER)* OFF"
)
_NOON: Final = 12
_HOURS: Final = 24
_CLOCK_WITH_POINT: Final = re.compile(r"(?:[01]?[0-9]|2[0-3])[.,][0-5][0-9]")
# "g1-g21", "ev g 1" of giorno: no grams, where no number stands before.
_LETTER_OF_DAY: Final = pattern(
    "(?<!NUMBER) UNIT (?= NUMBER (?:TO|DASH) (?:UNIT|NUMBER))|(?<=(?:TO|DASH|OFF|UNTIL|OTHER_ROUTE)) UNIT (?= NUMBER)"
)
# "3 v", "3 ggr/v": a week in the north, where a number or a slash stands before.
_LETTER_OF_WEEK: Final = pattern("(?<=(?:NUMBER|SLASH)) WEEK_LETTER")
_FIGURE_AND_WORD: Final = pattern("(?:NUMBER|ARTICLE) OPEN (?:NUMBER|ARTICLE) CLOSE")
# What must not be done with a capsule: "do not open, break or chew", where "break" alone is a rest.
_NOT_HANDLED: Final = pattern(
    "DO_NOT (?:FILLER|ARTICLE|TAKE|OF)* (?:CAPSULE|CAPSULES)? (?:HANDLED|DO_NOT|COMMA|OR|AND|SLASH|QUOTE)* HANDLED"
    "(?: (?:FILLER|ARTICLE|OF)* (?:CAPSULE|CAPSULES))?"
)
# "At 9 in the evening", "a las 20 horas", "alle ore 21": a number of the clock, which is none of capsules or days.
_CLOCKED: Final = pattern(
    "AT (?:FILLER|ARTICLE)* NUMBER HOUR? (?:FILLER|ARTICLE|OF|ON|AT|PER|COMMA|OPEN)* TIME_OF_DAY"
    "|NUMBER HOUR (?:OF|FILLER|ARTICLE)+ TIME_OF_DAY"
    "|TIME_OF_DAY AT (?:FILLER|ARTICLE)* NUMBER HOUR? (?! UNIT|CAPSULE|CAPSULES|DASH|SLASH|TO|ROMAN|STOP NUMBER)"
    "|AT (?:FILLER|ARTICLE)* NUMBER (?! UNIT|CAPSULE|CAPSULES|DASH NUMBER|SLASH|HOUR|DAY|WEEK|TIMES|MULTIPLY|NUMBER)"
    "|AT (?:FILLER|ARTICLE)* HALF (?:AFTER|FILLER)* NUMBER (?! UNIT|CAPSULE|CAPSULES)"
    "|AT (?:FILLER|ARTICLE)* NUMBER HOUR? AND HALF (?! UNIT|CAPSULE|CAPSULES)"
    "|AT (?:FILLER|ARTICLE)* NUMBER HOUR|(?<!NUMBER) (?:AT CLOCK_HOUR|CLOCK_HOUR) NUMBER (?! UNIT|CAPSULE|CAPSULES|DASH|SLASH|DAY)"
)


def about_the_dose(tokens: list[Token]) -> list[Token]:
    """The tokens without the clauses that are about something else. Args: `tokens` as `gathered` gives them."""
    kept: list[Token] = []
    for clause in _split(tokens, _HARD):
        if _is_beside(clause) or all(_is_beside(sentence) for sentence in _sentences(clause)):
            kept.append(made("STOP"))
            continue
        label: list[Token] = []
        for part in _split(clause, _SOFT):
            is_beside = _is_beside(part) or (bool(label) and _is_beside([*label, *part]))
            kept += [made("STOP")] if is_beside else part
            # "Disp: 28" is one clause, though its label alone is one as well.
            label = part if is_beside and "COLON" in part[-1].meanings else []
    return kept


def gathered(tokens: list[Token]) -> list[Token]:
    """Names after a title, dates in words, and numbers that stand as figure and word, each as one token."""
    tokens = _replaced(tokens, _DAILY_AFTER_AMOUNT, lambda _: made("RHYTHM", value="1 a day"))
    tokens = _replaced(tokens, _MARK_WITH_POINT, lambda found: made("NUMBER_MARK", f"{found[0].text}."))
    tokens = _replaced(tokens, _DOSED_TOPIC, lambda found: _other_drug(found[0]))
    tokens = _replaced(tokens, _DATED, lambda _: made("DATE"))
    tokens = _replaced(tokens, _SHORT_DATE, _short_date)
    tokens = _replaced(tokens, _SHORT_SPAN, lambda found: found[0] if is_abbreviation(found[0].text) else None)
    tokens = _replaced(tokens, _NAMED, lambda _: made("PERSON"))
    tokens = _replaced(tokens, _RISK, lambda _: made("TOPIC", value="indication"))
    tokens = _replaced(tokens, _NOT_HANDLED, lambda _: made("TOPIC", value="caution"))
    tokens = _replaced(tokens, _LETTER_OF_DAY, lambda found: made("DAY", "g") if found[0].text == "g" else None)
    tokens = _replaced(tokens, _SHORT_AT, lambda found: found[0] if is_abbreviation(found[0].text) else None)
    tokens = _replaced(tokens, _LETTER_OF_WEEK, lambda _: made("WEEK", "v"))
    tokens = _replaced(tokens, _CLOCKED, _clock)
    return _replaced(tokens, _FIGURE_AND_WORD, lambda f: f[0] if number_of(f[0]) == number_of(f[2]) else None)


def _other_drug(token: Token) -> Token | None:
    return made("OTHER_DRUG", token.text) if is_medication_name(token.text) else None


def _short_date(tokens: list[Token]) -> Token | None:
    """A day and a month in any order; None where the numbers are none."""
    numbers = [number_of(token) for token in tokens if "NUMBER" in token.meanings]
    is_date = all(n == int(n) and 1 <= n <= _DAYS for n in numbers) and min(numbers) <= _MONTHS
    return made("DATE") if is_date else None


def _clock(tokens: list[Token]) -> Token | None:
    """A time of the clock; None where the number may be one of capsules, or of hours between doses ("alle 8 Stunden")."""
    number = next(token for token in tokens if "NUMBER" in token.meanings)
    part = next((token for token in tokens if "TIME_OF_DAY" in token.meanings), None)
    has_hour = any({"HOUR", "CLOCK_HOUR", "HALF"} & token.meanings.keys() for token in tokens)
    if _CLOCK_WITH_POINT.fullmatch(number.text):
        return made("CLOCK", number.text.replace(".", ":").replace(",", ":"))
    hour = number_of(number)
    is_afternoon = _NOON < hour < _HOURS
    is_amount = not has_hour and (
        (part is None and not is_afternoon) or any("APIECE" in token.meanings for token in tokens)
    )
    if hour != int(hour) or hour > _HOURS or is_amount:
        return None
    if part is not None:
        return made("TIME_OF_DAY", f"{hour} {part.text}", part.value("TIME_OF_DAY"))
    is_interval = any("EVERY" in token.meanings and "CLOCK_HOUR" not in token.meanings for token in tokens)
    return None if is_interval and has_hour else made("CLOCK", f"{int(hour) % _HOURS}:00")


def _replaced(tokens: list[Token], what: re.Pattern[str], by: Callable[[list[Token]], Token | None]) -> list[Token]:
    text = written(tokens)
    gathered: list[Token] = []
    position = 0
    for found in what.finditer(text):
        one = by(tokens[found.start() : found.end()])
        if one is not None:
            gathered += [*tokens[position : found.start()], one]
            position = found.end()
    return gathered + tokens[position:]


def _split(tokens: list[Token], at: frozenset[str]) -> Iterator[list[Token]]:
    """The tokens in parts that end with a token of one of the kinds; a dash in white space ends a soft part too.

    "NR." before no number ends a sentence: no renewal.
    """
    part: list[Token] = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=False):
        part.append(token)
        if (
            at & token.meanings.keys()
            or (at is _SOFT and "DASH" in token.meanings and token.is_spaced)
            or (_is_mark_with_point(token) and not _is_numbered(following))
        ):
            yield part
            part = []
    yield part


def _sentences(clause: list[Token]) -> Iterator[list[Token]]:
    """A clause in parts that end with an abbreviated subject, whose point may end a sentence as well: "weekly lab. If fever call"."""
    begin = 0
    for at, token in enumerate(clause):
        if "TOPIC" in token.meanings and token.text.endswith(".") and at + 1 < len(clause):
            yield clause[begin : at + 1]
            begin = at + 1
    yield clause[begin:]


def _is_mark_with_point(token: Token) -> bool:
    return token.text.endswith(".") and "programme" in token.meanings.get("TOPIC", "")


def _is_numbered(token: Token | None) -> bool:
    return token is not None and bool({"NUMBER", "ODD_NUMBER", "HASH", "COLON", "PHONE"} & token.meanings.keys())


def _is_beside(clause: list[Token]) -> bool:
    """Whether a clause is about one or more known subjects, and holds only what these may hold; or a number dispensed."""
    if (
        _DISPENSED.fullmatch(written(clause))
        and next(number_of(t) for t in clause if "NUMBER" in t.meanings) >= _LEAST_DISPENSED
    ):
        return True
    topics = {topic for token in clause if _is_subject(token) for topic in token.value("TOPIC").split()}
    if not topics:
        return False
    if "COLON" in clause[-1].meanings and any("REFUSED" in token.meanings for token in clause):
        # "Not valid: …" is said of what follows.
        return False
    text = written(clause)
    scheme = _SCHEME.search(text)
    if scheme and all(
        number_of(t) <= _MOST_AT_ONCE for t in clause[scheme.start() : scheme.end()] if "NUMBER" in t.meanings
    ):
        return False
    if _ON_AND_OFF.search(text):
        return False
    if _COUNTED.search(text) and ("supply" not in topics or _OFTEN.search(text)):
        return False
    if "missed" in topics and (_NUMBER_OF_NO_HOURS.search(text) or not _MISSED_STARTS.match(text)):
        return False
    started = _STARTED_AFTER.search(text) if "indication" in topics else None
    if started and begins_with(clause[started.end() - 1], "AFTER"):
        return False
    if topics & {"monitoring", "contact"} and _STARTED_OR_DOSED.search(text):
        return False
    if topics & {"monitoring", "contact"} and _UNTIL_A_CALL.match(text):
        return False
    if "monitoring" in topics and "contact" not in topics and not _MONITORING_STARTS.match(text):
        return False
    if "contact" not in topics and _OR_A_NUMBER.search(text):
        return False
    allowed = _ANYWHERE.union(*(_MAY_HOLD[topic] for topic in topics))
    return all(_may_stand(token, allowed) for token in clause) and (
        _starts_with_a_condition(clause) or all(_may_follow(part) for part in list(_split(clause, _SOFT))[1:])
    )


def _starts_with_a_condition(clause: list[Token]) -> bool:
    """Whether what follows a comma holds in one case alone: "if a dose is missed, skip it"."""
    return any(
        "condition" in token.meanings.get("REFUSED", "") or "missed" in token.meanings.get("TOPIC", "")
        for token in clause[:_WORDS_OF_A_CONDITION]
    )


def _may_follow(part: list[Token]) -> bool:
    """Whether a part after a comma may belong to a clause about something else: "do not open, wrong dose" does not."""
    said = {kind for token in part for kind in token.meanings}
    topics = {topic for token in part if _is_subject(token) for topic in token.value("TOPIC").split()}
    if topics:
        # "When platelets recover" is a condition, "if fever" a reason to call.
        return not (topics == {"monitoring"} and "REFUSED" in said)
    return not (_NOT_AFTER_A_COMMA & said) and ("THEN" not in said or bool(_HOW_OFTEN & said))


def _is_subject(token: Token) -> bool:
    """Whether a word names what a clause is about; one that might as well be part of a dose does not."""
    return "TOPIC" in token.meanings and token.meanings.keys() <= _ANYWHERE | _NAMES_A_SUBJECT


def _may_stand(token: Token, allowed: frozenset[str]) -> bool:
    if _is_subject(token):
        return True
    refused = token.meanings.get("REFUSED", "").split()
    return allowed.issuperset(refused) and bool(refused or allowed & token.meanings.keys())
