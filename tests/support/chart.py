"""A patient vignette as FHIR R4 resources: who the patient is, what was measured, what she suffers from.

The vignette has the form of `tests/spec/examples.yaml`. What it does not say stands in the chart as its conventions
say: hepatitis B negative, thyroid and liver tests current, everything final, weight and height recent.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.support import resources as make
from tests.support.resources import ICD10CM, LOINC, RXNORM, SNOMED, Json, concept, observation, quantity
from tests.support.therapy import therapy_resources

ANALYTES = {
    "PLT": ("777-3", "Platelets [#/volume] in Blood by Automated count"),
    "ANC": ("751-8", "Neutrophils [#/volume] in Blood by Automated count"),
    "WBC": ("6690-2", "Leukocytes [#/volume] in Blood by Automated count"),
    "NEUT_PCT": ("770-8", "Neutrophils/100 leukocytes in Blood by Automated count"),
    "BAND_PCT": ("35332-6", "Band form neutrophils/100 leukocytes in Blood by Automated count"),
    "TEMP": ("8310-5", "Body temperature"),
    "HB": ("718-7", "Hemoglobin [Mass/volume] in Blood"),
    "ALT": ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
    "AST": ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
    "TSH": ("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma"),
    "CREAT": ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),
    "WEIGHT": ("29463-7", "Body weight"),
    "HEIGHT": ("8302-2", "Body height"),
}
DISEASES = {
    "MM": ("C90.00", "Multiple myeloma not having achieved remission"),
    "MCL": ("C83.10", "Mantle cell lymphoma, unspecified site"),
    "FL": ("C82.00", "Follicular lymphoma grade I, unspecified site"),
    "MZL": ("C88.40", "Extranodal marginal zone B-cell lymphoma of MALT not having achieved remission"),
    "CLL": ("C91.10", "Chronic lymphocytic leukemia of B-cell type not having achieved remission"),
}
IPSS = {"int-1": "Intermediate-1", "int-2": "Intermediate-2"}
COMEDICATIONS = {
    "darbepoetin alfa": "283838",
    "epoetin alfa": "105694",
    "verapamil": "11170",
    "digoxin": "3407",
    "warfarin": "11289",
    "dexamethasone": "3264",
    "rituximab": "121191",
    "pembrolizumab": "1547545",
    "estradiol": "4083",
}
LINES = {
    "newly diagnosed": ("C90.00", "Newly diagnosed multiple myeloma"),
    "relapse": ("C90.02", "Multiple myeloma in relapse"),
}
"""The diagnosis that tells the line of treatment, by words of the regimen."""
EVENTS = {
    "hemostatic_failure": concept(ICD10CM, "K92.1", "Melena"),
    "rash": concept(SNOMED, "271807003", "Eruption of skin"),
    "angioedema": concept(SNOMED, "41291007", "Angioedema"),
    "vte": concept(SNOMED, "128053003", "Deep venous thrombosis"),
}
SOCIAL_HISTORY = [{"coding": [{"system": make.CATEGORY, "code": "social-history"}]}]
PREGNANCY_RESULTS = {"negative": "260385009", "positive": "10828004", "indeterminate": "82334004"}


@dataclass
class Chart:
    """All resources of one patient."""

    patient_id: str
    resources: list[Json] = field(default_factory=list)

    def of(self, kind: str) -> list[Json]:
        """The resources of one type."""
        return [r for r in self.resources if r.get("resourceType") == kind]

    def add(self, *resources: Json) -> None:
        """Put resources into the chart."""
        self.resources.extend(resources)

    def without(self, *identifiers: str) -> Chart:
        """The same chart lacking these resource ids."""
        return Chart(self.patient_id, [copy.deepcopy(r) for r in self.resources if r.get("id") not in identifiers])


def as_date(value: Any) -> date:
    """The calendar day of an ISO date or date-time."""
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def months_before(day: date, months: int) -> date:
    """The same day of the month, that many calendar months earlier (the 28th where the day does not exist)."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))


