"""Which words tell a pregnancy or what may be its sign, and which only a wish for one, a fear of one or something else?"""

from __future__ import annotations

import pytest

from cds_service.fhir.words import Worded, diagnoses_in


@pytest.mark.parametrize(
    "text",
    [
        *("Wants to become pregnant later", "Would like to get pregnant next year", "Hoping to conceive a pregnancy"),
        *("Worried about pregnancy", "Fear of pregnancy", "Afraid of getting pregnant", "Considering pregnancy"),
        *("Möchte schwanger werden", "Angst vor Schwangerschaft", "Plant eine Schwangerschaft"),
        *("Souhaite tomber enceinte", "Peur de la grossesse", "Quiere quedarse embarazada", "Miedo al embarazo"),
        *("Vuole rimanere incinta", "Paura della gravidanza", "Wil graag zwanger worden", "Angst voor zwangerschap"),
        *("Quer ficar grávida", "Medo de gravidez", "Önskar bli gravid", "Frygt for graviditet"),
        *("Chce zajść w ciążę", "Lęk przed ciążą", "Přeje si těhotenství", "Strach z těhotenství", "Raskauspelko"),
        *("Szeretne terhes lenni", "Fél a terhességtől", "Hamile kalmak istiyor", "Gebelik korkusu"),
        *("Vrea să rămână însărcinată", "Frică de sarcină", "Желает беременности", "Боится беременности"),
        *(
            "Θέλει να μείνει έγκυος",
            "Φόβος εγκυμοσύνης",
            "妊娠したい",
            "妊娠が不安",
            "想怀孕",
            "害怕怀孕",
            "임신을 원함",
            "임신 걱정",
        ),
    ],
)
def test_a_wish_for_a_pregnancy_or_a_fear_of_one_is_none(text: str) -> None:
    assert not diagnoses_in(text).stated & {"pregnant"}


@pytest.mark.parametrize(
    "text",
    [
        *("Pregnant, worried", "Worried, pregnant", "Pregnant, afraid of childbirth", "Worried about her pregnancy"),
        *(
            "Unwanted pregnancy",
            "Wants to continue pregnancy",
            "Wishes to terminate pregnancy",
            "Fear of pregnancy loss",
        ),
        *("Pregnancy test positive and she wanted to become pregnant", "Has become pregnant", "Wunschschwangerschaft"),
        *("Schwanger, Angst vor der Geburt", "Enceinte, inquiète", "Grossesse désirée 8 SA", "Embarazo no deseado"),
        *("Incinta, preoccupata", "Zwanger, bang", "Gravidez desejada", "Gravid, rädd", "Ciąża niechciana"),
        *("Nechtěné těhotenství", "Ei-toivottu raskaus", "Hamile, 8 hafta", "Нежелательная беременность", "意外怀孕"),
    ],
)
def test_a_pregnancy_that_is_feared_for_or_not_wanted_is_one(text: str) -> None:
    assert diagnoses_in(text).stated >= {"pregnant"}


@pytest.mark.parametrize(
    "text",
    [
        *("Intermenstrual bleeding", "Spotting between periods", "Zwischenblutung", "Saignement intermenstruel"),
        *("Sangrado intermenstrual", "Spotting intermestruale", "Tussentijds bloedverlies", "Mellemblødning"),
        *("Plamienie międzymiesiączkowe", "Špinění mezi menstruacemi", "Välivuoto", "Köztes vérzés", "Ara kanama"),
        *("Межменструальное кровотечение", "Μεσοκυκλική αιμορραγία", "不正出血", "经间期出血", "부정출혈"),
    ],
)
def test_bleeding_between_periods_is_abnormal(text: str) -> None:
    assert diagnoses_in(text).stated >= {"abnormal-uterine-bleeding"}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Period is two weeks late",
            "Menses late by 1 week",
            "Skipped period",
            "Periode überfällig",
            "Règles en retard",
        ),
        *("Menstruatie 2 weken over tijd", "Uteblitt menstruasjon", "Opožděná menstruace", "Kuukautiset myöhässä"),
        *("Késő menstruáció", "Întârziere menstruală", "Καθυστέρηση περιόδου", "月経遅延", "月经推迟", "생리 지연"),
    ],
)
def test_a_period_that_is_late_is_a_missed_one(text: str) -> None:
    assert diagnoses_in(text).stated == {"amenorrhea"}


@pytest.mark.parametrize(
    "text", ["Observation period two weeks late", "Late periods in childhood", "Spotting on a liver scan"]
)
def test_another_period_is_no_missed_one(text: str) -> None:
    assert diagnoses_in(text) == Worded(frozenset(), frozenset(), frozenset())
