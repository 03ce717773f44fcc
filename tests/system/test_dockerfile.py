"""Does the Dockerfile say what a hospital asks of an image, and do its install steps work on a clean machine?"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACE = "/opt/cds-service"


def instructions() -> list[tuple[str, str]]:
    """The instructions in order, continued lines joined: ("RUN", "python -m venv …")."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage."""
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return found


def test_the_image_has_two_stages_of_the_same_python() -> None:
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert ["python:3.11-slim"] * 2 == bases


def test_the_last_stage_runs_without_rights_and_tells_its_health() -> None:
    last = stages()[-1]
    (user,) = [rest for word, rest in last if word == "USER"]
    assert user not in {"root", "0"}
    assert any(word == "HEALTHCHECK" and "/healthz" in rest for word, rest in last)
    assert ("CMD", '["cds-service", "serve", "--host", "0.0.0.0"]') == last[-1]


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), f"{source} is not there"
                assert source in kept, f"{source} is ignored"


@pytest.mark.slow
def test_the_install_steps_work_in_a_clean_environment(tmp_path: Path) -> None:
    """Plays the build stage without a container: its COPY and RUN lines, the venv in a temporary folder."""
    source, place = tmp_path / "src", tmp_path / "venv"
    source.mkdir()
    for word, rest in stages()[0]:
        if word == "COPY":
            *names, target = rest.split()
            for one in names:
                _copy(ROOT / one, source / (one if target == "./" else target))
        elif word == "RUN":
            step = rest.replace(PLACE, str(place))
            step = re.sub(r"^python(?= )", re.escape(sys.executable).replace("\\", ""), step)
            done = subprocess.run(["bash", "-c", step], cwd=source, capture_output=True, text=True, timeout=900)
            assert 0 == done.returncode, done.stderr[-2000:]
    command = [str(place / "bin" / "cds-service"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert 0 == done.returncode, done.stderr[-2000:]
    assert "serve" in done.stdout


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)
