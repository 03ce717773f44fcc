"""All numbers of the report, counted while the results pass by one after another.

No number tells of fewer than five patients: what is rarer is left out and said to be. Nothing here is an id or a patient's text: the
words of a code are shown where five patients or more have results under it.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Urgency
from cds_service.population.resources import Unmapped
from cds_service.population.results import Advice, Changed, Decision, PatientResult

FEWEST: Final = 5
_WEEKS: Final = (4, 8, 16, 26, 52)
_OVERDUE: Final = ("0–4", "4–8", "8–16", "16–26", "26–52", "over 52", "none overdue")
_SHARES: Final = (50, 75, 90, 100)
_INTENSITIES: Final = ("below 50", "50–75", "75–90", "90–100", "above 100")
# Where an order does not say how long it lasts: until the next one, and no longer than this.
_DAYS_OF_ORDER: Final = 28
_BLOOD_COUNT: Final = "cbc"


@dataclass(slots=True)
class Count:
    """How often something was, and at how many patients."""

    times: int = 0
    patients: int = 0
    repeats: int = 0

    @property
    def is_shown(self) -> bool:
        """Whether enough patients stand behind it."""
        return self.patients >= FEWEST


@dataclass(slots=True)
class Tally:
    """Counts by what is counted; each patient's are added at once, so that no patient has to be remembered."""

    by: defaultdict[tuple[str, ...], Count] = field(default_factory=lambda: defaultdict(Count))

    def add(
        self, of_patient: Mapping[tuple[str, ...], int], repeats: Mapping[tuple[str, ...], int] | None = None
    ) -> None:
        """What was counted at one patient."""
        for what, times in of_patient.items():
            count = self.by[what]
            count.times += times
            count.patients += 1
            count.repeats += (repeats or {}).get(what, 0)

    def rows(self, names: Sequence[str], times: str) -> list[dict[str, Any]]:
        """Those with enough patients, the most frequent first."""
        shown = [(what, count) for what, count in self.by.items() if count.is_shown]
        shown.sort(key=lambda one: (-one[1].times, one[0]))
        return [{**dict(zip(names, what, strict=True)), times: c.times, "patients": c.patients} for what, c in shown]

    @property
    def hidden(self) -> int:
        """How many kinds have too few patients to be shown."""
        return sum(not count.is_shown for count in self.by.values())


