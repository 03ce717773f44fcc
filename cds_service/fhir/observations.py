"""Observations → readings, findings and refused results.

Every result that cannot be used keeps its reason. A resource that cannot be read, or that is another patient's, costs
itself only and is said. The order of the resources does not matter, and a result that stands twice counts once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any, Final

import msgspec

from cds_service.clinical.facts import Finding, Reading, Unusable
from cds_service.clinical.quantity import Interval
from cds_service.fhir.anc import PARTS, Draw, derive_neutrophils
from cds_service.fhir.binding import OTHER_PATIENT, Whom, refusal
from cds_service.fhir.clumping import SAYS_NONE, clumped, is_remarked
from cds_service.fhir.decode import CodeableConcept, Coding, Unreadable, decode_all, decode_resource
from cds_service.fhir.lenient import is_modified
from cds_service.fhir.observation_codes import Meaning, facts_of, facts_of_value, meanings_of
from cds_service.fhir.observation_facts import ByFact, LocalCode, ObservationFacts
from cds_service.fhir.observation_findings import FINDINGS, read_finding
from cds_service.fhir.observation_moment import (
    FUTURE,
    NO_DATE,
    PARTIAL_DATE,
    WITHOUT_RESULT,
    day_of,
    is_future,
    is_withdrawn,
    latest_versions,
    moment_of,
    plain_status,
)
from cds_service.fhir.observation_order import Out, by_fact, sentences
from cds_service.fhir.observation_standing import Result, standing
from cds_service.fhir.observation_values import (
    Declined,
    Head,
    Measured,
    Observation,
    Valued,
    absent_reason,
    amounts_in_words,
    as_reported,
    has_other_kind,
    interpretations,
    measured,
    normal_limit,
    upper_limit,
    worded,
)
from cds_service.fhir.site_map import NO_SITE_MAP, SiteMap
from cds_service.fhir.terminology import LOINC, concepts_of_code
from cds_service.fhir.terminology.units import (
    Refused,
    canonical_unit,
    extremes,
    is_count_unit,
    is_quantity,
    is_small_share,
)

# Facts that are worked out of one another, by the name that they go under together.
_GROUPS: Final[Mapping[str, frozenset[str]]] = {"anc": PARTS | {"anc"}, "tp53": frozenset({"tp53", "geneticVariant"})}
_TOGETHER: Final = {fact: group for group, facts in _GROUPS.items() for fact in facts}
_FLAGS: Final = frozenset({"HH", "HU", "H", "N", "L", "LU", "LL"})
_LOINC_CODE: Final = re.compile(rb'"([0-9]{1,6}-[0-9])"')
# R5 has "appended": a final result to which something was added.
_STATUSES: Final = frozenset({"final", "amended", "corrected", "appended", "preliminary"})
# A share that is sent under the unit of a count may be that count.
_SHARES: Final[Mapping[str, str]] = {
    "neutrophilPercent": "anc",
    "segmentedPercent": "segmentedCount",
    "bandPercent": "bandCount",
}
# On which side the kidneys are worse, of facts that only tell of kidneys: 1 above, -1 below.
_WORSE: Final[Mapping[str, int]] = {"creatinine": 1, "weight": -1}
SHARE_OR_COUNT: Final = Refused("its code is one of a share, its unit one of a count", "GEN-UNIT")
CLUMPED: Final = "the platelets were clumped"
_MODIFIED: Final = "it carries a modifier that is not known here"


_Asked = tuple[Meaning, Valued, Observation]
_Found = tuple[dict[str, tuple[Reading, ...]], dict[str, tuple[Unusable, ...]], dict[str, tuple[Finding, ...]]]


def read_observations(
    resources: Iterable[bytes | msgspec.Raw], patient: Whom | str, today: date, site: SiteMap = NO_SITE_MAP
) -> ObservationFacts:
    """The facts that the Observations hold.

    Args: `resources` one JSON resource each (other resource types are left to their own readers); `patient` the
    patient of the call; `today` the day of the call; `site` the local codes of the site.
    Returns: amounts in canonical units, each with its date and reference.
    Missing: an `Unusable` with its reason for every result of a known fact that cannot be used; a remark for every
    resource that cannot be read or is another patient's. Withdrawn results (entered in error, cancelled) leave nothing.
    """
    remarks: Counter[str] = Counter()
    lost: list[tuple[datetime, Out]] = []
    # How nearly every reference to the patient is written; an empty id names nobody.
    identifier = patient if isinstance(patient, str) else patient.id
    usual = f"Patient/{identifier}" if identifier and "/" not in identifier else None
    # The same resource often comes under several keys.
    raws = tuple(dict.fromkeys(map(bytes, resources)))
    at_once = decode_all(raws, Observation)
    read = [
        one
        for one in at_once or ()
        if one.subject is not None and one.subject.reference == usual and one.resourceType == "Observation"
    ]
    # Nearly always that is all of them; else each is looked at.
    read, apart = (read, ()) if len(read) == len(raws) else ([], raws)
    for place, raw in enumerate(apart):
        try:
            observation = at_once[place] if at_once is not None else decode_resource(raw, Observation)
        except Unreadable as fault:
            lost.extend((datetime.min, u) for u in _unreadable(raw, str(fault), patient, remarks, site))
            continue
        if observation.resourceType != "Observation":
            continue
        subject = observation.subject
        why = (
            ""
            if subject is not None and subject.reference == usual
            else refusal(subject, patient, observation.contained)
        )
        if not why:
            read.append(observation)
        elif not is_withdrawn(observation.status):
            remarks[why] += 1
            if why != OTHER_PATIENT:
                # It may be this patient's: what it would have told is missing, not absent.
                lost.extend(_doubted(observation, why, today, site))
    asked, unmapped, local = _asked((one for one in latest_versions(read) if not _is_awaited(one)), site)
    judged = _Judged(asked, lost, today, site, clumped(read))
    found = (ByFact(judged.facts, judged.readings), ByFact(judged.facts, judged.unusable))
    return ObservationFacts(
        *found, ByFact(judged.facts, judged.findings), sentences(remarks), unmapped, frozenset(local)
    )


def _is_awaited(one: Observation) -> bool:
    """Whether a test is only registered, and nothing of it says a result yet: the specimen is on its way."""
    if plain_status(one.status) != "registered" or one.note:
        return False
    return all(as_reported(part) == ("", "") and not has_other_kind(part) for part in (one, *one.component))


def _doubted(one: Observation, why: str, today: date, site: SiteMap) -> Iterator[tuple[datetime, Out]]:
    """All that an Observation would tell that may be another patient's."""
    moment, reference = moment_of(one), f"Observation/{one.id}" if one.id else "Observation"
    for body in (one, *one.component):
        for meaning in facts_of(body.code, site):
            result = Result(meaning.fact, meaning, body, one, moment)
            yield moment.order, _set_aside(result, why, "GEN-UNSEEN", reference, today)


