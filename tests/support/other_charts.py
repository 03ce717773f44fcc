"""Charts without lenalidomide, from a seed: resources of public data and of many shapes that look like its world.

A chart has what the rules look at (low counts, del(5q), pregnancy, clots, drugs of its class, transfusions) in the shapes in
which EHRs send them, so that nothing but the drug itself is missing.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from tests.support import resources as make
from tests.support.chart import Chart
from tests.support.resources import ICD10CM, RXNORM, SNOMED, Json, concept

TODAY = date(2026, 1, 19)
ABOUT_A_PATIENT = ("subject", "patient", "individual", "beneficiary")
LABORATORY = (
    ("777-3", "Platelets", (3, 900), ("10*3/uL", "10*9/L", "K/uL", "/nL")),
    ("751-8", "Neutrophils", (0.1, 20), ("10*3/uL", "10*9/L", "G/L")),
    ("6690-2", "Leukocytes", (0.4, 60), ("10*3/uL",)),
    ("718-7", "Hemoglobin", (5, 18), ("g/dL",)),
    ("2160-0", "Creatinine", (0.4, 9), ("mg/dL",)),
    ("1742-6", "Alanine aminotransferase", (8, 900), ("U/L",)),
    ("3016-3", "Thyrotropin", (0.01, 90), ("m[IU]/L",)),
    ("2276-4", "Ferritin", (10, 6000), ("ng/mL",)),
    ("26446-5", "Blasts in blood", (0, 60), ("%",)),
    ("8310-5", "Body temperature", (35, 41), ("Cel", "[degF]")),
    ("29463-7", "Body weight", (40, 150), ("kg", "[lb_av]")),
)
DRUGS = (
    ("11289", "warfarin"), ("1364430", "apixaban"), ("3264", "dexamethasone"), ("121191", "rituximab"),
    ("1547545", "pembrolizumab"), ("283838", "darbepoetin alfa"), ("519", "allopurinol"), ("4083", "estradiol"),
    ("10432", "thalidomide"), ("1369713", "pomalidomide"), ("1251", "azacitidine"), ("6466", "lenvatinib"),
    ("27169", "leflunomide"), ("", "levothyroxine 50 ug"), ("", "Linezolid 600 mg"), ("", "Study drug 7, blinded"),
)  # fmt: skip
PROBLEMS = (
    ("D46.C", "Myelodysplastic syndrome with isolated del(5q)"), ("D46.9", "Myelodysplastic syndrome, unspecified"),
    ("C90.00", "Multiple myeloma"), ("C83.10", "Mantle cell lymphoma"), ("C92.00", "Acute myeloblastic leukemia"),
    ("I26.99", "Pulmonary embolism"), ("I82.402", "Deep vein thrombosis"), ("K92.1", "Melena"), ("I61.9", "Brain bleed"),
    ("O09.90", "Supervision of high risk pregnancy"), ("Z33.1", "Pregnant state, incidental"), ("N18.6", "ESRD"),
    ("L51.1", "Stevens-Johnson syndrome"), ("T78.3XXA", "Angioneurotic edema"), ("D70.9", "Febrile neutropenia"),
    ("A81.2", "Progressive multifocal leukoencephalopathy"), ("E73.9", "Lactose intolerance"), ("", "5q- syndrome"),
    ("", "Rash grade 4 after a drug"),
)  # fmt: skip
PROCEDURES = (
    ("116863004", "Transfusion of red blood cells"), ("12719002", "Platelet transfusion"), ("302497006", "Hemodialysis"),
    ("236886002", "Hysterectomy"), ("709115004", "Autologous stem cell transplantation"),
)  # fmt: skip


def other_chart(seed: int, pool: Sequence[Json]) -> Chart:
    """One chart. Args: `pool`: resources of public data, of which some are taken and made the patient's."""
    chance = random.Random(seed)
    chart = Chart(f"other-{seed}")
    person: Json = {
        "resourceType": "Patient",
        "id": chart.patient_id,
        "gender": chance.choice(("male", "female", "unknown")),
    }
    if chance.random() < 0.9:
        person["birthDate"] = chance.choice(
            (f"19{chance.randint(30, 99)}-05-17", f"20{chance.randint(10, 20)}-02", "1958")
        )
    chart.add(person)
    for number in range(chance.randint(4, 30)):
        chart.add(_shaped(chance, chance.choice(MADE)(chance, chart.patient_id, number)))
    for number, resource in enumerate(chance.sample(list(pool), min(len(pool), chance.randint(0, 20)))):
        if resource["resourceType"] != "Patient":
            chart.add(_of_the_patient(resource, chart.patient_id, number))
    return chart


def _day(chance: random.Random) -> str:
    return str(
        TODAY
        - timedelta(days=int(chance.choice((chance.randint(0, 7), chance.randint(0, 60), chance.randint(0, 900)))))
    )


