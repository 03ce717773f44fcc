"""Small parts of charts that tests pile up: what stands on file beside the course of treatment. Each may lack what charts lack.

A part is what it adds, as of the day of the call: readings, diagnoses, events, medications, findings, refused results; a
name of what could not be obtained; an order of the call is a draft.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cds_service.clinical.cytogenetics import Karyotype
from cds_service.clinical.exposure import Dose
from tests.support.facts import FIVE, TEN, day, draft
from tests.unit.drugs.chart_courses import (
    Part,
    a_range,
    done,
    fixed,
    found,
    ill,
    own,
    readings,
    refused,
    takes,
    unseen,
    who,
)

TREATMENT: dict[str, Part] = {
    # Counts.
    "a preliminary fall": readings(("platelets", 20_000, 0), ("anc", 400, 0), is_preliminary=True),
    "estimated platelets": readings(("platelets", 24_000, 0), is_estimate=True),
    "a range of platelets": readings(("platelets", a_range(20_000, 60_000), 0)),
    "a range of neutrophils": readings(("anc", a_range(400, 1_100), 0)),
    "platelets of yesterday": readings(("platelets", 35_000, -1)),
    "neutrophils of yesterday": readings(("anc", 600, -1)),
    "neutrophils low for a week": readings(("anc", 700, -8), ("anc", 800, 0)),
    "neutrophils below 500 for a week": readings(("anc", 450, -8), ("anc", 430, 0)),
    "fever on the day of the hold": readings(("temperature", "38.8", -7)),
    "transplants not to be seen": unseen("autologous-transplant", "dialysis"),
    "a thrombosis and what else": lambda on: (
        ill("ate", text="Stroke grade 3", onset_from=day(on - 2), onset_to=day(on - 2)),
        ill("vte", text="Deep vein thrombosis", onset_from=day(on - 3), onset_to=day(on - 3)),
    ),
    "very low neutrophils": readings(("anc", 300, 0)),
    "very low platelets": readings(("platelets", 15_000, 0)),
    "refused platelets": lambda on: (refused("platelets", day(on)),),
    "refused neutrophils": lambda on: (refused("anc", day(on)),),
    "counts of another specimen": lambda on: (
        refused("anc", day(on), is_other_test=True),
        refused("platelets", None, is_other_test=True),
    ),
    "platelet transfusion": lambda on: (
        done("platelet-transfusion", on=day(on - 1), text="platelets"),
        done("platelet-transfusion"),
    ),
    "counts not to be seen": unseen("platelets", "anc"),
    "fever": readings(("temperature", "38.6", 0)),
    "fever at the limit": readings(("temperature", "38.5", -1)),
    "a range of temperatures": readings(("temperature", a_range(38, 39), 0)),
    "refused temperature": lambda on: (refused("temperature", day(on)),),
    "temperature not to be seen": unseen("temperature"),
    "low twice on a day": readings(("platelets", 21_000, 0), ("anc", 440, 0)),
    "fever before the hold": readings(("temperature", "38.8", -8)),
    "a hemoglobin of two days": readings(("hemoglobin", "8.0", -140), ("hemoglobin", a_range(8, 11), 0)),
    "a transfusion of unknown day": fixed(done("rbc-transfusion", text="RBC")),
    "a complex karyotype by a word": lambda on: (
        (Karyotype("complex", True, is_complex=True), found("karyotype", "complex, del(5q)", day(on - 9))),
    ),
    "stopped for an exfoliative rash": lambda on: (
        own(TEN, "stopped", on - 40, on - 30, status_reason="Rash", status_concepts=frozenset({"exfoliative-rash"})),
    ),
    "bilirubin and liver enzymes": readings(("directBilirubin", "3.5", 0), ("alt", 250, 0), upper_limit=Fraction(40)),
    "regular transfusions": lambda on: tuple(done("rbc-transfusion", on=day(on - 6 * n)) for n in range(1, 13)),
    "filgrastim": fixed(takes("filgrastim", "g-csf")),
    "platelets that cannot be read": lambda on: (refused("platelets", day(on), rule="", reported=""),),
    "a temperature that cannot be read": lambda on: (refused("temperature", day(on), rule=""),),
    "a hemoglobin that cannot be read": lambda on: (refused("hemoglobin", day(on), rule=""),),
    "a preliminary temperature": readings(("temperature", "38.7", -2), is_preliminary=True),
    "fever of two days ago": readings(("temperature", "38.7", -2)),
    "fever that is over": readings(("temperature", "38.9", -1), ("temperature", "37.1", 0)),
    "orders on file not to be seen": unseen("currentTreatment"),
    "orders that name another patient": unseen("refusedTreatment"),
    "medicines that are not known": unseen("unknownMedicines"),
    # Kidneys.
    "kidneys of one of two bands": lambda on: (
        {"born_from": date(1935, 1, 1), "born_to": date(1965, 12, 31)},
        *readings(("creatinine", "0.9", -1), ("weight", 62, -1))(on),
    ),
    "slow kidneys": readings(("creatinine", "1.5", -1), ("weight", 62, -1)),
    "very slow kidneys": readings(("creatinine", "3.2", -1), ("weight", 62, -1)),
    "creatinine at a limit": readings(("creatinine", "0.95", -1), ("weight", 62, -1)),
    "a range of creatinine": readings(("creatinine", a_range("1/2", 3), 0)),
    "two creatinines of a day": readings(("creatinine", "1.1", 0), ("creatinine", "2.4", 0)),
    "old creatinine": readings(("creatinine", "1.4", -120), ("weight", 62, -120)),
    "refused creatinine": lambda on: (refused("creatinine", day(on)), refused("weight", day(on))),
    "kidneys not to be seen": unseen("creatinine", "weight"),
    "dialysis": lambda on: (done("dialysis", on=day(on - 3), text="hemodialysis"), done("dialysis", on=day(on - 6))),
    "dialysis of unknown day": fixed(done("dialysis")),
    "kidney failure": fixed(ill("esrd")),
    # Other drugs.
    "epoetin": fixed(takes("epoetin", "esa", text="Epoetin alfa"), takes("darbepoetin", "esa")),
    "four estrogens": fixed(*(takes("estradiol", "estrogen", text=f"Estradiol {n}") for n in range(4))),
    "digoxin and warfarin": fixed(
        takes("digoxin"), takes("warfarin", "vitamin-k-antagonist", "anticoagulant", text="Warfarin")
    ),
    "a statin that ends": lambda on: (
        takes("simvastatin", "statin", until=on),
        takes("atorvastatin", "statin", until=on - 1),
    ),
    "thalidomide": fixed(takes("thalidomide", "imid", text="Thalidomide 50 mg")),
    "pomalidomide planned": lambda on: (takes("pomalidomide", "imid", since=None, planned_from=day(on + 7)),),
    "azacitidine": lambda on: (takes("azacitidine", "hypomethylating-agent", since=None, authored_on=day(on)),),
    "venetoclax and luspatercept": fixed(
        takes("venetoclax", kind="statement", intent=""), takes("luspatercept", text="Luspatercept")
    ),
    "pembrolizumab": fixed(
        takes("pembrolizumab", "checkpoint-inhibitor", text="Pembrolizumab, a name that goes on for very long indeed")
    ),
    "nivolumab without a name": fixed(takes("nivolumab", "checkpoint-inhibitor")),
    "aspirin": fixed(takes("aspirin", "antiplatelet")),
    "verapamil": fixed(takes("verapamil", "p-gp-inhibitor", "cyp3a4-modulator", text="Verapamil")),
    "dexamethasone": fixed(takes("dexamethasone", text="Dexamethasone")),
    "prednisone and melphalan": fixed(takes("prednisone"), takes("melphalan")),
    "bortezomib": fixed(takes("bortezomib", "proteasome-inhibitor")),
    "rituximab": fixed(takes("rituximab", "anti-cd20")),
    "medications not to be seen": unseen("medicationRequests", "medicationStatements"),
    # Lenalidomide, otherwise recorded.
    "an earlier course": fixed(own(TEN, "completed", -200, -100)),
    "an earlier lower dose": lambda on: (own(FIVE, "stopped", -60, -5),),
    "a higher dose before": lambda on: (own(Dose(Decimal(15)), "stopped", -60, -5),),
    "another order of another dose": lambda on: (own(FIVE, "active", on - 2),),
    "a statement without a day": fixed(own(TEN, "active", None, kind="statement", intent="")),
    "a dispense": lambda on: (
        own(None, "completed", on - 2, kind="dispense", intent="", starts_by="dispensed", days_supply=Decimal(28)),
    ),
    "held for a rash": lambda on: (
        own(TEN, "on-hold", on - 40, on - 30, status_reason="rash grade 4", status_concepts=frozenset({"rash"})),
    ),
    "stopped for blisters": lambda on: (own(TEN, "stopped", on - 40, on - 30, status_reason="bullous skin eruption"),),
    "stopped for angioedema": lambda on: (
        own(TEN, "stopped", on - 40, on - 30, status_reason="Angioedema", status_concepts=frozenset({"angioedema"})),
    ),
    "held for neutropenia": lambda on: (own(TEN, "on-hold", on - 40, on - 30, status_reason="neutropenia"),),
    "a dose that is not known": lambda on: (own(None, "active", on - 2, dose_problem="text and structure differ"),),
    "a long supply with refills": lambda on: (
        replace(draft(TEN, "MedicationRequest/long"), days_supply=Decimal(84), refills=2),
    ),
    "one refill": lambda on: (replace(draft(TEN, "MedicationRequest/refill"), refills=1),),
    "a supply by quantity": lambda on: (
        replace(draft(TEN, "MedicationRequest/quantity"), days_supply=None, supplied_mg=Decimal(600)),
    ),
    "a supply that is not told": lambda on: (replace(draft(TEN, "MedicationRequest/untold"), days_supply=None),),
    "an order twice a week": lambda on: (draft(Dose(TEN.mg, per_week=2), "MedicationRequest/weekly"),),
    "an order of unknown dose": lambda on: (draft(None, "MedicationRequest/unknown", "no strength"),),
    # The call.
    "an order that is not seen": who(case={"orders_unseen": 1}),
    "an order that is not told": who(case={"untold_orders": ("MedicationRequest/a", "MedicationRequest/b")}),
    "orders that could not be read": who(case={"order_problems": ("no patient", "no dose")}),
    "tests ordered already": who(case={"pending_tests": frozenset({"tsh", "alt", "tp53", "pregnancy-test"})}),
    "a signed order": who(case={"signed": frozenset({"MedicationRequest/draft-1"})}),
}
