"""Orders of laboratory tests: those of the call, and those on file that are still open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from cds_service.fhir.binding import Whom, refusal
from cds_service.fhir.decode import CodeableConcept, Reference, Resource, Unreadable, decode_resource
from cds_service.fhir.lenient import first_date, is_modified, status
from cds_service.fhir.terminology import ordered_tests

_OPEN = frozenset({"draft", "active"})


class TestOrder(Resource, frozen=True):
    """A ServiceRequest, as far as it says which test will be done."""

    contained: list[msgspec.Raw] = msgspec.field(default_factory=list)
    subject: Reference | None = None
    status: msgspec.Raw = msgspec.Raw()
    modifierExtension: msgspec.Raw = msgspec.Raw()
    doNotPerform: msgspec.Raw = msgspec.Raw()
    code: CodeableConcept | None = None
    authoredOn: str = ""

    @property
    def is_going_on(self) -> bool:
        """Whether the test will be done, as far as the order says."""
        is_open = bytes(self.status) in (b"", b"null") or status(self.status) in _OPEN
        return is_open and bytes(self.doNotPerform) in (b"", b"null", b"false")


def read_test_orders(resources: Iterable[bytes | msgspec.Raw], patient: Whom | str, today: date) -> dict[str, date]:
    """By the name of each test the latest day on which an order of it was written that is on file and active.

    Missing: an order without a day, of the future, of another patient, or that cannot be read takes no question away.
    """
    found: dict[str, date] = {}
    for order in filter(None, map(_read, resources)):
        written, _ = first_date((order.authoredOn,))
        if written is None or written.on is None or written.on > today or not _is_sure(order, patient):
            continue
        for test in ordered_tests([order.code] if order.code is not None else ()):
            found[test] = max(written.on, found.get(test, written.on))
    return found


def _read(raw: bytes | msgspec.Raw) -> TestOrder | None:
    try:
        return decode_resource(raw, TestOrder)
    except Unreadable:
        return None


def _is_sure(order: TestOrder, patient: Whom | str) -> bool:
    """Whether an order is certainly one that is open, and this patient's."""
    is_open = status(order.status) == "active" and order.is_going_on and not is_modified(order.modifierExtension)
    return is_open and not refusal(order.subject, patient, order.contained)