@dataclass(slots=True)
class Summary:
    """The numbers so far."""

    patients: int = 0
    patient_months: int = 0
    decisions: int = 0
    silent: int = 0
    cards: int = 0
    repeats: int = 0
    first: str = ""
    last: str = ""
    hooks: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    rules: Tally = field(default_factory=Tally)
    months: dict[str, Tally] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    unchecked: Tally = field(default_factory=Tally)
    missing: Tally = field(default_factory=Tally)
    unmapped: Tally = field(default_factory=Tally)
    words: Tally = field(default_factory=Tally)
    units: Tally = field(default_factory=Tally)
    failures: Tally = field(default_factory=Tally)
    changes: Tally = field(default_factory=Tally)
    changed_patients: int = 0
    overdue: Counter[str] = field(default_factory=Counter)
    intensities: list[Fraction] = field(default_factory=list)

    def add(self, result: PatientResult) -> None:
        """The result of one more patient."""
        self.counts.update(result.counts)
        if result.set_aside:
            self.set_aside[result.set_aside] += 1
            return
        if not result.decisions:
            return
        self.patients += 1
        days = [decision.day for decision in result.decisions]
        self.first, self.last = min(self.first or days[0], *days), max(self.last, *days)
        self.patient_months += _months_between(min(days), max(days))
        self.decisions += len(days)
        self.silent += sum(not decision.advice and not decision.failure for decision in result.decisions)
        self.hooks.update(decision.hook for decision in result.decisions)
        self._add_cards(result.decisions)
        self.unchecked.add(Counter((rule,) for d in result.decisions for rule in d.unchecked))
        self.missing.add(
            Counter((fact,) for d in result.decisions for fact in {f for a in d.advice for f in a.missing})
        )
        self.failures.add(Counter((d.failure,) for d in result.decisions if d.failure))
        self._add_unmapped(result.unmapped)
        self.units.add({(u.fact, u.unit): times for u, times in result.units})
        self.overdue[_overdue_after(result.decisions)] += 1
        intensity = dose_intensity(result.decisions)
        self.intensities += [intensity] if intensity is not None else []
        self.changed_patients += bool(result.changes)
        self.changes.add(Counter(map(_change, result.changes)))

    def _add_cards(self, decisions: Sequence[Decision]) -> None:
        cards: Counter[tuple[str, ...]] = Counter()
        repeats: Counter[tuple[str, ...]] = Counter()
        by_month: defaultdict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for decision, before in zip(decisions, [None, *decisions], strict=False):
            by_month[decision.day[:7]].update((a.urgency,) for a in decision.advice if not a.is_line)
            for advice in decision.advice:
                if not advice.is_line:
                    what = (advice.rules[0], advice.urgency)
                    cards[what] += 1
                    repeats[what] += is_repeat(advice, before)
        self.rules.add(cards, repeats)
        self.cards += cards.total()
        self.repeats += repeats.total()
        for month, urgencies in by_month.items():
            self.seen[month] += 1
            self.months.setdefault(month, Tally()).add(urgencies)

    def _add_unmapped(self, unmapped: Sequence[tuple[Unmapped, int]]) -> None:
        """Codes by their system; what has no code goes by its words. Either with each of its words, to find an example."""
        codes: Counter[tuple[str, ...]] = Counter()
        words: Counter[tuple[str, ...]] = Counter()
        for one, times in unmapped:
            code = (one.system, one.code, "" if one.code else one.display, ", ".join(one.facts))
            codes[code] += times
            words[(*code, one.display)] += times
        self.unmapped.add(codes)
        self.words.add(words)

    def _codes(self) -> list[dict[str, Any]]:
        """The codes without a meaning, each with the most frequent of its words that enough patients have."""
        examples: dict[tuple[str, ...], str] = {}
        for row in self.words.rows(("system", "code", "words", "facts", "example"), "results"):
            examples.setdefault((row["system"], row["code"], row["words"], row["facts"]), row["example"])
        rows = self.unmapped.rows(("system", "code", "words", "facts"), "results")
        return [{"example": examples.get((r["system"], r["code"], r["words"], r["facts"]), ""), **r} for r in rows]

    def to_plain(self, read: Mapping[str, int], about: Mapping[str, Any]) -> dict[str, Any]:
        """All numbers as JSON has them.

        Args: what was counted of the lines that were read; what was replayed, and by which rules.
        """
        return {
            **about,
            # A day is that of one patient's call.
            "from": self.first[:7],
            "to": self.last[:7],
            "patients": at_least(self.patients),
            "patientMonths": self.patient_months if self.patients >= FEWEST else None,
            "setAside": {why: at_least(count) for why, count in sorted(self.set_aside.items())},
            "decisions": self._of_all(self.decisions),
            "silent": self._of_all(self.silent),
            "cards": self._of_all(self.cards),
            "repeats": self._of_all(self.repeats),
            "byHook": {hook: self._of_all(count) for hook, count in sorted(self.hooks.items())},
            "cardsByRule": self._by_rule(),
            "rulesTooRare": self.rules.hidden,
            "cardsByMonth": self._by_month(),
            "notChecked": self.unchecked.rows(("rule",), "calls"),
            "missing": self.missing.rows(("fact",), "calls"),
            "unmappedCodes": self._codes(),
            "unmappedCodesTooRare": self.unmapped.hidden,
            "units": self.units.rows(("fact", "unit"), "results"),
            "unitsTooRare": self.units.hidden,
            "overdueCbc": _banded("weeks", _OVERDUE, self.overdue),
            "doseIntensity": {
                "patients": at_least(len(self.intensities)),
                "medianPercent": plain(_median(self.intensities) * 100, 1) if len(self.intensities) >= FEWEST else None,
                "bands": _banded("percent", _INTENSITIES, Counter(map(_intensity_band, self.intensities))),
            },
            "failures": self.failures.rows(("code",), "calls"),
            "failuresTooRare": self.failures.hidden,
            "changedPatients": in_parts([self.changed_patients, self.patients - self.changed_patients])[0],
            "changes": self.changes.rows(("before", "after", "rulesBefore", "rulesAfter"), "calls"),
            "changesTooRare": self.changes.hidden,
            "resources": {name: self._of_all(count) for name, count in sorted({**self.counts, **read}.items())},
        }

    def _of_all(self, count: int) -> int | None:
        """A number of everything, None where it tells of fewer than five patients."""
        return count if self.patients >= FEWEST else None

    def _by_rule(self) -> list[dict[str, Any]]:
        rows = self.rules.rows(("rule", "urgency"), "cards")
        for row in rows:
            row["repeats"] = self.rules.by[row["rule"], row["urgency"]].repeats
            row["per100PatientMonths"] = _per_100(row["cards"], self.patient_months)
        return rows

    def _by_month(self) -> list[dict[str, Any]]:
        """Months in which enough patients were seen; an urgency of which too few have a card is None."""
        return [
            {
                "month": month,
                "patients": self.seen[month],
                **{
                    urgency.value: _per_100(count.times, self.seen[month])
                    if count.is_shown or not count.times
                    else None
                    for urgency in Urgency
                    for count in [tally.by.get((urgency.value,), Count())]
                },
            }
            for month, tally in sorted(self.months.items())
            if self.seen[month] >= FEWEST
        ]