def build_chart(vignette: Mapping[str, Any]) -> Chart:
    """The chart of a vignette, complete as the conventions of the examples say."""
    chart = Chart("patient-" + re.sub("[^A-Za-z0-9]", "-", str(vignette["id"])).lower())
    today = as_date(vignette["as_of"])
    chart.add(*_patient(chart.patient_id, vignette, today))
    chart.add(*_laboratory(chart.patient_id, vignette, today))
    chart.add(*_indication(chart.patient_id, vignette, today))
    chart.add(*_transfusions(chart.patient_id, vignette, today))
    chart.add(*_events(chart.patient_id, vignette, today))
    chart.add(*_pregnancy(chart.patient_id, vignette))
    chart.add(*therapy_resources(chart.patient_id, vignette))
    chart.add(*copy.deepcopy(list(vignette.get("resources", ()))))
    return chart


def _patient(who: str, vignette: Mapping[str, Any], today: date) -> Iterable[Json]:
    person = vignette["patient"]
    age = person.get("age")
    yield {
        "resourceType": "Patient",
        "id": who,
        "gender": person["sex"],
        **({"birthDate": f"{today.year - age}-01-01"} if age is not None else {}),
    }
    recent = str(today - timedelta(days=2))
    if person.get("weight_kg") is not None:
        on = str(person.get("weight_date", recent))
        yield _lab(who, "weight", {"analyte": "WEIGHT", "value": person["weight_kg"], "unit": "kg", "date": on})
    height = person.get("height_cm", 165 if person["sex"] == "female" else 175)
    yield _lab(who, "height", {"analyte": "HEIGHT", "value": height, "unit": "cm", "date": recent})
    if person.get("creatinine"):
        yield _lab(who, "creatinine", {"analyte": "CREAT", **person["creatinine"]})
    if person.get("dialysis"):
        yield make.condition(who, "dialysis", concept(ICD10CM, "Z99.2", "Dependence on renal dialysis"))
        yield make.procedure(who, "hemodialysis", concept(SNOMED, "302497006", "Hemodialysis"), recent)
    yield from _childbearing(who, str(person.get("childbearing", "")), today)


def _childbearing(who: str, words: str, today: date) -> Iterable[Json]:
    menopause = re.search(r"natural menopause (\d+) (year|month)", words)
    if menopause:
        months = int(menopause[1]) * (12 if menopause[2] == "year" else 1)
        onset = str(months_before(today, months))
        yield make.condition(who, "menopause", concept(ICD10CM, "Z78.0", "Asymptomatic menopausal state"), onset)
    if "hysterectomy" in words:
        yield make.procedure(who, "hysterectomy", concept(SNOMED, "236886002", "Hysterectomy"), "2015-03-10")
    if "tubal ligation" in words:
        yield make.condition(who, "tubal-ligation", concept(ICD10CM, "Z98.51", "Tubal ligation status"), "2019-05-02")


def _lab(who: str, identifier: str, lab: Mapping[str, Any]) -> Json:
    """One result; `time`, `status`, `note`, `comparator`, `uln` and `loinc` are optional in the vignette."""
    code, text = ANALYTES[lab["analyte"]]
    more: Json = {"status": lab.get("status", "final")}
    if "value_string" in lab:
        more["valueString"] = lab["value_string"]
    elif lab.get("value") is not None:
        more["valueQuantity"] = quantity(lab["value"], lab.get("unit"), lab.get("comparator"))
    if lab.get("note"):
        more["note"] = [{"text": lab["note"]}]
    if lab.get("uln"):
        more["referenceRange"] = [{"high": quantity(lab["uln"], lab.get("unit"))}]
    if lab.get("specimen"):
        more["specimen"] = {"reference": f"Specimen/{lab['specimen']}"}
    return observation(who, identifier, lab.get("loinc", code), text, str(lab.get("time") or lab["date"]), **more)


