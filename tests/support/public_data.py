"""Public FHIR data that stand beside the project: finding the files and making charts of them. Nothing of it is copied."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chart import Chart
from tests.support.resources import Json

BESIDE = Path(__file__).parents[2].parent / "shared"
FOLDER = BESIDE / "data"
LABELS = BESIDE / "labels"
SUBJECTS = ("subject", "patient")


def data_folder() -> Path:
    """The folder; without it a user's run skips, and a run with CI=true fails, because then nothing was tested."""
    return _there(FOLDER)


def labels_folder() -> Path:
    """The folder of the labels' own text, with `us` and `eu`; missing as `data_folder` says."""
    return _there(LABELS)


def _there(folder: Path) -> Path:
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the folder {folder.name} is missing beside the project")
        pytest.skip(f"the folder {folder.name} is not here")
    return folder


def sets() -> list[str]:
    """The names of the data sets, sorted; empty where the folder is missing."""
    return sorted(child.name for child in FOLDER.iterdir() if child.is_dir()) if FOLDER.is_dir() else []


def files(name: str, at_most: int | None = None) -> list[Path]:
    """The files of a set; with `at_most` a sample that is the same on every machine and every day."""
    found = sorted(p for p in (data_folder() / name).rglob("*") if p.suffix in {".json", ".ndjson"})
    if at_most is None or len(found) <= at_most:
        return found
    by_name = sorted(found, key=lambda path: hashlib.sha256(path.name.encode()).hexdigest())
    return sorted(by_name[:at_most])


def resources(path: Path) -> list[Json]:
    """Every resource of a file that can be read, Bundles, Parameters and CDS requests opened; unreadable ones give none.

    A file that is not JSON still goes to the services as a raw body.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines() if path.suffix == ".ndjson" else [text]
    return [resource for line in lines for resource in _opened(_parsed(line))]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _opened(value: Any, depth: int = 0) -> Iterator[Json]:
    """The resources inside any JSON value; a Bundle's entries stand for the Bundle."""
    if depth > 12:
        return
    if isinstance(value, list):
        for item in value:
            yield from _opened(item, depth + 1)
    elif isinstance(value, dict):
        kind = value.get("resourceType")
        if isinstance(kind, str) and kind not in {"Bundle", "Parameters"}:
            yield value
        else:
            for item in value.values():
                yield from _opened(item, depth + 1)


def chart_of(path: Path) -> Chart:
    """The file as the chart of one patient: its first Patient, else the subject that its first resource names."""
    found = resources(path)
    chart = Chart(_patient_id(found))
    seen: set[str] = set()
    for resource in found:
        key = f"{resource['resourceType']}/{resource.get('id')}"
        if "id" not in resource or key not in seen:
            chart.add(resource)
        seen.add(key)
    return chart


def _patient_id(found: list[Json]) -> str:
    for resource in found:
        if resource["resourceType"] == "Patient" and isinstance(resource.get("id"), str):
            return str(resource["id"])
    for resource in found:
        for member in SUBJECTS:
            reference = resource.get(member)
            if isinstance(reference, dict) and isinstance(reference.get("reference"), str):
                return str(reference["reference"]).rsplit("/", 1)[-1].rsplit(":", 1)[-1] or "example"
    return "example"
