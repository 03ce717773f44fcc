"""Do `doctor` and `explain` tell what a call of the other hooks brings: orders that are only named, and new problems?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from cds_service.commands import doctor, explain
from cds_service.commands.fixtures import FOLDER
from tests.support.application import EVERY_HOOK
from tests.unit.commands.test_doctor import Saved

DAY = "2026-01-26"
SITE = {"CDS_JURISDICTION": "US", "CDS_SERVICES": EVERY_HOOK}


def told(command: Any, capsys: pytest.CaptureFixture[str], name: str) -> tuple[int, str]:
    """The status and the words of a command for a request."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    status: int = command.run(parser.parse_args(["--today", DAY, name]), SITE)
    return status, " ".join(capsys.readouterr().out.split())


def case(name: str) -> str:
    return str(FOLDER / name / "request.json")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dispatch-to-be-held", "pass CALL-12 1 lenalidomide draft(s) could be read"),
        ("dispatch-other-order", "note CALL-12 no lenalidomide among the drafts: answered without cards"),
        ("dispatch-order-not-seen", "FAIL PD-8 1 order(s) or Medication(s) not in the prefetch: answered 412, or said"),
        ("refill-too-long", "pass CALL-12 1 lenalidomide draft(s) could be read"),
        ("encounter-to-be-held", "pass CALL-6 context.encounterId is there"),
        ("problem-clot", "pass CALL-12 new problems are read as dvt, vte"),
        ("problem-of-no-concern", "note CALL-12 no new problem that the rules of lenalidomide look at"),
        ("problem-not-readable", "note CALL-12 1 new problem(s) could not be read"),
    ],
)
def test_doctor_tells_what_the_context_brings(capsys: pytest.CaptureFixture[str], name: str, words: str) -> None:
    assert words in told(doctor, capsys, case(name))[1]


def test_doctor_names_the_older_name_of_a_field(saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    with open(case("dispatch-to-be-held"), encoding="utf-8") as file:
        request = json.load(file)
    request["context"]["order"] = request["context"].pop("dispatchedOrders")[0]
    status, words = told(doctor, capsys, saved(request))
    assert (0, True) == (status, "context.dispatchedOrders is there, by its older name order" in words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dispatch-other-order", "does not concern lenalidomide: no order of it is sent out."),
        ("encounter-without-therapy", "does not concern lenalidomide: no sign of it in the medication searches."),
        ("problem-of-no-concern", "does not concern lenalidomide: no new problem that its rules look at,"),
    ],
)
def test_explain_says_why_a_call_does_not_concern_the_drug(
    capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    status, found = told(explain, capsys, case(name))
    assert (0, True) == (status, words in found)


def test_explain_shows_the_rules_behind_an_order_that_is_sent_out(capsys: pytest.CaptureFixture[str]) -> None:
    status, found = told(explain, capsys, case("dispatch-to-be-held"))
    assert (0, True) == (status, "FIRED (" in found and "US-MDS-PLT-W4-HI" in found)


def test_a_call_of_a_hook_that_the_site_does_not_name_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    explain.add_arguments(parser)
    call = parser.parse_args(["--today", DAY, case("encounter-to-be-held")])
    assert explain.run(call, {"CDS_JURISDICTION": "US", "CDS_SERVICES": "patient-view"}) == 1
    assert "CDS_SERVICES does not name encounter-start" in capsys.readouterr().err


def test_a_hook_that_is_served_where_a_site_names_it_is_played_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    explain.add_arguments(parser)
    call = parser.parse_args(["--today", DAY, case("encounter-to-be-held")])
    assert explain.run(call, {"CDS_JURISDICTION": "US"}) == 0
    told = capsys.readouterr().out
    assert "encounter-start is served only where CDS_SERVICES names it: played as if it did" in told
    assert "CRITICAL: Platelets" in told


@pytest.mark.parametrize("command", [explain, doctor])
def test_a_bundle_is_told_where_it_belongs(command: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bundle.json"
    path.write_text('{"resourceType": "Bundle", "type": "collection"}', encoding="utf-8")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert 1 == command.run(parser.parse_args([str(path)]), {})
    assert "a Bundle is for POST /fhir/$evaluate" in capsys.readouterr().err


def test_a_service_named_by_its_hook_is_told_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    explain.add_arguments(parser)
    words = ["--service", "order-sign", case("renewal-to-be-held")]
    assert 1 == explain.run(parser.parse_args(words), {})
    assert "Did you mean lenalidomide-order-sign?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no-jurisdiction-start", "no jurisdiction as case.toml says"),
        (
            "no-jurisdiction-start",
            "WARNING: Lenalidomide doses are not checked: jurisdiction (US or EU) not configured",
        ),
        # Nothing is said on a card, and yet not everything was checked.
        ("sandbox-two-pills-of-5-mg", "not checked rule US-REMS-RX (the order says neither days of supply"),
        ("problem-clot", "decided by toxicity Deep venous thrombosis (2026-01-26); platelets"),
    ],
)
def test_a_case_is_explained_as_it_stands(name: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    explain.add_arguments(parser)
    assert 0 == explain.run(parser.parse_args([case(name)]), {})
    assert words in " ".join(capsys.readouterr().out.split())
