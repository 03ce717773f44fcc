"""Is a new drug a new folder and nothing else: are its services listed, and do they answer?

The package is copied, a folder is put among its drugs, and another Python runs the copy: no file of the copy is changed.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cds_service.commands.check import PACKAGE
from tests.support.toy_drug import REGIMEN_PY, write_folder

pytestmark = pytest.mark.slow

Json = dict[str, Any]
NAME = "org.cds-service.recommendation"

DRUG_TOML = """
name = "examplumab"
title = "Examplumab"
names = ["examplumab", "exempla"]
hooks = ["order-sign", "encounter-start"]
"""

MESSAGES_TOML = """
[too-much]
summary = "Examplumab {ordered}: the leaflet says 3 mg at most"
why = "Ordered {ordered}."
"""

LEAFLET_TOML = """
[document]
id = "examplumab-leaflet"
title = "Examplumab leaflet"
jurisdiction = "US"
revision = "1"
effective_from = 2026-01-01
url = "https://example.org/examplumab"
signed_by = ""

[confidence]
OFF = "made up"

[[rule]]
id = "EX-MOST"
section = "1"
confidence = "OFF"
text = "At most {mg_at_most} mg once daily."
mg_at_most = 3
"""

FOLDER_PY = '''
"""A drug that does not exist."""

import tomllib
from decimal import Decimal
from pathlib import Path

from cds_service.clinical.recommendation import Action, Assessment, Recommendation, RuleOutcome, Urgency
from cds_service.dosing.case import Case
from cds_service.drugs.contract import Drug, Need
from cds_service.drugs.source_files import content_version, load_rulebook

FOLDER = Path(__file__).parent
CONTENT = tomllib.loads((FOLDER / "drug.toml").read_text(encoding="utf-8"))
MESSAGES = tomllib.loads((FOLDER / "messages.toml").read_text(encoding="utf-8"))
RULEBOOK = load_rulebook(FOLDER)


def assess(case: Case) -> Assessment:
    rule = case.rules["EX-MOST"]
    over = [o for o in case.orders if o.dose is not None and o.dose.mg > rule.data["mg_at_most"]]
    found = tuple(
        Recommendation(
            Action.REVIEW, Urgency.WARNING, (rule.id,), "too-much", rule.basis, "US", CONTENT["name"],
            words={"ordered": o.dose.words, "rule_text": rule.text}, order=o.reference,
        )
        for o in over
    )
    return Assessment(found, (RuleOutcome(rule.id, "fired" if found else "not met", "the dose", rule.citation),))


DRUG = Drug(
    name=CONTENT["name"],
    title=CONTENT["title"],
    hooks=tuple(CONTENT["hooks"]),
    codes={},
    names=tuple(CONTENT["names"]),
    strengths_mg=(Decimal(1),),
    needs=(Need("orders", "MedicationRequest"), Need("counts", "Observation", ("platelets",))),
    rulebook=RULEBOOK,
    messages={f"{group}.{part}": text for group, parts in MESSAGES.items() for part, text in parts.items()},
    content_version=content_version(FOLDER.rglob("*.toml")),
    topic=("", "", ""),
    indications=frozenset(),
    judge=assess,
)
'''

CALLS_PY = """
import json, sys
import cds_service
from cds_service.app import create_app
from cds_service.settings import Settings

client = create_app(
    Settings.from_environment({"CDS_MODE": "demo", "CDS_JURISDICTION": "US", "CDS_TODAY": "2026-01-26", "CDS_DATA_DIR": sys.argv[1],
                               "CDS_SERVICES": "order-sign,encounter-start,patient-view"})
).test_client()
said = {"package": cds_service.__path__[0], "services": client.get("/cds-services").get_json()["services"], "answers": []}
for service, request in json.load(sys.stdin):
    answer = client.post(f"/cds-services/{service}", json=request)
    said["answers"].append([answer.status_code, answer.get_json()])
