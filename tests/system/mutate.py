"""Plays mutated requests against the whole application and tells what must not happen: a 500, a slow answer, a traceback.

    python -m tests.system.mutate --count 100000 --processes 2

Each fault is told by its number; `--first NUMBER --count 1` plays it again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.support.application import client
from tests.support.mutation import Seed, mutated

SLOWEST_SECONDS = 2.0
_TELL_EVERY = 5000


@dataclass
class Played:
    """What became of the requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


def play(first: int, count: int) -> Played:
    """Play the requests with the numbers from `first` on."""
    played = Played()
    for number in range(first, first + count):
        origin, body = mutated(number)
        answer, log, took = _answered(origin, body)
        if took > SLOWEST_SECONDS:
            # The first call of a process loads what a server has loaded beforehand, and machines are busy at times.
            answer, log, took = _answered(origin, body)
        played.statuses[answer.status_code] += 1
        played.slowest = max(played.slowest, took)
        if answer.status_code >= 500:
            line = next((one for one in log.splitlines() if '"failure"' in one), "")
            played.faults.append(f"{number} ({origin.name}): status {answer.status_code} {line}")
        elif took > SLOWEST_SECONDS:
            played.faults.append(f"{number} ({origin.name}): {took:.2f} s")
        elif "Traceback" in answer.text or "Traceback" in log:
            played.faults.append(f"{number} ({origin.name}): a traceback")
    return played


def _answered(origin: Seed, body: bytes) -> tuple[Any, str, float]:
    """The answer, what was logged, and the seconds it took."""
    target = client(jurisdiction=origin.jurisdiction, today=origin.today)
    log = io.StringIO()
    began = time.perf_counter()
    with contextlib.redirect_stderr(log):
        answer = target.post(f"/cds-services/{origin.service}", data=body, content_type="application/json")
    return answer, log.getvalue(), time.perf_counter() - began


def main() -> int:
    """Run and print; 0 where nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    chunk = max(1, min(500, arguments.count // arguments.processes))
    end = arguments.first + arguments.count
    chunks = [(first, min(chunk, end - first)) for first in range(arguments.first, end, chunk)]
    whole = Played()
    done = 0
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        for part, (_, count) in zip(pool.imap(_play, chunks), chunks, strict=True):
            whole.statuses += part.statuses
            whole.slowest = max(whole.slowest, part.slowest)
            whole.faults += part.faults
            done += count
            print("\n".join(part.faults), end="\n" if part.faults else "")
            if done % _TELL_EVERY < count:
                print(f"{done} played, {len(whole.faults)} faults, slowest {whole.slowest:.2f} s", flush=True)
    print(f"{sum(whole.statuses.values())} played: {dict(sorted(whole.statuses.items()))}")
    print(f"slowest {whole.slowest:.3f} s; {len(whole.faults)} faults")
    return 1 if whole.faults else 0


def _play(chunk: tuple[int, int]) -> Played:
    return play(*chunk)


if __name__ == "__main__":
    sys.exit(main())