def _unreadable(
    raw: bytes, fault: str, patient: Whom | str, remarks: Counter[str], site: SiteMap
) -> Iterator[Unusable]:
    """What is lost with an Observation that cannot be read: its facts where they can be told, else a remark."""
    try:
        head = decode_resource(raw, Head)
    except Unreadable:
        # Not even its code has the form of one: what it would tell is known by any code of LOINC that it quotes.
        quoted = [Coding(LOINC, code.decode()) for code in _LOINC_CODE.findall(raw)]
        lost = dict.fromkeys(m.fact for each in quoted for m in facts_of(CodeableConcept([each])) if not m.is_excluded)
        if not lost:
            remarks[f"unreadable: {fault}"] += 1
        for fact in lost:
            yield Unusable(fact, f"the resource cannot be read ({fault})", "", "Observation")
        return
    if head.resourceType != "Observation" or is_withdrawn(head.status):
        return
    why = refusal(head.subject, patient, head.contained)
    if why:
        remarks[why] += 1
    if why == OTHER_PATIENT:
        return
    reference = f"Observation/{head.id}" if head.id else "Observation"
    facts = [meaning.fact for meaning in facts_of(head.code, site)]
    if not facts:
        remarks[f"unreadable {reference}: {fault}"] += 1
    for fact in facts:
        yield Unusable(fact, f"the resource cannot be read ({fault})", "", reference)


