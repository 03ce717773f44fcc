"""Key by key, from what the caller sent and what its FHIR server answers, to the data that the rules look at.

Sent data are never asked for again: neither `null`, nor an empty Bundle, nor an OperationOutcome. What could not be
obtained is named with its reason, and is the call's end (412) only where the need is required on the hook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import msgspec

from cds_service.cdshooks.prefetch import Answered, Failed, asked_for, read_answer
from cds_service.errors import DataUnobtainable
from cds_service.fhir.fetch_result import INCOMPLETE, NOT_FOUND, REFUSED, FetchResult, OnePage
from cds_service.fhir.medication_shapes import KINDS, OLD_TYPES
from cds_service.fhir.origins import page_address
from cds_service.fhir.queries import NeedLike, resolve

NOT_FETCHED = "not in the request, and nothing is fetched here"
NO_SERVER = "not in the prefetch, and no FHIR server was given"
# Reasons for which no server was asked anything.
NOT_ASKED = frozenset({NO_SERVER, NOT_FETCHED, REFUSED})
UNLISTED = (
    "List the FHIR server's origin in CDS_FHIR_SERVERS, or in `fhir_servers` of the client; or send the prefetch keys as the "
    "service's discovery entry describes them, or an empty Bundle where nothing is on file."
)
NO_CONTEXT = "not in the prefetch, and the context does not hold what its template names"


class Fetcher(Protocol):
    """What fetches: a FhirClient, or the FhirCall of one hook call, whose stages share a deadline."""

    def fetch(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
        """The result of each query by its key."""


class FetchesNothing:
    """A Fetcher for a call that is only looked at: each query fails with NOT_FETCHED."""

    def fetch(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
        """The failure for each key."""
        return {key: FetchResult(failure=NOT_FETCHED) for key in queries}


@dataclass(frozen=True, slots=True)
class Obtained:
    """What is known now.

    Args:
        answers: by prefetch key the resources that came; () means that none are on record.
        by_type: all of them by their type, which is what they count by.
        unseen: by prefetch key why its data, or a part of them, could not be seen; a key can stand in both.
        remarks: what the card should say about how the data came.
    """

    answers: Mapping[str, tuple[msgspec.Raw, ...]] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    by_type: Mapping[str, tuple[msgspec.Raw, ...]] = field(default_factory=dict)

    def joined(self, other: Obtained) -> Obtained:
        """Both stages of one call together."""
        by_type = {**self.by_type, **other.by_type}
        for kind in self.by_type.keys() & other.by_type.keys():
            by_type[kind] = self.by_type[kind] + other.by_type[kind]
        return Obtained(
            {**self.answers, **other.answers}, {**self.unseen, **other.unseen}, self.remarks + other.remarks, by_type
        )


def obtain(
    needs: Iterable[NeedLike],
    templates: Mapping[str, str],
    request_prefetch: Mapping[str, Answered | Failed],
    context: Mapping[str, object],
    hook: str,
    fetcher: Fetcher,
    server: str | None,
    token: str | None,
    *,
    raise_required: bool = True,
) -> Obtained:
    """The data of each need, from the prefetch or else from the FHIR server, one query for each missing key.

    Args:
        needs: what the rules look at.
        templates: the published template of each need's key.
        request_prefetch: the sent keys as `read_answer` read them.
        context: the hook's context, for the templates' tokens. hook: its name.
        fetcher: see Fetcher. server: FHIR base address, None when the caller gave none. token: for that server.
        raise_required: False leaves it to the caller what follows from `unseen`, as where only a first look is taken.

    Raises: DataUnobtainable naming each key that is required on this hook and could not be obtained whole.
    """
    needed = {need.key: need for need in needs}
    pages: dict[str, list[Answered | Failed]] = {
        key: [asked_for(request_prefetch[key], _kinds_of(need.resource))]
        for key, need in needed.items()
        if key in request_prefetch
    }
    unseen: dict[str, str] = {}
    queries: dict[str, str] = {}
    required = [key for key, need in needed.items() if hook in need.required_on]
    for key in dict.fromkeys([*required, *needed]):
        sent, is_latest = pages.get(key), _is_latest(needed[key])
        if sent is not None and (is_latest or _is_whole(sent[0])):
            continue
        query, reason = _query(sent, templates.get(key, ""), context, server)
        if query:
            queries[key] = OnePage(query) if is_latest else query
        elif reason:
            unseen[key] = reason
    results = fetcher.fetch(server, token, queries) if server and queries else {}
    remarks: list[str] = []
    for key in queries:
        result = results.get(key, FetchResult(failure=INCOMPLETE))
        if result.failure == NOT_FOUND and needed[key].may_be_unsupported and key not in pages:
            pages[key] = [Answered(())]
            remarks.append(f"the FHIR server has no search for {needed[key].resource}")
            continue
        reason = INCOMPLETE if result.failure and key in pages else result.failure
        pages.setdefault(key, []).extend(read_answer(page) for page in result.pages)
        if reason:
            unseen[key] = reason
    answers = _answers(pages, unseen)
    # The searches by code are the complete ones: what of the newest results is not seen is no gap.
    unseen = {key: reason for key, reason in unseen.items() if not _is_latest(needed[key])}
    by_type = sorted_by_type(part for parts in pages.values() for part in parts if isinstance(part, Answered))
    missing = {key: unseen[key] for key in required if key in unseen}
    if missing and raise_required:
        raise DataUnobtainable(missing, UNLISTED if REFUSED in missing.values() else "")
    return Obtained(answers, unseen, tuple(remarks), by_type)


def _is_latest(need: NeedLike) -> bool:
    return bool(getattr(need, "latest", 0))


def _is_whole(sent: Answered | Failed) -> bool:
    """Whether there is nothing more to ask for: no further page of it."""
    return isinstance(sent, Failed) or not sent.next_link


def _query(
    sent: list[Answered | Failed] | None, template: str, context: Mapping[str, object], server: str | None
) -> tuple[str, str]:
    """The query that is still to be made for what was not sent, or not whole, or the reason why none can be."""
    if sent is None:
        if not server:
            return "", NO_SERVER
        query = resolve(template, context)
        return (query, "") if query else ("", NO_CONTEXT)
    first = sent[0]
    link = first.next_link if isinstance(first, Answered) else ""
    address = page_address(server.rstrip("/") + "/", link) if server else ""
    return (address, "") if address else ("", INCOMPLETE)


def _answers(
    pages: Mapping[str, list[Answered | Failed]], unseen: dict[str, str]
) -> dict[str, tuple[msgspec.Raw, ...]]:
    """The resources by key; what a page says of itself (an OperationOutcome, incomplete) is added to `unseen`."""
    answers: dict[str, tuple[msgspec.Raw, ...]] = {}
    for key, parts in pages.items():
        only = parts[0] if len(parts) == 1 else None
        if isinstance(only, Answered) and not only.incomplete and (only.total or 0) <= len(only.resources):
            # Nearly every key: one page, whole as far as it says.
            answers[key] = only.resources
            continue
        good: list[Answered] = []
        fault = ""
        for part in parts:
            if isinstance(part, Answered):
                good.append(part)
                fault = fault or part.incomplete
            else:
                fault = fault or part.reason
        fault = fault or _cut_off(good)
        if fault:
            unseen.setdefault(key, fault)
        if good:
            many = len(good) > 1
            answers[key] = tuple(raw for part in good for raw in part.resources) if many else good[0].resources
    return answers


@cache
def _kinds_of(resource: str) -> frozenset[str]:
    """The resource types that answer a need for one: medication orders and statements also as they were called before."""
    return frozenset({resource, *(old for old in OLD_TYPES if KINDS.get(old) == KINDS.get(resource))})


def _cut_off(parts: list[Answered]) -> str:
    """A reason when the server counted more matches than came, as when a caller cuts a search without a next link."""
    totals = [part.total for part in parts if part.total is not None]
    return INCOMPLETE if totals and max(totals) > sum(len(part.resources) + part.skipped for part in parts) else ""


def sorted_by_type(parts: Iterable[Answered]) -> dict[str, tuple[msgspec.Raw, ...]]:
    """The resources by what they are, whatever key they came under."""
    found: dict[str, list[msgspec.Raw]] = {}
    for part in parts:
        if len({*part.kinds}) == 1:
            found.setdefault(part.kinds[0], []).extend(part.resources)
            continue
        for kind, raw in zip(part.kinds, part.resources, strict=True):
            found.setdefault(kind, []).append(raw)
    return {kind: tuple(raws) for kind, raws in found.items()}