def _laboratory(who: str, vignette: Mapping[str, Any], today: date) -> Iterable[Json]:
    labs = vignette.get("labs") or []
    for number, lab in enumerate(labs):
        yield _lab(who, f"{lab['analyte'].replace('_', '-').lower()}-{lab['date']}-{number}", lab)
    baseline = vignette.get("baseline")
    if baseline and (vignette.get("therapy") or not labs):
        yield from _baseline(who, baseline, labs)
    given = {lab["analyte"] for lab in labs}
    recent = str(today - timedelta(days=5))
    defaults = (("ALT", 22, "U/L", 40), ("AST", 21, "U/L", 40), ("TSH", 1.9, "m[IU]/L", 4.2))
    for analyte, value, unit, upper in defaults:
        if analyte not in given:
            result = {"analyte": analyte, "value": value, "unit": unit, "uln": upper, "date": recent}
            yield _lab(who, f"{analyte.lower()}-recent", result)
    if (vignette.get("prior") or {}).get("hbv") != "unknown":
        negative = {"valueCodeableConcept": concept(SNOMED, "260385009", "Negative")}
        yield observation(who, "hbsag", "5195-3", "Hepatitis B virus surface Ag", recent, **negative)
        yield observation(who, "anti-hbc", "13952-7", "Hepatitis B virus core Ab", recent, **negative)


def _baseline(who: str, baseline: Mapping[str, Any], labs: Iterable[Mapping[str, Any]]) -> Iterable[Json]:
    """The counts before treatment; a day earlier where a result of the vignette already has that day."""
    for key, analyte, unit in (
        ("plt", "PLT", baseline["unit"]),
        ("anc", "ANC", baseline["unit"]),
        ("hb_g_dL", "HB", "g/dL"),
    ):
        if baseline.get(key) is None:
            continue
        on = as_date(baseline["date"])
        if any(lab["analyte"] == analyte and as_date(lab["date"]) == on for lab in labs):
            on -= timedelta(days=1)
        result = {"analyte": analyte, "value": baseline[key], "unit": unit, "date": str(on)}
        yield _lab(who, f"baseline-{analyte.lower()}", result)


def _indication(who: str, vignette: Mapping[str, Any], today: date) -> Iterable[Json]:
    known = vignette.get("indication") or {}
    disease, karyotype = known.get("disease"), known.get("cytogenetics")
    diagnosed = str(today - timedelta(days=200))
    if disease in DISEASES:
        line = next((code for words, code in LINES.items() if words in (known.get("regimen") or "")), DISEASES[disease])
        yield make.condition(who, "diagnosis", concept(ICD10CM, *line), diagnosed)
    if disease == "MDS":
        isolated = karyotype == "del(5q) isolated"
        named = ("D46.C", "Myelodysplastic syndrome with isolated del(5q) chromosomal abnormality")
        code = concept(ICD10CM, *(named if isolated else ("D46.9", "Myelodysplastic syndrome, unspecified")))
        risk = known.get("ipss")
        stage = [{"type": {"text": "IPSS"}, "summary": {"text": IPSS.get(str(risk).lower(), risk)}}]
        yield make.condition(who, "diagnosis", code, diagnosed, **({"stage": stage} if risk else {}))
        if karyotype and not isolated:
            iscn = "46,XX[20]" if karyotype == "normal karyotype" else karyotype
            if vignette["patient"]["sex"] == "male":
                iscn = iscn.replace("46,XX", "46,XY")
            text = "Chromosome analysis result in ISCN expression"
            yield observation(who, "karyotype", "62356-1", text, diagnosed, valueString=iscn)
    regimen = known.get("regimen") or ""
    drug = "dexamethasone" if "dexamethasone" in regimen else "rituximab" if disease in {"FL", "MZL"} else ""
    if drug:
        yield make.comedication(who, drug, drug, COMEDICATIONS[drug], diagnosed)
    if "maintenance" in regimen:
        transplant = concept(SNOMED, "709115004", "Transplantation of autologous hematopoietic stem cell")
        yield make.procedure(who, "transplant", transplant, diagnosed)


