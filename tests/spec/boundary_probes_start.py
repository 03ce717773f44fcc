"""Probes of a start: clearance, counts, freshness, pregnancy prevention; and of what is compared in its own unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.spec.boundary_patients import START, Patient, active, decided, on_day, says
from tests.spec.boundary_probes import CYCLE, DAILY, Probe
from tests.support.chart import Chart
from tests.support.resources import Json, concept, observation, procedure, quantity
from tests.support.rules import RULES

STARTS: dict[str, tuple[str, str, str, Any]] = {
    "US-REN-MDS": ("US", "MDS", "", 15), "EU-REN-GE50": ("EU", "MDS", "", 15), "EU-REN-MDS": ("EU", "MDS", "", 15),
    "US-MM-START": ("US", "MM", "combination with dexamethasone", 25),
    "US-REN-MMMCL": ("US", "MM", "combination with dexamethasone", 25),
    "US-MMM-START": ("US", "MM", "maintenance after autologous transplantation", 25),
    "US-MCL-START": ("US", "MCL", "", 25), "US-FL-START": ("US", "FL", "", 25), "US-REN-FLMZL": ("US", "FL", "", 25),
    "EU-MCL": ("EU", "MCL", "", 25), "EU-FL": ("EU", "FL", "", 25),
    "EU-NDMM-LEVELS": ("EU", "MM", "newly diagnosed, combination with dexamethasone", 25),
    "EU-RRMM-START": ("EU", "MM", "relapse, combination with dexamethasone", 25),
    "EU-RVD": ("EU", "MM", "newly diagnosed, combination with bortezomib and dexamethasone", 25),
    "EU-REN-MM": ("EU", "MM", "combination with dexamethasone", 25),
    "EU-REN-MCL": ("EU", "MCL", "", 25), "EU-REN-FL": ("EU", "FL", "", 25),
    "EU-MPR": ("EU", "MM", "combination with melphalan and prednisone", 25),
    "EU-MMM": ("EU", "MM", "maintenance after autologous transplantation", 25),
    "EU-MM-START": ("EU", "MM", "combination with dexamethasone", 25),
}  # fmt: skip
"""By the beginning of a rule's id: jurisdiction, disease, regimen, and a dose above every row, once daily."""
BOUNDS = {"clearance_at_least": "FTT", "clearance_above": "FFT", "clearance_at_most": "TTF", "clearance_below": "TFF"}


def starting(rule: str, **more: Any) -> Patient:
    """A start by a rule, with counts of the day and a dose above every row."""
    jurisdiction, disease, regimen, mg = next(v for k, v in STARTS.items() if rule.startswith(k))
    labs = more.pop("labs", (("PLT", 150_000, "/uL", 0), ("ANC", 2_000, "/uL", 0)))
    order = {"mg": mg, "schedule": DAILY}
    return Patient(jurisdiction, 0, tuple(labs), disease, regimen, order=more.pop("order", order), **more)


def clearance_probes() -> Iterator[Probe]:
    """Every bound of the renal rows, by creatinine and by weight: a man of 80 years has 60 x kg / (72 x creatinine)."""
    for rule in RULES.values():
        paths = [("", rule.data)] + [(f"bands[{n}].", band) for n, band in enumerate(rule.data.get("bands", ()))]
        for path, row in paths:
            for name, expected in BOUNDS.items():
                if name not in row:
                    continue
                bound, mg = Fraction(row[name]), row.get("dose_mg", row.get("levels", [{"mg": 10}])[0]["mg"])
                effect = _clearance(rule.id, float(mg), bound)
                # Less creatinine is more clearance: its sides are the other way round.
                mirrored = expected[::-1]
                yield Probe(rule.id, f"{path}{name}", "creatinine", mirrored, effect["creatinine"], 60 / bound)
                yield Probe(rule.id, f"{path}{name}", "weight", expected, effect["weight"], Fraction(72))


