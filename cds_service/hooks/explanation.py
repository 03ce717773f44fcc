"""Why a call was answered as it was: facts read and refused, what was not obtained, the course, every rule, the cards.

A pure function over the `Outcome` of a call; how it is shown is the business of whoever shows it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from cds_service.cards.extension import NAME
from cds_service.cards.words import fact_words, gaps, listed, with_unit
from cds_service.cdshooks.card import Card
from cds_service.clinical.calendar import treatment_day
from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Finding, Missing, PatientFacts, Reading
from cds_service.clinical.quantity import Interval, plain
from cds_service.clinical.recommendation import Assessment, Recommendation, RuleOutcome
from cds_service.clinical.therapy import Therapy, therapy_of
from cds_service.dosing.treatment.limits import Limit
from cds_service.fhir.binding import NO_PATIENT, OTHER_PATIENT, UNSURE_PATIENT
from cds_service.fhir.ledger import SET_ASIDE, Entry
from cds_service.hooks.pipeline import Outcome
from cds_service.hooks.recording import PREFETCH_KEY

# How the trace says that the way of a call led past a rule.
NOT_REACHED = "not reached: "
MOST_IN_HEAD = 6
ORDER_OF_OUTCOMES = ("fired", "unknown", "not met", "not applicable")
_DECIMALS: Final = re.compile(r"\d+\.\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class FactRead:
    """One fact that the rules may look at: as reported, in the canonical unit, dated, and where it stands."""

    fact: str
    value: str
    unit: str = ""
    converted: str = ""
    on: date | None = None
    reference: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class FactRefused:
    """What is there and is not used: a result with the rule that says so, or another resource, by its type, without one."""

    fact: str
    reason: str
    rule: str
    value: str = ""
    unit: str = ""
    on: date | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One thing that the therapy reading says."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one call.

    `head` are at most ten lines: each card's decision, what decided it, what was not checked, what would change it.
    `limits` are the counts by which the rows in force decide today. `entries` say what became of each resource that came.
    `shadowed` are decisions that were made and are not shown, because a setting says so; `left` are those that another hook
    says. `ended` says why nothing was assessed, "" where the rules were asked.
    """

    service: str
    hook: str
    today: date
    jurisdiction: str
    content_version: str
    documents: tuple[str, ...]
    head: tuple[CourseLine, ...] = ()
    read: tuple[FactRead, ...] = ()
    refused: tuple[FactRefused, ...] = ()
    not_obtained: tuple[Missing, ...] = ()
    not_on_file: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    course: tuple[CourseLine, ...] = ()
    limits: tuple[CourseLine, ...] = ()
    rules: tuple[RuleOutcome, ...] = ()
    cards: tuple[Card, ...] = ()
    shadowed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    ended: str = ""
    entries: tuple[Entry, ...] = ()


