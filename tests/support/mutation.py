"""Requests that went wrong on the way: seeded random changes of the fixtures' requests, with foreign data of the public sets."""

from __future__ import annotations

import copy
import functools
import json
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.public_data import FOLDER, files, resources, sets

FIXTURES = Path(__file__).resolve().parents[2] / "fhir_fixtures"
_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, -1e308, 1e-320, "", " ", "\x00", "\ud800", "é" * 9, "x" * 20_000),
    *([], {}, [None], [[]], {"": None}, {"value": None}, {"coding": None}, {"reference": 1}, {"resourceType": "X"}),
    *("2026-02-30", "0000-00-00", "9999-12-31T23:59:60+14:00", "2026", "12/31/2026", "NaN", "<1", "1e999", "10*3/uL"),
    *("Patient/other", "#", "urn:uuid:1", "http://loinc.org", "lenalidomide 10 mg daily", "{{context.patientId}}"),
    {"low": {"value": 5}, "high": {"value": 1}},
    {"value": "49", "unit": 7, "comparator": "<>"},
)


@dataclass(frozen=True)
class Seed:
    """A request to start from, and the day and jurisdiction it is played on."""

    name: str
    service: str
    jurisdiction: str
    today: str
    text: str


@functools.cache
def seeds() -> tuple[Seed, ...]:
    """The fixtures' requests, in the order of their names."""
    found = []
    for folder in sorted(path.parent for path in FIXTURES.glob("*/request.json")):
        case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
        text = (folder / "request.json").read_text(encoding="utf-8")
        found.append(Seed(folder.name, case["service"], case["jurisdiction"], str(case["today"]), text))
    return tuple(found)


@functools.cache
def foreign() -> tuple[Any, ...]:
    """Resources of the public data sets, a few of each; none where the sets are missing."""
    if not FOLDER.is_dir():
        return ()
    return tuple(one for name in sets() for path in files(name, 6) for one in resources(path)[:4])


def mutated(seed: int) -> tuple[Seed, bytes]:
    """The request number `seed`: the same on every machine that holds the same data."""
    dice = random.Random(seed)
    origin = dice.choice(seeds())
    document = json.loads(origin.text)
    if foreign() and dice.random() < 0.4:
        _put_in(document, copy.deepcopy(dice.choice(foreign())), dice)
    return origin, damaged(document, dice)


def damaged(document: Any, dice: random.Random) -> bytes:
    """A document with some changes, and at times as text that is cut or spoiled."""
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        _change(document, dice)
    body = json.dumps(document, ensure_ascii=dice.random() < 0.9).encode("utf-8", "surrogatepass")
    return _broken(body, dice) if dice.random() < 0.08 else body


def _put_in(document: Any, resource: Any, dice: random.Random) -> None:
    """Foreign data as an answer of the chart, mostly of this very patient."""
    patient = document["context"]["patientId"]
    if isinstance(resource, dict) and dice.random() < 0.85:
        for member in ("subject", "patient"):
            if member in resource:
                resource[member] = {"reference": f"Patient/{patient}"}
    where = document["context"] if dice.random() < 0.05 else document["prefetch"]
    key = dice.choice(sorted(where))
    value = where[key]
    if isinstance(value, dict) and isinstance(value.get("entry"), list):
        value["entry"].insert(dice.randrange(len(value["entry"]) + 1), {"resource": resource})
    else:
        where[key] = resource


def _change(document: Any, dice: random.Random) -> None:
    """One change: mostly in the chart, at times in the context, seldom at the top, where most ends as a 400."""
    context = document.get("context")
    brought = context if isinstance(context, dict) else {}
    names = ("draftOrders", "medications", "conditions", "dispatchedOrders")
    drafts = next((brought[name] for name in names if name in brought), None)
    # A hook's request, a Bundle, or Parameters.
    chart = next((document[name] for name in ("prefetch", "entry", "parameter") if name in document), None)
    room = dice.choices((document, context, drafts, chart), (2, 3, 20, 75))[0]
    holder: Any = next((one for one in (room, chart, document) if isinstance(one, dict | list) and one), document)
    while True:
        keys: Any = list(holder) if isinstance(holder, dict) else range(len(holder))
        if not keys:
            return
        key = dice.choice(keys)
        below = holder[key]
        if not isinstance(below, dict | list) or not below or dice.random() < 0.08:
            break
        holder = below
    what = dice.randrange(8)
    if what == 0:
        del holder[key]
    elif what == 1:
        holder[key] = [holder[key]]
    elif what == 2:
        holder[key] = {"value": holder[key], "extension": [{"url": "http://example.org", "valueString": "x"}]}
    elif what == 3 and isinstance(holder, list):
        holder.extend([copy.deepcopy(holder[key])] * dice.choice((1, 30)))
    elif what == 4 and isinstance(below, str) and below:
        holder[key] = below[: dice.randrange(len(below))] + dice.choice(("", "0", "%", "\u202e", "Z")) + below[-1:]
    elif what == 5 and isinstance(below, int | float) and not isinstance(below, bool):
        holder[key] = below * dice.choice((-1, 0.001, 1000, 10**18))
    else:
        holder[key] = copy.deepcopy(dice.choice(_ODD))


def _broken(body: bytes, dice: random.Random) -> bytes:
    """Bytes that were cut, doubled or flipped on the way."""
    at = dice.randrange(len(body) + 1)
    return dice.choice(
        (body[:at], body[:at] + body, body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :], b"[" * 3000 + body)
    )
