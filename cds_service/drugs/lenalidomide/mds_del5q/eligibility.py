"""Whether lenalidomide may be started for MDS at all, before any dose is spoken of (US label 1.2, EU SmPC 4.1).

When: a patient who does not take lenalidomide gets an order for it.
Then: del(5q) must be found, in the EU as the only abnormality; a contradicted indication is reviewed without a dose, and so
is an abnormality of chromosome 7 or a complex karyotype, against which a guideline advises; what was not found (risk group,
transfusion record) is said and does not stop the start.
"""

from __future__ import annotations

from collections.abc import Callable

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.regimen import Eligibility
from cds_service.dosing.treatment.patient import Patient
from cds_service.drugs.lenalidomide.decisions import ask, fires, review
from cds_service.drugs.lenalidomide.indication import Indication, indication_of, transfusion_need

GUIDELINE = "GL-NCCN-PT-2018"
CODE_AGAINST_KARYOTYPE = "the diagnosis code says del(5q), the karyotype shows none"


def eligibility(
    patient: Patient, contradictions_of: Callable[[Indication], list[str]], needs_isolated: bool = False
) -> Eligibility:
    """The eligibility of an MDS patient for a start.

    Args: the patient; what by the document in question speaks against the indication; whether it asks for del(5q) alone.

    Missing: karyotype (in the EU also: whether del(5q) is isolated) → request for data, no dose; risk group or transfusion
    record → said, the start goes on.
    """
    indication = indication_of(patient.facts)
    rule = patient.regimen.ids.indication
    result = Eligibility(inputs=indication.inputs)
    need = transfusion_need(patient.rules, patient.facts, patient.today)
    is_open = indication.has_del5q is None or (needs_isolated and indication.is_isolated is None)
    is_open = is_open and not indication.is_code_contradicted
    contradictions = _contradictions(indication, need.is_dependent, need.words) + contradictions_of(indication)
    if is_open:
        result.blocking.append(_karyotype_missing(patient, indication))
    risks = ["-7 or del(7q)"] * indication.has_monosomy7 + ["complex karyotype"] * indication.is_complex
    fires(patient, GUIDELINE, risks, " and ".join(risks) or "no karyotype of higher risk")
    if risks and not contradictions:
        result.blocking.append(_higher_risk(patient, indication, risks))
    if contradictions:
        rules = [rule] + (["GL-NONDEL5Q"] if indication.has_del5q is False else [])
        rules += ["GEN-CONFLICT"] if indication.is_code_contradicted else []
        rules += [GUIDELINE] if risks else []
        result.blocking.append(
            review(
                patient,
                rules,
                "code-against-karyotype" if contradictions == [CODE_AGAINST_KARYOTYPE] else "indication-contradicted",
                words={"what": "; ".join(contradictions)},
                inputs=[*result.inputs, Input("transfusions", need.words), *_risk_input(indication)],
            )
        )
    if not indication.risk_group:
        result.not_found.append(Missing("riskGroup", "no IPSS or IPSS-R group found", rule))
    if need.is_dependent is None:
        reason = patient.facts.unseen.get("transfusions", need.words)
        result.not_found.append(Missing("transfusions", reason, rule))
    fired = "unknown" if is_open else "fired" if result.blocking else "not met"
    patient.trace.say(
        rule,
        fired,
        "; ".join(contradictions) or ("karyotype not found" if fired == "unknown" else "no contradiction found"),
    )
    return result


def _higher_risk(patient: Patient, indication: Indication, risks: list[str]) -> Recommendation:
    """A karyotype within the indication that a guideline advises against."""
    what = " and ".join(risks)
    rules, words = (GUIDELINE, patient.regimen.ids.indication), {"what": what[:1].upper() + what[1:]}
    return review(patient, rules, "karyotype-high-risk", words=words, inputs=indication.inputs)


def _karyotype_missing(patient: Patient, indication: Indication) -> Recommendation:
    rule = patient.regimen.ids.indication
    found = indication.has_del5q is not None
    lacking = (
        "whether del(5q) is the only abnormality cannot be told from the report"
        if found
        else "no karyotype that shows del(5q) or its absence"
    )
    message, missing = (
        "karyotype-not-isolated" if found else "karyotype-missing",
        [_karyotype_gap(patient, lacking, rule)],
    )
    return ask(patient, (rule,), message, inputs=indication.inputs, missing=missing)


def _karyotype_gap(patient: Patient, lacking: str, rule: str) -> Missing:
    """Why no karyotype tells; where the latest one on file cannot be used, that one."""
    refused = patient.facts.refused("karyotype")
    if refused:
        return Missing.of(refused[-1], rule)
    return Missing("karyotype", patient.facts.unseen.get("karyotype", lacking), rule)


def _contradictions(indication: Indication, is_dependent: bool | None, words: str) -> list[str]:
    found = []
    if indication.is_code_contradicted:
        found.append(CODE_AGAINST_KARYOTYPE)
    if indication.has_del5q is False:
        found.append("the karyotype shows no del(5q)")
    if indication.risk_group in ("int-2", "high"):
        found.append(f"IPSS risk group {indication.risk_group}")
    if indication.risk_group in ("ipss-r:high", "ipss-r:very-high"):
        found.append(f"IPSS-R risk group {indication.risk_group.removeprefix('ipss-r:')}")
    if is_dependent is False:
        found.append(f"not transfusion dependent ({words})")
    return found


def _risk_input(indication: Indication) -> list[Input]:
    return [Input("riskGroup", indication.risk_group.replace("ipss-r:", "IPSS-R "))] if indication.risk_group else []
