import json
from datetime import date

import pytest

from cds_service.fhir.adverse_events import read_adverse_events, read_allergies

TODAY = date(2026, 11, 21)
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NAMES = ("lenalidomide", "revlimid")


def adverse(**members):
    body = {"resourceType": "AdverseEvent", "id": "e1", "actuality": "actual", "subject": {"reference": "Patient/p"}}
    body |= {"event": {"text": "Rash"}, "date": "2026-02-01"} | members
    raw = json.dumps({k: v for k, v in body.items() if v is not None}).encode()
    return read_adverse_events([raw], "p", TODAY)


def allergy(**members):
    body = {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "patient": {"reference": "Patient/p"},
        "code": {"text": "Lenalidomide"},
    }
    body |= members
    raw = json.dumps({k: v for k, v in body.items() if v is not None}).encode()
    return read_allergies([raw], "p", TODAY, NAMES, {(RXNORM, "342369")})


def test_an_adverse_event_keeps_reaction_grade_suspect_and_causality():
    suspect = {"instance": {"display": "Revlimid 10 mg"}, "causality": [{"assessment": {"text": "unlikely"}}]}
    (event,) = adverse(severity={"text": "CTCAE grade 3"}, suspectEntity=[suspect]).events
    assert (frozenset({"rash"}), "CTCAE grade 3", date(2026, 2, 1)) == (event.concepts, event.severity, event.on)
    assert ("suspect: Revlimid 10 mg", "causality: unlikely") == event.notes


@pytest.mark.parametrize(
    ("what", "concept"),
    [({"text": "Stevens-Johnson syndrome"}, "sjs"), ({"text": "Toxic epidermal necrolysis"}, "ten"), ({"text": "DRESS"}, "dress"),
     ({"text": "Angioödem"}, "angioedema"), ({"text": "Anaphylactic shock"}, "anaphylaxis"),
     ({"coding": [{"system": "http://snomed.info/sct", "code": "41291007"}]}, "angioedema"),
     ({"coding": [{"system": "http://snomed.info/sct", "code": "73442001"}]}, "sjs")],
)  # fmt: skip
def test_reactions_are_known_by_code_or_words(what, concept):
    assert concept in adverse(event=what).events[0].concepts


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Upper GI bleed", {"bleeding", "major-bleeding"}),
        ("Subdural haematoma", {"bleeding", "major-bleeding", "intracranial-bleeding"}),
        ("Febrile neutropenia", {"febrile-neutropenia"}),
        ("Progressive multifocal leukoencephalopathy", {"pml"}),
        ("DVT of the left leg", {"vte"}),
    ],
)
def test_an_adverse_event_may_be_a_disease(text, concepts):
    assert concepts <= adverse(event={"text": text}).events[0].concepts


@pytest.mark.parametrize("members", [{"actuality": "potential"}, {"status": "entered-in-error"}])
def test_potential_and_mistaken_events_never_count(members):
    assert () == adverse(**members).events


def test_an_event_without_known_reaction_is_kept():
    assert [frozenset()] == [event.concepts for event in adverse(event={"text": "Diarrhoea-like complaint"}).events]


def test_odd_dates_of_an_event_are_said():
    assert any("date" in remark for remark in adverse(date="yesterday").remarks)
    future = adverse(date="2027-01-01")
    assert (None, True) == (future.events[0].on, any("future" in remark for remark in future.remarks))


def test_an_event_of_another_is_refused_and_said():
    result = adverse(subject={"reference": "Patient/x"})
    assert ((), 1) == (result.events, len(result.remarks))


@pytest.mark.parametrize("members", [{"subject": None}, {"subject": {"reference": "#p"}}, {"modifierExtension": [{}]}])
def test_an_event_in_doubt_counts_and_says_so(members):
    result = adverse(**members)
    assert (1, 1) == (len(result.events), len(result.remarks))
    assert "(" in result.events[0].text


@pytest.mark.parametrize(
    "members",
    [{}, {"code": {"text": "REVLIMID (lenalidomide) capsules"}}, {"code": {"coding": [{"display": "Revlimid"}]}},
     {"code": None, "substance": {"text": "lenalidomide"}},
     {"code": {"text": "Drug"}, "reaction": [{"substance": {"text": "lenalidomide"}}]},
     {"code": {"coding": [{"system": RXNORM, "code": "342369"}]}}, {"code": {"text": "Lenalidomide, not otherwise specified"}},
     {"patient": None, "subject": {"reference": "Patient/p"}}, {"clinicalStatus": {"coding": [{"code": "resolved"}]}}],
)  # fmt: skip
def test_an_allergy_to_the_drug_counts_however_it_is_named(members):
    assert [True] == ["lenalidomide-allergy" in event.concepts for event in allergy(**members).events]


def test_the_reactions_of_an_allergy_stand_on_its_event():
    reaction = {"manifestation": [{"text": "Stevens-Johnson syndrome"}], "severity": "severe", "onset": "2021"}
    (event,) = allergy(reaction=[reaction]).events
    assert (frozenset({"lenalidomide-allergy", "sjs"}), "severe") == (event.concepts, event.severity)


def test_an_allergy_to_another_substance_is_no_event_even_with_a_severe_reaction():
    result = allergy(code={"text": "Penicillin"}, reaction=[{"manifestation": [{"text": "Anaphylaxis"}]}])
    assert ((), ()) == (result.events, result.remarks)


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_refuted_and_mistaken_allergies_never_count(status):
    assert () == allergy(verificationStatus={"coding": [{"code": status}]}).events
    assert () == allergy(verificationStatus=status).events
    assert () == allergy(status=status).events


def test_a_denied_allergy_is_not_counted_and_is_said():
    result = allergy(code={"text": "No known allergy to lenalidomide"})
    assert ((), 1) == (result.events, len(result.remarks))


def test_an_allergy_without_substance_is_said():
    assert any("substance" in remark for remark in allergy(code=None).remarks)
