"""Does no number of a report tell of fewer than five patients, not even by what is left of a whole?"""

from __future__ import annotations

import pytest

from cds_service.population.results import Decision, PatientResult
from cds_service.population.summary import Summary, in_parts


@pytest.mark.parametrize(
    ("patients", "told"),
    [
        ([97, 3], [None, None]),
        ([40, 3, 50, 0], [None, None, 50, 0]),
        ([40, 1, 2, 50], [None, None, None, 50]),
        ([40, 4, 4, 50], [40, None, None, 50]),
        ([2, 0], [None, 0]),
        ([5, 0, 60], [5, 0, 60]),
    ],
)
def test_a_small_part_does_not_follow_from_the_others(patients: list[int], told: list[int | None]) -> None:
    assert told == in_parts(patients)


def test_no_day_of_one_patient_stands_in_the_report() -> None:
    summary = Summary()
    for day in range(10, 16):
        decision = Decision("lenalidomide", f"2025-03-{day}", "patient-view")
        summary.add(PatientResult(f"/{day}", [decision]))
    assert ("2025-03", "2025-03") == tuple(summary.to_plain({}, {})[end] for end in ("from", "to"))
