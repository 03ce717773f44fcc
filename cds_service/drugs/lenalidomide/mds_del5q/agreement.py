"""What still stands when no jurisdiction is configured: what the US label and the EU SmPC agree on, without a dose.

When: the jurisdiction is not set and a patient with MDS takes lenalidomide or is on hold.
Then: counts at which every document interrupts, or keeps on hold, do so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cds_service.clinical.recommendation import Action, Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.build import by_rules
from cds_service.dosing.case import Case
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.on_hold import assess_on_hold
from cds_service.dosing.treatment.on_treatment import assess_on_treatment
from cds_service.dosing.treatment.patient import patient_by
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens

AGREED = {
    Action.HOLD: "hold-agreed",
    Action.REMAIN_ON_HOLD: "remain-on-hold-agreed",
}


def agreed(case: Case, therapy: Therapy, indication: Indication, trace: Trace) -> list[Recommendation]:
    """The decisions that every regimen comes to, with the rules of all of them and without a dose.

    Missing: empty where the regimens differ, before a start, and where another disease than MDS is on file; without any
    indication on file the counts at which every table interrupts still do.
    """
    if not (indication.is_mds or indication.name == "unknown") or therapy.state not in ("active", "on-hold"):
        return []
    return agreed_by(case, therapy, indication, trace, regimens(case.rules).values(), AGREED)


def agreed_by(
    case: Case,
    therapy: Therapy,
    indication: Indication,
    trace: Trace,
    each_of: Iterable[Regimen],
    messages: Mapping[Action, str],
) -> list[Recommendation]:
    """The decisions that each of some regimens comes to, without a dose. Args: the message of each action that is looked at."""
    if therapy.state not in ("active", "on-hold"):
        return []
    by_regimen = [_decisions(case, therapy, indication, trace, regimen) for regimen in each_of]
    result = []
    for action, message in messages.items():
        said = [found[action] for found in by_regimen if action in found]
        if len(said) == len(by_regimen):
            result.append(_without_dose(case, said, message))
    return result


def _decisions(
    case: Case, therapy: Therapy, indication: Indication, trace: Trace, regimen: Regimen
) -> dict[Action, Recommendation]:
    patient = patient_by(case, therapy, trace, indication.name, regimen)
    found = assess_on_hold(patient)[0] if therapy.state == "on-hold" else assess_on_treatment(patient)[0]
    return {r.action: r for r in found if r.action in AGREED}


def _without_dose(case: Case, said: list[Recommendation], message: str) -> Recommendation:
    dues = [r.next_cbc_due for r in said if r.next_cbc_due is not None]
    return replace(
        by_rules(case, said[0], (rule for r in said for rule in r.rules)),
        message=message,
        resume=None,
        note="",
        next_cbc_due=min(dues, default=None),
        inputs=tuple(dict.fromkeys(i for r in said for i in r.inputs)),
        missing=(),
    )
