"""Numbers of a label as a reader takes them: comparator, value, unit."""

import pytest

from cds_service.labels.measures import measures

READ = [
    ("Fall below 30,000/mcL", ["< 30000 /uL"]),
    ("Falls to < 25 x 109/L", ["< 25000 /uL"]),
    ("ANC ≥1,5 x 10^9/L", [">= 1500 /uL"]),
    ("counts ≥ 500/mm 3", [">= 500 /uL"]),
    ("≥ 25 x 109/L - < 50 x 109/L", [">= 25000 /uL", "< 50000 /uL"]),
    ("10 mg once daily1, 2", ["10 mg"]),
    ("25 mg/day orally", ["25 mg"]),
    ("on Days 1-21 of repeated 28-day cycles", ["504 hours", "672 hours"]),
    ("2.5 mg every other day 1 to 28 every 28 days", ["2.5 mg", "48 hours", "672 hours"]),
    ("Dose level -1 5 mg", ["5 mg"]),
    ("CLcr 30 to 60 mL/min", [">= 30 mL/min", "<= 60 mL/min"]),
    ("(30 ≤ CLcr < 50 mL/min)", [">= 30 mL/min", "< 50 mL/min"]),
    ("(CLcr < 30 mL/min, requiring dialysis)", ["< 30 mL/min"]),
    ("Fall to 50% of it", ["<= 50 %"]),
    ("for at least 7 days or with fever (at least 38.5°C)", [">= 168 hours", ">= 38.5 degrees C"]),
    ("Grade 3/4", [">= 3 grade", "<= 4 grade"]),
    ("Grade 2 or 3 rash, Grade 4 rash, ≤ Grade 1, Grade 2 or below",
     [">= 2 grade", "<= 3 grade", "4 grade", "<= 1 grade", "<= 2 grade"]),
    ("weekly for the first 8 weeks and at least monthly", ["168 hours", "1344 hours", ">= 672 hours"]),
    ("on Days 1 and 15 of Cycle 3", ["1344 hours", "1680 hours", "2016 hours"]),
    ("during cycles 2-4", ["2688 hours"]),
    ("within 10-14 days, the second within 24 hours", [">= 240 hours", "<= 336 hours", "<= 24 hours"]),
    ("two methods of birth control", ["2 methods"]),
    ("2.5 mg twice a week", ["2.5 mg", "2 per week"]),
    ("Age ≥ 50 years and for ≥ 1 year", [">= 600 months", ">= 12 months"]),
    ("up to 12 cycles", ["<= 8064 hours"]),
    ("more than 12 hours", ["> 12 hours"]),
    ("Table 3, study 134, section 4.2", []),
    ("10 mcg daily", ["10 mcg (no unit of a row)"]),
    ("melphalan 0.18 mg/kg", ["0.18 mg/kg (no unit of a row)"]),
    ("≤ Grade 28, Grade 2.5", ["<= 28 grade", "2.5 grade"]),
    ("at least one effective method", [">= 1 methods"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_a_number_is_read_with_its_comparator_and_unit(text: str, expected: list[str]) -> None:
    assert [str(standing.measure) for standing in measures(text)] == expected


def test_two_measures_never_stand_at_one_spot() -> None:
    for text, _ in READ:
        starts = [standing.start for standing in measures(text)]
        assert starts == sorted(set(starts))