def _clearance(rule: str, mg: float, bound: Fraction) -> dict[str, Any]:
    def is_chosen(patient: Patient) -> bool:
        said = [s for s in decided(patient) if rule in s["rules"]]
        if "-REN-" not in rule:
            # The row of the start is named beside a renal row that gives the same dose too.
            said = [s for s in said if not any("-REN-" in r for r in s["rules"])]
        # Below 30 mL/min the EU rows of myeloma and mantle cell lymphoma have two doses, and the clinician chooses.
        two_doses = rule in ("EU-REN-MM", "EU-REN-MCL") and mg == 7.5
        return any(s["action"] == "review" for s in said) if two_doses else any(
            s["action"] == "start" and float(s["dose"]["mg"]) == mg for s in said
        )  # fmt: skip

    def by_creatinine(value: float, unit: str) -> bool:
        creatinine = {"value": value, "unit": unit, "date": on_day(0)}
        return is_chosen(starting(rule, person={"creatinine": creatinine}))

    def by_weight(value: float, unit: str) -> bool:
        def weigh(chart: Chart) -> None:
            (weight,) = [r for r in chart.of("Observation") if r["id"] == "weight"]
            weight["valueQuantity"] = quantity(value, unit)

        creatinine = {"value": float(60 / bound), "unit": "mg/dL", "date": on_day(0)}
        return is_chosen(starting(rule, person={"creatinine": creatinine}, edit=weigh))

    return {"creatinine": by_creatinine, "weight": by_weight}


def freshness_probes() -> Iterator[Probe]:
    """How old a count, creatinine or weight may be at a start, a dialysis, a birth date; how near a clearance is near."""

    def old(fact: str) -> Any:
        def asks(days: float, _unit: str) -> bool:
            back = int(-days)
            labs = [("PLT", 150_000, "/uL", back if fact == "count" else 0), ("ANC", 2_000, "/uL", 0)]
            person: Json = {
                "creatinine": {"value": 0.8, "unit": "mg/dL", "date": on_day(back if fact == "creatinine" else 0)}
            }
            person["weight_date"] = on_day(back if fact == "weight" else 0)
            return says(decided(starting("US-REN-MDS", labs=labs, person=person)), "GEN-STALE", "request-data")

        return asks

    yield Probe("GEN-STALE", "count_days_to_start", "number", "FFT", old("count"))
    yield Probe("GEN-STALE", "creatinine_days", "number", "FFT", old("creatinine"))
    yield Probe("GEN-STALE", "weight_days", "number", "FFT", old("weight"))

    def on_dialysis(days: float, _unit: str) -> bool:
        done = concept("http://snomed.info/sct", "302497006", "Hemodialysis")
        given = procedure("patient-boundary", "dialysis", done, on_day(int(-days)))
        return says(decided(starting("US-REN-MDS", more={"resources": [given]})), "US-REN-MDS-DIAL", "start")

    yield Probe("DIALYSIS-WINDOW", "days", "number", "TTF", on_dialysis)

    def too_old(years: float, _unit: str) -> bool:
        return says(decided(starting("US-REN-MDS", person={"age": int(years)})), "GEN-CRCL", "request-data")

    yield Probe("GEN-CRCL", "age_at_most", "number", "FFT", too_old)

    def child(years: float, _unit: str) -> bool:
        return says(decided(starting("US-REN-MDS", person={"age": int(years)})), "ADULTS", "review")

    yield Probe("ADULTS", "years_below", "number", "TFF", child)

    def is_near(value: float, unit: str) -> bool:
        person = {"weight_kg": value, "creatinine": {"value": 1.0, "unit": "mg/dL", "date": on_day(0)}}
        del unit
        return any("10% of the cut-off" in s["text"] for s in decided(starting("US-REN-MDS", person=person)))

    # 10 % above the cut-off 60 is 66 mL/min, which this man has at 79.2 kg.
    yield Probe("GEN-CRCL", "near_cut_off_percent", "kilograms", "TTF", is_near, Fraction("79.2"), "0.1")

    def fell(percent: float, _unit: str) -> bool:
        person = {"weight_kg": 79.2, "creatinine": {"value": 1.0, "unit": "mg/dL", "date": on_day(-3)}}
        value = {"value": float(Fraction(66) * (1 - Fraction(str(percent)) / 100)), "unit": "mL/min/{1.73_m2}"}
        newer = observation("patient-boundary", "egfr", "33914-3", "", on_day(0), valueQuantity=value)
        given = starting("US-REN-MDS", person=person, more={"resources": [newer]})
        return says(decided(given), "GEN-CRCL", "request-data")

    yield Probe("GEN-CRCL", "egfr_fell_percent", "number", "FFT", fell)


