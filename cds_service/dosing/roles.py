"""What the engine asks of a drug's documents outside its regimens: rows by their role, each named so in its file (`role`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """The part that a row plays, whatever its id and document."""

    STALE = "stale"
    CLEARANCE = "clearance"
    COMPARATOR = "comparator"
    IMPLAUSIBLE = "implausible"
    PRELIMINARY = "preliminary"
    CLUMPING = "clumping"
    CONFLICT = "conflict"
    AFTER_TRANSFUSION = "after-transfusion"
    PLATELET_TRANSFUSIONS = "platelet-transfusions"
    UNANSWERED = "unanswered"
    BASELINE = "baseline"
    FIRST_WEEKS = "first-weeks"
    TEMPERATURE = "temperature"
    DIALYSIS = "dialysis"
    BLEEDING = "bleeding"
    GRADES = "grades"
    FALLING = "falling"
    VERY_LOW = "very-low"
    MEMORY = "memory"


NUMBERS: Mapping[Role, tuple[str, ...]] = {
    Role.STALE: (
        *("count_days_to_start", "count_days_first_8_weeks", "count_days_later"),
        *("creatinine_days", "weight_days", "creatinine_days_on_treatment", "weight_days_on_treatment"),
    ),
    Role.CLEARANCE: (
        *("age_at_most", "near_cut_off_percent", "adjusted_from_bmi", "adjusted_share", "weight_at_most"),
        *("any_weight_at_most", "egfr_fell_percent"),
    ),
    Role.AFTER_TRANSFUSION: ("days",),
    Role.PLATELET_TRANSFUSIONS: ("days",),
    Role.UNANSWERED: ("days", "days_before_end"),
    Role.BASELINE: ("days_before_at_most",),
    Role.FIRST_WEEKS: ("last_day_within",),
    Role.TEMPERATURE: ("temperature_hours",),
    Role.DIALYSIS: ("days",),
    Role.BLEEDING: ("days",),
    Role.MEMORY: ("days",),
    Role.FALLING: ("limits_at_most", "fell_percent_at_least", "previous_days", "every_days"),
    Role.VERY_LOW: ("platelets_below", "anc_below", "within_days", "soonest_platelets_below", "soonest_days"),
}
"""The numbers that the engine reads from a row of a role."""
