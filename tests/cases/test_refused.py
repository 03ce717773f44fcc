"""Is no advice given on a decisive count that was refused, and is the refusal said, for every reason there is?"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from tests.cases.player import client, decisions
from tests.cases.refused import NEUTROPHILS, PLATELETS, Change, spoiled

Json = dict[str, Any]

WITHOUT_ADVICE = {"request-data", "review", "repeat-and-reassess", "order-cbc", "order-lab", "inform"}
DECISIVE = {
    "platelets-49999-week-3": ("platelets", "platelets"),
    "renewal-to-be-held": ("platelets", "platelets"),
    "neutrophils-749-week-3": ("neutrophils", "anc"),
}
REASONS = {
    "unit missing": "unit missing",
    "unit not known": "unit not on the list of accepted units",
    "unit and code in conflict": "unit and unit code name different units",
    "implausible": "value implausible",
    "negative": "value implausible",
    "not a number": "its value is not a number",
    "no value": "no value: error",
    "preliminary": "preliminary",
    "registered": "status registered",
    "status unknown": "status unknown",
    "future": "its date is in the future",
    "no date": "no date",
    "year only": "its date is only a month or a year",
    "codes of two facts": "its codes stand for different facts",
    "comparator on both sides": "reported as a range",
    "comparator not known": "its comparator is not known",
    "cannot be read": "the resource cannot be read",
    "date of another form": "its date is not readable",
    "two results at one time": "two results at one time",
    "clumped": "the latest count is an estimate or has a clumping remark",
    "local code": "no LOINC code says what it is",
    "nobody's": "it names no patient",
}
"""What the card says is missing. A result of another patient or entered in error is none of this patient's."""


def cases() -> dict[str, Fixture]:
    """The fixture cases by name."""
    return {case.name: case for case in fixtures()}


def changes(key: str) -> dict[str, Change]:
    """The ways to spoil a result under a prefetch key."""
    return PLATELETS if key == "platelets" else NEUTROPHILS


def answered(case: Fixture, request: Json) -> list[Json]:
    """The decisions on the cards that a request is answered."""
    answer = client(case.jurisdiction, case.today.isoformat()).post(f"/cds-services/{case.service}", json=request)
    assert 200 == answer.status_code, answer.get_data(as_text=True)[:400]
    return decisions(answer.get_json())


def advice(found: list[Json]) -> list[Json]:
    """The decisions that tell to treat, to stop or to change."""
    return [one for one in found if one["action"] not in WITHOUT_ADVICE or "dose" in one or "resume" in one]


def said(found: list[Json], fact: str) -> str:
    """Every reason why a fact is missing, in one text."""
    return "; ".join(m["reason"] for one in found for m in one.get("missing", ()) if m["fact"] == fact)


@pytest.mark.parametrize("name", DECISIVE)
def test_the_value_decides_before_it_is_spoiled(name: str) -> None:
    case = cases()[name]
    assert ["hold"] == [one["action"] for one in advice(answered(case, case.request))]


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize(
    ("name", "reason"), [(name, reason) for name, (key, _) in DECISIVE.items() for reason in changes(key)]
)
def test_no_advice_rests_on_a_refused_value_and_something_is_said(name: str, reason: str) -> None:
    case, (key, fact) = cases()[name], DECISIVE[name]
    found = answered(case, spoiled(case.request, key, changes(key)[reason]))
    assert [] == advice(found)
    assert said(found, fact)


@pytest.mark.parametrize("reason", REASONS)
def test_a_refused_newest_count_is_said_with_its_reason_although_an_older_one_can_be_used(reason: str) -> None:
    case = cases()["preliminary-platelets"]
    request = copy.deepcopy(case.request)
    for entry in request["prefetch"]["platelets"]["entry"]:
        entry["resource"]["status"] = "final"
    found = answered(case, spoiled(request, "platelets", PLATELETS[reason]))
    assert REASONS[reason] in said(found, "platelets")
    assert not [one for one in found if one["action"] in {"continue", "start", "resume-same", "resume-reduced"}]


def test_every_reason_has_its_words_or_is_no_result_of_this_patient() -> None:
    others = {"another patient's", "entered in error", "cancelled", "another specimen"}
    assert set(PLATELETS) == set(REASONS) | others


def test_a_count_of_another_specimen_is_named_where_the_real_one_is_lacking() -> None:
    case = cases()["platelets-49999-week-3"]
    found = answered(case, spoiled(case.request, "platelets", PLATELETS["another specimen"]))
    assert "wrong specimen: cord blood" in said(found, "platelets")


@pytest.mark.parametrize(
    ("reason", "said"), [("another patient's", "1 result could not be used"), ("nobody's", "it names no patient")]
)
def test_a_count_that_is_not_this_patient_s_is_noted_on_the_card(reason: str, said: str) -> None:
    case = cases()["platelets-49999-week-3"]
    request = spoiled(case.request, "platelets", PLATELETS[reason])
    answer = client(case.jurisdiction, case.today.isoformat()).post(f"/cds-services/{case.service}", json=request)
    card = answer.get_json()["cards"][0]
    assert said in f"{card['summary']} {card['detail']}"
