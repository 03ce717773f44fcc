"""Probes: for a number of a source file, what must be decided below, at and above it. Made from the numbers themselves.

A family of probes takes every number of its shape: a new row of a known shape gets its tests by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.spec.boundary_patients import Patient, active, decided, held, on_day, says
from tests.support.resources import Json
from tests.support.rules import RULES

Effect = Callable[[float, str], bool]
REMAINS = ("remain-on-hold", "request-data")
HOLDS = ("hold", "request-data")
ANALYTE = {"platelets": "PLT", "anc": "ANC"}
FINE = {"platelets": 150_000, "anc": 2_000}
LOW = {"platelets": 20_000, "anc": 400}


@dataclass(frozen=True)
class Probe:
    """`expected` says below, at and above the number whether the effect is there: "TFF", "FTT", "TTF" or "FFT"."""

    rule: str
    path: str
    quantity: str
    expected: str
    effect: Effect
    limit: Fraction | None = None
    step: str = ""

    @property
    def number(self) -> Fraction:
        """The number of the source file, or what it comes to (`limit`)."""
        return Fraction(number_at(self.rule, self.path)) if self.limit is None else self.limit


def number_at(rule: str, path: str) -> Decimal | int:
    """The number at a path such as "rows[1].hold[0].below"."""
    value: Any = RULES[rule].data
    for name, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        value = value[name] if name else value[int(index)]
    assert isinstance(value, int | Decimal) and not isinstance(value, bool)
    return value


def numbers(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all numbers below a value."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from numbers(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from numbers(each, f"{path}[{index}]")
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield path


# ---- count rows: interruption and recovery
DAILY, CYCLE = "once daily", "days 1-21 of 28"
REGIMENS: Mapping[str, tuple[str, str, str, Any, str]] = {
    "US-MDS-": ("US", "MDS", "", None, DAILY),
    "EU-MDS-": ("EU", "MDS", "", 10, CYCLE),
    "US-MM-": ("US", "MM", "combination with dexamethasone", 25, CYCLE),
    "US-MMM-": ("US", "MM", "maintenance after autologous transplantation", 10, DAILY),
    "US-MCL-": ("US", "MCL", "", 25, CYCLE),
    "US-FL-": ("US", "FL", "", 20, CYCLE),
    "EU-MCL": ("EU", "MCL", "", 25, CYCLE),
    "EU-FL": ("EU", "FL", "", 20, CYCLE),
    "US-NO-TABLE-": ("US", "CLL", "", 10, DAILY),
    "EU-NO-TABLE-": ("EU", "CLL", "", 10, CYCLE),
    "EU-NDMM-": ("EU", "MM", "newly diagnosed, combination with dexamethasone", 25, CYCLE),
    "EU-RRMM-": ("EU", "MM", "relapse, combination with dexamethasone", 25, CYCLE),
    "EU-RVD": ("EU", "MM", "newly diagnosed, combination with bortezomib and dexamethasone", 25, "days 1-14 of 21"),
    "EU-MPR": ("EU", "MM", "combination with melphalan and prednisone", 10, CYCLE),
    "EU-MMM": ("EU", "MM", "maintenance after autologous transplantation", 10, DAILY),
}
"""By the beginning of a rule's id: jurisdiction, disease, regimen, dose, schedule."""


@dataclass(frozen=True)
class Row:
    """A count row with the patient that it is for."""

    rule: str
    path: str
    data: Mapping[str, Any]

    @property
    def line(self) -> str:
        """Platelets or neutrophils."""
        return str(self.data["line"])

    @property
    def analyte(self) -> str:
        """The line as the worked examples name it."""
        return ANALYTE[self.line]

    @property
    def day(self) -> int:
        """A day on which the row holds."""
        return 60 if self.data.get("window") == "after" else 28

    def patient(self, labs: Sequence[tuple[str, float, str, int]], day: int, hold_day: int | None = None) -> Patient:
        """The patient of the row with these labs, on treatment or on hold."""
        jurisdiction, disease, regimen, mg, schedule = next(v for k, v in REGIMENS.items() if self.rule.startswith(k))
        mg = self.data.get("current_mg", mg)
        therapy = active(mg, schedule) if hold_day is None else held(mg, schedule, hold_day)
        if self.data.get("fall") == "later":
            labs = ((self.analyte, LOW[self.line], "/uL", 10), (self.analyte, FINE[self.line], "/uL", 17), *labs)
        least, below = self.data.get("baseline_at_least"), self.data.get("baseline_below")
        base = {} if least is None and below is None else {self._key: int(least if least is not None else below - 1)}
        return Patient(jurisdiction, day, tuple(labs), disease, regimen, therapy, baseline=base)

    @property
    def _key(self) -> str:
        return {"platelets": "plt", "anc": "anc"}[self.line]

    def labs(self, value: float, unit: str, day: int) -> list[tuple[str, float, str, int]]:
        """This line at a value and the other one without findings."""
        other = "anc" if self.line == "platelets" else "platelets"
        return [(ANALYTE[self.line], value, unit, day), (ANALYTE[other], FINE[other], "/uL", day)]


def rows() -> Iterator[Row]:
    """Every count row of the documents."""
    for rule in RULES.values():
        if "hold" in rule.data and "line" in rule.data:
            yield Row(rule.id, "", rule.data)
        for index, data in enumerate(rule.data.get("rows", ())):
            yield Row(rule.id, f"rows[{index}].", data)


