"""A patient whose treatment is on hold: stay on hold, resume, or ask?

When: treatment is interrupted.
Then: it resumes only when every line that fell meets the criterion of the row that caused the hold, on usable, recent,
untransfused counts and without bleeding where the row says so; then at the lowest dose that applies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.recommendation import (
    Action,
    Input,
    Proposal,
    ProposedAction,
    Recommendation,
    Resume,
    StopOrder,
    Urgency,
)
from cds_service.dosing.build import cbc_proposals, decision, order_cbc, replacement, stop_proposals
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.regimen import NextDose, WayOut
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.hold_cause import open_lines
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.recovery import Recovery, bleeds, recovery_of
from cds_service.dosing.treatment.requests import data_requests
from cds_service.dosing.treatment.sayings import count_words, course_inputs, course_words, resume_words
from cds_service.dosing.treatment.schedule import next_count
from cds_service.dosing.words import LINE_NAMES, shown_on

DISCRETION = {
    True: "Restart at the same dose at the physician's discretion.",
    False: "Restart at the next lower dose at the physician's discretion.",
}
LONGEST_REASON = 1000
_FACT_NAMES = {"doseLevel": "dose level", "holdReason": "reason of the hold", "anc": "ANC"}


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a hold stands: what is said about it, and the decision to resume (None: not now).

    `dose` is the one to resume at; None also where the clinician chooses it.
    """

    said: tuple[Recommendation, ...]
    resuming: Recommendation | None = None
    dose: Dose | None = None


def assess_on_hold(patient: Patient) -> list[Recommendation]:
    """Whether treatment stays on hold, resumes, or what is asked; drafts that resume it are judged by their dose."""
    outlook = outlook_of(patient)
    is_by_draft = bool(patient.case.orders) and outlook.dose is not None
    return [*outlook.said, *([outlook.resuming] if outlook.resuming is not None and not is_by_draft else [])]


def outlook_of(patient: Patient) -> Outlook:
    """How the hold stands, worked out once for all that ask."""
    return patient.once(_outlook)


def _outlook(patient: Patient) -> Outlook:
    due = next_count(patient).due
    recovery, ways = recovery_of(patient), patient.regimen.ways_out(patient)
    if ways:
        # The reason is known: no count needs to explain the hold.
        unclear_counts = tuple(m for m in recovery.unclear if m.fact != "holdReason")
        recovery = replace(recovery, unclear=unclear_counts)
    if any(w.is_final for w in ways):
        return Outlook((_other_cause(patient, [w for w in ways if w.is_final], due),))
    # The ways out bring their doses: what counts alone would lead to is only asked where counts held as well.
    rows = [o.row for o in recovery.cause]
    following = patient.regimen.next_dose(patient.case, patient.therapy, rows) if rows or not ways else NextDose(None)
    said: list[Recommendation] = []
    asked = data_requests(patient, due, stale_matters=not recovery.unmet)
    # Without a row for the dose no further result changes the answer: it stays on hold and is referred.
    refers = bool(following.no_row) and bool(recovery.cause) and not recovery.unmet and not asked
    unclear = recovery.unclear if asked or following.no_row else (*recovery.unclear, *following.missing)
    if recovery.unmet:
        said.append(_remain(patient, recovery, following, due))
    elif unclear and not refers:
        said.append(_ask(patient, recovery, following, unclear, due))
    said += asked
    if refers:
        said.append(_exhausted(patient, recovery, following, due))
    elif ways and not all(w.met for w in ways):
        said.append(_other_cause(patient, ways, due))
    elif recovery.unmet or unclear or asked:
        pass
    elif ways and any(w.dose is None for w in ways):
        said.append(_left_open(patient, ways, due))
    else:
        if ways:
            following = _lowest([*(w.dose for w in ways if w.dose), *([following] if recovery.cause else [])])
        if following.dose is not None or following.is_choice:
            after_cause = bool(ways) and following.dose is not None
            resuming = (
                _resume_after(patient, recovery, ways, following, due)
                if after_cause
                else _resume(patient, recovery, following, due)
            )
            return Outlook(tuple(said), resuming, following.dose)
        said.append(_exhausted(patient, recovery, following, due))
    return Outlook(tuple(said))


