"""The tables: `decisions.parquet`, a row for each thing that was said on a call, and `changes.parquet`, where two sets of rules differ.

A call on which nothing was said has one row, without an action. Patients stand under the keyed hash of their id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from cds_service.population.export import ExportFault
from cds_service.population.results import Advice, Changed, Decision, PatientResult
from cds_service.population.summary import is_repeat
from cds_service.population.work import CHANGES, DECISIONS, FOLDER

_ROWS_AT_ONCE: Final = 20_000
_CALL: Final = ("patient", "drug", "day", "hook")
_ADVICE: Final = ("action", "urgency", "rules", "indication", "document", "section", "mg_per_day")
_REST: Final = (
    *("place", "is_repeat", "next_cbc_due", "test", "test_due", "test_overdue", "missing", "ordered_mg_per_day"),
    *("ordered_days", "overdue_tests", "unchecked", "failure"),
)


def require_parquet() -> Any:
    """The library that writes Parquet. Raises: ExportFault saying how it is installed."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise ExportFault(
            "pyarrow", "Parquet cannot be written: pyarrow is not installed.", ".venv/bin/pip install -e '.[replay]'"
        ) from None
    return parquet


class Tables(AbstractContextManager["Tables"]):
    """Writes both tables patient by patient; a file is in its place when it is whole.

    Args: the folder; what a patient's key becomes; what is compared, or nothing.
    """

    def __init__(self, out: Path, shown_as: Callable[[str], str], compare: tuple[str, ...]) -> None:
        self._shown_as, self._compare = shown_as, compare
        decisions, changes = _schemas()
        self._decisions = _Table(out / DECISIONS, decisions)
        self._changes = _Table(out / CHANGES, changes) if compare else None
        if not compare:
            # What an earlier run compared is none of these results.
            (out / CHANGES).unlink(missing_ok=True)

    def add(self, result: PatientResult) -> None:
        """The rows of one patient."""
        patient = self._shown_as(result.key)
        before: Decision | None = None
        for decision in result.decisions:
            self._decisions.add(_rows(patient, decision, before))
            before = decision
        if self._changes is None:
            return
        for changed in result.changes:
            sides = zip(self._compare, (changed.before, changed.after), strict=True)
            call = _call(patient, changed)
            self._changes.add({**call, "by": by, **_advice(a)} for by, side in sides for a in side)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for table in (self._decisions, self._changes):
            if table is not None:
                table.close(is_whole=kind is None)


class _Table:
    """One file, written in portions."""

    def __init__(self, path: Path, schema: Any) -> None:
        self._path, self._schema, self._rows = path, schema, list[dict[str, Any]]()
        self._beside = path.parent / FOLDER / path.name
        self._writer = require_parquet().ParquetWriter(self._beside, schema, compression="zstd")

    def add(self, rows: Iterator[dict[str, Any]]) -> None:
        self._rows.extend(rows)
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._write()

    def close(self, *, is_whole: bool) -> None:
        if is_whole:
            self._write()
        self._writer.close()
        if is_whole:
            self._beside.chmod(0o600)
            self._beside.replace(self._path)
        else:
            self._beside.unlink(missing_ok=True)

    def _write(self) -> None:
        import pyarrow

        self._writer.write_table(pyarrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()


def _schemas() -> tuple[Any, Any]:
    import pyarrow as pa

    require_parquet()
    amount, words, day = pa.decimal128(14, 4), pa.list_(pa.string()), pa.date32()
    other = {
        **dict.fromkeys(("mg_per_day", "ordered_mg_per_day"), amount),
        **dict.fromkeys(("rules", "missing", "overdue_tests", "unchecked"), words),
        **dict.fromkeys(("day", "next_cbc_due", "test_due"), day),
        **dict.fromkeys(("is_repeat", "test_overdue"), pa.bool_()),
        "ordered_days": pa.int32(),
    }

    def schema(names: Iterable[str]) -> Any:
        return pa.schema([(name, other.get(name, pa.string())) for name in names])

    return schema((*_CALL, *_ADVICE, *_REST)), schema((*_CALL, "by", *_ADVICE))


def _call(patient: str, of: Decision | Changed) -> dict[str, Any]:
    return {"patient": patient, "drug": of.drug, "day": date.fromisoformat(of.day), "hook": of.hook}


def _rows(patient: str, decision: Decision, before: Decision | None) -> Iterator[dict[str, Any]]:
    call = {
        **_call(patient, decision),
        "ordered_mg_per_day": Decimal(decision.ordered) if decision.ordered else None,
        "ordered_days": decision.ordered_days or None,
        "overdue_tests": list(decision.overdue),
        "unchecked": list(decision.unchecked),
        "failure": decision.failure or None,
    }
    if not decision.advice:
        yield call
    for advice in decision.advice:
        yield {
            **call,
            **_advice(advice),
            "place": "line" if advice.is_line else "card",
            "is_repeat": is_repeat(advice, before) if not advice.is_line else None,
            "next_cbc_due": _day(advice.next_cbc_due),
            "test": advice.test or None,
            "test_due": _day(advice.test_due),
            "test_overdue": advice.test_overdue if advice.test else None,
            "missing": list(advice.missing),
        }


def _advice(advice: Advice) -> dict[str, Any]:
    members: dict[str, Any] = {name: getattr(advice, name) or None for name in _ADVICE}
    members["rules"] = list(advice.rules)
    members["mg_per_day"] = Decimal(advice.mg_per_day) if advice.mg_per_day else None
    return members


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
