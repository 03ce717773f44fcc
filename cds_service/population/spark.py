"""Replay on a Spark cluster: Spark reads, joins and parts by its own means; one function decides each patient, as on one machine.

The export and the results lie where every worker sees them under the same path. What is done is written by Spark's own commit: a
worker that dies costs its tasks, which others do again.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from cds_service.population.export import LONGEST_LINE, ExportFault, Lines, Piece, Source
from cds_service.population.local import Progress, replayer_of, scanner_of
from cds_service.population.replayer import Plan
from cds_service.population.resources import Relevance
from cds_service.population.results import PatientResult, decode, encode
from cds_service.population.scan import (
    BROKEN,
    CUT_OFF,
    NOBODYS,
    OTHER_TYPES,
    TOO_LONG,
    Scanner,
    head_of,
    is_looked_at,
    is_of_medications,
    key_of,
)
from cds_service.population.work import Work, write_lines

_TEXT: Final = "system string, value binary"
_TOLD: Final = "key string, is_drug boolean, refers array<string>, is_medication boolean"
_LINE: Final = "what string, key string, line binary, number long"
_RESULT: Final = "result binary"
_RESOURCE: Final = "resource"
_MEDICATION: Final = "medication"
_COUNT: Final = "count"
_BROKEN: Final = "broken"
_STEP: Final = "parts of the export"


class Cluster(AbstractContextManager["Cluster"]):
    """One run on a cluster.

    Args: the master's address; the files; the work folder; the plan.

    Raises: ExportFault where PySpark is not installed.
    """

    def __init__(self, master: str, found: tuple[Source, ...], work: Work, plan: Plan) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise ExportFault(
                "pyspark", "Spark cannot be used: PySpark is not installed.", ".venv/bin/pip install -e '.[spark]'"
            ) from None
        self._work, self._plan = work, plan
        self._sources = tuple(s for s in found if is_looked_at(s, Relevance.by(plan.settings)))
        if master.startswith("local"):
            # On a cluster PYSPARK_PYTHON says which Python the workers have; here it is this one.
            os.environ["PYSPARK_PYTHON"] = sys.executable
        # What workers write beside (shuffles, spills) is patients' data, and stays where one is killed: its key goes with the run.
        builder = SparkSession.builder.config("spark.io.encryption.enabled", "true")
        self._spark = builder.master(master).appName("cds-service replay").getOrCreate()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spark.stop()

    def run(self, progress: Progress) -> tuple[Iterator[PatientResult], Counter[str]]:
        """Decides all patients, as far as an earlier run has not. Returns: the results of all, and what was counted."""
        folder = self._work.folder
        told, lines, results = folder / "told", folder / "lines", folder / "decided"
        progress(_STEP, 0, 3)
        if not _is_done(told):
            self._text(is_of_medications).mapInPandas(partial(_tell, self._plan), _TOLD).write.mode(
                "overwrite"
            ).parquet(str(told))
        progress(_STEP, 1, 3)
        wanted, refers = self._wanted(self._spark.read.schema(_TOLD).parquet(str(told)))
        if not _is_done(lines):
            self._lines_of(wanted).write.mode("overwrite").partitionBy("what").parquet(str(lines))
        progress(_STEP, 2, 3)
        if not _is_done(results):
            kept = self._spark.read.schema(_LINE).parquet(str(lines))
            decided = _charts(kept, wanted, refers).groupBy("key").applyInPandas(partial(_decide, self._plan), _RESULT)
            decided.write.mode("overwrite").parquet(str(results))
        progress(_STEP, 3, 3)
        counts: Counter[str] = Counter()
        for row in _rows(lines / f"what={_COUNT}", ("key", "number")):
            counts[row["key"]] += row["number"]
        return (decode(row["result"]) for row in _rows(results, ("result",))), counts

    def set_aside(self, place: Path) -> int:
        """Writes the lines that could not be read into one file. Returns their number."""
        rows = _rows(self._work.folder / "lines" / f"what={_BROKEN}", ("line",))
        return write_lines(place, (row["line"] for row in rows))

    def _wanted(self, told: Any) -> tuple[Any, Any]:
        """The keys of those who take, or may take, a drug; and for each patient the Medications that its resources name."""
        from pyspark.sql import functions as f

        patients = told.where("not is_medication")
        refers = patients.select("key", f.explode("refers").alias("medication")).distinct()
        own = told.where("is_medication and is_drug").select(f.col("key").alias("medication")).distinct()
        by_reference = refers.join(own, "medication").select("key")
        return patients.where("is_drug").select("key").union(by_reference).distinct(), refers

    def _lines_of(self, wanted: Any) -> Any:
        """The lines of those patients with their keys, all Medications with theirs, broken lines, and what was counted."""
        from pyspark.sql import functions as f

        lines = self._text(lambda _source: True).mapInPandas(partial(_look_at, self._plan), _LINE)
        marked = lines.join(wanted.withColumn("is_wanted", f.lit(True)), "key", "left")
        return marked.where(f"what <> '{_RESOURCE}' or is_wanted").drop("is_wanted")

    def _text(self, is_asked: Callable[[Source], bool]) -> Any:
        """The lines of some files with their system: plain files in Spark's own pieces, compressed ones whole."""
        from pyspark.sql import functions as f

        frame = self._spark.createDataFrame([], _TEXT)
        for system in sorted({source.system for source in self._sources}):
            plain = [
                str(s.path.resolve())
                for s in self._sources
                if s.system == system and not s.is_compressed and is_asked(s)
            ]
            if plain:
                read = self._spark.read.text(plain, lineSep="\n")
                frame = frame.unionByName(read.select(f.lit(system).alias("system"), f.col("value").cast("binary")))
        packed = [(s.system, str(s.path.resolve()).encode()) for s in self._sources if s.is_compressed and is_asked(s)]
        if packed:
            paths = self._spark.createDataFrame(packed, _TEXT).repartition(len(packed))
            frame = frame.unionByName(paths.mapInPandas(_unpack, _TEXT))
        return frame


