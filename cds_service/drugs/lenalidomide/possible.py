"""An indication outside MDS by its regimen; of myeloma, where the chart leaves several open, by what holds in each.

When: lenalidomide is ordered, taken or on hold for myeloma or lymphoma.
Then: the one regimen decides. Of several, a start goes on where they share the starting dose and the rows of the kidneys;
counts at which all of them interrupt still interrupt; else the clinician is asked which it is, and no dose is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Recommendation
from cds_service.dosing.build import by_rules
from cds_service.dosing.case import Case
from cds_service.dosing.check import Check
from cds_service.dosing.precedence import resolve
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.treatment.checks import COURSE
from cds_service.dosing.treatment.order_above import above_table
from cds_service.dosing.treatment.patient import Patient, patient_by
from cds_service.dosing.treatment.unanswered import by_either, is_unanswered
from cds_service.dosing.words import capitalised
from cds_service.drugs.lenalidomide.counts.recognition import Recognised, recognise
from cds_service.drugs.lenalidomide.counts.regimen import regimen_of
from cds_service.drugs.lenalidomide.counts.start_checks import start_counts
from cds_service.drugs.lenalidomide.decisions import ask
from cds_service.drugs.lenalidomide.definitions import defined
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.other_indications import is_without_table, lacking_counts, several
from cds_service.drugs.lenalidomide.renal_maximum import renal_maximum
from cds_service.drugs.lenalidomide.safety.view import View

# Decisions on the dose that stand when every regimen comes to them; the rest of a course's findings stands beside.
ON_THE_DOSE = (Action.HOLD, Action.REMAIN_ON_HOLD)
BY_REGIMEN = (Action.RESUME_REDUCED, Action.RESUME_SAME, Action.REDUCE, Action.INFORM, Action.START)
# What regimens cannot differ in that share the starting dose and the renal rows.
ON_ORDERS = (Action.REDUCE, Action.INFORM)
AGREED = {Action.HOLD: "hold-either", Action.REMAIN_ON_HOLD: "remain-on-hold-either"}
ALIKE = "Which regimen it is was not told; those that are possible begin at the same dose."


Question = Callable[[View], Iterable[Recommendation]]


@dataclass(frozen=True, slots=True)
class Possible:
    """The patient by each regimen that the chart allows; in myeloma also what the chart tells of which one it is.

    `is_told` where that is one; `is_alike` where several begin alike.
    """

    patients: tuple[Patient, ...] = ()
    myeloma: Recognised | None = None
    is_told: bool = True
    is_alike: bool = False


def possible_patients(view: View) -> Possible:
    """The patient by each regimen of the jurisdiction's document that the chart allows, the same for every check that asks.

    Missing: none where no document in force has rows for the use, and none at a start for one of several diseases.
    """
    return view.facts.once((possible_patients, view.trace, view.law), lambda: _possible(view))


def _possible(view: View) -> Possible:
    case, disease = view.case, view.disease
    if is_without_table(view) or several(view):
        return Possible()
    myeloma = recognise(case) if "myeloma" in disease.others and not disease.is_mds else None
    definitions = myeloma.possible if myeloma is not None else defined(view.law, disease.name)[:1]
    own = [regimens(case.rules)[view.law]] if disease.is_mds else []
    found = own or [regimen_of(case, view.therapy, d) for d in definitions]
    patients = tuple(patient_by(view, regimen) for regimen in found)
    if myeloma is None:
        return Possible(patients)
    is_named, begin_alike = bool(myeloma.name), len(set(map(_begin, found))) == 1
    return Possible(patients, myeloma, is_named and len(patients) == 1, is_named and begin_alike)


def by_regimen(check: Check[Patient], at_start: Question = lambda _view: []) -> Check[View]:
    """A check of the engine by the one regimen; of several by what holds in each, at a start where they begin alike by the first.

    Args: what is asked instead at a start for which the possible regimens begin differently.
    """

    def asked(view: View) -> Iterable[Recommendation]:
        possible = possible_patients(view)
        if not possible.patients:
            return []
        if possible.is_told:
            return check.assess(possible.patients[0])
        if view.is_start and not possible.is_alike:
            return at_start(view)
        if view.is_start:
            found = check.assess(possible.patients[0])
            return [replace(r, assumptions=(*r.assumptions, ALIKE)) if r.action is Action.START else r for r in found]
        return _agreed(view.case, [patient.once(check.decide) for patient in possible.patients], possible.is_alike)

    return Check(check.name, check.question, asked, lambda view: view.concerns_drug)


def _agreed(case: Case, found: Sequence[list[Recommendation]], is_alike: bool) -> list[Recommendation]:
    """What each regimen comes to; of the rest what no other regimen could say otherwise."""
    first, *others = found
    every = [r for each in found for r in each]
    agreed = [action for action in ON_THE_DOSE if _is_in_each(action, found)]
    joined = [_joined(case, action, [r for r in every if r.action is action]) for action in agreed]
    alike = ON_ORDERS if is_alike else ()
    # A dose on an order stands only where the other regimens say it too and do not interrupt.
    shared = [r for r in first if r.action not in alike or all(any(s.action is r.action for s in o) for o in others)]
    beside = [r for r in shared if r.action not in _apart(is_alike) and not is_unanswered(r)]
    return [*joined, *by_either(first, [r for each in others for r in each]), *beside]


def _is_in_each(action: Action, found: Sequence[Sequence[Recommendation]]) -> bool:
    """Whether every regimen comes to an action."""
    return all(any(r.action is action for r in each) for each in found)


def _apart(is_alike: bool) -> tuple[Action, ...]:
    """The actions in which possible regimens may differ."""
    return tuple(a for a in (*ON_THE_DOSE, *BY_REGIMEN) if not is_alike or a not in ON_ORDERS)


def which_regimen(view: View) -> list[Recommendation]:
    """Which regimen it is, where that decides: at a start where the possible ones begin differently, else where they differ."""
    possible = possible_patients(view)
    recognised = possible.myeloma
    if recognised is None:
        return []
    patient = possible.patients[0]
    if possible.is_told:
        view.trace.say(patient.regimen.ids.indication, "not met", f"regimen: {recognised.possible[0].name}")
    if possible.is_told or (view.is_start and possible.is_alike):
        return []
    view.trace.say(patient.regimen.ids.indication, "fired", recognised.why)
    if view.is_start:
        return [_ask(view, recognised, counts=lacking_counts(view))]
    found = [
        resolve([r for check in COURSE for r in patient.once(check.decide)], view.today)
        for patient in possible.patients
    ]
    if any(_is_in_each(action, found) for action in ON_THE_DOSE):
        return []
    every = [r for each in found for r in each]
    apart = _apart(possible.is_alike)
    differ = any(r.action in apart and (r.action is not Action.INFORM or r.order) for r in every)
    is_asked = differ or (view.case.orders and not possible.is_alike)
    return [_ask(view, recognised, every)] if is_asked else []


def start_of_several(view: View) -> list[Recommendation]:
    """What speaks against a start by each regimen, where the possible ones begin differently."""
    possible = possible_patients(view)
    return start_counts(possible.myeloma.possible, possible.patients[0]) if possible.myeloma is not None else []


def dose_of_several(view: View) -> list[Recommendation]:
    """Drafts above every dose of the regimens that are possible at a start."""
    patients = possible_patients(view).patients
    regimens = [patient.regimen for patient in patients]
    # The first regimen's table goes as high as any: above it no regimen has the dose.
    at_most = renal_maximum(view, regimens)
    return at_most or above_table(patients[0], ())


def _begin(regimen: Regimen) -> tuple[object, ...]:
    """What regimens share that begin alike: the doses by clearance."""
    return tuple((band.dose, band.cut_offs, band.other, band.later) for band in regimen.bands)


def _joined(case: Case, action: Action, said: Sequence[Recommendation]) -> Recommendation:
    """What every regimen comes to: the rules of all, and no dose."""
    joined = by_rules(case, said[0], [rule for r in said for rule in r.rules])
    return replace(joined, message=AGREED[action], resume=None, note="")


def _ask(
    view: View, recognised: Recognised, found: Sequence[Recommendation] = (), counts: Sequence[Missing] = ()
) -> Recommendation:
    """Which regimen is it? Args: what the regimens come to under treatment, or counts that are missing at a start."""
    decisive = [r for r in found if r.action in ON_THE_DOSE]
    rule = f"{view.case.jurisdiction}-IND-OTHER"
    return ask(
        view,
        (rule, *(each for r in decisive for each in r.rules)),
        "line-missing" if recognised.name else "regimen-missing",
        words={"why": capitalised(recognised.why)},
        next_cbc_due=min((r.next_cbc_due for r in found if r.next_cbc_due is not None), default=None),
        inputs=[*view.disease.inputs, *recognised.inputs, *(i for r in decisive for i in r.inputs)],
        missing=[Missing("regimen", recognised.why, rule), *counts],
    )
