"""Counters and timings, without a patient in any label."""

from __future__ import annotations

from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MutexValue, ValueClass

CONTENT_TYPE = CONTENT_TYPE_LATEST

requests = Counter("cds_requests", "Requests answered", ["route", "service", "status"])
seconds = Histogram(
    "cds_request_seconds",
    "Time from request to answer",
    ["route", "service"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16),
)
cards = Counter("cds_cards", "Cards shown", ["service", "indicator"])
feedback = Counter("cds_feedback", "Feedback entries kept", ["service", "outcome"])
records_lost = Counter("cds_records_lost", "Decision records that could not be kept")
unmapped = Counter(
    "cds_unmapped_results", "Results whose words name a fact and whose local code is not mapped", ["fact"]
)
reduced = Counter("cds_cards_reduced", "What cards had to leave out or name as a gap", ["service", "reason"])
failures = Counter("cds_failures", "Answers 500: the service itself failed")


# Routes, services and statuses are few; to look a metric up by its labels costs more than to count.
@cache
def of_request(route: str, service: str, status: str) -> tuple[Counter, Histogram]:
    """The count and the timing of the requests of a route and a service that were answered with a status."""
    return requests.labels(route, service, status), seconds.labels(route, service)


def exposition() -> bytes:
    """All metrics, summed over the worker processes where there are several."""
    if ValueClass is MutexValue:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