def at_least(patients: int) -> int | None:
    """A number of patients; None for one to four of them."""
    return patients if patients >= FEWEST or patients == 0 else None


def in_parts(patients: Sequence[int]) -> list[int | None]:
    """The parts of a number of patients that is told as well: None for one to four of them, and for as many more, the smallest
    first, as keep those from following from the rest."""
    hidden = [n for n, count in enumerate(patients) if at_least(count) is None]
    others = sorted((n for n, count in enumerate(patients) if count >= FEWEST), key=lambda n: patients[n])
    while hidden and others and (len(hidden) == 1 or sum(patients[n] for n in hidden) < FEWEST):
        hidden.append(others.pop(0))
    return [None if n in hidden else count for n, count in enumerate(patients)]


def is_repeat(advice: Advice, before: Decision | None) -> bool:
    """Whether a card says what one of the call before said by the same rules."""
    return before is not None and any(
        (a.action, a.rules, a.is_line) == (advice.action, advice.rules, False) for a in before.advice
    )


def dose_intensity(decisions: Iterable[Decision]) -> Fraction | None:
    """What was ordered against the first dose gone on with, 1 for all of it; None without an order whose dose is known.

    An order counts until the next one, and no longer than it says that it lasts, or 28 days where it says nothing.
    """
    orders = [
        (date.fromisoformat(d.day), _exact(d.ordered), d.ordered_days or _DAYS_OF_ORDER) for d in decisions if d.ordered
    ]
    if not orders or not orders[0][1]:
        return None
    lasting = [min(days, (later[0] - day).days) for (day, _, days), later in pairwise(orders)] + [orders[-1][2]]
    given = sum((mg * days for (_, mg, _), days in zip(orders, lasting, strict=True)), Fraction(0))
    whole = (orders[-1][0] - orders[0][0]).days + orders[-1][2]
    return given / (orders[0][1] * whole)


def words_of(advice: Sequence[Advice]) -> str:
    """What is advised, in few words: the actions with their doses."""
    return (
        "; ".join(sorted({a.action + (f" {a.mg_per_day} mg/day" if a.mg_per_day else "") for a in advice})) or "nothing"
    )


def _banded(what: str, names: Sequence[str], patients: Counter[str]) -> list[dict[str, Any]]:
    shown = in_parts([patients[name] for name in names])
    return [{what: name, "patients": count} for name, count in zip(names, shown, strict=True)]


def _change(changed: Changed) -> tuple[str, ...]:
    rules = (", ".join(sorted({a.rules[0] for a in each})) for each in (changed.before, changed.after))
    return words_of(changed.before), words_of(changed.after), *rules


def _overdue_after(decisions: Sequence[Decision]) -> str:
    """After how many weeks of the first call a blood count was overdue for the first time."""
    begun = date.fromisoformat(decisions[0].day)
    for decision in decisions:
        if _BLOOD_COUNT in decision.overdue:
            days = (date.fromisoformat(decision.day) - begun).days
            return _OVERDUE[bisect(_WEEKS, days // 7)]
    return _OVERDUE[-1]


def _intensity_band(intensity: Fraction) -> str:
    """The band of a dose intensity; the lower bound belongs to a band, and to the last one all that is ordered too."""
    return _INTENSITIES[bisect(_SHARES[:-1], intensity * 100) + (intensity > 1)]


def _months_between(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:7]) - int(first[5:7]) + 1


def _per_100(times: int, whole: int) -> str:
    return plain(Fraction(times * 100, whole), 1)


def _exact(text: str) -> Fraction:
    return exact(Fraction(text))


def _median(values: Sequence[Fraction]) -> Fraction:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
