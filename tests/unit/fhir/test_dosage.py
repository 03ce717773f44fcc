"""What written and structured dosages of lenalidomide mean, and which of them are refused."""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest

from cds_service.clinical.exposure import Dose
from cds_service.fhir.dosage.instruction import Dosage, DoseRead, read_dosage

NAMES = ("lenalidomide", "lenalidomid", "lenalidomida", "revlimid")
TEN = Decimal(10)
AFTER = "after dialysis on dialysis days"


def structured(*dosages: dict[str, object], strength: Decimal | None = TEN) -> DoseRead:
    return read_dosage(
        [msgspec.json.decode(msgspec.json.encode(d), type=Dosage) for d in dosages], strength, True, NAMES
    )


def written(text: str, strength: Decimal | None = TEN) -> DoseRead:
    return read_dosage([Dosage(text=text)], strength, True, NAMES)


DAILY_FORMS = """10 mg daily|10 mg once daily|10 mg po daily|10 mg PO QD|10 mg OD|10mg od|10 mg q24h|10 mg every day|1 capsule daily
one capsule once a day|Take 1 capsule (10 mg) by mouth once daily|Take ONE capsule by mouth daily.|take one 10 mg capsule daily
10 mg/day|10 mg per day|10 mg täglich|10 mg 1x tgl.|1 Kapsel täglich|1x täglich 1 Kapsel|10 mg 1-0-0|10 mg jeden Tag|1-0-0
0-0-1|0-1-0-0|0-0-0-1|1 - 0 - 0|1-0-0 Kapsel|1-0-0 täglich|10 mg Kapseln 1-0-0|1-0-0 an Tag 1-28
10 mg par jour|10 mg/jour|10 mg une fois par jour|1 gélule par jour|10 mg per dag|1 capsule per dag|1 maal daags 10 mg
1x daags 1 capsule|10 mg al día|10 mg una vez al día|1 cápsula diaria|10 mg al giorno|1 capsula al giorno
10 mg una volta al giorno|Lenalidomide 10 mg capsule, 1 capsule daily|REVLIMID 10 mg hard capsules: one capsule once daily
10 milligrams once daily|10 mg nightly|10 mg every morning|10 mg at bedtime daily|10 mg daily for 28 days|10 mg daily days 1-28
10 mg daily days 1-28 of 28|10 mg daily x 30 days|10 mg daily at 8 am|1 capsule daily with or without food
Take 1 capsule (10 mg total) by mouth 1 (one) time each day.|10 mg = 1 cap(s), Oral, Daily, # 28 cap(s), 0 Refill(s)
1 Kapsel(n) täglich|10,0 mg täglich|10.0 mg daily"""
REST_FORMS = """10 mg daily on days 1-21 of 28|10 mg once daily on days 1-21 of repeated 28-day cycles|10 mg J1-J21 tous les 28 jours
10 mg daily, days 1 through 21 of a 28-day cycle|10 mg daily d1-21 q28d|10 mg d1-21 q28d|10 mg D1-D21/28|10 mg daily 21/28
10 mg daily 21/28 days|10 mg daily 3 weeks on, 1 week off|10 mg daily, 3 weeks on 1 off|10 mg daily 21 days on 7 days off
10 mg daily for 21 days, then 7 days off|10 mg daily x 21 days q28 days|10 mg daily for 21 days every 28 days
10 mg daily for 3 weeks out of 4|10 mg once daily for 21 days followed by 7 days rest|Tag 1-21 alle 28 Tage 10 mg
10 mg einmal täglich an den Tagen 1-21 eines 28-Tage-Zyklus|10 mg täglich, 3 Wochen, dann 1 Woche Pause
10 mg täglich für 21 Tage, danach 7 Tage Pause|1 gélule par jour, jours 1 à 21, tous les 28 jours|10 mg 21 jours sur 28
10 mg par jour du jour 1 au jour 21 d'un cycle de 28 jours|10 mg par jour 3 semaines sur 4|10 mg dag 1-21 van 28
10 mg par jour pendant 21 jours puis 7 jours d'arrêt|10 mg dag 1 t/m 21 elke 28 dagen|10 mg 21 dagen, daarna 7 dagen rust
1 cápsula al día los días 1 a 21 de cada ciclo de 28 días|10 mg días 1-21 de 28|10 mg giorni 1-21 ogni 28 giorni
10 mg una volta al giorno nei giorni 1-21 di ogni ciclo di 28 giorni|10 mg 21 giorni su 28|10 mg daily for 21 out of 28 days
Take 1 capsule (10 mg total) by mouth daily for 21 days, then off 7 days|10mg PO daily 21d on/7d off
10 mg daily days 1-21 of each 28-day cycle|10 mg daily days 1-21 q 4 weeks"""
EVERY_OTHER_FORMS = """10 mg every other day|10 mg on alternate days|10 mg alternate days|10 mg EOD|10 mg QOD|10 mg q48h
10 mg every 48 hours|10 mg every 2 days|10 mg every second day|1 capsule every 2nd day|10 mg jeden 2. Tag|10 mg jeden zweiten Tag
10 mg alle 2 Tage|10 mg un jour sur deux|10 mg tous les 2 jours|10 mg om de dag|10 mg elke 2 dagen|10 mg días alternos
10 mg en días alternos|10 mg cada 48 horas|10 mg cada 2 días|10 mg a giorni alterni|10 mg ogni 2 giorni|10 mg 1 day on 1 day off"""
TWICE_A_WEEK_FORMS = """10 mg 2x/week|10 mg twice weekly|10 mg twice a week|10 mg two times per week|10 mg Monday and Thursday
10 mg zweimal pro Woche|10 mg 2 fois par semaine|10 mg twee keer per week|10 mg dos veces por semana|10 mg due volte a settimana
10 mg once daily on Mondays and Thursdays"""
AFTER_DIALYSIS_FORMS = """10 mg daily, after dialysis on dialysis days|10 mg daily (after dialysis)|1 gélule par jour après la dialyse
10 mg na dialyse, dagelijks|10 mg cada 24 horas después de la diálisis|10 mg ogni giorno dopo la dialisi"""


