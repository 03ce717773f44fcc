"""Do templates keep to the 2.0.1 grammar, and do they resolve to what was meant?"""

from dataclasses import dataclass

import pytest

from cds_service.drugs.catalogue import DRUGS
from cds_service.fhir import terminology
from cds_service.fhir.queries import lint_template, prefetch_templates, resolve
from cds_service.fhir.terminology import LOINC


@dataclass(frozen=True)
class Need:
    key: str
    resource: str
    facts: tuple[str, ...] = ()
    required_on: frozenset[str] = frozenset()
    may_be_unsupported: bool = False
    category: str = ""


CODES = {
    "platelets": [(LOINC, "777-3"), (LOINC, "26515-7")],
    "anc": [(LOINC, "751-8")],
    "creatinine": [(LOINC, "2160-0")],
    "karyotype": [(LOINC, "29770-5")],
    "odd": [("urn:local", "a,b|c d&e")],
    "uncoded": [],
}


def codes_of(*facts):
    return tuple(pair for fact in facts for pair in CODES[fact])


def template(resource, *facts):
    return prefetch_templates([Need("k", resource, facts)], codes_of)["k"]


def test_a_patient_is_a_read():
    assert template("Patient") == "Patient/{{context.patientId}}"


def test_observations_are_searched_by_code_newest_first_with_literal_separators():
    assert template("Observation", "karyotype") == (
        "Observation?patient={{context.patientId}}&code=http://loinc.org|29770-5&_sort=-date&_count=250"
    )


@pytest.mark.parametrize(
    ("fact", "panel", "other"),
    [
        ("platelets", "57021-8", "24323-8"),
        ("platelets", "57022-6", "57023-4"),
        ("platelets", "58410-2", "57023-4"),
        ("anc", "57022-6", "58410-2"),
        ("anc", "69738-3", "58410-2"),
        ("creatinine", "24323-8", "57021-8"),
    ],
)
def test_panels_that_hold_the_result_as_a_component_are_asked_for_too(fact, panel, other):
    found = template("Observation", fact)
    assert f"http://loinc.org|{panel}" in found
    assert other not in found


@pytest.mark.parametrize("resource", ["MedicationRequest", "Condition"])
def test_medications_and_problems_are_not_filtered_by_code_so_that_local_codes_are_seen(resource):
    assert template(resource, "platelets") == resource + "?patient={{context.patientId}}&_count=250"


def test_adverse_events_are_searched_by_subject_because_r4_has_no_patient_parameter_for_them():
    found = template("AdverseEvent")
    assert "AdverseEvent?subject=Patient/{{context.patientId}}&_count=250" == found
    assert "AdverseEvent?subject=Patient/p1&_count=250" == resolve(found, {"patientId": "p1"})
    assert [] == lint_template(found)


def test_separators_inside_a_code_are_escaped_and_encoded():
    assert "code=urn:local|a%5C%2Cb%5C%7Cc%20d%26e&" in template("Observation", "odd")


def test_every_template_is_legal():
    needs = [
        Need(f"k{n}", r, ("platelets", "odd"))
        for n, r in enumerate(["Patient", "Observation", "Condition", "Procedure"])
    ]
    assert [lint_template(t) for t in prefetch_templates(needs, codes_of).values()] == [[]] * 4


def test_facts_without_a_code_are_an_error_not_a_search_for_everything():
    with pytest.raises(ValueError, match="no code"):
        template("Observation", "uncoded")


def test_two_needs_with_one_key_must_ask_for_the_same():
    same = [Need("k", "Observation", ("platelets",))] * 2
    assert list(prefetch_templates(same, codes_of)) == ["k"]
    with pytest.raises(ValueError, match="share the prefetch key"):
        prefetch_templates([Need("k", "Patient"), Need("k", "Condition")], codes_of)


