"""Observations → readings, findings and refused results.

Every result that cannot be used keeps its reason. A resource that cannot be read, or that is another patient's, costs
itself only and is said. The order of the resources does not matter, and a result that stands twice counts once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Final

import msgspec

from cds_service.clinical.facts import Finding, Reading, Unusable
from cds_service.fhir.anc import PARTS, Derived, Draw, derive_neutrophils, doubtful
from cds_service.fhir.bilirubin import FRACTIONS, derive_bilirubin
from cds_service.fhir.binding import OTHER_PATIENT, Whom, refusal
from cds_service.fhir.clumping import clumped, is_remarked
from cds_service.fhir.contained_results import contained_results
from cds_service.fhir.decode import CodeableConcept, Coding, Unreadable, decode_all, decode_resource
from cds_service.fhir.observation_codes import Meaning, facts_of, facts_of_value, meanings_of
from cds_service.fhir.observation_facts import LocalCode, ObservationFacts
from cds_service.fhir.observation_judgement import judged, set_aside, unsaid
from cds_service.fhir.observation_moment import (
    day_as_written,
    is_withdrawn,
    known_date,
    latest_versions,
    moment_of,
    plain_status,
)
from cds_service.fhir.observation_order import Out, by_fact, sentences
from cds_service.fhir.observation_standing import Result, standing
from cds_service.fhir.observation_values import (
    Head,
    Observation,
    Valued,
    as_reported,
    has_other_kind,
    worded,
)
from cds_service.fhir.results_in_words import results_in_words
from cds_service.fhir.site_map import NO_SITE_MAP, SiteMap
from cds_service.fhir.terminology import LOINC, concepts_of_code

# Facts that are worked out of one another, by the name that they go under together.
_GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "anc": PARTS | {"anc"},
    "bilirubin": FRACTIONS | {"bilirubin"},
    "tp53": frozenset({"tp53", "geneticVariant"}),
}
# The facts that other results tell where they are not reported themselves: the parts, and how they are put together.
_DERIVED: Final[Mapping[str, tuple[frozenset[str], Callable[[Sequence[Draw]], Iterator[Derived]]]]] = {
    "anc": (PARTS, derive_neutrophils),
    "bilirubin": (FRACTIONS, derive_bilirubin),
}
_TOGETHER: Final = {fact: group for group, facts in _GROUPS.items() for fact in facts}
_LOINC_CODE: Final = re.compile(rb'"([0-9]{1,6}-[0-9])"')
# On which side the kidneys are worse, of facts that only tell of kidneys: 1 above, -1 below.
_WORSE: Final[Mapping[str, int]] = {"creatinine": 1, "weight": -1}
_COUNTED: Final = frozenset({"anc", "segmentedCount", "bandCount"})
_NO_PARTS: Final[frozenset[str]] = frozenset()
CLUMPED: Final = "the platelets were clumped"


_Asked = tuple[Meaning, Valued, Observation]


def read_observations(
    resources: Iterable[bytes | msgspec.Raw], patient: Whom | str, today: date, site: SiteMap = NO_SITE_MAP
) -> ObservationFacts:
    """The facts that the Observations hold.

    Args: `resources` one JSON resource each, read with the results that they contain (other resource types are left to
    their own readers); `patient` the patient of the call; `today` the day of the call; `site` the local codes of the site.
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
    holders = raws if at_once is None else [raw for raw, one in zip(raws, at_once, strict=True) if one.contained]
    if inner := contained_results(holders):
        raws = tuple(dict.fromkeys((*raws, *inner)))
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
    lost_of: dict[str, list[tuple[datetime, Out]]] = {}
    for order, one in lost:
        lost_of.setdefault(_TOGETHER.get(one.fact, one.fact), []).append((order, one))
    judge = _Judge(today, site, clumped(read))
    found: dict[type, dict[str, Any]] = {Reading: {}, Unusable: {}, Finding: {}}
    for group in {**asked, **lost_of}:
        parted: dict[type, list[Any]] = {}
        for pair in judge.judged(group, asked.get(group, ()), lost_of.get(group, ())):
            parted.setdefault(type(pair[1]), []).append(pair)
        for kind, kept in parted.items():
            found[kind] |= by_fact(kept)
    readings, unusable, findings = (dict(sorted(by_name.items())) for by_name in found.values())
    return ObservationFacts(readings, unusable, findings, sentences(remarks), unmapped, frozenset(local))


