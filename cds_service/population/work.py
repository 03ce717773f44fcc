"""The folder in which a run keeps what is finished, so that one that was interrupted goes on where it stood.

It holds patients' data and is its owner's alone. A file in it is whole or not there: each is written beside its place and then moved.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from cds_service.population.export import ExportFault
from cds_service.population.results import PatientResult, decode
from cds_service.population.scan import Found, Parted, Wanted

FOLDER: Final = ".replay-unfinished"
SET_ASIDE: Final = "lines-set-aside.PATIENT-DATA.ndjson"
DECISIONS: Final = "decisions.parquet"
CHANGES: Final = "changes.parquet"
SUMMARY: Final = "summary.json"
REPORT: Final = "report.html"
RESULTS: Final = frozenset({SET_ASIDE, DECISIONS, CHANGES, SUMMARY, REPORT})
_PRIVATE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Work:
    """The unfinished work in the folder of the results."""

    folder: Path

    @classmethod
    def begun(cls, out: Path, manifest: dict[str, object]) -> tuple[Work, bool]:
        """The work on these inputs with these settings, and whether an earlier run left some of it.

        What a run on other inputs or with other settings left is removed.

        Raises: ExportFault where the folder is somebody else's, or cannot be made.
        """
        try:
            out.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            others = sorted(path.name for path in out.iterdir() if path.name not in RESULTS | {FOLDER})
            if others:
                raise ExportFault(
                    str(out),
                    f"{out} holds other files ({others[0]}).",
                    "Name a new folder: --out is made its owner's alone.",
                )
            out.chmod(_PRIVATE)
        except OSError as error:
            raise ExportFault(
                str(out), f"{out} cannot be made ({type(error).__name__}).", "Name a folder of your own for --out."
            ) from None
        work = cls(out / FOLDER)
        text = msgspec.json.encode(manifest, order="deterministic")
        is_same = work._manifest.is_file() and work._manifest.read_bytes() == text
        if not is_same:
            work.remove()
            for each in (work._people, work._parts, work.results):
                each.mkdir(mode=_PRIVATE, parents=True)
            write_whole(work._manifest, text)
        return work, is_same

    @property
    def _manifest(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def _people(self) -> Path:
        return self.folder / "people"

    @property
    def _parts(self) -> Path:
        return self.folder / "parts"

    @property
    def results(self) -> Path:
        """The folder with a file of results for each part that is decided."""
        return self.folder / "results"

    def people_of(self, piece: int) -> Path:
        """The file that says whom a piece of the medication files names."""
        return self._people / f"{piece}.json"

    def wanted_file(self) -> Path:
        """The file that says whose lines are kept."""
        return self.folder / "wanted.json"

    def counts_of(self, piece: int) -> Path:
        """The file that says that a piece is parted, with what was counted."""
        return self._parts / f"{piece}.json"

    def results_of(self, part: int) -> Path:
        """The file with the results of a part."""
        return self.results / f"{part}.ndjson"

    def empty_place(self, piece: int) -> Path:
        """The folder for the parts of a piece, without what an interrupted run left in it."""
        place = self._parts / str(piece)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=_PRIVATE)
        return place

    def lines_of(self, part: int, pieces: int) -> Iterator[bytes]:
        """The lines of a part."""
        for piece in range(pieces):
            place = self._parts / str(piece) / str(part)
            if place.is_file():
                yield from _lines(place)

    def wanted(self, pieces: range) -> Wanted:
        """Whose lines are kept, from what all pieces tell."""
        found = Found()
        for piece in pieces:
            found.add(msgspec.json.decode(self.people_of(piece).read_bytes(), type=Found))
        return Wanted.of(found)

    def counts(self, pieces: int) -> Counter[str]:
        """What was counted of all lines."""
        counts: Counter[str] = Counter()
        for piece in range(pieces):
            counts.update(msgspec.json.decode(self.counts_of(piece).read_bytes(), type=dict[str, int]))
        return counts

    def all_results(self, parts: int) -> Iterator[PatientResult]:
        """The results of all parts, in the order of parts and keys."""
        for part in range(parts):
            yield from map(decode, _lines(self.results_of(part)))

    def set_aside(self, pieces: int, place: Path) -> int:
        """Writes the lines that could not be read into one file; without any there is no file. Returns their number."""
        broken = (own for piece in range(pieces) if (own := self._parts / str(piece) / "broken").is_file())
        return write_lines(place, (line for own in broken for line in _lines(own)))

    def remove(self) -> None:
        """Removes all of it: what is finished stands in the results."""
        shutil.rmtree(self.folder, ignore_errors=True)


def add_portion(place: Path, parted: Parted) -> None:
    """Adds a portion of a piece's lines to the files of its parts."""
    for part, lines in parted.parts.items():
        with (place / str(part)).open("ab") as out:
            out.writelines(line + b"\n" for line in lines)
    if parted.broken:
        with (place / "broken").open("ab") as out:
            out.writelines(line + b"\n" for line in parted.broken)


def write_whole(place: Path, content: bytes) -> None:
    """Writes a file that is whole as soon as it is there."""
    beside = place.with_name(f"{place.name}.{os.getpid()}.new")
    with beside.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(place)


def _lines(place: Path) -> Iterator[bytes]:
    with place.open("rb") as lines:
        for line in lines:
            yield line.removesuffix(b"\n")


def write_lines(place: Path, lines: Iterable[bytes]) -> int:
    """Writes lines into a file of its owner's alone; without any there is no file. Returns their number."""
    place.unlink(missing_ok=True)
    count = 0
    for count, line in enumerate(lines, 1):
        if count == 1:
            place.touch(mode=0o600)
        with place.open("ab") as out:
            out.write(line + b"\n")
    return count
