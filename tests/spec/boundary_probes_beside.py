"""Probes of what stands beside the dose: grades of toxicity and counts, supply, reminders. Facts alone, without a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Diagnosis, Event, PatientFacts, Reading
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.dosing.grades import grade
from tests.spec.boundary_patients import Patient, active, decided, on_day
from tests.spec.boundary_probes import CYCLE, Effect, Probe, is_overdue
from tests.support.facts import TEN, assess, day, draft, facts, order, reading
from tests.support.rules import IN_FORCE, RULES

CYCLED = Dose(Decimal(10), on_days=21, cycle_days=28)


def taking(on: int, *more: Reading, law: str = "US", **changes: Any) -> tuple[Recommendation, ...]:
    """What is said to a patient on 10 mg with fine counts of a day."""
    dose = TEN if law == "US" else CYCLED
    counts = (reading("platelets", 150_000, day(on)), reading("anc", 2_000, day(on)))
    fresh = [reading(f, v, day(on)) for f, v in (("tsh", 2), ("alt", 20)) if f not in {r.fact for r in more}]
    events = changes.pop("events", ())
    of = facts(*counts, *more, *fresh, orders=(order(dose),), **changes)
    return assess(replace(of, events=(*of.events, *events)), day(on), jurisdiction=law).recommendations


def speaks(said: tuple[Recommendation, ...], rule: str, *actions: Action) -> bool:
    """Whether a decision names the rule, with one of the actions where some are given."""
    return any(rule in r.rules and (not actions or r.action in actions) for r in said)


def grade_probes() -> Iterator[Probe]:
    """CTCAE grades of the counts, and the grades of toxicity that hold, let restart or stop for good."""
    lines = {"platelets": "count", "anc": "count", "hemoglobin": "number"}
    for line, quantity in lines.items():
        for index, row in enumerate(RULES["CTCAE-V5"].data[f"{line}_below"]):
            least = row["grade"]

            def has(value: float, unit: str, line: str = line, least: int = least) -> bool:
                count = Decimal(str(value)) * (1000 if unit == "10*9/L" else 1)
                return (grade(IN_FORCE, reading(line, str(count), day(0))) or 0) >= least

            yield Probe(
                "CTCAE-V5",
                f"{line}_below[{index}].below",
                quantity,
                "TFF",
                has,
                step="0.1" if quantity == "number" else "",
            )

    def toxic(law: str, rule: str, *actions: Action, concept: str = "neuropathy", disease: str = "") -> Any:
        def effect(number: float, _unit: str) -> bool:
            found = Diagnosis(frozenset({concept}), concept, True, "Condition/t", severity=f"CTCAE grade {int(number)}",
                              onset_from=day(20), onset_to=day(20), recorded_on=day(20))  # fmt: skip
            also = Diagnosis(frozenset({disease}), disease, True, "Condition/d") if disease else facts().diagnoses[0]
            return speaks(taking(40, law=law, diagnoses=(also, found)), rule, *actions)

        return effect

    yield Probe("US-NONHEM-G34", "hold_grade_at_least", "number", "FTT", toxic("US", "US-NONHEM-G34", Action.HOLD))
    yield Probe("EU-NONHEM", "hold_grade_at_least", "number", "FTT", toxic("EU", "EU-NONHEM", Action.HOLD))
    stop = Action.PERMANENTLY_DISCONTINUE
    yield Probe(
        "US-NONHEM-PERM", "rash_grade_at_least", "number", "FTT", toxic("US", "US-NONHEM-PERM", stop, concept="rash")
    )
    yield Probe(
        "EU-SKIN-PERM", "rash_grade_at_least", "number", "FTT", toxic("EU", "EU-SKIN-PERM", stop, concept="rash")
    )

    def after_thalidomide(number: float, _unit: str) -> bool:
        found = Diagnosis(frozenset({"rash"}), "Rash on thalidomide", False, "Condition/t",
                          severity=f"CTCAE grade {int(number)}", recorded_on=day(-400))  # fmt: skip
        counts = (reading("platelets", 150_000, day(0)), reading("anc", 2_000, day(0)))
        of = facts(*counts, diagnoses=(*facts().diagnoses, found))
        decided = assess(of, day(0), draft(CYCLED), jurisdiction="EU").recommendations
        return speaks(decided, "EU-THALIDOMIDE-RASH", Action.DO_NOT_START)

    yield Probe("EU-THALIDOMIDE-RASH", "rash_grade_at_least", "number", "FTT", after_thalidomide)
    yield Probe(
        "EU-TFR",
        "hold_grade_at_least",
        "number",
        "FTT",
        toxic("EU", "EU-TFR", Action.HOLD, concept="tumor flare"),
    )
    yield Probe(
        "EU-TLS",
        "hold_grade_at_least",
        "number",
        "FTT",
        toxic("EU", "EU-TLS", Action.HOLD, concept="tumor-lysis"),
    )
    us_skin = toxic("US", "US-SKIN", concept="rash")
    yield Probe("US-SKIN", "rash_grades[0]", "number", "FTF", us_skin)
    skin = toxic("EU", "EU-SKIN", concept="rash")
    yield Probe("EU-SKIN", "rash_grades[0]", "number", "FTT", skin)
    yield Probe("EU-SKIN", "rash_grades[1]", "number", "TTF", skin)


def supply_probes() -> Iterator[Probe]:
    """Days of supply and refills of an order that starts treatment."""

    def ordered(law: str, rule: str, woman: bool = False, **of_order: Any) -> bool:
        counts = (reading("platelets", 150_000, day(0)), reading("anc", 2_000, day(0)))
        more: dict[str, Any] = (
            {"with_uterus": True, "born_from": day(-34 * 366), "born_to": day(-34 * 366)} if woman else {}
        )
        drafted = replace(draft(TEN if law == "US" else CYCLED), **of_order)
        return speaks(assess(facts(*counts, **more), day(0), drafted, jurisdiction=law).recommendations, rule)

    us, eu = "US-REMS-RX", "EU-RX-SUPPLY"
    yield Probe(
        us, "supply_days_at_most", "number", "FFT", lambda d, _u: ordered("US", us, days_supply=Decimal(int(d)))
    )
    yield Probe(us, "refills", "number", "FFT", lambda n, _u: ordered("US", us, refills=max(int(n), 0)))
    yield Probe(eu, "other_days_at_most", "number", "FFT", lambda d, _u: ordered("EU", eu, days_supply=Decimal(int(d))))


def reminder_probes() -> Iterator[Probe]:
    """When thyroid, liver, creatinine, ferritin and karyotype are reminded of, and for how long."""

    def what(said: tuple[Recommendation, ...]) -> str:
        return next((r.words["what"] for r in said if r.message == "reminders"), "")

    def thyroid(days: float, _u: str) -> bool:
        return "TSH" in what(taking(200, reading("tsh", 2, day(200 - int(days)))))

    def creatinine(days: float, _u: str) -> bool:
        return "creatinine" in what(taking(200, reading("creatinine", "0.8", day(200 - int(days)))))

    def liver(days: float, _u: str) -> bool:
        return "liver" in what(taking(200, reading("alt", 20, day(200 - int(days)))))

    def first_liver(days: float, _u: str) -> bool:
        return "liver" in what(taking(int(days), reading("alt", 20, day(-2))))

    def karyotype(days: float, _u: str) -> bool:
        return "karyotype" in what(taking(int(days)))

    def days_since(days: float, _u: str) -> bool:
        # A TSH of the first dose falls due on day 90.
        return "TSH" in what(taking(90 + int(days), reading("tsh", 2, day(0))))

    yield Probe("REMINDERS", "thyroid_days", "number", "FTT", thyroid)
    yield Probe("REMINDERS", "creatinine_days", "number", "FTT", creatinine)
    yield Probe("REMINDERS", "karyotype_days", "number", "FTT", karyotype)
    shown = RULES["REMINDERS"].data
    again = Fraction(shown["again_every_days"])
    yield Probe("REMINDERS", "shown_days", "number", "TFF", days_since)
    yield Probe("REMINDERS", "again_every_days", "number", "FTT", days_since)
    yield Probe("REMINDERS", "again_days", "number", "TFF", days_since, again + shown["again_days"])
    yield Probe("S4-LFT", "every_days", "number", "FTT", liver)
    yield Probe("S4-LFT", "first_within_days", "number", "FTT", first_liver)

    def ferritin(units: float, _u: str) -> bool:
        given = tuple(Event(frozenset({"rbc-transfusion"}), "RBC", day(210 - 5 * n), f"Procedure/f{n}")
                      for n in range(int(units)))  # fmt: skip
        of = _patient(210)
        # None is on file: due since the first dose, and shown again on this day.
        return "ferritin" in what(assess(replace(of, events=(*_others(of), *given)), day(210)).recommendations)

    yield Probe("REMINDERS", "regular_units_at_least", "number", "FTT", ferritin)


def _patient(on: int) -> PatientFacts:
    fine = (("platelets", 150_000), ("anc", 2_000), ("tsh", 2), ("alt", 20))
    return facts(*(reading(f, v, day(on)) for f, v in fine), orders=(order(TEN),))


def _others(of: PatientFacts) -> list[Event]:
    return [e for e in of.events if "rbc-transfusion" not in e.concepts]


def dependence_probes() -> Iterator[Probe]:
    """How many transfusions make a patient dependent on them: one who is not is reviewed before a start in the US."""

    def reviewed(units: float, _u: str, days: tuple[int, int]) -> bool:
        """So many units, evenly between two days before the start."""
        first, last = days
        number = int(units)
        on = [day(-last - (first - last) * n // max(number - 1, 1)) for n in range(number)]
        given = tuple(Event(frozenset({"rbc-transfusion"}), "RBC", d, f"Procedure/d{n}") for n, d in enumerate(on))
        of = facts(reading("platelets", 150_000, day(0)), reading("anc", 2_000, day(0)))
        of = replace(of, events=(*_others(of), *given))
        return speaks(assess(of, day(0), draft()).recommendations, "US-IND-MDS", Action.REVIEW)

    rule = "TRANSFUSION-DEPENDENCE"
    yield Probe(rule, "units_8_weeks_at_least", "number", "TFF", lambda n, u: reviewed(n, u, (50, 5)))
    yield Probe(rule, "units_6_months_above", "number", "TTF", lambda n, u: reviewed(n, u, (170, 60)))


def cycle_probes() -> Iterator[Probe]:
    """The counts of myeloma: weekly in cycles 1 and 2, on named days of cycle 3, then every 28 days; and the 12 cycles."""

    def late(last: int, today: int) -> bool:
        labs = (("PLT", 150_000, "/uL", last), ("ANC", 2_000, "/uL", last))
        patient = Patient("US", today, labs, "MM", "combination with dexamethasone", active(25, CYCLE))
        return is_overdue(decided(patient), "US-MON-CBC-MM")

    rule = "US-MON-CBC-MM"
    yield Probe(rule, "phases[0].every_days", "number", "FFT", lambda d, _u: late(20, 20 + int(d)))
    yield Probe(rule, "phases[0].before_day", "number", "TFF", lambda d, _u: late(int(d), int(d) + 8))
    yield Probe(rule, "phases[1].on_day[0]", "number", "FFT", lambda d, _u: late(52, int(d)))
    yield Probe(rule, "phases[1].on_day[1]", "number", "FFT", lambda d, _u: late(60, int(d)))
    yield Probe(rule, "phases[2].every_days", "number", "FFT", lambda d, _u: late(100, 100 + int(d)))

    def over(days: int, law: str, start: str) -> bool:
        labs = (("PLT", 150_000, "/uL", days), ("ANC", 2_000, "/uL", days))
        said = decided(Patient(law, days, labs, "FL", "", active(20, CYCLE)))
        return any(s["action"] == "review" and start in s["rules"] for s in said)

    for law, start in (("US", "US-FL-START"), ("EU", "EU-FL")):
        data = RULES[start].data
        last = Fraction(data["cycles_at_most"] * data["cycle_days"])
        ended: Effect = lambda d, _u, law=law, start=start: over(int(d), law, start)  # noqa: E731
        yield Probe(start, "cycles_at_most", "number", "FTT", ended, last)

    def step_up(anc: float, platelets: float, unit: str, since: int = 40) -> bool:
        """A draft of 25 mg beside 20 mg since a day, with these counts in both cycles before day 100."""
        counts = [(line, value, unit, on) for on in (60, 80, 97) for line, value in (("ANC", anc), ("PLT", platelets))]
        therapy = active(20, CYCLE) | {"previous_dose_mg": 25, "previous_schedule": CYCLE, "previous_status": "stopped",
                                       "current_dose_since": on_day(since)}  # fmt: skip
        patient = Patient("EU", 100, tuple(counts), "MM", "newly diagnosed, combination with dexamethasone", therapy,
                          {"mg": 25, "schedule": CYCLE})  # fmt: skip
        return any(s["action"] == "reduce" for s in decided(patient))

    def of_platelets(value: float, unit: str) -> bool:
        return step_up(2 if unit == "10*9/L" else 2_000, value, unit)

    def of_neutrophils(value: float, unit: str) -> bool:
        return step_up(value, 150 if unit == "10*9/L" else 150_000, unit)

    rd = "EU-NDMM-LEVELS"
    yield Probe(rd, "up.anc_at_least", "count", "TFF", of_neutrophils)
    yield Probe(rd, "up.platelets_at_least", "count", "TFF", of_platelets)
    # Two cycles are 56 days: from day 44 on the dose was not taken for as long by day 100.
    since = Fraction(100 - RULES[rd].data["up"]["cycles_at_least"] * RULES[rd].data["cycle_days"])
    days: Effect = lambda d, _u: step_up(2_000, 150_000, "/uL", int(d))  # noqa: E731
    yield Probe(rd, "up.cycles_at_least", "number", "FFT", days, since)


def response_probes_us() -> Iterator[Probe]:
    """Without a response after 4 months the US label has no rule; a transfusion after independence is news for a while."""

    def without(on: float, _u: str) -> bool:
        # A unit every 10 days before the start and under treatment: no response.
        given = [day(n) for n in range(-50, int(on), 10)]
        hemoglobin = (reading("hemoglobin", "8.4", day(-1)), reading("hemoglobin", "8.4", day(int(on))))
        return speaks(_transfused(int(on), given, *hemoglobin), "GL-US-NOSTOP4M")

    # Four months from 5 January are day 120.
    yield Probe("GL-US-NOSTOP4M", "months", "number", "FTT", without, Fraction(120))

    def lost(days: float) -> list[Urgency]:
        # Once it is no news it is a line: an overdue count is the card that it stands on.
        old = (reading("platelets", "150000", day(150)), reading("anc", "2000", day(150)))
        given = [*(day(n) for n in range(-50, 0, 10)), day(200 - int(days))]
        return [r.urgency for r in _transfused(200, given, *old) if "RESPONSE-LOST" in r.rules]

    yield Probe("RESPONSE-LOST", "warned_days", "number", "TTF", lambda d, _u: Urgency.WARNING in lost(d))
    # On the last of these days a new independence of 8 weeks takes the place of the loss.
    yield Probe("RESPONSE-LOST", "recent_days", "number", "TFF", lambda d, _u: bool(lost(d)))


def _transfused(on: int, days: list[Any], *more: Reading) -> tuple[Recommendation, ...]:
    of = _patient(on)
    series = {r.fact: tuple(x for x in more if x.fact == r.fact) for r in more}
    given = tuple(Event(frozenset({"rbc-transfusion"}), "RBC", d, f"Procedure/r{d}") for d in days)
    of = replace(of, events=(*_others(of), *given), readings={**of.readings, **series})
    return assess(of, day(on)).recommendations
