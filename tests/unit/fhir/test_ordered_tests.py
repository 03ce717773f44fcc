"""Is a test known as ordered by any code that it can be ordered by, and by no code that does not tell what it is for?"""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from cds_service.cdshooks.request import parse_request
from cds_service.cdshooks.service import Service
from cds_service.drugs.lenalidomide import DRUG
from cds_service.fhir.decode import CodeableConcept, Coding
from cds_service.fhir.queries import prefetch_templates
from cds_service.fhir.terminology import LOINC, ORDERABLE, codes_of, ordered_tests
from cds_service.hooks.brought import brought_by
from cds_service.hooks.drafts import drafts_of
from cds_service.hooks.hook import HOOKS
from tests.architecture.source_tree import ROOT
from tests.support.resources import Json

CASE = ROOT / "fhir_fixtures" / "start-platelets-49999" / "request.json"
LINES = [
    line
    for folder in ("spec", "unit/drugs")
    for path in (ROOT / "tests" / folder / "__snapshots__").glob("*.ambr")
    for line in path.read_text(encoding="utf-8").splitlines()
]
OFFERED = [
    action.split()[0]
    for line in LINES
    if line.startswith("    offers ")
    for offer in line.split("; ")
    for action in offer.partition(": ")[2].split(" + ")
]
# As tests/support/decided.py writes a test that is due, and what is offered: a test by its name, or one of four other things.
DUE = re.findall(r"^    (?:.*; )?test ([\w-]+) \d{4}-", "\n".join(LINES), re.MULTILINE)
NAMES = sorted({*OFFERED, *DUE} - {"amend", "remove", "suspend", "nothing", "draft", "stop", "limit"})


def ordered(*codes: str, system: str = LOINC) -> frozenset[str]:
    return ordered_tests(CodeableConcept([Coding(system, code)]) for code in codes)


def drafted(**members: object) -> frozenset[str]:
    """The tests that a draft at signing orders, a blood count with differential where nothing else is said."""
    request: Json = json.loads(CASE.read_text(encoding="utf-8"))
    order = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "code": {"coding": [{"system": LOINC, "code": "57021-8"}]},
    }
    request["context"]["draftOrders"]["entry"].append({"resource": {**order, **members}})
    parsed = parse_request(json.dumps(request).encode(), Service(hook="order-sign", description="", id=""))
    hook = HOOKS["order-sign"]
    return drafts_of(parsed, hook, DRUG, brought_by(parsed, hook), date(2026, 1, 26)).tests


@pytest.mark.parametrize("code", [code for _, code in codes_of("pregnancyTest")])
def test_a_pregnancy_test_is_ordered_by_each_code_by_which_its_result_is_read(code: str) -> None:
    assert frozenset({"pregnancy-test"}) == ordered(code)


@pytest.mark.parametrize("code", ["57021-8", "57022-6", "57782-5", "69742-5"])
def test_a_blood_count_with_differential_is_one_by_whatever_method(code: str) -> None:
    assert frozenset({"cbc"}) == ordered(code)


@pytest.mark.parametrize(
    "codes", [("58410-2",), ("24317-0",), ("57023-4",), ("777-3",), ("751-8",), ("58410-2", "777-3")]
)
def test_platelets_without_neutrophils_and_the_reverse_are_no_blood_count(codes: tuple[str, ...]) -> None:
    assert frozenset() == ordered(*codes)


@pytest.mark.parametrize("codes", [("58410-2", "57023-4"), ("24317-0", "69738-3"), ("777-3", "751-8")])
def test_orders_that_together_tell_both_are_one(codes: tuple[str, ...]) -> None:
    assert frozenset({"cbc"}) == ordered(*codes)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("24323-8", {"creatinine", "alt", "ast"}),
        ("51990-0", {"creatinine"}),
        ("14682-9", {"creatinine"}),
        ("11580-8", {"tsh"}),
        ("1743-4", {"alt"}),
        ("29770-5", {"karyotype"}),
        ("11041-1", set()),
        ("62238-1", set()),
    ],
)
def test_a_panel_orders_what_it_holds_and_a_look_alike_nothing(code: str, expected: set[str]) -> None:
    assert expected == ordered(code)


@pytest.mark.parametrize("system", ["", " ", "https://loinc.org/", "urn:oid:2.16.840.1.113883.6.1"])
def test_the_system_of_an_order_may_be_spelled_otherwise_or_be_left_away(system: str) -> None:
    assert frozenset({"cbc"}) == ordered("57021-8", system=system)


def test_a_local_code_that_looks_like_one_orders_nothing() -> None:
    assert frozenset() == ordered("57021-8", system="urn:oid:1.2.3")


def test_every_test_that_the_rules_name_can_be_ordered_is_known_again_and_its_result_is_asked_for() -> None:
    assert {"cbc", "pregnancy-test", "creatinine", "tsh", "alt", "ferritin", "karyotype", "tp53", "hbsag"} <= {*NAMES}
    searched = " ".join(prefetch_templates(DRUG.needs, codes_of).values())
    for name in NAMES:
        test = ORDERABLE[name]
        assert name in ordered(test.order.code)
        assert f"{test.order.system}|{test.order.code}" in re.split("[=,&]", searched), name


@pytest.mark.parametrize("status", ["draft", "active", None])
def test_a_draft_that_goes_on_orders_its_test(status: str | None) -> None:
    assert frozenset({"cbc"}) == drafted(status=status)


@pytest.mark.parametrize(
    "members",
    [
        *({"status": status} for status in ("revoked", "completed", "entered-in-error", "on-hold", "unknown", 7)),
        {"doNotPerform": True},
        {"doNotPerform": "true"},
        {"code": {"text": "CBC"}},
    ],
)
def test_a_draft_that_does_not_go_on_or_says_no_code_orders_none(members: Json) -> None:
    assert frozenset() == drafted(**members)
