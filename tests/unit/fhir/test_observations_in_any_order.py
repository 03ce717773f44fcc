"""Do the Observations give the same facts in any order, in any form, and from the field?"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.fhir.observing import coded, found, platelets, read

DATA = Path(__file__).parents[3] / "../shared/data"

POOL = [
    platelets(),
    platelets("b", value=60, status="corrected"),
    platelets("c", value=20, status="preliminary", effectiveDateTime="2026-01-25T08:00:00Z"),
    platelets("d", value=21, effectiveDateTime="2026-01-25T08:00:00Z"),
    platelets("d", value=22, effectiveDateTime="2026-01-25T08:00:00Z", issued="2026-01-25T09:00:00Z"),
    platelets("e", subject={"reference": "Patient/q"}),
    platelets("f", unit="bags"),
    platelets("g", code=coded("6690-2"), value=2.5),
    platelets("h", code=coded("770-8"), value=20, unit="%"),
    platelets("i", code=coded("770-8"), value=30, unit="%", specimen={"reference": "Specimen/1"}),
    platelets("j", status="entered-in-error"),
    platelets("j", value=99),
    platelets("", value=70),
    found("2118-8", id="k", valueString="negative"),
    {"resourceType": "Observation", "id": "l", "status": 1},
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(range(len(POOL))), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_the_resources_matters(chosen: list[int], random: Any) -> None:
    shuffled = [*chosen, *chosen]
    random.shuffle(shuffled)
    assert read(*(POOL[n] for n in sorted(set(chosen)))) == read(*(POOL[n] for n in shuffled))


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(platelets())), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    st.sampled_from(sorted(platelets())),
)
def test_no_member_of_any_form_raises_or_is_silent(value: Any, member: str) -> None:
    facts = read({**platelets(), member: value})
    resource_type_gone = member == "resourceType"
    assert resource_type_gone or facts.readings or facts.unusable or facts.remarks or member == "code"


def _observations(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("resourceType") == "Observation":
            yield value
        for member in value.values():
            yield from _observations(member)
    elif isinstance(value, list):
        for member in value:
            yield from _observations(member)


def _field_observations() -> Iterator[dict[str, Any]]:
    for path in sorted(DATA.rglob("*.json")) + sorted(DATA.rglob("*.ndjson")):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        if '"Observation"' not in text:
            continue
        try:
            documents = [json.loads(text)]
        except ValueError:
            lines = (line.strip() for line in text.splitlines())
            documents = [
                json.loads(line) for line in lines if line.startswith("{") and line.endswith("}") and len(line) > 2
            ]
        for document in documents:
            yield from _observations(document)


def test_every_public_observation_is_read_or_refused_with_a_reason() -> None:
    if not DATA.exists():
        assert os.environ.get("CI") != "true"
        pytest.skip("the public data are not at hand")
    counts: Counter[str] = Counter()
    for resource in _field_observations():
        facts = read({**resource, "subject": {"reference": "Patient/p"}}, today=date(2026, 11, 21))
        counts["all"] += 1
        counts["read"] += any(facts.readings.values())
        counts["found"] += any(facts.findings.values())
        counts["refused"] += any(facts.unusable.values())
        counts["unreadable"] += any(facts.remarks)
        assert all(u.reason for unusable in facts.unusable.values() for u in unusable)
    assert counts["all"] > 4000
    assert counts["read"] > 450
    assert counts["found"] > 50
    assert counts["refused"] > 300
    assert counts["unreadable"] < counts["all"] / 20