@pytest.mark.row("PT-3", "PT-6")
@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("Patient/{{context.patientId}}", {"patientId": "p1"}, "Patient/p1"),
        ("Patient/{{ context.patientId }}", {"patientId": "p1"}, "Patient/p1"),
        ("Patient/{{context.patientId}}", {}, None),
        ("Patient/{{context.patientId}}", {"patientId": None}, None),
        ("Patient/{{context.patientId}}", {"patientId": ["p1"]}, None),
        ("Patient/{{context.patientId}}", {"patientId": ".."}, None),
        (
            "Condition?patient={{context.patientId}}",
            {"patientId": "p&code=x/../#"},
            "Condition?patient=p%26code%3Dx%2F..%2F%23",
        ),
        ("{{context.userId}}", {"userId": "Practitioner/7"}, "Practitioner/7"),
        ("{{context.userId}}", {"userId": "http://evil.example/x"}, None),
        ("Practitioner/{{userPractitionerId}}", {"userId": "Practitioner/7"}, "Practitioner/7"),
        ("PractitionerRole/{{userPractitionerRoleId}}", {"userId": "PractitionerRole/8"}, "PractitionerRole/8"),
        ("Patient/{{userPatientId}}", {"userId": "Patient/9"}, "Patient/9"),
        ("RelatedPerson/{{userRelatedPersonId}}", {"userId": "RelatedPerson/1"}, "RelatedPerson/1"),
        ("Practitioner/{{userPractitionerId}}", {"userId": "Patient/7"}, None),
        ("Observation?patient={{Patient.id}}", {"patientId": "p1"}, None),
    ],
)
def test_a_template_resolves_with_the_context_of_the_call(text, context, expected):
    assert expected == resolve(text, context)


@pytest.mark.row("PT-9")
@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("{{today()}}", "2026-03-01"),
        ("{{ today() - 400 days }}", "2025-01-25"),
        ("{{today() + 1 days}}", "2026-03-02"),
        ("{{today()-1 days}}", "2026-02-28"),
        ("{{today() - 99999 days}}", "1752-05-17"),
        ("{{today() - 1 weeks}}", None),
    ],
)
def test_a_day_token_counts_from_the_day_of_the_call(token, expected):
    text = f"Observation?date=ge{token}"
    resolved = resolve(text, {"today()": "2026-03-01"})
    assert (f"Observation?date=ge{expected}" if expected else None) == resolved
    assert resolve(text, {}) is None


@pytest.mark.row("PT-1", "PT-2", "PT-3", "PT-4", "PT-5", "PT-8")
@pytest.mark.parametrize(
    "bad",
    [
        "http://ehr.example/Patient/{{context.patientId}}",
        "Patient/{{patientId}}",
        "Patient/{{context.draftOrders.id}}",
        "Patient/{{context.patientId}",
        "Patient",
        "patient/1",
        "Observation?code:text=x",
        "Observation?date=ne2020-01-01",
        "Observation?_include=Observation:subject",
        "Observation?_has:x=1",
        "Observation?patient.name=x",
        "Observation?code=a b",
        "Observation?code=%zz",
        "Observation?",
    ],
)
def test_what_is_outside_the_grammar_is_named(bad):
    assert lint_template(bad) != []


@pytest.mark.parametrize(
    "good",
    [
        "{{context.userId}}",
        "Practitioner/{{userPractitionerId}}",
        "Observation?code:in=http://x.example/vs&date=ge2020-01-01",
    ],
)
def test_what_is_inside_the_grammar_passes(good):
    assert lint_template(good) == []


@pytest.mark.row("PT-1", "PT-2", "PT-3", "PT-4", "PT-5", "PT-7", "PT-8")
@pytest.mark.parametrize("fact", ["platelets", "anc", "hemoglobin", "creatinine", "weight"])
def test_the_templates_of_the_real_terminology_are_legal(fact):
    found = prefetch_templates([Need("k", "Observation", (fact,))], terminology.codes_of)["k"]
    assert [] == lint_template(found)
    assert "code=http://loinc.org|" in found


def test_the_newest_results_are_asked_for_whatever_their_codes() -> None:
    templates = prefetch_templates(DRUGS[0].needs, terminology.codes_of)
    laboratory, procedures = templates["latestLaboratory"], templates["latestProcedures"]
    assert "Observation?patient={{context.patientId}}&category=laboratory&_sort=-date&_count=200" == laboratory
    assert "Procedure?patient={{context.patientId}}&_sort=-date&_count=100" == procedures
    vitals = templates["latestVitals"]
    assert "Observation?patient={{context.patientId}}&category=vital-signs&_sort=-date&_count=100" == vitals
    assert [] == [*lint_template(laboratory), *lint_template(procedures), *lint_template(vitals)]
