"""From what came to the call of a hook: drafts are what is signed, everything else is the chart.

A type of which nothing came is answered as none on record, and the answer says so; what the Bundle itself calls not whole
(an OperationOutcome, a further page) stands in every search that is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid5

import msgspec

from cds_service.cdshooks.contexts import REQUIRED, Kind
from cds_service.cdshooks.request import HookRequest
from cds_service.drugs.contract import Need
from cds_service.errors import WrongBundle
from cds_service.exchange.incoming import PARAMETERS, Entry, Incoming, by_kind, searchset
from cds_service.fhir.medication_shapes import KINDS
from cds_service.hooks.hook import HOOKS, Hook

SIGNING: Final = "order-sign"
VIEWING: Final = "patient-view"
_NAMESPACE: Final = UUID("0d3a4a3c-53a4-5d0e-9a57-2f6b8c1c7a90")
# The parameters that have a name of their own here, by the context field that they fill.
_OWN_NAMES: Final = {"userId": "practitioner", "encounterId": "encounter"}
_OF_OURS: Final = frozenset({"patientId", *_OWN_NAMES})
_FAILURE: Final = msgspec.Raw(b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"incomplete"}]}')
_FAILED: Final = b'{"resource":%b}' % bytes(_FAILURE)
# What is read of each parameter that is no part of a hook's context.
KNOWN: Final = frozenset({"subject", "practitioner", "encounter", "hook", "data", "unavailable"})
# The members of contexts that hold Bundles, and with that no chart.
BUNDLES: Final = frozenset(name for fields in REQUIRED.values() for name, kind in fields.items() if kind is Kind.BUNDLE)
MEMBERS: Final = frozenset(name for hook in HOOKS for name in REQUIRED[hook]) - _OF_OURS


def instance_of(body: bytes) -> str:
    """The id of the call that a body makes: the same body makes the same call, and nothing can be read from its id."""
    return str(uuid5(_NAMESPACE, sha256(body).hexdigest()))


def check_parameters(incoming: Incoming) -> None:
    """Raises: WrongBundle where a parameter that is looked at has no value: it would count as not sent."""
    for parameter in incoming.parameters:
        if parameter.name in KNOWN | MEMBERS and not parameter.text and not parameter.resource:
            raise WrongBundle(PARAMETERS, f"The parameter '{parameter.name}' has no value of a type that is read.")


def hooks_of(incoming: Incoming) -> tuple[str, ...]:
    """The hooks to ask, the first one that concerns the drug decides: the one that is named, else by what came.

    Raises: WrongBundle for a hook that does not exist.
    """
    named = incoming.text("hook")
    if named and named not in HOOKS:
        raise WrongBundle(PARAMETERS, f"There is no hook of the name in 'hook'. Known are {', '.join(HOOKS)}.")
    if named:
        return (named,)
    came = {parameter.name for parameter in incoming.parameters}
    told = [hook.name for hook in HOOKS.values() if not hook.is_choosing and came & {*_members(hook)}]
    if told:
        return (told[0],)
    # Drafts of other drugs must not keep the chart from being looked at.
    return (SIGNING, VIEWING) if any(map(_is_draft_order, incoming.entries)) else (VIEWING,)


def _members(hook: Hook) -> Iterator[str]:
    """The members of a hook's context that say what it is about."""
    yield from filter(None, (hook.orders_in, hook.dispatched_in, hook.problems_in))


def call_of(incoming: Incoming, hook_name: str, needs: Iterable[Need], instance: str) -> HookRequest:
    """The call of a hook.

    Args: what came; the hook's name; what the drug looks at; the id of the call.

    Raises: WrongBundle where the context of the hook lacks something that only the sender knows.
    """
    hook = HOOKS[hook_name]
    context = _context(incoming, hook_name)
    chart = incoming.entries
    if hook.orders_in and hook.orders_in not in context and any(map(_is_draft_order, chart)):
        context[hook.orders_in] = searchset(each for each in chart if _is_draft(each))
        chart = tuple(each for each in chart if not _is_draft(each))
    for name, kind in REQUIRED[hook_name].items():
        if name not in context and kind is not Kind.TEXT:
            raise WrongBundle(PARAMETERS, f"The parameter '{name}' is missing: {hook_name} is about what it holds.")
    return HookRequest(hook_name, instance, context, prefetch=_prefetch(incoming, chart, needs))


