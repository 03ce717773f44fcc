"""A course on one line of time: counts, the limits in force at each moment, doses, transfusions, tests that are due, response.

A pure function over the `Outcome` of a call, as the explanation is: the facts are those that `explain` prints, the limits those
of the rows in force on each day. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Generic, TypeVar

from cds_service.cards.words import fact_words
from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.hindsight import as_of, changes
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import RuleOutcome
from cds_service.clinical.therapy import Therapy, therapy_of
from cds_service.dosing.build import CBC
from cds_service.dosing.case import Case
from cds_service.dosing.treatment.limits import Limit, turning_days
from cds_service.drugs.contract import Drug
from cds_service.fhir.terminology import ORDERABLE
from cds_service.fhir.terminology.units import canonical_unit
from cds_service.hooks.explanation import FactRead, FactRefused, event_read, facts_refused, reading_read
from cds_service.hooks.pipeline import Outcome

LINES = ("platelets", "anc", "hemoglobin")
TRANSFUSIONS = ("rbc-transfusion", "platelet-transfusion")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """What stood from a day to another one; both belong to it."""

    since: date
    until: date
    what: T


@dataclass(frozen=True, slots=True)
class Value:
    """One result: as `explain` prints it, and its amount in the canonical unit of the fact."""

    read: FactRead
    amount: Interval
    on: date


@dataclass(frozen=True, slots=True)
class Line:
    """One fact over time: its results, those that could not be used, and the limits in force at each moment."""

    fact: str
    words: str
    unit: str
    values: tuple[Value, ...]
    refused: tuple[FactRefused, ...]
    limits: tuple[Span[Limit], ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """How the drug stood: "taken", "held" or "not known" (records differ), the dose in words and on average, and the reason of a hold."""

    state: str
    dose: str
    mg_per_day: Fraction | None = None
    reason: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DueTest:
    """A test that is due: what people call it, the day, whether that day has passed, and the rules that ask for it."""

    words: str
    due: date
    is_overdue: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A course up to `today`; `begins` is the first day with anything on it, None where nothing has a day.

    `undated` are results and transfusions that no day is known of: they stand in the table alone. `first_doses` are the days that
    may be the first of the course.
    """

    drug: str
    jurisdiction: str
    today: date
    begins: date | None
    state: str
    first_doses: tuple[date, ...]
    lines: tuple[Line, ...]
    doses: tuple[Span[Stretch], ...]
    transfusions: tuple[FactRead, ...]
    due: tuple[DueTest, ...]
    response: tuple[RuleOutcome, ...]


def timeline(outcome: Outcome) -> Timeline | None:
    """The course of the call's patient.

    Missing: None where the call did not concern the drug, or its chart shows no course of it.
    """
    if outcome.case is None or outcome.assessment is None:
        return None
    drug, case = outcome.drug, outcome.case
    facts, today = case.facts, case.on
    records = tuple(r for r in facts.medications if drug.name in r.concepts and not r.is_draft)
    therapy = therapy_of(facts.medications, drug.name, today)
    doses = tuple(_doses(records, drug.name, today))
    if not doses:
        return None
    limits = _limits(drug, case, doses[0].since)
    transfusions = tuple(event_read(e) for e in facts.events_of(*TRANSFUSIONS))
    lines = tuple(_line(fact, facts, limits) for fact in LINES)
    days = [v.on for line in lines for v in line.values]
    days += [t.on for t in transfusions if t.on is not None]
    return Timeline(
        drug=drug.name,
        jurisdiction=case.jurisdiction,
        today=today,
        begins=min([*days, doses[0].since]),
        state=therapy.state,
        first_doses=therapy.first_doses,
        lines=lines,
        doses=doses,
        transfusions=transfusions,
        due=tuple(_due(outcome)),
        response=tuple(
            one
            for one in outcome.assessment.outcomes
            if one.rule in drug.response_rules and one.outcome != "not applicable"
        ),
    )


def limits_today(drug: Drug, case: Case) -> tuple[Limit, ...]:
    """The limits in force on the day of a case."""
    return drug.limits(drug.with_rules(case))


def _line(fact: str, facts: PatientFacts, limits: Sequence[Span[tuple[Limit, ...]]]) -> Line:
    return Line(
        fact,
        fact_words(fact),
        canonical_unit(fact),
        tuple(Value(reading_read(r), r.amount, r.on) for r in facts.series(fact)),
        tuple(refused for refused in facts_refused(facts) if refused.fact == fact),
        tuple(_apart(limits, fact)),
    )


