"""Does every distinct dosage shape in the public data give mg, schedule and mg per day, or a named reason?

`dosage_shapes.csv` holds one instruction of each shape as if it were of 5 mg capsules; its outcomes were read off the
instructions by hand. No instruction of the data is copied.
"""

from __future__ import annotations

import csv
from pathlib import Path

from tests.data.dosages import examples, row
from tests.support.public_data import data_folder

TABLE = Path(__file__).parent / "dosage_shapes.csv"


def table() -> list[dict[str, str]]:
    """The rows."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_shape_gives_the_dose_or_the_reason_of_the_table() -> None:
    data_folder()
    rows = {(r["file"], r["resource"], r["number"]): r for r in table()}
    found = {(r["file"], r["resource"], r["number"]): r for r in map(row, examples())}
    assert {key: rows.get(key) for key in found} == found
    assert len(rows) == len(found)


def test_there_are_at_least_63_shapes_and_each_has_a_dose_or_a_reason() -> None:
    rows = table()
    assert len(rows) >= 63
    assert [] == [r for r in rows if bool(r["mg"]) == bool(r["problem"])]
    assert [] == [r for r in rows if r["mg"] and not (r["times_per_day"] and r["every_days"] and r["mg_per_day"])]