def _is_awaited(one: Observation) -> bool:
    """Whether a test is only registered, and nothing of it says a result yet: the specimen is on its way."""
    if one.status == "final" or plain_status(one.status) != "registered" or one.note:
        return False
    return all(as_reported(part) == ("", "") and not has_other_kind(part) for part in (one, *one.component))


def _doubted(one: Observation, why: str, today: date, site: SiteMap) -> Iterator[tuple[datetime, Out]]:
    """All that an Observation would tell that may be another patient's."""
    moment, reference = moment_of(one), f"Observation/{one.id}" if one.id else "Observation"
    for body in (one, *one.component):
        for meaning in facts_of(body.code, site):
            result = Result(meaning.fact, meaning, body, one, moment)
            yield moment.order, _with_day(result, set_aside(result, why, "GEN-UNSEEN", reference, today))


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
        yield _as_written(head, Unusable(fact, f"the resource cannot be read ({fault})", "", reference))


def _as_written(head: Head, unread: Unusable) -> Unusable:
    """A result that cannot be read as a whole, with what can be read of its value and its day."""
    value, unit = head.reported
    try:
        when = known_date(head.day) if head.day else None
    except Unreadable:
        when = None
    on = when.on if when is not None else None
    return replace(unread, on=on, reported=value, reported_unit=unit, reported_day="" if on else head.day)


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
        for body in (one, *one.component, *_told(one, site)):
            coding = body.code.coding
            places = known.get(coding[0]) if len(coding) == 1 else None
            if places is None:
                meanings, named = meanings_of(body.code, site)
                meanings = meanings or facts_of_value(worded(body), body.code)
                if named:
                    unmapped.update(named)
                    local.update(
                        LocalCode(fact, each.system, each.code) for fact in named for each in coding if each.code
                    )
                places = [(m, asked.setdefault(_TOGETHER.get(m.fact, m.fact), [])) for m in meanings]
                first = coding[0] if len(coding) == 1 else None
                if first is not None and (concepts_of_code(first.system, first.code) or site.concepts_of(coding)):
                    # Where the code is known its words are not looked at: the next result of this code means the same.
                    known[first] = places
            for meaning, place in places:
                place.append((meaning, body, one))
    return asked, unmapped, local


def _told(one: Observation, site: SiteMap) -> Iterator[Valued]:
    """The results that the text of one tells whose code is of none of them."""
    texts = (
        [words] if (words := worded(one)) else [note.text for note in one.note] if as_reported(one) == ("", "") else []
    )
    if any(texts) and not facts_of(one.code, site):
        yield from (each for text in texts for each in results_in_words(text, one.code.words()))


@dataclass(frozen=True, slots=True)
class _Judge:
    """What the results of a call are judged by: the day, the site, and the draws of which something says that platelets clumped."""

    today: date
    site: SiteMap
    clumped_at: frozenset[Hashable] | None

    def judged(
        self, group: str, asked: Sequence[_Asked], lost: Iterable[tuple[datetime, Out]]
    ) -> list[tuple[datetime, Out]]:
        """The results of the facts that are worked out of one another, each with the time by which it is sorted."""
        results = [Result(m.fact, m, body, o, moment_of(o)) for m, body, o in asked]
        decided = [
            (result, made if isinstance(made, Reading) else _with_day(result, made))
            for result in standing(results, self.site)
            for made in judged(result, self.today)
        ]
        if self.clumped_at is not None and group == "platelets":
            decided = [(result, self._marked(self.clumped_at, result, made)) for result, made in decided]
        if group == "anc":
            decided = _plausible(decided)
        kept = [*lost, *((result.moment.order, made) for result, made in decided)]
        parts, derive = _DERIVED.get(group, (_NO_PARTS, derive_neutrophils))
        if parts and not parts.isdisjoint([result.fact for result in results]):
            draws = [_draw(result, made) for result, made in decided if isinstance(made, Reading)]
            doubts = [(result, made) for result, made in decided if isinstance(made, Unusable)]
            doubted = [(_draw(result, r), made) for result, made in doubts for r in made.believed]
            kept += _derived(group, derive, draws, doubted)
        return _without_undated(kept)

    def _marked(self, clumped_at: frozenset[Hashable], result: Result, made: Out) -> Out:
        """A count of platelets as an estimate where something of its draw says that they were clumped."""
        if isinstance(made, Finding):
            return made
        at = result.moment
        of_draw = bool(clumped_at & {at.key, at.on})
        if isinstance(made, Reading):
            return made._replace(
                is_estimate=made.is_estimate or of_draw or is_remarked(result.body, result.observation)
            )
        if is_remarked(result.body, result.observation) and not made.is_other_test:
            return replace(made, reason=f"{CLUMPED}: {made.reason}", rule="GEN-CLUMP")
        return made


