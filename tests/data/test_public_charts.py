"""Are the charts made of public files what the services are to be tested with?"""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.public_data import chart_of, files, resources, sets


def test_a_bundle_and_the_prefetch_of_a_request_are_opened(tmp_path: Path) -> None:
    patient, weight = {"resourceType": "Patient", "id": "p"}, {"resourceType": "Observation", "id": "o"}
    request = {
        "hook": "patient-view",
        "prefetch": {"p": patient, "o": {"resourceType": "Bundle", "entry": [{"resource": weight}]}},
    }
    path = tmp_path / "request.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    assert [patient, weight] == resources(path)
    assert "p" == chart_of(path).patient_id


def test_every_line_of_an_ndjson_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "Observation.ndjson"
    line = '{"resourceType": "Observation", "id": "%s", "subject": {"reference": "Patient/p7"}}\n'
    path.write_text(line % "a" + line % "b" + "not json\n", encoding="utf-8")
    assert ["a", "b"] == [resource["id"] for resource in resources(path)]
    assert "p7" == chart_of(path).patient_id


def test_a_file_that_is_not_json_is_an_empty_chart(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{ // a comment", encoding="utf-8")
    assert [] == chart_of(path).resources


def test_the_sample_is_the_same_every_time() -> None:
    for name in sets()[:5]:
        sample = files(name, 3)
        assert sample == files(name, 3)
        assert len(sample) <= 3