def explain(outcome: Outcome, jurisdiction: str, with_entries: bool = True) -> Explanation:
    """The explanation of one call.

    Args: what the call came to; the jurisdiction it was played in, whose documents are named and no other's ("" not configured:
    all); whether to work out what became of each resource, which takes as long as the call itself.
    Missing: a call that did not concern the drug says so in `ended`.
    """
    drug, hook = outcome.drug, outcome.hook
    standing = drug.rulebook.on(outcome.today).documents
    # Those of another jurisdiction decide nothing here; where none is configured any may be meant.
    own = [d for d in standing if not jurisdiction or d.jurisdiction in ("", jurisdiction)]
    in_force = sorted(own, key=lambda d: d.jurisdiction != jurisdiction)
    documents = tuple(f"{d.title} rev. {d.revision}: {d.review}" for d in in_force)
    head = (f"{drug.name}-{hook.name}", hook.name, outcome.today, jurisdiction, drug.content_version, documents)
    if outcome.chart is None or outcome.assessment is None:
        return Explanation(
            *head, ended=f"The call does not concern {drug.name}: {_why_ended(outcome)}. Nothing more was looked at."
        )
    facts = outcome.chart.facts
    entries = outcome.chart.entries if with_entries else ()
    drafts = tuple(_medication(r, "draftOrder") for r in outcome.drafts.orders)
    return Explanation(
        *head,
        head=head_lines(outcome.cards, outcome.assessment, _unread_doses(outcome, facts)),
        read=(*drafts, *facts_read(facts)),
        refused=refused(facts, entries),
        not_obtained=_not_obtained(outcome, outcome.assessment),
        not_on_file=_not_on_file(outcome, facts),
        remarks=facts.remarks,
        course=course_lines(therapy_of(facts.medications, drug.name, outcome.today), outcome.today),
        limits=tuple(limit_line(limit) for limit in _limits(outcome)),
        rules=tuple(sorted(outcome.assessment.outcomes, key=lambda r: ORDER_OF_OUTCOMES.index(r.outcome))),
        cards=tuple(outcome.cards),
        shadowed=tuple(map(_decision_words, outcome.shadowed)),
        left=tuple(f"{one.hook}: {_decision_words(one.decision)}" for one in outcome.assessment.left),
        entries=entries,
    )


def _decision_words(decision: Recommendation) -> str:
    return f"{decision.action}: {', '.join(decision.rules)}"


def head_lines(
    cards: Sequence[Card], assessment: Assessment, unread: Sequence[tuple[str, str]] = ()
) -> tuple[CourseLine, ...]:
    """A call in at most ten lines, for somebody who reads no further.

    Args: the cards as they are sent; what every rule said; the doses that could not be read, each with its reason.
    """
    machines = [card.extension[NAME] for card in cards]
    told: list[dict[str, Any]] = [one for one in machines if isinstance(one, dict)]
    lines = [
        CourseLine("decision", f"{one['action']} ({card.indicator}): {card.summary}")
        for card, one in zip(cards, told, strict=True)
    ] or [CourseLine("decision", "no card: nothing to say")]
    if also := [f"{each['action']} ({each['urgency']})" for one in told for each in one.get("alsoFound", ())]:
        lines.append(CourseLine("also found", ", ".join(also)))
    if told:
        lines.append(CourseLine("decided by", _listed_once(map(_value_words, told[0].get("inputs", ()))) or "no value"))
        lines.append(
            CourseLine("by the rules", ", ".join(dict.fromkeys(rule for one in told for rule in one["rules"])))
        )
    gaps_told = [(gap["check"], gap["why"]) for one in told for gap in one.get("notChecked", ())]
    asked = {gap["fact"] for one in told for gap in one.get("missing", ())}
    # Beside a hold no rule looks at a dose, so that none says that it could not be read.
    unread_too = [(fact, reason) for fact, reason in unread if fact not in asked]
    # No card says what could not be decided where there is none.
    unchecked = _by_reason([*(gaps_told if told else _undecided(assessment.outcomes)), *unread_too])
    gaps = (f"{words} ({_without(words, reason)})" for reason, words in unchecked.items())
    lines.append(CourseLine("not checked", _listed_once(gaps) or "nothing that is known to matter"))
    skipped = [one for one in assessment.outcomes if one.why.startswith(NOT_REACHED)]
    reasons = _listed_once(one.why.removeprefix(NOT_REACHED) for one in skipped)
    lines.append(
        CourseLine(
            "not evaluated", f"{len(skipped)} rules that are not for this chart ({reasons})" if skipped else "none"
        )
    )
    changes = _listed_once(_changes(told, assessment.outcomes, unchecked.keys()))
    lines.append(CourseLine("would change it", changes or "another value of what decided, or a new finding"))
    return tuple(lines)