def _lowest(doses: Sequence[NextDose]) -> NextDose:
    """The lowest of several doses to resume at; one that is left open goes before all."""
    return min(doses, key=lambda d: d.dose.mg_per_day if d.dose is not None else Fraction(0))


def _way_words(patient: Patient, ways: Sequence[WayOut]) -> dict[str, str]:
    since = patient.therapy.hold_since
    return course_words(patient) | {
        "cause": "; ".join(dict.fromkeys(_as_told(patient, w.cause) for w in ways)),
        "what": "; ".join(dict.fromkeys(w.asked for w in ways if w.asked)),
        "since": since.isoformat() if since is not None else "an unknown day",
    }


def _as_told(patient: Patient, reason: str) -> str:
    """The reason of a hold without what the card says itself: that it is one, and since when."""
    said = rf": hold {patient.case.content.name}[^;]*?(?= \(on-hold since|;|$)| \(on-hold since [\d-]+\)"
    return re.sub(said, "", reason)


def _other_cause(patient: Patient, ways: Sequence[WayOut], due: date) -> Recommendation:
    """A cause outside the counts that has not recovered, or of which the chart does not say."""
    waits = any(w.met is False for w in ways)
    open_ones = [w for w in ways if w.met is None]
    missing = [] if waits else [Missing("holdReason", w.asked, w.rules[0]) for w in open_ones]
    return decision(
        patient,
        Action.REMAIN_ON_HOLD if waits else Action.REQUEST_DATA,
        remaining(patient) if waits else Urgency.WARNING,
        [r for w in ways if w.met is not True for r in w.rules],
        "hold-never" if any(w.is_final for w in ways) else "hold-not-recovered" if waits else "hold-asked",
        words=_way_words(patient, ways) | {"due": due.isoformat()},
        next_cbc_due=due,
        inputs=[*(i for w in ways for i in w.inputs), *course_inputs(patient)],
        note=" ".join(dict.fromkeys(w.note for w in ways if w.note and w.met is not True)),
        missing=missing,
        proposals=_stay_proposals(patient, due),
    )


def _left_open(patient: Patient, ways: Sequence[WayOut], due: date) -> Recommendation:
    """Nothing names a dose to resume at: the haematologist decides."""
    return decision(
        patient,
        Action.REVIEW,
        Urgency.WARNING,
        [r for w in ways for r in w.rules],
        "hold-reviewed",
        words=_way_words(patient, ways) | {"due": due.isoformat()},
        next_cbc_due=due,
        inputs=[*(i for w in ways for i in w.inputs), *course_inputs(patient)],
        proposals=cbc_proposals(patient.case, due),
    )


def _resume_after(
    patient: Patient, recovery: Recovery, ways: Sequence[WayOut], following: NextDose, due: date
) -> Recommendation:
    """Every cause has recovered: the dose of their rows, the lowest of several."""
    dose = following.dose
    assert dose is not None
    return decision(
        patient,
        Action.RESUME_SAME if following.is_same else Action.RESUME_REDUCED,
        Urgency.WARNING,
        (*(r for w in ways for r in w.rules), *recovery.rules, *following.rules),
        "resume-after",
        words=_hold_words(patient, recovery, _count_readings(patient, LINES))
        | _way_words(patient, ways)
        | {"new_dose": dose.words, "new_dose_brief": dose.brief, "due": due.isoformat()},
        dose=dose if all(w.is_recommended for w in ways) else None,
        note="" if all(w.is_recommended or w.is_by_table for w in ways) else DISCRETION[following.is_same],
        next_cbc_due=due,
        inputs=[*(i for w in ways for i in w.inputs), *_inputs(patient, recovery), *following.inputs],
        proposals=() if patient.case.orders else resume_proposals(patient, dose, due),
    )