def _transfusions(who: str, vignette: Mapping[str, Any], today: date) -> Iterable[Json]:
    start = (vignette.get("therapy") or {}).get("start_date")
    before = as_date(start) if start else today
    given = list(vignette.get("transfusions") or ())
    dependent = (vignette.get("indication") or {}).get("transfusion_dependent")
    if dependent is not None and not any(t.get("window") == "8 weeks before start" for t in given):
        # None on file says nothing: who is not dependent has one on file, too few.
        given.append({"window": "8 weeks before start", "product": "RBC", "units": 4 if dependent else 1})
    codes = {"RBC": ("116863004", "Transfusion of red blood cells"), "platelets": ("12719002", "Platelet transfusion")}
    for number, transfusion in enumerate(given):
        code = concept(SNOMED, *codes[transfusion["product"]])
        for unit in range(transfusion["units"]):
            if "window" in transfusion:
                end = before if transfusion["window"] == "8 weeks before start" else today
                on = str(end - timedelta(days=50 - unit * 45 // max(transfusion["units"], 1)))
            else:
                on = str(transfusion.get("time") or transfusion["date"])
            yield make.procedure(who, f"transfusion-{number}-{unit}", code, on)


def _events(who: str, vignette: Mapping[str, Any], today: date) -> Iterable[Json]:
    for number, event in enumerate(vignette.get("events") or ()):
        if event["type"] == "allergy":
            drug = concept(RXNORM, make.INGREDIENT, "lenalidomide")
            yield make.allergy(who, f"allergy-{number}", drug, event["detail"])
            continue
        more = {}
        if event.get("grade"):
            more["severity"] = {"text": f"CTCAE grade {event['grade']}"}
        code = EVENTS.get(event["type"], {"text": event["type"]})
        yield make.condition(who, f"event-{number}", code, str(event.get("date", today)), **more)
    for number, item in enumerate(vignette.get("comedications") or ()):
        # Newly begun: the examples warn of what is new, and say nothing of what was there before.
        drug_code, on = COMEDICATIONS.get(item["drug"], ""), str(today - timedelta(days=20))
        yield make.comedication(who, f"comedication-{number}", item["drug"], drug_code, on)


def _pregnancy(who: str, vignette: Mapping[str, Any]) -> Iterable[Json]:
    data = vignette.get("pregnancy_data") or {}
    for number, test in enumerate(data.get("tests") or ()):
        sensitivity = {
            "code": {"text": "analytical sensitivity"},
            "valueQuantity": quantity(test["sensitivity_mIU_mL"], "mIU/mL"),
        }
        result = concept(SNOMED, PREGNANCY_RESULTS[test["result"]], test["result"])
        text = "Choriogonadotropin (pregnancy test) [Presence] in Serum or Plasma"
        at = f"{test['datetime']}:00Z"
        more = {"valueCodeableConcept": result, "component": [sensitivity]}
        yield observation(who, f"pregnancy-test-{number}", "2118-8", text, at, **more)
    words = data.get("contraception")
    if words:
        method, _, since = words.partition(" since ")
        known = {"two methods": "intrauterine device and male condom", "effective": "etonogestrel implant"}
        more = {"effectivePeriod": {"start": since}} if since else {"effectiveDateTime": str(vignette["as_of"])}
        value = {"valueCodeableConcept": {"text": known.get(method, method)}}
        yield observation(who, "contraception", "8659-5", "Birth control method", None, **value, **more)
    if data.get("menses"):
        value = {"valueString": data["menses"], "category": SOCIAL_HISTORY}
        yield observation(who, "menses", "", "menstrual cycle", str(vignette["as_of"]), **value)


__all__ = ["ANALYTES", "LOINC", "Chart", "as_date", "build_chart", "months_before"]
