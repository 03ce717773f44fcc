"""Results as laboratories send them: their own codes, spellings of units, text for numbers, other clocks, several states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any, Final

from cds_service.fhir.terminology import ORDERABLE
from cds_service.synthetic.chart import COUNTS, MEASURED, VITAL, State
from cds_service.synthetic.vocabulary import Json, coded, quantity, spellings, system

ZONES: Final = tuple(timezone(timedelta(hours=hours)) for hours in (-8, -5, 0, 1, 2))
DECISIVE: Final = frozenset({"platelets", "anc"})
# How often each kind of mess is met.
AS_TEXT, DAY_ALONE, AS_PERIOD, FROM_PARTS, TWICE, BELOW = 0.08, 0.1, 0.05, 0.12, 0.04, 0.1
CORRECTED, PRELIMINARY, WITHDRAWN = 0.08, 0.05, 0.03
CODED, BOTH_CODES, OTHER_SPELLING, UCUM = 0.7, 0.15, 0.3, 0.5
# What a count that is too low to be told exactly is reported as, in thousands.
LOWEST: Final = 20


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Writes results anew. `words` are those of `mess.toml`; chance comes from `source`."""

    words: Mapping[str, Any]
    source: Random

    def written(self, state: State, *, is_local: bool) -> Iterator[State]:
        """A result with what came before it or beside it: a first state, one that was withdrawn, a copy of another system.

        Args: `is_local` whether the laboratory is the one with codes of its own.
        """
        resource = dict(state.resource)
        if state.about == "anc" and self._happens(FROM_PARTS):
            self._clock(resource)
            yield from self._parts(State(state.known, resource, state.about))
            return
        self._clock(resource)
        self._unit(resource, state.about)
        if is_local:
            self._own_code(resource, state.about)
        elif state.about not in VITAL and self._happens(OTHER_SPELLING):
            self._spelling(resource)
        if state.about in DECISIVE and "valueQuantity" in resource:
            yield from self._before(state, resource)
            if self._happens(TWICE):
                copy = {**state.resource, "id": f"{resource['id']}-copy"}
                yield State(state.known, copy, state.about)
        if "valueQuantity" in resource and self._happens(AS_TEXT):
            amount = resource.pop("valueQuantity")
            resource["valueString"] = f"{amount.get('comparator', '')}{amount['value']} {amount['unit']}"
        yield State(state.known, resource, state.about)

    def panels(self, states: Iterable[State]) -> Iterator[State]:
        """The states with the counts of each blood sample as components of one result; all others as they are."""
        samples: dict[datetime, list[State]] = {}
        for state in states:
            if state.about in COUNTS:
                samples.setdefault(state.known.replace(minute=0), []).append(state)
            else:
                yield state
        order = ORDERABLE["cbc"].order
        code = {"coding": [{"system": order.system, "code": order.code}], "text": ORDERABLE["cbc"].words}
        for counts in samples.values():
            first, parts = counts[0], []
            for each in counts:
                part = dict(each.resource)
                self._unit(part, each.about)
                parts.append({"code": part["code"], "valueQuantity": part["valueQuantity"]})
            sample = {name: each for name, each in first.resource.items() if name != "valueQuantity"}
            known = max(each.known for each in counts)
            yield State(known, {**sample, "code": code, "component": parts}, "panel")

    def _happens(self, share: float) -> bool:
        return self.source.random() < share

    def _before(self, state: State, resource: Json) -> Iterator[State]:
        """A first state that said something else, or nothing final yet; or a result that was withdrawn."""
        amount = resource["valueQuantity"]
        wrong = {**amount, "value": amount["value"] * 3}
        early = state.known - timedelta(minutes=50)
        chance = self.source.random()
        if chance < CORRECTED:
            yield State(early, {**resource, "issued": early.isoformat(), "valueQuantity": wrong}, state.about)
            resource["status"] = "corrected"
        elif chance < CORRECTED + PRELIMINARY:
            yield State(early, {**resource, "issued": early.isoformat(), "status": "preliminary"}, state.about)
        elif chance < CORRECTED + PRELIMINARY + WITHDRAWN:
            withdrawn = {"id": f"{resource['id']}-x", "status": "entered-in-error", "valueQuantity": wrong}
            yield State(state.known, {**resource, **withdrawn}, state.about)

    def _unit(self, resource: Json, fact: str) -> None:
        """Another spelling of the unit, the value with it; a UCUM code only where the laboratory sends one."""
        units = self.words["units"].get(fact)
        if units is None or "valueQuantity" not in resource:
            return
        unit, factor = self.source.choice(units)
        value = resource["valueQuantity"]["value"]
        is_below = fact == "platelets" and value < LOWEST and "note" not in resource and self._happens(BELOW)
        amount = LOWEST if is_below else value
        written: Json = {"comparator": "<"} if is_below else {}
        written |= {"value": _short(amount * Decimal(factor)), "unit": unit}
        if unit in {MEASURED[fact][0], "10*9/L"} and self._happens(UCUM):
            written |= {"system": system("ucum"), "code": unit}
        resource["valueQuantity"] = written

    def _own_code(self, resource: Json, fact: str) -> None:
        """The laboratory's own code, which nobody outside knows, and its words; LOINC beside it now and then."""
        names = self.words["local"]["words"].get(fact)
        if names is None:
            return
        name = self.source.choice(names)
        own = {"system": self.words["local"]["system"], "code": own_code(fact), "display": name}
        beside = resource["code"]["coding"] if self._happens(BOTH_CODES) else []
        resource["code"] = {"coding": [own, *beside], "text": name} if self._happens(CODED) else {"text": name}

    def _spelling(self, resource: Json) -> None:
        """LOINC under another of its names, without the words."""
        coding = resource["code"]["coding"][0]
        known = {"system": self.source.choice(spellings("loinc")), "code": coding["code"]}
        resource["code"] = {"coding": [known], "text": coding["display"]}

    def _clock(self, resource: Json) -> None:
        """The same instant on the clock of another zone, as a period, or its day alone."""
        if "effectiveDateTime" not in resource:
            return
        at = datetime.fromisoformat(resource["effectiveDateTime"])
        moment = at.astimezone(self.source.choice(ZONES))
        # The windows of a pregnancy test are counted in hours.
        if self._happens(DAY_ALONE) and "component" not in resource:
            resource["effectiveDateTime"] = str(at.date())
        elif self._happens(AS_PERIOD):
            del resource["effectiveDateTime"]
            end = moment + timedelta(minutes=2)
            resource["effectivePeriod"] = {"start": moment.isoformat(), "end": end.isoformat()}
        else:
            resource["effectiveDateTime"] = moment.isoformat()

    def _parts(self, state: State) -> Iterator[State]:
        """Neutrophils as leukocytes and a percentage of them, from the same blood."""
        count = state.resource["valueQuantity"]["value"]
        percent = Decimal(self.source.randrange(40, 70))
        leukocytes = (count * 100 / percent).quantize(Decimal("0.01"))
        for fact, value, unit in (("wbc", leukocytes, "10*3/uL"), ("neutrophilPercent", percent, "%")):
            resource = {**state.resource, "id": f"{state.resource['id']}-{fact[:3]}", "code": coded(fact, "loinc")}
            yield State(state.known, {**resource, "valueQuantity": quantity(value, unit)}, fact)


def own_code(fact: str) -> str:
    """The code under which the laboratory with codes of its own sends a fact."""
    return f"LAB-{fact.upper()}"


def _short(value: Decimal) -> Decimal:
    """A value as a laboratory prints it, without digits that a conversion made."""
    whole = value.quantize(Decimal("0.01")).normalize()
    return whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole
