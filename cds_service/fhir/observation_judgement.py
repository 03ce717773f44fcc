"""One result, judged: a reading, a finding, or why it cannot be used and what it may mean all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from cds_service.clinical.facts import Finding, Reading, Unusable
from cds_service.clinical.quantity import Interval, plain
from cds_service.fhir.blood_products import OF_PRODUCT, is_of_product, is_unit_of_product
from cds_service.fhir.clumping import SAYS_NONE
from cds_service.fhir.lenient import is_modified
from cds_service.fhir.observation_findings import FINDINGS, read_finding
from cds_service.fhir.observation_moment import (
    FUTURE,
    NO_DATE,
    PARTIAL_DATE,
    WITHOUT_RESULT,
    day_of,
    is_future,
    plain_status,
)
from cds_service.fhir.observation_order import Out
from cds_service.fhir.observation_standing import Result
from cds_service.fhir.observation_values import (
    NO_RAW,
    Declined,
    Measured,
    Valued,
    absent_reason,
    amounts_in_words,
    as_reported,
    interpretations,
    measured,
    normal_limit,
    upper_limit,
)
from cds_service.fhir.specimen import OTHER_SPECIMEN, is_of_another_specimen
from cds_service.fhir.terminology.units import (
    Refused,
    canonical_unit,
    extremes,
    is_count_unit,
    is_quantity,
    is_small_share,
)

_FLAGS: Final = frozenset({"HH", "HU", "H", "N", "L", "LU", "LL"})
# R5 has "appended": a final result to which something was added.
_STATUSES: Final = frozenset({"final", "amended", "corrected", "appended", "preliminary"})
# A share that is sent under the unit of a count may be that count, and the reverse.
_SHARES: Final[Mapping[str, str]] = {
    "neutrophilPercent": "anc",
    "segmentedPercent": "segmentedCount",
    "bandPercent": "bandCount",
}
# Ours: leukocytes of blood, in single cells; fewer under a name alone are counted in another fluid.
_OF_BLOOD_FROM: Final = 1000
_OF_NONE: Final = frozenset({"blasts", "peripheralBlasts"})
_COUNTS: Final = {count: share for share, count in _SHARES.items()}
SHARE_OR_COUNT: Final = Refused("its code is one of a share, its unit one of a count", "GEN-UNIT")
COUNT_OR_SHARE: Final = Refused("its code is one of a count, its unit one of a share", "GEN-UNIT")
_MODIFIED: Final = "it carries a modifier that is not known here"


def judged(result: Result, today: date) -> list[Out]:
    """The readings or the finding, or why the result cannot be used.

    More than one reading where its unit may mean several amounts: they stand against each other like results of one time.
    """
    observation, body, fact = result.observation, result.body, result.fact
    moment, meaning = result.moment, result.meaning
    reference = f"Observation/{observation.id}" if observation.id else "Observation"
    if observation.specimen is not None and is_of_another_specimen(fact, observation):
        # A code says of what it is; a name alone is that of another test.
        result = Result(fact, meaning._replace(is_excluded=bool(meaning.reason)), body, observation, moment)
        return [set_aside(result, OTHER_SPECIMEN, "GEN-SPECIMEN", reference, today)]
    problem = _problem(result, today)
    if problem is not None:
        return [set_aside(result, *problem, reference, today)]
    if observation.specimen is not None and is_of_product(observation):
        return [_of_product(result, reference, today)]
    is_preliminary = observation.status != "final" and plain_status(observation.status) == "preliminary"
    if fact in FINDINGS:
        found = read_finding(fact, body, observation, moment, reference, is_preliminary, today)
        if isinstance(found, Unusable) and is_preliminary:
            found = replace(found, as_finding=_as_finding(result, reference, today))
        return [found]
    on, when = day_of(moment, today), moment.when
    value = measured(body, fact, meaning.unit)
    if isinstance(value, Declined):
        if is_unit_of_product(value.reported_unit):
            return [_of_product(result, reference, today)]
        return [_declined(result, value, reference, today)]
    refused = value.doubt
    if refused is not None or when is None or on is None:
        reason, rule = (refused.reason, refused.rule) if refused is not None else (moment.fault or PARTIAL_DATE, "")
        believed = _believed(result, (value.amount, *value.others), reference, today)
        return [Unusable(fact, reason, rule, reference, on, value.reported, value.reported_unit, believed=believed)]
    # By place: by name it takes twice as long, and a chart holds hundreds.
    reading = Reading(
        fact,
        value.amount,
        value.unit,
        value.reported,
        value.reported_unit,
        on,
        when.at,
        reference,
        is_preliminary,
        "estimate" in meaning.concepts,
        False,
        upper_limit(body, fact) if body.referenceRange else None,
        _flag(body) if body.interpretation else "",
        normal_limit(body, fact, "low") if fact == "tsh" and body.referenceRange else None,
    )
    return [reading, *(reading._replace(amount=amount) for amount in value.others)] if value.others else [reading]


def set_aside(result: Result, reason: str, rule: str, reference: str, today: date) -> Unusable:
    """A result that cannot be used whatever its value is."""
    fact, excluded = result.fact, result.meaning.is_excluded or _is_of_fluid(result)
    value = measured(result.body, fact, result.meaning.unit) if is_quantity(fact) and not excluded else None
    if value is not None and (other := _counted(result, _amounts(value)) or _shared(result)):
        fact, value = other, measured(result.body, other)
    amounts, is_open = (_amounts(value), False) if excluded or _amounts(value) else _unsaid(result, fact)
    if not excluded and _is_some(result):
        amounts, is_open = extremes(fact), True
    believed = _believed(result, amounts, reference, today, fact)
    finding = _as_finding(result, reference, today) if fact in FINDINGS and not excluded else None
    return Unusable(
        fact, reason, rule, reference, result.moment.on, *as_reported(result.body), excluded, believed, finding, is_open
    )


def _of_product(result: Result, reference: str, today: date) -> Unusable:
    """A count of a bag that was or will be given: no newer result of the patient."""
    of_another = Result(
        result.fact, result.meaning._replace(is_excluded=True), result.body, result.observation, result.moment
    )
    return set_aside(of_another, OF_PRODUCT, "", reference, today)


def _declined(result: Result, value: Declined, reference: str, today: date) -> Unusable:
    """A result of which the value cannot be used; a count under the code of a share is asked about as a count, and the reverse."""
    fact, why, amounts, on = result.fact, value.refusal, value.amounts, day_of(result.moment, today)
    if counted := _counted(result, amounts):
        fact, why, amounts = counted, SHARE_OR_COUNT, _amounts(measured(result.body, counted))
    elif shared := _shared(result):
        fact, why, amounts = shared, COUNT_OR_SHARE, _amounts(measured(result.body, shared))
    amounts, is_open = (amounts, False) if amounts else _unsaid(result, fact)
    if _is_some(result):
        # So many cells of a kind are a share of all that nobody knows.
        amounts, is_open = extremes(fact), True
    believed = _believed(result, amounts, reference, today, fact)
    return Unusable(
        fact,
        why.reason,
        why.rule,
        reference,
        on,
        value.reported,
        value.reported_unit,
        believed=believed,
        is_open=is_open,
    )


def unsaid(result: Result, asked: Unusable) -> Unusable:
    """A result that is asked about, under its own fact and as one of which the amount is open."""
    fact = result.fact
    believed = tuple(
        each._replace(fact=fact, amount=amount, unit=canonical_unit(fact))
        for each in asked.believed[:1]
        for amount in extremes(fact)
    )
    return replace(asked, fact=fact, believed=believed, is_open=True)


def _unsaid(result: Result, fact: str) -> tuple[tuple[Interval, ...], bool]:
    """What a result without an amount may be: what the words of its name or its notes say ("PLT 9 K/uL"), else the extremes.

    Returns the amounts, and whether they are the extremes. A share that is said to be none is none.
    """
    if not is_quantity(fact) or plain_status(result.observation.status) in WITHOUT_RESULT:
        return (), False
    code, reported = result.body.code, as_reported(result.body)[0]
    texts = (code.text, *(c.display for c in code.coding), *(note.text for note in result.observation.note))
    in_words = amounts_in_words(texts, fact) if result.body.valueQuantity is None else ()
    is_none = canonical_unit(fact) == "%" and SAYS_NONE.match(reported) is not None
    is_open = not (in_words or is_none or any(map(str.isdigit, reported)))
    return extremes(fact) if is_open else in_words, is_open


def _counted(result: Result, amounts: Iterable[Interval]) -> str:
    """The count that a share may be in truth: its unit is one of a count, or it has none and is too small for a share; "" if none."""
    quantity, counted = result.body.valueQuantity, _SHARES.get(result.fact, "")
    if not counted or quantity is None:
        return ""
    is_bare = not quantity.unit.strip() and not quantity.code.strip()
    may_be = (
        any(is_small_share(result.fact, each) for each in amounts)
        if is_bare
        else is_count_unit(quantity.unit, quantity.code)
    )
    return counted if may_be and _amounts(measured(result.body, counted)) else ""


def _shared(result: Result) -> str:
    """The share that a count is in truth, as its unit says; "" where the unit is none of a share."""
    shared = _COUNTS.get(result.fact, "")
    return shared if shared and isinstance(measured(result.body, shared), Measured) else ""


def _is_of_fluid(result: Result) -> bool:
    """Whether leukocytes that no code says to be of blood are counted as those of urine and fluids are: few, in single cells."""
    if result.fact != "wbc" or not result.meaning.reason:
        return False
    value = measured(result.body, "wbc")
    if not isinstance(value, Measured) or value.amount.high is None or value.amount.high >= _OF_BLOOD_FROM:
        return False
    return value.reported.lstrip("<=>") == plain(value.amount.high)


def _is_some(result: Result) -> bool:
    """Whether a share of cells that should be none was sent as a count, and there are some."""
    quantity = result.body.valueQuantity
    if result.fact not in _OF_NONE or quantity is None or not is_count_unit(quantity.unit, quantity.code):
        return False
    return any(each.is_above(0) is not False for each in _amounts(measured(result.body, "wbc")))


def _amounts(value: Measured | Declined | None) -> tuple[Interval, ...]:
    """All that a value may be."""
    if isinstance(value, Measured):
        return (value.amount, *value.others)
    return value.amounts if value is not None else ()


def _believed(
    result: Result, amounts: Iterable[Interval], reference: str, today: date, fact: str = ""
) -> tuple[Reading, ...]:
    """What a result that is not used would be, with its laboratory's limits; under the day of the call where it has no day that is past."""
    fact, body, on = fact or result.fact, result.body, day_of(result.moment, today) or today
    reported, unit = as_reported(body)
    flag, upper, lower = _flag(body), upper_limit(body, fact), normal_limit(body, fact, "low")
    read = partial(Reading, upper_limit=upper, flag=flag, lower_limit=lower)
    return tuple(read(fact, a, canonical_unit(fact), reported, unit, on, None, reference) for a in amounts)