def _with_day(result: Result, made: Out) -> Out:
    """A result that cannot be used, with the words of its day where a calendar has none for them."""
    if not isinstance(made, Unusable) or made.on is not None:
        return made
    return replace(made, reported_day=day_as_written(result.observation))


def _plausible(decided: list[tuple[Result, Out]]) -> list[tuple[Result, Out]]:
    """The results, with what is asked about in place of each count of neutrophils that cannot be what it seems."""
    draws = [_draw(result, made)[0] for result, made in decided if isinstance(made, Reading)]
    leukocytes = [draw for draw in draws if draw.reading.fact == "wbc"]
    return [(result, _plausible_one(result, made, leukocytes)) for result, made in decided]


def _plausible_one(result: Result, made: Out, leukocytes: list[Draw]) -> Out:
    moment = result.moment.key
    if isinstance(made, Finding):
        return made
    if isinstance(made, Unusable) and result.fact in _COUNTED and made.fact != result.fact:
        # A share without its leukocytes leaves open what the count is that it is called.
        return made if any(draw.moment == moment for draw in leukocytes) else unsaid(result, made)
    if made.fact != "anc":
        return made
    believed = (made,) if isinstance(made, Reading) else made.believed
    doubts = [(one, doubt) for one in believed if (doubt := doubtful(one, moment, leukocytes)) is not None]
    if not doubts:
        return made
    likelier = tuple(one._replace(amount=may_be) for one, (_, may_be) in doubts)
    if isinstance(made, Unusable):
        return replace(made, believed=tuple(dict.fromkeys((*believed, *likelier))))
    why = doubts[0][1][0]
    said = (made.reference, made.on, made.reported, made.reported_unit)
    return Unusable("anc", why, "GEN-IMPLAUS", *said, believed=tuple(dict.fromkeys((made, *likelier))))


def _derived(
    fact: str,
    derive: Callable[[Sequence[Draw]], Iterator[Derived]],
    draws: list[tuple[Draw, datetime]],
    doubted: list[tuple[tuple[Draw, datetime], Unusable]],
) -> Iterator[tuple[datetime, Out]]:
    """A fact as its parts tell it; where a part cannot be used, what it would be if that were believed."""
    orders = {draw.moment: order for draw, order in (*draws, *(each for each, _ in doubted))}
    certain = list(derive([draw for draw, _ in draws]))
    yield from ((orders[each.moment], each.result) for each in certain)
    known = {each.result for each in certain}
    why = {part.reference: part for _, part in doubted}
    reported = {draw.moment for (draw, _), part in doubted if part.fact == fact}
    for each in derive([draw for draw, _ in (*draws, *(draw for draw, _ in doubted))]) if doubted else ():
        made = each.result
        part = next((why[name] for name in made.reference.split(", ") if name in why), None)
        if part is None or made in known or each.moment in reported:
            continue
        if isinstance(made, Reading):
            said = (made.reference, made.on, made.reported, made.reported_unit)
            made = Unusable(fact, part.reason, part.rule, *said, believed=(made,))
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


def _draw(result: Result, reading: Reading) -> tuple[Draw, datetime]:
    specimen = result.observation.specimen
    corrected = "corrected-for-nucleated-erythrocytes" in result.meaning.concepts
    where = specimen.reference if specimen else ""
    return Draw(reading, result.moment.key, where, corrected), result.moment.order
