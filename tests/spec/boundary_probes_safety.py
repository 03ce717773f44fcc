"""Probes of the safety checks: ages of clots, bleeds, results and drugs, multiples of the liver, fever without a count. Facts alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from tests.spec.boundary_probes import Probe
from tests.spec.boundary_probes_beside import CYCLED, speaks, taking
from tests.support.facts import TEN, assess, day, facts, mds, order, reading

NOW = 200
CRITICAL = Urgency.CRITICAL


def problem(on: date, *concepts: str, severity: str = "") -> Diagnosis:
    """A problem that began on a day."""
    return Diagnosis(frozenset(concepts), concepts[0], True, f"Condition/{concepts[0]}", on, on, on, severity)


def with_problem(found: Diagnosis, law: str = "US", platelets: int | None = None) -> tuple[Recommendation, ...]:
    """What is said of a problem on day 200."""
    more = (reading("platelets", platelets, day(NOW)),) if platelets is not None else ()
    return taking(NOW, *more, law=law, diagnoses=(mds(), found))


def clot_probes() -> Iterator[Probe]:
    """How long a clot counts, and what shows that it was weighed."""
    rule = "CLOT-AGE"

    def event(days: float, _u: str) -> bool:
        return speaks(with_problem(problem(day(NOW - int(days)), "vte"), "EU"), rule, Action.HOLD)

    def weighed(renewed: int, anticoagulated: int) -> bool:
        drug = MedicationRecord(
            "order", "MedicationRequest/a", frozenset({"anticoagulant"}), "active", "order", starts_on=day(anticoagulated)
        )  # fmt: skip
        counts = (reading("platelets", 150_000, day(NOW)), reading("anc", 2_000, day(NOW)))
        own = (order(CYCLED), order(CYCLED, since=day(renewed)), drug)
        chart = facts(*counts, orders=own, diagnoses=(mds(), problem(day(160), "vte")))
        return speaks(assess(chart, day(NOW), jurisdiction="EU").recommendations, rule, Action.INFORM)

    yield Probe(rule, "event_days", "number", "TTF", event)
    yield Probe(
        rule, "renewed_after_days_at_least", "number", "FTT", lambda d, _u: weighed(160 + int(d), 100)
    )  # fmt: skip
    yield Probe(
        rule, "anticoagulated_days_at_least", "number", "FTT", lambda d, _u: weighed(190, 190 - int(d))
    )  # fmt: skip


def bleeding_probes() -> Iterator[Probe]:
    """How long a bleed counts, from which grade it is major, and with which platelets it is urgent."""
    rule = "BLEEDING-MAJOR"
    major = ("bleeding", "major-bleeding")

    def holds(days: float, *concepts: str) -> bool:
        return speaks(with_problem(problem(day(NOW - int(days)), *concepts)), rule, Action.HOLD)

    def graded(grade: float, _u: str) -> bool:
        found = problem(day(NOW), "bleeding", severity=f"CTCAE grade {int(grade)}")
        return speaks(with_problem(found), rule, Action.HOLD)

    def urgent(count: float, unit: str) -> bool:
        platelets = int(Decimal(str(count)) * (1000 if unit == "10*9/L" else 1))
        said = with_problem(problem(day(NOW - 20), *major), platelets=platelets)
        return any(rule in r.rules and r.urgency is CRITICAL for r in said)

    def keeps_hold(days: float, _u: str) -> bool:
        counts = (reading("platelets", 20_000, day(150)), reading("platelets", 90_000, day(NOW)))
        held = (order(TEN, "on-hold", until=day(150)),)
        found = problem(day(NOW - int(days)), "bleeding")
        chart = facts(*counts, reading("anc", 2_000, day(NOW)), orders=held, diagnoses=(mds(), found))
        said = assess(chart, day(NOW)).recommendations
        return any(r.action is Action.REMAIN_ON_HOLD for r in said)

    yield Probe(rule, "intracranial_days", "number", "TTF", lambda d, _u: holds(d, *major, "intracranial-bleeding"))
    yield Probe(rule, "major_days", "number", "TTF", lambda d, _u: holds(d, *major))
    yield Probe(
        rule, "review_days", "number", "TTF",
        lambda d, _u: speaks(with_problem(problem(day(NOW - int(d)), *major)), rule, Action.REVIEW),
    )  # fmt: skip
    yield Probe(rule, "platelets_below", "count", "TFF", urgent)
    yield Probe(rule, "grade_at_least", "number", "FTT", graded)
    yield Probe("HEMOSTATIC-FAILURE", "days", "number", "TTF", keeps_hold)


def liver_probes() -> Iterator[Probe]:
    """Multiples of the limits and of the value before treatment, the ages, and the limits that are assumed."""
    rule = "LIVER-LIMITS"
    ten = {"upper_limit": Fraction(10)}

    def alt(value: Any, age: int = 0, **more: Any) -> Any:
        return reading("alt", str(value), day(NOW - age), **more)

    def does(action: Action, *results: Any) -> bool:
        return speaks(taking(NOW, *results), rule, action)

    def bilirubin(times: float) -> Any:
        return reading("bilirubin", str(times), day(NOW), upper_limit=Fraction(1))

    def before(days: float, _u: str) -> bool:
        # 18 is twice the 9 before treatment, and less than twice the limit.
        return does(Action.REVIEW, reading("alt", 9, day(-int(days)), **ten), alt(18, **ten))

    yield Probe(
        rule, "with_bilirubin_above_uln", "number", "FFT",
        lambda n, _u: does(Action.HOLD, alt(Decimal(str(n)) * 10, **ten), bilirubin(3)), step="0.1",
    )  # fmt: skip
    yield Probe(
        rule, "bilirubin_above_uln", "number", "FFT",
        lambda n, _u: does(Action.HOLD, alt(25, **ten), bilirubin(n)), step="0.1",
    )  # fmt: skip
    yield Probe(
        rule, "risen_times_at_least", "number", "FTT",
        lambda n, _u: does(Action.REVIEW, reading("alt", 7, day(0), **ten), alt(Decimal(str(n)) * 7, **ten)), step="0.1",
    )  # fmt: skip
    yield Probe(rule, "before_days", "number", "TTF", before)
    yield Probe(rule, "decides_days", "number", "TTF", lambda d, _u: does(Action.HOLD, alt(99, int(d), **ten)))
    yield Probe(rule, "assumed_uln", "number", "FFT", lambda n, _u: does(Action.INFORM, alt(n)))
    yield Probe(
        rule, "assumed_bilirubin_mg_dl", "number", "TTF",
        lambda n, _u: does(Action.REQUEST_DATA, alt(25, **ten), reading("bilirubin", str(Decimal(str(n)) * 2), day(NOW)))
        is False,
        step="0.01",
    )  # fmt: skip


def other_safety_probes() -> Iterator[Probe]:
    """Fever without a count, febrile neutropenia on file, new drugs, results that are read."""

    def without_count(days: float, _u: str) -> bool:
        counts = (reading("platelets", 150_000, day(NOW)), reading("anc", 2_000, day(NOW - int(days))))
        chart = facts(*counts, reading("temperature", 39, day(NOW)), orders=(order(CYCLED),))
        return not speaks(assess(chart, day(NOW)).recommendations, "FEVER", Action.REQUEST_DATA)

    def on_file(days: float, _u: str) -> bool:
        found = problem(day(NOW - int(days)), "febrile-neutropenia")
        counts = (reading("platelets", 150_000, day(NOW)), reading("anc", 900, day(NOW)))
        chart = facts(*counts, orders=(order(CYCLED),), diagnoses=(mds(), found))
        return speaks(assess(chart, day(NOW)).recommendations, "FEVER", Action.ESCALATE_URGENT)

    def new_drug(days: float, _u: str) -> bool:
        agent = MedicationRecord(
            "order", "MedicationRequest/e", frozenset({"esa"}), "active", "order", starts_on=day(NOW - int(days))
        )  # fmt: skip
        counts = (reading("platelets", 150_000, day(NOW)), reading("anc", 2_000, day(NOW)))
        said = assess(facts(*counts, orders=(order(CYCLED), agent)), day(NOW)).recommendations
        return any("INTERACTION-NEW" in r.rules and r.urgency is Urgency.WARNING for r in said)

    def given_drug(days: float, _u: str) -> bool:
        agent = MedicationRecord(
            "administration", "MedicationAdministration/e", frozenset({"esa"}), "completed", starts_on=day(NOW - int(days))
        )  # fmt: skip
        counts = (reading("platelets", 150_000, day(NOW)), reading("anc", 2_000, day(NOW)))
        said = assess(facts(*counts, orders=(order(CYCLED), agent)), day(NOW)).recommendations
        return any("US-DDI-THROMB" in r.rules for r in said)

    def thyroid(days: float, _u: str) -> bool:
        high = reading("tsh", 9, day(NOW - int(days)), upper_limit=Fraction(4))
        return speaks(taking(NOW, high), "RESULTS-READ", Action.INFORM)

    yield Probe("FEVER", "anc_days", "number", "TTF", without_count)
    yield Probe("FEVER", "condition_days", "number", "TTF", on_file)
    yield Probe("INTERACTION-NEW", "days", "number", "TTF", new_drug)
    yield Probe("GIVEN-RECENTLY", "days", "number", "TTF", given_drug)
    yield Probe("RESULTS-READ", "days", "number", "TTF", thyroid)
