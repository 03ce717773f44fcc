"""Calls with a real decision due, made of the fixture patients: what `bench/hooks.py` and `bench/in_process.py` play.

Three kinds, each in eight variants that share no patient, id, date or count, so that nothing of one call can be remembered
for the next. The charts are moved to the day of the measurement, because production has no other, and filled up with
older results of the tests that the prefetch asks for.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from cds_service.commands.fixtures import fixtures

Json = dict[str, Any]
VARIANTS = 8
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
# The codes of results that a patient has with every blood sample; what is older than the treatment changes no decision.
_SAMPLED = frozenset({"777-3", "751-8", "718-7", "2160-0", "1742-6", "1920-8", "3016-3"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call: the fixture it is made of, and the changes that its cards must offer, as `change` words them."""

    name: str
    fixture: str
    changes: tuple[str, ...]


KINDS = (
    Kind(
        "sign-hold",
        "renewal-to-be-held",
        ("delete MedicationRequest", "update MedicationRequest on-hold", "create ServiceRequest draft"),
    ),
    Kind("sign-start", "kidney-30-00", ("update MedicationRequest 5 mg",)),
    Kind(
        "view-hold",
        "platelets-49999-week-3",
        ("update MedicationRequest on-hold", "create ServiceRequest draft"),
    ),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its kind, the service it is for, its patient and its bytes."""

    kind: Kind
    service: str
    patient: str
    body: bytes

    def check(self, answer: bytes) -> None:
        """Raises: ValueError unless the answer offers what is due, for this patient."""
        cards = json.loads(answer)["cards"]
        offered = [a for card in cards for s in card.get("suggestions", ()) for a in s["actions"]]
        changes = {*map(change, offered)}
        if changes != {*self.kind.changes}:
            raise ValueError(f"{self.kind.name}: {sorted(changes)} was offered instead of {self.kind.changes}")
        whose = {a["resource"]["subject"]["reference"] for a in offered if "resource" in a}
        if whose != {f"Patient/{self.patient}"}:
            raise ValueError(f"{self.kind.name}: the answer is about another patient")


def change(action: Json) -> str:
    """What an action does, in short: its type, the type of the resource, and its new dose or status."""
    resource = action.get("resource")
    if resource is None:
        return f"{action['type']} {action['resourceId'].partition('/')[0]}"
    status = resource["status"]
    if action["type"] == "update" and status == "draft":
        amount = resource["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]
        status = f"{amount['value']} {amount['unit']}"
    return f"{action['type']} {resource['resourceType']} {status}"


def calls(kind: Kind, size: int, today: date) -> list[Call]:
    """The variants of a kind.

    Args: size: of each body, bytes, at the least; a size below that of the bare chart gives the bare chart. today: the
    day of the call.
    """
    case = next(each for each in fixtures() if each.name == kind.fixture)
    return [_call(kind, case.service, case.request, today - case.today, number, size) for number in range(VARIANTS)]


def _call(kind: Kind, service: str, fixture: Json, shift: timedelta, number: int, size: int) -> Call:
    patient = f"{kind.name}-{number}"
    # A day or two between chart and call change no decision, but every date.
    text = _DATE.sub(partial(_moved, by=shift - timedelta(days=number % 2)), json.dumps(fixture))
    request = json.loads(text.replace(fixture["context"]["patientId"], patient))
    request["hookInstance"] = f"00000000-0000-4000-8000-{number:012}"
    for resource in _resources(request):
        if resource["resourceType"] != "Patient":
            resource["id"] = f"{resource['id']}-{number}"
        quantity = resource.get("valueQuantity", {})
        if quantity.get("unit") == "/uL":
            quantity["value"] -= number * 37
    _fill(request, size, number)
    return Call(kind, service, patient, json.dumps(request).encode())


def _moved(found: re.Match[str], by: timedelta) -> str:
    return str(date.fromisoformat(found[0]) + by)


def _resources(request: Json) -> Iterator[Json]:
    """Every resource of the context and the prefetch."""
    for answer in (*request["context"].values(), *request["prefetch"].values()):
        if isinstance(answer, dict):
            yield from ([e["resource"] for e in answer.get("entry", ())] if "type" in answer else [answer])


def _fill(request: Json, size: int, number: int) -> None:
    """Add older results to the searches that ask for them, a day of blood tests after the other, until the size is reached."""
    answers = [a for a in request["prefetch"].values() if a and a["resourceType"] == "Bundle"]
    patterns = []
    for answer in answers:
        first: dict[str, Json] = {}
        for entry in answer.get("entry", ()):
            resource = entry["resource"]
            if resource["resourceType"] == "Observation":
                first[resource["code"]["coding"][0]["code"]] = entry
        patterns += [(answer, code, entry) for code, entry in first.items() if code in _SAMPLED]
    length, day = len(json.dumps(request)), 0
    oldest = min(e["resource"]["effectiveDateTime"] for _, _, e in patterns)
    while length < size:
        day += 1
        for answer, code, pattern in patterns:
            if length >= size:
                break
            entry = copy.deepcopy(pattern)
            resource = entry["resource"]
            resource["id"] = f"{code}-{day}-{number}"
            resource["effectiveDateTime"] = _moved(_DATE.match(oldest), -timedelta(days=day))  # type: ignore[arg-type]
            quantity = resource["valueQuantity"]
            quantity["value"] = round(quantity["value"] * (1 + (day * 7 + number) % 50 / 100), 2)
            answer["entry"].append(entry)
            length += len(json.dumps(entry)) + 2
    for answer in answers:
        answer["total"] = len(answer.get("entry", ()))
