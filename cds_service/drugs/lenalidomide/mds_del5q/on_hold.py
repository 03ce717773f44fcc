"""A patient with MDS whose lenalidomide is on hold: stay on hold, resume, or ask?

When: treatment is interrupted.
Then: it resumes only when every line that fell meets the criterion of the row that caused the hold, on usable, recent,
untransfused counts and without bleeding where the row says so; then at the lowest dose that applies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.recommendation import Action, Input, Proposal, Recommendation, Resume, Urgency
from cds_service.drugs.lenalidomide.build import cbc_proposals, decision, stop_proposals
from cds_service.drugs.lenalidomide.mds_del5q.hold_cause import OpenLine, open_lines, still_falls
from cds_service.drugs.lenalidomide.mds_del5q.monitoring import CbcDue, next_cbc
from cds_service.drugs.lenalidomide.mds_del5q.on_treatment import escalate, is_febrile
from cds_service.drugs.lenalidomide.mds_del5q.requests import data_requests
from cds_service.drugs.lenalidomide.mds_del5q.sayings import count_words, course_inputs, course_words, resume_words
from cds_service.drugs.lenalidomide.mds_del5q.situation import LINES, Situation
from cds_service.drugs.lenalidomide.mds_del5q.tables import rows_for
from cds_service.drugs.lenalidomide.rulebook import RULES

POST_TRANSFUSION_DAYS: int = RULES["GEN-POSTTX"].data["days"]


@dataclass(frozen=True, slots=True)
class Recovery:
    """How far the open lines have come: those not recovered, those that cannot be told, and the dose to resume at."""

    cause: tuple[OpenLine, ...]
    unmet: tuple[str, ...]
    unclear: tuple[Missing, ...]
    rules: tuple[str, ...]
    dose: Dose | None
    bleeding: tuple[Input, ...] = ()


def assess_on_hold(of: Situation) -> tuple[list[Recommendation], CbcDue, Dose | None]:
    """The recommendations during a hold, the next CBC, and the dose to resume at (None: not now)."""
    fever = is_febrile(of)
    preliminary = any(of.counts[line].preliminary for line in LINES)
    cbc = next_cbc(of, True, ((of.today + timedelta(days=1),) if fever else ()) + ((of.today,) if preliminary else ()))
    recovery = _recovery(of)
    result = [escalate(of, cbc.due)] if fever else []
    if recovery.unmet:
        result.append(_remain(of, recovery, cbc.due))
    elif recovery.unclear:
        result.append(_ask(of, recovery, cbc.due))
    result += data_requests(of, cbc.due, stale_matters=not recovery.unmet)
    stopped = bool(recovery.unmet or recovery.unclear) or any(r.action is Action.REQUEST_DATA for r in result)
    if stopped:
        return result, cbc, None
    in_table = all(rows_for(of.therapy.dose, line)[1] for line in LINES)
    if not in_table or recovery.dose is None:
        result.append(_exhausted(of, recovery, cbc.due))
        return result, cbc, None
    return [*result, _resume(of, recovery, recovery.dose, cbc.due)], cbc, recovery.dose


def _recovery(of: Situation) -> Recovery:
    cause = open_lines(of)
    unmet: list[str] = []
    unclear: list[Missing] = []
    rules: list[str] = []
    bleeding: tuple[Input, ...] = ()
    by_line = {o.line: o for o in cause}
    for line in LINES:
        readings = of.counts[line].decisive
        opened = by_line.get(line)
        if any(_keeps_back(of, opened, r) for r in of.counts[line].preliminary):
            unclear.append(Missing(line, "a later result is only preliminary and not recovered", "GEN-STATUS"))
        if opened is None:
            fallen = [still_falls(of, line, r) for r in readings]
            if True in fallen:
                unmet.append(line)
                rules.append("US-MDS-BOTH")
            elif None in fallen:
                unclear.append(Missing(line, "the result is a range that leaves it open", "GEN-COMPARATOR"))
            continue
        rules += opened.rules
        answers = [r.amount.is_at_least(opened.row.resume_at_least) for r in readings]
        if opened.row.without_bleeding:
            bleeding = _bleeding(of)
        if False in answers and True in answers:
            unclear.append(Missing(line, "two results at one time", "GEN-CONFLICT"))
        elif False in answers or (opened.row.without_bleeding and bleeding):
            unmet.append(line)
        elif None in answers:
            unclear.append(Missing(line, "the result is a range that leaves it open", "GEN-COMPARATOR"))
        elif line == "platelets" and answers and any(_was_transfused(of, r) for r in readings):
            unclear.append(Missing(line, "counted within 7 days after a platelet transfusion", "GEN-POSTTX"))
        if opened.trigger.on < of.today:
            of.trace.say("US-MDS-ROWLOCK", "fired", f"{line}: the row of {opened.trigger.on} decides: {opened.row.id}")
    if len(cause) > 1:
        rules.append("US-MDS-BOTH")
        of.trace.say("US-MDS-BOTH", "fired", "both lines met a row")
    if not cause and not unmet:
        unmet, unclear_cause = _without_cause(of)
        unclear += unclear_cause
        rules += [r.id for line in unmet for r in rows_for(of.therapy.dose, line)[0]]
    for opened in cause:
        outcome = "fired" if opened.line in unmet else "not met"
        for rule_id in opened.rules:
            of.trace.say(
                rule_id,
                outcome,
                f"caused the hold; {opened.line} " + ("not recovered" if opened.line in unmet else "recovered"),
            )
    dose = min((o.row.resume_dose for o in cause), key=lambda d: d.mg_per_day, default=None)
    return Recovery(cause, tuple(unmet), tuple(unclear), tuple(dict.fromkeys(rules)), dose, bleeding)


def _keeps_back(of: Situation, opened: OpenLine | None, reading: Reading) -> bool:
    """Whether a later, preliminary result speaks against resuming."""
    if opened is None:
        return still_falls(of, reading.fact, reading) is not False
    return not reading.amount.is_at_least(opened.row.resume_at_least)


def _without_cause(of: Situation) -> tuple[list[str], list[Missing]]:
    """No count explains the hold. A count below every criterion of its line keeps it; else the reason is asked for."""
    unmet = []
    for line in LINES:
        rows, _ = rows_for(of.therapy.dose, line)
        lowest = min((r.resume_at_least for r in rows), default=0)
        if any(r.amount.is_below(lowest) for r in of.counts[line].decisive):
            unmet.append(line)
    reason = of.therapy.hold_reason
    asked = "no count of the hold day met a row" + ("; the record gives another reason" if reason else "")
    return unmet, [] if unmet else [Missing("holdReason", asked, "US-MDS-ROWLOCK")]


def _bleeding(of: Situation) -> tuple[Input, ...]:
    return tuple(
        Input("bleeding", d.text or "bleeding", on=d.onset_from, reference=d.reference)
        for d in of.facts.has_diagnosis("bleeding")
    )


def _was_transfused(of: Situation, reading: Reading) -> bool:
    earliest = reading.on - timedelta(days=POST_TRANSFUSION_DAYS)
    events = of.facts.events_of("platelet-transfusion")
    return any(e.on is None or earliest <= e.on <= reading.on for e in events)


def _count_readings(of: Situation, lines: tuple[str, ...]) -> list[Reading]:
    return [r for line in lines for r in of.counts[line].decisive[:1]]


def _hold_words(of: Situation, recovery: Recovery, readings: list[Reading]) -> dict[str, str]:
    since = of.therapy.hold_since
    return (
        count_words(readings)
        | course_words(of)
        | {
            "since": since.isoformat() if since is not None else "an unknown day",
            "resume": resume_words([o.row for o in recovery.cause]) or "the criterion of the row that caused the hold",
            "cause": ", ".join(f"{r}" for o in recovery.cause for r in o.rules) or "not found in the counts",
            "bleeding": "; active bleeding is recorded" if recovery.bleeding else "",
        }
    )


def _inputs(of: Situation, recovery: Recovery) -> list[Input]:
    triggers = [Input.of(o.trigger) for o in recovery.cause]
    return [Input.of(r) for r in _count_readings(of, LINES)] + triggers + list(recovery.bleeding) + course_inputs(of)


def _remain(of: Situation, recovery: Recovery, due: date) -> Recommendation:
    in_table = all(rows_for(of.therapy.dose, line)[1] for line in LINES)
    rules = recovery.rules or ("US-MDS-BOTH",)
    rules = rules if in_table else ("US-MDS-SILENT-25", *rules)
    rows = [o.row for o in recovery.cause]
    resume = Resume(resume_words(rows), recovery.dose) if rows and in_table else None
    readings = _count_readings(of, recovery.unmet)
    return decision(
        of.case,
        of.indication,
        Action.REMAIN_ON_HOLD,
        Urgency.CRITICAL,
        rules,
        "remain-on-hold",
        words=_hold_words(of, recovery, readings) | {"due": due.isoformat()},
        resume=resume,
        next_cbc_due=due,
        inputs=_inputs(of, recovery),
        proposals=_stay_proposals(of, due),
    )


def _exhausted(of: Situation, recovery: Recovery, due: date) -> Recommendation:
    """Recovered, but the table has no lower dose: the haematologist decides."""
    of.trace.say("US-MDS-SILENT-25", "fired", "recovered at a dose below which the label has no row")
    return decision(
        of.case,
        of.indication,
        Action.REMAIN_ON_HOLD,
        Urgency.CRITICAL,
        ("US-MDS-SILENT-25", *recovery.rules),
        "table-exhausted",
        words=_hold_words(of, recovery, _count_readings(of, LINES)) | {"due": due.isoformat()},
        next_cbc_due=due,
        inputs=_inputs(of, recovery),
        note="The label has no lower dose to resume at: the haematologist decides.",
        proposals=_stay_proposals(of, due),
    )


def _stay_proposals(of: Situation, due: date) -> tuple[Proposal, ...]:
    return stop_proposals(of.case, due, ()) if of.case.orders else cbc_proposals(of.case, due)


def _ask(of: Situation, recovery: Recovery, due: date) -> Recommendation:
    for missing in recovery.unclear:
        of.trace.say(missing.rule, "fired", f"{missing.fact}: {missing.reason}")
    grave = any(m.rule == "GEN-CONFLICT" for m in recovery.unclear)
    return decision(
        of.case,
        of.indication,
        Action.REQUEST_DATA,
        Urgency.CRITICAL if grave else Urgency.WARNING,
        [m.rule for m in recovery.unclear] + list(recovery.rules),
        "resume-unclear",
        words=_hold_words(of, recovery, _count_readings(of, LINES))
        | {"what": "; ".join(f"{m.fact}: {m.reason}" for m in recovery.unclear), "due": due.isoformat()},
        next_cbc_due=due,
        inputs=_inputs(of, recovery),
        missing=recovery.unclear,
        proposals=cbc_proposals(of.case, due),
    )


def _resume(of: Situation, recovery: Recovery, dose: Dose, due: date) -> Recommendation:
    asks_bleeding = any(o.row.without_bleeding for o in recovery.cause)
    missing = (
        [Missing("bleeding", of.facts.unseen["conditions"])]
        if asks_bleeding and "conditions" in of.facts.unseen
        else []
    )
    return decision(
        of.case,
        of.indication,
        Action.RESUME_REDUCED,
        Urgency.WARNING,
        recovery.rules,
        "resume-ask-bleeding" if asks_bleeding else "resume",
        words=_hold_words(of, recovery, _count_readings(of, LINES)) | {"new_dose": dose.words, "due": due.isoformat()},
        dose=dose,
        next_cbc_due=due,
        inputs=_inputs(of, recovery),
        missing=missing,
        assumptions=("No bleeding: none is recorded as active, and counts cannot show it.",) if asks_bleeding else (),
        proposals=() if of.case.orders else cbc_proposals(of.case, due),
    )
