"""Probes of what is counted in days or by temperature under treatment: fever, gap, windows, count schedules, response."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from tests.spec.boundary_patients import START, Patient, active, decided, held, on_day, says
from tests.spec.boundary_probes import CYCLE, DAILY, Effect, Probe, is_overdue
from tests.support.resources import Json
from tests.support.rules import RULES

MONTH_4 = (date(START.year, START.month + 4, START.day) - START).days


def treated(
    day: int, platelets: float = 150_000, anc: float = 2_000, unit: str = "/uL", law: str = "US", **more: Any
) -> Patient:
    """On 10 mg since day 0, with these counts of the day."""
    labs = (("PLT", platelets, unit, day), ("ANC", anc, unit, day), *more.pop("labs", ()))
    schedule = DAILY if law == "US" else CYCLE
    return Patient(law, day, labs, therapy=more.pop("therapy", active(10, schedule)), **more)


def _in(unit: str, cells: float) -> float:
    return cells / 1000 if unit == "10*9/L" else cells


def fever_probes() -> Iterator[Probe]:
    """Possible febrile neutropenia: neutrophils, temperature, and how old the temperature may be."""
    for law, rule in (("US", "US-MDS-FN-BELOW385"), ("EU", "EU-MDS-FN")):

        def hot(
            anc: float, unit: str, heat: float, scale: str, back: int = 0, law: str = law, rule: str = rule
        ) -> bool:
            fever = ("TEMP", heat, scale, 40 - back)
            patient = treated(40, _in(unit, 150_000), anc, unit, law, labs=(fever,))
            return says(decided(patient), rule, "escalate-urgent")

        yield Probe(rule, "anc_below", "count", "TFF", lambda n, u, hot=hot: hot(n, u, 38.2, "Cel"))
        yield Probe(rule, "temperature_at_least", "temperature", "FTT", lambda t, u, hot=hot: hot(800, "/uL", t, u))
        # 48 hours are two days where a temperature has no time.
        days = Fraction(2)
        recent: Effect = lambda d, _u, hot=hot: hot(800, "/uL", 38.2, "Cel", int(d))  # noqa: E731
        yield Probe(rule, "temperature_hours", "number", "TTF", recent, days)


def gap_probes() -> Iterator[Probe]:
    """The gap of the platelet table, and neutrophils that wait for their second count."""
    rule = "US-MDS-PLT-GAP"

    def gap(platelets: float, unit: str, baseline: float, transfused: bool = False) -> bool:
        given = [{"date": on_day(13), "product": "platelets", "units": 1}] if transfused else []
        base = {"plt": baseline, "anc": _in(unit, 2_400), "unit": unit}
        patient = treated(14, platelets, _in(unit, 2_000), unit, baseline=base, more={"transfusions": given})
        return says(decided(patient), rule, "review")

    yield Probe(rule, "hold[0].below", "count", "TFF", lambda n, u: gap(n, u, _in(u, 50_000)))
    yield Probe(rule, "hold[1].below", "count", "TFF", lambda n, u: gap(n, u, _in(u, 80_000), True))
    # A baseline just below 100,000 leaves a count between its half and 50,000.
    yield Probe(rule, "baseline_below", "count", "TFF", lambda n, u: gap(_in(u, 49_999.8), u, n, True))

    def waits(anc: float, unit: str) -> bool:
        patient = treated(60, _in(unit, 150_000), anc, unit)
        return says(decided(patient), "US-MDS-ANC-PEND", "repeat-and-reassess")

    yield Probe("US-MDS-ANC-PEND", "below", "count", "TFF", waits)


def window_probes() -> Iterator[Probe]:
    """Days that decide which row holds or what may be used."""

    def within(day: float, _unit: str) -> bool:
        return says(decided(treated(int(day), 45_000)), "US-MDS-PLT-W4-HI", "hold")

    yield Probe("US-MDS-4WKDEF", "last_day_within", "number", "TTF", within)

    def transfused(days: float, _unit: str) -> bool:
        given = [{"date": on_day(70 - int(days)), "product": "platelets", "units": 1}]
        return says(decided(treated(70, 45_000, more={"transfusions": given})), "US-MDS-PLT-A4", "hold")

    yield Probe("PLATELET-TRANSFUSION-WINDOW", "days", "number", "TTF", transfused)

    def after(days: float, _unit: str) -> bool:
        given = [{"date": on_day(80 - int(days)), "product": "platelets", "units": 1}]
        low = (("PLT", 20_000, "/uL", 66), ("ANC", 2_000, "/uL", 66))
        patient = treated(80, 60_000, labs=low, therapy=held(10, DAILY, 66), more={"transfusions": given})
        return says(decided(patient), "GEN-POSTTX", "request-data")

    yield Probe("GEN-POSTTX", "days", "number", "TTF", after)

    def has_baseline(days: float, _unit: str) -> bool:
        return says(decided(treated(14, 45_000, baseline_day=-int(days))), "US-MDS-PLT-W4-HI", "hold")

    yield Probe("BASELINE", "days_before_at_most", "number", "TTF", has_baseline)

    def average(mg: float, _unit: str) -> bool:
        """At 2.5 mg a day and less only the 5-mg triggers hold: 45,000 in the first weeks is no trigger of theirs."""
        return says(decided(treated(14, 45_000, therapy=active(mg, DAILY))), "US-MDS-SILENT-25", "hold")

    yield Probe("US-MDS-SILENT-25", "five_mg_triggers_up_to_mg_per_day", "number", "FFT", average, step="0.5")


def unanswered_probes() -> Iterator[Probe]:
    """How far back a count is looked at that met a row and interrupted nothing."""

    def asked(days: float, _unit: str) -> bool:
        low = (("PLT", 20_000, "/uL", 70 - int(days)),)
        return says(decided(treated(70, 60_000, labs=low)), "GEN-UNANSWERED", "review")

    yield Probe("GEN-UNANSWERED", "days", "number", "TTF", asked)


def stale_probes() -> Iterator[Probe]:
    """How old a count may be on treatment, early and late."""
    for path, last in (("count_days_first_8_weeks", 20), ("count_days_later", 80)):

        def stale(days: float, _unit: str, last: int = last) -> bool:
            labs = (("PLT", 150_000, "/uL", last), ("ANC", 2_000, "/uL", last))
            patient = Patient("US", last + int(days), labs, therapy=active(10, DAILY))
            return any("GEN-STALE" in s["rules"] for s in decided(patient) if s["action"] == "order-cbc")

        yield Probe("GEN-STALE", path, "number", "FFT", stale)


def schedule_probes() -> Iterator[Probe]:
    """When the next count is overdue: how often, until which day, on hold and after a resume."""
    for law, rule, hold_rule, prefix in (
        ("US", "US-MON-CBC-MDS", "US-MON-HOLD", "every_days"), ("EU", "EU-MON-CBC", "EU-MON-CBC", "every_days_on_hold"),
    ):  # fmt: skip
        schedule = DAILY if law == "US" else CYCLE

        def late(last: int, waited: int, rule: str = rule, law: str = law, schedule: str = schedule,
                 therapy: Json | None = None, low: tuple[Any, ...] = ()) -> bool:  # fmt: skip
            labs = (*low, ("PLT", 150_000, "/uL", last), ("ANC", 2_000, "/uL", last))
            taken = therapy or active(10, schedule)
            return is_overdue(decided(Patient(law, last + waited, labs, therapy=taken, more=RESPONDS)), rule)

        def on_hold(
            waited: float, _unit: str, late: Any = late, hold_rule: str = hold_rule, schedule: str = schedule
        ) -> bool:
            low = (("PLT", 20_000, "/uL", 70), ("ANC", 2_000, "/uL", 70))
            return bool(late(77, int(waited), hold_rule, therapy=held(10, schedule, 70), low=low))

        def resumed(
            days: float, _unit: str, late: Any = late, hold_rule: str = hold_rule, schedule: str = schedule
        ) -> bool:
            """Resumed on day 100 at a lower dose; the last count so many days later, looked at 8 days after it."""
            lower = {"status": "active", "dose_mg": 5, "schedule": "days 1-28" if LAW_OF[hold_rule] == "EU" else DAILY,
                     "start_date": on_day(0), "current_dose_since": on_day(100), "previous_dose_mg": 10,
                     "previous_schedule": schedule, "previous_status": "stopped"}  # fmt: skip
            return bool(late(100 + int(days), 8, hold_rule, therapy=lower))

        early: Effect = lambda d, _u, late=late: late(int(d), 8)  # noqa: E731
        first: Effect = lambda d, _u, late=late: late(20, int(d))  # noqa: E731
        later: Effect = lambda d, _u, late=late: late(80, int(d))  # noqa: E731
        yield Probe(rule, "first_days", "number", "TFF", early)
        yield Probe(rule, "every_days_first", "number", "FFT", first)
        yield Probe(rule, "every_days_later", "number", "FFT", later)
        yield Probe(hold_rule, prefix, "number", "FFT", on_hold)
        yield Probe(hold_rule, "weeks_from_resume_days", "number", "TFF", resumed)


LAW_OF = {"US-MON-HOLD": "US", "EU-MON-CBC": "EU"}
# Half the transfusions from the start on: the EU stop rule is content whatever the day.
RESPONDS: Json = {"transfusions": [{"window": "8 weeks before start", "product": "RBC", "units": 4},
                                   {"window": "last 8 weeks", "product": "RBC", "units": 1}]}  # fmt: skip


def phase_probes() -> Iterator[Probe]:
    """The schedules by cycles: a count that is due after so many days, and the day on which a stretch ends."""
    regimens = {
        "US-MON-CBC-MCL": ("US", "MCL", 25), "US-MON-CBC-FL": ("US", "FL", 20),
        "EU-MON-CBC-MCL": ("EU", "MCL", 25), "EU-MON-CBC-FL": ("EU", "FL", 20),
    }  # fmt: skip
    for rule, (law, disease, mg) in regimens.items():

        def late(
            last: int, waited: int, rule: str = rule, law: str = law, disease: str = disease, mg: int = mg
        ) -> bool:
            labs = (("PLT", 150_000, "/uL", last), ("ANC", 2_000, "/uL", last))
            patient = Patient(law, last + waited, labs, disease, "", active(mg, CYCLE))
            return is_overdue(decided(patient), rule)

        phases = RULES[rule].data["phases"]
        begins = [0, *(p["before_day"] for p in phases[:-1])]
        for index, (phase, begin) in enumerate(zip(phases, begins, strict=True)):
            every: Effect = lambda d, _u, late=late, begin=begin: late(begin + 3, int(d))  # noqa: E731
            if "every_days" in phase:
                yield Probe(rule, f"phases[{index}].every_days", "number", "FFT", every)
                continue
            # Cycle 6 begins on day 140: a count of day 115 serves until then, one so many days before it for the next too.
            until: Effect = lambda d, _u, late=late: late(115, 112 + int(d) - 115)  # noqa: E731
            serves: Effect = lambda d, _u, late=late: late(140 - int(d), int(d) + 1)  # noqa: E731
            yield Probe(rule, f"phases[{index}].cycle_days", "number", "FFT", until)
            yield Probe(rule, f"phases[{index}].within_days", "number", "FFT", serves)
        for index, waited in ((0, 8), (1, 15)):
            ends: Effect = lambda d, _u, late=late, waited=waited: late(int(d), waited)  # noqa: E731
            yield Probe(rule, f"phases[{index}].before_day", "number", "TFF", ends)


def response_probes() -> Iterator[Probe]:
    """The EU stop rule: its day, the share of transfusions, the rise of hemoglobin in each unit."""
    rule = "EU-MDS-STOP4M"

    def stops(day: int, before: int, after: int, hemoglobin: tuple[float, str] | None = None) -> bool:
        given = [{"window": "8 weeks before start", "product": "RBC", "units": before},
                 {"window": "last 8 weeks", "product": "RBC", "units": after}]  # fmt: skip
        labs = (("HB", *hemoglobin, day),) if hemoglobin else ()
        patient = treated(day, law="EU", labs=labs, baseline={"hb_g_dL": 8.4}, more={"transfusions": given})
        return says(decided(patient), rule, "discontinue")

    # Four months from 5 January are day 120.
    yield Probe(rule, "months", "number", "FTT", lambda d, _u: stops(int(d), 10, 10), Fraction(MONTH_4))
    # Of 10 units a fall by half leaves 5.
    yield Probe(rule, "reduction_at_least", "number", "FFT", lambda n, _u: stops(MONTH_4, 10, int(n)), Fraction(5))
    # From 8.4 g/dL a rise of 1 is 9.4.
    yield Probe(
        rule, "hemoglobin_rise_at_least", "hemoglobin", "TFF",
        lambda v, u: stops(MONTH_4, 0, 0, (v, u)), Fraction("9.4"),
    )  # fmt: skip


def pregnancy_course_probes() -> Iterator[Probe]:
    """When the next pregnancy test is overdue under treatment."""

    def late(law: str, last: int, waited: int, menses: str) -> bool:
        rule = "US-PREG-ONTX" if law == "US" else "EU-PREG-TEST"
        test = {"datetime": f"{on_day(last)}T09:00", "result": "negative", "sensitivity_mIU_mL": 20}
        method = "two methods" if law == "US" else "effective"
        data = {"tests": [test], "contraception": f"{method} since {on_day(-60)}", "menses": menses}
        person = {"age": 34, "sex": "female", "childbearing": ""}
        return is_overdue(decided(treated(last + waited, law=law, person=person, more={"pregnancy_data": data})), rule)

    rule, regular, irregular = "US-PREG-ONTX", "regular", "irregular"
    yield Probe(rule, "every_days_first", "number", "FFT", lambda d, _u: late("US", 14, int(d), regular))
    yield Probe(rule, "every_days_regular", "number", "FFT", lambda d, _u: late("US", 60, int(d), regular))
    yield Probe(rule, "every_days_irregular", "number", "FFT", lambda d, _u: late("US", 60, int(d), irregular))
    yield Probe(rule, "first_days", "number", "TFF", lambda d, _u: late("US", int(d), 8, regular))
    yield Probe("EU-PREG-TEST", "every_days", "number", "FFT", lambda d, _u: late("EU", 60, int(d), regular))

    def positive(days: float, then_negative: bool) -> list[Json]:
        """A positive test so many days before day 400, and a negative one of that day."""
        results = [(400 - int(days), "positive"), *([(400, "negative")] if then_negative else [])]
        tests = [{"datetime": f"{on_day(d)}T09:00", "result": r, "sensitivity_mIU_mL": 20} for d, r in results]
        data = {"tests": tests, "contraception": f"two methods since {on_day(-60)}", "menses": regular}
        person = {"age": 34, "sex": "female", "childbearing": ""}
        return decided(treated(400, person=person, more={"pregnancy_data": data}))

    def stops(days: float, _u: str) -> bool:
        return says(positive(days, False), "US-CI-PREG", "discontinue")

    def conflicts(days: float, _u: str) -> bool:
        return says(positive(days, True), "US-CI-PREG", "request-data")

    yield Probe("PREGNANCY-READING", "positive_speaks_days", "number", "TTF", stops)
    yield Probe("PREGNANCY-READING", "conflict_days", "number", "TTF", conflicts)