def forms(words: str) -> list[str]:
    return words.replace("\n", "|").split("|")


WRITTEN = [
    *((form, Dose(TEN)) for form in forms(DAILY_FORMS)),
    *((form, Dose(TEN, on_days=21, cycle_days=28)) for form in forms(REST_FORMS)),
    *((form, Dose(TEN, every_days=2)) for form in forms(EVERY_OTHER_FORMS)),
    *((form, Dose(TEN, per_week=2)) for form in forms(TWICE_A_WEEK_FORMS)),
    *((form, Dose(TEN, note=AFTER)) for form in forms(AFTER_DIALYSIS_FORMS)),
    ("10 mg three times a week after dialysis", Dose(TEN, per_week=3, note=AFTER)),
    ("10 mg on Mon, Wed, Fri", Dose(TEN, per_week=3)),
    ("10 mg twice daily", Dose(TEN, times_per_day=2)),
    ("10 mg every 3 days", Dose(TEN, every_days=3)),
    ("10 mg days 1-14 of 21", Dose(TEN, on_days=14, cycle_days=21)),
    ("10 mg once a week", Dose(TEN, every_days=7)),
    ("10 mg daily except Sunday", Dose(TEN, per_week=6)),
]


def test_at_least_120_written_forms_are_tried() -> None:
    assert len({form for form, _ in WRITTEN}) >= 120


@pytest.mark.parametrize(("form", "dose"), WRITTEN)
def test_a_written_form_gives_its_dose(form: str, dose: Dose) -> None:
    assert DoseRead(dose) == written(form)


@pytest.mark.parametrize(
    ("text", "strength", "mg"),
    [
        ("2 x 5 mg daily", None, "10"),
        ("2 capsules daily", "5", "10"),
        ("two 5 mg capsules once daily", None, "10"),
        ("2 capsules of 5 mg once daily", None, "10"),
        ("10 mg (2 capsules) daily", "5", "10"),
        ("2,5 mg täglich", "2.5", "2.5"),
        ("2.5 mg daily days 1–28 of 28", None, "2.5"),
    ],
)
def test_capsules_are_counted_with_their_strength(text: str, strength: str | None, mg: str) -> None:
    assert DoseRead(Dose(Decimal(mg))) == written(text, None if strength is None else Decimal(strength))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10 mg daily for 21 days", "21 days are given, but not what follows them"),
        ("10 mg daily days 1-21", "21 days are given, but not what follows them"),
        ("10 mg as needed", "as needed is no schedule"),
        ("5-10 mg daily", "the dose is a range"),
        ("1-2 capsules daily", "the dose is a range"),
        ("half a capsule daily", "the dose is a part of a capsule"),
        ("1/2 capsule daily", "the dose is a part of a capsule"),
        ("10 mg daily, then 5 mg daily", "the amount in the text is not clear"),
        ("10 mg daily, hold if platelets below 50", "the text is not wholly understood"),
        ("10 mg Mon-Thu", "the schedule is not understood"),
        ("10 mg", "no schedule"),
        ("10 mg after dialysis", "no schedule"),
        ("daily", "no dose"),
        ("10 mg every 28 days", "the schedule is not understood"),
        ("10 mg daily, 28-day cycle", "the schedule is not understood"),
        ("10 mg, 2 capsules daily", "the amount in the text is not clear"),
        ("10 mg capsules daily", "the amount in the text is not clear"),
        ("2.500 mg daily", "the text is not wholly understood"),
        ("5,10 mg daily", "the text is not wholly understood"),
        ("l0 mg daily", "the dose is not readable"),
        ("10 mg not daily", "the text is not wholly understood"),
        ("10 mg daily 3/28", "the text is not wholly understood"),
        ("10 mg daily every other week", "the schedule is not understood"),
        ("10 mg daily, days 1,3,5", "the text is not wholly understood"),
        ("10 mg days 1-21, 25-28", "the text is not wholly understood"),
        ("10 mg monthly", "the text is not wholly understood"),
        ("10 mg, die Kapsel unzerkaut schlucken", "no schedule"),
        ("7 mg daily", "the dose is no whole number of capsules of the product"),
        ("", "no schedule"),
    ],
)
def test_a_text_that_is_not_plain_gives_no_dose_but_a_reason(text: str, problem: str) -> None:
    read = written(text)
    assert (None, problem) == (read.dose, read.problem)


