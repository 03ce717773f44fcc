"""Lenalidomide outside MDS: myeloma, lymphoma, and uses that no label names.

When: the diagnosis on file is not MDS and not chronic lymphocytic leukaemia.
Then: a labelled one goes by its regimen; POEMS syndrome is off-label, said, without a dose rule; what the jurisdiction's
document has no rows for here is reviewed, without a dose; counts at which every table of the document interrupts still do.
"""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision
from cds_service.dosing.context import About
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.data_quality import available
from cds_service.dosing.renal import kidney_function
from cds_service.dosing.treatment.planned_start import start_days
from cds_service.dosing.words import LINE_NAMES
from cds_service.drugs.lenalidomide.decisions import ask, review
from cds_service.drugs.lenalidomide.definitions import defined
from cds_service.drugs.lenalidomide.indication import WORDS, Indication
from cds_service.drugs.lenalidomide.no_table import counts_without_table
from cds_service.drugs.lenalidomide.safety.view import LAWS, View

LABELLED = ("myeloma", "mcl", "fl", "mzl")
RULES_BY_JURISDICTION = {"US": "US-IND-OTHER", "EU": "EU-IND-OTHER"}
# What forbids chronic lymphocytic leukaemia, by jurisdiction.
LEUKAEMIA = {"US": "US-IND-CLL", "EU": "EU-IND-OTHER"}


def has_rows(view: View) -> bool:
    """Whether the jurisdiction's document has a regimen for the indication."""
    disease = view.disease
    return disease.is_mds or "myeloma" in disease.others or bool(defined(view.case.jurisdiction, disease.name))


def is_without_table(view: View) -> bool:
    """Whether no document in force has count rows for what the drug is given for, or nothing tells what that is."""
    disease = view.disease
    return view.law not in LAWS or disease.name in ("cll", "poems") or not disease.diagnoses


def without_rows(view: View) -> list[Recommendation]:
    """What stands without rows of its own: counts by what all tables have in common, and missing ones at a start."""
    found = counts_without_table(view)
    if view.case.jurisdiction in RULES_BY_JURISDICTION:
        found += _asked_for(view)
    return found


def several(view: View) -> list[Recommendation]:
    """More than one labelled indication on file at a start: which one decides the dose; empty when there is one.

    Chronic lymphocytic leukaemia beside a labelled one is reviewed: for which of them is it?
    """
    case, indication = view.case, view.disease
    names = (["mds"] if indication.is_mds else []) + [n for n in indication.others if n in LABELLED]
    has_leukaemia = "cll" in indication.others and bool(names)
    if (len(names) < 2 and not has_leukaemia) or not view.is_start:
        return []
    rule = RULES_BY_JURISDICTION[case.jurisdiction]
    listed = ", ".join(WORDS.get(name, name) for name in [*names, *(["cll"] if has_leukaemia else [])])
    view.trace.say(rule, "unknown", f"several indications on file: {listed}")
    if has_leukaemia:
        view.trace.say(LEUKAEMIA[case.jurisdiction], "fired", f"beside {', '.join(names)}")
    is_open = len(names) > 1
    return [
        decision(
            About(case, "unknown"),
            Action.REQUEST_DATA if is_open else Action.REVIEW,
            Urgency.WARNING,
            (rule,) if is_open else (LEUKAEMIA[case.jurisdiction],),
            "several-indications" if is_open else "leukaemia-beside",
            words={"indication": listed},
            inputs=indication.inputs,
            missing=[Missing("indication", f"several on file: {listed}", rule)],
        )
    ]


def off_label(view: View, rule: str) -> Recommendation:
    """Said with what the safety checks rest on; there is no dose rule to check the order against."""
    case, indication = view.case, view.disease
    kidneys = kidney_function(case)
    known = " or ".join(f"creatinine clearance {plain(v, 1)} mL/min" for v in kidneys.clearances)
    clearance = "on dialysis" if kidneys.on_dialysis else known or "clearance not known"
    return decision(
        view,
        Action.REVIEW if case.orders else Action.INFORM,
        Urgency.WARNING if case.orders else Urgency.INFO,
        (rule,),
        "off-label-safety",
        words={"indication": _words(indication), "clearance": clearance},
        inputs=[
            *indication.inputs,
            *kidneys.inputs,
            *(Input.of(r) for line in LINES for r in available(case, line).decisive),
        ],
        missing=[*kidneys.missing, *kidneys.stale],
    )


def not_covered(view: View, rule: str) -> Recommendation:
    return review(
        view, (rule,), "indication-not-covered", words={"indication": _words(view.disease)}, inputs=view.disease.inputs
    )


def _words(indication: Indication) -> str:
    return WORDS.get(indication.name) or (indication.diagnoses[0].text if indication.diagnoses else indication.name)


def lacking_counts(view: View) -> list[Missing]:
    """Counts that are missing, or at a start too old to begin on."""
    days, missing = start_days(view.case.rules), []
    for line in LINES:
        found = available(view.case, line)
        if found.missing is not None:
            missing.append(found.missing)
        elif view.is_start and found.is_older_than(days, view.today):
            missing.append(Missing(line, found.too_old(days), "GEN-STALE"))
    return missing


def _asked_for(view: View) -> list[Recommendation]:
    """Signed without a usable count, at a start of the last 7 days: what is missing is asked for, whatever else is said."""
    missing = lacking_counts(view)
    if not view.case.orders or not missing:
        return []
    what = "; ".join(f"{LINE_NAMES[m.fact]}: {m.reason}" for m in missing)
    proposals = cbc_proposals(view.case, view.today)
    return [ask(view, ("GEN-STALE",), "start-data-missing", words={"what": what}, missing=missing, proposals=proposals)]
