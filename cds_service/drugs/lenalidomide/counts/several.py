"""An indication outside MDS by its regimen; of myeloma, where the chart leaves several open, by what holds in each.

When: lenalidomide is ordered, taken or on hold for myeloma or lymphoma.
Then: the one regimen decides. Of several, a start goes on where they share the starting dose and the rows of the kidneys;
counts at which all of them interrupt still interrupt; else the clinician is asked which it is, and no dose is given.
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
from cds_service.dosing.roles import Role
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.assess import assess_course
from cds_service.dosing.treatment.order_above import above_table
from cds_service.dosing.treatment.patient import Patient, patient_by
from cds_service.dosing.treatment.planned_start import start_days
from cds_service.dosing.treatment.unanswered import by_either, is_unanswered
from cds_service.dosing.words import capitalised
from cds_service.drugs.lenalidomide.counts.recognition import Recognised, recognise
from cds_service.drugs.lenalidomide.counts.regimen import regimen_of
from cds_service.drugs.lenalidomide.counts.start_checks import start_counts
from cds_service.drugs.lenalidomide.definitions import defined
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.renal_maximum import renal_maximum

# Decisions on the dose that stand when every regimen comes to them; the rest of a course's findings stands beside.
ON_THE_DOSE = (Action.HOLD, Action.REMAIN_ON_HOLD)
BY_REGIMEN = (Action.RESUME_REDUCED, Action.RESUME_SAME, Action.REDUCE, Action.INFORM, Action.START)
# What regimens cannot differ in that share the starting dose and the renal rows.
ON_ORDERS = (Action.REDUCE, Action.INFORM)
AGREED = {Action.HOLD: "hold-either", Action.REMAIN_ON_HOLD: "remain-on-hold-either"}
ALIKE = "Which regimen it is was not told; those that are possible begin at the same dose."


def assess_regimens(case: Case, therapy: Therapy, indication: Indication, trace: Trace) -> list[Recommendation] | None:
    """The recommendations by the regimens of the jurisdiction; None where it has none for the indication."""
    regimens = possible_regimens(case, therapy, indication)
    if "myeloma" not in indication.others:
        return assess_course(case, therapy, indication.name, trace, regimens[0]) if regimens else None
    recognised = recognise(case)
    named = replace(indication, name=recognised.name or "unknown")
    if len(regimens) == 1 and recognised.name:
        trace.say(regimens[0].ids.indication, "not met", f"regimen: {recognised.possible[0].name}")
        return assess_course(case, therapy, named.name, trace, regimens[0])
    is_alike = len({_begin(regimen) for regimen in regimens}) == 1 and bool(recognised.name)
    if is_alike and therapy.state in ("none", "ended"):
        return _alike_start(case, therapy, named, trace, regimens[0])
    return _each(case, therapy, named, trace, recognised, regimens, ON_ORDERS if is_alike else ())


def possible_regimens(case: Case, therapy: Therapy, indication: Indication) -> list[Regimen]:
    """The regimens of the jurisdiction that the chart allows, outside MDS; empty where it has none for the indication."""
    if "myeloma" in indication.others:
        definitions = recognise(case).possible
    else:
        definitions = defined(case.jurisdiction, indication.name)[:1]
    return [regimen_of(case, therapy, definition) for definition in definitions]


def _begin(regimen: Regimen) -> tuple[object, ...]:
    """What regimens share that begin alike: the doses by clearance."""
    return tuple((band.dose, band.cut_offs, band.other, band.later) for band in regimen.bands)


def _alike_start(
    case: Case, therapy: Therapy, indication: Indication, trace: Trace, regimen: Regimen
) -> list[Recommendation]:
    found = assess_course(case, therapy, indication.name, trace, regimen)
    return [replace(r, assumptions=(*r.assumptions, ALIKE)) if r.action is Action.START else r for r in found]


def _each(
    case: Case,
    therapy: Therapy,
    indication: Indication,
    trace: Trace,
    recognised: Recognised,
    regimens: Sequence[Regimen],
    alike: tuple[Action, ...],
) -> list[Recommendation]:
    """What every regimen comes to; where they differ, or a dose would be needed, a request for what tells them apart.

    Args: `alike` actions in which the regimens cannot differ; without any, every order needs the request.
    """
    trace.say(regimens[0].ids.indication, "fired", recognised.why)
    if therapy.state in ("none", "ended"):
        patient = patient_by(case, therapy, trace, indication.name, regimens[0])
        about_counts = start_counts(recognised.possible, patient)
        asked = _ask(case, indication, recognised, counts=_lacking_counts(patient))
        # The first regimen's table goes as high as any: above it no regimen has the dose.
        at_most = renal_maximum(case, therapy, indication.name, trace, regimens) or above_table(patient, ())
        return [*about_counts, asked, *at_most]
    first, *others = (assess_course(case, therapy, indication.name, trace, regimen) for regimen in regimens)
    every = [r for found in (first, *others) for r in found]
    agreed = [_joined(case, action, [r for r in every if r.action is action]) for action in ON_THE_DOSE
              if all(any(r.action is action for r in found) for found in (first, *others))]  # fmt: skip
    apart = [action for action in (*ON_THE_DOSE, *BY_REGIMEN) if action not in alike]
    # A dose on an order stands only where the other regimens say it too and do not interrupt.
    shared = [r for r in first if r.action not in alike or all(any(s.action is r.action for s in o) for o in others)]
    beside = [r for r in shared if r.action not in apart and not is_unanswered(r)]
    differ = any(r.action in apart and (r.action is not Action.INFORM or r.order) for r in every)
    asks = [] if agreed or not (differ or (case.orders and not alike)) else [_ask(case, indication, recognised, every)]
    return [*agreed, *asks, *by_either(first, [r for found in others for r in found]), *beside]


def _lacking_counts(patient: Patient) -> list[Missing]:
    """Counts that are missing, or too old to start on."""
    days, stale = start_days(patient.rules), patient.rules.role(Role.STALE).id
    missing = [m for line in LINES if (m := patient.counts[line].missing) is not None]
    old = [line for line in LINES if patient.counts[line].is_older_than(days, patient.today)]
    return [*missing, *(Missing(line, f"older than {days} days ({patient.counts[line].on})", stale) for line in old)]


def _joined(case: Case, action: Action, said: Sequence[Recommendation]) -> Recommendation:
    """What every regimen comes to: the rules of all, and no dose."""
    joined = by_rules(case, said[0], [rule for r in said for rule in r.rules])
    return replace(joined, message=AGREED[action], resume=None, note="")


def _ask(
    case: Case,
    indication: Indication,
    recognised: Recognised,
    found: Sequence[Recommendation] = (),
    counts: Sequence[Missing] = (),
) -> Recommendation:
    """Which regimen is it? Args: what the regimens come to under treatment, or counts that are missing at a start."""
    decisive = [r for r in found if r.action in ON_THE_DOSE]
    rule = f"{case.jurisdiction}-IND-OTHER"
    return decision(
        case,
        indication.name,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        (rule, *(each for r in decisive for each in r.rules)),
        "line-missing" if recognised.name else "regimen-missing",
        words={"why": capitalised(recognised.why)},
        next_cbc_due=min((r.next_cbc_due for r in found if r.next_cbc_due is not None), default=None),
        inputs=[*indication.inputs, *recognised.inputs, *(i for r in decisive for i in r.inputs)],
        missing=[Missing("regimen", recognised.why, rule), *counts],
    )
