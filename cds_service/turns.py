"""So much work at once and no more: whoever comes beyond that waits a moment, and is then sent away with a word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from cds_service.errors import Overloaded


class Turns:
    """The turns that one process gives: `at_once` at a time; `patience` in seconds is how long a further one waits for its own."""

    def __init__(self, at_once: int, patience: float) -> None:
        self._free = BoundedSemaphore(at_once)
        self._patience = patience

    @contextmanager
    def one(self) -> Iterator[None]:
        """One turn, for as long as the block runs.

        Raises: Overloaded where none becomes free in time.
        """
        if not self._free.acquire(timeout=self._patience):
            raise Overloaded()
        try:
            yield
        finally:
            self._free.release()
