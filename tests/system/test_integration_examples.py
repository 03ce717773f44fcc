"""Do the examples of docs/integration.md do what the page says: the client, the message, its mapping?"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from cds_service.fhir.model import problems_of
from tests.cases.player import client

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "integration"
PAGE = (ROOT / "docs" / "integration.md").read_text(encoding="utf-8")
DAY = "2026-01-26"
HOLD = "hold lenalidomide"

Json = dict[str, Any]


def read(name: str) -> Json:
    content: Json = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def test_the_message_and_the_chart_of_the_page_lead_to_a_hold() -> None:
    data = [{"name": "data", "resource": read(name)} for name in ("cbc.json", "chart.json")]
    body = {"resourceType": "Parameters", "parameter": data}
    answer = client("US", DAY).post("/fhir/$evaluate", json=body).get_json()
    guidance = answer["entry"][0]["resource"]
    assert "success" == guidance["status"]
    assert HOLD in guidance["reasonCode"][0]["text"]
    (shown,) = re.findall(r"prints\n\n```json\n(.*?)```", PAGE, re.DOTALL)
    told = {"status": "success", "reasonCode": [each["text"] for each in guidance["reasonCode"]]}
    assert {**told, "dataRequirement": guidance.get("dataRequirement")} == json.loads(shown)
    assert "MSG00001" == guidance["requestIdentifier"]["value"]


def test_the_examples_are_valid_r4() -> None:
    assert [] == problems_of(read("cbc.json")) + problems_of(read("chart.json"))


@pytest.mark.slow
def test_the_client_of_the_page_prints_the_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    server = make_server("127.0.0.1", 0, client("US", DAY).application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.chdir(ROOT)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(code.replace("127.0.0.1:5000", f"127.0.0.1:{server.port}"), {})
    finally:
        server.shutdown()
        server.server_close()
    assert printed.getvalue().startswith("success\n- ")
    assert HOLD in printed.getvalue()


def mapped(text: str, **options: str) -> Json | str:
    """What the script makes of a message: the Bundle, or the words of its error."""
    program = shutil.which("node")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("node is not installed")
        pytest.skip("node is not installed")
    script = (
        "const {oruToBundle} = require(process.argv[1]);"
        "const {text, options} = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "try { console.log(JSON.stringify(oruToBundle(text, options))); }"
        "catch (error) { console.log(JSON.stringify(error.message)); }"
    )
    command = [program, "-e", script, str(FOLDER / "oru-to-bundle.js")]
    sent = json.dumps({"text": text, "options": options})
    done = subprocess.run(command, input=sent, capture_output=True, text=True, timeout=60, check=True)
    result: Json | str = json.loads(done.stdout)
    return result


MESSAGE = (FOLDER / "cbc.oru").read_text(encoding="utf-8")


def observation(*segments: str, **options: str) -> Json:
    """The first result of a message with these segments behind the patient's."""
    bundle = mapped("\r".join([*MESSAGE.splitlines()[:2], *segments]), **options)
    assert isinstance(bundle, dict), bundle
    assert [] == problems_of(bundle)
    found: Json = bundle["entry"][2]["resource"]
    return found


@pytest.mark.slow
def test_the_message_becomes_the_bundle_that_stands_beside_it() -> None:
    assert read("cbc.json") == mapped(MESSAGE, patientId="4711") == mapped(MESSAGE.replace("\n", "\r"))


LOCAL = {"code": "PLT", "system": "urn:hl7-v2:L", "display": "Plt"}
LOINC = {"code": "777-3", "system": "http://loinc.org"}
OBR = "OBR|1|||CBC|||20260126080000"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("segment", "member", "value"),
    [
        ("OBX|1|NM|777-3^Platelets^LN||49.999|10*9/L^^UCUM|||||F", "valueQuantity", {"value": 49.999, "unit": "10*9/L", "code": "10*9/L"}),
        ("OBX|1|NM|PLT^Platelets^L||50|K/uL|||||F", "valueQuantity", {"value": 50, "unit": "K/uL"}),
        ("OBX|1|NM|777-3^^LN||<5|10*9/L^^UCUM|||||F", "valueQuantity", {"value": 5, "comparator": "<"}),
        ("OBX|1|SN|777-3^^LN||<^5|10*9/L^^UCUM|||||F", "valueQuantity", {"value": 5, "comparator": "<"}),
        ("OBX|1|SN|777-3^^LN||^1^:^128|||||||F", "valueString", "1:128"),
        ("OBX|1|ST|777-3^^LN||clumped \\T\\ few||||||F", "valueString", "clumped & few"),
        ("OBX|1|ST|777-3^^LN||12|10*9/L|||||F", "valueQuantity", {"value": 12}),
        ("OBX|1|NM|777-3^^LN||pending||||||P", "valueString", "pending"),
        ("OBX|1|CWE|882-1^ABO^LN||A^Group A^L||||||F", "valueCodeableConcept", {"text": "Group A"}),
        ("OBX|1|NM|777-3^^LN||||||||X", "status", "cancelled"),
        ("OBX|1|NM|777-3^^LN||5||||||C", "status", "corrected"),
        ("OBX|1|NM|777-3^^LN||5||||||Q", "status", "unknown"),
        ("OBX|1|NM|777-3^^LN||5||||||F", "effectiveDateTime", "2026-01-26"),
        ("OBX|1|NM|777-3^^LN||5||||||F|||20260125", "effectiveDateTime", "2026-01-25"),
        ("OBX|1|NM|777-3^^LN||5||||||F|||202601250715-0500", "effectiveDateTime", "2026-01-25T07:15:00-05:00"),
        ("OBX|1|NM|777-3^^LN^PLT^Plt^L||5||||||F", "code", {"coding": [LOINC, LOCAL]}),
    ],
)  # fmt: skip
def test_a_result_is_mapped_as_the_table_says(segment: str, member: str, value: Any) -> None:
    found = observation(OBR, segment)[member]
    assert value == (found if isinstance(value, str) else {name: found.get(name) for name in value})


@pytest.mark.slow
def test_notes_specimens_and_zones_belong_to_their_results() -> None:
    result = "OBX|1|NM|777-3^^LN||5||||||F"
    found = observation(OBR, result, "NTE|1||Clumps seen", "SPM|1|||BLD^Whole blood^HL70487", zone="+01:00")
    assert ([{"text": "Clumps seen"}], {"display": "Whole blood"}) == (found["note"], found["specimen"])
    assert "2026-01-26T08:00:00+01:00" == found["effectiveDateTime"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MESSAGE + "PID|2||9\n", "a message of one patient"),
        ("\n".join(line for line in MESSAGE.splitlines() if not line.startswith("PID")), "a message of one patient"),
        (MESSAGE.replace("ORU^R01", "ADT^A01"), "not an ORU message"),
        ("<xml/>", "begins with MSH"),
        (MESSAGE.replace("4711^^^HOSPITAL^MR", ""), "PID-3 is empty"),
    ],
)
def test_a_message_that_cannot_be_mapped_is_an_error(text: str, said: str) -> None:
    assert said in str(mapped(text))
