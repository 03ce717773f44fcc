"""Puts the folder together: drug.toml, messages.toml, the sources, the needs of the rules, and assess."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cds_service.drugs.contract import CHART_HOOKS, Drug, Need, Product
from cds_service.drugs.lenalidomide.assess import assess
from cds_service.drugs.lenalidomide.rulebook import DOCUMENTS, FOLDER
from cds_service.drugs.source_files import SourceFileError, content_version, load_toml

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
            "rbc-transfusion",
            "platelet-transfusion",
            "dialysis",
            "autologous-transplant",
            "hysterectomy",
            "bilateral-oophorectomy",
            "tubal-ligation",
        ),
    ),
    Need("platelets", "Observation", ("platelets",), ORDER_HOOKS),
    Need(
        "neutrophils",
        "Observation",
        ("anc", "segmentedCount", "bandCount", "wbc", "neutrophilPercent", "segmentedPercent", "bandPercent"),
        ORDER_HOOKS,
    ),
    Need("laboratory", "Observation", ("creatinine", "hemoglobin", "alt", "ast", "directBilirubin", "tsh", "ferritin")),
    Need("vitals", "Observation", ("weight", "temperature"), days=400),
    Need("marrow", "Observation", ("karyotype", "blasts", "tp53", "geneticVariant")),
    Need("hepatitisB", "Observation", ("hbsag", "hbcab")),
    Need("pregnancyTests", "Observation", ("pregnancyTest", "pregnancyStatus")),
    Need("contraception", "Observation", ("contraception", "lastPeriod", "menses")),
    # The menstrual cycle is known by its text alone in many charts; no search by code would find it.
    Need("socialHistory", "Observation", category="social-history"),
    # Under a local code, another spelling of a system or text alone a search by code finds nothing.
    Need("latestLaboratory", "Observation", category="laboratory", latest=200),
    Need("latestProcedures", "Procedure", latest=100),
    Need("allergies", "AllergyIntolerance", may_be_unsupported=True),
    Need("adverseEvents", "AdverseEvent", may_be_unsupported=True),
)


def _drug() -> Drug:
    content = load_toml(FOLDER / "drug.toml")
    name = content["name"]
    return Drug(
        name=name,
        title=content["title"],
        hooks=tuple(content["hooks"]),
        codes=_codes(name, content),
        names=tuple(content["names"]),
        relatives=tuple(content["relatives"]),
        indications=frozenset(content["indications"]),
        strengths_mg=tuple(Decimal(s) for s in content["strengths_mg"]),
        needs=NEEDS,
        documents=DOCUMENTS,
        messages=_messages(load_toml(FOLDER / "messages.toml")),
        content_version=content_version(FOLDER.rglob("*.toml")),
        topic=(content["topic"]["system"], content["topic"]["code"], content["topic"]["display"]),
        assess=assess,
    )


def _codes(name: str, content: Mapping[str, Any]) -> dict[tuple[str, str], Product]:
    codes: dict[tuple[str, str], Product] = {}
    for row in content["product"]:
        strength = Decimal(row["strength_mg"]) if "strength_mg" in row else None
        for code in row["codes"]:
            key = (content["systems"][row["system"]], code)
            if key in codes:
                raise SourceFileError(f"drug.toml: code {code} stands twice")
            codes[key] = Product(name, strength)
    return codes


def _messages(content: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {f"{group}.{part}": text for group, parts in content.items() for part, text in parts.items()}


DRUG = _drug()
