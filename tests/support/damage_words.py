"""What a card in the place of one that vanished must tell of the damaged entry: its value, its day, and what to do.

The value is looked for as the damaged resource writes it: a number, words, the dose of an order. Where the damage left none, or
where the service never saw one, the name of what is missing stands for it. The day is looked for in each form in which cards
write days; where the damage left no day that a calendar has, its text as written, or a word that says that the day is not known.
What to do is one of the verbs below, outside the lines that tell a document and its source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from cds_service.cards.plain import day_words, plain
from cds_service.cards.words import fact_words
from cds_service.fhir.decode import CodeableConcept, Unreadable, decode
from cds_service.fhir.observation_codes import facts_of
from tests.support.damage import CONTEXT, DATES, ORDERS, kind_of
from tests.support.resources import Json

VALUE, DAY, TO_DO = "no value", "no day", "nothing to do"
# What cards ask people to do; each stands in a message (tests/system/test_damaged_entries.py).
VERBS: Final = (
    *(
        "ask",
        "check",
        "choose",
        "clarify",
        "complete",
        "confirm",
        "correct",
        "examine",
        "hold",
        "judge",
        "keep",
        "look",
    ),
    *("name", "order", "record", "repeat", "settle", "stay", "take", "verify", "weigh"),
)
_VERB: Final = re.compile(rf"(?im)(?:^|[.:;,?] |\(|\band |\bor )(?:{'|'.join(VERBS)})\b")
# The lines of a card that tell what a document says, and which one it is.
_DOCUMENT: Final = re.compile(r"(?m)^(?:Label|SmPC|Our rule|Our rules|REMS|Lenalidomide|Revlimid)\b.*$")
_WITHOUT_DAY: Final = re.compile(
    r"(?i)\bundated\b|\b(?:no|without a|any) (?:date|day)\b|\bdates?\b|\bday\b|\bsince when\b|\bwhen it\b"
)
_IN_HAND: Final = re.compile(r"(?i)\border of this call\b|\bthis (?:lenalidomide )?order\b|\bordered\b")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_VALUES: Final = ("valueQuantity", "valueString", "valueInteger", "valueCodeableConcept", "valueRange", "valueRatio")
# The end of a problem is a day of it too.
_ENDS: Final = ("abatementDateTime", "abatementPeriod")
_WHAT: Final = {
    "Patient": ("patient", "age", "sex", "birth", "gender", "person", "childbearing", "deceased"),
    CONTEXT: ("order", "draft", "patient", "problem", "diagnosis"),
}


def is_undecided(entry: Json, damage: str, hook: str) -> bool:
    """Whether a damaged entry is a draft for which no dose has been chosen yet, before it is signed: nothing of it is to be told."""
    return damage == "no dosage" and hook == "order-select" and entry.get("status") == "draft"


def lacking_words(entry: Json, texts: list[str], today: date) -> frozenset[str]:
    """What the cards do not tell of an entry: nothing where one of them tells all.

    Args: the entry as it was damaged; the summaries with their bodies of the cards that are new or changed; today.
    """
    lacking = [frozenset(_lacking(entry, text, today)) for text in texts]
    return min(lacking, key=len, default=frozenset((VALUE, DAY, TO_DO)))


def _lacking(entry: Json, text: str, today: date) -> Iterator[str]:
    said = text.replace("\\", "")
    if not _tells_value(entry, said, today):
        yield VALUE
    if not _tells_day(entry, said, today):
        yield DAY
    if not _VERB.search(_DOCUMENT.sub("", said)):
        yield TO_DO


def _tells_value(entry: Json, said: str, today: date) -> bool:
    kind = kind_of(entry)
    if kind in _WHAT or kind.casefold() in ("patient", "person"):
        return any(word in said.casefold() for word in _WHAT.get(kind, _WHAT["Patient"]))
    for given in (_values(entry), _names(entry, today)):
        if given:
            return any(_holds(said, each) for each in given)
    return True


def _values(entry: Json) -> list[str]:
    """What an entry says, in each form that will do: its numbers, or its words; of an order its dose."""
    if kind_of(entry) in ORDERS:
        return [
            *_doses(entry),
            *_texts(entry.get("dosageInstruction") or entry.get("dosage")),
            *_texts(entry.get("dispenseRequest")),
        ]
    bodies = [each for each in _list(entry.get("component")) if isinstance(each, dict)]
    given = [entry[name] for name in _VALUES if entry.get(name) is not None]
    given = given or [body[name] for body in bodies for name in _VALUES if body.get(name) is not None]
    numbers = [each for value in given for each in _numbers(value)]
    return numbers or [word for value in given for text in _texts(value) for word in _WORD.findall(text)]


def _doses(order: Json) -> Iterator[str]:
    for name in ("dosageInstruction", "dosage", "medicationCodeableConcept", "medication", "medicationReference"):
        for text in _texts(order.get(name)):
            yield from re.findall(r"\d+(?:\.\d+)?(?= ?mg\b)", text, re.IGNORECASE)
    for amount in _found(order.get("dosageInstruction") or order.get("dosage"), "doseQuantity"):
        if isinstance(amount, dict) and str(amount.get("unit")).casefold() == "mg":
            yield str(amount.get("value"))


def _names(entry: Json, today: date) -> list[str]:
    """Words of the name of what an entry tells of, the resource's own and ours."""
    named: list[str] = []
    for name in (
        "code",
        "medicationCodeableConcept",
        "medication",
        "medicationReference",
        "substance",
        "event",
        "stage",
    ):
        named += _texts(entry.get(name))
    try:
        facts = facts_of(decode(json.dumps(entry.get("code")).encode(), CodeableConcept))
    except Unreadable:
        facts = []
    named += [fact_words(each.fact) for each in facts]
    named += [plain(each, today) for each in named]
    return [word for text in named for word in _WORD.findall(text)]


