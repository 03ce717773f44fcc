"""Lenalidomide in one call: which regimen it is, where the patient stands in it, and what follows.

When: lenalidomide is ordered, taken or on hold.
Then: without a jurisdiction or an indication the clinician is asked; chronic lymphocytic leukaemia is no indication;
MDS goes by its own rules, other indications by theirs; one that this version has no rules for says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Assessment, Input, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy, therapy_of
from cds_service.dosing.build import decision, stop_proposals
from cds_service.dosing.case import Case
from cds_service.dosing.data_quality import available
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.assess import assess_course
from cds_service.drugs.lenalidomide.indication import Indication, indication_of
from cds_service.drugs.lenalidomide.mds_del5q.agreement import agreed
from cds_service.drugs.lenalidomide.mds_del5q.discontinuation import after_stop
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.other_indications import (
    acute_leukaemia,
    assess_other,
    every_regimen,
    is_other,
    named,
    several,
)
from cds_service.drugs.lenalidomide.renal_maximum import renal_maximum
from cds_service.drugs.lenalidomide.safety.assess import HOLDING, assess_safety, with_safety
from cds_service.drugs.lenalidomide.safety.beside import beside

# Searches whose answer can forbid the drug or change the dose; others that fail are remarks on whatever card there is.
GRAVE_UNSEEN = frozenset(
    (
        *("allergies", "adverseEvents", "conditions", "transfusions", "pregnancyTest", "pregnancyTests"),
        *("unknownMedicines", "currentTreatment", "refusedTreatment"),
        *("medicationRequests", "medicationStatements", "medicationDispenses", "medicationAdministrations"),
        *("platelets", "anc", "creatinine", "weight", "alt", "ast"),
    )
)
# What a card of its own asks for where nothing at all of it was seen.
HAVE_A_CARD = frozenset({"creatinine", "weight"})
UNSEEN_WORDS = {
    "adverseEvents": "adverse events",
    "pregnancyTest": "pregnancy test",
    "pregnancyTests": "pregnancy tests",
    "unknownMedicines": "orders of an unknown medicine",
    "currentTreatment": "lenalidomide orders on file",
    "refusedTreatment": "lenalidomide orders that name another patient",
    "medicationRequests": "medication orders",
    "medicationStatements": "medication statements",
    "medicationDispenses": "dispenses",
    "medicationAdministrations": "administrations",
    "anc": "ANC",
    "alt": "ALT",
    "ast": "AST",
}
# What forbids chronic lymphocytic leukaemia, by jurisdiction.
LEUKAEMIA = {"US": "US-IND-CLL", "EU": "EU-IND-OTHER"}
STOPPING = (Action.DO_NOT_START, Action.DISCONTINUE, Action.PERMANENTLY_DISCONTINUE)


def assess(case: Case) -> Assessment:
    """Everything that is to be said in one call, and what each rule said.

    Missing: a call without a lenalidomide order and without lenalidomide in the chart has nothing to say.
    """
    trace = Trace(case.rules)
    therapy = therapy_of(_medications(case), case.content.name, case.on)
    indication = named(case, indication_of(case.facts))
    brings_orders = bool(case.orders or case.order_problems or case.orders_unseen or case.untold_orders)
    if not brings_orders and therapy.state in ("none", "ended"):
        followed = after_stop(case, therapy, indication, trace)
        if "refusedTreatment" in case.facts.unseen:
            followed = [*followed, *_unseen(case, indication, followed)]
        return Assessment(tuple(followed), trace.outcomes("lenalidomide is neither ordered nor taken"))
    found: list[Recommendation] = []
    if case.orders or therapy.state not in ("none", "ended"):
        safety = assess_safety(case, therapy, indication.name, trace)
        # A hold for toxicity asks for weekly counts as a hold for counts does.
        if any(r.action in HOLDING for r in safety.found):
            therapy = replace(therapy, is_held_today=True)
        found = with_safety(_by_indication(case, therapy, indication, trace), safety)
        if therapy.state == "on-hold" and not therapy.hold_concepts.isdisjoint(("rash", "toxicity")):
            # The hold is understood by its reason: its way out says more than the recovery alone.
            found = [r for r in found if r.message != "toxicity-recovered"]
        found += beside(case, therapy, indication, found, trace)
    found += _unusable_orders(case, indication) + _unseen_orders(case, indication) + _untold_orders(case, indication)
    if case.orders or case.order_problems or case.orders_unseen or therapy.state not in ("none", "ended"):
        found += _patient_missing(case, indication)
    found += _unseen(case, indication, found)
    return Assessment(
        tuple(_settled(found)), trace.outcomes(f"not reached: {indication.name}, therapy {therapy.state}")
    )


def _medications(case: Case) -> tuple[MedicationRecord, ...]:
    """The medications on file; where one of lenalidomide could not be read, it is taken, at a dose that is not known."""
    records = case.facts.medications
    if "currentTreatment" not in case.facts.unseen or therapy_of(records, case.content.name, case.on).state not in (
        "none",
        "ended",
    ):
        return records
    unread = MedicationRecord(
        "order",
        "",
        frozenset({case.content.name}),
        "active",
        "order",
        dose_problem="an order on file could not be read",
    )
    return (*records, unread)


def _by_indication(case: Case, therapy: Therapy, indication: Indication, trace: Trace) -> list[Recommendation]:
    regimen = regimens(case.rules).get(case.jurisdiction)
    if regimen is None:
        trace.say(
            "GEN-JUR", "fired", "no jurisdiction is configured" if not case.jurisdiction else "no rules for this one"
        )
        return [_no_jurisdiction(case, indication), *agreed(case, therapy, indication, trace)]
    if indication.name == "cll":
        trace.say(LEUKAEMIA[regimen.jurisdiction], "fired", "chronic lymphocytic leukaemia is on file and MDS is not")
        return [_leukaemia(case, therapy, indication, regimen)]
    acute = acute_leukaemia(case, indication, trace)
    if acute and therapy.state in ("none", "ended"):
        return acute
    if is_other(indication) or indication.is_mds:
        unclear = several(case, therapy, indication, trace)
        if unclear:
            return unclear
    if is_other(indication):
        return assess_other(case, therapy, indication, trace)
    if indication.name == "unknown":
        trace.say(regimen.ids.indication, "unknown", "no diagnosis on file that lenalidomide is given for")
        at_most = renal_maximum(case, therapy, indication.name, trace, every_regimen(case, therapy))
        return [_no_indication(case, indication, regimen), *at_most, *agreed(case, therapy, indication, trace)]
    return [*acute, *assess_course(case, therapy, indication.name, trace, regimen)]


def _settled(found: list[Recommendation]) -> list[Recommendation]:
    """A stop for good leaves no room for a request for data beside it."""
    if any(r.action in STOPPING for r in found):
        return [r for r in found if r.action is not Action.REQUEST_DATA or "GEN-JUR" in r.rules]
    return found


def _unseen(case: Case, indication: Indication, found: list[Recommendation]) -> list[Recommendation]:
    """What could not be obtained, where no other warning carries it: a reaction or a low count may stand in it."""
    asked = {gap.fact for r in found for gap in r.missing} & HAVE_A_CARD
    lacking = [f for f in case.facts.unseen if f in GRAVE_UNSEEN and f not in asked]
    if not lacking or any(r.urgency is not Urgency.INFO for r in found):
        return []
    return [
        _asked(
            case,
            indication,
            "GEN-UNSEEN",
            "unseen",
            [Missing(f, case.facts.unseen[f], "GEN-UNSEEN") for f in lacking],
            {"what": ", ".join(UNSEEN_WORDS.get(f, f) for f in lacking)},
        )
    ]


def _asked(
    case: Case,
    indication: Indication,
    rule: str,
    message: str,
    missing: Sequence[Missing],
    words: Mapping[str, str] | None = None,
) -> Recommendation:
    """A request for what was not seen, not told or not read."""
    return decision(
        case, indication.name, Action.REQUEST_DATA, Urgency.WARNING, (rule,), message, words=words, missing=missing
    )


def _unusable_orders(case: Case, indication: Indication) -> list[Recommendation]:
    """Drafts that may be lenalidomide and could not be read, or are another patient's: said, because nothing checked them."""
    if not case.order_problems:
        return []
    return [
        _asked(
            case,
            indication,
            "GEN-CONFLICT",
            "order-refused",
            [Missing("orderedDose", problem, "GEN-CONFLICT") for problem in case.order_problems],
            {"what": "; ".join(case.order_problems)},
        )
    ]


