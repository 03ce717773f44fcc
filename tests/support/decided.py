"""What rules decided, as snapshots keep it: decisions, facts and rule ids in few lines, and the shape of the words beside.

A snapshot of a chart holds no sentence: `tests/spec/test_words.py` keeps the words of each message once, filled with one
example, and every shape of a fill-in or reason once, its numbers and dates left open.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from cds_service.clinical.recommendation import (
    AmendOrder,
    Assessment,
    CreateOrder,
    Input,
    LimitSupply,
    OrderTest,
    Proposal,
    ProposedAction,
    Recommendation,
)

WORDS = Path(__file__).parents[1] / "spec" / "__snapshots__" / "test_words.ambr"
_OPEN = re.compile(r"\d[\d.,:/-]*\d|\d")


def decisions(assessment: Assessment) -> str:
    """The decisions of an assessment with the facts they rest on, and what rules fired or could not be told beside them.

    The gravest first, whatever order the checks were asked in.
    """
    found = sorted((one.urgency.rank, list(_decision(one))) for one in assessment.recommendations)
    lines = [line for _, lines in found for line in lines]
    shown = {rule for one in assessment.recommendations for rule in one.rules}
    for outcome in ("fired", "unknown"):
        rules = sorted({said.rule for said in assessment.outcomes if said.outcome == outcome} - shown)
        lines += [f"{outcome}: {' '.join(rules)}"] if rules else []
    return "\n".join(lines) or "nothing"


def _decision(one: Recommendation) -> Iterator[str]:
    about = (one.jurisdiction, one.indication, _order(one.order), "folds" if one.folds else "")
    yield f"{one.action} {one.urgency} {one.message} ({', '.join(filter(None, about))}): {' '.join(one.rules)}"
    does = [f"dose {one.dose.words}"] if one.dose else []
    if one.resume is not None:
        does.append(f"resume {one.resume.dose.words if one.resume.dose else 'without a dose'}")
    does += [f"next CBC {one.next_cbc_due}"] if one.next_cbc_due else []
    does += [f"test {one.test.name} {one.test.due}{' overdue' if one.test.overdue else ''}"] if one.test else []
    does += [f"missing {each.fact}{f' ({each.rule})' if each.rule else ''}" for each in one.missing]
    if does:
        yield f"  {'; '.join(does)}"
    if one.inputs:
        yield f"  on {'; '.join(map(_fact, one.inputs))}"
    if one.proposals:
        yield f"  offers {'; '.join(_proposal(each, one) for each in one.proposals)}"


def _fact(one: Input) -> str:
    converted = "" if one.converted in ("", f"{one.value} {one.unit}") else f" = {one.converted}"
    return (
        f"{one.fact} {one.value} {one.unit}".strip()
        + converted
        + (f" {one.on}" if str(one.on) not in ("None", one.value) else "")
    )


def _proposal(offered: Proposal, of: Recommendation) -> str:
    label = f"{offered.label}{'*' if offered.is_recommended else ''}"
    return f"{label}: {' + '.join(_action(each, of) for each in offered.actions) or 'nothing'}"


def _action(proposed: ProposedAction, of: Recommendation) -> str:
    match proposed:
        case OrderTest():
            # The day is said where it is none of those that the decision names.
            is_named = proposed.due in (of.next_cbc_due, of.test.due if of.test else None)
            return proposed.test if is_named else f"{proposed.test} {proposed.due}"
        case AmendOrder():
            return f"amend {_order(proposed.reference)} to {proposed.dose.words}"
        case LimitSupply():
            return f"limit {_order(proposed.reference)} to {proposed.days} days, refills {proposed.refills}"
        case CreateOrder():
            return f"draft like {_order(proposed.like)} at {proposed.dose.words}"
        case _:
            return f"{type(proposed).__name__.removesuffix('Order').lower()} {_order(proposed.reference)}"


def _order(reference: str) -> str:
    return reference.removeprefix("MedicationRequest/")


def wordings(assessment: Assessment) -> dict[str, set[str]]:
    """The shape of each fill-in and reason with the messages and rules that say it; a rule's text is no such word."""
    found: dict[str, set[str]] = {}

    def say(by: str, words: str) -> None:
        found.setdefault(_OPEN.sub("#", words), set()).add(by)

    for one in assessment.recommendations:
        for name, words in one.words.items():
            if words and name != "rule_text":
                say(one.message, f"{name}: {words}")
        if one.resume is not None:
            say(one.message, f"resume when {one.resume.when}")
        for each in one.missing:
            say(one.message, f"missing {each.fact}: {each.reason}")
        for words in filter(None, (*one.remarks, *one.assumptions, one.note)):
            say(one.message, f"note: {words}")
    for outcome in assessment.outcomes:
        # Why a rule is not reached has nothing to do with the rule.
        is_reached = not outcome.why.startswith("not reached: ")
        say(outcome.rule if is_reached else "a-rule", f"{outcome.outcome}: {outcome.why}")
    return found


def new_wordings(assessment: Assessment) -> list[str]:
    """The words that no worked example and no chart of a table shows, a line each."""
    said = {(shape, by) for shape, sayers in wordings(assessment).items() for by in sayers}
    return [f"{by} says {shape}" for shape, by in sorted(said - _shown())]


def page(found: dict[str, set[str]]) -> str:
    """Shapes of words in order, each with those who say it on the next line."""
    return "\n".join(f"{shape}\n  {' '.join(sorted(found[shape]))}" for shape in sorted(found))


@functools.cache
def _shown() -> frozenset[tuple[str, str]]:
    """The words of `tests/spec/test_words.py` as `page` has them in the snapshot: with two more blanks before each line."""
    found, shape = set(), ""
    for line in WORDS.read_text(encoding="utf-8").splitlines() if WORDS.exists() else ():
        if line.startswith("    "):
            found |= {(shape, by) for by in line.split()}
        else:
            shape = line.strip()
    return frozenset(found)
