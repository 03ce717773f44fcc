"""The reverse of reading: a draft order with another dose, schedule and quantity, and all else untouched.

Only a dose that whole capsules of one strength give is written, and only an order that reads back as exactly this dose
is handed out; in every other case there is no amended order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import msgspec

from cds_service.clinical.exposure import Dose
from cds_service.clinical.quantity import exact, plain
from cds_service.fhir.dosage.instruction import MOST_CAPSULES, unit_factor
from cds_service.fhir.dosage.text import read_text
from cds_service.fhir.medication_product import Catalogue, ProductLike
from cds_service.fhir.medication_rewrite import with_concept, with_strength
from cds_service.fhir.medications import read_each
from cds_service.fhir.terminology import SYSTEMS
from cds_service.fhir.timing_write import repeat_of

_UCUM: Final = SYSTEMS["ucum"]
_LONGEST_SUPPLY: Final = 366
_ANY_DAY: Final = date(9999, 1, 1)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_ONE_CAPSULE_DAILY: Final = {
    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "capsule"}}],
}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DrugCodes:
    """How the drug is coded and named: `products` as for reading, in the order in which codes are preferred."""

    products: Mapping[tuple[str, str], ProductLike]
    names: tuple[str, ...]
    drug: str


def amended_order(order: Json, dose: Dose, strengths: tuple[Decimal, ...], codes: DrugCodes) -> Json | None:
    """The whole draft order with another dose.

    Args: `order` is the parsed MedicationRequest (numbers as Decimal or int), left unchanged, and known to be of the drug;
    `strengths` are the capsule strengths that exist, mg.
    Returns: the changed resource; None where no whole number of capsules of one strength gives the dose, or where the
    result would not read back as exactly this dose.
    """
    catalogue = Catalogue.of(codes.products, codes.names, codes.drug)
    given_order, order = order, with_concept(order, catalogue)
    before = _read(order, catalogue)
    if before is None or exact(dose.mg) <= 0:
        return None
    old_dose, old_strength = before
    strength = _strength(dose.mg, strengths, old_strength)
    if strength is None:
        return None
    changed = {**order}
    is_mg = _is_in_mg(order)
    # Of a medicine that names no capsule an order in mg names none either.
    is_unnamed = is_mg and old_strength is None and order is given_order
    if strength != old_strength and not is_unnamed and not with_strength(changed, strength, catalogue):
        return None
    count = int(exact(dose.mg) / exact(strength))
    given = order.get("dispenseRequest")
    request = {**given} if isinstance(given, dict) else None
    days = _supply_days(request, old_dose, old_strength) if request is not None else None
    changed["dosageInstruction"] = [_instruction(changed, dose, None if is_mg else count, catalogue.names, days)]
    if request is not None:
        _set_quantity(request, days, dose, count)
        changed["dispenseRequest"] = request
    after = _dose_of(changed, catalogue)[1]
    if after is None or not after.same_as(dose) or after.note != dose.note:
        return None
    return changed


def _strength(mg: Decimal, strengths: tuple[Decimal, ...], kept: Decimal | None) -> Decimal | None:
    """The capsule to use: the draft's own where it gives the dose in whole capsules, else the largest that does."""
    known = sorted(strengths, reverse=True)
    for strength in [s for s in known if s == kept] + known:
        count = exact(mg) / exact(strength)
        if count.denominator == 1 and 1 <= count <= MOST_CAPSULES:
            return strength
    return None


def _read(order: Json, catalogue: Catalogue) -> tuple[Dose | None, Decimal | None] | None:
    """The dose and capsule strength that an order reads as; None where it is no order of the drug."""
    found, dose = _dose_of(order, catalogue)
    if not found:
        return None
    probe = {**order, "dosageInstruction": [_ONE_CAPSULE_DAILY]}
    one = _dose_of(probe, catalogue)[1]
    return dose, one.mg if one else None


def _dose_of(order: Json, catalogue: Catalogue) -> tuple[bool, Dose | None]:
    """Whether it is an order of the drug, and its dose."""
    # Whose order it is was settled when it was read; here only the medication and the dose matter.
    raw = _ENCODER.encode({k: v for k, v in order.items() if k not in {"subject", "patient"}})
    paired = read_each([raw], (), "-", _ANY_DAY, catalogue, True).paired
    if len(paired) != 1 or catalogue.drug not in paired[0][0].concepts:
        return False, None
    return True, paired[0][0].dose


def _first(order: Json) -> Json:
    given = order.get("dosageInstruction")
    first = given[0] if isinstance(given, list) and given else given
    return first if isinstance(first, dict) else {}


def _quantity_of(instruction: Json) -> Json:
    rates = instruction.get("doseAndRate")
    rate = rates[0] if isinstance(rates, list) and rates else rates
    found = rate.get("doseQuantity") if isinstance(rate, dict) else instruction.get("doseQuantity")
    return found if isinstance(found, dict) else {}


def _is_in_mg(order: Json) -> bool:
    """Whether the draft gives its dose in a unit of mass, or not at all."""
    quantity = _quantity_of(_first(order))
    unit = str(quantity.get("code") or quantity.get("unit") or "")
    return not unit or bool(unit_factor(unit, ""))


