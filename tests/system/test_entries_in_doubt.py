"""What cannot be used as it stands is asked about as gravely as what it would decide, with its value; what would change nothing is not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from cds_service.clinical.recommendation import Action
from cds_service.commands.fixtures import Fixture, fixtures
from cds_service.dosing.doubts import _WORDS
from tests.cases.player import client

Json = dict[str, Any]
LATEST = "2026-01-26"
UNIT = {"unit": "10*3/uL", "code": "10*3/uL", "system": "http://unitsofmeasure.org"}


def named(name: str) -> Fixture:
    """A fixture by its name."""
    return next(each for each in fixtures() if each.name == name)


def said(fixture: Fixture, change: Callable[[Json], None], kind: str, code: str) -> list[tuple[str, str]]:
    """Urgency and summary of the cards where the latest entry with a code is changed."""
    request = copy.deepcopy(fixture.request)
    for bundle in request["prefetch"].values():
        for entry in (bundle or {}).get("entry") or ():
            one = entry["resource"]
            codes = [each.get("code") for each in (one.get("code") or {}).get("coding") or ()]
            if one["resourceType"] == kind and code in codes and one.get("effectiveDateTime", LATEST)[:10] <= LATEST:
                change(one)
    posted = client(fixture.jurisdiction, fixture.today.isoformat()).post(
        f"/cds-services/{fixture.service}", json=request
    )
    return [(card["indicator"], card["summary"]) for card in posted.get_json()["cards"]]


def instead(**members: Any) -> Callable[[Json], None]:
    """The value of the latest result becomes something else."""

    def change(one: Json) -> None:
        if one["effectiveDateTime"].startswith(LATEST):
            one.pop("valueQuantity")
            one.update(members)

    return change


@pytest.mark.parametrize(
    ("change", "value"),
    [
        (instead(valueRange={"low": {"value": 20, **UNIT}, "high": {"value": 40, **UNIT}}), "20-40"),
        (instead(valueRatio={"numerator": {"value": 20}, "denominator": {"value": 40, **UNIT}}), "20-40"),
        (instead(valueQuantity={"value": -45, **UNIT}), "-45"),
        (instead(valueString="PLT 9 K/uL"), "9 K/uL"),
        (instead(note=[{"text": "PLT 9 K/uL"}]), "platelets"),
        (instead(code={"text": "PLT 9 K/uL"}), "platelets"),
    ],
)
def test_a_count_of_another_form_is_asked_about_with_its_value(change: Callable[[Json], None], value: str) -> None:
    ((urgency, summary),) = said(named("platelets-49999-week-3"), change, "Observation", "777-3")
    assert "critical" == urgency
    assert value in summary.replace("Platelets", "platelets")


@pytest.mark.parametrize("hidden", ["\u200b", "\ufeff", "\u00a0"])
def test_characters_that_nobody_sees_are_no_part_of_a_code(hidden: str) -> None:
    def change(one: Json) -> None:
        one["code"]["coding"][0]["code"] = f"777{hidden}-3"

    ((urgency, summary),) = said(named("platelets-49999-week-3"), change, "Observation", "777-3")
    assert ("critical", True) == (urgency, "hold lenalidomide" in summary)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(subject={"identifier": {"value": "1"}}),
        lambda one: one.update(status="in-review"),
        lambda one: one.update(modifierExtension=[{"url": "urn:x"}]),
        lambda one: one["valueQuantity"].update(unit="bushel", code="bushel"),
        lambda one: one.update(effectiveDateTime="26.1.2026"),
    ],
)
def test_a_liver_value_in_doubt_is_asked_about_as_gravely_as_if_it_were_certain(change: Callable[[Json], None]) -> None:
    ((urgency, summary), *_) = said(named("liver-alt-121"), change, "Observation", "1742-6")
    assert ("critical", True) == (urgency, summary.startswith("ALT 121"))


def test_what_would_change_nothing_is_not_asked_about() -> None:
    fixture = named("cbc-monthly-not-due")
    assert [] == said(fixture, lambda one: one.update(status="in-review"), "Observation", "1742-6")


def test_every_decision_has_words_for_what_it_would_come_to() -> None:
    assert {*Action} == {*_WORDS}
    assert not [words for words in _WORDS.values() if re.search(r"order (?:cbc|lab)|further questions|^review$", words)]
