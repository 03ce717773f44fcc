"""The body of a card has five lines in one order, in words a clinician can check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cds_service.cards.context import MessageFault
from cds_service.cards.detail import LONGEST, Extras, _shorter, detail
from cds_service.cards.plain import plain
from cds_service.cards.summary import also_line, summary_line
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Basis, Input, Quote
from cds_service.clinical.review import Review
from tests.support.decisions import LABEL, TODAY, Document, context, hold

EXTRAS = Extras("Platelets 42: hold lenalidomide", next_cbc=date(2026, 2, 2))
STATE = "checked by program, not yet signed."
OURS = Basis("project-rules-2026-11", "Project rules", "data quality", "", Review.OWN)


def test_the_body_of_a_hold_is_five_lines() -> None:
    expected = f"""\
Platelets 49.999 ×10⁹/L, baseline 180 ×10⁹/L, day 21 of 10 mg once daily.

Lenalidomide US label, section 2.2: Interrupt below 50,000/µL.

Hold now; tell the patient to stop the capsules at home. CBC by 2 Feb. Resume when platelets ≥ 50 ×10⁹/L, at 5 mg \
once daily.

Not checked: temperature (none in the last 48 h): take it. Noted: 1 result of another patient was refused. \
Assumed: capsules taken as ordered.

