"""Puts the folder together: drug.toml, messages.toml, the sources, the needs of the rules, and assess."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds_service.dosing.case import CHART_HOOKS, Content
from cds_service.drugs.contract import Drug, Need, Product, by_rules_in_force
from cds_service.drugs.lenalidomide.assess import assess
from cds_service.drugs.lenalidomide.evidence import evidence
from cds_service.drugs.lenalidomide.regimens import build_every
from cds_service.drugs.source_files import SourceFileError, content_version, load_rulebook, load_toml

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
    Need("allergies", "AllergyIntolerance", may_be_unsupported=True),
    Need("adverseEvents", "AdverseEvent", may_be_unsupported=True),
)


def drug_in(folder: Path) -> Drug:
    """The drug that the files of a folder describe.

    Raises: SourceFileError for a file that cannot be used; RulebookError for documents that do not go together, or for an
        edition that lacks a row which the rules ask for.
    """
    content = load_toml(folder / "drug.toml")
    name = content["name"]
    rulebook = load_rulebook(folder)
    for rules in rulebook.every:
        build_every(rules)
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
        rulebook=rulebook,
        messages=_messages(load_toml(folder / "messages.toml")),
        content_version=content_version(folder.rglob("*.toml")),
        topic=(content["topic"]["system"], content["topic"]["code"], content["topic"]["display"]),
        assess=by_rules_in_force(rulebook, assess, Content(name, {"EU": "SmPC"}, evidence)),
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


DRUG = drug_in(Path(__file__).parent)