def count_probes() -> Iterator[Probe]:
    """Interruption, recovery, duration, fever and baseline of every count row."""
    for row in rows():
        for index, trigger in enumerate(row.data["hold"]):
            yield from _trigger(row, f"{row.path}hold[{index}]", trigger)
        yield from _baseline(row)
        if "resume" not in row.data:
            continue
        yield Probe(row.rule, f"{row.path}resume.at_least", "count", "TFF", _recovery(row))
        if "resume_with_other_toxicity" in row.data:
            path = f"{row.path}resume_with_other_toxicity.at_least"
            yield Probe(row.rule, path, "count", "TFF", _recovery(row, also_platelets=True))
        if "or_repeated" in row.data["resume"]:
            yield from _repeated(row)


def _trigger(row: Row, path: str, trigger: Mapping[str, Any]) -> Iterator[Probe]:
    def holds(value: float, unit: str, days: float | None = None, fever: tuple[float, str] | None = None) -> bool:
        labs = row.labs(value, unit, row.day)
        span = trigger.get("for_days") if days is None else days
        if span:
            low = min(value, float(trigger["below"] - 1)) if unit == "/uL" else float(trigger["below"] - 1) / 1000
            labs.insert(0, (ANALYTE[row.line], low, unit, row.day - int(span)))
        if trigger.get("with_temperature"):
            heat, scale = fever or (float(trigger["with_temperature"]), "Cel")
            labs.append(("TEMP", heat, scale, row.day))
        patient = row.patient(labs, row.day)
        if trigger.get("with_platelet_transfusions"):
            given = {"date": on_day(row.day - 1), "product": "platelets", "units": 1}
            patient = replace(patient, more={"transfusions": [given]})
        # Without a table for the use a question means that only some tables hold.
        return says(decided(patient), row.rule, *(HOLDS if "resume" in row.data else HOLDS[:1]))

    share = trigger.get("at_most_fraction_of_baseline")
    if share is not None:
        base = int(row.data.get("baseline_at_least", row.data.get("baseline_below", 0) - 1))
        # Half of an odd baseline is no whole count: the step then meets the number on its lower side.
        limit = Fraction(int(Fraction(share) * base))
        yield Probe(row.rule, f"{path}.at_most_fraction_of_baseline", "count", "TTF", holds, limit)
        return
    yield Probe(row.rule, f"{path}.below", "count", "TFF", holds)
    low = float(trigger["below"] - 1)
    if "for_days" in trigger:
        yield Probe(row.rule, f"{path}.for_days", "number", "FTT", lambda days, _u: holds(low, "/uL", days))
    if "with_temperature" in trigger:
        yield Probe(
            row.rule, f"{path}.with_temperature", "temperature", "FTT", lambda t, u: holds(low, "/uL", fever=(t, u))
        )


def _recovery(row: Row, also_platelets: bool = False) -> Effect:
    """Whether a hold goes on. Args: whether platelets fell with the line, and are back."""

    def remains(value: float, unit: str) -> bool:
        then = row.day - 7 if row.data.get("window") == "within" else row.day
        labs = [*row.labs(LOW[row.line], "/uL", then), *row.labs(value, unit, then + 7)]
        if row.line == "anc":
            labs.insert(0, ("ANC", LOW["anc"], "/uL", then - 7))
        if also_platelets:
            labs.insert(0, ("PLT", LOW["platelets"], "/uL", then - 1))
        return says(decided(row.patient(labs, then + 7, then)), row.rule, *REMAINS)

    return remains


def _baseline(row: Row) -> Iterator[Probe]:
    def chosen(value: float, unit: str) -> bool:
        count = 15_000 if row.line == "platelets" else 400
        patient = row.patient(row.labs(count, "/uL", row.day), row.day)
        one = {"plt": FINE["platelets"], "anc": FINE["anc"]}
        shown = {k: v / (1000 if unit == "10*9/L" else 1) for k, v in one.items()}
        shown["plt" if row.line == "platelets" else "anc"] = value
        return says(decided(replace(patient, baseline={**shown, "unit": unit})), row.rule, "hold")

    for name, expected in (("baseline_at_least", "FTT"), ("baseline_below", "TFF")):
        if name in row.data:
            yield Probe(row.rule, f"{row.path}{name}", "count", expected, chosen)


def _repeated(row: Row) -> Iterator[Probe]:
    path, other = f"{row.path}resume.or_repeated", row.data["resume"]["or_repeated"]
    value, span, often = float(other["at_least"]), int(other["for_days"]), int(other["occasions"])

    def remains(value: float, unit: str, span: int, often: int = often) -> bool:
        """So many counts of the value, the first and the last so many days apart, the last one today."""
        start, today = row.day, row.day + 21
        days = sorted({today - span * n // max(often - 1, 1) for n in range(often)})
        labs = [*row.labs(LOW[row.line], "/uL", start), *(lab for d in days for lab in row.labs(value, unit, d))]
        return says(decided(row.patient(labs, today, start)), row.rule, *REMAINS)

    yield Probe(row.rule, f"{path}.at_least", "count", "TFF", lambda v, u: remains(v, u, span))
    yield Probe(row.rule, f"{path}.for_days", "number", "TFF", lambda d, _u: remains(value, "/uL", int(d)))
    yield Probe(row.rule, f"{path}.occasions", "number", "TFF", lambda n, _u: remains(value, "/uL", span, int(n)))


def is_overdue(said: Sequence[Json], rule: str) -> bool:
    """Whether a test is overdue by a rule."""
    under_another = ("order-cbc", "warning")
    return any(
        rule in s["rules"] and (s.get("test", {}).get("overdue") or (s["action"], s.get("urgency")) == under_another)
        for s in said
    )