Lenalidomide US label, March 2023; {STATE}"""
    extras = replace(EXTRAS, remarks=hold().remarks)
    assert expected == detail(hold(), context(), extras)


def test_what_is_folded_stands_below_and_what_is_asked_for_besides_in_the_first_line() -> None:
    made = detail(
        hold(), context(), replace(EXTRAS, reasons=("ANC 400: hold",), also=("info: CBC due", "info: TSH due"))
    )
    assert "10 mg once daily. ANC 400: hold.\n\n" in made
    assert made.endswith("**Also**\n\n- info: CBC due\n- info: TSH due")


def test_a_value_that_no_sentence_names_follows_with_its_day_once() -> None:
    values = (
        Input("platelets", "49.999", "10*9/L", "49999 /uL", date(2026, 1, 26), "Observation/a"),
        Input("creatinine", "88.4", "umol/L", "1 mg/dL", date(2025, 12, 28), "Observation/b"),
        Input("weight", "62", "kg", "62 kg", date(2025, 12, 28), "Observation/c"),
        Input("anc", "0.4", "10*9/L", "400 /uL", None, "Observation/d"),
    )
    made = detail(hold(inputs=values), context(), EXTRAS)
    assert (
        "once daily. Creatinine 88.4 µmol/L (1 mg/dL) on 28 Dec 2025; weight 62 kg; ANC 0.4 ×10⁹/L (400 /µL).\n" in made
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Input("anc", "0.4", "10*9/L", "400 /uL"), "ANC 0.4 ×10⁹/L (400 /µL)."),
        (Input("anc", "400", "/uL", "400 /uL"), "ANC 400 /µL."),
        (Input("anc", "0.4", "10*3/uL", "400 /uL"), "ANC 0.4 ×10³/µL."),
        (Input("toxicity", "Rash grade 1"), "Toxicity: Rash grade 1."),
        (Input("karyotype", "46,XX[20]"), "Karyotype 46,XX\\[20\\]."),
    ],
)
def test_a_value_stands_in_the_unit_of_the_limits_too_and_words_behind_a_colon(value: Input, expected: str) -> None:
    one = hold(message="free", words={"rule_text": "Interrupt below 500/µL."}, inputs=(value,), missing=())
    assert expected in detail(one, context(messages={"free.why": "x"}), EXTRAS)


def test_limits_of_ours_are_in_the_unit_of_the_counts_and_those_of_a_label_as_it_has_them() -> None:
    low = Input("platelets", "20", "10*9/L", "20000 /uL")
    one = hold(message="free", words={"rule_text": "Hold below 50,000/µL."}, inputs=(low,))
    assert "Hold below 50,000/µL.\n\n" in detail(one, context(messages={"free.why": "x"}), EXTRAS)
    ours = replace(one, basis=OURS)
    assert "Hold below 50 ×10⁹/L.\n\n" in detail(ours, context(messages={"free.why": "x"}), EXTRAS)


def test_a_dose_to_take_now_is_said_in_words() -> None:
    made = detail(hold(action=Action.REDUCE, dose=Dose(Decimal("15"), every_days=2)), context(), EXTRAS)
    assert "Dose: 15 mg every other day." in made


def test_a_dose_that_may_not_be_named_is_not_named() -> None:
    made = detail(hold(action=Action.REVIEW, dose=Dose(Decimal("15")), resume=None), context(), EXTRAS)
    assert "15 mg" not in made


def test_an_exhausted_table_is_said_to_give_no_dose() -> None:
    resume = hold().resume
    assert resume is not None
    made = detail(hold(resume=type(resume)(resume.when)), context(), EXTRAS)
    assert "no dose is given for it" in made


def test_a_signed_document_names_who_signed_it() -> None:
    basis = Basis(LABEL.document, LABEL.title, LABEL.section, LABEL.url, Review.SIGNED)
    signed = Document(signed_by="TEST, not a person", signed_on=date(2026, 1, 2))
    made = detail(hold(basis=basis), context(documents=(signed,)), EXTRAS)
    assert made.endswith("Lenalidomide US label, March 2023; signed by TEST, not a person on 2 Jan.")


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (date(2026, 1, 25), "CBC now (was due 25 Jan)."),
        (date(2026, 1, 26), "CBC today."),
        (date(2026, 1, 27), "CBC by 27 Jan."),
    ],
)
def test_the_next_count_is_said_as_overdue_today_or_to_come(due: date, expected: str) -> None:
    assert expected in detail(hold(), context(), replace(EXTRAS, next_cbc=due))


def test_the_sentence_is_filled_from_what_applies_and_a_later_step_stands_with_what_to_do() -> None:
    text = "At 10 mg: interrupt below 50,000/µL; at 50,000/µL or more resume at 5 mg daily. Weekly counts."
    made = detail(
        hold(message="free", words={"text": "x", "rule_text": text}), context(messages={"free.why": "x"}), EXTRAS
    )
    assert "section 2.2: At 10 mg: interrupt below 50,000/µL. Weekly counts.\n" in made


def test_what_does_not_fit_is_left_out_whole_from_the_least_needed() -> None:
    sentences = [f"Sentence {number} of a long text of a document that says very much." for number in range(12)]
    gaps = tuple(Missing(fact, f"reason {fact} " + "word " * 6) for fact in ("temperature", "weight", "creatinine"))
    long = hold(message="free", words={"text": "x", "rule_text": " ".join(sentences)}, missing=gaps)
    made = detail(long, context(messages={"free.why": "x"}), replace(EXTRAS, remarks=[f"remark {n}" for n in range(9)]))
    assert len(made) <= 700
    assert "…" not in made
    assert "Sentence 0" in made
    assert "Sentence 11" not in made
    # One stands as long as a document can be shortened instead: a number alone tells nobody what to look for.
    assert "Noted: remark 0; 8 more in the record of this card." in made
    assert all(f"reason {fact}" in made for fact in ("temperature", "weight", "creatinine"))


def test_what_is_assumed_of_every_chart_is_left_out_before_the_last_entry_of_this_one() -> None:
    entry = "an order has no status that tells whether it goes on, and is counted; record it"
    one = hold(message="free", words={"text": "x"}, assumptions=("all units count " * 6,))
    found = {}
    for size in range(80):
        made = detail(one, context(messages={"free.why": "word " * size}), replace(EXTRAS, remarks=[entry]))
        found.setdefault((entry in made, "all units count" in made), made)
    # Whichever is left out is left out for the other one, and never both.
    assert [(True, True), (True, False), (False, True)] == list(found)
    assert f"Noted: {entry}. Assumed: 1 more in the record of this card." in found[True, False]
    assert len(found[True, False]) <= LONGEST


def test_searches_that_lack_are_said_beside_a_fact_that_lacks_for_the_same_reason() -> None:
    one = hold(missing=(Missing("indication", "could not be obtained: no answer"),))
    several = "conditions, procedures, allergies, adverseEvents could not be obtained: no answer"
    made = detail(one, context(), replace(EXTRAS, remarks=[several]))
    assert "Noted: conditions, procedures, allergies and 1 more could not be obtained: no answer." in made
    # The only search that lacks is the one of the fact.
    only = "conditions could not be obtained: no answer"
    assert "Noted" not in detail(one, context(), replace(EXTRAS, remarks=[only]))


def test_of_searches_that_lack_the_reason_is_left_out_before_they_are() -> None:
    text = " ".join(f"Sentence {number} of a text that says very much." for number in range(16))
    extras = replace(EXTRAS, remarks=["conditions, allergies could not be obtained: no answer"])
    made = detail(hold(message="free", words={"rule_text": text}), context(messages={"free.why": "x"}), extras)
    assert "Noted: conditions and allergies could not be obtained." in made
    assert len(made) <= 700


def test_of_several_rows_only_the_one_of_the_dose_is_said() -> None:
    rows = (
        "Clearance 30 to 50 mL/min: 10 mg once daily; below 30 mL/min: 7.5 mg once daily; on dialysis: 5 mg once daily."
    )
    words = {"text": "x", "rule_text": f"{rows} Weekly counts."}
    started = hold(message="free", action=Action.START, resume=None, words=words, dose=Dose(Decimal(5)))
    made = detail(started, context(messages={"free.why": "x"}), EXTRAS)
    assert "section 2.2: On dialysis: 5 mg once daily. Weekly counts.\n" in made


def test_a_rule_of_ours_is_followed_by_the_row_that_it_reads() -> None:
    ours = Basis("project-rules-2026-11", "Project rules", "reading of 2.6", "", Review.OWN)
    rows = (Quote(replace(LABEL, review=Review.FROM_MEMORY), "From memory."), Quote(LABEL, "Below 30: 2.5 mg. More."))
    made = detail(
        hold(message="free", basis=ours, beside=rows, words={"text": "x", "rule_text": "Review the dose."}),
        context(messages={"free.why": "x"}),
        EXTRAS,
    )
    assert "reading of 2.6: Review the dose. Lenalidomide US label, section 2.2: Below 30: 2.5 mg.\n" in made


def test_text_of_the_chart_cannot_write_markup() -> None:
    evil = "<img src=x onerror=alert(1)> [a](http://evil.example)\n# b"
    made = detail(
        hold(
            inputs=(Input(evil, evil, evil, evil, None, evil),),
            missing=(Missing(evil, evil),),
            assumptions=(evil,),
            note=evil,
            words={**hold().words, "value": evil},
            order=evil,
        ),
        context(),
        Extras(evil, order=evil, by_hand=(evil,), also=(evil,), reasons=(evil,), remarks=(evil,)),
    )
    assert "<" not in made
    assert "http:/" not in made
    assert "\n# b" not in made


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("drawn on 2026-01-14", "drawn on 14 Jan"),
        ("drawn on 2025-12-31T23:30:00+01:00", "drawn on 31 Dec 2025 23:30"),
        ("2026-13-40", "2026-13-40"),
        ("riskGroup and baselineHemoglobin", "risk group (IPSS) and baseline hemoglobin"),
        ("Observation/plt-1.2: unit missing", "a result: unit missing"),
        ("A Condition could not be read", "a diagnosis could not be read"),
        ("3 Observations could not be used", "3 results could not be used"),
        ("a MedicationRequest has no id", "an order has no id"),
        ("Expected `str`, got `array` - at `$.code`", "it has a form that cannot be read"),
        ("Object missing required field `code`; the rest", "it has a form that cannot be read; the rest"),
        ("by US-MDS-PLT-W4-HI", "by a rule of ours"),
        ("below 25 x10^9/L at 38.5 C", "below 25 ×10⁹/L at 38.5 °C"),
        ("Multiple myeloma not having achieved remission", "myeloma"),
        ("Stevens-Johnson syndrome (provisional) (2026-01-24)", "Stevens-Johnson syndrome (provisional, 24 Jan)"),
        ("Gastrointestinal hemorrhage, unspecified (2026-01-18)", "Gastrointestinal hemorrhage (18 Jan)"),
        ("Acute embolism and thrombosis of unspecified deep veins of left lower extremity", "DVT of left leg"),
        ("Malignant neoplasm of unspecified site of right female breast", "breast cancer"),
        ("Chronic lymphocytic leukemia of B-cell type not having achieved remission", "CLL"),
        ("an unspecified day, undated", "an unspecified day, undated"),
        ("Giga/L stays, and so does FAB/WHO", "Giga/L stays, and so does FAB/WHO"),
    ],
)
def test_words_of_the_inside_are_said_as_people_say_them(said: str, expected: str) -> None:
    assert expected == plain(said, TODAY)


def test_a_word_that_is_missing_fails_loudly_when_strict() -> None:
    with pytest.raises(MessageFault, match="baseline"):
        detail(hold(words={"value": "42", "dose": "10 mg", "day": "1"}), context(), EXTRAS)


def test_a_word_that_is_missing_is_named_and_counted_when_not_strict() -> None:
    call = context(strict=False)
    made = detail(hold(words={}), call, EXTRAS)
    assert "(not stated)" in made
    assert call.counts["message_faults"] == 4


def test_an_optional_word_may_be_empty_and_keeps_the_blank_that_joins_it() -> None:
    sentences = {"free.summary": "x", "free.why": "count{bleeding}; day 3."}
    for given, expected in (("", "Count; day 3."), (" with bleeding", "Count with bleeding; day 3.")):
        made = detail(hold(message="free", words={"bleeding": given}), context(messages=sentences), EXTRAS)
        assert made.startswith(f"{expected} Platelets 49.999")


def test_what_the_sentence_says_is_not_said_again() -> None:
    words = {"rule_text": "Resume when recovered, at 5 mg once daily. Next CBC by 2026-02-02."}
    made = detail(hold(message="free", words=words), context(messages={"free.why": "x"}), EXTRAS)
    assert made.count("2 Feb") == 1
    assert made.count("Resume when") == 1


def test_what_the_summary_says_is_not_said_again() -> None:
    sentences = {"free.why": "{what}. Platelets 42."}
    found = hold(message="free", words={"what": "DVT (2026-01-20)"}, inputs=())
    made = detail(found, context(messages=sentences), Extras("DVT (20 Jan): review lenalidomide"))
    assert made.startswith("Platelets 42.\n\n")
    assert detail(found, context(messages=sentences), Extras("Review")).startswith("DVT (20 Jan). Platelets 42.\n\n")


ASKING = {"free.summary": "x", "free.why": "x", "free.do": "Correct the order, then sign."}


@pytest.mark.parametrize(
    ("summary", "sentences", "expected", "is_gap"),
    [
        ("Platelets: clotted", {}, "No capsule until this is settled. CBC by 2 Feb.", False),
        ("Dose: clotted", {}, "Order creatinine. No capsule until this is settled. CBC by 2 Feb.", False),
        ("Dose: clotted", ASKING, "Correct the order, then sign.", False),
        ("Not checked", ASKING, "Not checked: platelets (clotted): order a CBC", True),
    ],
)
def test_what_is_missing_is_said_once_with_what_to_do(
    summary: str, sentences: dict[str, str], expected: str, is_gap: bool
) -> None:
    fact = "platelets" if "Platelets" in summary or is_gap else "creatinine"
    asked = hold(message="free", action=Action.REQUEST_DATA, missing=(Missing(fact, "clotted"),), words={}, resume=None)
    made = detail(asked, context(messages=sentences or {"free.why": "x"}), replace(EXTRAS, summary=summary))
    assert expected in made
    assert is_gap is ("Not checked:" in made)


@pytest.mark.parametrize(
    ("facts", "summary", "is_gap"),
    [(("weight",), "Too old", False), (("weight", "creatinine"), "Too old", True),
     (("weight", "creatinine"), "Weight and creatinine: too old", False)],
)  # fmt: skip
def test_several_facts_of_one_reason_are_said_only_where_all_are_named(
    facts: tuple[str, ...], summary: str, is_gap: bool
) -> None:
    asked = hold(action=Action.REQUEST_DATA, missing=tuple(Missing(fact, "too old") for fact in facts))
    assert is_gap is ("Not checked:" in detail(asked, context(), replace(EXTRAS, summary=summary)))


def test_a_thing_to_do_that_the_message_names_is_not_named_again() -> None:
    asked = hold(message="free", missing=(Missing("orderedDose", "odd"),), words={})
    made = detail(asked, context(messages=ASKING), replace(EXTRAS, summary="x"))
    assert "Not checked: dose of the order (odd)." in made


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("ANC 400: hold", "ANC below 500: stop. Weekly counts.\n\n"),
        ("Platelets 42: hold", "Platelets below 50: stop. Weekly counts.\n\n"),
        ("Platelets 42 and ANC 400: hold", "Platelets below 50: stop. ANC below 500: stop. Weekly counts.\n\n"),
        ("Hold", "Platelets below 50: stop. ANC below 500: stop. Weekly counts.\n\n"),
    ],
)
def test_of_a_row_for_both_counts_the_sentence_of_the_one_that_decides_is_said(summary: str, expected: str) -> None:
    text = "Platelets below 50: stop. ANC below 500: stop. Weekly counts."
    one = hold(message="free", words={"rule_text": text})
    made = detail(one, context(messages={"free.why": "x"}), replace(EXTRAS, summary=summary))
    assert f"section 2.2: {expected}" in made


def test_on_the_way_out_of_a_hold_the_count_that_caused_it_decides() -> None:
    text = "Platelets below 50: stop. ANC below 500: stop."
    counts = [Input("anc", "400", "/uL", on=date(2026, 1, 19)), Input("anc", "1200", "/uL", on=TODAY)]
    one = hold(message="free", words={"rule_text": text}, inputs=(Input("platelets", "150", on=TODAY), *counts))
    made = detail(one, context(messages={"free.why": "x"}), replace(EXTRAS, summary="Platelets 150, ANC 1200: resume"))
    assert "section 2.2: ANC below 500: stop.\n\n" in made


def test_a_long_sentence_of_a_label_loses_its_last_clauses_before_what_was_not_checked() -> None:
    text = "; ".join(f"clause {number} of a sentence that goes on for a long time" for number in range(14))
    one = hold(message="free", words={"rule_text": text}, missing=(Missing("weight", "none"), Missing("menses", "no")))
    made = detail(one, context(messages={"free.why": "x"}), EXTRAS)
    assert len(made) <= 700
    assert "Clause 0 of" in made
    assert "clause 13" not in made
    assert "a long time.\n\n" in made
    assert "weight (none)" in made
    assert "menses (no)" in made


@pytest.mark.parametrize(
    ("ordered", "text", "expected"),
    [
        ("", "Start 5 mg once daily; level -1: 2.5 mg once daily.", "Start 5 mg once daily."),
        ("", "Start 5 mg once daily. The usual start is 10 mg once daily.", "Start 5 mg once daily."),
        ("", "Start 5 mg once daily. It holds throughout.", "Start 5 mg once daily. It holds throughout."),
        ("", "10 mg once daily; begun at 5 mg never below 2.5 mg; 5 mg once daily.", "5 mg once daily."),
        ("10 mg once daily", "5 mg once daily; after 3 cycles 10 mg.", "5 mg once daily; after 3 cycles 10 mg."),
        ("", "5 mg once daily. ANC below 500: stop.", "5 mg once daily."),
        ("", "ANC below 500: stop.", "ANC below 500: stop."),
    ],
)
def test_of_a_document_what_is_on_the_dose_of_the_card_is_said(ordered: str, text: str, expected: str) -> None:
    words = {"rule_text": text, **({"ordered": ordered} if ordered else {})}
    one = hold(message="free", action=Action.START, resume=None, words=words, inputs=(), dose=Dose(Decimal(5)))
    made = detail(one, context(messages={"free.why": "x"}), replace(EXTRAS, summary="Start"))
    assert f"section 2.2: {expected}\n\n" in made


def test_a_dose_to_resume_at_is_one_of_the_levels_of_a_document() -> None:
    words = {"rule_text": "Resume at the next lower of 10, 5, 2.5 mg. With clots 20 mg."}
    one = hold(message="free", action=Action.RESUME_REDUCED, resume=None, words=words, dose=Dose(Decimal(5)))
    made = detail(one, context(messages={"free.why": "x"}), EXTRAS)
    assert "section 2.2: Resume at the next lower of 10, 5, 2.5 mg.\n\n" in made


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("creatinine", "Creatinine is repeated. Always."),
        ("anc", "Counts are repeated. Always."),
        ("menses", "Always."),
    ],
)
def test_a_sentence_that_opens_with_facts_is_said_where_they_are_missing(missing: str, expected: str) -> None:
    words = {"rule_text": "Counts are repeated. Creatinine is repeated. Always."}
    asked = hold(message="free", action=Action.REQUEST_DATA, words=words, missing=(Missing(missing, "old"),))
    assert f"section 2.2: {expected}\n\n" in detail(asked, context(messages={"free.why": "x"}), EXTRAS)


def test_what_is_said_with_a_decision_stands_under_its_own_place() -> None:
    beside = (Quote(replace(LABEL, section="5.12"), "Drink well.", is_said=True), Quote(OURS, "Not said."))
    one = hold(message="free", words={"rule_text": "Start."}, beside=beside)
    made = detail(one, context(messages={"free.why": "x"}), EXTRAS)
    assert "section 2.2: Start. Lenalidomide US label, section 5.12: Drink well.\n\n" in made
    assert "Not said" not in made


def test_maintenance_names_no_neutrophils() -> None:
    one = hold(message="free", words={"rule_text": "Maintenance: 10 mg daily. ANC below 1: stop."})
    made = detail(one, context(messages={"free.why": "x"}), replace(EXTRAS, summary="Platelets 42: hold"))
    assert "section 2.2: Maintenance: 10 mg daily.\n\n" in made


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (["Myeloma.", "ANC below 1: stop.", "Weekly."], ["Myeloma.", "ANC below 1: stop."]),
        (["Myeloma.", "ANC below 1: stop."], ["ANC below 1: stop."]),
        (["Myeloma.", "ANC below 1.", "ANC again."], ["Myeloma.", "ANC below 1."]),
        (["Myeloma.", "Weekly; or not."], ["Myeloma.", "Weekly."]),
        (["Myeloma.", "Weekly."], ["Myeloma."]),
        (["Myeloma; once; daily."], ["Myeloma; once."]),
        (["Myeloma."], ["Myeloma."]),
        ([], []),
    ],
)
def test_what_a_document_says_of_a_count_stands_longest(document: list[str], expected: list[str]) -> None:
    assert [("Label 2.2", said) for said in expected] == _shorter([("Label 2.2", said) for said in document])


def test_sentences_of_ours_beyond_their_room_are_left_out_whole_and_those_of_a_label_stand() -> None:
    first = "A count close to its limit is repeated within 7 days" + " and again" * 15
    long = hold(message="free", words={"rule_text": f"{first}. Close: at most 1.5 times; falling: by 20%."})
    assert "by 20%.\n\n" in detail(long, context(messages={"free.why": "x"}), EXTRAS)
    long = replace(long, basis=OURS)
    assert f"{first}.\n\n" in detail(long, context(messages={"free.why": "x"}), EXTRAS)
    short = replace(long, words={"rule_text": "Repeat it. Close: at most 1.5 times; falling: by 20%."})
    assert "Repeat it. Close: at most 1.5 times; falling: by 20%.\n\n" in detail(
        short, context(messages={"free.why": "x"}), EXTRAS
    )


def test_a_line_without_room_takes_the_short_sentence_before_it_is_cut() -> None:
    long = hold(message="free", words={"text": "word " * 30})
    messages = {"free.summary": "{text}", "free.short": "Short, whole", "free.why": "x"}
    assert "Short, whole" == summary_line(long, context(messages=messages))
    assert "critical: Short, whole" == also_line(long, context(messages=messages))
    assert summary_line(long, context(messages={**messages, "free.short": ""})).endswith("word…")


def test_what_is_folded_counts_for_the_length_and_what_is_left_out_is_counted_as_grave_as_its_gravest() -> None:
    lines = [f"{'warning' if n < 20 else 'info'}: folded {n}" for n in range(2000)]
    made = detail(hold(), context(), replace(EXTRAS, also=lines))
    stood = made.count(": folded ")
    assert len(made) <= LONGEST
    assert made.endswith(f"- warning: folded {stood - 1}\n- warning: {2000 - stood} more in the record of this card")
    assert "Interrupt below 50,000/µL." in made
    assert "Hold now; tell the patient" in made
