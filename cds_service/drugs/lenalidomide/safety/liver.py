"""Liver enzymes under treatment (US label 5.8; the multiples of the upper limit are ours).

When: lenalidomide is taken or on hold and ALT or AST is above the laboratory's upper limit of normal.
Then: above three times the limit treatment is held; up to three times it is reviewed. Without a limit a result that the
laboratory flags as high is reviewed, and any other is said to lack its limit.
"""

from __future__ import annotations

from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision, stop_proposals
from cds_service.dosing.data_quality import available
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold

RULE = "US-MON-LFT"
_HIGH, _NOT_HIGH = ("H", "HH", "HU"), ("N", "L", "LL", "LU")


def liver(view: View) -> list[Recommendation]:
    """What the latest liver enzymes under treatment call for."""
    if view.law != "US" or view.is_start:
        return []
    multiple = view.numbers("LIVER-LIMITS")["hold_above_uln"]
    taken = {fact: _under_treatment(view, fact) for fact in ("alt", "ast")}
    found = {fact: [r for r in rs if _has_limit(r)] for fact, rs in taken.items()}
    without = [r for rs in taken.values() for r in rs if not _has_limit(r)]
    flagged = [r for r in without if r.flag in _HIGH]
    open_ones = [r for r in without if r.flag not in (*_HIGH, *_NOT_HIGH)]
    high = {fact: [r for r in rs if _is_above(r, multiple) is not False] for fact, rs in found.items()}
    grave = [r for fact, rs in high.items() if rs and len(rs) == len(found[fact]) for r in rs if _is_above(r, multiple)]
    unsure = [r for fact, rs in high.items() for r in rs if r not in grave]
    raised = [r for rs in found.values() for r in rs if _is_above(r, 1) is not False]
    raised += flagged
    asked = [_ask_limit(view, open_ones)] if open_ones else []
    if not any(found.values()) and not flagged:
        view.trace.say(RULE, "unknown", "no liver enzymes with an upper limit of normal under treatment")
        return asked
    view.trace.say(
        RULE, "fired" if raised else "not met", "; ".join(_words(view, r) for r in raised) or "within normal limits"
    )
    if grave:
        return [_hold(view, grave), *asked]
    if unsure:
        return [_ask(view, unsure), *asked]
    return [*([_review(view, raised)] if raised else []), *asked]


def _has_limit(reading: Reading) -> bool:
    return reading.upper_limit is not None and reading.upper_limit > 0


def _under_treatment(view: View, fact: str) -> list[Reading]:
    """The latest result of an enzyme since the first dose."""
    firsts = view.therapy.first_doses
    return [r for r in available(view.case, fact).decisive if not firsts or r.on >= min(firsts)]


def _is_above(reading: Reading, multiple: int) -> bool | None:
    return reading.amount.is_above(multiple * reading.upper_limit) if reading.upper_limit is not None else None


def _words(view: View, reading: Reading) -> str:
    times = ""
    if reading.upper_limit and reading.amount.is_exact:
        multiple = reading.amount.value / reading.upper_limit
        # Rounded to one decimal, 3.025 would read as the limit that it lies above.
        near = {1, int(view.numbers("LIVER-LIMITS")["hold_above_uln"])} - {multiple}
        places = next((n for n in (1, 2, 3) if plain(multiple, n) not in {str(limit) for limit in near}), 4)
        times = f" ({plain(multiple, places)} × ULN)"
    elif reading.flag:
        times = f" (flagged {reading.flag})"
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
        words={"what": "; ".join(_words(view, r) for r in grave), "due": due.isoformat()},
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
        words={"what": "; ".join(_words(view, r) for r in unsure)},
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
        words={"what": "; ".join(_words(view, r) for r in raised)},
        inputs=[Input.of(r) for r in raised],
    )


def _ask_limit(view: View, without: list[Reading]) -> Recommendation:
    """Results without the laboratory's limit and without its flag: nobody here can tell whether they are high."""
    return decision(
        view.case,
        view.indication,
        Action.REQUEST_DATA,
        Urgency.INFO,
        (RULE, "LIVER-LIMITS"),
        "liver-no-limit",
        words={"what": "; ".join(_words(view, r) for r in without)},
        inputs=[Input.of(r) for r in without],
        missing=[Missing(r.fact, "no upper limit of normal came with it", "LIVER-LIMITS") for r in without],
    )
