"""The chart as a whole: what is read of much too much, and what is said about the rest."""

from __future__ import annotations

import json
from datetime import date

import msgspec

from cds_service.fhir.chart import MOST_KARYOTYPES, Chart, read_chart


def chart_with(karyotypes: int) -> Chart:
    """A chart with so many karyotype reports, the first of which is the latest."""
    reports = [
        {
            "resourceType": "Observation",
            "id": f"k{number}",
            "status": "final",
            "subject": {"reference": "Patient/p"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "29770-5"}]},
            "effectiveDateTime": date.fromordinal(date(2026, 1, 1).toordinal() - number).isoformat(),
            "valueString": "46,XX,del(5)(q13q33)[20]",
        }
        for number in range(karyotypes)
    ]
    raws = [msgspec.Raw(json.dumps(report).encode()) for report in reports]
    return read_chart(
        {"Observation": raws}, {}, (), "p", date(2026, 2, 1), {}, (), "lenalidomide", indications=frozenset()
    )


def test_as_many_karyotypes_as_any_patient_has_are_all_read() -> None:
    chart = chart_with(MOST_KARYOTYPES)
    assert (MOST_KARYOTYPES, ()) == (len(chart.facts.karyotypes), chart.facts.remarks)


def test_of_more_the_latest_are_read_and_the_rest_is_said() -> None:
    chart = chart_with(MOST_KARYOTYPES + 1)
    said = f"only the latest {MOST_KARYOTYPES} of {MOST_KARYOTYPES + 1} karyotypes were read"
    assert (said,) == chart.facts.remarks
    assert "Observation/k0" == chart.facts.karyotypes[0][1].reference