print(json.dumps(said))
"""


def call(hook: str, **context: Any) -> Json:
    """A call without any data. Args: the hook, its context."""
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "1", **context},
        "prefetch": {"patient": None, "orders": None, "counts": None},
    }


def sign(drug: str, milligrams: int) -> Json:
    order = {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": {"text": drug},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": milligrams, "unit": "mg"}}],
            }
        ],
    }
    return call("order-sign", draftOrders={"resourceType": "Bundle", "entry": [{"resource": order}]})


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one more folder among its drugs."""
    root = tmp_path_factory.mktemp("another-drug")
    package = root / "cds_service"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    folder = package / "drugs" / "examplumab"
    (folder / "documents" / "leaflet").mkdir(parents=True)
    (folder / "drug.toml").write_text(DRUG_TOML, encoding="utf-8")
    (folder / "messages.toml").write_text(MESSAGES_TOML, encoding="utf-8")
    (folder / "documents" / "leaflet" / "1.toml").write_text(LEAFLET_TOML, encoding="utf-8")
    (folder / "folder.py").write_text(FOLDER_PY, encoding="utf-8")
    (folder / "__init__.py").write_text(
        "from cds_service.drugs.examplumab.folder import DRUG as DRUG\n", encoding="utf-8"
    )
    toy = write_folder(package / "drugs" / "toymab", "toymab")
    (toy / "__init__.py").write_text(REGIMEN_PY, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def said(copied: Path) -> Json:
    """What the copy says to discovery and to calls."""
    calls = [
        ("examplumab-order-sign", sign("Examplumab 5 mg capsule", 5)),
        ("examplumab-order-sign", sign("Exempla", 3)),
        ("examplumab-order-sign", sign("Lenalidomide 5 mg", 5)),
        ("examplumab-encounter-start", call("encounter-start", encounterId="9")),
        ("examplumab-patient-view", call("patient-view")),
        ("toymab-order-sign", sign("Toymab", 25)),
    ]
    ran = subprocess.run(
        [sys.executable, "-c", CALLS_PY, str(copied / "data")],
        input=json.dumps(calls),
        cwd=copied,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("CDS_")}, "PYTHONPATH": str(copied)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == ran.returncode, ran.stderr[-2000:]
    result: Json = json.loads(ran.stdout.splitlines()[-1])
    assert str(copied / "cds_service") == result["package"]
    return result


def test_its_services_are_listed_beside_those_of_lenalidomide(said: Json) -> None:
    own = {one["id"]: one for one in said["services"] if one["id"].startswith("examplumab-")}
    assert ["examplumab-order-sign", "examplumab-encounter-start"] == list(own)
    assert "Examplumab: dose check at signing" == own["examplumab-order-sign"]["title"]
    assert {"orders", "counts"} == set(own["examplumab-order-sign"]["prefetch"])
    assert "lenalidomide-order-sign" in {one["id"] for one in said["services"]}


def test_its_own_rule_answers_a_call(said: Json) -> None:
    status, body = said["answers"][0]
    assert 200 == status
    (card,) = body["cards"]
    assert "Examplumab 5 mg once daily: the leaflet says 3 mg at most" == card["summary"]
    assert ("review", ["EX-MOST"], "examplumab") == tuple(
        card["extension"][NAME][m] for m in ("action", "rules", "drug")
    )


def test_what_is_well_and_what_is_another_drug_s_needs_no_card(said: Json) -> None:
    assert [[200, {"cards": []}]] * 3 == said["answers"][1:4]


def test_a_hook_that_it_did_not_opt_in_to_is_not_there(said: Json) -> None:
    assert 404 == said["answers"][4][0]


def test_a_drug_with_a_regimen_is_a_folder_and_nothing_else_too(said: Json) -> None:
    """The engine doses it: an order above every dose of its leaflet is said, and what a start needs is asked for."""
    status, body = said["answers"][5]
    assert 200 == status
    decided = {tuple(card["extension"][NAME]["rules"]): card["extension"][NAME] for card in body["cards"]}
    assert {"toymab"} == {one["drug"] for one in decided.values()}
    assert "review" == decided[("EX-START",)]["action"]
    assert "request-data" in {one["action"] for one in decided.values()}


def test_no_other_file_was_touched(copied: Path) -> None:
    ours = {p.relative_to(PACKAGE) for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    copy = copied / "cds_service"
    theirs = {p.relative_to(copy) for p in copy.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    assert {Path("drugs/examplumab"), Path("drugs/toymab")} == {Path(*path.parts[:2]) for path in theirs - ours}
    assert [] == [path for path in ours if not filecmp.cmp(PACKAGE / path, copy / path, shallow=False)]