@pytest.mark.parametrize(
    ("text", "average"),
    [
        ("10 mg daily", "10"),
        ("10 mg 3 weeks on, 1 week off", "15/2"),
        ("10 mg alternate days", "5"),
        ("5 mg daily", "5"),
        ("5 mg 3 weeks on, 1 week off", "15/4"),
        ("5 mg alternate days", "5/2"),
    ],
)
def test_dose_intensity_is_that_of_claim_s2_8(text: str, average: str) -> None:
    dose = written(text, None).dose
    assert dose is not None
    assert Fraction(average) == dose.mg_per_day


DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}


def mg(value: object, unit: str = "mg") -> list[dict[str, object]]:
    return [{"doseQuantity": {"value": value, "unit": unit, "code": unit}}]


@pytest.mark.parametrize(
    ("value", "unit"),
    [(10, "mg"), (0.01, "g"), (10000, "ug"), (1, "{pill}"), (1, "{capsule}"), (1, "{tbl}"), (1, "1"), (1, "Kapsel(n)")],
)
def test_a_structured_amount_is_exact_in_mg(value: object, unit: str) -> None:
    assert DoseRead(Dose(TEN)) == structured({"timing": DAILY, "doseAndRate": mg(value, unit)})


def test_a_text_that_adds_a_rest_complements_the_structure() -> None:
    read = structured({"timing": DAILY, "doseAndRate": mg(10), "text": "days 1-21 of 28"})
    assert DoseRead(Dose(TEN, on_days=21, cycle_days=28)) == read


def test_a_rest_in_an_additional_instruction_complements_the_structure() -> None:
    extra = [{"text": "Days 1-21 of a 28-day cycle"}]
    read = structured({"timing": DAILY, "doseAndRate": mg(10), "additionalInstruction": extra})
    assert DoseRead(Dose(TEN, on_days=21, cycle_days=28)) == read


@pytest.mark.parametrize(
    "text",
    ["5 mg daily", "10 mg every other day", "2 capsules daily", "10 mg twice daily", "5 mg capsule, 1 capsule daily"],
)
def test_text_and_structure_that_differ_are_a_conflict(text: str) -> None:
    read = structured({"timing": DAILY, "doseAndRate": mg(10), "text": text})
    assert DoseRead(None, "text and structure differ", True) == read


@pytest.mark.parametrize(
    ("dosage", "problem"),
    [
        ({"timing": DAILY, "doseAndRate": [{"doseRange": {"low": {"value": 5}}}]}, "the dose is a range"),
        ({"timing": DAILY, "doseAndRate": mg(10), "asNeededBoolean": True}, "as needed is no schedule"),
        (
            {"timing": DAILY, "doseAndRate": mg(10), "asNeededCodeableConcept": {"text": "x"}},
            "as needed is no schedule",
        ),
        ({"timing": DAILY, "doseAndRate": [{"doseQuantity": {"value": 10}}]}, "the unit of the dose is not understood"),
        ({"timing": DAILY, "doseAndRate": mg(10, "mL")}, "the unit of the dose is not understood"),
        ({"timing": DAILY, "doseAndRate": mg("10")}, "the dose is not readable"),
        ({"timing": DAILY, "doseAndRate": mg(-10)}, "the dose is not readable"),
        ({"timing": DAILY, "doseAndRate": mg(0.5, "{pill}")}, "the dose is a part of a capsule"),
        ({"timing": DAILY, "doseAndRate": mg(10, "{pill}")}, ""),
        ({"timing": DAILY, "doseAndRate": mg(25, "{pill}")}, "the number of capsules is implausible"),
        ({"timing": DAILY, "doseAndRate": mg(5)}, "the dose is no whole number of capsules of the product"),
        ({"timing": DAILY, "doseAndRate": mg(10), "text": "taper weekly"}, "text and structure differ"),
        ({"timing": DAILY, "doseAndRate": mg(10), "text": "skip on Sundays"}, "text and structure differ"),
        ({"timing": DAILY, "doseAndRate": mg(10), "text": "omit the last"}, "the text is not wholly understood"),
        ({"timing": DAILY}, "no dose"),
    ],
)
def test_a_structure_that_is_not_plain_gives_a_reason(dosage: dict[str, object], problem: str) -> None:
    assert problem == structured(dosage).problem


