"""Lenalidomide in one call: which regimen it is, where the patient stands in it, and what follows.

When: lenalidomide is ordered, taken or on hold.
Then: without a jurisdiction or an indication the clinician is asked; chronic lymphocytic leukaemia is no indication;
MDS goes by its own rules; an indication this version has no rules for says so.
"""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Assessment, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy, therapy_of
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import DRUG, decision, stop_proposals
from cds_service.drugs.lenalidomide.indication import Indication, indication_of
from cds_service.drugs.lenalidomide.mds_del5q.assess import assess_mds
from cds_service.drugs.lenalidomide.rulebook import Trace

STOPPING = (Action.DO_NOT_START, Action.DISCONTINUE, Action.PERMANENTLY_DISCONTINUE)


def assess(case: Case) -> Assessment:
    """Everything that is to be said in one call, and what each rule said.

    Missing: a call without a lenalidomide order and without lenalidomide in the chart has nothing to say.
    """
    trace = Trace()
    therapy = therapy_of(case.facts.medications, DRUG, case.on)
    if not case.orders and not case.order_problems and therapy.state in ("none", "ended"):
        return Assessment((), trace.outcomes("lenalidomide is neither ordered nor taken"))
    indication = indication_of(case.facts)
    found = (
        _by_indication(case, therapy, indication, trace)
        if case.orders or therapy.state not in ("none", "ended")
        else []
    )
    found += _unusable_orders(case, indication) + _patient_missing(case, indication)
    return Assessment(
        tuple(_settled(found)), trace.outcomes(f"not reached: {indication.name}, therapy {therapy.state}")
    )


def _by_indication(case: Case, therapy: Therapy, indication: Indication, trace: Trace) -> list[Recommendation]:
    if case.jurisdiction not in ("US",):
        trace.say(
            "GEN-JUR", "fired", "no jurisdiction is configured" if not case.jurisdiction else "no rules for this one"
        )
        return [_no_jurisdiction(case, indication)]
    if indication.name == "cll":
        trace.say("US-IND-CLL", "fired", "chronic lymphocytic leukaemia is on file and MDS is not")
        return [_leukaemia(case, therapy, indication)]
    if indication.name == "unknown":
        trace.say("US-IND-MDS", "unknown", "no diagnosis on file that lenalidomide is given for")
        return [_no_indication(case, indication)]
    if not indication.is_mds:
        return [_other_indication(case, indication)]
    return assess_mds(case, therapy, indication, trace)


def _settled(found: list[Recommendation]) -> list[Recommendation]:
    """A stop for good leaves no room for a request for data beside it."""
    if any(r.action in STOPPING for r in found):
        return [r for r in found if r.action is not Action.REQUEST_DATA]
    return found


def _unusable_orders(case: Case, indication: Indication) -> list[Recommendation]:
    """Drafts that may be lenalidomide and could not be read, or are another patient's: said, because nothing checked them."""
    if not case.order_problems:
        return []
    return [
        decision(
            case,
            indication.name,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            ("GEN-CONFLICT",),
            "order-refused",
            words={"what": "; ".join(case.order_problems)},
            missing=[Missing("orderedDose", problem, "GEN-CONFLICT") for problem in case.order_problems],
        )
    ]


def _patient_missing(case: Case, indication: Indication) -> list[Recommendation]:
    """No Patient resource: age and sex, on which the clearance depends, are not known."""
    if case.facts.patient_reference:
        return []
    return [
        decision(
            case,
            indication.name,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            ("GEN-CRCL",),
            "patient-missing",
            missing=[Missing("patient", "no Patient resource: age and sex are not known", "GEN-CRCL")],
        )
    ]


def _no_jurisdiction(case: Case, indication: Indication) -> Recommendation:
    reason = f"no rules for {case.jurisdiction}" if case.jurisdiction else "not configured"
    return decision(
        case,
        indication.name,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        ("GEN-JUR",),
        "jurisdiction-missing",
        inputs=indication.inputs,
        missing=[Missing("jurisdiction", reason, "GEN-JUR")],
    )


def _leukaemia(case: Case, therapy: Therapy, indication: Indication) -> Recommendation:
    return decision(
        case,
        indication.name,
        Action.DO_NOT_START if case.orders else Action.REVIEW,
        Urgency.CRITICAL if case.orders else Urgency.WARNING,
        ("US-IND-CLL",),
        "leukaemia",
        inputs=indication.inputs,
        proposals=stop_proposals(case, None, therapy.references) if case.orders else (),
    )


def _no_indication(case: Case, indication: Indication) -> Recommendation:
    reason = case.facts.unseen.get("conditions", "no diagnosis on file that lenalidomide is given for")
    return decision(
        case,
        indication.name,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        ("US-IND-MDS",),
        "indication-missing",
        words={"reason": reason},
        missing=[Missing("indication", reason, "US-IND-MDS")],
    )


def _other_indication(case: Case, indication: Indication) -> Recommendation:
    """A labelled or off-label use that this version has no dosing rules for: said, never passed over."""
    return decision(
        case,
        indication.name,
        Action.REVIEW,
        Urgency.WARNING,
        ("US-IND-MDS",),
        "indication-not-covered",
        words={"indication": indication.diagnoses[0].text if indication.diagnoses else indication.name},
        inputs=indication.inputs,
    )
