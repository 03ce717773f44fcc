"""Does a later edition of a label change what it changes from its day on, and nothing before that day and nothing else?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds_service.clinical.recommendation import Action, Assessment
from cds_service.dosing.case import Case
from cds_service.dosing.rulebook import RulebookError
from cds_service.drugs.contract import Drug
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.lenalidomide.folder import drug_in
from tests.support.facts import TEN, day, draft, facts, order, reading
from tests.unit.drugs.chart_courses import chart
from tests.unit.drugs.test_piled_charts import LINES, PARTS

FOLDER = Path(drug_in.__code__.co_filename).parent
ROW = "US-MDS-PLT-A4"
LATER = day(60)
ID = re.compile(r'"((?:US|EU|GEN|GL|S\d)-[A-Z0-9-]*[A-Z0-9])"')


def copy_of(folder: Path, **changed: str) -> Path:
    """The drug's data files up to the US label of 2023-03; a later edition of it, with `changed` texts for others."""
    copy = folder / "drug"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    labels = copy / "documents" / "us-label"
    for newer in (each for each in labels.iterdir() if each.stem > "2023-03"):
        newer.unlink()
    newest = labels / "2023-03.toml"
    newest.write_text(re.sub(r"\neffective_to = \S+", "", newest.read_text(encoding="utf-8")), encoding="utf-8")
    text = newest.read_text(encoding="utf-8").partition("\n[checked]")[0]
    for old, new in (
        ('id = "us-label-2023-03"', f'id = "us-label-{LATER:%Y-%m}"'),
        ('revision = "2023-03"', f'revision = "{LATER:%Y-%m}"'),
        ("effective_from = 2023-03-24", f"effective_from = {LATER}"),
        *changed.items(),
    ):
        assert old in text
        text = text.replace(old, new)
    (labels / f"{LATER:%Y-%m}.toml").write_text(text, encoding="utf-8")
    return copy


def with_other_limit(folder: Path) -> Drug:
    """The drug with a later US label that interrupts below 25,000 platelets, no longer below 30,000, after week 4 at 10 mg."""
    text = (FOLDER / "documents" / "us-label" / "2023-03.toml").read_text(encoding="utf-8")
    row = text.partition(f'id = "{ROW}"')[2].partition("[[rule]]")[0]
    assert "below = 30000" in row
    return drug_in(copy_of(folder, **{row: row.replace("below = 30000", "below = 25000")}))


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Drug:
    return with_other_limit(tmp_path_factory.mktemp("later"))


@pytest.fixture(scope="module")
def now() -> Drug:
    return drug_in(FOLDER)


def decisions(found: Assessment) -> list[dict[str, Any]]:
    """What is decided, without what names the edition."""
    return [
        {"action": r.action, "rules": r.rules, "message": r.message, "dose": r.dose, "due": r.next_cbc_due}
        for r in found.recommendations
    ]


def counted(platelets: int, on: date) -> Case:
    """A patient on 10 mg for weeks, with a count of that very day."""
    counts = [reading("platelets", 200_000, day(-5)), reading("anc", 3_000, day(-5))]
    counts += [reading("platelets", platelets, on), reading("anc", 2_500, on)]
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return Case(facts(*counts, orders=(order(TEN),)), (draft(TEN),), "order-sign", on, at, "US")


@pytest.mark.parametrize(("platelets", "differs"), [(24_999, False), (25_000, True), (29_999, True), (30_000, False)])
def test_the_changed_number_decides_from_the_day_of_its_edition_on(
    now: Drug, later: Drug, platelets: int, differs: bool
) -> None:
    for on in (LATER - timedelta(days=1), LATER, LATER + timedelta(days=200)):
        case = counted(platelets, on)
        before, after = now.assess(case), later.assess(case)
        assert (on >= LATER and differs) == (decisions(before) != decisions(after)), on
        holds = any(r.action is Action.HOLD for r in after.recommendations)
        assert holds == (platelets < (25_000 if on >= LATER else 30_000)), on


def test_a_card_and_the_trace_name_the_edition_of_their_day(later: Drug) -> None:
    for on, document in ((LATER - timedelta(days=1), "us-label-2023-03"), (LATER, f"us-label-{LATER:%Y-%m}")):
        found = later.assess(counted(24_999, on))
        (hold,) = [r for r in found.recommendations if r.action is Action.HOLD]
        assert document == hold.basis.document
        (said,) = [outcome for outcome in found.outcomes if outcome.rule == ROW]
        assert f"rev. {document.removeprefix('us-label-')}," in said.citation
        assert document in {state.id for state in later.rulebook.on(on).documents}


def test_before_its_day_nothing_is_said_otherwise_and_from_then_on_nothing_but_what_rests_on_the_row(
    now: Drug, later: Drug
) -> None:
    changed = []
    for line in LINES:
        jurisdiction, course, *parts = (each.strip() for each in line.split("|"))
        case = chart(course, [PARTS[name.strip()] for each in parts for name in each.split(";")], jurisdiction[:2])
        case = replace(case, jurisdiction=jurisdiction.removeprefix("none"))
        before, after = decisions(now.assess(case)), decisions(later.assess(case))
        differing = [one for one in (*before, *after) if (one in before) != (one in after)]
        if case.on < LATER:
            assert [] == differing, line
        if differing:
            changed.append(line)
            assert any(ROW in one["rules"] for one in differing), line
    assert changed == [] or all(not line.startswith("EU") for line in changed)


def asked() -> Iterator[str]:
    """Every rule that the code of the drug names."""
    for path in (*FOLDER.rglob("*.py"), FOLDER / "regimens.toml"):
        yield from ID.findall(path.read_text(encoding="utf-8"))


def test_every_rule_that_the_code_names_stands_in_every_edition() -> None:
    names = set(asked())
    assert 100 < len(names)
    for rules in DRUG.rulebook.every:
        assert set() == {name for name in names if name not in rules}, [d.id for d in rules.documents]


def test_three_real_revisions_of_the_us_label_are_there() -> None:
    days = {date(2020, 5, 1): "us-label-2020-04", date(2022, 1, 1): "us-label-2021-08", LATER: "us-label-2023-03"}
    for on, document in days.items():
        assert document in {state.id for state in DRUG.rulebook.on(on).documents}
    assert "us-label-2020-04" in {state.id for state in DRUG.rulebook.on(date(2019, 1, 1)).documents}


def test_an_edition_without_a_row_that_is_asked_for_does_not_load(tmp_path: Path) -> None:
    folder = copy_of(tmp_path, **{f'id = "{ROW}"': 'id = "US-MDS-PLT-NEW"'})
    with pytest.raises(
        RulebookError, match=r"lacks US-MDS-PLT-(NEW|A4), which us-label-2023-03 has|lacks US-MDS-PLT-NEW"
    ):
        drug_in(folder)


def test_an_edition_without_a_number_that_a_regimen_needs_does_not_load(tmp_path: Path) -> None:
    row = 'id = "US-MCL-PLT"'
    text = (FOLDER / "documents" / "us-label" / "2023-03.toml").read_text(encoding="utf-8")
    whole = text.partition(row)[2].partition("[[rule]]")[0]
    line = next(each for each in whole.splitlines() if each.startswith("hold = "))
    without = whole.replace(line, line.replace("hold = ", "held = ")).replace("{hold.", "{held.")
    folder = copy_of(tmp_path, **{whole: without})
    with pytest.raises(RulebookError, match=f"^us-label-{LATER:%Y-%m}: rule US-MCL-PLT lacks 'hold'$"):
        drug_in(folder)