def resume_proposals(patient: Patient, dose: Dose, due: date) -> tuple[Proposal, ...]:
    """The way out in one click: a draft at the dose to resume at, the held order stopped, a blood count."""
    replaced = replacement(patient.case, patient.therapy.references, dose, f"hold for {hold_reason(patient)}")
    alone = cbc_proposals(patient.case, due)
    if not replaced:
        return alone
    is_recommended = all(w.is_recommended for w in patient.regimen.ways_out(patient))
    return (
        Proposal("resume", (*replaced, order_cbc(patient.case, due)), is_recommended),
        *(replace(p, is_recommended=not is_recommended) for p in alone),
    )


def stop_of_held(patient: Patient, dose: Dose) -> tuple[ProposedAction, ...]:
    """The held order of the chart, stopped when a draft takes its place; nothing where there is not exactly one."""
    replaced = replacement(patient.case, patient.therapy.references, dose, f"hold for {hold_reason(patient)}")
    return tuple(a for a in replaced if isinstance(a, StopOrder))


def hold_reason(patient: Patient) -> str:
    """Why treatment was held, in words that are read back: the counts that caused it, else the reason that was written down."""
    triggers = [o.trigger for o in open_lines(patient)]
    counts = " and ".join(f"{LINE_NAMES[r.fact]} {shown_on(r)}" for r in triggers)
    reason = "; ".join(w for w in (counts, patient.therapy.hold_reason[:LONGEST_REASON]) if w)
    since = patient.therapy.hold_since
    dated = f" (on-hold since {since.isoformat()})" if since is not None and "(on-hold since" not in reason else ""
    return (reason or "a reason that is not recorded") + dated


def remaining(patient: Patient) -> Urgency:
    """How urgent it is that treatment stays on hold: critical where a draft would end the hold."""
    return Urgency.CRITICAL if patient.case.orders else Urgency.INFO


def _count_readings(patient: Patient, lines: tuple[str, ...]) -> list[Reading]:
    return [r for line in lines for r in patient.counts[line].decisive[:1]]


def _hold_words(patient: Patient, recovery: Recovery, readings: list[Reading]) -> dict[str, str]:
    since = patient.therapy.hold_since
    return (
        count_words(patient, readings)
        | course_words(patient)
        | {
            "since": since.isoformat() if since is not None else "an unknown day",
            "resume": resume_words([o.row for o in recovery.cause]) or "the criterion of the row that caused the hold",
            "cause": ", ".join(f"{r}" for o in recovery.cause for r in o.rules) or "not found in the counts",
            "bleeding": "; active bleeding is recorded" if recovery.bleeding else "",
        }
    )


def _inputs(patient: Patient, recovery: Recovery) -> list[Input]:
    latest = _count_readings(patient, LINES)
    # A recovery may rest on an earlier count as well.
    earlier = [r for r in recovery.counts if r not in latest]
    return (
        [Input.of(r) for r in (*latest, *(o.trigger for o in recovery.cause), *earlier)]
        + list(recovery.bleeding)
        + course_inputs(patient)
    )


def _remain(patient: Patient, recovery: Recovery, following: NextDose, due: date) -> Recommendation:
    ids = patient.regimen.ids
    rules = recovery.rules or ids.both_lines or (ids.no_row,)
    rules = (*following.rules, *rules) if following.no_row else rules
    rules = (*rules, *ids.neutropenia) if "anc" in recovery.unmet else rules
    rows = [o.row for o in recovery.cause]
    resume = Resume(resume_words(rows), following.dose) if rows and not following.no_row else None
    readings = _count_readings(patient, recovery.unmet)
    return decision(
        patient,
        Action.REMAIN_ON_HOLD,
        remaining(patient),
        rules,
        "remain-on-hold",
        words=_hold_words(patient, recovery, readings) | {"due": due.isoformat()},
        resume=resume,
        next_cbc_due=due,
        inputs=_inputs(patient, recovery),
        proposals=_stay_proposals(patient, due),
    )


