"""Whether the cards of a call are what a worked example expects: one card matches and none contradicts.

What contradicts (`contradictions`), by the expected action:

- hold, remain-on-hold, do-not-start, discontinue, permanently-discontinue: a card that says continue, start, resume or
  reduce; a dose to take now; a suggestion whose lenalidomide order would still be taken.
- request-data, review, escalate-urgent, repeat-and-reassess: the same. A hold beside them is allowed unless the
  example's `must_not` forbids it, because a second finding may hold.
- start, resume, reduce with a dose: a card that stops or withholds; a dose, on a card or in a suggestion, that is not
  the target. start as ordered and continue: any critical or warning card about the dose, any other dose.
- order-cbc, order-lab, order-pregnancy-test, inform, assess-response: nothing but `must_not`; monitoring stands beside
  every dosing decision.
- no-alert: a card, or a finding folded into one, with a listed rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.support.resources import Json

EXTENSION = "org.cds-service.recommendation"
STOPPING = frozenset({"hold", "remain-on-hold", "do-not-start", "discontinue", "permanently-discontinue"})
TAKING = frozenset({"start", "continue", "resume-reduced", "resume-same", "reduce"})
WITHHOLDING = frozenset({"request-data", "review", "escalate-urgent", "repeat-and-reassess"})
ABOUT_THE_DOSE = STOPPING | TAKING | WITHHOLDING
NOT_TAKEN = frozenset({"on-hold", "stopped", "cancelled", "completed", "entered-in-error"})


def recommendation(card: Mapping[str, Any]) -> Json:
    """The machine-readable decision of a card; empty where a card has none."""
    found: Json = card.get("extension", {}).get(EXTENSION, {})
    return found


def judge(expected: Mapping[str, Any], cards: Iterable[Json]) -> list[str]:
    """What is wrong with the cards, as sentences; an empty list when the example passes."""
    cards = list(cards)
    wrong = contradictions(expected, cards)
    action = _action(expected)
    if action == "no-alert":
        return wrong
    if is_all_well(expected):
        about = [c for c in cards if recommendation(c).get("action") in {"start", "continue"}]
        return wrong + [fault for card in about for fault in mismatch(expected, card)]
    faults = [mismatch(expected, card) for card in cards]
    if any(not fault for fault in faults) or _is_folded(expected, cards):
        return wrong
    tried = "; ".join(f"{_short(c)}: {', '.join(f)}" for c, f in zip(cards, faults, strict=True))
    return [*wrong, f"no card matches {action} ({tried or 'there are no cards'})"]


def is_all_well(expected: Mapping[str, Any]) -> bool:
    """continue, or start as ordered: no dosing card is needed."""
    return _action(expected) in {"continue", "start"} and expected["indicator"] == "info"


def mismatch(expected: Mapping[str, Any], card: Json) -> list[str]:
    """In what this card is not the expected one."""
    said = recommendation(card)
    faults = []
    if said.get("action") != _action(expected):
        faults.append(f"action {said.get('action')}")
    if card.get("indicator") != expected["indicator"]:
        faults.append(f"indicator {card.get('indicator')}, not {expected['indicator']}")
    if not set(said.get("rules", ())) & set(expected["rule_ids"]):
        faults.append(f"rules {said.get('rules')}, none of {expected['rule_ids']}")
    due = expected.get("next_cbc_due")
    if due and said.get("nextCbcDue") != str(due):
        faults.append(f"nextCbcDue {said.get('nextCbcDue')}, not {due}")
    return faults + _dose_faults(expected.get("target"), said)


def _dose_faults(target: Mapping[str, Any] | None, said: Json) -> list[str]:
    dose = said.get("dose")
    if not target:
        return [f"dose {dose} where none is due"] if dose else []
    if target.get("dose_mg") is None:
        return ([f"dose {dose} where only words are due"] if dose else []) + ([] if said.get("note") else ["no note"])
    if not dose:
        return ["no dose"]
    return [] if is_dose(dose, target) else [f"dose {dose}, not {target}"]


def is_dose(dose: Json, target: Mapping[str, Any]) -> bool:
    """Whether a card's dose is the target's mg and schedule."""
    schedule = target.get("schedule") or "once daily"
    daily = {"mg": dose.get("mg"), "every": dose.get("everyDays", 1), "week": dose.get("perWeek")}
    days = re.search(r"(\d+) of (\d+)", schedule)
    every = 2 if "every other day" in schedule else 1
    week = 2 if "twice a week" in schedule else None
    taken = (dose.get("onDays"), dose.get("cycleDays"))
    is_pattern = taken == (int(days[1]), int(days[2])) if days else taken in {(None, None), (28, 28)}
    after = "dialysis" not in schedule or "dialysis" in dose.get("note", "")
    is_often = daily["week"] == week and (week is not None or daily["every"] == every)
    return daily["mg"] == target["dose_mg"] and is_often and is_pattern and after


def contradictions(expected: Mapping[str, Any], cards: list[Json]) -> list[str]:
    """What some card says against the expected decision; see the module's words."""
    action, target = _action(expected), expected.get("target") or {}
    said = [recommendation(c) for c in cards]
    found: list[str] = []
    if action == "no-alert":
        carried = {r for one in [*said, *_folded(cards)] for r in one.get("rules", ())}
        return [f"carries {rule}" for rule in expected["rule_ids"] if rule in carried]
    if action in STOPPING | WITHHOLDING:
        found += [f"says {one['action']}" for one in said if one.get("action") in TAKING]
        found += [f"a dose to take now: {one['dose']}" for one in said if one.get("dose")]
        found += [f"suggests {mg} mg" for mg in suggested_doses(cards)]
    if action in TAKING:
        found += [f"says {one['action']}" for one in said if one.get("action") in STOPPING]
        right = target.get("dose_mg")
        found += [f"dose {one['dose']}" for one in said if one.get("dose") and one["dose"].get("mg") != right]
        # Where only words are due ("next lower dose, at discretion") an order stands in a suggestion as an option.
        is_open = right is None and bool(target.get("text"))
        found += [f"suggests {mg} mg" for mg in suggested_doses(cards) if mg != right and not is_open]
    if is_all_well(expected):
        loud = [c for c in cards if recommendation(c).get("action") in ABOUT_THE_DOSE and c.get("indicator") != "info"]
        found += [f"all is well, and a card says {_short(card)}" for card in loud]
    for idea in expected.get("must_not") or ():
        if IDEAS[idea](cards):
            found.append(f"conveys: {idea}")
    return found


