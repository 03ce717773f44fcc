import json
from datetime import date

import pytest

from cds_service.fhir.procedures import read_procedures

TODAY = date(2026, 11, 21)
SNOMED = "http://snomed.info/sct"


def code(number):
    return {"coding": [{"system": SNOMED, "code": number}]}


RBC, PLATELETS, HEMODIALYSIS, HYSTERECTOMY = code("116863004"), code("12719002"), code("302497006"), code("236886002")


def procedure(**members):
    body = {
        "resourceType": "Procedure",
        "id": "t1",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "code": RBC,
    }
    body |= {"performedDateTime": "2026-11-01"} | members
    return json.dumps({k: v for k, v in body.items() if v is not None}).encode()


def read(**members):
    return read_procedures([procedure(**members)], "p", TODAY)


@pytest.mark.parametrize(
    ("what", "concept"),
    [
        (RBC, "rbc-transfusion"),
        (PLATELETS, "platelet-transfusion"),
        (HEMODIALYSIS, "dialysis"),
        (HYSTERECTOMY, "hysterectomy"),
    ],
)
def test_a_completed_procedure_is_one_event_on_its_day(what, concept):
    result = read(code=what)
    assert [date(2026, 11, 1)] == [event.on for event in result.events]
    assert concept in result.events[0].concepts
    assert () == result.remarks


def test_each_procedure_is_one_unit_and_a_repeated_resource_is_one():
    two = [procedure(id="a"), procedure(id="b"), procedure(id="a")]
    assert ["Procedure/a", "Procedure/b"] == [event.reference for event in read_procedures(two, "p", TODAY).events]


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "preparation"])
def test_what_was_not_done_never_counts(status):
    assert () == read(status=status).events
    assert () == read(status=status, code=HEMODIALYSIS).events


def test_not_done_flags_of_older_versions_never_count():
    assert () == read(notDone=True).events
    assert () == read(notPerformed=True).events


def test_in_progress_counts_for_dialysis_only():
    assert 1 == len(read(status="in-progress", code=HEMODIALYSIS).events)
    assert () == read(status="in-progress").events


@pytest.mark.parametrize("status", ["stopped", "on-hold", "unknown", "aborted", None, 5])
def test_a_status_that_leaves_it_open_is_not_counted_and_is_said(status):
    result = read(status=status)
    assert () == result.events
    assert any("status" in remark for remark in result.remarks)


def test_a_period_counts_on_its_start():
    period = {"start": "2026-10-30T23:00:00Z", "end": "2026-10-31"}
    assert date(2026, 10, 30) == read(performedDateTime=None, performedPeriod=period).events[0].on
    assert date(2026, 10, 31) == read(performedDateTime=None, performedPeriod={"end": "2026-10-31"}).events[0].on


@pytest.mark.parametrize(
    "when",
    [{"performedString": "sometime last week"}, {"performedDateTime": "2026-10"}, {"performedDateTime": "soon"}, {}],
)
def test_a_day_that_is_not_known_leaves_the_event_without_day_and_is_said(when):
    result = read(**({"performedDateTime": None} | when))
    assert [None] == [event.on for event in result.events]
    assert any("the day it was done" in remark for remark in result.remarks)


def test_a_future_procedure_is_refused_and_said():
    result = read(performedDateTime="2026-11-22")
    assert () == result.events
    assert any("future" in remark for remark in result.remarks)
    assert 1 == len(read(performedDateTime="2026-11-21").events)


@pytest.mark.parametrize(
    ("text", "concept"),
    [("Transfusion of 1 unit packed red blood cells", "rbc-transfusion"), ("PRBC", "rbc-transfusion"),
     ("Platelet transfusion", "platelet-transfusion"),
     ("Erythrozytenkonzentrat", "rbc-transfusion"), ("Hemodialysis", "dialysis"), ("Total abdominal hysterectomy", "hysterectomy")],
)  # fmt: skip
def test_words_without_a_code_are_read(text, concept):
    assert [frozenset({concept})] == [event.concepts for event in read(code={"text": text}).events]


def test_a_transfusion_of_an_unknown_product_is_said_and_not_counted():
    result = read(code={"text": "Blood transfusion"})
    assert () == result.events
    assert any("product" in remark for remark in result.remarks)


def test_other_procedures_are_no_events_and_no_noise():
    assert ((), ()) == (read(code={"text": "Appendectomy"}).events, read(code={"text": "Appendectomy"}).remarks)


@pytest.mark.parametrize("subject", [{"reference": "Patient/x"}, {"display": "Jane"}, None])
def test_a_procedure_of_another_or_of_nobody_is_refused_and_said(subject):
    result = read(subject=subject)
    assert ((), 1) == (result.events, len(result.remarks))