def _unread_doses(outcome: Outcome, facts: PatientFacts) -> list[tuple[str, str]]:
    """The doses of the call's orders and of the course that are there and could not be read, with the reasons."""
    course = therapy_of(facts.medications, outcome.drug.name, outcome.today)
    doses = [("orderedDose", each.dose_problem) for each in outcome.drafts.orders if each.dose is None]
    doses += [("currentDose", course.dose_problem)] if course.dose is None else []
    return [(fact, reason) for fact, reason in dict.fromkeys(doses) if reason]


def _changes(
    told: Sequence[Mapping[str, Any]], outcomes: Iterable[RuleOutcome], said: Collection[str]
) -> Iterator[str]:
    """What would change each decision, and the rules that could not decide. A reason that is `said` already is not repeated."""

    def now(reason: str) -> str:
        return "" if reason in said else f" (now: {reason})"

    for one in told:
        if "resume" in one:
            yield f"{one['action']}: until {one['resume']['when']}, then resume"
        for reason, words in _by_reason((gap["fact"], gap["reason"]) for gap in one.get("missing", ())).items():
            yield f"{one['action']}: until {words} known{now(reason)}"
    undecided = _by_reason(_undecided(outcomes))
    yield from (f"{words}: until it can be decided{now(reason)}" for reason, words in undecided.items())


def _undecided(outcomes: Iterable[RuleOutcome]) -> list[tuple[str, str]]:
    """The rules that could not decide, each with its reason."""
    return [(one.rule, one.why) for one in outcomes if one.outcome == "unknown"]


