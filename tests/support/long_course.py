"""A course of three years: weekly counts, a hold, a reduction, transfusions, as the resources of one chart."""

from __future__ import annotations

from datetime import date, timedelta

from tests.support.chart import ANALYTES, Chart, build_chart
from tests.support.resources import SNOMED, Json, concept, lenalidomide_order, observation, procedure, quantity
from tests.support.vignettes import vignette

TODAY = date(2026, 1, 26)
WEEKS = 156
FIRST_DOSE = TODAY - timedelta(weeks=WEEKS)
HELD = FIRST_DOSE + timedelta(weeks=6)
RESUMED = FIRST_DOSE + timedelta(weeks=9)


def long_course() -> Chart:
    """The chart. Platelets fall below 30 in week 6, recover by week 9, and stay good at 5 mg."""
    start = vignette(str(TODAY), [], therapy={})
    start["baseline"] = {"plt": 180000, "anc": 2400, "unit": "/uL", "hb_g_dL": 8.4, "date": str(FIRST_DOSE)}
    chart = build_chart(start)
    who = chart.patient_id
    for week in range(1, WEEKS + 1):
        chart.add(*_counts(who, week))
    given = concept(SNOMED, "116863004", "Transfusion of red blood cells")
    chart.add(*(procedure(who, f"rbc-{n}", given, str(FIRST_DOSE + timedelta(days=30 * n))) for n in range(4)))
    chart.add(
        lenalidomide_order(
            who, "ten", 10, "once daily", status="stopped", start=FIRST_DOSE, end=HELD, reason="platelets low"
        ),
        lenalidomide_order(who, "five", 5, "once daily", status="active", start=RESUMED),
    )
    return chart


def _counts(who: str, week: int) -> list[Json]:
    on = str(FIRST_DOSE + timedelta(weeks=week))
    platelets = {5: 60, 6: 28, 7: 35, 8: 44, 9: 62}.get(week, 110 + week % 7 * 9)
    values = {
        "PLT": (platelets, "10*9/L"),
        "ANC": (round(1.6 + week % 5 / 10, 1), "10*9/L"),
        "HB": (round(9 + min(week, 60) / 20, 1), "g/dL"),
    }
    return [
        observation(who, f"{name.lower()}-{week}", *ANALYTES[name], on, valueQuantity=quantity(value, unit))
        for name, (value, unit) in values.items()
    ]
