"""Small parts of charts that tests pile up: reactions, conditions, tests, and who the patient is. Each may lack what charts lack.

A part is what it adds, as of the day of the call: readings, diagnoses, events, medications, findings, refused results; a
name of what could not be obtained; an order of the call is a draft.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from cds_service.clinical.cytogenetics import Karyotype
from tests.support.facts import day, reading
from tests.unit.drugs.chart_courses import (
    Part,
    a_range,
    done,
    fixed,
    found,
    ill,
    readings,
    refused,
    tested,
    unseen,
    who,
)

YOUNG = {"born_from": date(1990, 6, 1), "born_to": date(1990, 6, 1), "with_uterus": True}
NOBODY_KNOWS = {"born_from": None, "born_to": None, "sex": "", "with_uterus": True}
OLDER = {"born_from": date(1970, 6, 1), "born_to": date(1970, 6, 1), "with_uterus": True}
HALF_KNOWN = {"born_from": date(1970, 1, 1), "born_to": date(1979, 12, 31), "with_uterus": True}

FINDINGS: dict[str, Part] = {
    # Reactions and conditions, without words where charts lack them.
    "a mild rash": lambda on: (
        ill("rash", text="Rash", severity="mild", onset_from=day(on - 3), onset_to=day(on - 3)),
    ),
    "a rash of grade 3": lambda on: (ill("rash", text="Rash CTCAE grade 3", onset_from=day(on - 3), onset_to=day(on)),),
    "a rash of grade IV": lambda on: (
        ill("rash", text="Rash", severity="Grade IV", onset_from=day(on - 3), onset_to=day(on)),
    ),
    "diarrhea that got better": lambda on: (
        ill("diarrhea", text="Diarrhea grade 3", onset_from=day(on - 9), onset_to=day(on - 9)),
        ill("diarrhea", text="Diarrhea grade 1", onset_from=day(on - 1), onset_to=day(on - 1)),
    ),
    "a stage in words": lambda on: (
        ill("other", text="Neuropathy", stages=(("CTCAE", "grade 3"),), onset_from=day(on - 2), onset_to=day(on - 2)),
    ),
    "an adverse event": lambda on: (
        done(
            "rash",
            on=day(on - 2),
            text="Rash",
            kind="AdverseEvent",
            severity="severe",
            notes=("suspect: MedicationRequest/x",),
        ),
    ),
    "an adverse event of thalidomide": lambda on: (
        done("rash", on=day(on - 2), text="Rash grade 4", kind="AdverseEvent", notes=("thalidomide",)),
    ),
    "an adverse event that names the drug": lambda on: (
        done("other", on=None, text="Fatigue", kind="AdverseEvent", severity="Severe", notes=("suspect: Revlimid",)),
    ),
    "an unrelated adverse event": lambda on: (
        done(
            "sjs",
            on=day(on - 2),
            text="Stevens-Johnson syndrome",
            kind="AdverseEvent",
            notes=("unrelated to lenalidomide",),
        ),
    ),
    "angioedema": lambda on: (ill("angioedema", text="Angioedema", onset_from=day(on - 2), onset_to=day(on - 2)),),
    "angioedema of unknown day": fixed(ill("angioedema", text="Angioedema")),
    "DRESS before the course": lambda on: (ill("dress", text="DRESS", onset_from=day(-300), onset_to=day(-300)),),
    "a lenalidomide allergy": fixed(
        done("lenalidomide-allergy", text="Lenalidomide allergy", kind="AllergyIntolerance")
    ),
    "a grave lenalidomide allergy": fixed(
        done("lenalidomide-allergy", "rash", on=day(-400), text="Lenalidomide: rash grade 4", kind="AllergyIntolerance")
    ),
    "an allergy with blisters": fixed(
        done("lenalidomide-allergy", text="Lenalidomide: blistering", kind="AllergyIntolerance")
    ),
    "a thalidomide allergy": fixed(
        done("thalidomide-allergy", "rash", text="Thalidomide: rash", notes=("grade 4",), kind="AllergyIntolerance")
    ),
    "a pomalidomide allergy": lambda on: (
        done("pomalidomide-allergy", on=day(on - 1), text="Pomalidomide allergy", kind="AllergyIntolerance"),
    ),
    "a pomalidomide allergy of the first day": fixed(
        done("pomalidomide-allergy", on=day(0), text="Pomalidomide allergy", kind="AllergyIntolerance")
    ),
    "a rash that is over": lambda on: (
        ill("rash", text="Rash grade 3", onset_from=day(on - 9), onset_to=day(on - 9)),
        ill("rash", text="Rash", active=False, severity="mild", onset_from=day(on - 1), onset_to=day(on - 1)),
    ),
    "diarrhea that is over": lambda on: (
        ill("diarrhea", text="Diarrhea grade 4", active=False, onset_from=day(on - 9), onset_to=day(on - 9)),
    ),
    "allergies not to be seen": unseen("allergies", "adverseEvents"),
    "conditions not to be seen": unseen("conditions"),
    "bleeding": lambda on: (ill("bleeding", onset_from=day(on - 1), onset_to=day(on)),),
    "a gastrointestinal bleed": lambda on: (
        ill("bleeding", "major-bleeding", text="Melena", onset_from=day(on - 2), onset_to=day(on - 2)),
    ),
    "PML suspected": lambda on: (ill("pml", text="PML", recorded_on=day(on - 2), is_suspected=True),),
    "PML": lambda on: (ill("pml", text="PML", recorded_on=day(on - 2)),),
    "lactose intolerance": fixed(ill("lactose-intolerance", text="Lactose intolerance")),
    "galactose intolerance": lambda on: (
        ill("galactose-intolerance", text="Hereditary galactose intolerance", recorded_on=day(on - 1)),
    ),
    "breast cancer": lambda on: (
        ill("malignancy", text="Breast cancer", onset_from=day(on - 9), onset_to=day(on - 9), recorded_on=day(on - 9)),
    ),
    "bleeding of unknown day": fixed(ill("bleeding", text="Epistaxis", recorded_on=day(-2))),
    "thrombosis": lambda on: (ill("vte", text="Deep vein thrombosis", onset_from=day(on - 4), onset_to=day(on - 4)),),
    "thrombosis of unknown day": fixed(ill("vte", text="Pulmonary embolism")),
    "a stroke in the past": fixed(ill("ate", text="Stroke", active=False, onset_from=day(-600), onset_to=day(-600))),
    "a history of thrombosis": fixed(ill("vte-history", active=False)),
    "febrile neutropenia": lambda on: (
        ill(
            "febrile-neutropenia",
            "neutropenia",
            text="Febrile neutropenia",
            onset_from=day(on - 2),
            onset_to=day(on - 2),
        ),
    ),
    "tumor flare": lambda on: (ill("other", text="Tumor flare grade 3", onset_from=day(on - 2), onset_to=day(on - 2)),),
    "tumor flare without a grade": lambda on: (ill("other", text="Tumor flare reaction"),),
    "hepatitis B": fixed(ill("hepatitis-b", recorded_on=day(-50))),
    "hepatitis B antigen": lambda on: (found("hbsag", "positive", day(on - 5)), found("hbcab", "negative", None)),
    "hepatitis B excluded": lambda on: (
        found("hbsag", "negative", day(on - 5)),
        found("hbcab", "negative", day(on - 5)),
    ),
    "hepatitis B unclear": lambda on: (found("hbsag", "indeterminate", day(on - 5)), refused("hbcab", day(on - 5))),
    "hepatitis B not to be seen": unseen("hbsag", "hbcab"),
    "leukaemia": lambda on: (ill("acute-leukemia", text="AML", onset_from=day(on - 1), onset_to=day(on - 1)),),
    "leukaemia twice": lambda on: (
        ill("acute-leukemia", text="AML", onset_from=day(on - 1), onset_to=day(on - 1)),
        ill("acute-leukemia", text="Acute leukemia"),
    ),
    "blasts": readings(("blasts", 22, -1)),
    "blasts of a range": readings(("blasts", a_range(15, 25), -1)),
    "chronic lymphocytic leukaemia": fixed(ill("cll")),
    "myeloma too": fixed(ill("myeloma", text="Multiple myeloma", recorded_on=day(-20))),
    "remission": fixed(ill("myeloma-in-remission", active=False)),
    "a transplant without a day": fixed(done("autologous-transplant")),
    "excess blasts": fixed(ill("mds", "mds-excess-blasts", text="MDS with excess blasts")),
    # Tests.
    "liver enzymes high": readings(("alt", 250, 0), ("ast", 130, -1), upper_limit=Fraction(40)),
    "liver enzymes raised": readings(("alt", 90, 0), upper_limit=Fraction(40)),
    "liver enzymes without a limit": readings(("alt", 90, 0), ("ast", 70, 0)),
    "liver enzymes flagged": readings(("ast", 300, 0), flag="HH"),
    "two liver results of a day": lambda on: (
        *readings(("alt", 250, 0), upper_limit=Fraction(40))(on),
        *readings(("alt", 41, 0), upper_limit=Fraction(40))(on),
    ),
    "bilirubin": readings(("directBilirubin", "3.5", 0), upper_limit=Fraction("0.3")),
    "old liver enzymes": readings(("alt", 30, -125), upper_limit=Fraction(40)),
    "recent tests": readings(
        ("tsh", "2.1", -30), ("alt", 30, -2), ("ast", 30, -2), ("ferritin", 900, -10), upper_limit=Fraction(40)
    ),
    "ferritin": readings(("ferritin", 2_700, -10)),
    "tests not to be seen": unseen("tsh", "alt", "ast", "ferritin", "karyotype", "tp53"),
    "hemoglobin above 12": readings(("hemoglobin", "12.4", -1)),
    "a range of hemoglobin": readings(("hemoglobin", a_range(11, 13), -1)),
    "hemoglobin that rose": lambda on: (
        reading("hemoglobin", "8.1", day(-5)),
        reading("hemoglobin", "10.2", day(on - 20)),
        reading("hemoglobin", "10.4", day(on)),
    ),
    "hemoglobin that did not rise": lambda on: (
        reading("hemoglobin", "8.1", day(-5)),
        reading("hemoglobin", "8.2", day(on)),
    ),
    "hemoglobin that rose and fell": lambda on: (
        reading("hemoglobin", "8.1", day(-5)),
        reading("hemoglobin", "10.9", day(on - 50)),
        reading("hemoglobin", "8.3", day(on)),
    ),
    "no transfusions": fixed({"events": ()}),
    "transfusions not to be seen": unseen("transfusions"),
    "a TP53 mutation": lambda on: (found("tp53", "detected", day(on - 20)), found("tp53", "p.R175H", None)),
    "a TP53 mutation of months ago": lambda on: (found("tp53", "p.R175H", day(on - 100)),),
    "no TP53 mutation": lambda on: (found("tp53", "not detected", day(on - 20)),),
    "a TP53 test refused": lambda on: (refused("tp53", day(on - 2)),),
    "a RUNX1 mutation": lambda on: (
        found("geneticVariant", "present", day(on - 20), components=(("gene-studied", "Runx1"),)),
        found("tp53", "detected", day(on - 20)),
    ),
    "no RUNX1 mutation": lambda on: (
        found("geneticVariant", "absent", day(on - 20), components=(("gene-studied", "RUNX1"),)),
        found("tp53", "detected", day(on - 20)),
    ),
    "another gene": lambda on: (
        found(
            "geneticVariant",
            "present",
            day(on - 20),
            components=(("comment", "RUNX1 was not studied"), ("gene-studied", "ASXL1")),
        ),
        found("tp53", "detected", day(on - 20)),
    ),
    "a karyotype read in part": lambda on: (
        (Karyotype("del(5q),?", True, unreadable=("?",)), found("karyotype", "del(5q),?", day(on - 9))),
    ),
    "an old karyotype": fixed(
        (Karyotype("46,XX,del(5q)[20]", True, additional_at_most=0), found("karyotype", "46,XX,del(5q)[20]", day(-400)))
    ),
    "a karyotype with trisomy 8": lambda on: (
        (
            Karyotype("47,XX,del(5q),+8", True, ("+8",), 1, 1, False, False),
            found("karyotype", "47,XX,del(5q),+8", day(on - 9)),
        ),
    ),
    "a complex karyotype": lambda on: (
        (
            Karyotype("complex", True, ("+8", "-7", "+21"), 3, None, True, True),
            found("karyotype", "complex", day(on - 9)),
        ),
    ),
    "a karyotype without del(5q)": lambda on: (
        (Karyotype("46,XX", False, additional_at_most=0), found("karyotype", "46,XX", day(on - 9))),
    ),
    "a karyotype that cannot be read": lambda on: (
        (Karyotype("???", None, unreadable=("???",), remarks=("seen by eye",)), found("karyotype", "???", None)),
    ),
    "high risk": lambda on: (found("ipssR", "high", day(on - 30)),),
    "intermediate risk": lambda on: (found("ipss", "int-1", day(on - 30)), found("ipssR", "intermediate", None)),
    # Who the patient is.
    "a man": who(sex="male"),
    "a young woman": who(**YOUNG),
    "a woman of 55": who(**OLDER),
    "a woman about 50": who(**HALF_KNOWN),
    "age and sex unknown": who(**NOBODY_KNOWS),
    "no patient": who(patient_reference=""),
    "a patient who died": who(deceased="yes"),
    "menopause": fixed(ill("menopause", text="Menopause", onset_from=day(-900), onset_to=day(-800))),
    "a recent menopause": fixed(ill("menopause", text="Menopause", onset_from=day(-300), onset_to=day(-200))),
    "menopause of unknown day": fixed(ill("menopause", text="Menopause")),
    "premature menopause": fixed(ill("premature-menopause", text="Premature ovarian failure")),
    "premature menopause, confirmed": fixed(
        ill("premature-menopause", text="Ovarian failure", notes=("confirmed by gynecologist",))
    ),
    "Turner syndrome": fixed(ill("turner-syndrome", text="Turner syndrome")),
    "a last period": lambda on: (found("lastPeriod", "last period", day(on - 10), effective_from=day(on - 1_200)),),
    "regular periods": lambda on: (found("menses", "Regular", day(on - 10)),),
    "irregular periods": lambda on: (found("menses", "irregular", day(on - 10)),),
    "irregular menses": fixed(ill("irregular-menses", text="Irregular menses")),
    "sterilised": fixed(done("tubal-ligation", text="Tubal ligation", on=day(-900))),
    "a missed period": lambda on: (
        ill("amenorrhea", text="Missed period", onset_from=day(on - 3), onset_to=day(on - 3)),
    ),
    "pregnant": lambda on: (ill("pregnant", recorded_on=day(on - 3)),),
    "pregnancy as a status": lambda on: (found("pregnancyStatus", "pregnant", day(on - 3)),),
    "a negative test today": tested("negative", 0),
    "a negative test of last week": tested("negative", 8),
    "two negative tests": lambda on: (*tested("negative", 12)(on), *tested("negative", 0)(on)),
    "a negative test of unknown sensitivity": tested("negative", 0, components=()),
    "an insensitive test": tested("negative", 0, components=(("analytical sensitivity", "100 mIU/mL"),)),
    "a positive test": tested("positive", 2),
    "a positive and a negative test": lambda on: (*tested("positive", 9)(on), *tested("negative", 2)(on)),
    "an unclear test": tested("indeterminate", 1),
    "refused tests": lambda on: (refused("pregnancyTest", day(on - 1)), refused("pregnancyTest", day(on))),
    "tests of pregnancy not to be seen": unseen("pregnancyTest", "contraception"),
    "two methods": fixed(found("contraception", "IUD and condom", day(-90), effective_from=day(-90))),
    "methods with commas": fixed(found("contraception", "condom, IUD/pill", day(-90), effective_from=day(-90))),
    "a method without a day": lambda on: (
        found("contraception", "implant", day(on - 3), concepts=frozenset({"as-of"})),
    ),
    "withdrawal": fixed(found("contraception", "withdrawal and condom", day(-90), effective_from=day(-90))),
    "two methods since lately": lambda on: (
        found("contraception", "implant + condom", day(on - 7), effective_from=day(on - 7)),
    ),
    "two methods since when": lambda on: (found("contraception", "two methods", day(on - 7)),),
    "one method": lambda on: (found("contraception", "condom only", day(on - 7), effective_from=day(-90)),),
    "no method": lambda on: (found("contraception", "none", day(on - 7), effective_from=day(-90)),),
    "abstinence": fixed(found("contraception", "abstinence", day(-90), effective_from=day(-90))),
    "contraception refused": lambda on: (refused("contraception", day(on - 7)),),
}