def _by_reason(checks: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What was not checked in words, by the reason: facts, prefetch keys and rules that share one stand together, each once."""
    found = gaps(Missing(check, reason) for check, reason in checks)
    return {reason: _subjects([one.fact for one in each]) for reason, each in found.items()}


def _subjects(checks: Sequence[str]) -> str:
    """What was not checked, as a sentence lists it: facts and keys, then the rules, said to be such."""
    rules = [check for check in checks if check.isupper()]
    named = [f"rule{'s' * (len(rules) > 1)} {listed(rules)}"] if rules else []
    return listed([*(check_words(check) for check in checks if not check.isupper()), *named])


def _without(words: str, reason: str) -> str:
    """A reason without the subject that stands before it."""
    return reason.removeprefix(f"{words}: ")


def check_words(check: str) -> str:
    """What was not checked in words: a fact or a prefetch key, alone or before a code or a unit; a rule stands by its id."""
    if check.startswith(PREFETCH_KEY):
        return f"prefetch key {check.removeprefix(PREFETCH_KEY)}"
    name, blank, rest = check.partition(" ")
    return check if name.isupper() else f"{fact_words(name)}{blank}{rest}"


def _value_words(value: Mapping[str, Any]) -> str:
    words = f"{fact_words(value['fact'])} {with_unit(value['value'], value.get('unit', ''))}".strip()
    return f"{words} on {value['on']}" if "on" in value and value["on"] not in value["value"] else words


def _listed_once(words: Iterable[str]) -> str:
    found = list(dict.fromkeys(words))
    more = f"; and {len(found) - MOST_IN_HEAD} more" if len(found) > MOST_IN_HEAD else ""
    return "; ".join(found[:MOST_IN_HEAD]) + more


def _why_ended(outcome: Outcome) -> str:
    if outcome.hook.has_orders:
        return "no order of it among the drafts" if outcome.hook.orders_in else "no order of it is sent out"
    if outcome.hook.problems_in:
        return "no new problem that its rules look at, or no sign of it in the medication searches"
    return "no sign of it in the medication searches"


def facts_read(facts: PatientFacts) -> tuple[FactRead, ...]:
    """Every fact that was read: the person, results, findings, diagnoses, events, medications."""
    readings = [reading_read(r) for name in sorted(facts.readings) for r in facts.readings[name]]
    findings = [_finding(f) for name in sorted(facts.findings) for f in facts.findings[name]]
    return (
        *_person(facts),
        *readings,
        *findings,
        *(_diagnosis(d) for d in facts.diagnoses),
        *(event_read(e) for e in facts.events),
        *(_medication(m, "medication") for m in facts.medications),
    )


def facts_refused(facts: PatientFacts) -> tuple[FactRefused, ...]:
    """Every result that is there and is not used."""
    return tuple(
        FactRefused(u.fact, u.reason, u.rule, u.reported, u.reported_unit, u.on, u.reference)
        for name in sorted(facts.unusable)
        for u in facts.unusable[name]
    )


def refused(facts: PatientFacts, entries: Iterable[Entry]) -> tuple[FactRefused, ...]:
    """Every result that is not used, then every other resource that was set aside: an order of another patient, for one."""
    results = facts_refused(facts)
    named = {each.reference for each in results}
    others = (each for each in entries if each.outcome == SET_ASIDE and each.reference not in named)
    return (
        *results,
        *(FactRefused(e.reference.partition("/")[0], _shortly(e), "", reference=e.reference) for e in others),
    )


def _shortly(entry: Entry) -> str:
    """Why a resource was set aside: that it is not the patient's in one clause, however many sentences say so."""
    return next((words for words in (OTHER_PATIENT, NO_PATIENT, UNSURE_PATIENT) if words in entry.reason), entry.reason)


def interval_words(amount: Interval, unit: str) -> str:
    """An amount as people write it: "49999 /uL", "< 20000 /uL", "10 to 20 g/dL"."""
    if amount.is_exact:
        return f"{plain(amount.value)} {unit}"
    low = "" if amount.low is None else f"{'>' if amount.low_open else '>='} {plain(amount.low)}"
    high = "" if amount.high is None else f"{'<' if amount.high_open else '<='} {plain(amount.high)}"
    return " and ".join(filter(None, (low, high))) + f" {unit}"


def course_lines(therapy: Therapy, today: date) -> tuple[CourseLine, ...]:
    """What the therapy reading says: state, dose, first-dose days, holds, resumes, reductions, conflicts."""
    lines = [CourseLine("state", therapy.state)]
    if therapy.state in ("none", "ended"):
        return tuple(lines)
    label = "current dose" if therapy.state == "active" else "dose before the hold"
    dose = therapy.dose.words if therapy.dose is not None else f"not known: {therapy.dose_problem or 'no dose'}"
    lines.append(CourseLine(label, dose + (f", since {therapy.dose_since}" if therapy.dose_since else "")))
    if not therapy.first_doses:
        lines.append(CourseLine("first dose", "not known"))
    for number, day in enumerate(therapy.first_doses):
        name = "first dose" if not number else "or first dose"
        lines.append(CourseLine(name, f"{day}: today is treatment day {treatment_day(today, day)}"))
    if therapy.state == "on-hold":
        since = str(therapy.hold_since) if therapy.hold_since else "a day that is not known"
        reason = f", reason given: {therapy.hold_reason}" if therapy.hold_reason else ", no reason given"
        lines.append(CourseLine("on hold", f"since {since}{reason}"))
    if therapy.resumed_on:
        lines.append(CourseLine("resumed", str(therapy.resumed_on)))
    if therapy.reduced_from is not None:
        lines.append(CourseLine("reduced", f"from {therapy.reduced_from.words}"))
    if therapy.has_unexplained_gap:
        lines.append(
            CourseLine("gap", "a pause at an unchanged dose that nothing explains: the 4 weeks may have restarted")
        )
    lines += [CourseLine("in conflict", f"{r.reference}: {_dose_words(r)}") for r in therapy.conflicting]
    lines += [CourseLine("read from", reference) for reference in therapy.references]
    return tuple(lines)


def _limits(outcome: Outcome) -> tuple[Limit, ...]:
    drug, case = outcome.drug, outcome.case
    return drug.limits(drug.with_rules(case)) if case is not None else ()


def limit_line(limit: Limit) -> CourseLine:
    """A limit in force: what it is about, what it means, and where it stands."""
    doubt = "" if limit.is_certain else " (in one of the readings of the chart that are possible)"
    basis = limit.basis
    return CourseLine(limit.line, f"{limit.words}{doubt} [{limit.rule}: {basis.title}, section {basis.section}]")


def _person(facts: PatientFacts) -> Iterator[FactRead]:
    if facts.patient_reference:
        born = f"{facts.born_from}" if facts.born_from else "not known"
        if facts.born_to != facts.born_from:
            born += f" to {facts.born_to}"
        yield FactRead("birthDate", born, reference=facts.patient_reference)
        yield FactRead("sex", facts.sex or "not known", reference=facts.patient_reference)


def reading_read(reading: Reading) -> FactRead:
    """A result as it was read."""
    flags = (
        (reading.is_preliminary, "preliminary"),
        (reading.is_estimate, "estimate"),
        (reading.is_derived, "derived"),
    )
    converted = interval_words(reading.amount, reading.unit)
    as_reported = f"{reading.reported} {reading.reported_unit}"
    # "11.0 g/dL" is no other amount than "11 g/dL", nor "<20.0" than "< 20".
    is_as_reported = _without_trailing_zeros(as_reported) == converted.replace(" ", "")
    return FactRead(
        reading.fact,
        reading.reported,
        reading.reported_unit,
        "" if is_as_reported else converted,
        reading.on,
        reading.reference,
        ", ".join(words for flag, words in flags if flag),
    )


def _without_trailing_zeros(words: str) -> str:
    return _DECIMALS.sub(lambda number: plain(Decimal(number[0])), words).replace(" ", "")


def _finding(finding: Finding) -> FactRead:
    return FactRead(finding.fact, finding.value, on=finding.on, reference=finding.reference)


def _diagnosis(diagnosis: Diagnosis) -> FactRead:
    concepts = ", ".join(sorted(diagnosis.concepts)) or "no concept that a rule asks for"
    remark = concepts if diagnosis.is_active else f"{concepts}; not active"
    when = diagnosis.onset_from or diagnosis.recorded_on
    return FactRead("diagnosis", diagnosis.text or concepts, on=when, reference=diagnosis.reference, remark=remark)


def event_read(event: Event) -> FactRead:
    """An event as it was read."""
    concepts = ", ".join(sorted(event.concepts))
    return FactRead("event", event.text or concepts, on=event.on, reference=event.reference, remark=concepts)


def _medication(record: MedicationRecord, fact: str) -> FactRead:
    drugs = ", ".join(sorted(record.concepts)) or record.text or "not recognised"
    remark = ", ".join(
        filter(None, (record.kind, record.status, f"until {record.bounds_end}" if record.bounds_end else ""))
    )
    when = record.starts_on or record.authored_on
    return FactRead(fact, f"{drugs}: {_dose_words(record)}", on=when, reference=record.reference, remark=remark)


def _dose_words(record: MedicationRecord) -> str:
    return record.dose.words if record.dose is not None else record.dose_problem or "no dose read"


def _not_obtained(outcome: Outcome, assessment: Assessment) -> tuple[Missing, ...]:
    """What was asked for and did not come, and what the rules said they lacked."""
    unseen = [Missing(key, reason) for key, reason in sorted(outcome.unseen.items())]
    lacked = [m for r in assessment.recommendations for m in r.missing]
    return tuple(dict.fromkeys([*unseen, *lacked]))


def _not_on_file(outcome: Outcome, facts: PatientFacts) -> tuple[str, ...]:
    """The concepts that were searched for, and the answered search held none."""
    there = {*facts.readings, *facts.unusable, *facts.findings, *facts.unseen}
    there |= _concepts(facts.events)
    there |= _concepts(facts.diagnoses)
    wanted = dict.fromkeys(f for n in outcome.drug.needs if n.key not in outcome.unseen for f in n.facts)
    return tuple(fact for fact in wanted if fact not in there)


def _concepts(items: Iterable[Event | Diagnosis]) -> set[str]:
    return {concept for item in items for concept in item.concepts}
