"""What an Observation or one of its components says: a number with its unit and comparator, words, or nothing usable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

import msgspec

from cds_service.clinical.quantity import Interval, UnusableNumber, exact
from cds_service.fhir.decode import (
    Annotation,
    CodeableConcept,
    Period,
    Quantity,
    Reference,
    Resource,
    Unreadable,
    number,
)
from cds_service.fhir.lenient import Absent, member
from cds_service.fhir.terminology.units import (
    Refused,
    Unit,
    convert,
    extremes,
    implausibility,
    lowest,
    possible_amounts,
    unit_of,
)

NO_RAW: Final = msgspec.Raw()
_LONGEST_NUMBER: Final = 60
_LONGEST_KEPT: Final = 120
_LONGEST_TEXT: Final = 500
# A comma before one or two digits is a decimal sign, before three it may separate thousands; HL7 v2 writes "<^20".
_NUMBER_WORDS = re.compile(
    r"\s*(<=|>=|<|>|≤|≥)?\s*\^?\s*([+-]?[0-9]{1,20}(?:\.[0-9]{1,20}|,[0-9]{1,2}(?![0-9.,]))?)"
    r"(?:\s+(\S.{0,40})|([^\s0-9.,].{0,40}))?\s*"
)
# A number with what follows it, anywhere in a text: "PLT 9 K/uL".
_NUMBER_IN_WORDS: Final = re.compile(
    r"(?<![\w.,/^*-])([0-9]{1,7}(?:[.,][0-9]{1,3})?)(?![\w.,^*-]*[0-9])[ \t]*"
    r"((?:x ?)?10[^\s;,]{1,20}|[^\W\d_][^\s;,]{0,20}|/[^\s;,]{1,20})?"
)
_WITH_COMMA: Final = re.compile(r"[0-9]{1,7},[0-9]{1,3}")
_ANY_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_LABORATORY_MARK: Final = re.compile(r"^\s*[*!#↓↑]+\s*")
_COMPARATORS: Final = {"": "", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "≤": "<=", "≥": ">="}

NO_VALUE: Final = Refused("no value", "")
NOT_A_NUMBER: Final = Refused("its value is not a number", "")
MANY_VALUES: Final = Refused("more than one value", "")
OTHER_SIGN: Final = Refused("its comparator is not known", "GEN-COMPARATOR")
OTHER_KIND: Final = Refused("its value is of a kind that is not read", "")
IMPOSSIBLE: Final = Refused("value implausible", "GEN-IMPLAUS")


class _Span(msgspec.Struct, frozen=True, gc=False):
    """A Range or a Ratio: two quantities of which a result may be either."""

    low: Quantity | None = None
    high: Quantity | None = None
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class ReferenceRange(msgspec.Struct, frozen=True, gc=False):
    high: Quantity | None = None
    low: Quantity | None = None
    type: CodeableConcept | None = None
    appliesTo: msgspec.Raw = NO_RAW


class Valued(msgspec.Struct, frozen=True, gc=False):
    """The members that an Observation and a component have in common."""

    code: CodeableConcept = CodeableConcept()
    valueQuantity: Quantity | None = None
    valueString: str | None = None
    valueInteger: msgspec.Raw = NO_RAW
    valueCodeableConcept: CodeableConcept | None = None
    valueDateTime: str | None = None
    valueBoolean: msgspec.Raw = NO_RAW
    valueRange: msgspec.Raw = NO_RAW
    valueRatio: msgspec.Raw = NO_RAW
    valueSampledData: msgspec.Raw = NO_RAW
    valueTime: msgspec.Raw = NO_RAW
    valuePeriod: msgspec.Raw = NO_RAW
    dataAbsentReason: CodeableConcept | None = None
    # One object before R4, a list since.
    interpretation: list[CodeableConcept] | CodeableConcept = []
    referenceRange: list[ReferenceRange] = []


class Meta(msgspec.Struct, frozen=True, gc=False):
    lastUpdated: str = ""


class Observation(Valued, frozen=True):
    resourceType: str = ""
    id: str = ""
    meta: Meta | None = None
    status: str = ""
    subject: Reference | None = None
    effectiveDateTime: str = ""
    effectivePeriod: Period | None = None
    effectiveInstant: str = ""
    issued: str = ""
    note: list[Annotation] = []
    # What `note` was called before R4.
    comment: msgspec.Raw = NO_RAW
    comments: msgspec.Raw = NO_RAW
    specimen: Reference | None = None
    component: list[Valued] = []
    contained: list[msgspec.Raw] = msgspec.field(default_factory=list)
    modifierExtension: msgspec.Raw = NO_RAW


class Head(Resource, frozen=True):
    """Just enough of an Observation that cannot be read as a whole to say which fact is lost."""

    status: str = ""
    code: CodeableConcept = CodeableConcept()
    subject: Reference | None = None
    contained: list[msgspec.Raw] = msgspec.field(default_factory=list)
    valueQuantity: msgspec.Raw = NO_RAW
    valueString: msgspec.Raw = NO_RAW
    valueCodeableConcept: msgspec.Raw = NO_RAW
    valueInteger: msgspec.Raw = NO_RAW
    effectiveDateTime: msgspec.Raw = NO_RAW
    effectiveInstant: msgspec.Raw = NO_RAW
    issued: msgspec.Raw = NO_RAW

    @property
    def reported(self) -> tuple[str, str]:
        """The words of its value and its unit, as far as they can be read; "" where they cannot."""
        for raw, kind in (
            (self.valueQuantity, Quantity),
            (self.valueString, str),
            (self.valueCodeableConcept, CodeableConcept),
            (self.valueInteger, int),
        ):
            value = member(raw, kind)
            if isinstance(value, Quantity):
                return as_reported(Valued(valueQuantity=value))
            if isinstance(value, CodeableConcept):
                return as_reported(Valued(valueCodeableConcept=value))
            if isinstance(value, str | int):
                return str(value)[:60], ""
        return "", ""

    @property
    def day(self) -> str:
        """The words of its day; "" where it has none that can be read."""
        texts = (member(each, str) for each in (self.effectiveDateTime, self.effectiveInstant, self.issued))
        return next((text[:40] for text in texts if isinstance(text, str) and text), "")


@dataclass(frozen=True, slots=True)
class Measured:
    """A number in the canonical unit, the words of the resource, and why the amount is not believed where it is not.

    `others` are further amounts that it may mean.
    """

    amount: Interval
    unit: str
    reported: str
    reported_unit: str
    doubt: Refused | None = None
    others: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    """A value that cannot be used: why, the words of the resource as far as there are any, and what it may mean."""

    refusal: Refused
    reported: str = ""
    reported_unit: str = ""
    amounts: tuple[Interval, ...] = ()


def interpretations(body: Valued) -> list[CodeableConcept]:
    """The interpretations, also where an older server sends a single one."""
    given = body.interpretation
    return [given] if isinstance(given, CodeableConcept) else given


def absent_reason(body: Valued) -> str:
    """The words of dataAbsentReason; "" where the result gives none."""
    reason = body.dataAbsentReason
    if reason is None:
        return ""
    return reason.words() or next((c.code for c in reason.coding if c.code), "") or "not given"


def worded(body: Valued) -> str:
    """The words of a value that is a text or a concept; "" for any other."""
    return body.valueString or (body.valueCodeableConcept.words() if body.valueCodeableConcept else "")


def as_reported(body: Valued) -> tuple[str, str]:
    """The words of a value that is not looked at any further."""
    quantity = body.valueQuantity
    if quantity is not None:
        return number_words(quantity), quantity.unit or quantity.code
    if body.valueString is not None:
        return body.valueString[:60], ""
    if body.valueCodeableConcept is not None:
        return body.valueCodeableConcept.words()[:60], ""
    if body.valueDateTime:
        return body.valueDateTime[:60], ""
    spans = _quantities(body)
    return "-".join(str(q.value, "utf-8", "replace")[:20] for q in spans), spans[0].unit if spans else ""


def number_words(quantity: Quantity) -> str:
    """The number as written with its comparator; one that is not known is left out, as "5" before 25 would read 525."""
    text = str(quantity.value, "utf-8", "replace")[:_LONGEST_NUMBER]
    return f"{_COMPARATORS.get(quantity.comparator, '')}{'' if text == 'null' else text}"


def has_other_sign(quantity: Quantity) -> bool:
    """Whether a quantity has a comparator that is not known."""
    return quantity.comparator not in _COMPARATORS


def has_other_kind(body: Valued) -> bool:
    """Whether the value is of a kind that no reader looks at (a range, a ratio, a boolean …)."""
    others = (
        body.valueBoolean,
        body.valueRange,
        body.valueRatio,
        body.valueSampledData,
        body.valueTime,
        body.valuePeriod,
    )
    return any(bytes(raw) not in (b"", b"null") for raw in others)


def measured(body: Valued, fact: str, own_unit: str = "") -> Measured | Declined:
    """The measured amount of a fact, in its canonical unit, or why there is none.

    Args: `fact` a measured quantity of the table of units; `own_unit` what the site means where the result names none.
    Missing: words that are no amount where one belongs, a missing or unknown unit, a comparator that is not known.
    """
    quantity, words, concept = body.valueQuantity, body.valueString, body.valueCodeableConcept
    if quantity is not None and words is None and concept is None and body.valueInteger is NO_RAW:
        # Nearly every result.
        unit = quantity.unit if not own_unit or quantity.unit.strip() or quantity.code.strip() else own_unit
        return _of_quantity(quantity.value, quantity.comparator, unit, quantity.code, fact)
    has_integer = body.valueInteger is not NO_RAW and bytes(body.valueInteger) != b"null"
    if (quantity is not None) + has_integer + (words is not None) + (concept is not None) > 1:
        return Declined(MANY_VALUES)
    if quantity is not None:
        unit = quantity.unit if quantity.unit.strip() or quantity.code.strip() else own_unit
        return _of_quantity(quantity.value, quantity.comparator, unit, quantity.code, fact)
    if words is not None:
        return _of_words(words, fact, own_unit)
    if concept is not None:
        return _of_concept(concept, fact, own_unit)
    try:
        value = number(body.valueInteger)
    except Unreadable:
        if body.valueDateTime is not None:
            return Declined(NOT_A_NUMBER)
        return _of_other_kind(body, fact) if has_other_kind(body) else Declined(NO_VALUE)
    return _converted(fact, "", exact(value), str(value), own_unit, "")


def _of_other_kind(body: Valued, fact: str) -> Declined:
    """A value of a kind that is not read: it may be either end of a range, or the one part of a ratio in the unit of both."""
    reads = [_of_quantity(q.value, q.comparator, q.unit, q.code, fact) for q in _quantities(body)]
    return Declined(OTHER_KIND, *as_reported(body), tuple(amount for read in reads for amount in _amounts(read)))


def _quantities(body: Valued) -> list[Quantity]:
    """The quantities of a range or ratio, each with a unit where one of them has one."""
    found: list[Quantity] = []
    for raw in (body.valueRange, body.valueRatio):
        span = member(raw, _Span)
        if isinstance(span, Absent):
            continue
        found += [q for q in (span.low, span.high, span.numerator) if q is not None]
        below = span.denominator
        if below is not None and span.numerator is not None and bytes(below.value) in (b"", b"1", b"1.0"):
            unit = "/".join(filter(None, (span.numerator.unit or span.numerator.code, below.unit or below.code)))
            found[-1] = Quantity(span.numerator.value, unit=unit)
        elif below is not None:
            found.append(below)
    named = next((q for q in found if q.unit or q.code), Quantity())
    return [q if q.unit or q.code else Quantity(q.value, unit=named.unit, code=named.code) for q in found]


def amounts_in_words(texts: Iterable[str], fact: str) -> tuple[Interval, ...]:
    """The amounts that texts name with a unit of the fact; a comma may be a decimal sign or a separator."""
    found: list[Interval] = []
    for text in texts:
        for number_text, unit in _NUMBER_IN_WORDS.findall(text[:_LONGEST_TEXT]):
            if unit and isinstance(unit_of(fact, unit.rstrip(".)]"), ""), Unit):
                for each in dict.fromkeys((number_text.replace(",", "."), number_text.replace(",", ""))):
                    found += _amounts(_of_members(fact, "", each, unit.rstrip(".)]"), ""))
    return tuple(dict.fromkeys(found))


def _of_quantity(value: msgspec.Raw, sign: str, unit: str, code: str, fact: str) -> Measured | Declined:
    text = str(value, "utf-8", "replace")
    if len(text) + len(sign) + len(unit) + len(code) < _LONGEST_KEPT:
        return _remembered(fact, sign, text, unit, code)
    return _of_members(fact, sign, text, unit, code)


def _of_members(fact: str, sign: str, text: str, unit: str, code: str) -> Measured | Declined:
    comparator, text = _COMPARATORS.get(sign), text[:_LONGEST_NUMBER]
    if not text or text == "null":
        return Declined(NO_VALUE, "", unit or code)
    value = _exact_number(text)
    if comparator is None:
        read = _converted(fact, "", value, text, unit, code) if value is not None else None
        return Declined(OTHER_SIGN, text, unit or code, _amounts(read))
    if value is None:
        return _not_a_number(fact, comparator, text, unit, code)
    return _converted(fact, comparator, value, comparator + _as_written(text), unit, code)


def _not_a_number(fact: str, comparator: str, text: str, unit: str, code: str) -> Declined:
    """A value that is no JSON number; one in quotes is not read, and what it would be is kept for the question."""
    words = text[1:-1] if text[:1] == text[-1:] == '"' else ""
    numbers = _ANY_NUMBER.findall(text)
    quoted = _exact_number(words) if words else _exact_number(numbers[0]) if len(numbers) == 1 else None
    read = _converted(fact, comparator, quoted, text, unit, code) if quoted is not None else None
    if quoted is None and words and not unit and not code:
        read = _of_words(words, fact, "")
    amounts = _amounts(read)
    if _WITH_COMMA.fullmatch(words):
        both = (words.replace(",", "."), words.replace(",", ""))
        amounts = tuple(each for one in both for each in _amounts(_of_members(fact, comparator, one, unit, code)))
    return Declined(NOT_A_NUMBER, text, unit or code, amounts)


def _amounts(read: Measured | Declined | None) -> tuple[Interval, ...]:
    """What a value would be that is not used."""
    if isinstance(read, Measured):
        return (read.amount, *read.others)
    return read.amounts if read is not None else ()


def _as_written(text: str) -> str:
    """A JSON number as people write it: 42, not 4.2E+1."""
    return format(Decimal(text), "f") if "e" in text.casefold() else text


# Counts and limits of normal repeat: the same number in the same unit is worked out once.
_remembered = lru_cache(maxsize=4096)(_of_members)


def _exact_number(text: str) -> Fraction | None:
    """The exact value of a JSON number; None for anything else."""
    try:
        return exact(Decimal(text)) if len(text) < _LONGEST_NUMBER else None
    except (InvalidOperation, UnusableNumber):
        return None


def _of_words(words: str, fact: str, own_unit: str) -> Measured | Declined:
    """A number that is written as text: "<20", "45 K/uL", "38,9 °C". "1,200" is refused: its comma can be either sign.

    Marks of a laboratory before it, and letters of full width, do not count.
    """
    words = _LABORATORY_MARK.sub("", words if words.isascii() else unicodedata.normalize("NFKC", words))
    found = _NUMBER_WORDS.fullmatch(words[:100])
    if found is None or len(words) > 100:
        return Declined(NOT_A_NUMBER, words[:60], "", amounts_in_words((words,), fact))
    comparator = _COMPARATORS[found.group(1) or ""]
    unit = (found.group(3) or found.group(4) or own_unit).strip()
    try:
        value = exact(Decimal(found.group(2).replace(",", ".")))
    except UnusableNumber:
        return Declined(NOT_A_NUMBER, words[:60])
    return _converted(fact, comparator, value, comparator + found.group(2), unit, "")


def _of_concept(concept: CodeableConcept, fact: str, own_unit: str) -> Measured | Declined:
    """An amount that stands where a concept belongs, in its text or the display of a coding, as if it were a text."""
    words = dict.fromkeys(filter(None, (concept.text, *(each.display for each in concept.coding))))
    reads = [_of_words(each, fact, own_unit) for each in words]
    said = [each for each in reads if _amounts(each)]
    if len({_amounts(each) for each in said}) > 1:
        return Declined(MANY_VALUES, concept.words()[:60], "", tuple(a for each in said for a in _amounts(each)))
    return next(iter(said or reads), Declined(NOT_A_NUMBER))


def _converted(fact: str, comparator: str, value: Fraction, text: str, unit: str, code: str) -> Measured | Declined:
    amount = _interval(value, comparator, lowest(fact))
    if amount is None:
        # A sign that does not belong there.
        return Declined(IMPOSSIBLE, text, unit or code, _amounts(_converted(fact, "", abs(value), text, unit, code)))
    result = convert(fact, amount, unit, code)
    if isinstance(result, Refused):
        return Declined(result, text, unit or code, possible_amounts(fact, amount, result))
    # Of several amounts that it may mean the chart is asked about all, however unlikely one is.
    doubt, others = result.doubt or (None if result.others else implausibility(fact, result.amount)), result.others
    if doubt is not None and lowest(fact) is None:
        # On a scale without a zero of its own a slip of a sign, a digit or the unit leaves open which amount was meant.
        others = (*others, *extremes(fact))
    return Measured(result.amount, result.unit, text, unit or code, doubt, others)


def _interval(value: Fraction, comparator: str, floor: Fraction | None) -> Interval | None:
    """What the comparator says about the value; None where it is negative and the quantity (`floor` 0) cannot be."""
    if floor is not None and (value.numerator < 0 or (value.numerator == 0 and comparator == "<")):
        return None
    if not comparator:
        return Interval(value, value)
    if comparator[0] == "<":
        return Interval(floor, value, False, comparator == "<")
    return Interval(value, None, comparator == ">", False)


def upper_limit(body: Valued, fact: str) -> Fraction | None:
    """The laboratory's upper limit of normal, as `normal_limit`."""
    return normal_limit(body, fact, "high")


def normal_limit(body: Valued, fact: str, side: Literal["low", "high"]) -> Fraction | None:
    """The laboratory's limit of normal in the canonical unit; None where it gives none or more than one.

    A range without unit and code is in those of the result, as laboratories print it. Ranges of another type than
    "normal" (therapeutic, a phase of life) are no limits of normal.
    """
    limits: list[Fraction] = []
    value = body.valueQuantity
    for span in body.referenceRange:
        bound = span.high if side == "high" else span.low
        if bound is None or (span.type is not None and "normal" not in {c.code for c in span.type.coding}):
            continue
        named = bound if value is None or bound.unit or bound.code else value
        read = _of_quantity(bound.value, "", named.unit, named.code, fact)
        # Without a comparator an amount is one number.
        if isinstance(read, Measured) and read.amount.low is not None:
            limits.append(read.amount.low)
    return limits[0] if limits and limits.count(limits[0]) == len(limits) else None
