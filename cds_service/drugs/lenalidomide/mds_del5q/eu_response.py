"""The EU SmPC's stop rule: no erythroid response 4 months after the start (4.2).

When: lenalidomide was started 4 calendar months ago or earlier.
Then: without a fall of the red cell transfusions by half, or in a patient not transfused before the start without a rise of
hemoglobin by 1 g/dL, treatment is discontinued. Transfusions are counted in windows of equal length before the start and
after it, the latter ending on the 4-month day or today, whichever shows the response.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cds_service.clinical.blood_counts import baseline, latest
from cds_service.clinical.calendar import months_later
from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Action, Input, Proposal, Recommendation, Urgency
from cds_service.clinical.response import units_in
from cds_service.dosing.build import decision, suspensions, withdrawal_label, withdrawals
from cds_service.dosing.data_quality import available
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import course_inputs, course_words
from cds_service.dosing.treatment.schedule import next_count
from cds_service.dosing.words import counted, shown_on
from cds_service.drugs.lenalidomide.decisions import ask

RULE = "EU-MDS-STOP4M"


@dataclass(frozen=True, slots=True)
class Response:
    """Whether there is an erythroid response: None where `missing` leaves it open. `words` say what was compared."""

    is_there: bool | None
    words: str
    inputs: tuple[Input, ...] = ()
    missing: tuple[Missing, ...] = ()


def assess_response(patient: Patient) -> list[Recommendation]:
    """The stop, a request for what is lacking to judge the response, or nothing.

    Missing: an unknown first dose is asked for; several possible ones only where the answer differs.
    """
    if not patient.therapy.first_doses:
        patient.trace.say(RULE, "unknown", "the first dose is not known")
        return [_ask(patient, "the first-dose date", (Missing("firstDose", "not known", RULE),), ())]
    responses = [_response(patient, first) for first in patient.therapy.first_doses]
    answers = {r.is_there for r in responses}
    patient.trace.say(
        RULE, "fired" if answers == {False} else "unknown" if None in answers else "not met", responses[0].words
    )
    if answers == {False}:
        return [_stop(patient, responses[0])]
    if None in answers:
        unclear = next(r for r in responses if r.is_there is None)
        return [
            _ask(patient, " and ".join(dict.fromkeys(m.fact for m in unclear.missing)), unclear.missing, unclear.inputs)
        ]
    if len(answers) > 1:
        lacking = (Missing("firstDose", "more than one possible, and the stop rule depends on it", RULE),)
        return [_ask(patient, "the first-dose date", lacking, ())]
    return []


def _response(patient: Patient, first: date) -> Response:
    judged_on = months_later(first, patient.rules.number(RULE, "months"))
    if patient.today < judged_on:
        return Response(True, f"too early: the response is judged on {judged_on}")
    if "transfusions" in patient.facts.unseen:
        return Response(
            None,
            "transfusions not seen",
            missing=(Missing("transfusions", patient.facts.unseen["transfusions"], RULE),),
        )
    if any(e.on is None for e in patient.facts.events_of("rbc-transfusion")):
        return Response(None, "undated transfusion", missing=(Missing("transfusions", "one has no date", RULE),))
    for days in patient.rules.number(RULE, "window_days"):
        before = _units(patient, first, days)
        if before:
            # Of two windows with as many units the one of today is told.
            after, is_earlier = min(
                (_units(patient, day, days), day < patient.today) for day in (judged_on, patient.today)
            )
            enough = exact(patient.rules.number(RULE, "reduction_at_least"))
            weeks = days // 7
            when = f"to {judged_on}" if is_earlier else "now"
            words = f"{counted(before, 'red cell unit')} in the {weeks} weeks before the start, {after} in {weeks} weeks {when}"
            return Response((before - after) >= enough * before, words, (Input("rbcTransfusions", words),))
    return _by_hemoglobin(patient, first, judged_on)


def _units(patient: Patient, until: date, days: int) -> int:
    """Red cell units in a window of some days that ends on a day."""
    transfused = [e.on for e in patient.facts.events_of("rbc-transfusion") if e.on is not None]
    return units_in(transfused, until, days)


def _by_hemoglobin(patient: Patient, first: date, judged_on: date) -> Response:
    """The rise of hemoglobin in a patient who was not transfused before the start."""
    series = [r for r in patient.facts.decisive("hemoglobin") if r.on <= patient.today]
    before = baseline(series, first, patient.rules.number(RULE, "baseline_days_before"))
    after = [r for r in series if r.on > first]
    oldest = timedelta(days=patient.rules.number(RULE, "hemoglobin_days"))
    now = [
        r
        for day in (judged_on, patient.today)
        for r in latest([a for a in after if a.on <= day])
        if day - r.on <= oldest
    ]
    inputs = tuple(Input.of(r) for r in dict.fromkeys((*before, *now)))
    missing = []
    if not before:
        missing.append(Missing("baselineHemoglobin", "none before the first dose", RULE))
    unclear = _unclear_hemoglobin(patient)
    if not now:
        missing += unclear or [Missing("hemoglobin", f"none in the last {oldest.days} days", RULE)]
    if missing:
        return Response(None, "hemoglobin not on file", inputs, tuple(missing))
    rise = patient.rules.number(RULE, "hemoglobin_rise_at_least")
    rises = [_has_risen(b, n, rise) for b in before for n in now]
    words = f"not transfused before the start; hemoglobin {shown_on(before[0])}, then {shown_on(now[-1])}"
    if True not in rises and None in rises:
        return Response(None, words, inputs, (Missing("hemoglobin", "reported as a range", "GEN-COMPARATOR"),))
    if True not in rises and unclear:
        return Response(None, words, inputs, tuple(unclear))
    if True in rises and any(
        _units(patient, day, patient.rules.number(RULE, "window_days")[0]) for day in (judged_on, patient.today)
    ):
        # Red cells raise the hemoglobin by themselves: without any on file before, the rise proves nothing.
        why = "none on file before the start, some on treatment: the rise of hemoglobin may be theirs"
        return Response(None, words, inputs, (Missing("transfusions", why, RULE),))
    return Response(True in rises, words, inputs)


def _unclear_hemoglobin(patient: Patient) -> list[Missing]:
    """Why the newest hemoglobin cannot be used; empty where it can. It might be the one that shows the rise."""
    found = available(patient.case, "hemoglobin")
    unclear = [Missing.of(u, RULE) for u in found.refused[-1:]]
    return unclear or [Missing("hemoglobin", "preliminary", "GEN-STATUS")] * bool(found.preliminary)


def _has_risen(before: Reading, now: Reading, rise: Decimal) -> bool | None:
    if not before.amount.is_exact:
        return None
    return now.amount.is_at_least(exact(before.amount.value) + exact(rise))


def _stop(patient: Patient, response: Response) -> Recommendation:
    return decision(
        patient,
        Action.DISCONTINUE,
        Urgency.CRITICAL,
        (RULE,),
        "no-response",
        words=course_words(patient)
        | {"response": response.words, "months": plain(patient.rules.number(RULE, "months"))},
        next_cbc_due=next_count(patient).due,
        inputs=[*response.inputs, *course_inputs(patient)],
        proposals=_stopped(patient),
    )


def _stopped(patient: Patient) -> tuple[Proposal, ...]:
    """The call's orders are taken back and those of the chart stopped, a held one too, as for every stop."""
    going_on = patient.therapy.references if patient.therapy.state in ("active", "on-hold") else ()
    suspended = suspensions(patient.case, going_on, is_final=True)
    actions = (*withdrawals(patient.case), *suspended)
    label = "stop-treatment" if suspended else withdrawal_label(patient.case, "stop")
    return (Proposal(label, actions, is_recommended=True),) if actions else ()


def _ask(patient: Patient, what: str, missing: tuple[Missing, ...], inputs: tuple[Input, ...]) -> Recommendation:
    return ask(
        patient,
        (RULE, *(m.rule for m in missing)),
        "response-unknown",
        words=course_words(patient) | {"what": what, "months": plain(patient.rules.number(RULE, "months"))},
        inputs=[*inputs, *course_inputs(patient)],
        missing=missing,
    )
