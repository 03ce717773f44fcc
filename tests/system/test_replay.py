"""Is a replayed population what the service says day by day, and is a run that broke completed?"""

from __future__ import annotations

import errno
import gzip
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.equality import differing, otherwise
from cds_service.population import local, work
from tests.support.application import client
from tests.support.ehr import FlaskTransport
from tests.support.replays import KEY, Replayed, as_said, asked, read_export, replay, rows

Row = Mapping[str, Any]


# What the service says


def compare_with_http(export: Path, decided: Sequence[Row], patients: Sequence[str], every: int) -> int:
    """How many calls were compared: of each patient one in `every`."""
    count, charts_of = 0, read_export(export, patients)
    for patient in patients:
        chart = charts_of[patient]
        calls = list(dict.fromkeys((row["day"], row["hook"]) for row in decided if row["patient"] == patient))
        for day, hook in calls[::every]:
            own = [row for row in decided if (row["patient"], row["day"], row["hook"]) == (patient, day, hook)]
            service = FlaskTransport(client(jurisdiction="US", today=day.isoformat()))
            said = asked(service, chart, patient, day, hook)
            assert said == [each for each in map(as_said, own) if each], (patient, day, hook)
            count += 1
    return count


@pytest.mark.slow
def test_a_sample_is_what_the_service_says_over_http_on_that_day(export: Path, whole: Replayed) -> None:
    patients = sorted({row["patient"] for row in whole.decisions})[::10]
    assert compare_with_http(export, whole.decisions, patients, 4) >= 9


@pytest.mark.slow
def test_the_comparison_sees_where_an_engine_or_the_service_decides_otherwise(export: Path, whole: Replayed) -> None:
    patients = sorted({row["patient"] for row in whole.decisions})
    patient = patients[0]
    own = [dict(row) for row in whole.decisions if row["patient"] == patient]
    card = next(n for n, row in enumerate(own) if row["place"] == "card")
    changed = [*own[:card], {**own[card], "urgency": "never"}, *own[card + 1 :]]
    assert [] == differing({patient: own}, {patient: own})
    for other in (changed, own[:-1], own[::-1]):
        assert [patient] == [each.partition(":")[0] for each in differing({patient: own}, {patient: other})]
    assert [] != differing({patient: own}, {})
    day = own[card]["day"]
    calls, found = otherwise(export, {patient: [row for row in changed if row["day"] == day]}, [patient])
    assert calls == len({row["hook"] for row in own if row["day"] == day}) and 1 == len(found)
    assert "never" in found[0]
    assert (calls, []) == otherwise(export, {patient: [row for row in own if row["day"] == day]}, [patient])


@pytest.mark.slow
def test_many_are_what_the_service_says_over_http(export: Path, whole: Replayed) -> None:
    patients = sorted({row["patient"] for row in whole.decisions})
    assert compare_with_http(export, whole.decisions, patients, 5) >= 60


# What is broken


