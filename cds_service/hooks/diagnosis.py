"""What is right and wrong with a request as the standard sees it, clause by clause, and what came of its prefetch.

Nothing is fetched and nothing is decided. Findings carry names, counts and references, never the value of a result.
The clause ids are those of the project's conformance tests; docs/glossary.md explains the groups.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from cds_service.cards.words import listed
from cds_service.cdshooks.json_text import members_of
from cds_service.cdshooks.prefetch import Answered, Failed, read_answer, resource_type
from cds_service.cdshooks.request import HookRequest, parse_request
from cds_service.cdshooks.service import Service
from cds_service.drugs.contract import Drug
from cds_service.errors import CdsError, DataUnobtainable, nearest
from cds_service.fhir.binding import OTHER_PATIENT
from cds_service.fhir.chart import read_chart
from cds_service.fhir.decode import Resource, decode, head_of
from cds_service.fhir.ledger import Entry
from cds_service.fhir.lenient import status
from cds_service.fhir.medication_shapes import KINDS
from cds_service.fhir.site_map import NO_SITE_MAP, SiteMap
from cds_service.hooks.brought import Brought, brought_by
from cds_service.hooks.dispatch import dispatched, look_up, medication_references
from cds_service.hooks.drafts import NOT_GIVEN, Drafts, drafts_of, mentions
from cds_service.hooks.explanation import FactRead, FactRefused, facts_read, refused
from cds_service.hooks.gathering import Gathering
from cds_service.hooks.hook import HOOKS, Hook
from cds_service.hooks.new_problems import NewProblems, new_problems
from cds_service.hooks.obtain import FetchesNothing, sorted_by_type
from cds_service.hooks.protocol import (
    FAIL,
    NOTE,
    PASS,
    ProtocolCheck,
    access_checks,
    judged,
    origin_of,
    shape_checks,
    shape_of,
)

# Members of R4 that hold a day or an instant.
_DATED = re.compile(r"(Date|DateTime|Instant)\Z|\A(date|authoredOn|issued|start|end|sent|received|lastUpdated)\Z")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)
_REQUIRED = "required: the call is answered 412; send it, or an empty Bundle where nothing is on file"
_MEMBERS_SAID = 3
_CODES = re.compile(r"code=[^&]{60,}")


class _Standing(Resource, frozen=True):
    status: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class KeyState:
    """One prefetch key: what came, and the query that would be made for it ("" none)."""

    key: str
    state: str
    would_fetch: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything found about one request."""

    service: str
    checks: tuple[ProtocolCheck, ...]
    keys: tuple[KeyState, ...] = ()
    read: tuple[FactRead, ...] = ()
    refused: tuple[FactRefused, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether no clause is failed."""
        return all(check.state != FAIL for check in self.checks)


def diagnose(
    body: bytes, service: Service, drug: Drug, servers: tuple[str, ...], today: date, site: SiteMap = NO_SITE_MAP
) -> Diagnosis:
    """The findings about one request.

    Args: the bytes; the service and its drug; the FHIR origins that may be queried; today; the local codes of the site.
    Missing: a request that cannot be read at all has only the checks that say so.
    """
    try:
        members = members_of(body)
    except CdsError as error:
        return Diagnosis(service.id, (ProtocolCheck("CALL-1", FAIL, f"{error.sentence} {error.hint}"),))
    checks = [
        ProtocolCheck("CALL-1", PASS, "a JSON object in UTF-8"),
        *shape_checks(members, service),
        *access_checks(members, servers),
    ]
    try:
        request = parse_request(body, service)
    except CdsError as error:
        where = f" ({error.where})" if error.where else ""
        checks.append(ProtocolCheck("CALL-11", FAIL, f"answered {error.status} {error.code}: {error.sentence}{where}"))
        return Diagnosis(service.id, tuple(checks))
    keys = _keys(request, service)
    checks += [
        *_prefetch(keys, _fatal(request, service, drug, today), origin_of(request.fhirServer) in servers),
        *_brought(request, service, drug, today),
        *_odd_dates((members.get("context"), members.get("prefetch"))),
        *_unlike_copies(request, service),
    ]
    return _with_facts(Diagnosis(service.id, tuple(checks), keys), request, service, drug, today, site)


def _keys(request: HookRequest, service: Service) -> tuple[KeyState, ...]:
    """Every key of the service, then the keys that are not ours."""
    found = []
    for key, template in service.prefetch.items():
        raw = request.prefetch.get(key)
        query = _CODES.sub(lambda m: f"code=({m[0].count(',') + 1} codes)", template)
        if raw is None:
            found.append(KeyState(key, "missing", query))
        else:
            answer = read_answer(raw)
            is_paged = isinstance(answer, Answered) and bool(answer.next_link)
            found.append(KeyState(key, _state(bytes(raw), answer), "the next page" if is_paged else ""))
    return (
        *found,
        *(KeyState(key, "not ours, ignored") for key in sorted(request.prefetch) if key not in service.prefetch),
    )


def _state(raw: bytes, answer: Answered | Failed) -> str:
    if isinstance(answer, Failed):
        return "OperationOutcome" if resource_type(raw) == "OperationOutcome" else f"unusable: {answer.reason}"
    if raw.strip() == b"null":
        return "null"
    if not answer.resources:
        return "empty Bundle"
    kinds = Counter(resource_type(r) for r in answer.resources)
    words = "value: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    more = [answer.incomplete] if answer.incomplete else []
    more += ["paged"] if answer.next_link else []
    came = len(answer.resources) + answer.skipped
    more += [f"{came} came of {answer.total}"] if answer.total is not None and answer.total > came else []
    return "; ".join([words, *more])


def _fatal(request: HookRequest, service: Service, drug: Drug, today: date) -> Mapping[str, str]:
    """The keys for which the call, were nothing fetched, is answered 412: those that its answer names, with the reasons."""
    context = {name: request.text(name) for name in request.context}
    try:
        Gathering(drug, HOOKS[service.hook], request, service.prefetch, context, FetchesNothing(), today).gather()
    except DataUnobtainable as error:
        return error.missing
    return {}


def _prefetch(keys: tuple[KeyState, ...], required: Mapping[str, str], has_server: bool) -> list[ProtocolCheck]:
    found = []
    for each in keys:
        must = each.key in required
        if each.state == "not ours, ignored":
            near = nearest(each.key, [one.key for one in keys if one.state != each.state])
            hint = f": did you mean {near}?" if near else ""
            found.append(ProtocolCheck("PD-1", NOTE, f"{each.key}: not a key of this service, ignored{hint}"))
        elif each.state == "missing" and has_server:
            found.append(ProtocolCheck("PD-2", NOTE, f"{each.key}: missing, would be fetched"))
        elif each.state == "missing":
            words = _REQUIRED if must else "the card says what could not be seen"
            found.append(
                ProtocolCheck("PD-8" if must else "PD-3", FAIL if must else NOTE, f"{each.key}: missing; {words}")
            )
        elif each.state in ("null", "empty Bundle"):
            found.append(ProtocolCheck("PD-4", PASS, f"{each.key}: {each.state} is an answer, not asked for again"))
        elif each.state == "OperationOutcome" or each.state.startswith("unusable"):
            words = _REQUIRED if must else "not retried; the card says so"
            found.append(ProtocolCheck("PD-5", FAIL if must else NOTE, f"{each.key}: {each.state}; {words}"))
        elif each.would_fetch or ";" in each.state:
            found.append(ProtocolCheck("PD-6", NOTE, f"{each.key}: {each.state.partition('; ')[2]}"))
        else:
            found.append(ProtocolCheck("PD-7", PASS, f"{each.key}: {each.state}"))
    return found


def _brought(request: HookRequest, service: Service, drug: Drug, today: date) -> list[ProtocolCheck]:
    """What the context itself brings: orders, references to orders, new problems."""
    hook = HOOKS[service.hook]
    brought = brought_by(request, hook)
    if hook.problems_in:
        return _problems(new_problems(request, hook, brought.whom, today, drug.indications), drug)
    if hook.dispatched_in:
        return _dispatched(request, hook, drug, brought, today)
    if not hook.has_orders:
        return []
    drafts = drafts_of(request, hook, drug, brought, today)
    raw = request.context.get(hook.orders_in)
    read = {order.reference for order in drafts.orders}
    unread = [name for name, each in _orders_in(raw) if name not in read and mentions(drug, bytes(each))]
    return [*_drafts(drafts, drug, unread), *_not_drafts(raw)]


def _odd_dates(parts: Iterable[object]) -> list[ProtocolCheck]:
    """Days that are not written as FHIR has it: where they stand and what they look like, not what they say."""
    odd: Counter[tuple[str, str]] = Counter()
    waiting: list[tuple[str, object]] = [("", part) for part in parts]
    while waiting:
        kind, part = waiting.pop()
        if isinstance(part, list):
            waiting += [(kind, each) for each in part]
        elif isinstance(part, dict):
            # Names alone are said, and nothing else that may stand in their place.
            kind = named if (named := str(part.get("resourceType", kind))).isalpha() else ""
            for name, value in part.items():
                if isinstance(value, str) and name.isalpha() and _DATED.search(name) and not _is_date(value):
                    odd[f"{kind}.{name}", shape_of(value)] += 1
                waiting.append((kind, value))
    return [
        ProtocolCheck("PD-7", NOTE, f"{where} reads like {shape}, which is no date of FHIR ({number}x)")
        for (where, shape), number in sorted(odd.items())
    ]


def _unlike_copies(request: HookRequest, service: Service) -> Iterator[ProtocolCheck]:
    """Resources that came more than once and not alike, as where one copy of a request was edited: where, and in which members."""
    copies: dict[str, list[tuple[str, bytes]]] = {}
    for key, raw in request.prefetch.items():
        answer = read_answer(raw)
        for each in answer.resources if key in service.prefetch and isinstance(answer, Answered) else ():
            if (head := head_of(each)) is not None and head.resourceType and head.id:
                copies.setdefault(f"{head.resourceType}/{head.id}", []).append((key, bytes(each)))
    for reference, found in copies.items():
        if len({body for _, body in found}) == 1:
            continue
        first, *others = (msgspec.json.decode(body) for _, body in found)
        odd = [*dict.fromkeys(member for other in others for member in _unlike(first, other, ""))]
        if odd:
            keys = listed([*dict.fromkeys(key for key, _ in found)])
            members = listed(odd[:_MEMBERS_SAID]) + (" and more" if len(odd) > _MEMBERS_SAID else "")
            words = f"{reference} came {len(found)} times ({keys}) and differs in {members}: send it alike everywhere"
            yield ProtocolCheck("PD-7", NOTE, words)


def _unlike(one: object, other: object, path: str) -> Iterator[str]:
    """The members in which two copies of a resource differ, but for what a server says about the copy itself."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other} - ({"meta"} if not path else set())):
            yield from _unlike(one.get(name), other.get(name), f"{path}.{name}" if path else name)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for each, counterpart in zip(one, other, strict=True):
            yield from _unlike(each, counterpart, path)
    elif one != other:
        yield path


def _is_date(text: str) -> bool:
    """Whether a text is a FHIR date, dateTime or instant, of a day that there is."""
    if not _DATE.fullmatch(text):
        return False
    try:
        return date.fromisoformat(f"{text[:10]}-01-01"[:10]).year > 0
    except ValueError:
        return False


def _problems(found: NewProblems, drug: Drug) -> list[ProtocolCheck]:
    checks = (
        [ProtocolCheck("CALL-12", NOTE, f"{found.unread} new problem(s) could not be read")] if found.unread else []
    )
    if not found.may_concern:
        words = f"no new problem that the rules of {drug.name} look at: answered without cards, nothing is fetched"
        return [ProtocolCheck("CALL-12", NOTE, words)]
    if found.concepts:
        checks.append(ProtocolCheck("CALL-12", PASS, f"new problems are read as {', '.join(sorted(found.concepts))}"))
    return checks


def _dispatched(request: HookRequest, hook: Hook, drug: Drug, brought: Brought, today: date) -> list[ProtocolCheck]:
    """The orders that are sent out, as far as the prefetch holds them."""
    named = medication_references(request.texts(hook.dispatched_in))
    answers = [read_answer(raw) for raw in request.prefetch.values()]
    sent = [raw for answer in answers if isinstance(answer, Answered) for raw in answer.resources]
    seen = look_up(named, sent, brought.addresses, lambda _: {})
    checks = _drafts(replace(dispatched(seen, drug, brought.whom, today), unseen=0), drug)
    if seen.unseen:
        words = "would be read from the FHIR server" if request.fhirServer else "answered 412, or said on the card"
        state = NOTE if request.fhirServer else FAIL
        checks.append(
            ProtocolCheck("PD-8", state, f"{seen.unseen} order(s) or Medication(s) not in the prefetch: {words}")
        )
    return checks


def _not_drafts(raw: msgspec.Raw | None) -> Iterator[ProtocolCheck]:
    """The orders of a context that brings drafts which are none by their status."""
    for name, each in _orders_in(raw):
        state = status(decode(each, _Standing).status)
        if state != "draft":
            words = f"status {state}, where a draft is wanted" if state else "no status, where draft is wanted"
            taken = "" if state in ("", *NOT_GIVEN) else ": taken for a signed order, which is set on hold, not removed"
            yield ProtocolCheck("CALL-12", NOTE, f"{name}: {words}{taken}")


def _orders_in(raw: msgspec.Raw | None) -> Iterator[tuple[str, msgspec.Raw]]:
    """The orders of medicines in a member of a context, each with its reference."""
    answer = read_answer(raw) if raw is not None else None
    for each in answer.resources if isinstance(answer, Answered) else ():
        head = head_of(each)
        if head is not None and KINDS.get(head.resourceType) == "order":
            yield f"{head.resourceType}/{head.id}" if head.id else head.resourceType, each


def _drafts(drafts: Drafts, drug: Drug, unread: Sequence[str] = ()) -> list[ProtocolCheck]:
    """What could be read of the orders of a call; `unread` are the references of those that could not be."""
    if not drafts.may_concern:
        return [
            ProtocolCheck(
                "CALL-12", NOTE, f"no {drug.name} among the drafts: answered without cards, nothing is fetched"
            )
        ]
    state = PASS if drafts.orders else NOTE
    found = [ProtocolCheck("CALL-12", state, f"{len(drafts.orders)} {drug.name} draft(s) could be read")]
    found += [
        ProtocolCheck("CALL-12", NOTE, f"{o.reference}: {o.dose_problem}") for o in drafts.orders if o.dose_problem
    ]
    which = f" ({', '.join(unread)})" if unread else ""
    problems = (
        *(problem + which for problem in drafts.problems),
        *(f"{each}: its medicine cannot be recognised" for each in drafts.untold),
    )
    return found + [ProtocolCheck("CALL-12", NOTE, problem) for problem in problems]


def _with_facts(
    found: Diagnosis, request: HookRequest, service: Service, drug: Drug, today: date, site: SiteMap
) -> Diagnosis:
    """The facts that the prefetch holds, without their values, and the check that all are of one patient."""
    patient, brought = request.patient_id, brought_by(request, HOOKS[service.hook])
    read = {key: answer for key, answer in brought.prefetch.items() if key in service.prefetch}
    answers = {key: answer for key, answer in read.items() if isinstance(answer, Answered)}
    unseen = {each.key: each.state for each in found.keys if each.key in service.prefetch and each.key not in answers}
    resources = sorted_by_type(answers.values())
    chart = read_chart(
        resources,
        unseen,
        drug.needs,
        brought.whom,
        today,
        drug.codes,
        drug.names,
        drug.name,
        site,
        drug.relatives,
        indications=drug.indications,
        included=brought.medications,
        addresses=brought.addresses,
    )
    entries = chart.entries
    return replace(
        found,
        checks=_with_patient(found.checks, not chart.patient_ids - {patient}, entries),
        read=tuple(replace(f, value="", converted="") for f in facts_read(chart.facts)),
        refused=tuple(replace(f, value="") for f in refused(chart.facts, entries)),
        remarks=chart.facts.remarks,
    )


def _with_patient(checks: Sequence[ProtocolCheck], is_one: bool, entries: Iterable[Entry]) -> tuple[ProtocolCheck, ...]:
    """The checks with the one that all is about one patient, beside what was found on the id of the patient in context."""
    about = [place for place, check in enumerate(checks) if check.words.startswith("context.patientId")]
    odd = [checks[place].words for place in about if checks[place].state == NOTE]
    words = "; ".join(("the Patient resource is not the patient in context: answered 400", *odd))
    one = [judged("CALL-6", is_one, "the Patient resource, where there is one, is the patient in context", words)]
    others = sum(OTHER_PATIENT in each.reason for each in entries)
    if is_one and others:
        one.append(
            ProtocolCheck("CALL-6", NOTE, f"{others} resource(s) of the prefetch do not name the patient: not used")
        )
    end = max(about, default=len(checks) - 1) + 1
    return (*(c for c in checks[:end] if is_one or c.words not in odd), *one, *checks[end:])
