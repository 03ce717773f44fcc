"""Vignettes in few words for whole-request tests: the default patient of the examples, changed where a test needs it."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

Vignette = dict[str, Any]

_DEFAULT: Vignette = {
    "id": "V-1",
    "jurisdiction": "US",
    "as_of": "2026-01-26",
    "patient": {
        "age": 72,
        "sex": "female",
        "weight_kg": 62,
        "creatinine": {"value": 0.8, "unit": "mg/dL", "date": "2026-01-04"},
        "dialysis": False,
        "childbearing": "not FRP/WCBP (natural menopause 20 years ago)",
    },
    "indication": {"disease": "MDS", "cytogenetics": "del(5q) isolated", "ipss": "Low", "transfusion_dependent": True},
    "therapy": {"status": "active", "dose_mg": 10, "schedule": "once daily", "start_date": "2026-01-05"},
    "baseline": {"plt": 180000, "anc": 2400, "unit": "/uL", "hb_g_dL": 8.4, "date": "2026-01-05"},
    "labs": [],
}


def counts(on: str, platelets: Any, neutrophils: Any, unit: str = "/uL") -> list[dict[str, Any]]:
    """A blood count of one day."""
    return [
        {"date": on, "analyte": "PLT", "value": platelets, "unit": unit},
        {"date": on, "analyte": "ANC", "value": neutrophils, "unit": unit},
    ]


def vignette(as_of: str, labs: list[dict[str, Any]], **changes: Any) -> Vignette:
    """The default patient on a day, with these results; `changes` replace whole members."""
    made = copy.deepcopy(_DEFAULT)
    made.update({"as_of": as_of, "labs": labs, **changes})
    return made


def weekly_counts(first: str, weeks: int) -> list[dict[str, Any]]:
    """Weekly normal counts."""
    begin = date.fromisoformat(first)
    return [c for week in range(weeks) for c in counts(str(begin + timedelta(weeks=week)), 150000 + week, 2000 + week)]