def _charts(lines: Any, wanted: Any, refers: Any) -> Any:
    """Each patient's lines, with the Medications that they name."""
    theirs = refers.join(wanted, "key", "left_semi")
    medications = (
        lines.where(f"what = '{_MEDICATION}'").withColumnRenamed("key", "medication").join(theirs, "medication")
    )
    return lines.where(f"what = '{_RESOURCE}'").select("key", "line").unionByName(medications.select("key", "line"))


def _is_done(folder: Path) -> bool:
    return (folder / "_SUCCESS").is_file()


def _rows(folder: Path, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The rows that Spark wrote into a folder, some at a time."""
    import pyarrow.parquet as parquet

    for path in sorted(folder.glob("*.parquet")):
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1000, columns=list(columns)):
                yield from batch.to_pylist()


def _frame(rows: list[tuple[Any, ...]], schema: str) -> Any:
    import pandas

    return pandas.DataFrame(rows, columns=[column.split()[0] for column in schema.split(", ")])


def _unpack(frames: Iterable[Any]) -> Iterator[Any]:
    """The lines of compressed files; what ends early or is too long ends in a line that says so."""
    for frame in frames:
        for system, path in zip(frame["system"], frame["value"], strict=True):
            place = Path(bytes(path).decode())
            lines = Lines(Piece(Source(place, system, place.stat().st_size), 0, 0))
            portion: list[tuple[Any, ...]] = []
            for line in lines:
                portion.append((system, line))
                if len(portion) >= 1000:
                    yield _frame(portion, _TEXT)
                    portion = []
            yield _frame([*portion, *([(system, CUT_OFF.encode())] if lines.is_cut_off else [])], _TEXT)


def _tell(plan: Plan, frames: Iterable[Any]) -> Iterator[Any]:
    scanner = scanner_of(plan)
    for frame in frames:
        pairs = zip(frame["system"], frame["value"], strict=True)
        told = (scanner.told_by(system, bytes(line).strip()) for system, line in pairs)
        yield _frame([(t.key, t.is_drug, list(t.refers), t.is_medication) for t in told if t is not None], _TOLD)


def _look_at(plan: Plan, frames: Iterable[Any]) -> Iterator[Any]:
    scanner = scanner_of(plan)
    counts: Counter[str] = Counter()
    for frame in frames:
        rows: list[tuple[Any, ...]] = []
        for system, text in zip(frame["system"], frame["value"], strict=True):
            rows += _row(scanner, system, bytes(text).strip(), counts)
        yield _frame(rows, _LINE)
    yield _frame([(_COUNT, name, None, number) for name, number in counts.items()], _LINE)


def _row(scanner: Scanner, system: str, line: bytes, counts: Counter[str]) -> list[tuple[Any, ...]]:
    """The row of a line; none where no rule looks at it."""
    if not line:
        return []
    if line == CUT_OFF.encode():
        counts[CUT_OFF] += 1
        return []
    head = head_of(line)
    if head is None:
        counts[BROKEN] += 1
        counts[TOO_LONG] += len(line) >= LONGEST_LINE - 1
        return [(_BROKEN, system, line, 1)]
    if head.resourceType not in scanner.relevance.types:
        counts[OTHER_TYPES] += 1
    elif head.resourceType == "Medication":
        return [(_MEDICATION, key_of(system, head.id), line, 1)]
    elif not head.patient_id:
        counts[NOBODYS] += 1
    elif scanner.relevance.holds(head):
        return [(_RESOURCE, key_of(system, head.patient_id), line, 1)]
    return []


def _decide(plan: Plan, frame: Any) -> Any:
    """The result of one patient: none for one without the drug."""
    key = str(frame["key"].iloc[0])
    result = replayer_of(plan).replay(key, map(bytes, frame["line"]))
    return _frame([(encode(result),)] if result is not None else [], _RESULT)
