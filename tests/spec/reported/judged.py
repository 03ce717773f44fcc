"""What an answer to a reported situation, or to a sibling of it, is: as expected, asked about, silent or wrong."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.spec.reported.edits import ABSENT, Json, Sibling, edited
from tests.spec.reported.siblings import EVERYWHERE, SIBLINGS
from tests.support.application import EVERY_HOOK, client
from tests.support.yaml_files import read_yaml

HERE = Path(__file__).parent
RANK = {None: 0, "info": 1, "warning": 2, "critical": 3}
NAME = "org.cds-service.recommendation"
WITH_DIFFERENTIAL = frozenset({"57021-8", "57022-6", "69738-3"})
ASKING = frozenset({"request-data", "review", "repeat-and-reassess", "order-lab"})
SAME, ASKED, SILENT, WRONG = "same", "asked", "silent", "wrong"


class Case(NamedTuple):
    """A reported situation: its request, the service and the day, and what is expected."""

    name: str
    request: Json
    service: str
    jurisdiction: str
    today: dt.date
    expect: Json
    is_unsafe: bool


class Answer(NamedTuple):
    """What the service said: the status and the body."""

    status: int
    body: Json

    @property
    def cards(self) -> list[Json]:
        return list(self.body.get("cards", ())) if self.status == 200 else []

    @property
    def gravest(self) -> int:
        return max((RANK[card["indicator"]] for card in self.cards), default=0)

    @property
    def actions(self) -> set[str]:
        return {(card.get("extension") or {}).get(NAME, {}).get("action", "") for card in self.cards}

    @property
    def words(self) -> str:
        if self.status != 200:
            return json.dumps(self.body, ensure_ascii=False)
        return "\n".join(f"{card['summary']}\n{card.get('detail', '')}" for card in self.cards)

    @property
    def done(self) -> list[Json]:
        return [act for card in self.cards for each in card.get("suggestions", ()) for act in each.get("actions", ())]

    def made(self, kind: str) -> list[Json]:
        """The resources of a type that a suggestion creates or updates."""
        found = (act.get("resource") or {} for act in self.done if act["type"] in ("create", "update"))
        return [each for each in found if each.get("resourceType") == kind]


@cache
def cases() -> dict[str, Case]:
    """The reported situations by the short name at the head of their file."""
    listed = read_yaml(HERE / "cases.yaml")["cases"]
    return {
        "-".join(one["file"].split("-")[:2]): Case(
            one["file"].removesuffix(".json"),
            json.loads((HERE / "requests" / one["file"]).read_bytes()),
            one["service"],
            one["jurisdiction"],
            dt.date.fromisoformat(one["today"]),
            one["expect"],
            one["unsafe"],
        )
        for one in listed
    }


def ask(case: Case, body: bytes) -> Answer:
    """The answer of the service to a request."""
    hook = json.loads(body)["hook"]
    service = case.service.replace("order-sign", hook)
    # On another hook than the one reported it must be said where that is the only one that the site is served on.
    hooks = EVERY_HOOK if service == case.service else hook
    posted = client(jurisdiction=case.jurisdiction, today=case.today.isoformat(), hooks=hooks).post(
        f"/cds-services/{service}", data=body, content_type="application/json"
    )
    return Answer(posted.status_code, posted.get_json())


def original(case: Case) -> bytes:
    """The request as it was reported, byte for byte."""
    return (HERE / "requests" / f"{case.name}.json").read_bytes()


def faults(expect: Json, answer: Answer, today: dt.date) -> list[str]:
    """What does not hold of what is expected; nothing where all does."""
    if answer.status != expect.get("status", 200):
        return [] if answer.status in expect.get("or_status", ()) else [f"status {answer.status}: {answer.words[:150]}"]
    return list(_faults(expect, answer, today))


def _faults(expect: Json, answer: Answer, today: dt.date) -> Iterator[str]:
    if answer.gravest < RANK[expect.get("min")]:
        yield f"gravest is {answer.gravest}, at least {expect['min']} expected"
    if answer.gravest > RANK[expect.get("max", "critical")] or (expect.get("none") and answer.cards):
        yield f"too much: {[card['summary'] for card in answer.cards]}"
    yield from (f"not said: {each}" for each in expect.get("mentions", ()) if not re.search(each, answer.words, re.I))
    yield from (f"said: {each}" for each in expect.get("lacks", ()) if re.search(each, answer.words, re.I))
    if "action" in expect and answer.actions.isdisjoint(expect["action"]):
        yield f"actions {sorted(answer.actions)}"
    if not answer.actions.isdisjoint(expect.get("not_action", ())):
        yield f"action {sorted(answer.actions)}"
    if expect.get("suggests") and not any(card.get("suggestions") for card in answer.cards):
        yield "no suggestion"
    orders = answer.made("MedicationRequest")
    if "updates_mg" in expect and float(expect["updates_mg"]) not in (doses := set(_doses(orders))):
        yield f"doses {sorted(doses)}"
    if "sets_status" in expect and expect["sets_status"] not in {order.get("status") for order in orders}:
        yield f"no order set to {expect['sets_status']}"
    if "cbc_within" in expect:
        days = [
            (dt.date.fromisoformat(test["occurrenceDateTime"][:10]) - today).days
            for test in answer.made("ServiceRequest")
            if any(code.get("code") in WITH_DIFFERENTIAL for code in test["code"].get("coding", ()))
            and test.get("occurrenceDateTime")
        ]
        if not days or min(days) > expect["cbc_within"]:
            yield f"CBC with differential after {days} days"
    if len(answer.cards) > expect.get("most_cards", 99):
        yield f"{len(answer.cards)} cards"
    if expect.get("removes") is False and any(act["type"] == "delete" for act in answer.done):
        yield "a delete action"


def _doses(orders: list[Json]) -> Iterator[float]:
    for order in orders:
        for dosage in order.get("dosageInstruction", ()):
            yield from (float(found) for found in re.findall(r"([\d.]+) ?mg", dosage.get("text", "")))
            for rate in dosage.get("doseAndRate", ()):
                if "doseQuantity" in rate:
                    yield float(rate["doseQuantity"].get("value"))


def attempts() -> Iterator[tuple[Case, Sibling | str]]:
    """Every sibling of every situation; a text names one of EVERYWHERE."""
    for short, case in cases().items():
        yield from ((case, sibling) for sibling in SIBLINGS[short])
        yield from ((case, name) for name in EVERYWHERE)


def sent(case: Case, sibling: Sibling | str) -> bytes:
    """The request of a sibling."""
    if not isinstance(sibling, str):
        return edited(case.request, sibling.edits)
    made = copy.deepcopy(case.request)
    EVERYWHERE[sibling](made)
    return edited(made, ())


def judge(case: Case, sibling: Sibling | str, answer: Answer) -> tuple[str, str]:
    """The kind of the answer, and what differs."""
    changed = {} if isinstance(sibling, str) else sibling.expect or {}
    expect: dict[str, Any] = {name: each for name, each in {**case.expect, **changed}.items() if each != ABSENT}
    differs = faults(expect, answer, case.today)
    if not differs:
        return SAME, ""
    said = "; ".join(differs)
    least = RANK[expect.get("min")]
    if answer.status == 400 and case.expect.get("or_status"):
        return ASKED, said
    if answer.status != 200:
        return WRONG, said
    if least and answer.gravest == 0:
        return SILENT, said
    forbidden = set(expect.get("not_action", ())) & answer.actions
    is_asked = answer.gravest >= least and not ASKING.isdisjoint(answer.actions) and not forbidden
    return (ASKED if is_asked else WRONG), said