def _result(chance: random.Random, who: str, number: int) -> Json:
    code, text, (low, high), units = chance.choice(LABORATORY)
    more: Json = {"valueQuantity": make.quantity(round(chance.uniform(low, high), 1), chance.choice(units))}
    status = chance.choice(("final", "final", "final", "amended", "preliminary", "entered-in-error"))
    return make.observation(
        who, f"lab-{number}", chance.choice((code, code, "")), text, _day(chance), status=status, **more
    )


def _finding(chance: random.Random, who: str, number: int) -> Json:
    code, text, value = chance.choice((
        ("62356-1", "Chromosome analysis", "46,XX,del(5)(q13q33)[18]/46,XX[2]"), ("21739-8", "TP53 mutation", "detected"),
        ("2118-8", "Choriogonadotropin", "Positive"), ("5195-3", "HBsAg", "Positive"), ("8659-5", "Birth control method", "none"),
    ))  # fmt: skip
    return make.observation(who, f"finding-{number}", code, text, _day(chance), valueString=value)


def _medication(chance: random.Random, who: str, number: int) -> Json:
    code, drug = chance.choice(DRUGS)
    order = make.comedication(who, f"order-{number}", drug, code, _day(chance))
    order["status"] = chance.choice(("active", "completed", "stopped", "on-hold", "draft", "unknown"))
    order["dosageInstruction"] = [{"text": chance.choice(("10 mg once daily", "1 cap d1-21 q28d", "as directed"))}]
    kind = chance.choice(("MedicationRequest", "MedicationRequest", "MedicationStatement", "MedicationDispense"))
    if kind == "MedicationRequest":
        return order
    kept = {key: order[key] for key in ("id", "status", "subject", "medicationCodeableConcept")}
    day = {"MedicationStatement": "dateAsserted", "MedicationDispense": "whenHandedOver"}[kind]
    return {"resourceType": kind, **kept, "status": "completed", day: order["authoredOn"]}


def _problem(chance: random.Random, who: str, number: int) -> Json:
    code, text = chance.choice(PROBLEMS)
    return make.condition(
        who, f"problem-{number}", concept(ICD10CM, code, text) if code else {"text": text}, _day(chance)
    )


def _procedure(chance: random.Random, who: str, number: int) -> Json:
    return make.procedure(who, f"procedure-{number}", concept(SNOMED, *chance.choice(PROCEDURES)), _day(chance))


def _allergy(chance: random.Random, who: str, number: int) -> Json:
    code, drug = chance.choice(DRUGS)
    return make.allergy(
        who, f"allergy-{number}", concept(RXNORM, code, drug) if code else {"text": drug}, "rash, grade 4"
    )


MADE: tuple[Callable[[random.Random, str, int], Json], ...] = (
    *(_result, _result, _result, _medication, _medication),
    *(_finding, _problem, _problem, _procedure, _allergy),
)


def _shaped(chance: random.Random, resource: Json) -> Json:
    """The same in one of the shapes in which EHRs send it."""
    shape = chance.choice(
        (_as_it_is, _as_it_is, _without_system, _text_alone, _contained, _absolute, _without_a_member)
    )
    return shape(chance, resource)


def _as_it_is(_chance: random.Random, resource: Json) -> Json:
    return resource


def _without_system(_chance: random.Random, resource: Json) -> Json:
    code = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    for coding in code.get("coding", ()):
        coding.pop("system", None)
    return resource


def _text_alone(_chance: random.Random, resource: Json) -> Json:
    for member in ("code", "medicationCodeableConcept"):
        if "text" in resource.get(member, {}):
            resource[member] = {"text": resource[member]["text"]}
    return resource


def _contained(_chance: random.Random, resource: Json) -> Json:
    if "medicationCodeableConcept" in resource:
        code = resource.pop("medicationCodeableConcept")
        resource["contained"] = [{"resourceType": "Medication", "id": "m", "code": code}]
        resource["medicationReference"] = {"reference": "#m"}
    return resource


def _absolute(_chance: random.Random, resource: Json) -> Json:
    for member in ABOUT_A_PATIENT:
        if member in resource:
            resource[member] = {"reference": f"http://ehr.example.org/fhir/{resource[member]['reference']}"}
    return resource


def _without_a_member(chance: random.Random, resource: Json) -> Json:
    loose = sorted(set(resource) - {"resourceType", "id", "code", "medicationCodeableConcept", *ABOUT_A_PATIENT})
    if loose:
        del resource[chance.choice(loose)]
    return resource


def _of_the_patient(resource: Json, who: str, number: int) -> Json:
    mine: Any = copy.deepcopy(resource)
    for member in ABOUT_A_PATIENT:
        if member in mine:
            mine[member] = {"reference": f"Patient/{who}"}
    return {**mine, "id": f"public-{number}"}


def drafted(chart: Chart, seed: int) -> list[Json]:
    """Some orders of the chart, as drafts of a call."""
    chance = random.Random(seed)
    orders = [copy.deepcopy(r) for r in chart.of("MedicationRequest") if isinstance(r.get("id"), str)]
    return [{**order, "status": "draft"} for order in chance.sample(orders, min(len(orders), chance.randint(1, 3)))]