def _unseen_orders(case: Case, indication: Indication) -> list[Recommendation]:
    """Orders of the call that nobody could see, or not their drug: they may be lenalidomide, and nothing of them was checked."""
    if not case.orders_unseen:
        return []
    reason = "an order of this call, or its drug, could not be seen"
    return [
        _asked(
            case,
            indication,
            "GEN-UNSEEN",
            "order-unseen",
            [Missing("orderedDose", reason, "GEN-UNSEEN")],
            {"number": str(case.orders_unseen)},
        )
    ]


def _untold_orders(case: Case, indication: Indication) -> list[Recommendation]:
    """Medication drafts of which nothing says which drug they are: they may be lenalidomide, and nothing checked them."""
    if not case.untold_orders:
        return []
    reason = "the medicine is neither named nor found"
    return [
        _asked(
            case,
            indication,
            "GEN-UNSEEN",
            "order-untold",
            [Missing("orderedMedicine", f"{reason}: {each}", "GEN-UNSEEN") for each in case.untold_orders],
            {"which": ", ".join(case.untold_orders), "reason": reason},
        )
    ]


def _patient_missing(case: Case, indication: Indication) -> list[Recommendation]:
    """No Patient resource: age and sex, on which the clearance depends, are not known."""
    if case.facts.patient_reference:
        return []
    return [
        _asked(
            case,
            indication,
            "GEN-CRCL",
            "patient-missing",
            [Missing("patient", "no Patient resource: age and sex are not known", "GEN-CRCL")],
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


def _leukaemia(case: Case, therapy: Therapy, indication: Indication, regimen: Regimen) -> Recommendation:
    return decision(
        case,
        indication.name,
        Action.DO_NOT_START if case.orders else Action.REVIEW,
        Urgency.CRITICAL if case.orders else Urgency.WARNING,
        (LEUKAEMIA[regimen.jurisdiction],),
        "leukaemia",
        inputs=indication.inputs,
        proposals=stop_proposals(case, None, therapy.references if therapy.state == "active" else ())
        if case.orders
        else (),
    )


def _no_indication(case: Case, indication: Indication, regimen: Regimen) -> Recommendation:
    unseen = case.facts.unseen.get("conditions")
    reason = unseen or "no diagnosis on file that lenalidomide is given for"
    counts = [available(case, line).missing for line in ("platelets", "anc")] if case.orders else []
    return decision(
        case,
        indication.name,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        (regimen.ids.indication,),
        "indication-unseen" if unseen else "indication-missing",
        words={"reason": reason},
        inputs=[Input.of(r) for line in ("platelets", "anc") for r in available(case, line).decisive],
        missing=[Missing("indication", reason, regimen.ids.indication), *(m for m in counts if m is not None)],
    )