PRESCRIBED = datetime(START.year, START.month, START.day, 10)


def woman(
    jurisdiction: str, first: float, second: float | None, sensitivity: float, since: int, age: int = 34
) -> Patient:
    """A start in a woman of potential; the hours of her tests before the order, the days of contraception before it."""
    tests = [
        {"datetime": (PRESCRIBED - timedelta(minutes=round(h * 60))).isoformat(timespec="minutes"),
         "result": "negative", "sensitivity_mIU_mL": sensitivity}
        for h in (first, second) if h is not None
    ]  # fmt: skip
    method = "two methods" if jurisdiction == "US" else "effective"
    data = {"tests": tests, "prescribing_datetime": PRESCRIBED.isoformat(timespec="minutes"),
            "contraception": f"{method} since {on_day(-since)}"}  # fmt: skip
    person = {"age": age, "sex": "female", "childbearing": ""}
    order = {"mg": 10, "schedule": DAILY if jurisdiction == "US" else CYCLE}
    return starting(f"{jurisdiction}-REN-MDS", person=person, order=order, more={"pregnancy_data": data})


OBJECTS = ("do-not-start", "request-data", "review")


def pregnancy_probes() -> Iterator[Probe]:
    """The windows of the tests before a start, their sensitivity, and the days of contraception."""

    def us(**more: float) -> Patient:
        return woman("US", **{"first": 288, "second": 12, "sensitivity": 25, "since": 40, **more})  # type: ignore[arg-type]

    def objects(patient: Patient, rule: str) -> bool:
        return says(decided(patient), rule, *OBJECTS)

    rule, minutes = "US-PREG-INIT", "0.05"
    yield Probe(rule, "first_from_hours", "number", "FFT", lambda h, _u: objects(us(first=h), rule), step=minutes)
    yield Probe(rule, "first_to_hours", "number", "TFF", lambda h, _u: objects(us(first=h), rule), step=minutes)
    yield Probe(rule, "second_from_hours", "number", "FFT", lambda h, _u: objects(us(second=h), rule), step=minutes)
    yield Probe(rule, "sensitivity_at_most", "number", "FFT", lambda n, _u: objects(us(sensitivity=n), rule))
    since = "days_before_at_least"
    yield Probe("US-CONTRA", since, "number", "TFF", lambda d, _u: objects(us(since=int(d)), "US-CONTRA"))
    eu_rule = "EU-PREG-TEST"

    def eu(**more: float) -> Patient:
        return woman("EU", **{"first": 24, "second": None, "sensitivity": 20, "since": 40, **more})  # type: ignore[arg-type]

    yield Probe(eu_rule, "hours_before", "number", "FFT", lambda h, _u: objects(eu(first=h), eu_rule), step=minutes)
    yield Probe(eu_rule, "sensitivity_at_most", "number", "FFT", lambda n, _u: objects(eu(sensitivity=n), eu_rule))
    yield Probe("EU-CONTRA", since, "number", "TFF", lambda d, _u: objects(eu(since=int(d)), "EU-CONTRA"))
    for law, definition, init in (("US", "US-FRP-DEF", rule), ("EU", "EU-WCBP-DEF", eu_rule)):
        yield Probe(definition, "potential_below_years", "number", "TFF", _potential(law, init))
        yield Probe(definition, "menopause_months_at_least", "number", "TFF", _menopause(law, definition))


def _potential(law: str, rule: str) -> Any:
    """Without any data a woman of potential does not start; one who may have none is asked about."""

    def forbids(years: float, _unit: str) -> bool:
        person = {"age": int(years), "sex": "female", "childbearing": ""}
        return says(decided(starting(f"{law}-REN-MDS", person=person)), rule, "do-not-start")

    return forbids


def _menopause(law: str, rule: str) -> Any:
    def objects(months: float, _unit: str) -> bool:
        person = {"age": 55, "sex": "female", "childbearing": f"natural menopause {int(months)} months ago"}
        said = decided(starting(f"{law}-REN-MDS", person=person))
        return any(set(s["rules"]) & {rule, "US-PREG-INIT", "EU-PREG-TEST"} and s["action"] in OBJECTS for s in said)

    return objects