def _asked(
    current: Iterable[Observation], site: SiteMap
) -> tuple[dict[str, list[_Asked]], Counter[str], set[LocalCode]]:
    """The values of Observations and their components by the facts that their codes stand for, the unmapped ones, and their codes."""
    asked: dict[str, list[_Asked]] = {}
    local: set[LocalCode] = set()
    unmapped: Counter[str] = Counter()
    # By coding: what it means, each with where such results go.
    known: dict[Coding, list[tuple[Meaning, list[_Asked]]]] = {}
    for one in current:
        coding = one.code.coding
        if not one.component and len(coding) == 1 and (places := known.get(coding[0])) is not None:
            # Nearly every result is another one of a code that has been seen.
            for meaning, place in places:
                place.append((meaning, one, one))
            continue
        for body in (one, *one.component):
            coding = body.code.coding
            places = known.get(coding[0]) if len(coding) == 1 else None
            if places is None:
                meanings, named = meanings_of(body.code, site)
                meanings = meanings or facts_of_value(worded(body))
                unmapped.update(named)
                local.update(LocalCode(fact, each.system, each.code) for fact in named for each in coding if each.code)
                places = [(m, asked.setdefault(_TOGETHER.get(m.fact, m.fact), [])) for m in meanings]
                first = coding[0] if len(coding) == 1 else None
                if first is not None and (concepts_of_code(first.system, first.code) or site.concepts_of(coding)):
                    # Where the code is known its words are not looked at: the next result of this code means the same.
                    known[first] = places
            for meaning, place in places:
                place.append((meaning, body, one))
    return asked, unmapped, local


class _Judged:
    """The results of each fact, judged when it is first asked for, with those that it is derived from."""

    def __init__(
        self,
        asked: dict[str, list[_Asked]],
        lost: list[tuple[datetime, Out]],
        today: date,
        site: SiteMap,
        clumped_at: frozenset[Hashable] | None,
    ) -> None:
        self._asked, self._lost, self._today, self._site, self._clumped_at = asked, lost, today, site, clumped_at
        self._done: dict[str, _Found] = {}
        groups = {*asked, *(_TOGETHER.get(one.fact, one.fact) for _, one in lost)}
        self.facts = frozenset(groups.union(*(_GROUPS[group] for group in groups & _GROUPS.keys())))

    def readings(self, fact: str) -> tuple[Reading, ...]:
        return self._of(fact)[0].get(fact, ())

    def unusable(self, fact: str) -> tuple[Unusable, ...]:
        return self._of(fact)[1].get(fact, ())

    def findings(self, fact: str) -> tuple[Finding, ...]:
        return self._of(fact)[2].get(fact, ())

    def _of(self, fact: str) -> _Found:
        group = _TOGETHER.get(fact, fact)
        found = self._done.get(group)
        if found is None:
            found = self._done[group] = self._work_out(group)
        return found

    def _work_out(self, group: str) -> _Found:
        kept = [(order, one) for order, one in self._lost if _TOGETHER.get(one.fact, one.fact) == group]
        results = [Result(m.fact, m, body, o, moment_of(o)) for m, body, o in self._asked.get(group, ())]
        judged = [
            (result, self._marked(result, made))
            for result in standing(results, self._site)
            for made in _judged(result, self._today)
        ]
        kept += [(result.moment.order, made) for result, made in judged]
        if group == "anc" and any(result.fact in PARTS for result in results):
            draws = [_draw(result, made) for result, made in judged if isinstance(made, Reading)]
            doubts = [(result, made) for result, made in judged if isinstance(made, Unusable)]
            kept += _derived(draws, [(_draw(result, r), made) for result, made in doubts for r in made.believed])
        kept = _without_undated(kept)
        parted: dict[type, list[Any]] = {Reading: [], Unusable: [], Finding: []}
        for pair in kept:
            parted[type(pair[1])].append(pair)
        return by_fact(parted[Reading]), by_fact(parted[Unusable]), by_fact(parted[Finding])

    def _marked(self, result: Result, made: Out) -> Out:
        """A count of platelets as an estimate where something of its draw says that they were clumped."""
        if self._clumped_at is None or result.fact != "platelets" or isinstance(made, Finding):
            return made
        at = result.moment
        of_draw = bool(self._clumped_at & {at.key, at.on})
        if isinstance(made, Reading):
            return made._replace(
                is_estimate=made.is_estimate or of_draw or is_remarked(result.body, result.observation)
            )
        if is_remarked(result.body, result.observation) and not made.is_other_test:
            return replace(made, reason=f"{CLUMPED}: {made.reason}", rule="GEN-CLUMP")
        return made


