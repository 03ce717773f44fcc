"""Fetching what a caller did not send along: a few queries in parallel, to listed servers only, within one deadline.

Every failure is a named reason. Nothing here keeps, logs or puts into a message a token, an address with its query, or
a patient's value.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from cds_service.fhir.breakers import Breakers
from cds_service.fhir.connections import POOLS, Limit, current
from cds_service.fhir.fetch_result import (
    INCOMPLETE,
    NOT_FHIR,
    REFUSED,
    TIMEOUT,
    TOO_LARGE,
    UNAVAILABLE,
    UNREACHABLE,
    Failure,
    FetchResult,
    OnePage,
    checked,
    is_outcome,
)
from cds_service.fhir.origins import origin_of, page_address

_LONG_ADDRESS = 1900
_CHUNK = 65536
_GRACE_SECONDS = 0.5
_HOST_FAILURES = frozenset({TIMEOUT, UNREACHABLE})
_RETRIED_STATUS = frozenset({502, 503, 504})
_NO_POST_SEARCH = frozenset({404, 405, 501})


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: requests would otherwise read a redirect's whole body even when it does not follow."""
        return None


def _session(threads: int) -> requests.Session:
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(pool_connections=8, pool_maxsize=threads * 4, max_retries=0))
    return session


@dataclass
class FhirClient:
    """Settings and connections shared by all calls.

    Args:
        allowed_origins: exact origins (scheme, host, port) that may be queried; plain http only where listed so.
        deadline_seconds: for all fetching of one call.
        per_query_seconds: for one HTTP request.
        max_bytes: of one body.
        max_pages: of one query.
        threads: queries at a time.
        breaker_failures: consecutive failures of a host after which it is left alone for `breaker_seconds`.
        ca_bundle: file of the certificate authorities to trust instead of the public ones.
    """

    allowed_origins: Iterable[str]
    deadline_seconds: float = 8
    per_query_seconds: float = 4
    max_bytes: int = 10_000_000
    max_pages: int = 10
    threads: int = 8
    breaker_failures: int = 16
    breaker_seconds: float = 5
    ca_bundle: str | None = None

    def __post_init__(self) -> None:
        # urllib3 writes addresses with their query at DEBUG and in header warnings.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        self.allowed_origins = _origins(self.allowed_origins)
        self.session = _session(self.threads)
        self.session.verify = self.ca_bundle or True
        self.breakers = Breakers(self.breaker_failures, self.breaker_seconds)

    def call(self, allowed_origins: Iterable[str] | None = None) -> FhirCall:
        """The fetching of one hook call: its deadline runs from here, over all its `fetch`es.

        Args:
            allowed_origins: the origins allowed for this caller, instead of the client's own.
        """
        origins = frozenset(self.allowed_origins) if allowed_origins is None else _origins(allowed_origins)
        return FhirCall(self, origins, time.monotonic() + self.deadline_seconds)

    def fetch(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
        """Fetches under a deadline of its own; see `FhirCall.fetch`."""
        return self.call().fetch(server, token, queries)


def _origins(addresses: Iterable[str]) -> frozenset[str]:
    """Raises: ValueError for an entry that is no http or https origin."""
    origins = frozenset(origin_of(address) for address in addresses)
    if "" in origins:
        raise ValueError("an allowed FHIR origin is not of the form https://host[:port]")
    return origins


@dataclass(frozen=True, slots=True)
class FhirCall:
    """The fetching of one hook call, all of it before `until` (monotonic seconds)."""

    client: FhirClient
    allowed_origins: frozenset[str]
    until: float

    def fetch(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
        """Fetches each query, and its further pages, and returns when all are there or the time is over.

        Args:
            server: FHIR base address. token: bearer token of this very call, or None.
            queries: by key, relative to the base, or the address of a further page.

        Returns: by key; every key is there. No request is under way when this returns.
        """
        origin = origin_of(server)
        if origin not in self.allowed_origins or "?" in server:
            return {key: FetchResult(failure=REFUSED) for key in queries}
        if not queries:
            return {}
        base = server.rstrip("/") + "/"
        jobs = {key: _Job(self, base, token, query) for key, query in queries.items()}
        pool = ThreadPoolExecutor(min(self.client.threads, len(jobs)), thread_name_prefix="fhir")
        try:
            futures = {pool.submit(job.run): key for key, job in jobs.items()}
            self._watch(set(futures), list(jobs.values()))
        finally:
            for job in jobs.values():
                job.stop()
            pool.shutdown(wait=False, cancel_futures=True)
        wait([future for future in futures if not future.cancelled()], timeout=_GRACE_SECONDS)
        return {key: _result(future) for future, key in futures.items()}

    def _watch(self, pending: set[Future[FetchResult]], jobs: list[_Job]) -> None:
        """Cuts each request at its own limit until all are done or the call's time is over."""
        while pending and (left := self.until - time.monotonic()) > 0:
            limits = [limit for job in jobs if (limit := job.limit) is not None and not limit.is_cut]
            nearest = min((limit.until - time.monotonic() for limit in limits), default=0.05)
            # A request that begins while this waits has no limit yet, so the wait is short.
            _, pending = wait(pending, timeout=max(0.005, min(left, nearest, 0.05)), return_when=FIRST_COMPLETED)
            for limit in limits:
                if limit.is_over():
                    limit.cut()


def _result(future: Future[FetchResult]) -> FetchResult:
    return future.result() if future.done() and not future.cancelled() else FetchResult(failure=TIMEOUT)


class _Job:
    """One query with its pages."""

    def __init__(self, call: FhirCall, base: str, token: str | None, query: str) -> None:
        self.limit: Limit | None = None
        self._call = call
        self._client = call.client
        self._base = base
        self._query = query
        self._is_stopped = False
        self._headers = {"Accept": "application/fhir+json", "Accept-Encoding": "identity", "User-Agent": "cds-service"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def stop(self) -> None:
        """Ends the request under way and lets no further one begin."""
        self._is_stopped = True
        if (limit := self.limit) is not None:
            limit.cut()

    def run(self) -> FetchResult:
        """The pages; once the first has come, a later failure leaves the answer incomplete."""
        pages: list[bytes] = []
        is_page = origin_of(self._query) != ""
        address = page_address(self._base, self._query) if is_page else self._base + self._query
        seen: set[str] = set()
        while address:
            if len(pages) == self._client.max_pages or address in seen:
                return FetchResult(tuple(pages), INCOMPLETE)
            seen.add(address)
            try:
                body, link = self._page(address, is_page or bool(pages))
            except Failure as failure:
                return FetchResult(tuple(pages), INCOMPLETE if pages else failure.reason)
            pages.append(body)
            if not link or isinstance(self._query, OnePage):
                return FetchResult(tuple(pages))
            address = page_address(address, link)
        return FetchResult(tuple(pages), INCOMPLETE if pages else REFUSED)

    def _page(self, address: str, is_page: bool) -> tuple[bytes, str]:
        kind, _, parameters = address.removeprefix(self._base).partition("?")
        if not is_page and parameters and len(address) > _LONG_ADDRESS:
            status, body = self._with_retry("POST", f"{self._base}{kind}/_search", parameters)
            if status not in _NO_POST_SEARCH:
                return checked(status, body, "Bundle")
        status, body = self._with_retry("GET", address)
        return checked(status, body, "Bundle" if is_page or parameters else kind.partition("/")[0])

    def _with_retry(self, method: str, address: str, form: str = "") -> tuple[int, bytes]:
        """One more try where the server may just have been restarting, but never after it said what is wrong."""
        try:
            status, body = self._send(method, address, form)
        except Failure as failure:
            if failure.reason != UNREACHABLE or self._is_over():
                raise
            return self._send(method, address, form)
        if status in _RETRIED_STATUS and not self._is_over() and not is_outcome(body):
            return self._send(method, address, form)
        return status, body

    def _is_over(self) -> bool:
        return self._is_stopped or time.monotonic() >= self._call.until

    def _send(self, method: str, address: str, form: str) -> tuple[int, bytes]:
        origin = origin_of(address)
        if self._is_over():
            raise Failure(TIMEOUT)
        if self._client.breakers.is_shut(origin):
            raise Failure(UNAVAILABLE)
        limit = Limit(min(self._call.until, time.monotonic() + self._client.per_query_seconds))
        current.limit = self.limit = limit
        if self._is_stopped:
            limit.cut()
        try:
            status, body = self._exchange(method, address, form, limit)
        except Failure as failure:
            self._client.breakers.record(origin, failure.reason in _HOST_FAILURES)
            raise
        finally:
            limit.release()
        self._client.breakers.record(origin, status in _RETRIED_STATUS)
        return status, body

    def _exchange(self, method: str, address: str, form: str, limit: Limit) -> tuple[int, bytes]:
        headers = dict(self._headers)
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            with self._client.session.request(
                method,
                address,
                data=requests.utils.requote_uri(form) if form else None,
                headers=headers,
                timeout=limit.left(),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._body(response)
                status = response.status_code
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            is_late = limit.is_over() or isinstance(error, requests.Timeout)
            raise Failure(TIMEOUT if is_late else UNREACHABLE) from None
        # A body without a length ends where the connection ends: cut off, it would look whole.
        if limit.is_cut:
            raise Failure(TIMEOUT)
        return status, body

    def _body(self, response: requests.Response) -> bytes:
        if response.status_code < 500 and not 200 <= response.status_code < 300:
            return b""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Failure(NOT_FHIR)
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._client.max_bytes:
                raise Failure(TOO_LARGE)
        return bytes(body)
