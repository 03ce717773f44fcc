"""Acute leukaemia, progression and second cancers: what is new, for how long, on which side of each number."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.cytogenetics import Karyotype
from cds_service.clinical.facts import Diagnosis, Finding, Reading, Unusable
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.drugs.lenalidomide.safety.progression import is_mutated
from cds_service.fhir.karyotype import read_karyotype
from tests.support.facts import TEN, assess, day, draft, facts, mds, order, reading

ISOLATED, SEVEN = "46,XX,del(5)(q13q33)[15]", "45,XX,del(5)(q13q33),-7[8]"
COMPLEX, EIGHT = "47,XX,del(5)(q13q33),+8,del(20)(q11)[10]", "47,XX,del(5)(q13q33),+8[10]"
NEW = ("progression", "second-cancer")
LINE = ("progression-earlier", "progression-undated", "second-cancer-earlier", "second-cancer-undated")


def report(text: str, on: date | None) -> tuple[Karyotype, Finding]:
    """A karyotype report of a day."""
    return read_karyotype(text), Finding("karyotype", text, on, None, f"Observation/karyotype-{on}")


def cancer(
    *concepts: str, onset: date | None = None, recorded: date | None = None, is_active: bool = True
) -> Diagnosis:
    """Another diagnosis."""
    return Diagnosis(frozenset(concepts), concepts[0], is_active, "Condition/other", onset, onset, recorded)


def treated(
    on: int, *readings: Reading, jurisdiction: str = "US", with_draft: bool = False, **more: Any
) -> list[Recommendation]:
    """What is said on a treatment day; with a draft, at a renewal."""
    counts = (reading("platelets", 150000, day(on)), reading("anc", 2000, day(on)))
    of = facts(*counts, *readings, orders=(order(TEN),), **more)
    drafts = (draft(),) if with_draft else ()
    return list(assess(of, day(on), *drafts, jurisdiction=jurisdiction).recommendations)


def started(*readings: Reading, jurisdiction: str = "US", **more: Any) -> list[Recommendation]:
    """What is said at a start on day 0."""
    counts = (reading("platelets", 150000, day(0)), reading("anc", 2000, day(0)))
    of = facts(*counts, *readings, **more)
    return list(assess(of, day(0), draft(), jurisdiction=jurisdiction).recommendations)


def said(found: list[Recommendation], *messages: str) -> list[str]:
    """The words of some messages."""
    return [r.words["what"] for r in found if r.message in messages]


# ------------------------------------------------------------------ acute leukaemia
@pytest.mark.parametrize("jurisdiction", ["US", "EU", ""])
@pytest.mark.parametrize(
    "more",
    [
        {"diagnoses": (mds(), cancer("acute-leukemia"))},
        {"diagnoses": (cancer("acute-leukemia"),)},
        {"diagnoses": (cancer("myeloma"), cancer("acute-leukemia"))},
    ],
)
def test_acute_leukaemia_holds_by_one_click_whatever_the_drug_is_for(jurisdiction: str, more: dict[str, Any]) -> None:
    found = treated(200, jurisdiction=jurisdiction, with_draft=True, **more)
    (hold,) = [r for r in found if "ACUTE-LEUKEMIA" in r.rules]
    assert (Action.HOLD, Urgency.CRITICAL, None) == (hold.action, hold.urgency, hold.dose)
    assert hold.proposals[0].is_recommended
    assert [] == [r for r in found if r.dose is not None]


@pytest.mark.parametrize(
    ("fact", "value", "expected"),
    [
        ("blasts", "20", True),
        ("blasts", "19.9", False),
        ("peripheralBlasts", "20", True),
        ("peripheralBlasts", "19", False),
    ],
)
def test_blasts_of_a_fifth_are_acute_leukaemia(fact: str, value: str, expected: bool) -> None:
    found = treated(200, reading(fact, value, day(190)))
    assert expected is any("ACUTE-LEUKEMIA" in r.rules for r in found)
    assert expected is not bool(said(found, *NEW))


def test_fewer_blasts_in_a_later_marrow_are_no_acute_leukaemia_any_more() -> None:
    found = treated(200, reading("blasts", "25", day(150)), reading("blasts", "3", day(190)))
    assert [] == [r for r in found if "ACUTE-LEUKEMIA" in r.rules]


@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
def test_acute_leukaemia_does_not_let_a_start_begin(jurisdiction: str) -> None:
    (stop,) = [
        r
        for r in started(jurisdiction=jurisdiction, diagnoses=(mds(), cancer("acute-leukemia")))
        if "ACUTE-LEUKEMIA" in r.rules
    ]
    assert (Action.DO_NOT_START, Urgency.CRITICAL) == (stop.action, stop.urgency)


@pytest.mark.parametrize(("with_draft", "urgency"), [(True, Urgency.CRITICAL), (False, Urgency.INFO)])
def test_on_hold_acute_leukaemia_keeps_the_hold(with_draft: bool, urgency: Urgency) -> None:
    held = order(TEN, "on-hold", until=day(100))
    of = facts(
        reading("platelets", 150000, day(200)),
        reading("anc", 2000, day(200)),
        orders=(held,),
        diagnoses=(mds(), cancer("acute-leukemia")),
    )
    drafts = (draft(),) if with_draft else ()
    (hold,) = [r for r in assess(of, day(200), *drafts).recommendations if "ACUTE-LEUKEMIA" in r.rules]
    assert (Action.REMAIN_ON_HOLD, urgency) == (hold.action, hold.urgency)


def test_acute_leukaemia_in_remission_is_silent() -> None:
    remission = cancer("acute-leukemia-in-remission", "malignancy", onset=day(-400))
    resolved = cancer("acute-leukemia", onset=day(-400), is_active=False)
    assert [] == [
        r
        for r in treated(200, diagnoses=(mds(), remission, resolved))
        if r.rules[0] in ("ACUTE-LEUKEMIA", "SECOND-CANCER")
    ]


# ------------------------------------------------------------------ karyotype
@pytest.mark.parametrize("with_draft", [True, False])
@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
@pytest.mark.parametrize(
    ("text", "words"),
    [(SEVEN, "-7 in"), (COMPLEX, "complex karyotype"), (EIGHT, "+8 in"), (f"{SEVEN}/46,XX[2]", "-7 in")],
)
def test_what_a_karyotype_newly_shows_is_a_review(text: str, words: str, jurisdiction: str, with_draft: bool) -> None:
    found = treated(
        200,
        jurisdiction=jurisdiction,
        with_draft=with_draft,
        karyotypes=(report(text, day(190)), report(ISOLATED, day(-20))),
    )
    (what,) = said(found, "progression")
    assert words in what
    assert {(Action.REVIEW, Urgency.WARNING, None)} == {
        (r.action, r.urgency, r.dose) for r in found if r.message == "progression"
    }


@pytest.mark.parametrize(("today", "message"), [(280, "progression"), (281, "progression-earlier")])
def test_it_is_a_review_for_90_days_and_then_a_line(today: int, message: str) -> None:
    found = treated(today, karyotypes=(report(SEVEN, day(190)), report(ISOLATED, day(-20))))
    assert [message] == [r.message for r in found if r.message in (*NEW, *LINE)]
    assert (message in LINE) is all(r.folds for r in found if r.message in (*NEW, *LINE))


def test_a_later_report_that_still_shows_it_takes_no_warning_away() -> None:
    reports = (report(SEVEN, day(195)), report(SEVEN, day(150)), report(ISOLATED, day(-20)))
    assert ["-7 in the karyotype of 2026-06-04"] == said(treated(200, karyotypes=reports), "progression")


@pytest.mark.parametrize(
    "reports",
    [
        (report(ISOLATED, day(190)), report(ISOLATED, day(-20))),
        (report(SEVEN, day(190)), report(SEVEN, day(-20))),
        (report(EIGHT, day(190)), report(EIGHT, day(-20))),
        (report(SEVEN, day(-20)),),
        (report("46,XX[20]", day(190)), report(EIGHT, day(-20))),
    ],
)
def test_what_was_there_before_is_no_progression(reports: tuple[Any, ...]) -> None:
    assert [] == said(treated(200, karyotypes=reports), *NEW, *LINE)


def test_with_nothing_earlier_a_report_under_treatment_says_so() -> None:
    (what,) = said(treated(200, karyotypes=(report(SEVEN, day(190)),)), "progression")
    assert "no earlier one to compare" in what


def test_a_karyotype_of_myeloma_is_its_own() -> None:
    found = treated(
        200, diagnoses=(cancer("myeloma"),), karyotypes=(report(SEVEN, day(190)), report("46,XX[20]", day(-20)))
    )
    assert [] == said(found, *NEW, *LINE)


@pytest.mark.parametrize("diagnoses", [(), (cancer("cll"),), (mds(),)])
def test_a_karyotype_is_judged_without_an_indication_too(diagnoses: tuple[Diagnosis, ...]) -> None:
    found = treated(200, diagnoses=diagnoses, karyotypes=(report(SEVEN, day(190)), report(ISOLATED, day(-20))))
    assert 1 == len(said(found, "progression"))


# ------------------------------------------------------------------ blasts
@pytest.mark.parametrize(
    ("fact", "before", "now", "expected"),
    [
        ("blasts", "4.9", "5", True),
        ("blasts", "4", "4.9", False),
        ("blasts", "6", "8.9", False),
        ("blasts", "6", "9", True),
        ("blasts", None, "5", True),
        ("blasts", None, "4.9", False),
        ("blasts", "2", Interval(Fraction(5), None), True),
        ("peripheralBlasts", "0", "1", True),
        ("peripheralBlasts", "0", "0.9", False),
        ("peripheralBlasts", "2", "2.9", False),
        ("peripheralBlasts", "2", "3", True),
    ],
)
def test_blasts_that_are_new_or_rise_are_a_review(
    fact: str, before: str | None, now: str | Interval, expected: bool
) -> None:
    earlier = (reading(fact, before, day(-20)),) if before is not None else ()
    found = treated(200, reading(fact, now, day(190)), *earlier)
    assert expected is bool(said(found, "progression"))


@pytest.mark.parametrize(
    ("value", "on", "expected"),
    [
        ("20", 190, Urgency.CRITICAL),
        ("19", 190, Urgency.WARNING),
        ("5", 190, Urgency.WARNING),
        ("4", 190, None),
        ("20", 170, None),
    ],
)
def test_blasts_that_cannot_be_read_are_asked_about_as_gravely_as_if_believed(
    value: str, on: int, expected: Urgency | None
) -> None:
    believed = reading("blasts", value, day(on))
    unread = Unusable("blasts", "no unit", "GEN-UNIT", "Observation/b", day(on), value, believed=(believed,))
    of = facts(
        *(reading(fact, v, day(200)) for fact, v in (("platelets", 150000), ("anc", 2000))),
        reading("blasts", "2", day(180)),
        orders=(order(TEN),),
        unusable={"blasts": (unread,)},
    )
    asked = [r for r in assess(of, day(200)).recommendations if r.message == "blasts-unread"]
    assert ([(Action.REQUEST_DATA, expected)] if expected else []) == [(r.action, r.urgency) for r in asked]


@pytest.mark.parametrize(
    ("reported", "expected"),
    [("22", Urgency.CRITICAL), ("7", Urgency.WARNING), ("4", None), ("0.22", Urgency.CRITICAL), ("many", None)],
)
def test_blasts_without_a_unit_are_asked_about_by_their_number(reported: str, expected: Urgency | None) -> None:
    unread = Unusable("blasts", "unit missing", "GEN-UNIT", "Observation/b", day(190), reported)
    found = treated(200, unusable={"blasts": (unread,)})
    assert ([expected] if expected else []) == [r.urgency for r in found if r.message == "blasts-unread"]


def test_blasts_of_a_start_withhold_the_dose() -> None:
    found = started(reading("blasts", "7", day(-10)))
    assert said(found, "progression")
    assert [] == [r for r in found if r.dose is not None]


# ------------------------------------------------------------------ excess blasts, TP53, risk
@pytest.mark.parametrize(
    ("onset", "messages"),
    [(day(110), ["progression"]), (day(109), ["progression-earlier"]), (None, ["progression-undated"]), (day(-20), [])],
)
def test_mds_with_excess_blasts_counts_by_its_date(onset: date | None, messages: list[str]) -> None:
    found = treated(200, diagnoses=(mds(), cancer("mds", "mds-excess-blasts", onset=onset)))
    assert messages == [r.message for r in found if r.message in (*NEW, *LINE)]


def test_a_new_tp53_mutation_is_a_review_and_one_of_before_is_not() -> None:
    def results(*pairs: tuple[str, int]) -> dict[str, Any]:
        return {"tp53": tuple(Finding("tp53", value, day(on), None, f"Observation/{on}") for value, on in pairs)}

    assert said(treated(200, findings=results(("absent", -20), ("present", 190))), "progression")
    assert said(treated(200, findings=results(("present", 190))), "progression")
    assert [] == said(treated(200, findings=results(("present", -20), ("present", 190))), *NEW, *LINE)
    assert [] == said(treated(200, findings=results(("present", -20))), *NEW, *LINE)


def test_a_tp53_mutation_alone_is_information_at_a_start() -> None:
    mutated = {"tp53": (Finding("tp53", "present", day(-20), None, "Observation/1"),)}
    for jurisdiction in ("US", "EU"):
        found = started(jurisdiction=jurisdiction, findings=mutated)
        assert [Urgency.INFO] == [r.urgency for r in found if r.message in ("tp53", "leukaemia-risk")]


@pytest.mark.parametrize(
    ("fact", "groups", "expected"),
    [
        ("ipss", ("low", "int-1"), True),
        ("ipss", ("int-1", "low"), False),
        ("ipss", ("low", "low"), False),
        ("ipssR", ("low", "intermediate"), True),
        ("ipss", ("int-2",), True),
        ("ipss", ("int-1",), False),
        ("ipssR", ("high",), True),
        ("ipssR", ("intermediate",), False),
    ],
)
def test_a_higher_risk_group_as_recorded_is_a_review(fact: str, groups: tuple[str, ...], expected: bool) -> None:
    days = (day(-20), day(190))[-len(groups) :]
    recorded = {fact: tuple(Finding(fact, g, on, None, f"Condition/{on}") for g, on in zip(groups, days, strict=True))}
    assert expected is bool(said(treated(200, findings=recorded), "progression"))


# ------------------------------------------------------------------ second cancers
@pytest.mark.parametrize(
    ("diagnosis", "messages"),
    [
        (cancer("malignancy", onset=day(110)), ["second-cancer"]),
        (cancer("malignancy", onset=day(109)), ["second-cancer-earlier"]),
        (cancer("malignancy", onset=day(110), is_active=False), ["second-cancer"]),
        (cancer("malignancy", onset=day(-1000), recorded=day(199)), []),
        (cancer("malignancy", recorded=day(199)), ["second-cancer"]),
        (cancer("malignancy"), ["second-cancer-undated"]),
        (cancer("malignancy", "non-melanoma-skin-cancer", onset=day(110)), ["second-cancer-earlier"]),
        (cancer("malignancy", "non-melanoma-skin-cancer", onset=day(109)), []),
        (cancer("cll", onset=day(190)), ["second-cancer"]),
        (cancer("myeloma", onset=day(190)), ["second-cancer"]),
    ],
)
def test_a_second_cancer_counts_by_its_onset(diagnosis: Diagnosis, messages: list[str]) -> None:
    found = treated(200, diagnoses=(mds(), diagnosis))
    assert messages == [r.message for r in found if r.message in (*NEW, *LINE)]


def test_the_treated_disease_is_no_second_cancer() -> None:
    myeloma = cancer("myeloma", "malignancy", onset=day(190))
    assert [] == said(treated(200, diagnoses=(myeloma,)), *NEW, *LINE)
    assert [] == said(treated(200, diagnoses=(mds("mds-del5q", "malignancy"),)), *NEW, *LINE)


@pytest.mark.parametrize(
    ("words", "is_there"),
    [
        ("no mutation detected", False), ("TP53: none", False), ("keine Mutation nachweisbar", False), ("pas de mutation", False),
        ("nessuna mutazione rilevata", False), ("geen mutatie gevonden", False), ("Wildtyp", False), ("negativo", False),
        ("p.R213*, non-synonymous", True), ("mutated, VAF not reported", True), ("p.R175H", True), ("mutiert (8 %)", True),
    ],
)  # fmt: skip
def test_a_mutation_is_denied_in_the_words_of_each_language(words: str, is_there: bool) -> None:
    assert is_there is is_mutated(Finding("tp53", words, day(0), None, "Observation/1"))
