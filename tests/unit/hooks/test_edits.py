"""Does an order whose dose somebody changes at a screen read as that dose, at the schedule that it had?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from cds_service.hooks.edits import EditFault, Field, edited, fields_of, read_request, write_request
from cds_service.hooks.hook import HOOKS
from cds_service.hooks.trial import Played, Trial
from cds_service.settings import Settings

DOSES = ("2.5", "5", "7.5", "10", "15", "20", "25")
SETTINGS = replace(Settings(), services=frozenset(HOOKS))


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial(SETTINGS)


def doses(played: Played, body: bytes) -> Sequence[Field]:
    read = played.explanation.read if played.explanation else ()
    every = fields_of(read_request(body), read, played.drug, played.medications)
    return [field for field in every if field.unit == "mg" and field.name in ("draftOrder", "medication")]


def read_otherwise(trial: Trial, case: Fixture, choose: Sequence[str]) -> list[str]:
    """The edits of a case after which its order does not read as the dose that was asked for."""

    def play(body: bytes) -> Played:
        return trial.play(body, case.today, case.jurisdiction or "US", case.service)

    wrong = []
    before = play(case.body)
    for field in doses(before, case.body):
        for mg in choose:
            changed = write_request(edited(read_request(case.body), [field], {field.name: mg}, before.drug))
            read = next(one for one in play(changed).medications if one.reference == field.reference)
            expected = replace(field.dose, mg=Decimal(mg)) if field.dose else None
            if read.dose is None or read.dose.mg != Decimal(mg) or (expected and not read.dose.same_as(expected)):
                wrong.append(f"{case.name} {field.name} {mg}: {read.dose or read.dose_problem}")
    return wrong


def test_an_order_of_each_case_reads_as_the_dose_asked_for(trial: Trial) -> None:
    wrong = [words for n, case in enumerate(fixtures()) for words in read_otherwise(trial, case, [DOSES[n % 7]])]
    assert [] == wrong


@pytest.mark.slow
def test_every_order_reads_as_every_dose(trial: Trial) -> None:
    assert [] == [words for case in fixtures() for words in read_otherwise(trial, case, DOSES)]


@pytest.mark.parametrize(
    ("mg", "said"),
    [
        (
            "12",
            "12 mg cannot be ordered as whole capsules of one strength; there are capsules of 2.5, 5, 10, 15, 20 and 25",
        ),
        ("0", "there are capsules of"),
        ("ten", "is no number such as 5 or 2.5"),
    ],
)
def test_a_dose_of_no_capsules_is_refused_and_the_capsules_are_named(trial: Trial, mg: str, said: str) -> None:
    case = next(case for case in fixtures() if case.name == "renewal-to-be-held")
    played = trial.play(case.body, case.today, "US", case.service)
    ordered = [field for field in doses(played, case.body) if field.name == "draftOrder"]
    with pytest.raises(EditFault, match=said):
        edited(read_request(case.body), ordered, {"draftOrder": mg}, played.drug)


def test_a_dose_that_cannot_be_read_is_offered_as_once_daily(trial: Trial) -> None:
    case = next(case for case in fixtures() if case.name == "draft-as-directed")
    offered = doses(trial.play(case.body, case.today, "US", case.service), case.body)
    assert ("dose ordered, once daily", "") in [(field.label, field.value) for field in offered]


def test_the_day_of_an_order_changes_with_its_dose(trial: Trial) -> None:
    case = next(case for case in fixtures() if case.name == "renewal-to-be-held")
    played = trial.play(case.body, case.today, "US", case.service)
    read = played.explanation.read if played.explanation else ()
    fields = fields_of(read_request(case.body), read, played.drug, played.medications)
    values = {"medication": "5", "medication-on": "2026-01-03"}
    after = trial.play(
        write_request(edited(read_request(case.body), fields, values, played.drug)), case.today, "US", case.service
    )
    changed = next(each for each in after.medications if each.dose and each.dose.mg == 5)
    assert date(2026, 1, 3) == changed.authored_on
