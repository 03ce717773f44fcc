"""Small edits of a request: where, and what stands there instead."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]
ABSENT = "(absent)"
"""In place of a value: the member is taken out."""
RAW = "(raw) "
"""Before a text: it goes into the request as JSON as it stands, for numbers in other notations."""
SYSTEMS = {
    "cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "who": "http://hl7.org/fhir/sid/icd-10",
    "gm": "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
    "dimdi": "http://fhir.de/CodeSystem/dimdi/icd-10-gm",
    "icd9": "http://hl7.org/fhir/sid/icd-9-cm",
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "rx": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "atc": "http://www.whocc.no/atc",
    "unii": "http://fdasis.nlm.nih.gov",
    "local": "urn:example:local",
}


class Sibling(NamedTuple):
    """Another spelling of a situation.

    `edits` are (path, value). `is_complete`: its meaning leaves nothing open, so the answer is that of the original; otherwise
    it may be asked about instead. `expect` replaces parts of what is expected of the original (ABSENT: that part is open).
    """

    name: str
    edits: tuple[tuple[str, Any], ...]
    is_complete: bool = True
    expect: Json | None = None


def siblings_of(group: Json) -> Iterator[Sibling]:
    """The siblings of one group of `siblings.yaml`, whose head says what its members are."""
    expect = group.get("expect")
    if "edits" in group:
        yield Sibling(group["name"], tuple(group["edits"].items()), group.get("is_complete", True), expect)
        return
    kind, made = next((name, made) for name, made in _KINDS.items() if name in group or name == "values")
    for member in (kind, "asked"):
        for value in group.get(member) or ():
            name = f"{group['at']} = {json.dumps(value, ensure_ascii=False)}"
            yield Sibling(name, ((group["at"], made(value)),), member == kind, expect)


def concept(spelt: str) -> Json:
    """`cm C92.00 words` -> a coding; `= words` -> a text."""
    system, rest = spelt.split(" ", 1)
    if system == "=":
        return {"text": rest}
    code, _, display = rest.partition(" ")
    made: Json = {"coding": [{"system": SYSTEMS.get(system, system), "code": code}]}
    if display:
        made["coding"][0]["display"] = made["text"] = display
    return made


def quantity(spelt: str) -> Json:
    """`42 K/uL` -> a quantity whose unit is words; `42 [10*3/uL]` one that has a UCUM code alone; `42` one without a unit."""
    value, _, unit = spelt.partition(" ")
    made: Json = {"value": f"{RAW}{value}"}
    if unit.startswith("[[") and unit.endswith("]]"):
        made |= {"system": "http://unitsofmeasure.org", "code": unit[2:-2]}
    elif unit:
        made["unit"] = unit
    return made


_KINDS: dict[str, Callable[[Any], Any]] = {"concepts": concept, "quantities": quantity, "values": lambda value: value}


def edited(request: Json, edits: Iterable[tuple[str, Any]]) -> bytes:
    """The request with the edits, as it is sent."""
    made = copy.deepcopy(request)
    for path, value in edits:
        _edit(made, path, copy.deepcopy(value))
    return _sent(made)


def _edit(request: Json, path: str, value: Any) -> None:
    *way, last = path.split("/")
    held: Any = request
    for step in way:
        held = held.setdefault(step, {}) if isinstance(held, dict) and step[0] != "#" else _within(held, step)
    if last == "+":
        held.setdefault("entry", []).append({"resource": value})
    elif last[0] == "#":
        _entry(held, last[1:])["resource"] = value
    elif isinstance(held, list):
        held[int(last)] = value
    elif isinstance(value, str) and value == ABSENT:
        held.pop(last, None)
    else:
        held[last] = value


def _within(held: Any, step: str) -> Any:
    return _entry(held, step[1:])["resource"] if step[0] == "#" else held[int(step)]


def _entry(bundle: Json, name: str) -> Json:
    found: Json = next(each for each in bundle["entry"] if (each.get("resource") or {}).get("id") == name)
    return found


def _sent(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False)
    marker = json.dumps(RAW)[:-1]
    head, *rest = text.split(marker)
    return (head + "".join(_bare(each) for each in rest)).encode()


def _bare(text: str) -> str:
    number, _, after = text.partition('"')
    return number + after