def _as_finding(result: Result, reference: str, today: date) -> Finding | None:
    """What a result that is no number would be if it were believed; under the day of the call where it has no day that is past."""
    found = read_finding(result.fact, result.body, result.observation, result.moment, reference, False, today)
    return replace(found, on=found.on or today) if isinstance(found, Finding) else found.as_finding


def _problem(result: Result, today: date) -> tuple[str, str] | None:
    """Why a result cannot be used whatever its value is: (reason, rule)."""
    status, when, meaning = plain_status(result.observation.status), result.moment.when, result.meaning
    if meaning.reason:
        return meaning.reason, meaning.rule
    if status not in _STATUSES:
        return (f"status {status}" if status in WITHOUT_RESULT else "status missing or not known", "GEN-STATUS")
    # Most days lie well in the past, and most results have a value.
    if when is not None and when.on_from > today and is_future(when, today):
        return FUTURE, ""
    modifier = result.observation.modifierExtension
    if modifier is not NO_RAW and is_modified(modifier):
        return _MODIFIED, "GEN-UNSEEN"
    if result.body.dataAbsentReason is not None:
        return f"no value: {absent_reason(result.body)[:60]}", ""
    if when is None and result.moment.fault != NO_DATE:
        return result.moment.fault, ""
    return None


def _flag(body: Valued) -> str:
    """The laboratory's flag against its own limits; "" where it gives none or more than one."""
    flags = {c.code.strip().upper() for each in interpretations(body) for c in each.coding} & _FLAGS
    return flags.pop() if len(flags) == 1 else ""
