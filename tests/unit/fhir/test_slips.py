"""Is a mistyped word read where one meaning is left, and never one that would make another dose?"""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.fhir.dosage.instruction import Dosage, read_dosage
from cds_service.fhir.dosage.slips import Slips, without_markup
from cds_service.fhir.dosage.vocabulary import tokens_of

TEN = Decimal(10)
PHRASES = [
    (("daily",), {"RHYTHM": "1 a day"}),
    (("weekly",), {"RHYTHM": "every 7"}),
    (("capsule",), {"CAPSULE": ""}),
    (("capsula",), {"CAPSULE": ""}),
    (("night",), {"TIME_OF_DAY": "night"}),
    (("eight",), {"NUMBER": "8"}),
    (("other",), {"OTHER": ""}),
    (("monday",), {"WEEKDAY": "1"}),
    (("stopped",), {"REFUSED": "ended"}),
    (("swallow",), {"FILLER": ""}),
    (("morgens",), {"TIME_OF_DAY": "morning"}),
    (("mg",), {"UNIT": "mg"}),
]
SLIPS = Slips(PHRASES, ["dairy", "light"])


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ("dialy", "daily"),
        ("dailly", "daily"),
        ("daly", "daily"),
        ("capsle", "capsule"),
        ("capsulle", "capsule"),
        ("morgnes", "morgens"),
        ("morgen", "morgens"),
        ("nihgt", "night"),
        ("swalow", "swallow"),
        ("swaklow", "swallow"),
        ("stoped", "stopped"),
    ],
)
def test_a_slip_of_one_letter_is_the_word_that_was_meant(slip: str, word: str) -> None:
    assert word == SLIPS.meant(slip)


@pytest.mark.parametrize(
    "word",
    [
        "weeklly",  # a rhythm other than daily
        "wekly",
        "eigth",  # a number
        "ohter",  # every other day
        "mondya",  # a day
        "dairy",  # another word
        "light",
        "nigth8",
        "nght",  # a short word of a dose with a letter missing
        "fight",  # the first letter is never doubted
        "gn",
        "xylophone",
    ],
)
def test_what_could_be_another_dose_or_word_is_not_guessed(word: str) -> None:
    assert word == SLIPS.meant(word)


def test_between_two_words_of_one_meaning_either_is_right_and_of_two_meanings_none() -> None:
    assert SLIPS.meant("capsulq") in {"capsule", "capsula"}
    assert "dayly" == Slips([(("daily",), {"RHYTHM": "1 a day"}), (("dayls",), {"DAY": ""})], []).meant("dayly")


def test_a_word_of_the_lexicon_is_never_a_slip() -> None:
    assert [word for (word,), _ in PHRASES if SLIPS.meant(word) != word] == []


@pytest.mark.parametrize(
    "text",
    [
        "10mgdaily",
        "10mgpo daily",
        "1capsuledaily",
        "Take 1 capsule&nbsp;by mouth<br/>once daily",
        "<p>1 capsule <b>daily</b></p>",
        "1 Kapesl täglcih",
        "1 gellule par jour",
        "1 cpasula al día",
        "1 capsula al gionro",
        "1 caspule per dag",
        "1D1C",
        "1dd1c",
    ],
)
def test_mistyped_glued_and_marked_up_texts_are_read(text: str) -> None:
    assert Dose(TEN) == read_dosage([Dosage(text=text)], TEN, True, ()).dose


@pytest.mark.parametrize(
    "text",
    [
        "1 capsule wekly",
        "1 capsule daily wekly",
        "1 capsule with dairy",
        "1 capsule evry ohter day",
        "<del>1 capsule daily</del>",
        "<s>1 capsule daily</s>",
        "1 capsule daily, stoped",
        "1 capsule &lt; daily",
        "1O mg daily",
        "tne mg daily",
    ],
)
def test_a_slip_that_could_change_the_dose_refuses(text: str) -> None:
    assert read_dosage([Dosage(text=text)], TEN, True, ()).dose is None


def test_markup_that_crosses_out_stays() -> None:
    assert "<s>10 mg</s> daily" == without_markup("<s>10 mg</s> daily")
    assert "10 mg  ;  daily" == without_markup("10 mg <br> daily")


def test_the_names_of_the_drug_are_not_taken_for_slips() -> None:
    assert "DRUG" in tokens_of("capsulex", ("capsulex",))[0].meanings
