"""Is no advice given on a decisive value that was refused, and is the refusal said: every value, every reason?

A table: each row is a call whose advice rests on one value. The value is spoiled in every way of `refused.py`; then the
advice is gone and the reason stands on the card. Counts on treatment have a test of their own beside this one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.cases import refused
from tests.cases.player import decisions
from tests.cases.refused import Change, Ways, spoiled
from tests.cases.test_refused import REASONS, advice, answered, cases, said
from tests.support.application import client
from tests.support.chart import build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.examples import examples

Json = dict[str, Any]

NOT_THIS_ONE = frozenset(
    ("another specimen", "codes of two facts", "another patient's", "entered in error", "cancelled")
)
"""No result of this fact and patient: as if it were not there; what is said is that there is none."""
TAKEN = {"comparator on both sides": "reported as a range", "two results at one time": "two results at one time"}
OPEN = frozenset(TAKEN)
"""A review without a dose stands where one of the possible values asks for it."""
CODED: Ways = {
    **{
        n: w
        for n, w in refused.COMMON.items()
        if n in {"preliminary", "registered", "status unknown", "cannot be read"}
    },
    **{n: w for n, w in refused.COMMON.items() if n in {"no date", "year only", *NOT_THIS_ONE, "nobody's", "future"}},
    "no value": lambda one, _: (one.pop("valueCodeableConcept"), one.update(dataAbsentReason={"text": "error"})),
    "unclear": lambda one, _: one.update(valueCodeableConcept={"text": "indeterminate"}),
    "sensitivity not stated": lambda one, _: one.pop("component"),
}


@dataclass(frozen=True)
class Row:
    """A call whose `rule` gives advice on one value.

    `case` is a fixture case or the example `file`, `example`; the value is the latest `code` under `key`. `silent` are
    ways after which nothing is to be said, `kept` ways after which the advice rightly stands, `words` what is said
    otherwise than in the table of reasons.
    """

    fact: str
    rule: str
    key: str
    code: str
    ways: Ways
    case: str = ""
    file: str = ""
    example: str = ""
    silent: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    words: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For the test's id."""
        return f"{self.fact} {self.rule}"


BANDS = {"two results at one time": "leave more than one dose open"}
ROWS = (
    Row(
        "platelets",
        "US-MDS-SILENT-START",
        "platelets",
        "777-3",
        refused.PLATELETS,
        "start-platelets-49999",
        kept=OPEN,
        words={"clumped": "only an estimate"},
    ),
    Row(
        "anc",
        "US-MDS-SILENT-START",
        "neutrophils",
        "751-8",
        refused.NEUTROPHILS,
        "start-neutrophils-499",
        kept=OPEN,
    ),
    Row(
        "creatinine",
        "US-REN-MDS-30-60",
        "laboratory",
        "2160-0",
        refused.CREATININE,
        "kidney-30-00",
        words=BANDS,
    ),
    Row(
        "weight",
        "US-REN-MDS-30-60",
        "vitals",
        "29463-7",
        refused.WEIGHT,
        "kidney-30-00",
        words=BANDS,
    ),
    Row(
        "temperature",
        "US-MDS-FN-BELOW385",
        "vitals",
        "8310-5",
        refused.TEMPERATURE,
        "fever-38-0-neutrophils-999",
        silent=NOT_THIS_ONE,
        kept=frozenset({"two results at one time"}),
    ),
    Row(
        "hemoglobin",
        "EU-ESA-HB12",
        "laboratory",
        "718-7",
        refused.HEMOGLOBIN,
        file="further_examples.yaml",
        example="FX-EU-DDI-01",
        silent=NOT_THIS_ONE,
        kept=frozenset({"two results at one time"}),
    ),
    Row(
        "hemoglobin",
        "EU-MDS-STOP4M",
        "laboratory",
        "718-7",
        refused.HEMOGLOBIN,
        file="eu_examples.yaml",
        example="X-EU-X05",
        silent=frozenset({"two results at one time"}),
    ),
)


PREGNANCY = ("safety_examples.yaml", "SF-US-A01")


@functools.cache
def played(file: str, name: str) -> tuple[Ehr, str, Json]:
    """The client, the service and the request of an example."""
    given = examples(file)[name]
    today, order = str(given["as_of"]), given.get("order")
    ehr = Ehr(FlaskTransport(client(jurisdiction=given["jurisdiction"], today=today)), today)
    chart = build_chart(given)
    at = (given.get("pregnancy_data") or {}).get("prescribing_datetime")
    drafts = [ehr.draft(chart, order["requested_dose_mg"], order["requested_schedule"], f"{at}:00Z")] if order else []
    hook = "order-sign" if order else "patient-view"
    return ehr, ehr.service(hook)["id"], ehr.request(hook, chart, drafts)


def found(row: Row, change: Change | None = None) -> list[Json]:
    """The decisions on the row's call, with its value changed."""
    if row.case:
        case = cases()[row.case]
        return answered(case, spoiled(case.request, row.key, change, row.code) if change else case.request)
    ehr, service, request = played(row.file, row.example)
    answer = ehr.send(spoiled(request, row.key, change, row.code) if change else request, service)
    assert 200 == answer.status, answer.body[:400]
    return decisions(answer.json)


def resting(row: Row, decided: list[Json]) -> list[Json]:
    """The decisions that the row's rule gives, requests for data apart."""
    return [one for one in decided if row.rule in one["rules"] and one["action"] != "request-data"]


def words(row: Row, way: str) -> str:
    """A part of what is to be said about the value; "" where any reason will do."""
    if way in NOT_THIS_ONE or way in row.silent:
        return ""
    return row.words.get(way) or TAKEN.get(way) or REASONS[way]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_value_decides_before_it_is_spoiled(row: Row) -> None:
    assert resting(row, found(row))


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize(
    ("row", "way"), [pytest.param(r, way, id=f"{r.name}: {way}") for r in ROWS for way in r.ways if way not in r.kept]
)
def test_no_advice_rests_on_a_refused_value_and_the_card_says_why(row: Row, way: str) -> None:
    decided = found(row, row.ways[way])
    assert [] == resting(row, decided)
    assert [] == advice(decided)
    told = said(decided, row.fact) or said(decided, "creatinineClearance")
    assert bool(told) is (way not in row.silent)
    assert words(row, way) in told


@pytest.mark.parametrize("row", [row for row in ROWS if row.kept], ids=lambda row: row.name)
def test_a_value_that_may_be_the_one_that_warns_warns(row: Row) -> None:
    for way in row.kept:
        assert resting(row, found(row, row.ways[way]))


@pytest.mark.parametrize("way", CODED)
def test_a_refused_pregnancy_test_shows_nothing_and_the_card_says_why(way: str) -> None:
    ehr, service, request = played(*PREGNANCY)
    assert [] == decisions(ehr.send(request, service).json)
    decided = decisions(ehr.send(spoiled(request, "pregnancyTests", CODED[way], "2118-8"), service).json)
    absent = way in NOT_THIS_ONE or way == "future"
    if way == "sensitivity not stated":
        assert ["inform"] == [one["action"] for one in decided]
        return
    assert ["do-not-start" if absent else "request-data"] == [one["action"] for one in decided]
    assert "second test" in said(decided, "pregnancyTest")