def _doses(records: Sequence[MedicationRecord], drug: str, today: date) -> Iterator[Span[Stretch]]:
    """The stretches of the drug, by `therapy_of` on each day on which a record changes."""
    spans = _spans(
        [*changes(records, today), today], lambda day: _stretch(therapy_of(as_of(records, day, today), drug, day))
    )
    return (Span(span.since, span.until, span.what) for span in spans if span.what is not None)


def _stretch(therapy: Therapy) -> Stretch | None:
    """How the drug stood on the day of a therapy; None where it was neither taken nor held."""
    if therapy.state not in ("active", "on-hold"):
        return None
    if therapy.conflicting:
        doses = dict.fromkeys(r.dose.words if r.dose is not None else "an unknown dose" for r in therapy.conflicting)
        return Stretch("not known", " or ".join(doses), references=therapy.references)
    dose = therapy.dose
    return Stretch(
        "taken" if therapy.state == "active" else "held",
        dose.words if dose is not None else therapy.dose_problem or "an unknown dose",
        dose.mg_per_day if dose is not None else None,
        therapy.hold_reason,
        therapy.references,
    )


def _limits(drug: Drug, case: Case, begins: date) -> tuple[Span[tuple[Limit, ...]], ...]:
    """The limits from a day on: asked for wherever a record, a window, a count, a transfusion or an edition may change them."""
    records, today = case.facts.medications, case.on
    recorded = {*changes(records, today), today}
    firsts = {first for day in recorded for first in therapy_of(as_of(records, day, today), drug.name, day).first_doses}
    turns = turning_days(drug.rulebook.on(today), case.facts, firsts)
    counted = (r.on for fact in LINES for r in case.facts.series(fact))
    days = {begins, *recorded, *turns, *counted, *drug.rulebook.changes}

    def on(day: date) -> tuple[Limit, ...]:
        facts = replace(case.facts, medications=as_of(records, day, today))
        now = datetime.combine(day, case.now.timetz())
        return limits_today(drug, replace(case, facts=facts, on=day, now=now, orders=()))

    return tuple(_spans([day for day in days if begins <= day <= today], on))


def _spans(days: Iterable[date], on: Callable[[date], T]) -> Iterator[Span[T]]:
    """What stands from each day to the one before the next; neighbours that are alike are one span.

    Args: the days on which it may change, of which the last one ends the last span; what stands on a day.
    """
    ordered = sorted(set(days))
    since, what = ordered[0], on(ordered[0])
    for day in ordered[1:]:
        if (now := on(day)) != what:
            yield Span(since, day - timedelta(days=1), what)
            since, what = day, now
    yield Span(since, ordered[-1], what)


def _apart(spans: Sequence[Span[tuple[Limit, ...]]], line: str) -> Iterator[Span[Limit]]:
    """Each limit of a line by itself, from the day from which it stands without a break to the last one."""
    running: dict[Limit, Span[Limit]] = {}
    for span in spans:
        standing = [limit for limit in span.what if limit.line == line]
        yield from (running.pop(limit) for limit in [*running] if limit not in standing)
        for limit in standing:
            since = running[limit].since if limit in running else span.since
            running[limit] = Span(since, span.until, limit)
    yield from running.values()


def _due(outcome: Outcome) -> Iterator[DueTest]:
    """The next blood count, and every other test that a decision of the call asks for; each once, on its earliest day."""
    assert outcome.case is not None and outcome.assessment is not None
    found: dict[str, DueTest] = {}

    def ask(name: str, due: date | None, rules: Sequence[str]) -> None:
        if due is not None and (name not in found or due < found[name].due):
            found[name] = DueTest(ORDERABLE[name].words, due, due < outcome.today, tuple(rules))

    if (count := outcome.drug.next_count(outcome.drug.with_rules(outcome.case))) is not None:
        ask(CBC, count.due, [*filter(None, (count.rule, count.sooner_by))])
    for each in outcome.assessment.recommendations:
        ask(CBC, each.next_cbc_due, each.rules)
        if each.test is not None:
            ask(each.test.name, each.test.due, each.rules)
    return iter(sorted(found.values(), key=lambda test: (test.due, test.words)))
