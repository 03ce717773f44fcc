"""Puts the folder together: its files, the needs of the rules, the regimens, and assess."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cds_service.dosing.case import CHART_HOOKS
from cds_service.drugs.contract import Drug, Need
from cds_service.drugs.folder import read_drug
from cds_service.drugs.lenalidomide.assess import assess
from cds_service.drugs.lenalidomide.checks import every_check
from cds_service.drugs.lenalidomide.evidence import evidence
from cds_service.drugs.lenalidomide.mds_del5q.eu_response import RULE as EU_RESPONSE
from cds_service.drugs.lenalidomide.moments import MOMENTS
from cds_service.drugs.lenalidomide.plans import every_plan, every_regimen
from cds_service.drugs.lenalidomide.precedence import TABLE
from cds_service.drugs.lenalidomide.watch import limits, next_count

ORDER_HOOKS = frozenset({"order-select", "order-sign", "order-dispatch", "medication-refill"})
ALL_HOOKS = ORDER_HOOKS | CHART_HOOKS | {"problem-list-item-create"}

# What the rules look at, and no more. On hooks without orders a missing medication search is 412 only where no other one
# shows the drug; the pipeline sees to that.
NEEDS = (
    Need("patient", "Patient", required_on=ALL_HOOKS),
    Need("medicationRequests", "MedicationRequest", required_on=ORDER_HOOKS),
    Need("medicationStatements", "MedicationStatement", required_on=ORDER_HOOKS),
    Need("medicationDispenses", "MedicationDispense", required_on=ORDER_HOOKS, may_be_unsupported=True),
    Need("medicationAdministrations", "MedicationAdministration", required_on=ORDER_HOOKS, may_be_unsupported=True),
    Need("conditions", "Condition"),
    Need(
        "procedures",
        "Procedure",
        (
            *("rbc-transfusion", "platelet-transfusion", "dialysis", "autologous-transplant"),
            *("hysterectomy", "bilateral-oophorectomy", "tubal-ligation"),
        ),
    ),
    # That they were clumped is a result of its own.
    Need("platelets", "Observation", ("platelets", "platelet-clumps"), ORDER_HOOKS),
    Need(
        "neutrophils",
        "Observation",
        ("anc", "segmentedCount", "bandCount", "wbc", "neutrophilPercent", "segmentedPercent", "bandPercent"),
        ORDER_HOOKS,
    ),
    Need(
        "laboratory",
        "Observation",
        (
            *("creatinine", "egfr", "hemoglobin", "alt", "ast"),
            *("bilirubin", "directBilirubin", "indirectBilirubin", "tsh", "ferritin"),
        ),
    ),
    Need("vitals", "Observation", ("weight", "height", "temperature"), days=400),
    Need("marrow", "Observation", ("karyotype", "blasts", "peripheralBlasts", "tp53", "geneticVariant")),
    Need("hepatitisB", "Observation", ("hbsag", "hbcab", "hbvDna")),
    Need("pregnancyTests", "Observation", ("pregnancyTest", "pregnancyStatus", "pregnancySign")),
    Need("contraception", "Observation", ("contraception", "lastPeriod", "menses")),
    # The menstrual cycle is known by its text alone in many charts; no search by code would find it.
    Need("socialHistory", "Observation", category="social-history"),
    # Under a local code, another spelling of a system or text alone a search by code finds nothing.
    Need("latestLaboratory", "Observation", category="laboratory", latest=200),
    Need("latestVitals", "Observation", category="vital-signs", latest=100),
    Need("latestProcedures", "Procedure", latest=100),
    # A test that is ordered already is not asked for again.
    Need("testOrders", "ServiceRequest", latest=100),
    Need("allergies", "AllergyIntolerance", may_be_unsupported=True),
    Need("adverseEvents", "AdverseEvent", may_be_unsupported=True),
)


def drug_in(folder: Path) -> Drug:
    """Lenalidomide by the files of a folder. Raises: as `read_drug`."""
    drug = read_drug(folder, NEEDS, assess, every_regimen)
    return replace(
        drug,
        content=replace(drug.content, document_words={"EU": "SmPC"}, evidence=evidence),
        checks=every_check,
        precedence=TABLE,
        moments=MOMENTS,
        plans=every_plan,
        limits=limits,
        next_count=next_count,
        response_rules=("IWG-2006", EU_RESPONSE),
    )


DRUG = drug_in(Path(__file__).parent)
