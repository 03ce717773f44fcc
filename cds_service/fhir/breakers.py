"""A host that keeps failing is left alone for some seconds, so that it does not hold every call until its deadline."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pybreaker


class _HostFailed(Exception):
    """Only a message to the circuit breaker."""


class Breakers:
    """One circuit breaker for each origin.

    Args:
        failures: consecutive failures after which a host is left alone.
        seconds: for how long.
    """

    def __init__(self, failures: int, seconds: float) -> None:
        self._failures = failures
        self._seconds = seconds
        self._lock = threading.Lock()
        self._by_origin: dict[str, tuple[pybreaker.CircuitBreaker, pybreaker.CircuitMemoryStorage]] = {}

    def is_shut(self, origin: str) -> bool:
        """Whether the host is left alone for now."""
        breaker, storage = self._of(origin)
        if breaker.current_state != pybreaker.STATE_OPEN or storage.opened_at is None:
            return False
        return bool(time.time() < storage.opened_at.timestamp() + self._seconds)

    def record(self, origin: str, has_failed: bool) -> None:
        """How a request ended. The request itself runs outside of the breaker, whose lock would queue all requests."""
        breaker, _ = self._of(origin)

        def outcome() -> None:
            if has_failed:
                raise _HostFailed

        with suppress(_HostFailed, pybreaker.CircuitBreakerError):  # what the breaker learned is its state
            breaker.call(outcome)

    def _of(self, origin: str) -> tuple[pybreaker.CircuitBreaker, pybreaker.CircuitMemoryStorage]:
        with self._lock:
            if origin not in self._by_origin:
                storage = pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
                breaker = pybreaker.CircuitBreaker(self._failures, self._seconds, state_storage=storage)
                self._by_origin[origin] = (breaker, storage)
            return self._by_origin[origin]
