import json
import time
from datetime import date

import pytest

from cds_service.fhir.conditions import read_conditions

TODAY = date(2026, 11, 21)
INDICATIONS = frozenset({"mds", "mds-del5q", "myeloma", "mcl", "fl", "mzl", "cll", "poems"})
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
D46C = {"coding": [{"system": ICD, "code": "D46.C", "display": "MDS with isolated del(5q)"}]}
MYELOMA = {"coding": [{"system": ICD, "code": "C90.00", "display": "Multiple myeloma not having achieved remission"}]}


def condition(**members):
    body = {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p"}, "code": D46C} | members
    return json.dumps({k: v for k, v in body.items() if v is not None}).encode()


def read(**members):
    return read_conditions([condition(**members)], "p", TODAY, INDICATIONS)


def one(**members):
    (diagnosis,) = read(**members).diagnoses
    return diagnosis


def r4(code):
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": code}]}


@pytest.mark.parametrize("status", ["active", "recurrence", "relapse"])
def test_an_active_condition_counts_as_active_in_both_forms(status):
    assert one(clinicalStatus=r4(status)).is_active
    assert one(clinicalStatus=status).is_active


@pytest.mark.parametrize("status", ["inactive", "remission", "resolved"])
def test_a_condition_that_is_over_is_kept_and_not_active(status):
    assert not one(clinicalStatus=r4(status)).is_active
    assert not one(clinicalStatus=status).is_active


def test_an_absent_status_counts_as_active_and_an_unknown_one_is_said():
    assert one().is_active
    for odd in ("strange", {"coding": [{"code": "strange"}]}):
        result = read(clinicalStatus=odd)
        assert result.diagnoses[0].is_active
        assert any("unknown clinical status" in remark for remark in result.remarks)


@pytest.mark.parametrize("odd", [7, [], [1], {"coding": 3}, True, {"text": None}])
def test_a_status_of_an_odd_form_does_not_lose_the_resource(odd):
    assert 1 == len(read(clinicalStatus=odd, verificationStatus=odd).diagnoses)


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_refuted_and_mistaken_conditions_never_count(status):
    assert () == read(verificationStatus=status).diagnoses
    assert () == read(verificationStatus=r4(status)).diagnoses
    assert () == read(status=status).diagnoses


@pytest.mark.parametrize("status", ["unconfirmed", "provisional", "differential"])
def test_an_unconfirmed_condition_counts_and_is_said(status):
    result = read(verificationStatus=r4(status))
    assert frozenset({"mds", "mds-del5q"}) == result.diagnoses[0].concepts & {"mds", "mds-del5q"}
    assert status in result.diagnoses[0].text
    assert result.diagnoses[0].is_suspected
    assert any(status in remark for remark in result.remarks)


@pytest.mark.parametrize(
    ("text", "is_suspected"),
    [("suspected Stevens-Johnson syndrome", True), ("Stevens-Johnson syndrome", False), ("PML?", True), ("PML", False)],
)
def test_what_words_only_suspect_is_marked(text, is_suspected):
    assert is_suspected is one(code={"text": text}).is_suspected


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Galactosemia", {"galactose-intolerance", "lactose-intolerance"}),
        ("Lapp lactase deficiency", {"galactose-intolerance", "lactose-intolerance"}),
        ("Glukose-Galaktose-Malabsorption", {"galactose-intolerance", "lactose-intolerance"}),
        ("lactose intolerance", {"lactose-intolerance"}),
        ("Laktoseintoleranz", {"lactose-intolerance"}),
        ("intolérance au lactose", {"lactose-intolerance"}),
        ("PML-RARA positive", set()),
        ("Leucoencefalopatia multifocal progresiva", {"pml"}),
    ],
)
def test_intolerances_and_pml_are_known_by_words(text, concepts):
    assert concepts == set(one(code={"text": text}).concepts)


