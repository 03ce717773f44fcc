"""The body of a card says five things in one order, in words a clinician can check."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cds_service.cards.context import MessageFault
from cds_service.cards.detail import Extras, detail
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Basis, Input
from cds_service.clinical.review import Review
from tests.support.decisions import DRAFT, LABEL, Document, context, hold

NUMBERS = "Numbers: checked against the document by program, not yet signed by a pharmacist"
EXTRAS = Extras("Platelets 42: hold lenalidomide", order="Lenalidomide 10 MG Oral Capsule, 10 mg once daily")


def test_the_body_of_a_hold_reads_as_agreed() -> None:
    expected = f"""\
**Why now:** platelets 49.999 ×10⁹/L, baseline 180 ×10⁹/L, day 21 of 10 mg once daily.

- Platelets: 49.999 ×10⁹/L (49,999 /µL) on 2026-01-26, Observation/plt-21
- Baseline platelets: 180 ×10⁹/L (180,000 /µL) on 2026-01-04, Observation/plt-0
- This is about the order: Lenalidomide 10 MG Oral Capsule, 10 mg once daily ({DRAFT})

**Source:** Lenalidomide US label, rev. 2023-03, section 2.2: interrupt below 50,000/µL.

- Resume when platelets ≥ 50 ×10⁹/L, at 5 mg once daily
- Next complete blood count due: 2026-02-02

**Not seen:**

- temperature: none in the last 48 h

**Also noted:**

- 1 result of another patient was refused

**Assumed:**

- capsules taken as ordered

**Versions:** document us-label-2023-03; rules US-MDS-PLT-W4-HI; content 2026.1. {NUMBERS}."""
    assert expected == detail(hold(), context(), EXTRAS)


def test_a_dose_to_take_now_is_said_in_words() -> None:
    made = detail(hold(action=Action.REDUCE, dose=Dose(Decimal("15"), every_days=2)), context(), EXTRAS)
    assert "- Dose: 15 mg every other day" in made


def test_a_dose_that_may_not_be_named_is_not_named() -> None:
    made = detail(hold(action=Action.REVIEW, dose=Dose(Decimal("15")), resume=None), context(), EXTRAS)
    assert "15 mg" not in made


def test_an_exhausted_table_is_said_to_give_no_dose() -> None:
    resume = hold().resume
    assert resume is not None
    made = detail(hold(resume=type(resume)(resume.when)), context(), EXTRAS)
    assert "the source gives no dose for it" in made


def test_a_signed_document_names_who_signed_it() -> None:
    basis = Basis(LABEL.document, LABEL.title, LABEL.section, LABEL.url, Review.SIGNED)
    signed = Document(signed_by="TEST, not a person", signed_on=date(2026, 1, 2))
    made = detail(hold(basis=basis), context(documents=(signed,)), EXTRAS)
    assert "Numbers: signed by TEST, not a person on 2026-01-02." in made


def test_a_summary_that_was_cut_stands_whole_in_the_body() -> None:
    made = detail(hold(), context(), Extras("The whole sentence", is_cut=True))
    assert made.startswith("**Why now:** The whole sentence platelets")


def test_text_of_the_chart_cannot_write_markup() -> None:
    evil = "<img src=x onerror=alert(1)> [a](http://evil.example)\n# b"
    made = detail(
        hold(
            inputs=(Input(evil, evil, evil, evil, None, evil),),
            missing=(Missing(evil, evil),),
            remarks=(evil,),
            assumptions=(evil,),
            note=evil,
            words={**hold().words, "value": evil},
            order=evil,
        ),
        context(),
        Extras(evil, is_cut=True, order=evil, by_hand=(evil,), folded=(evil,)),
    )
    assert "<" not in made
    assert "http:/" not in made
    assert "\n# b" not in made


def test_a_value_without_a_date_says_so() -> None:
    made = detail(hold(inputs=(Input("weight", "62", "kg", "", None, "Observation/w"),)), context(), EXTRAS)
    assert "- Weight: 62 kg (no date), Observation/w" in made


def test_a_long_list_is_counted_not_lost() -> None:
    made = detail(hold(remarks=tuple(f"remark {number}" for number in range(40))), context(), EXTRAS)
    assert "- and 15 more" in made


def test_a_word_that_is_missing_fails_loudly_when_strict() -> None:
    with pytest.raises(MessageFault, match="baseline"):
        detail(hold(words={"value": "42", "dose": "10 mg", "day": "1", "limit": "50"}), context(), EXTRAS)


def test_a_word_that_is_missing_is_named_and_counted_when_not_strict() -> None:
    call = context(strict=False)
    made = detail(hold(words={}), call, EXTRAS)
    assert "(not stated)" in made
    assert call.counts["message_faults"] == 5


def test_an_optional_word_may_be_empty_and_keeps_the_blank_that_joins_it() -> None:
    sentences = {"free.summary": "x", "free.why": "count{bleeding}; day 3.", "free.says": "y."}
    for given, expected in (("", "count; day 3."), (" with bleeding", "count with bleeding; day 3.")):
        made = detail(hold(message="free", words={"bleeding": given}), context(messages=sentences), EXTRAS)
        assert made.startswith(f"**Why now:** {expected}\n")


def test_what_the_sentence_says_is_not_said_again() -> None:
    sentences = {"free.why": "x", "free.says": "Resume when recovered, at 5 mg once daily. Next CBC by 2026-02-02."}
    made = detail(hold(message="free", words={}), context(messages=sentences), EXTRAS)
    assert made.count("2026-02-02") == 1
    assert made.count("Resume when") == 1


def test_the_whole_text_of_a_rule_fits() -> None:
    rule = "word " * 150
    made = detail(hold(message="free", words={"text": rule}), context(), EXTRAS)
    assert made.count("word") == 300
