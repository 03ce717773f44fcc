"""Does any input at all, wherever it stands, get an answer other than 500?"""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fake_service import a_request

VIEW = "/cds-services/lenalidomide-patient-view"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FAST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FAST
@given(body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_whatever_bytes_are_sent_it_is_never_a_500(client: FlaskClient, body: bytes) -> None:
    for path in (VIEW, f"{VIEW}/feedback"):
        assert 400 == client.post(path, data=body, content_type="application/json").status_code


PLACES = ("hook", "hookInstance", "context", "prefetch", "fhirServer", "fhirAuthorization", "extension")


@FAST
@given(
    place=st.sampled_from(PLACES),
    value=json_values,
    hook=st.sampled_from(["patient-view", "order-select", "order-dispatch"]),
)
def test_whatever_stands_in_a_member_it_is_never_a_500(
    client: FlaskClient, place: str, value: object, hook: str
) -> None:
    answer = client.post(f"/cds-services/lenalidomide-{hook}", json={**a_request(hook), place: value})
    assert answer.status_code in (200, 400)


@FAST
@given(data=st.data(), value=json_values)
def test_whatever_stands_in_a_context_field_it_is_never_a_500(
    client: FlaskClient, data: st.DataObject, value: object
) -> None:
    document = a_request("order-select")
    document["context"][data.draw(st.sampled_from([*document["context"], "encounterId"]))] = value
    assert client.post("/cds-services/lenalidomide-order-select", json=document).status_code in (200, 400)


@FAST
@given(
    entry=st.dictionaries(
        st.sampled_from(["card", "outcome", "acceptedSuggestions", "overrideReason", "outcomeTimestamp"]), json_values
    )
)
def test_whatever_stands_in_a_feedback_entry_it_is_never_a_500(client: FlaskClient, entry: dict[str, Any]) -> None:
    good = {"card": "c", "outcome": "overridden", "outcomeTimestamp": "2026-01-02T03:04:05Z"}
    document = {"feedback": [{**good, **entry}]}
    assert client.post(f"{VIEW}/feedback", json=document).status_code in (200, 400)
