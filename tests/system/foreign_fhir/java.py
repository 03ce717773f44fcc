"""Java and HAPI FHIR's jars in hapi/lib: without them a user's run skips.

A run with CI=true fails, unless CDS_TEST_WITHOUT_HAPI=1 says that they could not be had: Medplum's server is asked there too.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "hapi"


def java(script: str, *arguments: str) -> list[str]:
    """The command that runs a Java file of that folder, where Java and the jars are here."""
    path = shutil.which("java")
    if path is None:
        return _without("java is not installed")
    if not any((FOLDER / "lib").glob("hapi-fhir-jpaserver-base-*.jar")):
        return _without(
            "HAPI FHIR is not installed: mvn dependency:copy-dependencies in tests/system/foreign_fhir/hapi"
        )
    return [path, "-cp", str(FOLDER / "lib" / "*"), str(FOLDER / script), *arguments]


def _without(reason: str) -> list[str]:
    if os.environ.get("CI") == "true" and os.environ.get("CDS_TEST_WITHOUT_HAPI") != "1":
        pytest.fail(reason)
    pytest.skip(reason)