@pytest.mark.slow
def test_an_interrupted_run_is_completed_and_equals_an_undisturbed_one(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full in the middle of the third step; the same command goes on with what is there."""
    monkeypatch.setattr(local, "_PART", 20_000)
    undisturbed = replay(export, tmp_path / "a", "--as-of", "2025-06-01")
    written = work.write_whole
    left = iter(range(14))

    def full(place: Path, content: bytes) -> None:
        if place.parent.name == "results" and next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(place, content)

    with monkeypatch.context() as disk:
        disk.setattr(local, "write_whole", full)
        broken = replay(export, tmp_path / "b", "--as-of", "2025-06-01", status=3)
    assert "is full" in broken.error and 1 == broken.error.count("cds-service replay:")
    done = sorted((tmp_path / "b" / work.FOLDER / "results").glob("*.ndjson"))
    assert 14 == len(done)
    times = [path.stat().st_mtime_ns for path in done]
    kept = {path.name: time_ for path, time_ in zip(done, times, strict=True)}
    again: list[str] = []
    monkeypatch.setattr(
        local, "write_whole", lambda place, content: (again.append(place.name), written(place, content))
    )
    resumed = replay(export, tmp_path / "b", "--as-of", "2025-06-01")
    assert "Went on with" in resumed.output
    assert not kept.keys() & set(again), "what is finished is not done again"
    assert undisturbed.decisions == resumed.decisions
    assert undisturbed.plain == resumed.plain
    assert not (tmp_path / "b" / work.FOLDER).exists()


@pytest.mark.slow
def test_another_export_or_setting_starts_afresh(export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    with monkeypatch.context() as disk:
        disk.setattr(work.Work, "remove", lambda _self: None)
        replay(export, out, "--as-of", "2025-06-01")
    other = replay(export, out, "--as-of", "2025-07-01")
    assert "Went on with" not in other.output
    assert {date(2025, 7, 1)} == {row["day"] for row in other.decisions}


def mended(export: Path, folder: Path) -> Path:
    """The export with compressed files, in pieces, one of two systems, and with lines that are broken."""
    north, south = folder / "north", folder / "south"
    for place in (north, south):
        place.mkdir(parents=True)
        for path in export.glob("*.ndjson"):
            content = path.read_bytes()
            if path.name == "Observation.ndjson":
                lines = content.splitlines(keepends=True)
                (place / "Observation_1.ndjson.gz").write_bytes(gzip.compress(b"".join(lines[::2])))
                (place / "Observation_2.ndjson").write_bytes(b'{"resourceType":"Obs\n\n[1]\n' + b"".join(lines[1::2]))
            elif path.name != "expected.ndjson":
                (place / path.name).write_bytes(content)
    return folder


@pytest.mark.slow
def test_ids_of_two_systems_do_not_meet_and_broken_lines_are_set_aside(
    export: Path, tmp_path: Path, whole: Replayed
) -> None:
    single = replay(export, tmp_path / "single", "--as-of", "2025-06-01", "--keep-ids")
    both = replay(mended(export, tmp_path / "both"), tmp_path / "out", "--as-of", "2025-06-01", "--keep-ids")
    for system in ("north", "south"):
        own = [{**row, "patient": row["patient"].removeprefix(f"{system}/")} for row in both.decisions]
        mine = [row for row, before in zip(own, both.decisions, strict=True) if before["patient"].startswith(system)]
        assert sorted(single.decisions, key=str) == sorted(mine, key=str)
    aside = tmp_path / "out" / work.SET_ASIDE
    assert [b'{"resourceType":"Obs', b"[1]"] * 2 == aside.read_bytes().splitlines()
    assert 0o600 == aside.stat().st_mode & 0o777
    assert "4 lines could not be read" in both.output and 4 == both.plain["resources"]["broken lines"]


def test_a_file_that_ends_early_is_said(export: Path, tmp_path: Path) -> None:
    folder = mended(export, tmp_path / "both")
    cut = folder / "north" / "Observation_1.ndjson.gz"
    cut.write_bytes(cut.read_bytes()[:-2000])
    said = replay(folder, tmp_path / "out", "--as-of", "2025-06-01")
    assert "1 files that end early." in said.output


def test_patients_without_their_resource_are_said(export: Path, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for path in export.glob("*.ndjson"):
        (folder / path.name).write_bytes(path.read_bytes() if path.name != "Patient.ndjson" else b"")
    said = replay(folder, tmp_path / "out", status=2)
    assert "has a Patient resource" in said.error and "set aside (" in said.error
    assert 1 == len(said.error.strip().splitlines()) and not (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", ""),
        ("\n\n", ""),
        ('{"resourceType": "Patient", "id": "a"}\n', ""),
        ("nonsense\n", "1 lines that could not"),
    ],
)
def test_an_export_without_anybody_on_the_drug_is_no_success(tmp_path: Path, content: str, told: str) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Patient.ndjson").write_text(content, encoding="utf-8")
    said = replay(folder, tmp_path / "out", status=2)
    assert f"No patient who is on the drug and has a Patient resource was found in {folder}" in said.error
    assert told in said.error and not (tmp_path / "out" / "report.html").exists()


def test_a_folder_with_other_files_is_left_alone(export: Path, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    before = tmp_path.stat().st_mode
    assert "holds other files (letters.txt)" in replay(export, tmp_path, status=2).error
    assert before == tmp_path.stat().st_mode


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ((), 2, "CDS_HASH_KEY"),
        (("--keep-ids", "--compare", "us-label/1999-01", "us-label/2023-03"), 2, "us-label/2021-08"),
        (("--keep-ids", "--compare", "US", "CH"), 2, "names no jurisdiction"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    export: Path, tmp_path: Path, more: tuple[str, ...], status: int, said: str
) -> None:
    answer = replay(export, tmp_path / "out", *more, environ={}, status=status)
    assert said in answer.error and 1 == len(answer.error.strip().splitlines())


def test_a_key_that_can_be_guessed_hides_nobody(export: Path, tmp_path: Path) -> None:
    short = {"CDS_HASH_KEY": "k" * 31}
    assert "fewer than 32 characters" in replay(export, tmp_path / "out", environ=short, status=2).error
    assert not (tmp_path / "out").exists()


def test_without_pyarrow_it_is_said_how_to_install_it(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert ".venv/bin/pip install -e '.[replay]'" in replay(export, tmp_path / "out", status=2).error


@pytest.mark.slow
def test_the_results_are_the_owners_alone_and_ids_are_hashed(export: Path, tmp_path: Path, whole: Replayed) -> None:
    out = tmp_path / "out"
    hashed = replay(export, out, "--as-of", "2025-06-01")
    assert 0o700 == out.stat().st_mode & 0o777
    assert {0o600} == {path.stat().st_mode & 0o777 for path in out.iterdir()}
    assert all(re.fullmatch("[0-9a-f]{64}", row["patient"]) for row in hashed.decisions)
    names = {row["patient"] for row in whole.decisions}
    assert [] == [path.name for path in out.iterdir() for name in names if name.encode() in path.read_bytes()]


@pytest.mark.slow
def test_processes_give_what_one_process_gives(
    export: Path, tmp_path: Path, whole: Replayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_PART", 20_000)
    many = replay(export, tmp_path / "out", "--keep-ids", "--workers", "2")
    assert sorted(map(str, rows(many.decisions))) == sorted(map(str, rows(whole.decisions)))


@pytest.mark.kill
def test_the_process_is_killed_in_the_middle(export: Path, tmp_path: Path) -> None:
    """Killed with all its processes three times while decisions are made: nothing is lost, nothing stands twice."""
    undisturbed = replay(export, tmp_path / "a")
    small = "import sys; from cds_service import cli; from cds_service.population import local; local._PART = 20_000; "
    arguments = ["replay", str(export), "--out", str(tmp_path / "b"), "--workers", "2"]
    command = [sys.executable, "-c", f"{small}sys.exit(cli.main(sys.argv[1:]))", *arguments]
    environ = {**os.environ, "CDS_HASH_KEY": KEY, "CDS_JURISDICTION": "US"}
    results, finished = tmp_path / "b" / work.FOLDER / "results", 0
    for _ in range(3):
        with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL, start_new_session=True) as running:
            while len(done := list(results.glob("*.ndjson"))) <= finished + 2:
                assert running.poll() is None, "it came to its end before it was killed"
                time.sleep(0.05)
            os.killpg(running.pid, signal.SIGKILL)
        finished = len(done)
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert "Went on with" in ended.stdout
    assert rows(undisturbed.decisions) == rows(Replayed.read(tmp_path / "b").decisions)
