"""Do the pregnancy rules hold where whole charts cannot easily show it: partial dates, zones, unset jurisdiction, gaps?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Finding, PatientFacts
from cds_service.clinical.recommendation import Action, Assessment, Recommendation, Urgency
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.lenalidomide.safety.draws import Prescribing, Span, is_within
from tests.support.facts import TEN, assess, assess_case, day, draft, facts, order, reading

LONG_AGO = day(-60)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TODAY = date(2026, 1, 5)
COUNTS = (reading("platelets", 180_000, day(-2)), reading("anc", 2_400, day(-2)))
YOUNG = {"born_from": date(1991, 1, 1), "born_to": date(1991, 1, 1), "with_uterus": True}


def pregnancy_test(at: datetime, value: str = "negative", sensitivity: str = "25 mIU/mL", **more: Any) -> Finding:
    """A pregnancy test of an instant."""
    parts = (("analytical sensitivity", sensitivity),) if sensitivity else ()
    return Finding("pregnancyTest", value, at.date(), at, f"Observation/t-{at.isoformat()}", components=parts, **more)


def test_a_positive_test_is_dated_by_its_day() -> None:
    positive = pregnancy_test(NOON - timedelta(hours=4), "positive")
    stop = only(assess(woman((positive,)), TODAY, draft()), "US-CI-PREG")
    assert "Pregnancy test positive 2026-01-05" == stop.words["what"]
    assert [("positive 2026-01-05", TODAY)] == [(i.value, i.on) for i in stop.inputs]


@pytest.mark.parametrize(
    ("orders", "drafts", "message", "summary"),
    [
        ((), (draft(),), "pregnant-start-male", "Do not start lenalidomide"),
        ((order(TEN),), (), "pregnant-stop-male", "Stop lenalidomide now"),
    ],
)
def test_a_pregnancy_of_a_patient_on_record_as_male_still_stops_and_asks_who_it_is(
    orders: tuple[MedicationRecord, ...], drafts: tuple[MedicationRecord, ...], message: str, summary: str
) -> None:
    positive = pregnancy_test(NOON - timedelta(hours=4), "positive")
    stop = only(assess(woman((positive,), sex="male", orders=orders), TODAY, *drafts), "US-CI-PREG")
    assert (Urgency.CRITICAL, message) == (stop.urgency, stop.message)
    words = f"{summary}: Pregnancy test positive 2026-01-05; recorded as male, check identity"
    assert words == DRUG.messages[f"{message}.summary"].format(**stop.words)
    assert len(words) <= 100
    assert ("sex", "male") in [(i.fact, i.value) for i in stop.inputs]


def method(text: str, since: date = LONG_AGO, *marks: str) -> Finding:
    """A recorded contraceptive method."""
    return Finding("contraception", text, since, None, "Observation/c", frozenset(marks), effective_from=since)


BOTH = (pregnancy_test(NOON - timedelta(days=12)), pregnancy_test(NOON - timedelta(hours=20)))
TWO_METHODS = (method("intrauterine device and male condom"),)


def woman(tests: tuple[Finding, ...] = BOTH, methods: tuple[Finding, ...] = TWO_METHODS, **more: Any) -> PatientFacts:
    """A woman of 35 with MDS and isolated del(5q); other findings by name in `also`."""
    also = more.pop("also", {})
    found = {
        "pregnancyTest": tests,
        "contraception": methods,
        "ipss": (Finding("ipss", "low", TODAY, None, "x"),),
        **also,
    }
    return facts(*COUNTS, findings=found, **{**YOUNG, **more})


def said(assessment: Assessment, *rules: str) -> list[Recommendation]:
    """The recommendations that carry one of the rules."""
    return [r for r in assessment.recommendations if set(rules) & set(r.rules)]


def only(assessment: Assessment, *rules: str) -> Recommendation:
    """The one recommendation that carries one of the rules."""
    (found,) = said(assessment, *rules)
    return found


def start(of: PatientFacts, jurisdiction: str = "US", **order_members: Any) -> Assessment:
    """The assessment of a first prescription at noon of day 0."""
    written = MedicationRecord(
        "order",
        "MedicationRequest/draft-1",
        frozenset({"lenalidomide"}),
        "draft",
        "order",
        is_draft=True,
        **{"dose": TEN, **order_members},
    )
    return assess_case(Case(of, (written,), "order-sign", TODAY, NOON, jurisdiction))


PREGNANCY_RULES = ("US-PREG-INIT", "US-CONTRA", "US-FRP-DEF", "US-CI-PREG")


def test_with_both_tests_and_two_methods_nothing_is_said() -> None:
    assert () == start(woman()).recommendations


def test_without_authored_time_now_is_the_time_of_prescribing() -> None:
    late = (BOTH[0], pregnancy_test(NOON - timedelta(hours=24, seconds=1)))
    assert Action.DO_NOT_START is only(start(woman(late)), "US-PREG-INIT").action


def test_a_draw_time_without_zone_is_read_in_the_zone_of_the_order() -> None:
    west = timezone(-timedelta(hours=8))
    written = datetime(2026, 1, 5, 10, tzinfo=west)
    for minute, expected in ((0, []), (-1, [Action.DO_NOT_START])):
        local = datetime(2026, 1, 4, 10) + timedelta(minutes=minute)
        second = Finding(
            "pregnancyTest", "negative", local.date(), None, "Observation/t", components=BOTH[0].components, local=local
        )
        found = start(woman((BOTH[0], second)), authored_at=written, authored_on=TODAY)
        assert expected == [r.action for r in said(found, *PREGNANCY_RULES)]


def test_order_and_draw_without_zone_are_the_clock_of_one_place() -> None:
    at = Prescribing(Span(NOON - timedelta(hours=14), NOON + timedelta(hours=12)), None, NOON)
    drawn = Span(NOON - timedelta(hours=24), NOON - timedelta(hours=24), is_local=True)
    assert is_within(drawn, at, 24, 0) is True


def test_a_draw_without_zone_beside_an_order_without_time_is_asked_about() -> None:
    local = datetime(2026, 1, 4, 14)
    second = Finding(
        "pregnancyTest", "negative", local.date(), None, "Observation/t", components=BOTH[0].components, local=local
    )
    assert Action.REQUEST_DATA is only(start(woman((BOTH[0], second))), "US-PREG-INIT").action


@pytest.mark.parametrize(
    ("words", "action"), [("<25 mIU/mL", None), ("50 mIU/mL", None), ("50.1 mIU/mL", Action.DO_NOT_START)]
)
def test_the_sensitivity_is_compared_exactly(words: str, action: Action | None) -> None:
    tests = (BOTH[0], pregnancy_test(NOON - timedelta(hours=20), sensitivity=words))
    assert [action] * bool(action) == [r.action for r in said(start(woman(tests)), "US-PREG-INIT")]


def test_a_start_that_waits_for_an_answer_gets_no_dose() -> None:
    kidneys = (reading("creatinine", "1.9", day(-1)),)
    asked = start(facts(*COUNTS, *kidneys, findings={"pregnancyTest": BOTH}, **YOUNG))
    assert [] == [r for r in asked.recommendations if r.dose is not None]
    assert Action.REQUEST_DATA is only(asked, "US-CONTRA").action


def test_at_50_without_data_the_question_stands_beside_the_dose() -> None:
    fifty = {"born_from": date(1975, 1, 1), "born_to": date(1975, 1, 1)}
    kidneys = (reading("creatinine", "1.9", day(-1)),)
    found = start(facts(*COUNTS, *kidneys, with_uterus=True, **fifty))
    assert Action.REQUEST_DATA is only(found, "US-FRP-DEF").action
    assert [Action.START] == [r.action for r in found.recommendations if r.dose is not None]


def test_a_partial_birth_date_on_both_sides_of_50_is_asked_about() -> None:
    partial = {"born_from": date(1975, 1, 1), "born_to": date(1976, 12, 31)}
    menopause = Diagnosis(
        frozenset({"menopause"}), "Menopause", True, "Condition/m", date(2020, 1, 1), date(2020, 1, 1)
    )
    diagnoses = (*facts().diagnoses, menopause)
    asked = only(start(facts(*COUNTS, with_uterus=True, diagnoses=diagnoses, **partial)), "US-FRP-DEF")
    assert (Action.REQUEST_DATA, "birthDate") == (asked.action, asked.missing[0].fact)


def test_a_partial_menopause_date_on_both_sides_of_24_months_is_asked_about() -> None:
    menopause = Diagnosis(
        frozenset({"menopause"}), "Menopause", True, "Condition/m", date(2024, 1, 1), date(2024, 12, 31)
    )
    old = {"born_from": date(1972, 1, 1), "born_to": date(1972, 1, 1)}
    found = start(facts(*COUNTS, with_uterus=True, diagnoses=(*facts().diagnoses, menopause), **old))
    assert Action.REQUEST_DATA is only(found, "US-FRP-DEF").action


def test_where_every_requirement_is_met_an_unknown_potential_is_not_asked_about() -> None:
    fifty = {"born_from": date(1975, 1, 1), "born_to": date(1975, 1, 1)}
    assert [] == said(start(woman(**fifty)), "US-FRP-DEF")


def test_a_sex_that_is_not_recorded_is_asked_about() -> None:
    found = start(woman((), (), sex=""))
    assert "sex" in {m.fact for r in said(found, "US-FRP-DEF") for m in r.missing}


def test_periods_recorded_after_a_hysterectomy_are_a_contradiction() -> None:
    menses = {"menses": (Finding("menses", "regular", day(-20), None, "Observation/m"),)}
    uterus = Event(frozenset({"hysterectomy"}), "Hysterectomy", date(2015, 3, 1), "Procedure/h")
    found = start(woman((), (), also=menses, events=(*facts().events, uterus)))
    assert Action.REQUEST_DATA is only(found, "US-FRP-DEF").action


def test_tests_that_could_not_be_obtained_are_asked_for_and_not_held_against_her() -> None:
    found = start(woman((), unseen={"pregnancyTest": "could not be obtained: 500"}))
    assert Action.REQUEST_DATA is only(found, "US-PREG-INIT").action


def test_two_methods_in_two_records_count_from_the_later_one() -> None:
    two = (method("implant", day(-90)), method("male condom", day(-27)))
    assert Action.DO_NOT_START is only(start(woman(methods=two)), "US-CONTRA").action
    assert [] == said(start(woman(methods=(two[0], method("male condom", day(-28))))), "US-CONTRA")


@pytest.mark.parametrize(
    "text", ["condom and male condom", "withdrawal and condom", "IUD with progestin", "implant, left arm"]
)
def test_what_is_not_two_methods_is_not_counted_as_two(text: str) -> None:
    """One method alone is asked about: another may stand beside it that nobody wrote down."""
    asked = only(start(woman(methods=(method(text),))), "US-CONTRA")
    assert (Action.REQUEST_DATA, Urgency.WARNING) == (asked.action, asked.urgency)


@pytest.mark.parametrize("text", ["none", "withdrawal"])
def test_no_reliable_method_does_not_let_it_start(text: str) -> None:
    assert Action.DO_NOT_START is only(start(woman(methods=(method(text),))), "US-CONTRA").action


def test_a_condom_alone_is_asked_about_in_the_eu() -> None:
    found = start(woman(methods=(method("male condom"),)), "EU")
    assert Action.REQUEST_DATA is only(found, "EU-CONTRA").action


def test_without_a_jurisdiction_a_positive_test_stops_and_names_both_laws() -> None:
    of = woman((pregnancy_test(datetime(2026, 2, 3, 9, tzinfo=UTC), "positive"),), orders=(order(TEN),))
    stop = only(assess(of, day(30), jurisdiction=""), "US-CI-PREG")
    assert (Action.DISCONTINUE, Urgency.CRITICAL) == (stop.action, stop.urgency)
    assert "EU-CI" in stop.rules


def test_without_a_jurisdiction_tests_that_are_due_say_nothing_and_the_configuration_is_asked_for() -> None:
    of = woman((pregnancy_test(datetime(2026, 1, 6, 9, tzinfo=UTC)),), orders=(order(TEN),))
    assert ["GEN-JUR"] == sorted(
        {
            rule
            for r in assess(of, day(85), jurisdiction="").recommendations
            for rule in r.rules
            if "PREG" in rule or "JUR" in rule
        }
    )


def test_without_a_jurisdiction_a_start_that_both_laws_forbid_does_not_start() -> None:
    stop = only(start(woman(()), ""), "US-PREG-INIT")
    assert (Action.DO_NOT_START, True) == (stop.action, "EU-PREG-TEST" in stop.rules)


def test_a_stop_leaves_no_dose_beside_it_and_no_request_for_data() -> None:
    low = (reading("platelets", 20_000, day(30)), reading("anc", 2_000, day(30)))
    positive = pregnancy_test(datetime(2026, 2, 4, 9, tzinfo=UTC), "positive")
    of = facts(*low, findings={"pregnancyTest": (positive,)}, orders=(order(TEN),), **YOUNG)
    found = assess(of, day(30))
    assert {Action.DISCONTINUE, Action.HOLD} == {
        r.action for r in found.recommendations if r.urgency is Urgency.CRITICAL
    }
    assert [] == [r for r in found.recommendations if r.dose or (r.resume and r.resume.dose)]
    assert [] == [r for r in found.recommendations if r.action is Action.REQUEST_DATA]


def test_a_drafted_pregnancy_test_is_not_asked_for_again() -> None:
    of = woman((pregnancy_test(datetime(2026, 1, 6, 9, tzinfo=UTC)),), orders=(order(TEN),))
    now = datetime(2026, 1, 30, 12, tzinfo=UTC)
    for pending, number in ((frozenset[str](), 1), (frozenset({"pregnancy-test"}), 0)):
        case = Case(of, (), "patient-view", now.date(), now, "US", pending)
        assert number == len(said(assess_case(case), "US-PREG-ONTX"))


def test_the_course_with_several_possible_first_doses_takes_the_earliest_due_day() -> None:
    # Taken from day 8 by a statement, from day 0 by the order: either may be the first dose.
    stated = MedicationRecord(
        "statement",
        "MedicationStatement/s",
        frozenset({"lenalidomide"}),
        "active",
        dose=TEN,
        starts_on=day(8),
        starts_by="taken",
    )
    last = pregnancy_test(datetime(2026, 2, 5, 9, tzinfo=UTC))
    menses = {"menses": (Finding("menses", "regular", day(30), None, "Observation/m"),)}
    of = woman((last,), also=menses, orders=(order(TEN), stated))
    assert day(31) + timedelta(days=7) == only(assess(of, day(39)), "US-PREG-ONTX").test.due  # type: ignore[union-attr]


def test_a_missing_patient_is_asked_for_once() -> None:
    found = start(facts(*COUNTS, patient_reference="", with_uterus=True, sex="", born_from=None, born_to=None))
    assert [] == said(found, "US-FRP-DEF", "US-PREG-INIT")


def test_a_diagnosis_of_irregular_periods_makes_the_test_due_every_two_weeks() -> None:
    last = pregnancy_test(datetime.combine(day(36), NOON.time(), UTC))
    irregular = Diagnosis(frozenset({"irregular-menses"}), "Irregular menstruation", True, "Condition/i", day(30))
    menses = {"menses": (Finding("menses", "regular", day(35), None, "Observation/m"),)}
    due = [
        only(
            assess(woman((last,), also=menses, orders=(order(TEN),), diagnoses=(*facts().diagnoses, *more)), day(64)),
            "US-PREG-ONTX",
        )
        for more in ((), (irregular,))
    ]
    assert [day(64), day(50)] == [r.test.due for r in due if r.test is not None]


# ------------------------------------------------------------------ second edition of the rulings
def aged(years: int) -> dict[str, Any]:
    """A woman of an age, with a uterus and no other record."""
    born = date(2026 - years, 1, 1)
    return {"born_from": born, "born_to": born, "with_uterus": True}


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        (50, Action.REQUEST_DATA),
        (54, Action.REQUEST_DATA),
        (55, Action.INFORM),
        (59, Action.INFORM),
        (60, None),
        (75, None),
    ],
)
@pytest.mark.parametrize("law", ["US", "EU"])
def test_at_a_start_without_data_she_is_asked_told_or_left_alone(law: str, years: int, expected: Action | None) -> None:
    found = said(start(facts(*COUNTS, **aged(years)), law), "CHILDBEARING-AGE")
    assert ([expected] if expected else []) == [r.action for r in found]


@pytest.mark.parametrize(("years", "expected"), [(54, True), (55, False), (60, False), (75, False)])
@pytest.mark.parametrize("with_draft", [True, False])
def test_under_treatment_without_data_she_is_asked_below_55_alone(years: int, expected: bool, with_draft: bool) -> None:
    of = facts(*COUNTS, orders=(order(TEN, since=day(-100)),), **aged(years))
    found = assess(of, TODAY, *((draft(),) if with_draft else ()))
    assert expected is bool(said(found, "CHILDBEARING-AGE"))
    assert [] == ([] if expected else [r for r in found.recommendations if "PREG" in r.rules[0]])


@pytest.mark.parametrize(("days", "expected"), [(28, []), (29, ["potential-unclear"])])
def test_under_treatment_a_test_of_the_last_28_days_answers_for_her(days: int, expected: list[str]) -> None:
    tests = {"pregnancyTest": (pregnancy_test(NOON - timedelta(days=days)),)}
    of = facts(*COUNTS, findings=tests, orders=(order(TEN, since=day(-200)),), **aged(52))
    found = assess(of, TODAY)
    assert expected == [r.message for r in found.recommendations if r.message == "potential-unclear"]


@pytest.mark.parametrize("law", ["US", "EU"])
def test_a_test_without_its_sensitivity_is_information(law: str) -> None:
    tests = (
        pregnancy_test(NOON - timedelta(days=12), sensitivity=""),
        pregnancy_test(NOON - timedelta(hours=20), sensitivity=""),
    )
    (told,) = said(start(woman(tests), law), "US-PREG-INIT", "EU-PREG-TEST")
    assert (Action.INFORM, Urgency.INFO) == (told.action, told.urgency)


def hcg(at: datetime, amount: str) -> Finding:
    """A number of hCG."""
    return Finding("pregnancyTest", f"{amount} mIU/mL", at.date(), at, "Observation/hcg", components=(("hcg", amount),))


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(
    ("amount", "expected"),
    [("4.9", None), ("5", Action.REQUEST_DATA), ("24.9", Action.REQUEST_DATA), ("25", Action.DO_NOT_START)],
)
def test_a_number_of_hcg_before_a_start(law: str, amount: str, expected: Action | None) -> None:
    tests = (pregnancy_test(NOON - timedelta(days=12)), hcg(NOON - timedelta(hours=20), amount))
    critical = [r for r in start(woman(tests), law).recommendations if r.urgency is Urgency.CRITICAL]
    assert ([expected] if expected else []) == [r.action for r in critical]
    if expected:
        assert [] == [r for r in start(woman(tests), law).recommendations if r.dose is not None]


def test_between_negative_and_positive_it_is_repeated_in_two_days_and_no_capsule_taken() -> None:
    drawn = NOON - timedelta(hours=4)
    of = woman((hcg(drawn, "12"),), orders=(order(TEN, since=day(-100)),))
    (asked,) = said(assess(of, TODAY), "HCG-READING")
    assert (Action.REQUEST_DATA, Urgency.CRITICAL) == (asked.action, asked.urgency)
    assert [day(2)] == [a.due for p in asked.proposals for a in p.actions]  # type: ignore[union-attr]
    later = woman((hcg(drawn - timedelta(days=2), "12"), pregnancy_test(drawn)), orders=(order(TEN, since=day(-100)),))
    assert [] == said(assess(later, TODAY), "HCG-READING")


def test_a_small_number_of_hcg_long_after_menopause_is_nothing() -> None:
    of = facts(*COUNTS, findings={"pregnancyTest": (hcg(NOON, "12"),)}, **aged(75))
    assert [] == said(start(of), "HCG-READING")


@pytest.mark.parametrize("law", ["US", "EU"])
def test_a_missed_period_holds_with_the_test_on_the_same_card_in_the_us(law: str) -> None:
    missed = Diagnosis(frozenset({"amenorrhea"}), "Amenorrhea", True, "Condition/a", day(-3), day(-3))
    expected = (Action.HOLD, Urgency.CRITICAL) if law == "US" else (Action.ORDER_PREGNANCY_TEST, Urgency.WARNING)
    of = woman(tests=(), orders=(order(TEN, since=day(-100)),), diagnoses=(*facts().diagnoses, missed))
    first = said(assess(of, day(5), jurisdiction=law), "US-PREG-MISS", "EU-PREG-TEST")[0]
    assert expected == (first.action, first.urgency)
    kinds = [type(a).__name__ for a in first.proposals[0].actions]
    assert (["SuspendOrder", "OrderTest"] if law == "US" else ["OrderTest"]) == kinds


@pytest.mark.parametrize(
    ("text", "expected"), [("combined oral contraceptive pill", True), ("COC", True), ("progesterone pill", False)]
)
def test_a_combined_pill_is_a_warning_in_the_eu(text: str, expected: bool) -> None:
    of = woman(methods=(method(text),))
    assert expected is any(r.urgency is Urgency.WARNING for r in said(start(of, "EU"), "EU-CONTRA-COC"))
    assert [] == said(start(of, "US"), "EU-CONTRA-COC")


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("since", "expected"), [(None, True), (date(2024, 1, 5), True), (date(2024, 1, 4), False)])
def test_breast_feeding_is_a_warning_and_at_a_start_a_review(law: str, since: date | None, expected: bool) -> None:
    fed = Diagnosis(frozenset({"breast-feeding"}), "Breast-feeding", True, "Condition/b", since, since)
    of = woman(diagnoses=(*facts().diagnoses, fed))
    assert ([Action.REVIEW] if expected else []) == [r.action for r in said(start(of, law), "LACTATION")]
    treated = woman(diagnoses=(*facts().diagnoses, fed), orders=(order(TEN, since=day(-100)),))
    found = said(assess(treated, TODAY, jurisdiction=law), "LACTATION")
    assert ([(Action.INFORM, Urgency.WARNING)] if expected else []) == [(r.action, r.urgency) for r in found]


@pytest.mark.parametrize("law", ["US", "EU"])
def test_abnormal_bleeding_under_treatment_holds_for_its_evaluation_in_the_us(law: str) -> None:
    bleeding = Diagnosis(frozenset({"abnormal-uterine-bleeding"}), "Menorrhagia", True, "Condition/a", day(-3), day(-3))
    of = woman(tests=(), orders=(order(TEN, since=day(-100)),), diagnoses=(*facts().diagnoses, bleeding))
    found = said(assess(of, day(5), jurisdiction=law), "US-PREG-MISS")
    expected = [(Action.HOLD, "Abnormal bleeding")] if law == "US" else []
    assert expected == [(r.action, r.words["what"]) for r in found]
    before = Diagnosis(
        frozenset({"abnormal-uterine-bleeding"}), "Menorrhagia", True, "Condition/a", day(-200), day(-200)
    )
    of = woman(tests=(), orders=(order(TEN, since=day(-100)),), diagnoses=(*facts().diagnoses, before))
    assert [] == said(assess(of, day(5), jurisdiction=law), "US-PREG-MISS")