def suggested_doses(cards: Iterable[Json]) -> list[Any]:
    """The mg per administration of every lenalidomide order that a suggestion creates or changes and that is taken."""
    resources = [
        action.get("resource") or {}
        for card in cards
        for suggestion in card.get("suggestions", ())
        for action in suggestion.get("actions", ())
        if action.get("type") in {"create", "update"}
    ]
    orders = [r for r in resources if r.get("resourceType") == "MedicationRequest" and r.get("status") not in NOT_TAKEN]
    return [
        rate.get("doseQuantity", {}).get("value")
        for order in orders
        for dosage in order.get("dosageInstruction", ())
        for rate in dosage.get("doseAndRate", ())
    ]


def _folded(cards: Iterable[Json]) -> list[Json]:
    return [one for card in cards for one in recommendation(card).get("alsoFound", ())]


def _is_folded(expected: Mapping[str, Any], cards: list[Json]) -> bool:
    """A finding without a dose may stand in `alsoFound`, with its urgency."""
    return not expected.get("target") and any(
        one.get("action") == _action(expected)
        and one.get("urgency") == expected["indicator"]
        and set(one.get("rules", ())) & set(expected["rule_ids"])
        for one in _folded(cards)
    )


def _action(expected: Mapping[str, Any]) -> str:
    return str(expected["action"]).replace("_", "-")


def _short(card: Json) -> str:
    return f"{card.get('indicator')} {recommendation(card).get('action')}"


def _says(*actions: str) -> Callable[[list[Json]], bool]:
    return lambda cards: any(recommendation(card).get("action") in actions for card in cards)


def _words(pattern: str) -> Callable[[list[Json]], bool]:
    """Matches the visible words of any card."""
    return lambda cards: any(
        re.search(pattern, f"{card.get('summary', '')}\n{card.get('detail', '')}", re.IGNORECASE) for card in cards
    )


def _any_dose(cards: list[Json]) -> bool:
    said = [recommendation(card) for card in cards]
    return bool(suggested_doses(cards)) or any(one.get("dose") or one.get("resume", {}).get("dose") for one in said)


def _keeps_taking(cards: list[Json]) -> bool:
    return _says("continue")(cards) or bool(suggested_doses(cards))


def _starts_at_10(cards: list[Json]) -> bool:
    on_cards = [recommendation(card).get("dose", {}).get("mg") for card in cards]
    return any(mg is not None and mg >= 10 for mg in [*on_cards, *suggested_doses(cards)])


IDEAS: Mapping[str, Callable[[list[Json]], bool]] = {
    "advice to keep taking 10 mg": _keeps_taking,
    "advice to keep taking the drug": _keeps_taking,
    "criteria not met – continue": lambda cards: _says("continue")(cards) or _words("criteri(on|a) not met")(cards),
    "recommend or accept a 10 mg start": _starts_at_10,
    "any lenalidomide dose": _any_dose,
    "continue": _says("continue"),
    "hold as a label conclusion": _says("hold", "remain-on-hold"),
    "resume": _says("resume-reduced", "resume-same"),
    "stop ESA": _words(r"\b(stop|discontinue|withhold)\b[^.\n]{0,30}\b(ESA|epoetin|darbepoetin|erythropoiesis)"),
}
"""What `must_not` may say. An idea that is not listed fails the test of the examples' form."""
