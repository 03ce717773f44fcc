"""A FHIR Bulk Data export: a folder of NDJSON files, plain or gzip, many for a type; one folder below it for each source system.

Files are read line by line in pieces of bounded size. What cannot be read is counted and handed on, never lost.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from cds_service.errors import CdsError
from cds_service.synthetic.export import EXPECTED

LONGEST_LINE: Final = 16 * 1024 * 1024
_ENDINGS: Final = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
_TYPE: Final = re.compile(r"(?:^|[^A-Za-z])([A-Z][A-Za-z]+)")
_CUT_OFF: Final = (EOFError, gzip.BadGzipFile, zlib.error)


class ExportFault(CdsError):
    """An export that cannot be replayed, in one line: what is wrong, where, and what to do."""

    code = "CDS-EXPORT"


@dataclass(frozen=True, slots=True)
class Source:
    """One file: the system it is of (the folders between the export and it, "" at the top) and the type that its name says, if any."""

    path: Path
    system: str
    size: int
    kind: str = ""

    @property
    def is_compressed(self) -> bool:
        """Whether it can only be read from its beginning."""
        return self.path.suffix == ".gz"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file: the lines that begin in [start, end); a compressed file is one piece."""

    source: Source
    start: int
    end: int


@dataclass(slots=True)
class Lines:
    """The lines of a piece, and what became of those that are none: too long ones, and where the file ends early."""

    piece: Piece
    too_long: int = 0
    is_cut_off: bool = False

    def __iter__(self) -> Iterator[bytes]:
        """Each line without its end; of one that is too long only the beginning, which is no resource."""
        source = self.piece.source
        with source.path.open("rb") as plain:
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=plain)) if source.is_compressed else plain
            try:
                yield from self._read(stream)
            except _CUT_OFF:
                self.is_cut_off = True

    def _read(self, stream: IO[bytes]) -> Iterator[bytes]:
        at, end = self.piece.start, math.inf if self.piece.source.is_compressed else self.piece.end
        if at:
            # The line that the piece before began is its own.
            stream.seek(at - 1)
            at += self._rest_of_line(stream, b"") - 1
        while at < end:
            line = stream.readline(LONGEST_LINE)
            if not line:
                return
            at += len(line)
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                self.too_long += 1
                at += self._rest_of_line(stream, line)
            if text := line.strip():
                yield text

    def _rest_of_line(self, stream: IO[bytes], begun: bytes) -> int:
        """Reads to the end of the line; the number of bytes."""
        count, last = 0, begun
        while not (count and last.endswith(b"\n")):
            last = stream.readline(LONGEST_LINE)
            if not last:
                break
            count += len(last)
        return count


def sources(folder: Path) -> tuple[Source, ...]:
    """The files of an export, by name.

    Raises: ExportFault for a folder that is not there, or without NDJSON files or Patient files.
    """
    if not folder.is_dir():
        raise ExportFault(str(folder), f"{folder} is no folder.", "Name the folder of a FHIR Bulk Data export.")
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name.endswith(_ENDINGS))
    found = tuple(_source(path, folder) for path in paths if path.name != EXPECTED)
    if not found:
        raise ExportFault(
            str(folder), f"{folder} holds no .ndjson file.", "Name the folder of a FHIR Bulk Data export."
        )
    if not any(source.kind in ("Patient", "") for source in found):
        there = ", ".join(sorted({source.kind for source in found}))
        raise ExportFault(
            str(folder),
            f"{folder} holds no Patient file, only {there}.",
            "Export the Patients too: no one is decided without.",
        )
    return found


def pieces(found: tuple[Source, ...], size: int) -> tuple[Piece, ...]:
    """The files in pieces of about `size` bytes."""
    parts: list[Piece] = []
    for source in found:
        if source.is_compressed:
            parts.append(Piece(source, 0, source.size))
            continue
        starts = range(0, source.size, size)
        parts += [Piece(source, start, min(start + size, source.size)) for start in starts]
    return tuple(parts)


def _source(path: Path, folder: Path) -> Source:
    system = path.parent.relative_to(folder).as_posix()
    named = _TYPE.search(path.name.split(".ndjson")[0].split(".jsonl")[0])
    return Source(path, "" if system == "." else system, path.stat().st_size, named[1] if named else "")