def other_probes() -> Iterator[Probe]:
    """Hemoglobin in its units, bleeding with low platelets, liver enzymes, and the doses that a label allows later."""

    def esa(value: float, unit: str) -> bool:
        labs = (("PLT", 150_000, "/uL", 14), ("ANC", 2_000, "/uL", 14), ("HB", value, unit, 14))
        more = {"comedications": [{"drug": "epoetin alfa"}]}
        return says(
            decided(Patient("EU", 14, labs, therapy=active(10, CYCLE), more=more)), "EU-ESA-HB12", "inform", "review"
        )

    yield Probe("EU-ESA-HB12", "hemoglobin_above", "hemoglobin", "FFT", esa)

    def bleeds(value: float, unit: str) -> bool:
        labs = (("PLT", value, unit, 60), ("ANC", 2_000, "/uL", 60))
        more = {"comedications": [{"drug": "warfarin"}]}
        return says(decided(Patient("US", 60, labs, therapy=active(10, DAILY), more=more)), "BLEEDING-REVIEW", "review")

    yield Probe("BLEEDING-REVIEW", "platelets_below", "count", "TFF", bleeds)

    def liver(rule: str, action: str, day: int) -> Any:
        def speaks(value: float, _unit: str) -> bool:
            def raised(chart: Chart) -> None:
                limit = {
                    "referenceRange": [{"high": quantity(10, "U/L")}],
                    "valueQuantity": quantity(value * 10, "U/L"),
                }
                chart.add(observation(chart.patient_id, "alt-now", "1742-6", "ALT", on_day(day), **limit))

            labs = (("PLT", 150_000, "/uL", day), ("ANC", 2_000, "/uL", day))
            patient = Patient("US", day, labs, therapy=active(10, DAILY), edit=raised) if day else starting(
                "US-REN-MDS", edit=raised
            )  # fmt: skip
            return says(decided(patient), rule, action)

        return speaks

    yield Probe("LIVER-LIMITS", "hold_above_uln", "number", "FFT", liver("LIVER-LIMITS", "hold", 20), step="0.1")
    silent = liver("US-MDS-SILENT-START", "review", 0)
    yield Probe("US-MDS-SILENT-START", "liver_enzymes_at_most_uln", "number", "FFT", silent, step="0.1")

    def bilirubin(value: float, unit: str) -> bool:
        def raised(chart: Chart) -> None:
            amount = {"valueQuantity": quantity(value, unit)}
            chart.add(observation(chart.patient_id, "bilirubin", "1968-7", "Bilirubin.direct", on_day(0), **amount))

        return says(decided(starting("US-REN-MDS", edit=raised)), "US-MDS-SILENT-START", "review")

    yield Probe("US-MDS-SILENT-START", "direct_bilirubin_mg_dl_at_most", "bilirubin", "FFT", bilirubin)
    yield from _later_probes()


def _later_probes() -> Iterator[Probe]:
    """A higher dose is refused until its day and allowed from then on."""
    for rule in RULES.values():
        paths = [("", rule.data)] + [(f"bands[{n}].", band) for n, band in enumerate(rule.data.get("bands", ()))]
        for path, row in paths:
            if "later" in row:
                creatinine = 60 / 45 if "REN" in rule.id else 0.8
                yield Probe(rule.id, f"{path}later.after_days", "number", "TFF", _later(rule.id, row, creatinine))


def _later(rule: str, row: Any, creatinine: float) -> Any:
    def refuses(days: float, _unit: str) -> bool:
        jurisdiction, disease, regimen, _ = next(v for k, v in STARTS.items() if rule.startswith(k))
        schedule, day = DAILY if "MMM" in rule.split("-") else CYCLE, int(days)
        labs = (("PLT", 150_000, "/uL", day), ("ANC", 2_000, "/uL", day))
        person = {"creatinine": {"value": round(creatinine, 4), "unit": "mg/dL", "date": on_day(day)}}
        patient = Patient(jurisdiction, day, labs, disease, regimen, active(int(row["dose_mg"]), schedule),
                          {"mg": int(row["later"]["dose_mg"]), "schedule": schedule}, person=person)  # fmt: skip
        return any(s["action"] in ("reduce", "review") and rule in s["rules"] for s in decided(patient))

    return refuses
