"""Does `cds-service demo` show the service to somebody who has just installed it?"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import requests

from cds_service.commands import demo as command
from cds_service.commands.fixtures import FOLDER, fixtures, resources
from tests.cases.player import decisions, disagreements

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "cds_service.cli", "demo"]
CASES = {case.name: case for case in fixtures()}


def environ(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CDS_", "COV_"))}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def once(**more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "--once"], cwd=ROOT, env=environ(**more), capture_output=True, text=True, timeout=60, check=False
    )


def test_one_call_is_played_and_its_card_printed() -> None:
    began = time.monotonic()
    done = once()
    assert 0 == done.returncode, done.stderr[-2000:]
    assert time.monotonic() - began < 20
    assert "[CRITICAL] Platelets 42,000 /µL on 10 mg once daily" in done.stdout
    assert f"today is {date.today()}, and the patients' charts are moved to it" in done.stdout


def test_one_call_leaves_no_log_line_and_no_address_of_a_server_that_is_gone() -> None:
    done = once()
    assert [] == [line for line in (done.stdout + done.stderr).splitlines() if '"event"' in line or "curl" in line]
    assert "http://127.0.0.1" not in done.stdout.split("POST ")[0]


def test_one_call_is_played_on_a_port_that_is_free() -> None:
    played = re.search(r"POST http://127\.0\.0\.1:(\d+)/", once().stdout)
    assert played
    assert "5000" != played[1]


def test_a_usual_port_that_is_taken_is_said_with_the_one_instead(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setattr(command, "PORT", port)
        monkeypatch.setattr(command, "_wait", lambda: None)
        assert 0 == command.run(argparse.Namespace(port=None, once=False))
    told = capsys.readouterr().out
    instead = re.search(r"CDS Hooks    http://127\.0\.0\.1:(\d+)/", told)
    assert instead and told.startswith(f"Port {port} is taken, so {instead[1]}; --port chooses another.\n")


def test_a_day_that_the_user_set_stands_and_is_said() -> None:
    done = once(CDS_TODAY="2028-02-29")
    assert 0 == done.returncode, done.stderr[-2000:]
    words = " ".join(done.stdout.split())
    assert "today is 2028-02-29, as CDS_TODAY says, and the patients' charts are moved to it" in words
    assert "42,000 /µL (29 Feb, CTCAE grade 3) on 10 mg once daily; treatment day 21, first dose 8 Feb" in words


def test_a_setting_that_cannot_be_used_is_named() -> None:
    done = once(CDS_JURISDICTION="nowhere")
    assert 2 == done.returncode
    assert "CDS_JURISDICTION" in done.stderr


@dataclass
class Demo:
    process: subprocess.Popen[str]
    url: str
    screen: str


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    process = subprocess.Popen(
        [*COMMAND, "--port", "0"],
        cwd=ROOT,
        env=environ(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    screen = ""
    for line in process.stdout:
        screen += line
        if line.startswith("Serving"):
            break
    found = re.search(r"http://127\.0\.0\.1:\d+", screen)
    assert found, screen
    yield Demo(process, found[0], screen)
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    process.stdout.close()


def test_it_keeps_serving_patients_to_a_browser_elsewhere(demo: Demo) -> None:
    answer = requests.get(
        f"{demo.url}/demo/fhir/Patient",
        headers={"Accept": "application/json+fhir", "Origin": "https://sandbox.cds-hooks.org"},
        timeout=10,
    )
    listed = {entry["resource"]["id"] for entry in answer.json()["entry"]}
    assert {case.patient_id for case in CASES.values()} == listed
    assert "*" == answer.headers["Access-Control-Allow-Origin"]


@pytest.mark.parametrize("name", ["platelets-49999-week-3", "cbc-overdue-week-3", "renewal-to-be-held"])
def test_a_call_without_prefetch_is_answered_from_its_own_fhir_server(demo: Demo, name: str) -> None:
    case = CASES[name]
    ready = requests.get(f"{demo.url}/demo/calls/{name}", timeout=10).json()
    request = {key: value for key, value in ready.items() if key != "prefetch"}
    request["fhirServer"] = f"{demo.url}/demo/fhir"
    answer = requests.post(f"{demo.url}/cds-services/{case.service}", json=request, timeout=15)
    assert 200 == answer.status_code, answer.text
    assert list(case.actions) == [decision["action"] for decision in decisions(answer.json())]


def test_a_ready_call_is_listed_and_answered_as_the_screen_says_how(demo: Demo) -> None:
    listed = requests.get(f"{demo.url}/demo/calls", timeout=10).json()["calls"]
    assert list(CASES) == [one["name"] for one in listed]
    settings = {one["name"]: " ".join(one.get("settings", ())) for one in listed}
    assert "CDS_JURISDICTION=EU" == settings["eu-mds-kidney-50-0"]
    assert re.fullmatch(r"CDS_SERVICES=patient-view,.*,encounter-start", settings["encounter-to-be-held"])
    assert "" == settings["kidney-60-00"]
    one = next(one for one in listed if one["name"] == "kidney-60-00")
    answer = requests.post(one["service"], json=requests.get(one["request"], timeout=10).json(), timeout=15)
    assert [] == disagreements(CASES["kidney-60-00"], answer.json())
    assert 404 == requests.get(f"{demo.url}/demo/calls/nobody", timeout=10).status_code
    piped = demo.screen.split("The same call:")[1].split("\n\n")[0].replace("\n", " ")
    played = subprocess.run(piped, shell=True, capture_output=True, text=True, timeout=20, check=True)
    assert "hold" == decisions(json.loads(played.stdout))[0]["action"]


def test_every_prefetch_template_is_answered(demo: Demo) -> None:
    patient = CASES["component-panel"].patient_id
    for service in requests.get(f"{demo.url}/cds-services", timeout=10).json()["services"]:
        for key, template in service["prefetch"].items():
            query = template.replace("{{context.patientId}}", patient)
            answer = requests.get(f"{demo.url}/demo/fhir/{query}", timeout=10)
            assert 200 == answer.status_code, key


def test_the_fixtures_stand_next_to_the_package() -> None:
    assert FOLDER.is_dir()
    assert {"Patient", "Observation", "Condition", "MedicationRequest"} <= {
        resource["resourceType"] for resource in resources(CASES.values())
    }