def _instruction(order: Json, dose: Dose, count: int | None, names: tuple[str, ...], days: int | None) -> Json:
    """The one dosage instruction: route and the like kept; amount, timing and words anew."""
    old = _first(order)
    kept = {k: v for k, v in old.items() if k in {"id", "extension", "sequence", "site", "route", "method"}}
    extra = old.get("additionalInstruction")
    kept_extra = [e for e in (extra if isinstance(extra, list) else []) if _is_harmless(e, names)]
    if dose.note:
        kept_extra.append({"text": dose.note})
    new: Json = {**kept, "text": _text(dose, count)}
    if kept_extra:
        new["additionalInstruction"] = kept_extra
    new["timing"] = {"repeat": repeat_of(_bounds(old), dose, days)}
    rates = old.get("doseAndRate")
    rate = rates[0] if isinstance(rates, list) and rates and isinstance(rates[0], dict) else {}
    new["doseAndRate"] = [
        {**{k: v for k, v in rate.items() if k in {"id", "type"}}, "doseQuantity": _quantity(old, dose, count)}
    ]
    return new


def _is_harmless(instruction: object, names: tuple[str, ...]) -> bool:
    """Whether an additional instruction says nothing about dose or schedule, so that it may stay."""
    if not isinstance(instruction, dict):
        return False
    coding = instruction.get("coding")
    shown = coding[0].get("display", "") if isinstance(coding, list) and coding and isinstance(coding[0], dict) else ""
    return not read_text(str(instruction.get("text") or shown), names).says_dose_or_schedule


def _text(dose: Dose, count: int | None) -> str:
    bare = Dose(dose.mg, dose.every_days, dose.per_week, dose.on_days, dose.cycle_days, dose.times_per_day)
    if count is None:
        return bare.words
    capsules = "1 capsule" if count == 1 else f"{count} capsules"
    return f"{capsules} ({plain(dose.mg)} mg){bare.words.removeprefix(f'{plain(dose.mg)} mg')}"


def _number(value: Decimal | int) -> Decimal | int:
    return int(value) if value == int(value) else Decimal(plain(value))


def _bounds(old: Json) -> Json | None:
    """The period that the prescriber gave the draft; a length alone belongs to the schedule that is replaced."""
    timing = old.get("timing")
    before = timing.get("repeat") if isinstance(timing, dict) else None
    bounds = before.get("boundsPeriod") if isinstance(before, dict) else None
    return bounds if isinstance(bounds, dict) and bounds else None


def without_bounds(instructions: object) -> list[Json]:
    """The dosage instructions without the period of their order, for an order that begins when it is signed."""
    found = instructions if isinstance(instructions, list) else []
    timings = [(i, i["timing"]) for i in found if isinstance(i, dict) and isinstance(i.get("timing"), dict)]
    free = {id(i): {**t, "repeat": _unbound(t.get("repeat"))} for i, t in timings if isinstance(t.get("repeat"), dict)}
    return [{**i, "timing": free[id(i)]} if id(i) in free else i for i in found if isinstance(i, dict)]


def _unbound(repeat: Json) -> Json:
    return {k: v for k, v in repeat.items() if not k.lstrip("_").startswith("bounds")}


def _quantity(old: Json, dose: Dose, count: int | None) -> Json:
    """The dose quantity in the draft's own style: mg stays mg, capsules stay capsules."""
    before = _quantity_of(old)
    if count is not None:
        return {**before, "value": count}
    if str(before.get("code") or before.get("unit") or "").strip().casefold() in ("mg", "milligram", "milligrams"):
        return {**before, "value": _number(dose.mg)}
    return {"value": _number(dose.mg), "unit": "mg", "system": _UCUM, "code": "mg"}


def _set_quantity(request: Json, days: int | None, dose: Dose, count: int) -> None:
    """Changes the quantity to that of the same days' supply.

    Takes it away where those days are not known or it counts something else than capsules: 28 bottles are no 28 capsules.
    """
    quantity = request.get("quantity")
    if not isinstance(quantity, dict):
        return
    unit = str(quantity.get("code") or quantity.get("unit") or "")
    if days is None or (unit and unit_factor(unit, "") != 0):
        del request["quantity"]
    else:
        request["quantity"] = {**quantity, "value": dosing_days(dose, days) * dose.times_per_day * count}


def _supply_days(request: Json, old_dose: Dose | None, old_strength: Decimal | None) -> int | None:
    """The days that the draft's supply is for: as stated, else by its quantity; None where neither tells."""
    stated = request.get("expectedSupplyDuration")
    if isinstance(stated, dict) and (stated.get("code") or stated.get("unit")) in ("d", "day", "days"):
        value = _fraction(stated.get("value"))
        return int(value) if value and value.denominator == 1 and 0 < value <= _LONGEST_SUPPLY else None
    quantity = request.get("quantity")
    value = _fraction(quantity.get("value")) if isinstance(quantity, dict) else None
    if value is None or old_dose is None or old_strength is None or value <= 0:
        return None
    days = value * exact(old_strength) / old_dose.mg_per_day
    return int(days) if days.denominator == 1 and 0 < days <= _LONGEST_SUPPLY else None


def _fraction(value: object) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return None
    try:
        return exact(value)
    except ValueError:
        return None


def dosing_days(dose: Dose, days: int) -> int:
    """The number of days on which the drug is taken within a supply of `days` days, from the first day on."""
    if dose.per_week:
        return -(-days * dose.per_week // 7)
    active = days
    if dose.on_days and dose.cycle_days:
        whole, rest = divmod(days, dose.cycle_days)
        active = whole * dose.on_days + min(rest, dose.on_days)
    return -(-active // dose.every_days)