def _context(incoming: Incoming, hook_name: str) -> dict[str, msgspec.Raw]:
    """The context as far as the parameters tell it."""
    context = {"patientId": _json(incoming.patient.id)}
    user, encounter = incoming.text(_OWN_NAMES["userId"]), incoming.text(_OWN_NAMES["encounterId"])
    if user:
        context["userId"] = _json(user)
    if encounter:
        context["encounterId"] = _json(encounter.rpartition("/")[2])
    for name, kind in REQUIRED[hook_name].items():
        if name in _OF_OURS:
            continue
        if kind is Kind.BUNDLE or kind is Kind.RESOURCE:
            held = incoming.resource(name)
            if held:
                context[name] = msgspec.Raw(held)
        elif texts := incoming.texts(name):
            context[name] = _json(list(texts) if kind is Kind.REFERENCES else texts[0])
    if hook_name == "order-select":
        # Without a selection every draft is meant.
        context.setdefault("selections", _json([]))
    return context


def _json(value: str | list[str]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _is_draft(entry: Entry) -> bool:
    """Whether it is an order that nobody has signed yet."""
    return entry.status == "draft" and (KINDS.get(entry.kind) == "order" or entry.kind == "ServiceRequest")


def _is_draft_order(entry: Entry) -> bool:
    return _is_draft(entry) and KINDS.get(entry.kind) == "order"


def _prefetch(incoming: Incoming, chart: Iterable[Entry], needs: Iterable[Need]) -> dict[str, msgspec.Raw]:
    """The answer to every search: all of a type under the first key that asks for it, and under no other.

    A further page may hold anything. What failed is what the sender calls unavailable, else a search that found nothing.
    """
    held = dict(by_kind(chart))
    came = frozenset(held)
    unavailable = frozenset(incoming.texts("unavailable"))
    prefetch: dict[str, msgspec.Raw] = {}
    for need in needs:
        kinds = _kinds_of(need.resource, came)
        found = [each for kind in kinds for each in held.pop(kind, ())]
        further = "" if need.resource == "Patient" else incoming.next_link
        if need.resource in unavailable:
            prefetch[need.key] = searchset(found, (_FAILED,), further) if found else _FAILURE
        else:
            is_failed = not kinds and not unavailable
            prefetch[need.key] = searchset(found, incoming.faults if is_failed else (), further)
    if "Medication" in held:
        prefetch["medications"] = searchset(held["Medication"])
    return prefetch


def _kinds_of(resource: str, came: frozenset[str]) -> list[str]:
    """The types that answer a search: older names of orders are orders too."""
    is_order = KINDS.get(resource) == "order"
    return sorted(kind for kind in came if kind == resource or (is_order and KINDS.get(kind) == "order"))


def unread(incoming: Incoming, needs: Iterable[Need]) -> tuple[str, ...]:
    """The types that came and that nobody looks at."""
    looked_at = {need.resource for need in needs} | {"Medication", "MessageHeader", "Composition", *KINDS}
    return tuple(sorted(incoming.kinds - looked_at))


def none_came(incoming: Incoming, needs: Iterable[Need]) -> tuple[str, ...]:
    """The types that are looked at and of which nothing came."""
    kinds = {"MedicationRequest" if KINDS.get(kind) == "order" else kind for kind in incoming.kinds}
    return tuple(sorted({need.resource for need in needs} - kinds))


def holds_medication(incoming: Incoming) -> bool:
    """Whether anything came that could tell what the patient takes; a draft does not."""
    return any(entry.kind in KINDS and not _is_draft(entry) for entry in incoming.entries)


def ignored(incoming: Incoming) -> tuple[str, ...]:
    """The names of parameters that nobody looks at."""
    return tuple(dict.fromkeys(p.name for p in incoming.parameters if p.name not in KNOWN | MEMBERS))
