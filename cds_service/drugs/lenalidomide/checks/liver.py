"""Liver enzymes and bilirubin under treatment (US label 5.8, SmPC 4.4; the multiples are ours).

When: lenalidomide is taken or on hold, and ALT, AST or bilirubin of the last 28 days is on file.
Then: above 3 times the upper limit, or above 2 times with bilirubin above 2 times its own, treatment is held; twice the value
before treatment and above the limit, or bilirubin alone above 2 times its limit, is reviewed; any other value above the
limit is information. Where a result came without its limit, one is assumed and said, and a hold that rests on it is asked
about. An older result is ordered again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from functools import cached_property

from cds_service.clinical.blood_counts import latest
from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Action, Input, OrderTest, Proposal, Recommendation, Test, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.data_quality import available
from cds_service.drugs.lenalidomide.decisions import inform
from cds_service.drugs.lenalidomide.safety.antithrombotics import hold_option
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold, hold_orders, kept_away

RULE = "LIVER-LIMITS"
LABEL = "US-MON-LFT"
ENZYMES = ("alt", "ast")
NAMES = {"alt": "ALT", "ast": "AST", "bilirubin": "bilirubin"}
_NOT_HIGH = frozenset({"N", "L", "LL", "LU"})


class Grade(IntEnum):
    """What a result calls for, the least first."""

    FINE = 0
    ABOVE_LIMIT = 1
    RISEN = 2
    UNCLEAR = 3
    GRAVE = 4


@dataclass(frozen=True)
class Result:
    """One enzyme or bilirubin with the limit that it is judged by.

    `is_assumed`: the laboratory gave no limit. `before` is the value before treatment, the limit where there is none.
    """

    reading: Reading
    limit: Fraction
    is_assumed: bool
    before: Fraction

    def is_above(self, multiple: Decimal | int) -> bool | None:
        """Whether the result is above a multiple of its limit; None where a range leaves it open."""
        return self.reading.amount.is_above(exact(multiple) * self.limit)

    @cached_property
    def words(self) -> str:
        """The result with its multiple: "ALT 130 U/L (3.25 × ULN)"."""
        reading = self.reading
        multiple = reading.amount.value / self.limit if reading.amount.is_exact else None
        assumed = " assumed" if self.is_assumed else ""
        times = f" ({_multiple(multiple)} × ULN{assumed})" if multiple is not None else ""
        return f"{NAMES[reading.fact]} {reading.reported} {reading.reported_unit}{times}"


def _multiple(multiple: Fraction) -> str:
    """The multiple in one decimal, in more where that would read as a whole one that it lies beside."""
    places = next((n for n in (1, 2, 3) if exact(Decimal(plain(multiple, n))).denominator > 1), 4)
    return plain(multiple, 1 if multiple.denominator == 1 else places)


def liver(view: View) -> list[Recommendation]:
    """What the latest liver tests under treatment call for. Missing: without any there is nothing to judge."""
    rules = (LABEL, RULE) if view.law == "US" else (RULE,)
    if view.is_start:
        return []
    results = {fact: _results(view, fact) for fact in (*ENZYMES, "bilirubin")}
    old = [r for found in results.values() for r in found if _is_old(view, r)]
    current = {fact: [r for r in found if not _is_old(view, r)] for fact, found in results.items()}
    graded = {fact: _graded(view, current[fact], current["bilirubin"]) for fact in ENZYMES}
    gravest = max((grade for grade, _ in graded.values()), default=Grade.FINE)
    decisive = [r for grade, found in graded.values() if grade is gravest for r in found]
    jaundiced = [r for r in current["bilirubin"] if r.is_above(view.numbers(RULE)["bilirubin_above_uln"]) is not False]
    said = decisive if gravest > Grade.FINE else []
    outcome = "fired" if said or jaundiced else "not met" if any(current.values()) else "unknown"
    why = "; ".join(r.words for r in (*said, *jaundiced)) or (
        "no liver test under treatment above its limit"
        if outcome == "not met"
        else f"no liver test under treatment of the last {view.numbers(RULE)['decides_days']} days"
    )
    for rule in rules:
        view.trace.say(rule, outcome, why)
    if gravest is Grade.RISEN and not jaundiced and view.is_held_for("liver"):
        # Whether to go on with these values is the question of the hold.
        return []
    if gravest >= Grade.RISEN or (jaundiced and gravest < Grade.RISEN):
        return [_decide(view, rules, max(gravest, Grade.RISEN), [*said, *jaundiced])]
    again = _order_again(view, rules, [r for r in old if (r.is_above(1) is not False)])
    return [*([_inform(view, rules, said)] if said else []), *again]


def _results(view: View, fact: str) -> list[Result]:
    """The latest results since the first dose, later preliminary ones too, each with its limit and the value before treatment.

    Missing: without a limit from the laboratory ours is assumed, but a result that the laboratory calls normal is none.
    """
    firsts = view.therapy.first_doses
    data = view.numbers(RULE)
    assumed = exact(data["assumed_bilirubin_mg_dl" if fact == "bilirubin" else "assumed_uln"])
    found_on_file = available(view.case, fact)
    every = (*found_on_file.decisive, *found_on_file.preliminary)
    taken = [r for r in every if not firsts or r.on >= min(firsts)]
    found = []
    for reading in taken:
        own = reading.upper_limit if reading.upper_limit is not None and reading.upper_limit > 0 else None
        limit = own or assumed
        is_called_normal = own is None and reading.flag in _NOT_HIGH
        if is_called_normal and reading.amount.is_above(exact(data["hold_above_uln"]) * limit) is False:
            continue
        found.append(Result(reading, limit, own is None, _before(view, fact, limit)))
    return found


def _before(view: View, fact: str, limit: Fraction) -> Fraction:
    """The latest value of the days up to the first dose; the limit where there is none."""
    firsts = view.therapy.first_doses
    if not firsts:
        return limit
    first = min(firsts)
    earliest = first - timedelta(days=view.numbers(RULE)["before_days"])
    series = [r for r in view.facts.decisive(fact) if earliest <= r.on <= first and r.amount.is_exact]
    values = [r.amount.value for r in latest(series)]
    return max(values, default=limit)


def _is_old(view: View, result: Result) -> bool:
    return view.today - result.reading.on > timedelta(days=view.numbers(RULE)["decides_days"])


def _graded(view: View, results: Sequence[Result], bilirubin: Sequence[Result]) -> tuple[Grade, list[Result]]:
    """The gravest grade of one enzyme and the results that have it; where results of one time differ, it is unclear."""
    grades = [(_grade(view, r, bilirubin), r) for r in results]
    gravest = max((grade for grade, _ in grades), default=Grade.FINE)
    final = [grade for grade, r in grades if not r.reading.is_preliminary]
    if gravest is Grade.GRAVE and any(grade is not Grade.GRAVE for grade in final):
        gravest = Grade.UNCLEAR
    return gravest, [r for grade, r in grades if grade >= min(gravest, Grade.UNCLEAR)]


def _grade(view: View, result: Result, bilirubin: Sequence[Result]) -> Grade:
    data = view.numbers(RULE)
    over_bilirubin = [b.is_above(data["bilirubin_above_uln"]) for b in bilirubin]
    with_bilirubin = False if not over_bilirubin else None if len(set(over_bilirubin)) > 1 else over_bilirubin[0]
    by_both = _both(result.is_above(data["with_bilirubin_above_uln"]), with_bilirubin)
    grave = _either(result.is_above(data["hold_above_uln"]), by_both)
    rests_on_assumed = result.is_assumed or (by_both is True and any(b.is_assumed for b in bilirubin))
    if grave is None or (grave and (rests_on_assumed or result.reading.is_preliminary)):
        return Grade.UNCLEAR
    if grave:
        return Grade.GRAVE
    if result.reading.is_preliminary:
        return Grade.FINE
    risen = result.reading.amount.is_at_least(exact(data["risen_times_at_least"]) * result.before)
    above = result.is_above(1)
    if above is not False and risen is not False:
        return Grade.RISEN
    return Grade.ABOVE_LIMIT if above is not False else Grade.FINE


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def _either(one: bool | None, other: bool | None) -> bool | None:
    return True if True in (one, other) else None if None in (one, other) else False


def _decide(view: View, rules: tuple[str, ...], grade: Grade, found: Sequence[Result]) -> Recommendation:
    due = cbc_due_on_hold(view)
    action, urgency, message = Action.REVIEW, Urgency.WARNING, "liver-review"
    offers = (*hold_option(view, due), *_repeated(view))
    missing: tuple[Missing, ...] = ()
    note = ""
    if grade is Grade.GRAVE:
        action, urgency, end = kept_away(view)
        message, offers = f"liver-{end}", hold_orders(view, due)
        note = "After return to baseline a lower dose may be considered."
    elif grade is Grade.UNCLEAR:
        action, urgency, message = Action.REQUEST_DATA, Urgency.CRITICAL, "liver-unclear"
        missing = tuple(Missing(r.reading.fact, _why_unclear(r), RULE) for r in found)
    return decision(
        view,
        action,
        urgency,
        rules,
        message,
        words={"what": _listed(found), "on": _days(found), "limits": _limits(view)},
        next_cbc_due=due if action in (Action.HOLD, Action.REMAIN_ON_HOLD) else None,
        inputs=[Input.of(r.reading) for r in found],
        missing=missing,
        assumptions=_assumptions(found),
        note=note,
        proposals=offers,
    )


def _limits(view: View) -> str:
    """That the multiples are ours, where the label that is quoted names none; the SmPC is read by a rule of ours that says them."""
    if view.law != "US":
        return ""
    data = view.numbers(RULE)
    return (
        f"The label names no multiple; our rule holds above {data['hold_above_uln']} × ULN, or above"
        f" {data['with_bilirubin_above_uln']} × with bilirubin above {data['bilirubin_above_uln']} ×."
    )


def _why_unclear(result: Result) -> str:
    if result.reading.is_preliminary:
        return "only a preliminary result"
    return "no upper limit of normal came with it" if result.is_assumed else "results that decide differently"


def _listed(found: Sequence[Result]) -> str:
    return "; ".join(dict.fromkeys(r.words for r in found))


def _days(found: Sequence[Result]) -> str:
    return " and ".join(dict.fromkeys(r.reading.on.isoformat() for r in found))


def _assumptions(found: Sequence[Result]) -> list[str]:
    told = (f"upper limit {plain(r.limit)} {r.reading.unit} for {NAMES[r.reading.fact]}" for r in found if r.is_assumed)
    return [f"{each}: none came with it" for each in dict.fromkeys(told)]


def _inform(view: View, rules: tuple[str, ...], found: Sequence[Result]) -> Recommendation:
    return inform(
        view,
        rules,
        "liver-above-limit",
        words={"what": _listed(found), "on": _days(found)},
        inputs=[Input.of(r.reading) for r in found],
        assumptions=_assumptions(found),
        folds=bool(view.case.orders),
    )


def _order_again(view: View, rules: tuple[str, ...], old: Sequence[Result]) -> list[Recommendation]:
    """Results that were above their limit and are too old to decide by: ordered again, unless they are already."""
    tests = [r.reading.fact for r in old if r.reading.fact in ENZYMES and r.reading.fact not in view.case.pending_tests]
    if not tests:
        return []
    return [
        decision(
            view,
            Action.ORDER_LAB,
            Urgency.INFO,
            rules,
            "liver-old",
            words={"what": "; ".join(f"{r.words} ({r.reading.on.isoformat()})" for r in old)},
            test=Test(tests[0], view.today, overdue=False),
            inputs=[Input.of(r.reading) for r in old],
            proposals=_repeated(view),
            folds=bool(view.case.orders),
        )
    ]


def _repeated(view: View) -> tuple[Proposal, ...]:
    """The liver tests of today as a choice."""
    return (Proposal("order-liver", tuple(OrderTest(test, view.today) for test in ENZYMES)),)


CHECK = safety_check("liver", "liver", liver)