def test_codes_stand_for_concepts_in_any_of_the_systems():
    assert {"mds", "mds-del5q"} <= one().concepts
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "277597005"}]}
    assert {"mds", "mds-del5q"} <= one(code=snomed).concepts
    assert "myeloma" in one(code=MYELOMA).concepts


def test_the_words_of_a_code_do_not_cast_doubt_on_it_by_themselves():
    assert () == read(code=MYELOMA).remarks


def test_a_coded_condition_whose_words_deny_it_counts_and_is_said():
    result = read(code=MYELOMA | {"text": "Rule out multiple myeloma"})
    assert "myeloma" in result.diagnoses[0].concepts
    assert any("doubt" in remark for remark in result.remarks)


def test_a_local_display_is_read_where_the_text_names_nothing():
    code = {
        "text": "Problem 1",
        "coding": [{"system": "urn:local", "code": "7", "display": "Myelodysplastic syndrome"}],
    }
    assert {"mds"} == one(code=code).concepts


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Myelodysplastic syndrome", {"mds"}),
        ("Myelodysplastisches Syndrom", {"mds"}),
        ("MDS, low risk", {"mds"}),
        ("MDS del(5q)", {"mds", "mds-del5q"}),
        ("MDS with isolated del(5q)", {"mds", "mds-del5q"}),
        ("5q- syndrome", {"mds", "mds-del5q"}),
        ("MDS with del(5q) and -7", {"mds"}),
        ("MDS without del(5q)", {"mds"}),
        ("MDS/MPN overlap", set()),
        ("Multiple myeloma", {"myeloma"}),
        ("Smouldering multiple myeloma", set()),
        ("Mantle cell lymphoma", {"mcl"}),
        ("Follicular lymphoma grade 2", {"fl"}),
        ("Splenic marginal zone lymphoma", {"mzl"}),
        ("CLL", {"cll"}),
        ("Acute lymphoblastic leukaemia", {"acute-leukemia"}),
        ("AML with MDS-related changes", {"mds", "acute-leukemia"}),
        ("No AML", set()),
        ("Chronic lymphocytic leukaemia", {"cll"}),
        ("POEMS syndrome", {"poems"}),
        ("Pregnant", {"pregnant"}),
        ("Pregnancy test ordered", set()),
        ("Stevens-Johnson syndrome", {"sjs"}),
        ("Angio-oedema", {"angioedema"}),
        ("Hypertension", set()),
    ],
)
def test_words_without_a_code_are_read_and_flagged(text, concepts):
    diagnosis = one(code={"text": text})
    assert frozenset(concepts) == diagnosis.concepts
    assert bool(concepts) == ("read from the text" in diagnosis.text)


@pytest.mark.parametrize(
    "text",
    ["No evidence of MDS", "Rule out MDS", "r/o multiple myeloma", "Family history of multiple myeloma", "MDS ruled out",
     "MDS was excluded",
     "Kein Hinweis auf Multiples Myelom", "Mother with mantle cell lymphoma", "Suspected MDS", "Possible multiple myeloma", "MDS?",
     "Screening for CLL"],
)  # fmt: skip
def test_denied_and_suspected_words_are_not_counted_and_are_said(text):
    result = read(code={"text": text})
    assert frozenset() == result.diagnoses[0].concepts
    assert 1 == len(result.remarks)


def test_a_suspected_severe_reaction_counts():
    assert {"sjs"} == one(code={"text": "Suspected Stevens-Johnson syndrome"}).concepts


def test_del5q_in_the_text_of_a_plain_mds_code_is_taken_and_flagged():
    code = {"coding": [{"system": ICD, "code": "D46.9"}], "text": "MDS, isolated del(5q)"}
    assert "mds-del5q" in one(code=code).concepts
    assert "del(5q) read from the text" in one(code=code).text
    assert "mds-del5q" not in one(code={"coding": [{"system": ICD, "code": "D46.9"}], "text": "MDS"}).concepts


