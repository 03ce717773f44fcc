"""The rows of the labels beside the labels' own text: each number agrees, and none could be another one unseen."""

import io
import json
import re
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cds_service.commands import labels as command
from cds_service.dosing.rulebook import Rule
from cds_service.labels.files import read_label
from cds_service.labels.label import Label, LabelFileError
from cds_service.labels.measures import UNITS, measures
from cds_service.labels.places import Number, Place, Spot, find
from cds_service.labels.row_numbers import as_measure, row_numbers
from cds_service.labels.spl import read_spl_xml
from cds_service.labels.verify import AGREES, UNPLACED, place_faults, places_of, verify
from tests.support.public_data import labels_folder

SUBSTANCES = ("lenalidomide", "revlimid")
FILES = {"spl": "us/NDA021880-v40-2023-03-24.json", "smpc": "eu/smpc-mhra-2023-11-03.txt"}
EARLIER = ("us/NDA021880-v34-2020-04-23.json", "us/NDA021880-v35-2021-08-31.json")
SIGNS = ("<", "<=", ">", ">=", "=")
# Rows that no program can place: few, and each with its reason in the file.
MOST_UNPLACED = Decimal("0.05")


@cache
def label(form: str) -> Label:
    return read_label(labels_folder() / FILES[form], SUBSTANCES)


@cache
def rules(form: str) -> tuple[Rule, ...]:
    found = [source for _, source in command.editions(command.PACKAGE)]
    return tuple(
        r for s in found if s.document.published and s.document.published.form == form for r in s.rules.values()
    )


def placed(form: str) -> Iterator[tuple[Rule, Place, dict[str, Decimal]]]:
    for rule in rules(form):
        for place in places_of(rule):
            yield rule, place, row_numbers(rule.numbers)


def agrees(place: Place, numbers: dict[str, Decimal], text: Label) -> bool:
    found = find(place, numbers, text)
    return isinstance(found, Spot) and all(each.agrees for each in found.comparisons)


@pytest.mark.parametrize("form", FILES)
def test_every_row_agrees_or_says_why_it_has_no_place(form: str) -> None:
    results = verify(rules(form), label(form))
    assert [(r.row, r.outcome) for r in results if r.outcome not in (AGREES, UNPLACED)] == []
    with_numbers = [rule for rule in rules(form) if row_numbers(rule.numbers)]
    unplaced = [rule.id for rule in with_numbers if not rule.places]
    assert all(rule.unplaced for rule in with_numbers if not rule.places)
    assert len(unplaced) <= MOST_UNPLACED * len(with_numbers), unplaced


@pytest.mark.parametrize("form", FILES)
def test_every_number_of_a_row_has_one_place_or_is_called_our_own(form: str) -> None:
    assert {rule.id: faults for rule in rules(form) if (faults := place_faults(rule))} == {}


@pytest.mark.parametrize("form", FILES)
def test_two_numbers_of_a_row_never_share_a_place(form: str) -> None:
    for rule in rules(form):
        starts = [
            (place.section, each.found.start)
            for place in places_of(rule)
            for each in find(place, row_numbers(rule.numbers), label(form)).comparisons  # type: ignore[union-attr]
            if each.found
        ]
        assert len(starts) == len(set(starts)), rule.id


@pytest.mark.parametrize("form", FILES)
def test_a_number_replaced_by_any_other_of_its_section_differs(form: str) -> None:
    tried = 0
    values: dict[str, set[Decimal]] = {}
    for _, place, numbers in placed(form):
        values.setdefault(place.section, set()).update(numbers[path] for path in place.paths)
        text = label(form).sections[place.section]
        values[place.section].update(Decimal(n.replace(",", "")) for n in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text))
    for rule, place, numbers in placed(form):
        for path in place.paths:
            for value in values[place.section] - {numbers[path]}:
                tried += 1
                assert not agrees(place, {**numbers, path: value}, label(form)), (rule.id, path, value)
    assert tried > 2_500


@pytest.mark.parametrize("form", FILES)
def test_a_number_swapped_with_its_neighbour_differs(form: str) -> None:
    tried = 0
    for rule, place, numbers in placed(form):
        for one, other in zip(place.paths, place.paths[1:], strict=False):
            if numbers[one] != numbers[other]:
                tried += 1
                swapped = {**numbers, one: numbers[other], other: numbers[one]}
                assert not agrees(place, swapped, label(form)), (rule.id, one, other)
    assert tried > 40


