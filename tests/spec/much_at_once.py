"""What is decided on the charts of two tables, on which stands what worked examples have no room for."""

from __future__ import annotations

from functools import cache
from itertools import product, starmap

from cds_service.clinical.recommendation import Assessment
from tests.unit.drugs import test_piled_charts, test_rare_charts


@cache
def assessments() -> tuple[Assessment, ...]:
    """On each line of piled charts, then on each rare chart in each jurisdiction."""
    rare = product(test_rare_charts.CASES, test_rare_charts.JURISDICTIONS)
    return (*map(test_piled_charts.assessed, test_piled_charts.LINES), *starmap(test_rare_charts.assessed, rare))
