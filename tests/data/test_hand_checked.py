"""Is every neutrophil count, platelet count, haemoglobin, creatinine and weight in the public data read right, or
refused for the right reason?

`hand_checked.csv` was checked by hand, group by group (data set, fact, unit or reason): each amount was worked out from
the resource's own number with a factor written down by hand, not with the table of units; each refusal was looked at in
its resource. A row is wrong only if the resource says otherwise: never write the reader's answer into the table.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from tests.data.public_facts import CHECKED, Outcome, outcomes
from tests.data.report import lines, report
from tests.support.public_data import data_folder, sets

TABLE = Path(__file__).parent / "hand_checked.csv"
FACTORS = {
    "anc": {"/uL": 1},
    "platelets": {"10*3/uL": 1000, "K/uL": 1000, "10*9U/L": 1000, "Thousands Per MicroLiter": 1000},
    "hemoglobin": {"g/dL": 1, "g/dl": 1, "g/L": Fraction(1, 10), "g/l": Fraction(1, 10)},
    "creatinine": {"mg/dL": 1, "milligram per deciliter": 1, "µmol/l": 1 / Fraction("88.4")},
    "weight": {
        "kg": 1,
        "kilogram": 1,
        "lbs": Fraction("0.45359237"),
        "[lb_av]": Fraction("0.45359237"),
    },
}
"""What one of the unit is in the canonical unit, by hand; the unit as the resource writes it for people."""


@cache
def table() -> dict[str, list[Outcome]]:
    """The rows by data set."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["file"].partition("/")[0]].append(Outcome(**row))
    return dict(found)


@pytest.mark.parametrize("name", sets())
def test_each_result_is_read_or_refused_as_the_table_says(name: str) -> None:
    data_folder()
    assert sorted(table().get(name, [])) == sorted(outcomes(name))


def test_every_amount_of_the_table_is_its_number_times_the_factor_of_its_unit() -> None:
    read = [row for rows in table().values() for row in rows if row.canonical]
    assert len(read) > 200
    wrong = [r for r in read if Fraction(r.reported) * FACTORS[r.fact][r.unit] != Fraction(r.canonical)]
    assert [] == wrong


def test_every_row_is_either_read_or_refused_with_a_reason_and_stands_once() -> None:
    rows = [row for rows in table().values() for row in rows]
    assert [] == [row for row in rows if bool(row.canonical) == bool(row.reason)]
    assert {1} == set(Counter((r.file, r.resource, r.fact, r.reported) for r in rows).values())
    assert set(CHECKED) == {row.fact for row in rows}


def test_the_report_names_for_a_set_what_was_read_and_what_was_refused_and_why() -> None:
    data_folder()
    told = "\n".join(lines(report("be-lab-vendor-bundles")))
    assert "platelets 2" in told
    assert "refused  platelets 1: no date" in told


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize("name", sets())
def test_the_report_counts_as_many_results_of_these_facts_as_the_table_holds(name: str) -> None:
    data_folder()
    made = report(name)
    rows = table().get(name, [])
    for fact in CHECKED:
        refused = sum(count for (named, _), count in made.refused.items() if named == fact)
        held = Counter(bool(row.canonical) for row in rows if row.fact == fact)
        assert (held[True], held[False]) == (made.read[fact], refused)
    assert f"{name}: " in next(iter(lines(made)))


def test_the_report_tells_of_medications_diagnoses_and_events_too() -> None:
    told = "\n".join(lines(report("mcode-examples")))
    assert "diagnosis cll 1" in told
    assert "order of prednisone 1" in told
    assert "administration of prednisone 1" in told
