"""Liver enzymes under treatment (US label 5.8; the multiples of the upper limit are ours).

When: lenalidomide is taken or on hold and ALT or AST is above the laboratory's upper limit of normal.
Then: above three times the limit treatment is held; up to three times it is reviewed. Without a limit nothing is judged.
"""

from __future__ import annotations

from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.drugs.lenalidomide.build import decision, stop_proposals
from cds_service.drugs.lenalidomide.data_quality import available
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold, numbers

RULE = "US-MON-LFT"


def liver(view: View) -> list[Recommendation]:
    """What the latest liver enzymes under treatment call for."""
    if view.law != "US" or view.is_start:
        return []
    multiple = numbers("LIVER-LIMITS")["hold_above_uln"]
    found = {fact: _under_treatment(view, fact) for fact in ("alt", "ast")}
    high = {fact: [r for r in rs if _is_above(r, multiple) is not False] for fact, rs in found.items()}
    grave = [r for fact, rs in high.items() if rs and len(rs) == len(found[fact]) for r in rs if _is_above(r, multiple)]
    unsure = [r for fact, rs in high.items() for r in rs if r not in grave]
    raised = [r for rs in found.values() for r in rs if _is_above(r, 1) is not False]
    if not any(found.values()):
        view.trace.say(RULE, "unknown", "no liver enzymes with an upper limit of normal under treatment")
        return []
    view.trace.say(
        RULE, "fired" if raised else "not met", "; ".join(_words(r) for r in raised) or "within normal limits"
    )
    if grave:
        return [_hold(view, grave)]
    if unsure:
        return [_ask(view, unsure)]
    return [_review(view, raised)] if raised else []


def _under_treatment(view: View, fact: str) -> list[Reading]:
    """The latest result of an enzyme since the first dose, with its upper limit."""
    firsts = view.therapy.first_doses
    return [
        r
        for r in available(view.facts, fact, view.today).decisive
        if r.upper_limit is not None and r.upper_limit > 0 and (not firsts or r.on >= min(firsts))
    ]


def _is_above(reading: Reading, multiple: int) -> bool | None:
    return reading.amount.is_above(multiple * reading.upper_limit) if reading.upper_limit is not None else None


def _words(reading: Reading) -> str:
    times = ""
    if reading.upper_limit and reading.amount.is_exact:
        times = f" ({plain(reading.amount.value / reading.upper_limit, 1)} × ULN)"
    return f"{reading.fact.upper()} {reading.reported} {reading.reported_unit}{times}"


def _hold(view: View, grave: list[Reading]) -> Recommendation:
    due = cbc_due_on_hold(view)
    return decision(
        view.case,
        view.indication,
        Action.REMAIN_ON_HOLD if view.is_on_hold else Action.HOLD,
        Urgency.CRITICAL,
        (RULE, "LIVER-LIMITS"),
        "liver-remain" if view.is_on_hold else "liver-hold",
        words={"what": "; ".join(_words(r) for r in grave), "due": due.isoformat()},
        next_cbc_due=due,
        inputs=[Input.of(r) for r in grave],
        note="After return to baseline a lower dose may be considered.",
        proposals=stop_proposals(view.case, due, () if view.is_on_hold else view.therapy.references),
    )


def _ask(view: View, unsure: list[Reading]) -> Recommendation:
    """Results of one time, or a range, that lie on both sides of the limit: one of them would hold treatment."""
    return decision(
        view.case,
        view.indication,
        Action.REQUEST_DATA,
        Urgency.CRITICAL,
        ("GEN-CONFLICT", RULE, "LIVER-LIMITS"),
        "liver-unclear",
        words={"what": "; ".join(_words(r) for r in unsure)},
        inputs=[Input.of(r) for r in unsure],
        missing=[Missing(unsure[0].fact, "results that decide differently", "GEN-CONFLICT")],
    )


def _review(view: View, raised: list[Reading]) -> Recommendation:
    return decision(
        view.case,
        view.indication,
        Action.REVIEW,
        Urgency.WARNING,
        (RULE, "LIVER-LIMITS"),
        "liver-review",
        words={"what": "; ".join(_words(r) for r in raised)},
        inputs=[Input.of(r) for r in raised],
    )
