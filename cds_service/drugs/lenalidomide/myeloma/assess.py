"""Myeloma: the regimen that the chart shows, and where it does not, what holds in either.

When: lenalidomide is ordered, taken or on hold for myeloma.
Then: the recognised regimen decides; where none is recognised the clinician is asked, counts at which both regimens
interrupt still interrupt, and no dose is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.build import by_rules, decision
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.assess import assess_course
from cds_service.dosing.treatment.order_above import above_table
from cds_service.dosing.treatment.patient import patient_by
from cds_service.dosing.treatment.unanswered import by_either, is_unanswered
from cds_service.dosing.words import capitalised
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.myeloma.checkpoint import checkpoint_reviews
from cds_service.drugs.lenalidomide.myeloma.combination import us_combination
from cds_service.drugs.lenalidomide.myeloma.eu import eu_combination
from cds_service.drugs.lenalidomide.myeloma.maintenance import us_maintenance
from cds_service.drugs.lenalidomide.myeloma.recognition import COMBINATION, Recognised, recognise
from cds_service.drugs.lenalidomide.renal_maximum import renal_maximum

# Decisions on the dose that stand when both regimens come to them; the rest of a course's findings stands beside.
ON_THE_DOSE = (Action.HOLD, Action.REMAIN_ON_HOLD)
BY_REGIMEN = (Action.RESUME_REDUCED, Action.RESUME_SAME, Action.REDUCE, Action.INFORM, Action.START)
# What the EU lines of treatment cannot differ in: they share the starting dose and the renal rows.
ON_ORDERS = (Action.REDUCE, Action.INFORM)
AGREED = {Action.HOLD: "hold-either", Action.REMAIN_ON_HOLD: "remain-on-hold-either"}


def assess_us_myeloma(case: Case, therapy: Therapy, indication: Indication, trace: Trace) -> list[Recommendation]:
    """The recommendations for a patient with myeloma in the US."""
    recognised = recognise(case)
    if not recognised.name:
        regimens = (us_combination(case, therapy), us_maintenance(case.rules))
        return _either(case, therapy, replace(indication, name="unknown"), trace, recognised, regimens)
    trace.say("US-IND-OTHER", "not met", f"regimen: {recognised.name}")
    regimen = us_combination(case, therapy) if recognised.name == COMBINATION else us_maintenance(case.rules)
    return assess_course(case, therapy, recognised.name, trace, regimen)


def assess_eu_combination(case: Case, therapy: Therapy, indication: Indication, trace: Trace) -> list[Recommendation]:
    """The recommendations for myeloma with dexamethasone in the EU: what both lines of treatment agree on."""
    regimens = eu_combination(case.rules)
    if therapy.state in ("none", "ended"):
        return assess_course(case, therapy, indication.name, trace, regimens[0])
    recognised = Recognised("", recognise(case).inputs, "whether this is the first treatment or a relapse is not told")
    return _either(case, therapy, indication, trace, recognised, regimens, ON_ORDERS)


def _either(
    case: Case,
    therapy: Therapy,
    indication: Indication,
    trace: Trace,
    recognised: Recognised,
    regimens: tuple[Regimen, Regimen],
    alike: tuple[Action, ...] = (),
) -> list[Recommendation]:
    """What both regimens come to; where they differ, or a dose would be needed, a request for what tells them apart.

    Args: `alike` actions in which the regimens cannot differ; without any, every order needs the request.
    """
    trace.say(regimens[0].ids.indication, "fired", recognised.why)
    if therapy.state in ("none", "ended"):
        patient = patient_by(case, therapy, trace, indication.name, regimens[0])
        counts = [m for line in LINES if (m := patient.counts[line].missing) is not None]
        asked = _ask(case, indication, recognised, counts=counts)
        # The first regimen's table goes as high as any: above it no regimen has the dose.
        at_most = renal_maximum(case, therapy, indication.name, trace, regimens) or above_table(patient, ())
        return [*checkpoint_reviews(patient), asked, *at_most]
    first, second = (assess_course(case, therapy, indication.name, trace, regimen) for regimen in regimens)
    both = (*first, *second)
    agreed = [_joined(case, r, s) for r in first for s in second if r.action is s.action and r.action in ON_THE_DOSE]
    apart = [action for action in (*ON_THE_DOSE, *BY_REGIMEN) if action not in alike]
    # A dose on an order stands only where the other regimen says it too and does not interrupt.
    shared = [r for r in first if r.action not in alike or any(s.action is r.action for s in second)]
    beside = [r for r in shared if r.action not in apart and not is_unanswered(r)]
    differ = any(r.action in apart for r in both)
    asks = [] if agreed or not (differ or (case.orders and not alike)) else [_ask(case, indication, recognised, both)]
    return [*agreed, *asks, *by_either(first, second), *beside]


def _joined(case: Case, one: Recommendation, other: Recommendation) -> Recommendation:
    """What both regimens come to: the rules of both, and no dose."""
    joined = by_rules(case, one, (*one.rules, *other.rules))
    return replace(joined, message=AGREED[one.action], resume=None, note="")


def _ask(
    case: Case,
    indication: Indication,
    recognised: Recognised,
    found: Sequence[Recommendation] = (),
    counts: Sequence[Missing] = (),
) -> Recommendation:
    """Which regimen is it? Args: what the regimens come to under treatment, or counts that are missing at a start."""
    decisive = [r for r in found if r.action in ON_THE_DOSE]
    rule, message = (
        ("US-IND-OTHER", "regimen-missing") if case.jurisdiction == "US" else ("EU-IND-OTHER", "line-missing")
    )
    return decision(
        case,
        indication.name,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        (rule, *(each for r in decisive for each in r.rules)),
        message,
        words={"why": capitalised(recognised.why)},
        next_cbc_due=min((r.next_cbc_due for r in found if r.next_cbc_due is not None), default=None),
        inputs=[*indication.inputs, *recognised.inputs, *(i for r in decisive for i in r.inputs)],
        missing=[Missing("regimen", recognised.why, rule), *counts],
    )
