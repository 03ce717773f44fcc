"""Does `check` name whatever keeps `serve` from starting under the same settings, and leave no trace of having looked?"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds_service.commands import check, serve
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.source_files import row_digest
from cds_service.errors import SettingsError
from cds_service.reviews.file import AGREE, OBJECT, Review, RowReview, write_review

KEY = "a throw-away key of 32 characters or more"
PRODUCTION = {"CDS_ALLOW_ANONYMOUS": "1", "CDS_ALLOW_UNREVIEWED": "1", "CDS_JURISDICTION": "US"}
# Text that no file which a setting names may hold, each under its name.
FILES = {
    "not-toml": b"[[",
    "not-utf-8": b"\xff",
    "capsule": b'[[code]]\nsystem = ""\ncode = "L"\nconcept = "lenalidomide"\nstrength_mg = 4\n',
    "empty": b"",
}
PAGES = {"CDS_PAGES": "1", "CDS_PUBLIC_BASE_URL": "https://cds.example.org"}
REFUSED: dict[str, dict[str, str]] = {
    "a name that is no setting": {"CDS_JURISTICTION": "US"},
    "a value that is none": {"CDS_JURISDICTION": "UK"},
    "a mode that is none": {"CDS_MODE": "test"},
    "a fixed day": {"CDS_TODAY": "2026-01-26"},
    "every origin": {"CDS_CORS_ORIGINS": "*"},
    "nobody authenticated": {"CDS_AUTH": "none", "CDS_ALLOW_ANONYMOUS": "0"},
    "no clients": {"CDS_AUTH": "jwt"},
    "clients that are no TOML": {**PAGES, "CDS_TRUSTED_CLIENTS": "not-toml"},
    "no client in the file": {**PAGES, "CDS_TRUSTED_CLIENTS": "empty"},
    "no signature": {"CDS_ALLOW_UNREVIEWED": "0"},
    "a short key": {"CDS_SESSION_KEY": "k"},
    "a site map that is no TOML": {"CDS_SITE_MAP": "not-toml"},
    "a site map that is no text": {"CDS_SITE_MAP": "not-utf-8"},
    "a capsule that there is not": {"CDS_SITE_MAP": "capsule"},
    "a hook that there is not": {"CDS_SERVICES": "order-review"},
    "another database": {"CDS_DATABASE_URL": "mysql://a/b"},
    "a database in memory": {"CDS_DATABASE_URL": "sqlite://"},
    "a folder that cannot be made": {"CDS_DATA_DIR": "empty/below"},
    "a provider that lacks all": {**PAGES, "CDS_PUBLIC_BASE_URL": "", "CDS_OIDC_ISSUER": "http://login.example.org"},
    "an app that lacks all": {"CDS_SMART_CLIENT_ID": "app"},
    "an app without pages": {
        **PAGES,
        "CDS_PAGES": "0",
        "CDS_SMART_CLIENT_ID": "a",
        "CDS_SMART_ISSUERS": "https://e/r4",
    },
    "reviews without a key": {"CDS_REVIEWS": "agreed", "CDS_REVIEW_KEY": ""},
    "reviews under another key": {"CDS_REVIEWS": "agreed", "CDS_REVIEW_KEY": KEY[::-1]},
    "a review of a test that agrees": {"CDS_REVIEWS": "agreed", "CDS_REVIEW_KEY": KEY},
    "a review of a test that objects": {"CDS_REVIEWS": "objected", "CDS_REVIEW_KEY": KEY},
    "a review that is none": {"CDS_REVIEWS": "damaged", "CDS_REVIEW_KEY": KEY},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the files that the settings name."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    edition = DRUG.rulebook.editions[-1]
    rule = next(iter(edition.rules.values()))
    for name, verdict in (("agreed", AGREE), ("objected", OBJECT)):
        rows = (RowReview(rule.id, row_digest(rule), verdict, "note"),)
        review = Review(edition.document.id, "TEST, not a person", "pharmacist", datetime.now(UTC), rows, is_test=True)
        (tmp_path / name).mkdir()
        (tmp_path / name / "review.json").write_bytes(write_review(review, KEY))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "review.json").write_bytes(b"{")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of_serve(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[SettingsError, ...]:
    """What `serve` refuses the start with."""
    monkeypatch.setattr(serve, "environment", lambda: environ)
    monkeypatch.setattr(serve, "check_port", lambda host, port: None)
    monkeypatch.setattr("cds_service.api.server.prepare_metrics", lambda: "")
    monkeypatch.setattr("cds_service.api.server.run", lambda *_: pytest.fail("it was started"))
    with pytest.raises(SettingsError) as caught:
        serve.run(Namespace(host="127.0.0.1", port=5000, workers=1))
    return caught.value.faults


@pytest.mark.parametrize("case", REFUSED)
def test_what_refuses_the_start_is_a_doubt_of_check_and_leaves_nothing(
    case: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {**PRODUCTION, "CDS_DATA_DIR": str(folder / "data" / "below"), **REFUSED[case]}
    before = sorted(folder.rglob("*"))
    refused = of_serve(environ, monkeypatch)
    monkeypatch.setattr(check, "check_package", lambda *_: check.Report((), (), 0, 0, 0))
    assert 1 == check.run(Namespace(), environ=environ)
    told = capsys.readouterr().out
    for fault in refused:
        assert re.search(f"(?m)^DOUBT start in \\w+ mode: {re.escape(f'{fault.where}: {fault.sentence}')}", told)
    assert before == sorted(folder.rglob("*"))


def test_a_start_that_nothing_refuses_leaves_no_doubt_and_no_trace(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    assert () == check.start_doubts({**PRODUCTION, **PAGES, "CDS_DATA_DIR": str(folder / "data" / "below")})
    assert before == sorted(folder.rglob("*"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fhir/terminology/units.toml", "drugs/lenalidomide/drug.toml", "cards/messages.toml"])
def test_content_that_cannot_be_loaded_is_a_doubt_under_settings_too(name: str, tmp_path: Path) -> None:
    package = tmp_path / "cds_service"
    shutil.copytree(check.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / name).write_text("[[", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cds_service.cli", "check"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "CDS_MODE": "demo"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (1, "") == (done.returncode, done.stderr)
    assert "DOUBT start in demo mode: the rules cannot be built: " in done.stdout


def test_every_setting_that_can_refuse_the_start_by_its_own_rule_is_tried_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names that stand in the source beside a refusal of ours, but for those of commands that are no start."""
    source = check.PACKAGE
    paths = [source / "settings.py", *(source / "hooks").glob("*.py"), *(source / "api").glob("*.py")]
    paths += [*(source / "store").glob("*.py"), source / "commands" / "preflight.py"]
    named = set()
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "SettingsError":
                named |= {one.value for one in call.args[:1] if isinstance(one, ast.Constant)}
    named = {name for name in named if name.startswith("CDS_")}
    base = {**PRODUCTION, "CDS_DATA_DIR": str(folder / "data")}
    tried = {fault.where for case in REFUSED.values() for fault in of_serve({**base, **case}, monkeypatch)}
    assert {"CDS_TODAY", "CDS_ALLOW_TEST_SIGNER", "CDS_DATABASE_URL", "CDS_DATA_DIR"} < named
    assert set() == named - tried
