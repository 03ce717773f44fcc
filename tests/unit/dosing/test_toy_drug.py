"""Does a folder of TOML and a few lines of Python make a drug that the engine doses, holds, resumes and watches?"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Reading
from cds_service.clinical.recommendation import Action, Recommendation
from cds_service.dosing.case import Case
from cds_service.dosing.rulebook import RulebookError
from cds_service.drugs.contract import Drug
from tests.support import facts as chart
from tests.support.facts import day, reading
from tests.support.toy_drug import REGIMEN_PY, write_folder

NAME = frozenset({"examplumab"})


def load(folder: Path) -> Drug:
    """The drug of a folder outside the package."""
    write_folder(folder)
    return imported(folder)


def imported(folder: Path) -> Drug:
    """The drug that the folder's few lines of Python make of its files."""
    (folder / "toy.py").write_text(REGIMEN_PY, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("toy", folder / "toy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    drug: Drug = module.DRUG
    return drug


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Drug:
    return load(tmp_path_factory.mktemp("toy"))


def mg(amount: int) -> Dose:
    """So many mg once daily."""
    return Dose(Decimal(amount))


def own(record: MedicationRecord) -> MedicationRecord:
    """The same record of the made-up drug."""
    return replace(record, concepts=NAME)


def asked(
    toy: Drug, on: int, *readings: Reading, taken: MedicationRecord | None = None, ordered: Dose | None = None
) -> list[Recommendation]:
    """What is said on a treatment day about a patient, with a draft order or without."""
    facts = chart.facts(*readings, orders=(own(taken),) if taken else ())
    drafts = (own(chart.draft(ordered)),) if ordered else ()
    now = datetime.combine(day(on), datetime.min.time(), UTC).replace(hour=12)
    case = Case(facts, drafts, "order-sign" if drafts else "encounter-start", day(on), now, "US")
    return list(toy.assess(case).recommendations)


def counts(on: int, platelets: int, anc: int) -> tuple[Reading, Reading]:
    """A blood count of a treatment day."""
    return reading("platelets", platelets, day(on)), reading("anc", anc, day(on))


def said(found: list[Recommendation], action: Action) -> Recommendation:
    """The one decision of an action."""
    (one,) = [r for r in found if r.action is action]
    return one


def test_a_start_gets_the_dose_of_the_renal_row(toy: Drug) -> None:
    healthy = counts(0, 200_000, 3_000)
    assert [] == asked(toy, 0, *healthy, ordered=mg(20))
    start = said(asked(toy, 0, *healthy, ordered=mg(25)), Action.START)
    assert (mg(20), ("EX-START", "EX-COUNTS"), "examplumab") == (start.dose, start.rules, start.drug)
    assert day(14) == start.next_cbc_due
    start = said(asked(toy, 0, *healthy, reading("creatinine", "2.0", day(0)), ordered=mg(20)), Action.START)
    assert (mg(10), ("EX-RENAL", "EX-START", "EX-COUNTS")) == (start.dose, start.rules)


def test_counts_that_interrupt_end_a_start_in_a_review(toy: Drug) -> None:
    assert Action.REVIEW in {r.action for r in asked(toy, 0, *counts(0, 29_000, 3_000), ordered=mg(20))}


@pytest.mark.parametrize(
    ("dose", "platelets", "anc", "row"),
    [
        (20, 39_999, 3_000, "EX-PLATELETS-20"),
        (20, 40_000, 3_000, ""),
        (10, 39_999, 3_000, ""),
        (10, 29_999, 3_000, "EX-PLATELETS-10"),
        (20, 200_000, 799, "EX-NEUTROPHILS"),
        (20, 200_000, 800, ""),
    ],
)
def test_a_count_that_meets_the_row_of_the_dose_interrupts(
    toy: Drug, dose: int, platelets: int, anc: int, row: str
) -> None:
    found = asked(toy, 20, *counts(-5, 200_000, 3_000), *counts(20, platelets, anc), taken=chart.order(mg(dose)))
    holds = [r for r in found if r.action is Action.HOLD]
    assert bool(row) == bool(holds)
    if holds:
        assert row == holds[0].rules[0]
        assert day(25) == holds[0].next_cbc_due


def test_treatment_resumes_at_the_dose_of_the_row_that_caused_the_hold(toy: Drug) -> None:
    held = chart.order(mg(20), status="on-hold")
    before = (*counts(-5, 200_000, 3_000), *counts(20, 35_000, 3_000))
    assert said(asked(toy, 30, *before, *counts(30, 59_999, 3_000), taken=held), Action.REMAIN_ON_HOLD).dose is None
    resumed = said(asked(toy, 30, *before, *counts(30, 60_000, 3_000), taken=held), Action.RESUME_REDUCED)
    assert (mg(10), "EX-PLATELETS-20") == (resumed.dose, resumed.rules[0])


def test_blood_counts_are_due_by_its_own_schedule(toy: Drug) -> None:
    taken = chart.order(mg(20))
    assert [] == [r for r in asked(toy, 33, *counts(20, 200_000, 3_000), taken=taken) if r.action is Action.ORDER_CBC]
    due = said(asked(toy, 34, *counts(20, 200_000, 3_000), taken=taken), Action.ORDER_CBC)
    assert (day(34), ("EX-COUNTS",)) == (due.next_cbc_due, due.rules)
    assert day(82) == said(asked(toy, 82, *counts(40, 200_000, 3_000), taken=taken), Action.ORDER_CBC).next_cbc_due


def test_a_patient_without_the_drug_needs_no_card(toy: Drug) -> None:
    assert [] == asked(toy, 0, *counts(0, 10_000, 100))


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("ours", 'role = "stale"\n', "", "no rule has the role stale in "),
        ("ours", "count_days_later = 45\n", "", "rule EX-STALE lacks 'count_days_later'"),
        ("ours", 'role = "conflict"', 'role = "stale"', "has the role stale, as EX-STALE has"),
        ("ours", 'role = "conflict"', 'role = "quarrel"', "no such role as 'quarrel'"),
        ("ours", 'id = "EX-REESCALATION"', 'id = "EX-UP"', "no rule EX-REESCALATION in "),
        ("ours", "anc_below = 1000\n", "", "rule EX-FEVER lacks 'anc_below'"),
        ("leaflet", 'id = "EX-NEUTROPHILS"', 'id = "EX-WHITE"', "no rule EX-NEUTROPHILS in "),
        ("leaflet", "weeks_from_resume_days = 20\n", "", "weeks_from_resume_days"),
        ("leaflet", "{ below = 800 }", "{ below = 800, for_days = 7 }", "a row that must last"),
    ],
)
def test_what_the_engine_would_miss_at_a_call_stops_the_start(
    tmp_path: Path, file: str, old: str, new: str, fault: str
) -> None:
    write_folder(tmp_path)
    path = tmp_path / "documents" / file / "2026-01.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulebookError) as raised:
        imported(tmp_path)
    assert fault in str(raised.value)
