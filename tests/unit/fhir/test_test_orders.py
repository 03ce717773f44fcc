"""Orders of tests on file: only one that is certainly open, this patient's and dated takes a question away."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from cds_service.fhir.test_orders import read_test_orders
from tests.support.resources import LOINC, concept

TODAY = date(2026, 3, 1)


def order(**changes: Any) -> bytes:
    written = {
        "resourceType": "ServiceRequest",
        "id": "one",
        "status": "active",
        "intent": "order",
        "code": concept(LOINC, "3016-3", "Thyrotropin"),
        "subject": {"reference": "Patient/p"},
        "authoredOn": "2026-02-01",
    }
    return json.dumps({k: v for k, v in (written | changes).items() if v is not ...}).encode()


def found(*orders: bytes) -> dict[str, date]:
    return read_test_orders(orders, "p", TODAY)


def test_the_latest_order_of_a_test_counts_whatever_their_order() -> None:
    later = order(authoredOn="2026-02-20T10:00:00Z")
    assert {"tsh": date(2026, 2, 20)} == found(order(), later) == found(later, order())


def test_a_panel_orders_what_it_tells() -> None:
    assert {"cbc"} <= found(order(code=concept(LOINC, "57021-8", "CBC with differential"))).keys()
    assert "cbc" not in found(order(code=concept(LOINC, "58410-2", "CBC without differential")))


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "completed"},
        {"status": "on-hold"},
        {"status": "draft"},
        {"status": ...},
        {"doNotPerform": True},
        {"modifierExtension": [{"url": "https://example.org/negated", "valueBoolean": True}]},
        {"subject": {"reference": "Patient/other"}},
        {"subject": ...},
        {"authoredOn": ...},
        {"authoredOn": "2026-02"},
        {"authoredOn": "2026-03-02"},
        {"authoredOn": "soon"},
        {"authoredOn": 7},
        {"code": ...},
        {"code": {"text": "TSH"}},
        {"code": "TSH"},
    ],
)
def test_any_other_order_takes_no_question_away(changes: dict[str, Any]) -> None:
    assert {} == found(order(**changes))


def test_what_cannot_be_read_is_none() -> None:
    assert {} == found(b"{", b"[]", b'{"resourceType": "ServiceRequest", "code": 3}')
