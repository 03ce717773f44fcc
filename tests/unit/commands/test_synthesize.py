"""Does `cds-service synthesize` write an export, say how much, and refuse a folder that is in use?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cds_service.cli import main
from cds_service.commands import synthesize
from cds_service.program import program


def test_an_export_is_written_with_what_should_be_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "export"
    words = ["synthesize", "--patients", "4", "--out", str(folder), "--seed", "3", "--resources-per-patient", "50"]
    assert 0 == main(words)
    patients = [json.loads(line) for line in (folder / "Patient.ndjson").read_text().splitlines()]
    rows = [json.loads(line) for line in (folder / "expected.ndjson").read_text().splitlines()]
    assert 4 == len(patients)
    assert {row["patient"] for row in rows} <= {each["id"] for each in patients}
    written = sum(len(path.read_bytes().splitlines()) for path in folder.iterdir() if path.name[0].isupper())
    said = capsys.readouterr().out
    assert f"4 patients, {written:,} resources" in said
    assert f"{len(rows):,} findings" in said
    assert f"{program()} replay {folder}" in said


@pytest.mark.parametrize("is_there", [True, False])
def test_the_extra_of_replay_is_named_where_it_lacks(
    is_there: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesize, "find_spec", lambda name: object() if is_there and name == "pyarrow" else None)
    assert 0 == main(["synthesize", "--patients", "1", "--resources-per-patient", "50", "--out", str(tmp_path / "new")])
    assert is_there == (".venv/bin/pip install -e '.[replay]'" not in capsys.readouterr().out)


def test_a_folder_in_use_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("kept")
    assert 2 == main(["synthesize", "--patients", "1", "--out", str(tmp_path)])
    assert "is not empty: name a new folder" in capsys.readouterr().err
    assert ["mine"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("patients", ["0", "-1", "ten", "1.5", "²"])
def test_a_number_that_is_none_is_shown(patients: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["synthesize", f"--patients={patients}", "--out", str(tmp_path)])
    assert f"--patients is a number from 1 to 999999999, not {patients!r}" in capsys.readouterr().err
