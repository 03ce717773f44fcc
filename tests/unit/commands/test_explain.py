"""Does `explain` say everything about a call, and tell an error in one or two lines?"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds_service import cli
from cds_service.commands import explain
from tests.support.rules import RULES
from tests.unit.commands.conftest import Request

Saved = Callable[[Request], str]
DAY = "2026-01-26"


def call(*words: str, **environ: str) -> int:
    parser = argparse.ArgumentParser()
    explain.add_arguments(parser)
    return explain.run(parser.parse_args(words), environ)


def section(told: str, title: str) -> str:
    """The lines below a heading."""
    return re.split(r"\n\n[A-Z][^\n]*\n-+\n", told.partition(f"\n{title}")[2].partition("-\n")[2])[0]


def test_facts_are_told_with_value_unit_date_and_resource(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    hold["prefetch"]["platelets"]["entry"][0]["resource"]["valueQuantity"] = {"value": 49.999, "unit": "10*9/L"}
    assert 0 == call(saved(hold), "--today", DAY)
    told = section(capsys.readouterr().out, "Facts read")
    line = next(line for line in told.splitlines() if "49.999" in line)
    assert re.match(r"  2026-01-26 platelets +49.999 10\*9/L = 49999 /uL  <Observation/plt-", line)
    assert "diagnosis" in told
    assert "lenalidomide: 10 mg once daily (order, active)" in told


def test_a_refused_result_is_told_with_its_reason_and_rule(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    for entry in hold["prefetch"]["platelets"]["entry"]:
        del entry["resource"]["valueQuantity"]["unit"]
        entry["resource"]["valueQuantity"].pop("code", None)
    assert 0 == call(saved(hold), "--today", DAY)
    told = section(capsys.readouterr().out, "Refused (2)")
    assert "49999: unit missing [GEN-UNIT] <Observation/plt-2026-01-26-0>" in " ".join(told.split())


def test_what_was_not_obtained_and_what_is_not_on_file_are_told_apart(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    del hold["prefetch"]["procedures"]
    assert 0 == call(saved(hold), "--today", DAY)
    told = " ".join(section(capsys.readouterr().out, "Not obtained").split())
    assert "procedures not in the prefetch, and no FHIR server was given" in told
    assert "temperature" in told.partition("none on file")[2]
    assert "platelet-transfusion" not in told.partition("none on file")[2]


def test_searches_that_lack_for_one_reason_are_one_remark_the_one_that_decides_first_first(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    for key in ("allergies", "adverseEvents", "conditions"):
        del hold["prefetch"][key]
    assert 0 == call(saved(hold), "--today", DAY)
    told = " ".join(capsys.readouterr().out.split())
    reason = "not in the prefetch, and no FHIR server was given"
    assert f"remark conditions, allergies, adverseEvents could not be obtained: {reason}" in told
    assert "Noted: conditions, allergies and adverse events could not be obtained" in told
    assert f"rules US-CI-HSR and US-NONHEM-PERM (allergies and adverse events: could not be obtained: {reason})" in told


@pytest.mark.parametrize(("law", "named", "left_out"), [("US", "US label", "SmPC"), ("EU", "SmPC", "US label")])
def test_the_documents_of_another_jurisdiction_are_not_named(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str], law: str, named: str, left_out: str
) -> None:
    assert 0 == call(saved(hold), "--today", DAY, CDS_JURISDICTION=law)
    told = section(capsys.readouterr().out, "Documents in force")
    assert named in told and "Project rules" in told
    assert left_out not in told


def test_the_course_is_told(hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == call(saved(hold), "--today", DAY)
    told = section(capsys.readouterr().out, "The course as it was read")
    assert "first dose            2026-01-05: today is treatment day 21" in told
    assert "current dose          10 mg once daily, since 2026-01-05" in told


def test_every_rule_is_told_with_its_citation_the_fired_ones_first(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == call(saved(hold), "--today", DAY)
    told = section(capsys.readouterr().out, "Rules (")
    assert set() == {rule for rule in RULES if f" {rule} " not in told}
    groups = [told.index(f"\n  {title} (") if title != "FIRED" else 0 for title in ("FIRED", "UNKNOWN", "NOT MET")]
    assert sorted(groups) == groups
    fired = told[: groups[1]]
    assert "US-MDS-PLT-W4-HI" in fired
    cited = "Lenalidomide US label rev. 2023-03, section 2.2 [checked against the document by program]"
    assert cited in " ".join(fired.split())


def test_the_explanation_opens_with_the_cards_and_ten_lines_of_why(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == call(saved(hold), "--today", DAY)
    told = capsys.readouterr().out
    assert told.index("\nCards (") < told.index("  CRITICAL: ") < told.index("\nWhy\n")
    opening, _, rest = told.partition("\nWhy\n")[2].partition("\n\n")
    assert "(recommended)" in told.partition("\nWhy\n")[0]
    labels = ["decision", "decided by", "by the rules", "not checked", "not evaluated", "would change it"]
    places = [opening.index(f"\n  {label} ") for label in labels]
    assert sorted(places) == places
    assert "hold (critical): Platelets" in opening
    assert "platelets 49,999 /µL on 2026-01-26" in " ".join(opening.split())
    assert "hold: until platelets >= 50,000/µL, then resume" in opening
    assert rest.index("Documents in force") < rest.index("\nFacts read") < rest.index("\nRules (")


def test_what_was_not_checked_and_would_change_it_stands_in_the_opening(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    for entry in hold["prefetch"]["platelets"]["entry"]:
        entry["resource"]["valueQuantity"] = {"value": 49.999}
    hold["prefetch"]["latestResults"] = {"resourceType": "Bundle", "type": "searchset"}
    assert 0 == call(saved(hold), "--today", DAY)
    opening = " ".join(capsys.readouterr().out.partition("\nWhy\n")[2].split())
    assert "not checked platelets (unit missing)" in opening
    assert "request-data: until platelets known" in opening.partition("would change it")[2]
    assert "unit missing" not in opening.partition("would change it")[2].partition(" Documents in force ")[0]


def test_rules_and_facts_that_lack_the_same_stand_together_in_the_opening(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    for entry in (*hold["prefetch"]["platelets"]["entry"], *hold["prefetch"]["neutrophils"]["entry"]):
        entry["resource"]["valueQuantity"] = {"value": 49.999}
    assert 0 == call(saved(hold), "--today", DAY)
    opening = " ".join(capsys.readouterr().out.partition("\nWhy\n")[2].split()).partition(" Documents in force ")[0]
    assert "not checked platelets and ANC (unit missing)" in opening


def test_a_dose_that_cannot_be_read_is_not_checked_although_the_card_is_about_something_else(
    start: Request, hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = start["context"]["draftOrders"]["entry"][0]["resource"]
    draft["dosageInstruction"] = [{"text": "as directed"}]
    draft["subject"] = hold["prefetch"]["medicationRequests"]["entry"][0]["resource"]["subject"]
    context = {**start["context"], "patientId": hold["context"]["patientId"]}
    assert 0 == call(saved({**hold, "hook": "order-sign", "context": context}), "--today", DAY)
    opening = " ".join(capsys.readouterr().out.partition("\nWhy\n")[2].split()).partition(" not evaluated ")[0]
    assert "hold (critical): Platelets" in opening
    assert "not checked dose of the order (" in opening


def test_a_dose_on_record_that_cannot_be_read_is_not_checked_beside_a_hold(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    for entry in hold["prefetch"]["medicationRequests"]["entry"]:
        entry["resource"]["dosageInstruction"] = [{"text": "as directed"}]
    assert 0 == call(saved(hold), "--today", DAY)
    opening = " ".join(capsys.readouterr().out.partition("\nWhy\n")[2].split()).partition(" Documents in force ")[0]
    assert "current dose" in opening.partition("not checked")[2]


def test_an_order_that_is_refused_is_counted_as_such(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    order = hold["prefetch"]["medicationRequests"]["entry"][0]["resource"]
    order["subject"] = {"reference": "Patient/other"}
    assert 0 == call(saved(hold), "--today", DAY)
    told = section(capsys.readouterr().out, "Refused (1)")
    assert f"MedicationRequest it does not name this patient <MedicationRequest/{order['id']}>" in " ".join(
        told.split()
    )


def test_a_decision_in_shadow_is_told_although_it_is_not_shown(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == call(saved(hold), "--today", DAY, CDS_SHADOW="all")
    told = section(capsys.readouterr().out, "Cards (0)")
    assert "Decided and not shown (shadow): hold: US-MDS-PLT-W4-HI" in told


def test_no_line_is_wider_than_the_terminal(hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == call(saved(hold), "--today", DAY)
    assert [] == [line for line in capsys.readouterr().out.splitlines() if len(line) > 100]


def test_control_characters_of_a_chart_do_not_reach_the_terminal(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    hold["prefetch"]["conditions"]["entry"][0]["resource"]["code"]["text"] = "\x1b[2J\x07"
    assert 0 == call(saved(hold), "--today", DAY)
    assert "\x1b" not in capsys.readouterr().out


def test_the_form_for_machines_holds_the_same(hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == call(saved(hold), "--today", DAY, "--json")
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert DAY == told["today"]
    assert set(RULES) == {rule["rule"] for rule in told["rules"]}
    assert "hold" == told["cards"][0]["extension"]["org.cds-service.recommendation"]["action"]
    assert "49999" in {fact["value"] for fact in told["read"]}


def test_the_draft_of_an_order_hook_is_among_the_facts(
    start: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == call(saved(start), "--today", "2026-01-05")
    assert "draftOrder" in section(capsys.readouterr().out, "Facts read")


def test_the_case_beside_the_file_gives_day_and_jurisdiction(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    name = saved(hold)
    (Path(name).parent / "case.toml").write_text(f'[case]\ntoday = {DAY}\njurisdiction = "EU"\n', encoding="utf-8")
    assert 0 == call(name)
    first, *rest = capsys.readouterr().out.splitlines()
    assert f"lenalidomide-patient-view on {DAY}, EU" in first
    assert "  jurisdiction EU as case.toml says" in rest
    assert 0 == call(name, "--today", "2026-01-20", CDS_JURISDICTION="US")
    assert "on 2026-01-20, US" in capsys.readouterr().out.splitlines()[0]
    assert 0 == call(name, CDS_TODAY="2026-01-21")
    assert "on 2026-01-21, EU" in capsys.readouterr().out.splitlines()[0]


def test_without_a_jurisdiction_it_is_taken_as_us_and_said(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == call(saved(hold), "--today", DAY)
    assert "  no jurisdiction set: taken as US" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("words", [[], ["--today", DAY]])
def test_without_any_day_it_is_said_which_one_was_taken(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    call(saved(hold), *words)
    said = f"no day given: taken as {date.today()} (--today, CDS_TODAY, or case.toml beside the file)"
    assert (not words) == (f"  {said}" in capsys.readouterr().out.splitlines())


def test_a_request_comes_from_standard_input(
    hold: Request, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(hold).encode())))
    assert 0 == call("-", "--today", DAY)
    assert "Cards (" in capsys.readouterr().out


def test_a_call_that_does_not_concern_the_drug_says_so(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    hold["prefetch"]["medicationRequests"] = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    assert 0 == call(saved(hold), "--today", DAY)
    told = capsys.readouterr().out
    assert "The call does not concern lenalidomide" in told
    assert "Rules" not in told


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("{", (), "400 CDS-400-JSON"),
        ("[]", (), "400 CDS-400-JSON"),
        ('{"hook": "order-sign"}', (), "400 CDS-400-MEMBER"),
        ("{}", (), "hook is missing; there are lenalidomide-patient-view"),
        (
            '{"hook": "patient-veiw"}',
            (),
            "no service answers the hook of this request. Did you mean patient-view?; there",
        ),
        ('{"hook": "appointment-book"}', (), "no service answers the hook of this request; there are lenalidomide-"),
        ('{"hook": "order-sing"}', (), "Did you mean order-sign?"),
        ("{}", ("--service", "lenalidomide-order-sing"), "Did you mean lenalidomide-order-sign?"),
        ("{}", ("--service", "nothing"), "there is no service 'nothing'"),
        ("{}", ("--today", "soon"), "--today is 'soon', no day as YYYY-MM-DD"),
    ],
)
def test_an_error_is_told_in_at_most_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: tuple[str, ...], expected: str
) -> None:
    path = tmp_path / "request.json"
    path.write_text(text, encoding="utf-8")
    assert 1 == call(str(path), *words)
    told = capsys.readouterr()
    assert "" == told.out
    assert expected in told.err
    assert 2 >= len(told.err.splitlines())


def test_data_that_cannot_be_obtained_are_told_by_key(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    del hold["prefetch"]["patient"]
    assert 1 == call(saved(hold), "--today", DAY)
    told = capsys.readouterr().err
    assert told.startswith("cds-service explain: 412 CDS-412-PREFETCH: Prefetch key 'patient' could not be obtained")
    assert 2 == len(told.splitlines())


def test_keys_that_lack_for_one_reason_are_told_in_one_sentence(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    hold["prefetch"] = {}
    assert 1 == call(saved(hold), "--today", DAY)
    told = capsys.readouterr().err
    assert "Prefetch keys '" in told and "' and '" in told
    assert 1 == told.count("could not be obtained")


def test_a_folder_is_answered_with_the_call_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == call(str(tmp_path))
    assert f"{tmp_path} is a folder; give the file of a request" in capsys.readouterr().err
    (tmp_path / "request.json").write_text("{}", encoding="utf-8")
    assert 1 == call(str(tmp_path))
    assert f"the call of a case is {tmp_path / 'request.json'}" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == call(str(tmp_path / "none.json"))
    assert "cannot be read: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [40, 60, 100, 300])
def test_what_is_printed_fits_the_terminal(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for words in (["services"], ["check"], ["doctor", saved(hold)]):
        cli.main(words)
        # A path is never broken, so that it can be copied, and is as long as it is.
        told = capsys.readouterr().out.replace(str(Path(cli.__file__).parent), "")
        long = [line for line in told.splitlines() if len(line) > min(columns, 100)]
        assert [] == long


def test_an_id_in_another_form_is_said_before_what_came_of_it(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = hold["context"]["patientId"]
    hold["context"]["patientId"] = f"Patient/{bare}"
    call(saved(hold), "--today", DAY)
    told = capsys.readouterr()
    first = (told.err + told.out.partition("\n")[2]).splitlines()[0]
    assert f"context.patientId: a bare id is wanted: send {bare}" == first.strip()


@pytest.mark.parametrize(("jurisdiction", "first"), [("US", "Lenalidomide US label"), ("EU", "Revlimid SmPC")])
def test_the_documents_of_the_call_s_jurisdiction_stand_first(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str], jurisdiction: str, first: str
) -> None:
    call(saved(hold), "--today", DAY, "--json", CDS_JURISDICTION=jurisdiction)
    documents = json.loads(capsys.readouterr().out)["documents"]
    assert first in documents[0] and len(documents) > 2
