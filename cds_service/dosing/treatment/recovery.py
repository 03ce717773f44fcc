"""Whether a line of counts has recovered by the row that caused the hold.

When: a line fell and treatment is on hold.
Then: the latest count at or above the row's criterion; where the row has a second way (EU platelets), also a lower count
that held on several occasions for some days, or the criterion once met, with no count below the lower bound in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.recommendation import Input
from cds_service.dosing.count_rows import LINES, CountRow
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.hold_cause import (
    HOLD_AFTER_COUNT,
    OpenLine,
    open_lines,
    possible_lines,
    still_falls,
)
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.requests import not_known


@dataclass(frozen=True, slots=True)
class Recovery:
    """How far the open lines have come: those not recovered, those that cannot be told, and the counts that show a recovery."""

    cause: tuple[OpenLine, ...]
    unmet: tuple[str, ...]
    unclear: tuple[Missing, ...]
    rules: tuple[str, ...]
    bleeding: tuple[Input, ...] = ()
    counts: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Recovered:
    """The answer and the counts it rests on. `met` None: a result reported as a range leaves it open."""

    met: bool | None
    counts: tuple[Reading, ...] = ()


def recovered(row: CountRow, latest: Reading, since_fall: Sequence[Reading]) -> Recovered:
    """Whether the row lets treatment resume.

    Args: the latest count, and the deciding counts after the one that fell, oldest first.
    """
    at_once = latest.amount.is_at_least(row.resume_at_least)
    if at_once or row.repeated is None:
        return Recovered(at_once, (latest,))
    holds = latest.amount.is_at_least(row.repeated.at_least)
    if not holds:
        return Recovered(holds, (latest,))
    run = [latest]
    for reading in reversed([r for r in since_fall if r.on <= latest.on and r.reference != latest.reference]):
        if not reading.amount.is_at_least(row.repeated.at_least):
            break
        run.append(reading)
    run.reverse()
    reached = [r for r in run if r.amount.is_at_least(row.resume_at_least)]
    if reached:
        return Recovered(True, (reached[-1], latest))
    lasted = len(run) >= row.repeated.occasions and (latest.on - run[0].on).days >= row.repeated.for_days
    return Recovered(True, tuple(run)) if lasted else Recovered(None if at_once is None else False, tuple(run))


def recovery_of(patient: Patient) -> Recovery:
    """How far each line has come that caused the hold or fell during it."""
    cause = open_lines(patient)
    ids = patient.regimen.ids
    unmet: list[str] = []
    unclear: list[Missing] = []
    rules: list[str] = []
    bleeding: tuple[Input, ...] = ()
    counts: list[Reading] = []
    by_line = {o.line: o for o in cause}
    for line in LINES:
        readings = patient.counts[line].decisive
        opened = by_line.get(line)
        if any(_keeps_back(patient, opened, r) for r in patient.counts[line].preliminary):
            unclear.append(
                Missing(
                    line,
                    "a later result is only preliminary and not recovered",
                    patient.rules.role(Role.PRELIMINARY).id,
                )
            )
        if opened is None:
            fallen = [still_falls(patient, line, r) for r in readings]
            if True in fallen:
                unmet.append(line)
                rules += ids.both_lines or [r.id for r in patient.regimen.rows(patient.therapy.dose, line)]
            elif None in fallen:
                unclear.append(
                    Missing(line, "the result is a range that leaves it open", patient.rules.role(Role.COMPARATOR).id)
                )
            continue
        rules += opened.rules
        answered = [recovered(opened.row, r, _since_fall(patient, opened)) for r in readings]
        answers = [a.met for a in answered]
        counts += [count for a in answered if a.met for count in a.counts]
        if opened.row.without_bleeding:
            bleeding = bleeds(patient, is_recent=True)
        if False in answers and True in answers:
            unclear.append(Missing(line, "two results at one time", patient.rules.role(Role.CONFLICT).id))
        elif False in answers or (opened.row.without_bleeding and bleeding):
            unmet.append(line)
        elif None in answers:
            unclear.append(
                Missing(line, "the result is a range that leaves it open", patient.rules.role(Role.COMPARATOR).id)
            )
        elif line == "platelets" and answers and any(_was_transfused(patient, r) for a in answered for r in a.counts):
            after = patient.rules.role(Role.AFTER_TRANSFUSION)
            why = f"counted within {after.number('days')} days after a platelet transfusion"
            unclear.append(Missing(line, why, after.id))
        if opened.trigger.on < patient.today:
            why = f"{line}: the row of {opened.trigger.on} decides: {opened.row.id}"
            for rule_id in ids.row_lock:
                patient.trace.say(rule_id, "fired", why)
    unclear += _perhaps_held(patient)
    if len(cause) > 1:
        rules += ids.both_lines
        for rule_id in ids.both_lines:
            patient.trace.say(rule_id, "fired", "both lines met a row")
    if not cause and not unmet:
        unmet, unclear_cause = _without_cause(patient)
        unclear += unclear_cause
        rules += [r.id for line in unmet for r in patient.regimen.rows(patient.therapy.dose, line)]
    for opened in cause:
        outcome = "fired" if opened.line in unmet else "not met"
        for rule_id in opened.rules:
            patient.trace.say(
                rule_id,
                outcome,
                f"caused the hold; {opened.line} " + ("not recovered" if opened.line in unmet else "recovered"),
            )
    return Recovery(cause, tuple(unmet), tuple(unclear), tuple(dict.fromkeys(rules)), bleeding, tuple(counts))


def _perhaps_held(patient: Patient) -> list[Missing]:
    """What is not known of a count that may have caused the hold, or cannot be used, where the line may not have recovered."""
    found: list[Missing] = []
    for verdict, row in possible_lines(patient):
        line = verdict.reading.fact
        perhaps = OpenLine(line, row, verdict.rules, verdict.reading)
        since = _since_fall(patient, perhaps)
        if any(recovered(row, r, since).met is not True for r in patient.counts[line].decisive):
            found += not_known(patient, line, sorted(verdict.unknown))
    opened = {each.line for each in open_lines(patient)}
    rule = next(iter(patient.regimen.ids.row_lock), patient.regimen.rows(patient.therapy.dose, LINES[0])[0].id)
    for gap in _unread_at_hold(patient, rule):
        rows = patient.regimen.rows(patient.therapy.dose, gap.fact)
        enough = max((row.resume_at_least for row in rows), default=0)
        counts = patient.counts[gap.fact].decisive
        if gap.fact not in opened and any(r.amount.is_at_least(enough) is not True for r in counts):
            found.append(gap)
    return list(dict.fromkeys(found))


def _since_fall(patient: Patient, opened: OpenLine) -> list[Reading]:
    """The deciding counts of a line after the one that opened it."""
    fell = opened.trigger
    return [
        r
        for r in patient.facts.decisive(opened.line)
        if r.on > fell.on or (r.on == fell.on and r.at is not None and fell.at is not None and r.at > fell.at)
    ]


def _keeps_back(patient: Patient, opened: OpenLine | None, reading: Reading) -> bool:
    """Whether a later, preliminary result speaks against resuming."""
    if opened is None:
        return still_falls(patient, reading.fact, reading) is not False
    return not recovered(opened.row, reading, _since_fall(patient, opened)).met


def _without_cause(patient: Patient) -> tuple[list[str], list[Missing]]:
    """No count explains the hold. A count below every criterion of its line keeps it; else the reason is asked for."""
    unmet = []
    for line in LINES:
        lowest = min((r.lowest_recovery for r in patient.regimen.rows(patient.therapy.dose, line)), default=0)
        if any(r.amount.is_below(lowest) for r in patient.counts[line].decisive):
            unmet.append(line)
    reason = patient.therapy.hold_reason
    asked = "no count of the hold day met a row" + (f"; the record says: {reason[:80]}" if reason else "")
    rule = next(iter(patient.regimen.ids.row_lock), patient.regimen.rows(patient.therapy.dose, LINES[0])[0].id)
    if unmet:
        return unmet, []
    perhaps = [gap for v, _ in possible_lines(patient) for gap in not_known(patient, v.reading.fact, sorted(v.unknown))]
    return unmet, [Missing("holdReason", asked, rule), *_unread_at_hold(patient, rule), *dict.fromkeys(perhaps)]


def _unread_at_hold(patient: Patient, rule: str) -> list[Missing]:
    """The counts of the hold day and the days before it that cannot be used: one of them may have caused it."""
    since = patient.therapy.hold_since
    return [
        Missing.of(unread, rule)
        for line in LINES
        for unread in patient.facts.refused(line)
        if not unread.is_other_test
        and unread.on not in {r.on for r in patient.facts.series(line)}
        and (unread.on is None or (since is not None and since - HOLD_AFTER_COUNT <= unread.on <= since))
    ]


def bleeds(patient: Patient, is_recent: bool) -> tuple[Input, ...]:
    """The bleeds without an end: those that began in the last days, which keep a hold, or the older ones, which are asked about.

    Missing: one without an onset began when it was recorded; without any date it is recent.
    """
    earliest = patient.today - timedelta(days=patient.rules.role(Role.BLEEDING).number("days"))
    open_ones = [
        (d.text, d.onset_to or d.recorded_on, d.reference) for d in patient.facts.has_diagnosis("bleeding")
    ] + [(e.text, e.on, e.reference) for e in patient.facts.events_of("bleeding")]
    return tuple(
        Input("bleeding", text or "bleeding", on=on, reference=reference)
        for text, on, reference in open_ones
        if (on is None or on >= earliest) is is_recent
    )


def _was_transfused(patient: Patient, reading: Reading) -> bool:
    earliest = reading.on - timedelta(days=patient.rules.role(Role.AFTER_TRANSFUSION).number("days"))
    events = patient.facts.events_of("platelet-transfusion")
    return any(e.on is None or earliest <= e.on <= reading.on for e in events)
