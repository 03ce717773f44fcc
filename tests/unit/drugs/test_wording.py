"""Do the sentences of a card say what is so?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Diagnosis, Reading
from cds_service.clinical.recommendation import Action, OrderTest, Recommendation
from cds_service.dosing.words import grouped, per_microlitre
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.lenalidomide.indication import indication_of
from tests.support.facts import TEN, assess, day, draft, facts, order, reading

COUNTS = (reading("platelets", 150_000, day(40)), reading("anc", 2_000, day(40)))


def test_the_sentence_of_a_rule_prints_the_unit_as_people_write_it() -> None:
    low = (reading("platelets", 29_000, day(40)), reading("anc", 400, day(40)))
    texts = [r.words["rule_text"] for r in assess(facts(*low, orders=(order(TEN),)), day(40)).recommendations]
    assert ([], True) == ([t for t in texts if "uL" in t], any("/µL" in t for t in texts))


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("29000", "/uL", "29,000"),
        ("900", "/uL", "900"),
        ("29.5", "10*9/L", "29.5"),
        ("<20000", "/uL", "<20000"),
        ("29000.5", "/uL", "29000.5"),
    ],
)
def test_a_whole_count_per_microlitre_has_its_thousands_separated(value: str, unit: str, words: str) -> None:
    assert words == grouped(value, unit)


@pytest.mark.parametrize(("number", "words"), [(50_000, "50,000/µL"), (Decimal("1000.5"), "1,000.5/µL")])
def test_a_threshold_has_its_thousands_separated_and_keeps_its_fraction(number: Decimal | int, words: str) -> None:
    assert words == per_microlitre(number)


def test_a_diagnosis_without_a_recording_day_is_dated_by_its_onset() -> None:
    mds = Diagnosis(frozenset({"mds", "mds-del5q"}), "MDS", True, "Condition/m", day(-90), day(-90))
    partial = Diagnosis(frozenset({"mds", "mds-del5q"}), "MDS", True, "Condition/m", day(-90), day(-60))
    assert [[day(-90)] * 2, [None] * 2] == [
        [i.on for i in indication_of(facts(diagnoses=(each,))).inputs] for each in (mds, partial)
    ]


def test_what_a_start_lacks_is_named_as_clinicians_write_it() -> None:
    of = facts()
    bare = replace(of, readings={f: r for f, r in of.readings.items() if f == "creatinine"}, born_from=None)
    (asked,) = [r for r in assess(bare, day(0), draft()).recommendations if r.message == "start-data-missing"]
    none = "no result was sent"
    expected = f"platelets: {none}; ANC: {none}; weight: {none}; birth date: no usable birth date"
    assert expected == asked.words["what"]


@pytest.mark.parametrize(
    ("starts", "said"), [(7, []), (8, [("inform", "info", "8")]), (36, [("inform", "info", "36")])]
)
def test_an_order_for_a_later_day_says_how_old_the_counts_will_be(
    starts: int, said: list[tuple[str, str, str]]
) -> None:
    of = facts(reading("platelets", 180_000, day(0)), reading("anc", 2_400, day(0)))
    planned = replace(draft(), planned_from=day(starts))
    found = [r for r in assess(of, day(0), planned).recommendations if r.message == "start-planned"]
    assert said == [(r.action.value, r.urgency.value, r.words["days"]) for r in found]
    assert [OrderTest("cbc", day(starts))] * len(said) == [a for r in found for p in r.proposals for a in p.actions]


def test_dialysis_is_no_clearance() -> None:
    dialysis = Diagnosis(frozenset({"dialysis-dependence"}), "Dialysis", True, "Condition/d")
    of = facts(*COUNTS, diagnoses=(*facts().diagnoses, dialysis), orders=(order(TEN),))
    (fell,) = [r for r in assess(of, day(40)).recommendations if r.message == "kidneys-dialysis"]
    assert ("On dialysis", "{clearance}, taking {dose}: review the dose") == (
        fell.words["clearance"],
        DRUG.messages["kidneys-dialysis.summary"],
    )
    # No creatinine tells more on dialysis: neither a button nor a sentence asks for one.
    assert "creatinine" not in DRUG.messages["kidneys-dialysis.do"]
    assert [] == [a for p in fell.proposals for a in p.actions if isinstance(a, OrderTest) and a.test == "creatinine"]


def test_a_line_left_out_shows_its_latest_count_with_its_day() -> None:
    counted = (reading("platelets", 150_000, day(40)), reading("anc", 2_000, day(33)))
    (left_out,) = [
        r
        for r in assess(facts(*counted, orders=(order(TEN),)), day(40)).recommendations
        if r.message == "line-left-out"
    ]
    assert (Action.INFORM, f"2,000 /µL ({day(33)})") == (left_out.action, left_out.words["counts_on"])


def test_the_ordered_dose_is_dated_by_the_day_of_its_order() -> None:
    above = replace(draft(Dose(Decimal(25))), authored_on=day(0))
    counted = (reading("platelets", 180_000, day(-2)), reading("anc", 2_400, day(-2)))
    (start,) = [r for r in assess(facts(*counted), day(0), above).recommendations if r.action is Action.START]
    assert [day(0)] == [i.on for i in start.inputs if i.fact == "orderedDose"]


def pending(*more: Reading) -> Recommendation:
    """The decision on neutrophils below 500 for less than 7 days, as a differential gives them."""
    low = reading("anc", 450, day(40))._replace(reported="3 x 15 %", reported_unit="10*3/uL", is_derived=True)
    of = facts(reading("platelets", 150_000, day(40)), low, *more, orders=(order(TEN),))
    (found,) = [r for r in assess(of, day(40)).recommendations if r.message == "anc-pending"]
    return found


def test_a_count_that_was_worked_out_is_shown_as_its_own_number() -> None:
    assert "ANC 450 /µL" == pending().words["count"]


def test_a_temperature_on_file_is_said_and_not_asked_for() -> None:
    warm = reading("temperature", "37.4", day(40))
    assert ["check the temperature now", "temperature 37.4 °C"] == [
        r.words["temperature_now"] for r in (pending(), pending(warm))
    ]


def test_a_diagnosis_is_named_whole_and_without_its_note() -> None:
    leukaemia = Diagnosis(frozenset({"acute-leukemia"}), "AML (read from the text, no known code)", True, "Condition/a")
    long = replace(leukaemia, text="Acute myeloid leukemia with myelodysplasia-related changes, relapsed")
    said = [
        r.words["what"]
        for one in (leukaemia, long)
        for r in assess(
            facts(*COUNTS, diagnoses=(*facts().diagnoses, one), orders=(order(TEN),)), day(40)
        ).recommendations
        if r.message == "acute-leukemia-hold"
    ]
    assert ["AML, undated", f"{long.text}, undated"] == said


def test_one_result_that_reads_in_two_ways_is_not_called_two_results() -> None:
    """Siblings: two resources that differ, two readings of one, and one that came twice with different values."""
    low, high = (reading("anc", value, day(40))._replace(reference="Observation/a") for value in (400, 4_000))
    both = ((low, high._replace(reported=low.reported)), (low, high._replace(reference="Observation/b")), (low, high))
    asked = [
        r
        for pair in both
        for r in assess(
            facts(*pair, reading("platelets", 150_000, day(40)), orders=(order(TEN),)), day(40)
        ).recommendations
        if r.message.startswith("conflict")
    ]
    said = [
        "one result that reads as 400/µL or 4,000/µL",
        "two results at one time",
        "the same result came as 400/µL and as 4,000/µL",
    ]
    assert said == [r.words["results"] for r in asked]
    assert [(each,) for each in said] == [tuple(m.reason for m in r.missing) for r in asked]