def _tells_day(entry: Json, said: str, today: date) -> bool:
    kind = kind_of(entry)
    # An order in hand has no day but today, and is named as the order that it is.
    if kind in _WHAT or kind.casefold() in ("patient", "person") or _IN_HAND.search(said):
        return True
    written = [text for name in DATES for text in _strings(entry.get(name))]
    if kind in ORDERS:
        written += [
            each for bounds in _found(entry.get("dosageInstruction"), "boundsPeriod") for each in _strings(bounds)
        ]
    days = _days(written)
    told = [*days, *_days([text for name in _ENDS for text in _strings(entry.get(name))])]
    forms = {
        form for day in told for form in (day.isoformat(), day_words(day, today), f"{day_words(day, day)} {day.year}")
    }
    if any(re.search(rf"\b{re.escape(form)}\b", said) for form in forms):
        return True
    is_whole = any(day.year > 1970 for day in days)
    return not is_whole and (any(text in said for text in written) or _WITHOUT_DAY.search(said) is not None)


def _days(texts: Iterable[str]) -> list[date]:
    return [day for text in texts for found in _ISO.findall(text) if (day := _day(found)) is not None]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _holds(said: str, given: str) -> bool:
    """Whether a text holds a number, as a whole one, thousands separated or not; or words, in any case."""
    if _NUMBER.fullmatch(given):
        plain_number = format(float(given), ".10g")
        numbers = [each.rstrip(".").replace(",", "") for each in re.findall(r"\d[\d,.]*", said)]
        return any(format(float(each), ".10g") == plain_number for each in numbers if _NUMBER.fullmatch(each))
    return re.search(rf"(?i)\b{re.escape(given)}", said) is not None


def _numbers(value: Any) -> list[str]:
    if isinstance(value, bool):
        return []
    if isinstance(value, int | float):
        return [str(value)]
    if isinstance(value, str):
        return _NUMBER.findall(value)[:1]
    if isinstance(value, dict):
        inside = [one for name, one in value.items() if name not in ("unit", "code", "system", "comparator")]
    else:
        inside = value if isinstance(value, list) else []
    return [each for one in inside for each in _numbers(one)] if not _is_coded(value) else []


def _is_coded(value: Any) -> bool:
    return isinstance(value, dict) and "coding" in value


def _texts(value: Any) -> list[str]:
    """The texts and displays in a value, however deep; a value that is itself a text."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [each for one in value for each in _texts(one)]
    if isinstance(value, dict):
        own = [text for name, text in value.items() if name in ("text", "display") and isinstance(text, str)]
        return own + [each for one in value.values() if not isinstance(one, str) for each in _texts(one)]
    return []


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for one in inside for each in _strings(one)]


def _found(value: Any, name: str) -> Iterator[Any]:
    """The members of a name in a value, however deep."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key == name:
                yield one
            yield from _found(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _found(one, name)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
