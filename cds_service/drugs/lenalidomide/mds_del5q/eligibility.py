"""Whether lenalidomide may be started for MDS at all, before any dose is spoken of (US label 1.2).

When: a patient who does not take lenalidomide gets an order for it.
Then: del(5q) must be found; a contradicted indication is reviewed without a dose; what was not found (risk group,
transfusion record) is said and does not stop the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import decision
from cds_service.drugs.lenalidomide.indication import Indication, transfusion_need
from cds_service.drugs.lenalidomide.rulebook import RULES, Trace

START = RULES["US-MDS-SILENT-START"].data


@dataclass(slots=True)
class Eligibility:
    """`blocking` recommendations end the start without a dose; `not_found` is said on the card of the start."""

    blocking: list[Recommendation] = field(default_factory=list)
    not_found: list[Missing] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)


def eligibility(case: Case, indication: Indication, trace: Trace) -> Eligibility:
    """The eligibility of an MDS patient for a start.

    Missing: karyotype → request for data, no dose; risk group or transfusion record → said, the start goes on.
    """
    result = Eligibility(inputs=indication.inputs)
    need = transfusion_need(case.facts, case.on)
    if indication.has_del5q is None:
        result.blocking.append(_karyotype_missing(case, indication))
    contradictions = _contradictions(indication, need.is_dependent, need.words)
    if contradictions:
        rules = ["US-IND-MDS"] + (["GL-NONDEL5Q"] if indication.has_del5q is False else [])
        result.blocking.append(
            decision(
                case,
                indication.name,
                Action.REVIEW,
                Urgency.WARNING,
                rules,
                "indication-contradicted",
                words={"what": "; ".join(contradictions)},
                inputs=[*result.inputs, Input("transfusions", need.words), *_risk_input(indication)],
            )
        )
    if not indication.risk_group:
        result.not_found.append(Missing("riskGroup", "no IPSS or IPSS-R group found", "US-IND-MDS"))
    if need.is_dependent is None:
        reason = case.facts.unseen.get("transfusions", "a transfusion without a date")
        result.not_found.append(Missing("transfusions", reason, "US-IND-MDS"))
    fired = "unknown" if indication.has_del5q is None else "fired" if result.blocking else "not met"
    trace.say(
        "US-IND-MDS",
        fired,
        "; ".join(contradictions) or ("karyotype not found" if fired == "unknown" else "no contradiction found"),
    )
    return result


def _karyotype_missing(case: Case, indication: Indication) -> Recommendation:
    return decision(
        case,
        indication.name,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        ("US-IND-MDS",),
        "karyotype-missing",
        inputs=indication.inputs,
        missing=[
            Missing(
                "karyotype",
                case.facts.unseen.get("karyotype", "no karyotype that shows del(5q) or its absence"),
                "US-IND-MDS",
            )
        ],
    )


def _contradictions(indication: Indication, is_dependent: bool | None, words: str) -> list[str]:
    found = []
    if indication.has_del5q is False:
        found.append("the karyotype shows no del(5q)")
    if indication.has_monosomy7:
        found.append("the karyotype shows -7 or del(7q)")
    if indication.risk_group in ("int-2", "high"):
        found.append(f"IPSS risk group {indication.risk_group}")
    if indication.risk_group in ("ipss-r:high", "ipss-r:very-high"):
        found.append(f"IPSS-R risk group {indication.risk_group.removeprefix('ipss-r:')}")
    if is_dependent is False:
        found.append(f"not transfusion dependent ({words})")
    return found


def _risk_input(indication: Indication) -> list[Input]:
    return [Input("riskGroup", indication.risk_group)] if indication.risk_group else []
