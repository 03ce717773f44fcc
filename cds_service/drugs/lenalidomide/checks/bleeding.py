"""Major bleeding (ours; the labels give no rule but ask for platelets without bleeding).

When: a bleed is on file or a new problem.
Then: an intracranial bleed of the last 90 days, or another major one of the last 7, holds treatment; a major one of the last
30 days is reviewed, urgently with platelets below 50,000/µL, and only told once it is over and its hold has its way out;
platelets and antithrombotics are shown with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import IntEnum

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.decisions import fires
from cds_service.drugs.lenalidomide.safety.antithrombotics import hold_option, renewed_after, surroundings
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.reports import Report, reports
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold, hold_orders, kept_away, stop_actions

RULE = "BLEEDING-MAJOR"
WAY_OUT = "HOLD-BLEEDING"


class Stage(IntEnum):
    """What a major bleed calls for, the least first."""

    OVER = 0
    WEIGHED = 1
    REVIEW = 2
    UNKNOWN = 3
    HOLD = 4


def bleeding(view: View) -> list[Recommendation]:
    """What the gravest major bleed calls for; other bleeds are judged with the counts."""
    staged = [(_stage(view, r), r) for r in reports(view) if _is_major(view, r)]
    gravest = max((stage for stage, _ in staged), default=Stage.OVER)
    own = [r for stage, r in staged if stage is gravest is not Stage.OVER]
    if not fires(view, RULE, own, "; ".join(r.words for r in own) or "no major bleeding to weigh"):
        return []
    decided = _decide(view, gravest, own)
    # Whether to go on after the bleed that treatment is held for is the question of the hold.
    is_weighed = decided.message == "bleeding-recent" and decided.urgency is Urgency.WARNING
    return [] if is_weighed and view.is_held_for("bleeding") else [decided]


def _is_major(view: View, report: Report) -> bool:
    """Major by its site, or recorded as severe or of grade 3 and above."""
    if "bleeding" not in report.concepts:
        return False
    least: int = view.numbers(RULE)["grade_at_least"]
    return "major-bleeding" in report.concepts or (report.grade is not None and report.grade >= least)


def _stage(view: View, report: Report) -> Stage:
    """Missing: without any date an active bleed is asked about; of a partial date both ends are looked at."""
    ages = report.ages(view.today)
    if ages is None:
        return Stage.UNKNOWN if report.is_active else Stage.OVER
    data = view.numbers(RULE)
    newest, oldest = ages
    is_intracranial = "intracranial-bleeding" in report.concepts
    limit = data["intracranial_days"] if is_intracranial else data["major_days"]
    if oldest <= limit:
        return Stage.HOLD
    if newest <= limit:
        return Stage.UNKNOWN
    if newest > data["review_days"]:
        return Stage.OVER
    return Stage.WEIGHED if _is_weighed(view, report) else Stage.REVIEW


def _is_weighed(view: View, report: Report) -> bool:
    """Whether it has ended for long enough, and the hold for it has its way out now or had it: lenalidomide was given again."""
    if report.ended_on is None:
        return False
    over_on = report.ended_on + timedelta(days=view.numbers(WAY_OUT)["ended_days"])
    return over_on <= view.today and (view.is_held_for("bleeding") or bool(renewed_after(view, over_on)))


def _decide(view: View, stage: Stage, own: Sequence[Report]) -> Recommendation:
    data = view.numbers(RULE)
    shown_beside = surroundings(view)
    due = cbc_due_on_hold(view)
    is_low = any(r.amount.is_below(data["platelets_below"]) is not False for r in shown_beside.platelets)
    action, urgency, message = Action.REVIEW, Urgency.WARNING, "bleeding-recent"
    offers = hold_option(view, due)
    missing = () if shown_beside.platelets else (Missing("platelets", "no result on file", RULE),)
    if stage is Stage.UNKNOWN:
        action, urgency, message = Action.REQUEST_DATA, Urgency.CRITICAL, "bleeding-undated"
        missing = (Missing("bleedingDate", "no date tells when it began", RULE), *missing)
    elif stage in (Stage.REVIEW, Stage.WEIGHED) and is_low:
        urgency = Urgency.CRITICAL
    elif stage is Stage.WEIGHED:
        action, urgency, message, offers = Action.INFORM, Urgency.INFO, "bleeding-weighed", ()
    elif stage is Stage.HOLD:
        action, urgency, end = kept_away(view)
        message = f"bleeding-{end}"
        offers = stop_actions(view) if view.is_start else hold_orders(view, due)
    return decision(
        view,
        action,
        urgency,
        (RULE,),
        message,
        words={"what": own[-1].words, "shown": shown_beside.words, "due": due.isoformat()},
        next_cbc_due=None if view.is_start else due,
        inputs=[*(r.input for r in own), *shown_beside.inputs],
        missing=missing,
        proposals=offers,
        folds=action is Action.INFORM,
        causes={"bleeding", *(["intracranial"] if any("intracranial-bleeding" in r.concepts for r in own) else [])},
    )


CHECK = safety_check("bleeding", "bleeding", bleeding, withholds=True)