def _derived(
    draws: list[tuple[Draw, datetime]], doubted: list[tuple[tuple[Draw, datetime], Unusable]]
) -> Iterator[tuple[datetime, Out]]:
    """The neutrophils of differentials; where a part cannot be used, what they would be if it were believed."""
    orders = {draw.moment: order for draw, order in (*draws, *(each for each, _ in doubted))}
    certain = list(derive_neutrophils([draw for draw, _ in draws]))
    yield from ((orders[each.moment], each.result) for each in certain)
    known = {each.result for each in certain}
    why = {part.reference: part for _, part in doubted}
    reported = {draw.moment for (draw, _), part in doubted if part.fact == "anc"}
    for each in derive_neutrophils([draw for draw, _ in (*draws, *(draw for draw, _ in doubted))]) if doubted else ():
        made = each.result
        part = next((why[name] for name in made.reference.split(", ") if name in why), None)
        if part is None or made in known or each.moment in reported:
            continue
        if isinstance(made, Reading):
            said = (made.reference, made.on, made.reported, made.reported_unit)
            made = Unusable("anc", part.reason, part.rule, *said, believed=(made,))
        yield orders[each.moment], made


def _without_undated(kept: list[tuple[datetime, Out]]) -> list[tuple[datetime, Out]]:
    """The results, those without a day apart that could only allow more than the latest one that has a day."""
    undated = [one for _, one in kept if isinstance(one, Unusable) and one.on is None and not one.rule]
    if not any(one.fact in _WORSE for one in undated):
        return kept
    latest = {one.fact: one for _, one in sorted(kept, key=itemgetter(0)) if isinstance(one, Reading)}
    apart = {id(one) for one in undated if one.fact in latest and _allows_more(one, latest[one.fact])}
    return [
        (order, replace(one, is_other_test=True) if isinstance(one, Unusable) and id(one) in apart else one)
        for order, one in kept
    ]


def _allows_more(one: Unusable, other: Reading) -> bool:
    """Whether all that a result may mean lies on the harmless side of another one."""
    worse, used = _WORSE.get(one.fact), other.amount
    if worse is None or not used.is_exact or not one.believed:
        return False
    amounts = [reading.amount for reading in one.believed]
    return all(a.is_exact and (a.value - used.value) * worse <= 0 for a in amounts)


def _judged(result: Result, today: date) -> list[Out]:
    """The readings or the finding, or why the result cannot be used.

    More than one reading where its unit may mean several amounts: they stand against each other like results of one time.
    """
    observation, body, fact = result.observation, result.body, result.fact
    moment, meaning = result.moment, result.meaning
    reference = f"Observation/{observation.id}" if observation.id else "Observation"
    problem = _problem(result, today)
    if problem is not None:
        return [_set_aside(result, *problem, reference, today)]
    is_preliminary = plain_status(observation.status) == "preliminary"
    if fact in FINDINGS:
        found = read_finding(fact, body, observation, moment, reference, is_preliminary, today)
        if isinstance(found, Unusable) and is_preliminary:
            found = replace(found, as_finding=_as_finding(result, reference, today))
        return [found]
    on, when = day_of(moment, today), moment.when
    value = measured(body, fact, meaning.unit)
    if isinstance(value, Declined):
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
    return [reading, *(reading._replace(amount=amount) for amount in value.others)]


def _set_aside(result: Result, reason: str, rule: str, reference: str, today: date) -> Unusable:
    """A result that cannot be used whatever its value is."""
    fact, excluded = result.fact, result.meaning.is_excluded
    value = measured(result.body, fact, result.meaning.unit) if is_quantity(fact) and not excluded else None
    if value is not None and (counted := _counted(result, _amounts(value))):
        fact, value = counted, measured(result.body, counted)
    amounts, is_open = (_amounts(value), False) if excluded or _amounts(value) else _unsaid(result, fact)
    believed = _believed(result, amounts, reference, today, fact)
    finding = _as_finding(result, reference, today) if fact in FINDINGS and not excluded else None
    return Unusable(
        fact, reason, rule, reference, result.moment.on, *as_reported(result.body), excluded, believed, finding, is_open
    )


def _declined(result: Result, value: Declined, reference: str, today: date) -> Unusable:
    """A result of which the value cannot be used; a count under the code of a share is asked about as a count."""
    fact, why, amounts, on = result.fact, value.refusal, value.amounts, day_of(result.moment, today)
    if counted := _counted(result, amounts):
        fact, why, amounts = counted, SHARE_OR_COUNT, _amounts(measured(result.body, counted))
    amounts, is_open = (amounts, False) if amounts else _unsaid(result, fact)
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
    if is_modified(result.observation.modifierExtension):
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


def _draw(result: Result, reading: Reading) -> tuple[Draw, datetime]:
    specimen = result.observation.specimen
    corrected = "corrected-for-nucleated-erythrocytes" in result.meaning.concepts
    where = specimen.reference if specimen else ""
    return Draw(reading, result.moment.key, where, corrected), result.moment.order