def test_an_amount_without_any_schedule_is_kept_as_mg_only() -> None:
    assert DoseRead(None, "no schedule", False, TEN) == structured({"doseAndRate": mg(10)})


def test_capsules_without_strength_give_no_dose() -> None:
    assert "no strength" == structured({"timing": DAILY, "doseAndRate": mg(1, "{pill}")}, strength=None).problem


def test_a_unit_and_a_code_that_differ_are_refused() -> None:
    quantity = {"value": 10, "unit": "g", "code": "mg"}
    read = structured({"timing": DAILY, "doseAndRate": [{"doseQuantity": quantity}]})
    assert "the unit of the dose is not understood" == read.problem


def test_two_strengths_on_one_schedule_are_added_up() -> None:
    read = structured({"timing": DAILY, "doseAndRate": mg(20)}, {"timing": DAILY, "doseAndRate": mg(5)}, strength=None)
    assert DoseRead(Dose(Decimal(25))) == read


@pytest.mark.parametrize(
    "second",
    [
        {"timing": {"repeat": {"frequency": 1, "period": 2, "periodUnit": "d"}}, "doseAndRate": mg(5)},
        {"timing": DAILY, "doseAndRate": mg(20)},
        {"timing": DAILY, "doseAndRate": mg(5), "sequence": 2},
        {"timing": DAILY, "doseAndRate": mg(5), "asNeededBoolean": True},
    ],
)
def test_several_instructions_that_are_not_one_schedule_give_no_dose(second: dict[str, object]) -> None:
    read = structured({"timing": DAILY, "doseAndRate": mg(20)}, second, strength=None)
    assert "several dosage instructions that do not form one schedule" == read.problem


def _limit(mg_in_all: float, days: float, unit: str = "d") -> dict[str, object]:
    return {"numerator": {"value": mg_in_all, "unit": "mg"}, "denominator": {"value": days, "code": unit}}


@pytest.mark.parametrize(
    ("limit", "is_below"),
    [
        ({"maxDosePerPeriod": _limit(5, 1)}, True),
        ({"maxDosePerPeriod": [_limit(10, 1), _limit(50, 1, "wk")]}, True),
        ({"maxDosePerPeriod": _limit(10, 1, "wk")}, True),
        ({"maxDosePerPeriod": _limit(5, 24, "h")}, True),
        ({"maxDosePerAdministration": {"value": 5, "code": "mg"}}, True),
        (
            {
                "maxDosePerPeriod": {
                    "numerator": {"value": 1, "unit": "capsule"},
                    "denominator": {"value": 7, "unit": "d"},
                }
            },
            True,
        ),
        ({"maxDosePerPeriod": _limit(10, 1)}, False),
        ({"maxDosePerPeriod": _limit(70, 1, "wk")}, False),
        ({"maxDosePerPeriod": _limit(25, 1)}, False),
        ({"maxDosePerAdministration": {"value": 1, "unit": "capsule"}}, False),
        ({"maxDosePerPeriod": _limit(5, 1, "fortnight")}, False),
        ({"maxDosePerPeriod": {"numerator": {"value": "5", "unit": "mL"}}}, False),
        ({"maxDosePerPeriod": "5 mg"}, False),
    ],
)
def test_a_limit_below_the_dose_is_a_conflict_and_no_other_one_is(limit: dict[str, object], is_below: bool) -> None:
    assert is_below is structured({"timing": DAILY, "doseAndRate": mg(10), **limit}).is_conflict


def test_no_instruction_at_all_is_said() -> None:
    assert "no dosage instruction" == structured().problem


@pytest.mark.parametrize(("text", "times"), [("1-0-1", 2), ("1-1-0", 2), ("1-1-1-0", 3), ("10 mg 1-0-1", 2)])
def test_a_scheme_of_the_day_says_how_often(text: str, times: int) -> None:
    assert Dose(TEN, times_per_day=times) == written(text).dose


@pytest.mark.parametrize("text", ["0-0-0", "10 mg 0-0-0", "2-0-1", "1-0", "1-0-0-0-0"])
def test_what_is_no_scheme_of_one_amount_is_no_dose(text: str) -> None:
    assert written(text).dose is None


def test_a_scheme_does_not_count_capsules_where_the_amount_is_stated() -> None:
    assert Dose(TEN) == written("10 mg 1-0-0", Decimal(5)).dose