def _exhausted(patient: Patient, recovery: Recovery, following: NextDose, due: date) -> Recommendation:
    """Recovered, but the document has no lower dose: the haematologist decides."""
    # A regimen of counts alone, where no table is for the use, has no row that says so.
    rules = following.rules or tuple(filter(None, (patient.regimen.ids.no_row,)))
    for rule in rules[:1]:
        patient.trace.say(rule, "fired", "recovered at a dose below which the document has none")
    return decision(
        patient,
        Action.REMAIN_ON_HOLD,
        remaining(patient),
        (*rules, *recovery.rules),
        "table-exhausted",
        words=_hold_words(patient, recovery, _count_readings(patient, LINES)) | {"due": due.isoformat()},
        next_cbc_due=due,
        inputs=_inputs(patient, recovery),
        note=following.note or "There is no lower dose to resume at: the haematologist decides.",
        proposals=_stay_proposals(patient, due),
    )


def _stay_proposals(patient: Patient, due: date) -> tuple[Proposal, ...]:
    return stop_proposals(patient.case, due, ()) if patient.case.orders else cbc_proposals(patient.case, due)


def _ask(
    patient: Patient, recovery: Recovery, following: NextDose, unclear: tuple[Missing, ...], due: date
) -> Recommendation:
    for missing in unclear:
        patient.trace.say(missing.rule, "fired", f"{missing.fact}: {missing.reason}")
    grave = any(m.rule == patient.rules.role(Role.CONFLICT).id for m in unclear)
    return decision(
        patient,
        Action.REQUEST_DATA,
        Urgency.CRITICAL if grave else Urgency.WARNING,
        [m.rule for m in unclear] + list(recovery.rules),
        "resume-unclear",
        words=_hold_words(patient, recovery, _count_readings(patient, LINES))
        | {
            "what": "; ".join(f"{_FACT_NAMES.get(m.fact, m.fact)}: {m.reason}" for m in unclear),
            "due": due.isoformat(),
        },
        next_cbc_due=due,
        inputs=[*_inputs(patient, recovery), *following.inputs],
        missing=unclear,
        proposals=cbc_proposals(patient.case, due),
    )


def _resume(patient: Patient, recovery: Recovery, following: NextDose, due: date) -> Recommendation:
    asks_bleeding = any(o.row.without_bleeding for o in recovery.cause)
    new_dose = following.dose.words if following.dose is not None else "the next lower dose"
    brief = following.dose.brief if following.dose is not None else new_dose
    missing = (
        [Missing("bleeding", patient.facts.unseen["conditions"])]
        if asks_bleeding and "conditions" in patient.facts.unseen
        else []
    )
    return decision(
        patient,
        Action.RESUME_SAME if following.is_same else Action.RESUME_REDUCED,
        Urgency.WARNING,
        (*recovery.rules, *following.rules),
        _resume_message(patient, following, asks_bleeding),
        words=_hold_words(patient, recovery, _count_readings(patient, LINES))
        | {"new_dose": new_dose, "new_dose_brief": brief, "due": due.isoformat()},
        dose=following.dose,
        note=following.note if following.is_choice else "",
        next_cbc_due=due,
        inputs=[*_inputs(patient, recovery), *following.inputs],
        missing=missing,
        assumptions=_no_bleeding(patient) if asks_bleeding else (),
        proposals=_resuming(patient, following, due),
    )


def _no_bleeding(patient: Patient) -> tuple[str, ...]:
    """That there is no bleeding, and which old bleed without an end that takes to be over."""
    older = bleeds(patient, is_recent=False)
    if not older:
        return ("No bleeding: none is recorded as active.",)
    named = "; ".join(f"{b.value} of {b.on.isoformat()}" if b.on is not None else b.value for b in older)
    return (f"{named} has no end on file and is taken to be over: is it?",)


def _resuming(patient: Patient, following: NextDose, due: date) -> tuple[Proposal, ...]:
    if patient.case.orders:
        return ()
    return resume_proposals(patient, following.dose, due) if following.dose else cbc_proposals(patient.case, due)


def _resume_message(patient: Patient, following: NextDose, asks_bleeding: bool) -> str:
    if following.is_choice:
        return "resume-choice"
    if following.is_same:
        return "resume-same"
    if asks_bleeding:
        return "resume-ask-bleeding"
    return patient.regimen.resume_message
