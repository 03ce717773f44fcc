"""What fills a chart: results and visits of every day that no rule reads, from three years before treatment on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, count
from random import Random
from typing import Final

from cds_service.synthetic.chart import ZONE, Chart, State
from cds_service.synthetic.vocabulary import LOCAL, Json, coding, quantity, routine

# The panels of a visit, each with its category.
PANELS: Final = {"vitals": "vital-signs", "blood": "laboratory", "chemistry": "laboratory"}
# Before treatment a patient is seen this often.
SEEN_EVERY: Final = 21


def filled(chart: Chart, source: Random, size: int, is_clean: bool) -> Iterator[State]:
    """So many states of visits and their results, on the days of the course first and then going back from its start.

    Args: `size` how many; `is_clean` whether every result has its code of LOINC.
    """
    earlier = (chart.begun - timedelta(days=SEEN_EVERY * number) for number in count(1))
    made = (state for day in chain(chart.views, earlier) for state in _visit(chart, day, source, is_clean))
    for number, state in zip(range(size), made, strict=False):
        state.resource["id"] = f"{chart.patient}-day-{number}"
        yield state


def _visit(chart: Chart, day: date, source: Random, is_clean: bool) -> Iterator[State]:
    at = datetime.combine(day, time(8, source.randrange(60)), ZONE)
    subject = {"reference": f"Patient/{chart.patient}"}
    begun, ended = at.isoformat(), (at + timedelta(minutes=40)).isoformat()
    visit = {"resourceType": "Encounter", "id": "", "status": "finished", "class": coding("encounter", "AMB")}
    yield State(at, {**visit, "subject": subject, "period": {"start": begun, "end": ended}})
    for panel, category in PANELS.items():
        is_local = not is_clean and category == "laboratory" and source.random() < LOCAL
        for each in routine(panel):
            resource: Json = {
                "resourceType": "Observation",
                "id": "",
                "status": "final",
                "category": [{"coding": [coding("category", category)]}],
                "code": {"text": each.code["text"]} if is_local else each.code,
                "subject": subject,
                "effectiveDateTime": begun,
                "issued": ended,
                "valueQuantity": quantity(each.low + source.randrange(each.steps) * each.step, each.unit),
            }
            yield State(at, resource)