@pytest.mark.parametrize("form", FILES)
def test_another_comparator_differs(form: str) -> None:
    tried = 0
    for rule, place, numbers in placed(form):
        for index, token in enumerate(place.tokens):
            if isinstance(token, Number) and token.path:
                right = as_measure(token.path, numbers[token.path], token.comparator).comparator
                for sign in set(SIGNS) - {right}:
                    tokens = (*place.tokens[:index], Number(token.path, sign), *place.tokens[index + 1 :])
                    tried += 1
                    assert not agrees(replace(place, tokens=tokens), numbers, label(form)), (rule.id, token.path, sign)
    assert tried > 400


@pytest.mark.parametrize("step", [90, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("form", FILES)
def test_another_number_or_unit_in_the_document_differs(form: str, step: int) -> None:
    """The document itself changed at each cited number (of every 90th place, slowly of all): its digits, then its unit."""
    spelled = ("/mcL", " mg", " mL/min", " days", " months", "%", "°C", " g/dL", " hours")
    patterns = [re.compile(pattern) for _, pattern, _ in UNITS]
    tried = 0
    for rule, place, numbers in islice(placed(form), None, None, step):
        found = find(place, numbers, label(form))
        assert isinstance(found, Spot)
        text = label(form).sections[place.section]
        for each in found.comparisons:
            assert each.found is not None
            start, end = each.found.start, each.found.end
            written = text[start:end]
            changed = [re.sub(r"\d(?!.*\d)", lambda m: str((int(m[0]) + 3) % 10), written, count=1)]
            unit = next((m for p in patterns if (m := p.search(written)) and m.end() == len(written)), None)
            if unit:
                changed += [written[: unit.start()].rstrip(" -") + other for other in spelled]
            for other in changed:
                if [each.measure for each in measures(other)] == [each.measure for each in measures(written)]:
                    continue
                sections = {**label(form).sections, place.section: text[:start] + other + text[end:]}
                tried += 1
                assert not agrees(place, numbers, replace(label(form), sections=sections)), (rule.id, each.path, other)
    assert tried > (800 if step == 1 else 10)


def test_the_command_prints_a_line_a_row_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path, _ in command.editions(command.PACKAGE)}
    files = [labels_folder() / name for name in FILES.values()]
    assert command.run(Namespace(way="verify", files=files, record=False)) == command.FINE
    lines = capsys.readouterr().out.splitlines()
    for form in FILES:
        for rule in rules(form):
            assert any(
                line.partition(" ")[2].strip().startswith(f"{rule.id}:") or f" {rule.id}:" in line for line in lines
            ), rule.id
    assert {path: path.read_bytes() for path, _ in command.editions(command.PACKAGE)} == before


def test_rows_that_agree_are_recorded_and_a_changed_number_is_no_longer_checked(tmp_path: Path) -> None:
    """The record stands in the source file of a copy of the package; the same rows are recorded there as here."""
    import shutil

    package = tmp_path / "package"
    shutil.copytree(command.PACKAGE / "drugs", package / "drugs", ignore=shutil.ignore_patterns("__pycache__"))
    (path,) = [p for p, each in command.editions(package) if each.document.id == "us-label-2023-03"]
    committed = path.read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").touch()
    arguments = Namespace(way="verify", files=[labels_folder() / FILES["spl"]], record=True)
    assert command.run(arguments, package, io.StringIO()) == command.FINE
    assert path.read_text(encoding="utf-8") == committed
    path.write_text(committed.replace("current_mg = 5\n", "current_mg = 6\n", 1), encoding="utf-8")
    assert command.run(arguments, package, io.StringIO()) == command.DIFFERENT


def test_the_files_that_are_compared_are_named_and_nothing_is_recorded_in_an_installed_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "site-packages" / "cds_service"
    for path, _ in command.editions(command.PACKAGE):
        copy = package / path.relative_to(command.PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (package / "drugs/lenalidomide/drug.toml").write_bytes(
        (command.PACKAGE / "drugs/lenalidomide/drug.toml").read_bytes()
    )
    before = {each: (each.read_bytes(), each.stat().st_mtime_ns) for each in package.rglob("*.toml")}
    file = labels_folder() / FILES["spl"]
    assert command.UNREADABLE == command.run(Namespace(way="verify", files=[file], record=True), package)
    assert "pip install -e ." in capsys.readouterr().err
    assert command.FINE == command.run(Namespace(way="verify", files=[file], record=False), package)
    assert f"Files of {package}, an installed copy: " in capsys.readouterr().out.splitlines()[0]
    assert before == {each: (each.read_bytes(), each.stat().st_mtime_ns) for each in package.rglob("*.toml")}


def test_the_same_label_as_spl_xml_is_read_alike() -> None:
    """No SPL XML of this label was at hand: this one is made from the JSON, section by section."""
    made = label("spl")
    from_xml = read_spl_xml(spl_xml(made), SUBSTANCES)
    assert (from_xml.set_id, from_xml.version, from_xml.date) == (made.set_id, made.version, made.date)
    assert {r.outcome for r in verify(rules("spl"), from_xml)} == {AGREES}


@pytest.mark.slow
def test_a_revision_is_compared_with_the_next_where_rules_rest_on_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Read by hand: between 2021-08 and 2023-03 sperm donation got its four weeks, and reports go to another centre."""
    first, second = (labels_folder() / name for name in EARLIER)
    latest = labels_folder() / FILES["spl"]
    assert command.run(Namespace(way="diff", old=second, new=latest)) == command.DIFFERENT
    out = capsys.readouterr().out
    assert {line.split()[1].rstrip(",") for line in out.splitlines() if line.startswith("MOVED")} == {
        "US-MALE",
        "US-CI-PREG",
    }
    assert "section 5.11 changed" in out
    assert command.run(Namespace(way="diff", old=first, new=second)) == command.FINE
    assert "section 7.1 changed" in capsys.readouterr().out
    assert command.run(Namespace(way="diff", old=latest, new=latest)) == command.FINE


@pytest.mark.parametrize(
    ("day", "named"),
    [
        ("20200423", "against us-label-2020-04 (its own revision)"),
        ("20210801", "against us-label-2021-08 (its own revision)"),
        ("20210731", "against us-label-2020-04 (in force on 2021-07-31)"),
        ("20190101", "against us-label-2020-04 (in force on 2019-01-01)"),
        ("20270101", "against us-label-2023-03 (in force on 2027-01-01)"),
    ],
)
def test_a_label_is_compared_with_its_own_revision_or_with_the_one_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str, named: str
) -> None:
    text = (labels_folder() / EARLIER[0]).read_text(encoding="utf-8")
    assert '"effective_time": "20200423"' in text
    path = tmp_path / "label.json"
    path.write_text(text.replace('"effective_time": "20200423"', f'"effective_time": "{day}"'), encoding="utf-8")
    command.run(Namespace(way="verify", files=[path], record=False))
    assert named in capsys.readouterr().out.splitlines()[1]


@pytest.mark.parametrize("name", [*EARLIER, FILES["spl"]])
def test_every_us_label_at_hand_agrees_with_the_edition_of_its_day(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.FINE == command.run(Namespace(way="verify", files=[labels_folder() / name], record=False))
    out = capsys.readouterr().out
    assert "(its own revision)" in out
    assert "66 rows: 66 agree, 0 differ, 0 not found, 0 not placed" in out


def test_a_moved_number_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = labels_folder() / FILES["spl"]
    later = tmp_path / "later.json"
    later.write_text(name.read_text(encoding="utf-8").replace("750/mcL", "800/mcL"), encoding="utf-8")
    assert command.run(Namespace(way="diff", old=name, new=later)) == command.DIFFERENT
    assert "MOVED US-MDS-ANC-W4-HI, section 2.2: another number" in capsys.readouterr().out
    assert command.run(Namespace(way="verify", files=[later], record=True)) == command.DIFFERENT


@pytest.mark.parametrize("form", FILES)
def test_a_label_that_is_cut_off_is_refused(form: str, tmp_path: Path) -> None:
    whole = (labels_folder() / FILES[form]).read_bytes()
    cut = tmp_path / Path(FILES[form]).name
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LabelFileError, match="expected"):
        read_label(cut, SUBSTANCES)


@pytest.mark.parametrize("form", FILES)
def test_the_label_of_another_drug_is_refused(form: str) -> None:
    with pytest.raises(LabelFileError, match="not of pomalidomide"):
        read_label(labels_folder() / FILES[form], ("pomalidomide",))


def spl_xml(made: Label) -> bytes:
    """The sections of a label as an SPL document would nest them."""
    root = ElementTree.Element("document", xmlns="urn:hl7-org:v3")
    ElementTree.SubElement(root, "setId", root=made.set_id)
    ElementTree.SubElement(root, "versionNumber", value=made.version)
    ElementTree.SubElement(root, "effectiveTime", value=made.date.strftime("%Y%m%d"))
    ElementTree.SubElement(root, "name").text = "Revlimid"
    body = ElementTree.SubElement(root, "structuredBody")
    for number, text in made.sections.items():
        section = ElementTree.SubElement(ElementTree.SubElement(body, "component"), "section")
        if number == "boxed warning":
            number = "WARNING:"
        ElementTree.SubElement(section, "title").text = f"{number} Heading"
        paragraphs = ElementTree.SubElement(section, "text")
        for part in text.split(". "):
            ElementTree.SubElement(paragraphs, "paragraph").text = f"{part}. "
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def test_the_json_of_the_label_is_what_its_readme_names() -> None:
    """The file that the record names is the one at hand."""
    meta = json.loads((labels_folder() / FILES["spl"]).read_bytes())
    assert meta["results"][0]["set_id"] == label("spl").set_id
