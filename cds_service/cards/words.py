"""The words people read for facts, units and decisions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import exact, is_per_litre, plain
from cds_service.clinical.recommendation import Action, Input
from cds_service.fhir import terminology

_TABLES: Mapping[str, Mapping[str, str]] = tomllib.loads(
    (Path(__file__).parent / "messages.toml").read_text(encoding="utf-8")
)
_ACTIONS = {
    Action.START: "starting dose",
    Action.DO_NOT_START: "do not start",
    Action.RESUME_REDUCED: "resume at a reduced dose",
    Action.RESUME_SAME: "resume at the same dose",
    Action.ESCALATE_URGENT: "urgent assessment",
    Action.REPEAT_AND_REASSESS: "repeat the count and reassess",
    Action.REQUEST_DATA: "information is needed",
    Action.ORDER_CBC: "blood count due",
    Action.ORDER_LAB: "laboratory test due",
    Action.ORDER_PREGNANCY_TEST: "pregnancy test due",
    Action.ASSESS_RESPONSE: "assess the response",
    Action.INFORM: "information",
}

_COUNTED = "/uL"
_PER_LITRE = "×10⁹/L"
_per_microlitre = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)/µL")
_capital = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def group(name: str) -> Mapping[str, str]:
    """One table of the words that are the same for every drug."""
    return _TABLES.get(name, {})


def fact_words(fact: str) -> str:
    """The words for a fact's public name: "baselinePlatelets" → "baseline platelets"."""
    return group("fact").get(fact) or terminology.fact_words(fact) or _capital.sub(" ", fact).lower()


def gaps(missing: Iterable[Missing]) -> dict[str, list[Missing]]:
    """What is missing, by the reason: the gaps that there are for it, each fact once."""
    found: dict[str, list[Missing]] = {}
    for gap in missing:
        same = found.setdefault(gap.reason, [])
        if all(gap.fact != each.fact for each in same):
            same.append(gap)
    return found


# Longer words of an entry are left to the detail.
LONGEST_IN_A_SUMMARY = 20


def gap_words(gap: Missing, longest: int = 10_000) -> str:
    """A fact that is missing; where a result on file would tell it, with the value, unless it is longer, and the day that it says.

    "ANC 499 /µL (2026-01-26)", "weight \"low\" (undated)", "creatinine (2026-01-20)" where it says no value.
    """
    entry = gap.entry
    if entry is None:
        return fact_words(gap.fact)
    value = entry.reported.strip('"')
    value = value if len(value) <= longest else ""
    value = f'"{value}"' if value[:1].isalpha() else with_unit(value, entry.reported_unit) if value else ""
    day = entry.on.isoformat() if entry.on is not None else entry.reported_day or "undated"
    return " ".join(filter(None, (fact_words(gap.fact), value, f"({day})")))


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def with_unit(value: str, unit: str) -> str:
    """A value with its unit in printed form; the thousands of a whole count per microlitre are separated."""
    is_whole = unit == "/uL" and value.isascii() and value.isdigit()
    shown = f"{int(value):,}" if is_whole else value
    return f"{shown} {terminology.unit_words(unit)}".strip()


def amount_words(text: str) -> str:
    """An amount such as "49999 /uL" or "platelets >= 50 10*9/L" with its last word, the unit, in printed form."""
    head, _, unit = text.rpartition(" ")
    return with_unit(head, unit) if head else text


def converted_words(value: Input, limits: str) -> str:
    """A value in the other unit that people need beside the reported one; "" where they need none.

    Args: limits: sentences with the limits that a count is compared with: it is converted where they are per another volume.
    """
    if not value.converted.endswith(f" {_COUNTED}"):
        return amount_words(value.converted)
    if is_per_litre(value.unit):
        return amount_words(value.converted) if _per_microlitre.search(limits) else ""
    return thresholds_per_litre(amount_words(value.converted).replace(" ", "")) if _PER_LITRE in limits else ""


def thresholds_per_litre(text: str) -> str:
    """A text with its counts per microlitre as counts per litre: "50,000/µL" → "50 ×10⁹/L"."""
    return _per_microlitre.sub(lambda found: f"{plain(exact(found[1].replace(',', '')) / 1000)} {_PER_LITRE}", text)


def action_words(action: Action) -> str:
    """Plain words for a decision."""
    return _ACTIONS.get(action) or action.value.replace("-", " ")
