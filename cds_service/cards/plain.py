"""Words of rules and readers as clinicians say them: days without ISO, short names, no ids, no names of the inside."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from cds_service.cards.words import fact_words, group
from cds_service.fhir.terminology import unit_words

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_moment = re.compile(
    r"\b(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\d-])"
)
_inside_name = re.compile(r"\b[a-z]+(?:[A-Z][a-z]+)+\b")
_hump = re.compile(r"[a-z][A-Z]")
# What a decoder says of a resource of the wrong form: its words always quote a type or a member.
_decoder = re.compile(r"\b(?:Expected|Object|Invalid|Input|JSON)\b[^;`]*`[^`]*`(?:[^;`]*`[^`]*`)*")
_rule_id = re.compile(r"\b(?:US|EU|GEN|GL|S\d)-[A-Z0-9]+(?:-[A-Z0-9]+)*\b")
_ascii_power = re.compile(r"\bx ?10\^9/L")
# Units as UCUM writes them and nobody else.
_ucum = re.compile(r"(?<=\d )(?:\w*\[\w+\][\w/]*|u\w+/\w+)")
_celsius = re.compile(r"(?<=\d) C\b")
_bracketed_day = re.compile(r" ?\((\d{1,2} [A-Z][a-z]{2}(?: \d{4})?)(?:, ([^()]*))?\)")


def day_words(day: date, today: date) -> str:
    """A day as people write it, with its year where that is not this year's: "26 Jan", "28 Dec 2025"."""
    return f"{day.day} {_MONTHS[day.month - 1]}" + ("" if day.year == today.year else f" {day.year}")


# The documents have few revisions.
@lru_cache(maxsize=64)
def month_words(revision: str) -> str:
    """A revision such as "2023-03" as "March 2023"; one of another form stays."""
    try:
        return date.fromisoformat(f"{revision}-01").strftime("%B %Y")
    except ValueError:
        return revision


def dated(text: str, today: date) -> str:
    """The text with each ISO date as people write it; the hour stays, the zone goes."""

    def words(found: re.Match[str]) -> str:
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return found[0]
        return " ".join(filter(None, (day_words(day, today), found[4])))

    return _moment.sub(words, text) if "-" in text else text


def plain(text: str, today: date) -> str:
    """A fill-in, a reason or a remark as it stands on a card."""
    if "`" in text:
        text = _decoder.sub("it has a form that cannot be read", text)
    # Names of types, facts and rules and degrees have capital letters, most fill-ins none.
    if text != text.lower():
        if _any_resource().search(text):
            text = _resource().sub(_resource_words, text)
        text = _inside_name.sub(lambda found: fact_words(found[0]), text) if _hump.search(text) else text
        # To look for a character first costs a tenth of looking for a pattern.
        text = _rule_id.sub("a rule of ours", text) if "-" in text else text
        text = _celsius.sub(" °C", text) if " C" in text else text
    if _any_phrase().search(text.lower()):
        for phrase, words in _phrases():
            text = phrase.sub(words, text)
    text = _ucum.sub(lambda found: unit_words(found[0]), text) if "[" in text or " u" in text else text
    # Two remarks in brackets, one after the other, are one.
    text = (_ascii_power.sub("×10⁹/L", text) if "^" in text else text).replace(") (", ", ")
    return dated(text, today)


def _resource_words(found: re.Match[str]) -> str:
    words = group("resource")[found["referred"] or found["named"] or found["counted"] or found["joined"]]
    return words if not found["counted"] else words.partition(" ")[2] + ("s" if found["several"] else "")


@lru_cache(maxsize=1)
def _resource() -> re.Pattern[str]:
    """A resource by its reference, by its type with an article or a number, or by a type that is no word of English."""
    every, joined = "|".join(group("resource")), "|".join(t for t in group("resource") if t[1:] != t[1:].lower())
    return re.compile(
        rf"\b(?:[Aa]n? |[Tt]he )?(?P<referred>{every})/[\w.\-]*\w|\b(?:[Aa]n?|[Tt]he) (?P<named>{every})\b"
        rf"|(?<=\d )(?P<counted>{every})(?P<several>s?)\b|\b(?P<joined>{joined})\b"
    )


@lru_cache(maxsize=1)
def _any_resource() -> re.Pattern[str]:
    return re.compile("|".join(group("resource")))


@lru_cache(maxsize=1)
def _phrases() -> list[tuple[re.Pattern[str], str]]:
    """Phrases of the inside and long names of diseases, each with what is said in its place."""
    return [(re.compile(_whole(phrase), re.IGNORECASE), words) for phrase, words in group("phrase").items()]


@lru_cache(maxsize=1)
def _any_phrase() -> re.Pattern[str]:
    """Any of them in lower case: most texts hold none, and one look is enough."""
    return re.compile(_whole("|".join(phrase.lower() for phrase in group("phrase"))))


def _whole(phrase: str) -> str:
    return rf"\b(?:{phrase})(?!\w*[^\W\d])"


def each_day_once(text: str) -> str:
    """The text with a day in brackets left out where it stands in earlier brackets: two counts of one draw."""
    days: set[str] = set()

    def words(found: re.Match[str]) -> str:
        if found[1] not in days:
            days.add(found[1])
            return found[0]
        return f" ({found[2]})" if found[2] else ""

    return _bracketed_day.sub(words, text)
