"""Replay on one machine: pieces of the export are parted by patient onto the disk, then each part is decided by itself.

No more than a part, or a portion of a piece, is ever in memory; all cores take part; each step that is finished is kept.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Final, Protocol

import msgspec

from cds_service.population.export import ExportFault, Piece, Source, pieces
from cds_service.population.replayer import Plan, Replayer
from cds_service.population.resources import Relevance
from cds_service.population.results import PatientResult, encode
from cds_service.population.scan import Scanner, Wanted, grouped, is_looked_at, is_of_medications
from cds_service.population.work import Work, add_portion, write_whole

_MB: Final = 1024 * 1024
_PART: Final = 8 * _MB
_MOST_PARTS: Final = 512
_LEAST_PIECE: Final = 8 * _MB
_PIECES: Final = 64
# What gzip saves on resources, roughly: only the number of parts depends on it.
_COMPRESSION: Final = 10

Task = Callable[[], None]
RESTART: Final = "What is finished is kept: run the same command again."


class Progress(Protocol):
    """Is told how far a step is."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """`done` of `total` of a step."""


@dataclass(frozen=True, slots=True)
class Size:
    """In how many parts patients are decided, and how large the pieces are that are read, in bytes."""

    parts: int
    piece: int

    @classmethod
    def of(cls, sources: Iterable[Source]) -> Size:
        """By the size of the files."""
        total = sum(source.size * (_COMPRESSION if source.is_compressed else 1) for source in sources)
        return cls(min(_MOST_PARTS, 1 + total // _PART), max(_LEAST_PIECE, total // _PIECES))


@dataclass(frozen=True, slots=True)
class Local:
    """One run on this machine: the work folder, the files, the plan, the number of processes."""

    work: Work
    sources: tuple[Source, ...]
    plan: Plan
    workers: int

    @property
    def pieces(self) -> int:
        """How many pieces are read."""
        return len(self._every)

    @property
    def _every(self) -> tuple[Piece, ...]:
        relevance = Relevance.by(self.plan.settings)
        looked_at = tuple(source for source in self.sources if is_looked_at(source, relevance))
        return pieces(looked_at, Size.of(self.sources).piece)

    def run(self, progress: Progress) -> tuple[Iterator[PatientResult], Counter[str]]:
        """Decides all patients that are not decided yet. Returns: the results of all, and what was counted of the lines.

        Raises: ExportFault where a process ended without a word; OSError where the disk is full.
        """
        size, every = Size.of(self.sources), self._every
        telling = tuple(piece for piece in every if is_of_medications(piece.source))
        settings, work = self.plan, self.work
        with self._pool(len(every) + size.parts > 3) as play:
            finding = [partial(_find, work, settings, n, p) for n, p in enumerate(telling) if _lacks(work.people_of(n))]
            play("who has the drug", finding, len(telling), progress)
            if _lacks(work.wanted_file()):
                write_whole(work.wanted_file(), msgspec.json.encode(work.wanted(range(len(telling)))))
            parting = [
                partial(_part, work, settings, n, p, size.parts)
                for n, p in enumerate(every)
                if _lacks(work.counts_of(n))
            ]
            play("their resources", parting, len(every), progress)
            deciding = [
                partial(_decide, work, settings, n, len(every)) for n in range(size.parts) if _lacks(work.results_of(n))
            ]
            play("their decisions", deciding, size.parts, progress)
        return work.all_results(size.parts), work.counts(len(every))

    @contextmanager
    def _pool(self, is_large: bool) -> Iterator[Callable[[str, Sequence[Task], int, Progress], None]]:
        """What plays the tasks of a step: in processes, or in this one where starting them takes longer than the work."""
        if self.workers < 2 or not is_large:
            yield _play_here
            return
        with ProcessPoolExecutor(self.workers, mp_context=get_context("spawn")) as pool:
            yield partial(_play_in, pool)


def _lacks(place: Path) -> bool:
    return not place.is_file()


def _play_here(step: str, tasks: Sequence[Task], total: int, progress: Progress) -> None:
    progress(step, total - len(tasks), total)
    for number, task in enumerate(tasks, 1):
        task()
        progress(step, total - len(tasks) + number, total)


def _play_in(pool: ProcessPoolExecutor, step: str, tasks: Sequence[Task], total: int, progress: Progress) -> None:
    progress(step, total - len(tasks), total)
    running = [pool.submit(task) for task in tasks]
    try:
        for number, done in enumerate(as_completed(running), 1):
            done.result()
            progress(step, total - len(tasks) + number, total)
    except BrokenProcessPool:
        raise ExportFault("", f"A process ended without a word while it read {step}.", RESTART) from None
    finally:
        for each in running:
            each.cancel()


@cache
def scanner_of(plan: Plan) -> Scanner:
    """What looks at the lines for a plan."""
    return Scanner(Relevance.by(plan.settings))


@cache
def replayer_of(plan: Plan) -> Replayer:
    """What decides by a plan, once for each process."""
    replayer = Replayer(plan)
    if parent_process() is not None:
        # In a process of its own, what was just read stays until the end: to look for garbage in it takes a twentieth of the time.
        gc.freeze()
        gc.set_threshold(100_000)
    return replayer


@cache
def _wanted(work: Work) -> Wanted:
    return msgspec.json.decode(work.wanted_file().read_bytes(), type=Wanted)


def _find(work: Work, plan: Plan, number: int, piece: Piece) -> None:
    write_whole(work.people_of(number), msgspec.json.encode(scanner_of(plan).find(piece)))


def _part(work: Work, plan: Plan, number: int, piece: Piece, parts: int) -> None:
    counts: Counter[str] = Counter()
    place = work.empty_place(number)
    for parted in scanner_of(plan).part(piece, _wanted(work), parts, counts):
        add_portion(place, parted)
    write_whole(work.counts_of(number), msgspec.json.encode(counts))


def _decide(work: Work, plan: Plan, part: int, pieces_: int) -> None:
    replayer = replayer_of(plan)
    results = (replayer.replay(key, lines) for key, lines in grouped(work.lines_of(part, pieces_)).items())
    write_whole(work.results_of(part), b"".join(encode(each) + b"\n" for each in results if each is not None))
