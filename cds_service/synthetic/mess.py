"""The same chart as it arrives in practice: results of two laboratories, orders and problems in words, gaps, clumps.

What happened stays what it was: each change is one of writing, applied to a resource of the clean chart by chance, and the
chance comes from a source of its own. Only clumped platelets are added, with the finding that they must lead to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from cds_service.synthetic.chart import Chart, State
from cds_service.synthetic.courses import Finding
from cds_service.synthetic.laboratory import Laboratory, own_code
from cds_service.synthetic.vocabulary import LOCAL, coded, drug

# How often each kind of mess is met.
LEFT_OUT, PANELS = 0.06, 0.1
WORDS_ALONE, REFERENCED, CONTAINED, PLANNED_PERIOD, DISPENSED = 0.3, 0.2, 0.15, 0.4, 0.5
CLUMPED: Final = 0.15


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def messed(chart: Chart, source: Random) -> Chart:
    """The chart with the mess of practice. Args: where chance comes from; that of the course is not touched."""
    return _Scribe(chart, source).written()


@dataclass(slots=True)
class _Scribe:
    """Writes one chart anew, in the manner of its two laboratories and its pharmacy."""

    chart: Chart
    source: Random

    def written(self) -> Chart:
        """The messy chart, with the findings of the clean one and those of its clumps."""
        chart, laboratory = self.chart, Laboratory(_words(), self.source)
        moved = chart.begun + timedelta(days=self.source.randrange(0, 90))
        result = replace(chart, states=[], findings=list(chart.findings))
        clumped = self._clumped(result)
        kept = [
            self._with_clumps(s) if s is clumped else s
            for s in chart.states
            if s is clumped or not self._is_left_out(s)
        ]
        for state in laboratory.panels(kept) if self.source.random() < PANELS else kept:
            kind = state.resource["resourceType"]
            if kind == "Observation" and state.about != "panel":
                is_local = state.known.date() >= moved and self.source.random() < LOCAL
                result.states.extend(laboratory.written(state, is_local=is_local))
            else:
                writer = _WRITERS.get(kind)
                result.states.extend(writer(self, state) if writer else [state])
        return result

    # ------------------------------------------------------------------ gaps and clumps
    def _is_left_out(self, state: State) -> bool:
        """A gap: a result that was never sent, of a day on which nothing has to be found."""
        day = state.known.date()
        may = state.about in {"platelets", "anc", "hemoglobin", "alt", "ast", "ferritin", "tsh"}
        is_needed = day <= self.chart.begun or any(f[0] == day for f in self.chart.findings)
        return may and not is_needed and self.source.random() < LEFT_OUT

    def _clumped(self, chart: Chart) -> State | None:
        """A platelet count that will be clumped, on a day on which nothing else is open; its finding is added."""
        if self.source.random() >= CLUMPED:
            return None
        free = [
            state
            for state in chart_states(self.chart, "platelets")
            if state.known.date() > chart.begun
            and not any(first <= state.known.date() < last for first, last, _ in chart.findings)
        ]
        if not free:
            return None
        state = self.source.choice(free)
        day = state.known.date()
        finding = Finding(
            day=(day - chart.begun).days,
            until=(day - chart.begun).days + 1,
            happened="platelets that were clumped",
            actions=("repeat-and-reassess", "request-data", "order-cbc"),
            facts=("platelets",),
            urgency="warning",
        )
        chart.findings.append((day, day + timedelta(days=1), finding))
        return state

    def _with_clumps(self, state: State) -> State:
        value = {**state.resource["valueQuantity"], "value": Decimal(self.source.randrange(9, 29))}
        note = [{"text": self.source.choice(_words()["clumps"]["notes"])}]
        return State(state.known, {**state.resource, "valueQuantity": value, "note": note}, state.about)

    # ------------------------------------------------------------------ orders
    def order(self, state: State) -> Iterator[State]:
        """An order by words, by a Medication of its own, or with one inside; of other drugs as it stands."""
        resource = dict(state.resource)
        if "doseAndRate" not in resource["dosageInstruction"][0]:
            yield state
            return
        # All states of an order are written in one manner.
        planned = next(each.resource for each in self.chart.states if each.key == state.key)
        manner = Random(f"{self.chart.patient} {resource['id']}")
        if (chance := manner.random()) < PLANNED_PERIOD:
            # Whoever held it left the period as it was planned, and half of them gave no reason either.
            resource["dosageInstruction"] = planned["dosageInstruction"]
            if chance < PLANNED_PERIOD / 2:
                resource.pop("statusReason", None)
        concept = resource["medicationCodeableConcept"]
        mg = str(resource["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"])
        chance = manner.random()
        if chance < WORDS_ALONE:
            name = self.chart.course.drug
            brand = drug(name).names[BRAND]
            words = {"brand": brand.capitalize(), "BRAND": brand.upper(), "drug": name, "mg": mg}
            resource["medicationCodeableConcept"] = {
                "text": manner.choice(_words()["orders"]["medicines"]).format(**words)
            }
        elif chance < WORDS_ALONE + REFERENCED + CONTAINED:
            is_inside = chance < WORDS_ALONE + CONTAINED
            del resource["medicationCodeableConcept"]
            medication = {
                "resourceType": "Medication",
                "id": "m1" if is_inside else f"{resource['id']}-med",
                "code": concept,
            }
            resource["medicationReference"] = {"reference": "#m1" if is_inside else f"Medication/{medication['id']}"}
            if is_inside:
                resource["contained"] = [medication]
            else:
                yield State(state.known, medication)
        if manner.random() < WORDS_ALONE:
            instruction = resource["dosageInstruction"][0]
            days = "21 of 28" if "21 of 28" in instruction["text"] else "daily"
            sig = manner.choice(_words()["orders"][days]).format(mg=mg)
            bounds = instruction["timing"]["repeat"]["boundsPeriod"]
            timing = {"repeat": {"boundsPeriod": bounds}}
            resource["dosageInstruction"] = [{"text": sig, "timing": timing}]
        yield State(state.known, resource)
        if state.is_signing and manner.random() < DISPENSED:
            yield self._dispensed(State(state.known, resource))

    def _dispensed(self, order: State) -> State:
        """What the pharmacy hands over the next day, with no word on how it is taken."""
        at = order.known + timedelta(hours=20)
        members = {
            name: each for name, each in order.resource.items() if name.startswith("medication") or name == "subject"
        }
        supply = order.resource["dispenseRequest"]
        dispense = {"resourceType": "MedicationDispense", "id": f"{order.resource['id']}-given", "status": "completed"}
        dispense |= {"quantity": supply["quantity"], "daysSupply": supply["expectedSupplyDuration"]}
        if "contained" in order.resource:
            dispense["contained"] = order.resource["contained"]
        authorizing = [{"reference": f"MedicationRequest/{order.resource['id']}"}]
        return State(
            at, {**dispense, **members, "authorizingPrescription": authorizing, "whenHandedOver": at.isoformat()}
        )

    # ------------------------------------------------------------------ conditions and procedures
    def in_words(self, state: State) -> Iterator[State]:
        """A diagnosis or a transfusion in somebody's words, with the code of another system or none."""
        kind = "conditions" if state.resource["resourceType"] == "Condition" else "procedures"
        words = _words()[kind].get(state.about)
        if words is None or self.source.random() < 0.4:
            yield state
            return
        other = coded(state.about, "snomed") if self.source.random() < 0.5 else None
        text = {"text": self.source.choice(words)}
        yield State(state.known, {**state.resource, "code": {**(other or {}), **text}}, state.about)


BRAND: Final = 5
_WRITERS: Final[dict[str, Callable[[_Scribe, State], Iterator[State]]]] = {
    "MedicationRequest": _Scribe.order,
    "Condition": _Scribe.in_words,
    "Procedure": _Scribe.in_words,
}


def chart_states(chart: Chart, fact: str) -> list[State]:
    """The states of results of one fact."""
    return [state for state in chart.states if state.about == fact]


def site_map() -> str:
    """What the local codes stand for, as a site tells the service: the content of a file for CDS_SITE_MAP."""
    local = _words()["local"]
    rows = (f'system = "{local["system"]}"\ncode = "{own_code(fact)}"\nconcept = "{fact}"\n' for fact in local["words"])
    return "\n".join(f"[[code]]\n{row}" for row in rows)