def test_partial_dates_are_spans():
    diagnosis = one(onsetDateTime="2024-03", recordedDate="2024-04-02T10:00:00Z")
    assert (date(2024, 3, 1), date(2024, 3, 31), date(2024, 4, 2)) == (
        diagnosis.onset_from,
        diagnosis.onset_to,
        diagnosis.recorded_on,
    )
    assert date(2023, 5, 6) == one(onsetPeriod={"start": "2023-05-06"}).onset_from
    assert date(2020, 4, 1) == one(assertedDate="2020-04-01").recorded_on
    assert date(2020, 4, 1) == one(dateRecorded="2020-04-01").recorded_on


def test_a_date_that_cannot_be_used_is_said():
    for members in ({"onsetDateTime": "last year"}, {"onsetString": "childhood"}, {"onsetAge": {"value": 52}}):
        result = read(**members)
        assert result.diagnoses[0].onset_from is None
        assert any("could not be read" in remark for remark in result.remarks)
    future = read(onsetDateTime="2026-11-22")
    assert future.diagnoses[0].onset_from is None
    assert any("future" in remark for remark in future.remarks)


def test_an_end_makes_a_condition_without_status_inactive():
    assert not one(abatementDateTime="2020").is_active
    assert one(abatementDateTime="2027").is_active
    assert one(abatementDateTime="2020", clinicalStatus="active").is_active


def test_stages_are_pairs_of_words_in_r4_and_in_the_old_form():
    stage = {"type": {"text": "IPSS"}, "summary": {"coding": [{"display": "Low"}]}}
    assert (("IPSS", "Low"),) == one(stage=[stage]).stages
    assert (("IPSS", "Low"),) == one(stage=stage).stages
    assert (("", "CTCAE grade 3"),) == one(stage=[{"summary": {"text": "CTCAE grade 3"}}]).stages
    assert any("stage" in remark for remark in read(stage="II").remarks)


def test_severity_and_notes_are_kept():
    diagnosis = one(
        severity={"coding": [{"system": "http://snomed.info/sct", "code": "24484000"}]}, note=[{"text": "since May"}]
    )
    assert ("severe", ("since May",)) == (diagnosis.severity, diagnosis.notes)
    assert "CTCAE grade 3" == one(severity={"text": "CTCAE grade 3"}).severity
    assert ("old",) == one(notes="old").notes


@pytest.mark.parametrize(
    "subject", [{"reference": "Patient/other"}, {"display": "Jane"}, {"identifier": {"value": "p"}}, None]
)
def test_a_condition_of_another_or_of_nobody_is_refused_and_said(subject):
    result = read(subject=subject)
    assert () == result.diagnoses
    assert 1 == len(result.remarks)
    assert "other" not in result.remarks[0].replace("names no patient", "")


def test_the_patient_member_of_old_versions_names_the_patient():
    assert 1 == len(read(subject=None, patient={"reference": "Patient/p"}).diagnoses)


def test_the_order_of_the_resources_and_repeats_do_not_matter():
    first, second = condition(id="a", onsetDateTime="2024"), condition(id="b", code=MYELOMA)
    assert read_conditions([first, second], "p", TODAY, INDICATIONS) == read_conditions(
        [second, first, second], "p", TODAY, INDICATIONS
    )
    assert 2 == len(read_conditions([first, second, first], "p", TODAY, INDICATIONS).diagnoses)


@pytest.mark.parametrize("raw", [b"{", b"[]", b"7", b'{"resourceType":"Condition","onsetDateTime":5}', b"\xff"])
def test_an_unreadable_resource_costs_itself_only_and_is_said(raw):
    result = read_conditions([raw, condition()], "p", TODAY, INDICATIONS)
    assert (1, 1) == (len(result.diagnoses), len(result.remarks))


def test_thousands_of_conditions_are_read_in_time():
    many = [condition(id=f"c{n}", code={"text": "mds"}) for n in range(3000)]
    began = time.thread_time()
    assert 3000 == len(read_conditions([*many, *many], "p", date(2026, 1, 5), INDICATIONS).diagnoses)
    assert time.thread_time() - began < 2
