"""Which results does a text tell that has them all in one?"""

from __future__ import annotations

import pytest

from cds_service.fhir.results_in_words import results_in_words


def told(text: str, name: str = "") -> list[tuple[str, str]]:
    return [(each.code.text, each.valueString or "") for each in results_in_words(text, name)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hb 8.0, PLT 14, ANC 0.4", [("Hb", "8.0"), ("PLT", "14"), ("ANC", "0.4")]),
        ("Platelets: <10 x10^9/L; Leukozyten 0,9 G/l", [("Platelets", "<10 x10^9/L"), ("Leukozyten", "0,9 G/l")]),
        ("PLT 18 K/uL (L)\nCreatinine 2.1 mg/dL H", [("PLT", "18 K/uL"), ("Creatinine", "2.1 mg/dL")]),
        ("WBC 2.1 Hb 9.1 Plt 14", [("WBC", "2.1"), ("Hb", "9.1"), ("Plt", "14")]),
        ("Leuko 2,1 Hb 9,1 Thrombo 14", [("Leuko", "2,1"), ("Hb", "9,1"), ("Thrombo", "14")]),
        ("Hb 9.1 g/dL (L) PLT 14 K/uL L", [("Hb", "9.1 g/dL"), ("PLT", "14 K/uL")]),
        ("FBC today: Hb 98 Neut 0.4 Plt 22", [("Hb", "98"), ("Neut", "0.4"), ("Plt", "22")]),
        ("wbc 2.1 / plt 14", [("wbc", "2.1"), ("plt", "14")]),
        ("Plt 120 Hb 9 Plt 14", [("Plt", "120"), ("Hb", "9"), ("Plt", "14")]),
        ("WBC 4.1 (neuts 0.3, lymphs 2.0), plts 150", [("WBC", "4.1"), ("plts", "150"), ("neuts", "0.3")]),
        ("WBC 4.1 (4.0-10.0), plts 150", [("WBC", "4.1"), ("plts", "150")]),
        ("PLT 14 (prev 22)", [("PLT", "14")]),
        ("Circulating blasts 8%. Anisocytosis.", [("Circulating blasts", "8 %")]),
        ("Marrow with 14% blasts", [("Marrow blasts", "14 %")]),
        ("less than 5 % blasts", [("Marrow blasts", "<5 %")]),
        ("Peripheral blood: blasts 1%", [("Blasts in blood", "1 %")]),
    ],
)
def test_a_text_with_several_results_tells_each(text: str, expected: list[tuple[str, str]]) -> None:
    assert expected == told(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "normal",
        "Previous platelet count 120",
        "Revlimid 10 mg plt 14",
        "Hb 9.1 > 8.5 Plt 120 > 80 > 14",
        "last week Hb 9.1 Plt 14",
        "Platelet count 120 on 8 June",
        "platelets were 118 and rising",
        "No blasts seen",
        "Sample 12345 received 14 June",
        "Room 12, bed 3",
    ],
)
def test_prose_and_earlier_numbers_tell_nothing(text: str) -> None:
    assert [] == told(text)


def test_a_text_of_urine_tells_no_blood_count() -> None:
    assert [] == told("Leukocytes 25 /uL, Hb 0", "Urine dipstick")
