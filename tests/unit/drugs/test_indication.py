"""What lenalidomide is given for: karyotypes over time, and a risk group that is computed where none is recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cds_service.clinical.facts import Finding
from cds_service.clinical.recommendation import Action
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.fhir.karyotype import read_karyotype
from tests.support.facts import START, assess, draft, facts, mds, reading
from tests.support.other_indications import NEGATIVE_B

DEL5Q = "46,XX,del(5)(q13q33)[20]"


def _chart(*reports: str, blasts: str | None = None, **more: object):
    karyotypes = tuple(
        (read_karyotype(text), Finding("karyotype", text, START, None, f"Observation/k{n}"))
        for n, text in enumerate(reports)
    )
    readings = [reading("platelets", 180000, START), reading("anc", 2400, START), reading("hemoglobin", "8.4", START)]
    readings += [reading("blasts", blasts, START)] if blasts is not None else []
    return facts(*readings, diagnoses=(mds("mds"),), karyotypes=karyotypes, **more)


def test_a_deletion_found_once_counts_although_the_latest_report_is_normal() -> None:
    assert indication_of(_chart("46,XX[20]", DEL5Q)).has_del5q is True


def test_a_normal_karyotype_alone_shows_that_there_is_none() -> None:
    assert indication_of(_chart("46,XX[20]")).has_del5q is False


@pytest.mark.parametrize(
    ("blasts", "expected"), [("3", "low"), ("5", "int-1"), ("20", "int-2"), ("10.5", ""), (None, "")]
)
def test_the_risk_group_is_computed_where_none_is_recorded(blasts: str | None, expected: str) -> None:
    assert expected == indication_of(_chart(DEL5Q, blasts=blasts, findings={})).risk_group


def test_a_recorded_risk_group_stands_before_a_computed_one() -> None:
    assert indication_of(_chart(DEL5Q, blasts="20")).risk_group == "low"


@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
@pytest.mark.parametrize("report", ["46,XX[20]", "47,XX,+8[20]"])
def test_a_code_of_del5q_against_a_karyotype_without_it_is_one_review(jurisdiction: str, report: str) -> None:
    of = replace(_chart(report), diagnoses=(mds(),), findings={**_chart(report).findings, **NEGATIVE_B})
    found = assess(of, START, draft(), jurisdiction=jurisdiction).recommendations
    (card,) = [r for r in found if f"{jurisdiction}-IND-MDS" in r.rules]
    assert (Action.REVIEW, "code-against-karyotype", None) == (card.action, card.message, card.dose)
    assert "GEN-CONFLICT" in card.rules


def test_a_code_of_del5q_stays_open_where_the_report_cannot_tell() -> None:
    assert indication_of(replace(_chart(DEL5Q), diagnoses=(mds(),))).is_code_contradicted is False
    assert indication_of(_chart("46,XX[20]")).is_code_contradicted is False
