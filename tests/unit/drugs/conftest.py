"""Every assessment in these tests is compared, word by word, with what was read and kept in `told/`; each sentence stands
under its own document.

A test says what matters in it; the golden words beside it notice every other change of what the rules say there.
`python -m tests.unit.drugs.told` writes them anew: read the difference before it is committed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cds_service.clinical.recommendation import Assessment
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide import DRUG
from tests.support.honest_sources import source_faults
from tests.unit.drugs.told import Golden, words


@pytest.fixture(autouse=True)
def golden_words(request: pytest.FixtureRequest) -> Iterator[None]:
    """Watch the drug during one test."""
    real, golden = DRUG.assess, Golden(request.node.path.stem, request.node.name)

    def watched(case: Case) -> Assessment:
        found = real(case)
        assert golden.next_words(words(found)) == words(found), "python -m tests.unit.drugs.told"
        assert [] == [fault for one in found.recommendations for fault in source_faults(one)]
        return found

    object.__setattr__(DRUG, "assess", watched)
    try:
        yield
    finally:
        object.__setattr__(DRUG, "assess", real)
