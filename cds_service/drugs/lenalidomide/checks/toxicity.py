"""Other toxicity by grade (US label 2.5, 5.9, 5.10, 5.11; EU SmPC 4.2).

When: a graded reaction is reported under treatment.
Then: grade 3 or 4 holds treatment unless it is noted as unrelated; at grade 2 or less it may restart at the next lower
dose, at the physician's discretion; a rash of grade 2 (EU also 3) is reviewed. A tumour flare, and in the EU tumour lysis,
have rows of their own; in the US tumour lysis below grade 3 is reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Recommendation, Resume, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.decisions import ask, fires, review
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.reports import Report, course, day_wanted, reports
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold, hold_orders, kept_away

_FLARE = re.compile(r"\btumou?r flare\b|\btumorflare", re.IGNORECASE)
NEXT_LOWER = "Then the next lower dose at the physician's discretion"
_KNOWN = frozenset({"rash", "diarrhea"})
# Reactions whose way out has a row of its own.
_OWN_ROWS = ("tumor-flare", "tumor-lysis")


def toxicity(view: View) -> list[Recommendation]:
    """What graded toxicity under treatment calls for; before a start there is none."""
    # Where the hold is understood by its reason, its way out says more than the recovery alone.
    understood = {"toxicity-recovered"} if view.is_held_for("rash", "toxicity", *_OWN_ROWS) else set()
    understood |= {"skin-review"} if view.is_held_for("rash") else set()
    understood |= {"flare-inform"} if view.is_held_for(*_OWN_ROWS) else set()
    return [r for r in _graded(view) if r.message not in understood]


def _graded(view: View) -> list[Recommendation]:
    rule_id = view.choose("US-NONHEM-G34", "EU-NONHEM")
    if view.is_start:
        view.trace.say(rule_id, "not applicable", "treatment has not begun")
        return []
    own = [
        r
        for r in reports(view)
        if r.is_related
        and not r.is_severe_reaction
        and not r.is_blood_count
        and r.when != "before"
        # Bleeding, and in the SmPC thromboembolic events, have rules of their own.
        and "bleeding" not in r.concepts
        and not (view.law == "EU" and r.concepts & {"vte", "ate"})
    ]
    skin_rule = view.choose("US-SKIN", "EU-SKIN")
    holding, recovered, skin, withheld, ungraded = [], [], [], [], []
    wanted: dict[str, str] = {}
    for group in course(own):
        latest = _latest(group)
        wanted[latest.key] = day_wanted(group, latest)
        own_rule = _own_rule(view, latest)
        if own_rule:
            withheld += [(own_rule, latest)] if latest.is_active else []
            continue
        if "rash" in latest.concepts and _is_skin(view, skin_rule, latest):
            skin.append(latest)
        elif view.law == "EU" and "rash" in latest.concepts:
            pass
        elif latest.is_active and _holds(view, latest):
            holding.append(latest)
        elif view.is_on_hold and (high := _high(view, group)):
            recovered.append((high, latest))
        is_graded_elsewhere = "rash" in latest.concepts or (latest.is_adverse_event and latest.names_drug)
        if latest.is_active and latest.grade is None and is_graded_elsewhere:
            ungraded.append(latest)
    told = "; ".join(r.words for r in (*holding, *(low for _, low in recovered)))
    fires(view, rule_id, told, told or "no toxicity of grade 3 or 4 under treatment on file")
    result = [_hold(view, rule_id, holding, wanted)] if holding else []
    result += [_recovered(view, rule_id, *pair) for pair in recovered[:1] if not holding]
    result += [_skin(view, skin_rule, r) for r in skin[-1:]]
    result += [_by_own_rule(view, *pair, wanted) for pair in withheld[-1:]]
    result += [_ungraded(view, rule_id, r) for r in ungraded[-1:] if not holding]
    return result + _lysis(view, own)


def _own_rule(view: View, report: Report) -> str:
    """The rule that the document has for this kind of reaction alone; "" where it has none."""
    if _FLARE.search(report.text):
        return view.choose("US-WP-TFR", "EU-TFR")
    return view.choose("", "EU-TLS") if "tumor-lysis" in report.concepts else ""


def _is_skin(view: View, rule: str, report: Report) -> bool:
    """Whether a rash is one that the document wants weighed; from the grade of a hold on it is a hold in the US."""
    if not report.is_active or not _counts(report):
        return False
    resumed_on, weighed = view.therapy.resumed_on, view.numbers("HOLD-TOXICITY")["grade_at_most"]
    is_earlier = resumed_on is not None and report.on is not None and report.on <= resumed_on
    if is_earlier and report.grade is not None and report.grade <= weighed:
        # Treatment was resumed with it.
        return False
    return report.grade in view.numbers(rule)["rash_grades"] and not (view.law == "US" and _holds(view, report))


def _latest(group: tuple[Report, ...]) -> Report:
    """The report that tells the present state: the newest, of two of one day the higher grade; undated ones only alone."""
    dated = [r for r in group if r.on is not None]
    return dated[-1] if dated else group[-1]


def _counts(report: Report) -> bool:
    """Whether the grade may be used: a word such as "severe" only for reactions known to be graded, or AdverseEvents."""
    return report.grade is not None and (
        not report.is_worded or report.is_adverse_event or bool(report.concepts & _KNOWN)
    )


def _holds(view: View, report: Report) -> bool:
    least: int = view.numbers(view.choose("US-NONHEM-G34", "EU-NONHEM"))["hold_grade_at_least"]
    return _counts(report) and report.grade is not None and report.grade >= least


def _high(view: View, group: tuple[Report, ...]) -> Report | None:
    """The report of the group that treatment was interrupted for: grade 3 or more at the dose before the hold."""
    since = view.therapy.dose_since
    high = [r for r in group if _holds(view, r) and r.on is not None and (since is None or r.on >= since)]
    return high[-1] if high else None


def _hold(view: View, rule_id: str, holding: list[Report], wanted: Mapping[str, str]) -> Recommendation:
    due = cbc_due_on_hold(view)
    grade = f"grade {view.numbers(rule_id)['restart_grade_at_most']} or less"
    action, urgency, end = kept_away(view)
    return decision(
        view,
        action,
        urgency,
        (rule_id,),
        f"toxicity-{end}",
        words={"what": holding[-1].words, "due": due.isoformat()},
        resume=Resume(f"toxicity at {grade}"),
        next_cbc_due=due,
        inputs=[r.input for r in holding],
        note=" ".join(filter(None, (f"{NEXT_LOWER}.", *(wanted[r.key] for r in holding)))),
        assumptions=["The toxicity is counted as related to lenalidomide: nothing on file says otherwise."],
        proposals=hold_orders(view, due),
        causes={"rash" if "rash" in r.concepts else "toxicity" for r in holding},
    )


def _recovered(view: View, rule_id: str, high: Report, latest: Report) -> Recommendation:
    now = latest.words if latest.is_active else f"{latest.words}, resolved"
    return decision(
        view,
        Action.RESUME_REDUCED,
        Urgency.WARNING,
        (rule_id,),
        "toxicity-recovered",
        words={"what": now, "before": high.words},
        next_cbc_due=cbc_due_on_hold(view),
        inputs=[high.input, *([latest.input] if latest is not high else [])],
        note="Restart at the next lower dose at the physician's discretion.",
    )


def _skin(view: View, rule: str, report: Report) -> Recommendation:
    view.trace.say(rule, "fired", report.words)
    return review(view, (rule,), "skin-review", words={"what": report.words}, inputs=[report.input])


def _ungraded(view: View, rule_id: str, report: Report) -> Recommendation:
    words, missing = {"what": report.words}, [Missing("toxicityGrade", "no CTCAE grade recorded", rule_id)]
    return ask(view, (rule_id,), "toxicity-ungraded", words=words, inputs=[report.input], missing=missing)


def _by_own_rule(view: View, rule: str, report: Report, wanted: Mapping[str, str]) -> Recommendation:
    """A reaction with a row of its own: from its grade on a hold until the row's lower grade; below it is information."""
    view.trace.say(rule, "fired", report.words)
    due = cbc_due_on_hold(view)
    data = view.numbers(rule)
    resume = data.get("resume_grade_at_most", data.get("resume_grade"))
    if report.is_active and report.grade is None and not view.is_on_hold:
        return _ungraded(view, rule, report)
    is_grave = report.is_active and report.grade is not None and report.grade >= data["hold_grade_at_least"]
    stays = view.is_on_hold and report.is_active and (report.grade is None or report.grade > resume)
    holds = is_grave or stays
    action, urgency, _ = kept_away(view) if holds else (Action.INFORM, Urgency.INFO, "")
    message = "flare-inform" if not holds else "toxicity-remain" if view.is_on_hold else "flare-hold"
    # After a flare treatment goes on at the same dose, after a lysis at the next lower one.
    dose = None if "tumor-lysis" in report.concepts else view.therapy.dose
    return decision(
        view,
        action,
        urgency,
        (rule,),
        message,
        words={"what": report.words, "due": due.isoformat()},
        resume=Resume(f"at grade {resume} or less" if resume else "at grade 0", dose) if holds else None,
        next_cbc_due=due if holds else None,
        inputs=[report.input],
        note=" ".join(filter(None, (f"{NEXT_LOWER}." * (dose is None), wanted[report.key]))) if holds else "",
        proposals=hold_orders(view, due) if holds else (),
    )


def _lysis(view: View, own: list[Report]) -> list[Recommendation]:
    found = [r for r in own if r.is_active and "tumor-lysis" in r.concepts]
    if view.law != "US" or not found or any(_holds(view, r) for r in found):
        return []
    view.trace.say("US-WP-TLS", "fired", found[-1].words)
    return [review(view, ("US-WP-TLS",), "tumor-lysis", words={"what": found[-1].words}, inputs=[found[-1].input])]


CHECK = safety_check("toxicity", "other toxicity", toxicity)
