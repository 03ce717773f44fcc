"""The decision for machines: the object under `org.cds-service.recommendation`. A member without a value is left out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.cards.context import CardContext
from cds_service.cards.doses import dose_now, dose_on_resume
from cds_service.cards.text import one_line
from cds_service.cards.words import action_words
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Basis, Input, Quote, Recommendation, RuleOutcome
from cds_service.fhir.terminology import ORDERABLE

MAX_MEMBER = 500
LONGEST_QUOTE = 2000
# The code system of decisions; its codes are the values of `action`.
ACTIONS = "urn:cds-service:action"
NAME = "org.cds-service.recommendation"


def json_number(number: Decimal | Fraction | int) -> int | Decimal:
    """The number as JSON can write it exactly; one without a finite decimal form is rounded to 4 places."""
    value = exact(number)
    if value.denominator == 1:
        return value.numerator
    longest = Decimal(plain(value, 12))
    return longest if exact(longest) == value else Decimal(plain(value, 4))


def machine_readable(
    recommendation: Recommendation,
    context: CardContext,
    others: Sequence[Recommendation] = (),
    unchecked: Sequence[RuleOutcome] = (),
) -> dict[str, Any]:
    """The object of one decision.

    Args: others: the decisions without a card of their own that this card stands for; unchecked: rules that the chart left
    open, said on one card of an answer.
    """
    dose, action = dose_now(recommendation), recommendation.action
    return _present(
        {
            "action": action.value,
            "actionCoding": {"system": ACTIONS, "code": action.value, "display": action_words(action)},
            "rules": list(recommendation.rules),
            "jurisdiction": recommendation.jurisdiction,
            "drug": recommendation.drug,
            "indication": recommendation.indication,
            "order": recommendation.order,
            "dose": dose_object(dose) if dose else None,
            "resume": _resume(recommendation),
            "nextCbcDue": recommendation.next_cbc_due.isoformat() if recommendation.next_cbc_due else None,
            "test": _test(recommendation),
            "inputs": list(filter(None, map(_input, recommendation.inputs))),
            "missing": list(filter(None, map(_missing, recommendation.missing))),
            "notChecked": _not_checked(recommendation, unchecked),
            "note": recommendation.note,
            "assumptions": list(filter(None, map(one_line, recommendation.assumptions))),
            "remarks": list(filter(None, map(one_line, recommendation.remarks))),
            "source": _source(recommendation.basis, context),
            "quotes": _quotes(recommendation),
            "contentVersion": context.content_version,
            "alsoFound": [
                {"action": each.action.value, "urgency": each.urgency.value, "rules": list(each.rules)}
                for each in others
            ],
        }
    )


def _source(basis: Basis, context: CardContext) -> dict[str, Any]:
    """The place of the card's first rule: edition, and how far our transcription of it was compared."""
    document = next((each for each in context.documents if each.id == basis.document), None)
    return _present(
        {
            "document": basis.document,
            "section": basis.section,
            "url": basis.url,
            "edition": document.revision if document else None,
            "state": basis.review.value,
            "signedBy": document.signed_by if document else None,
            "signedOn": document.signed_on.isoformat() if document and document.signed_on else None,
        }
    )


def _quotes(recommendation: Recommendation) -> list[dict[str, Any]]:
    """What every rule of the decision says, whole, under its place."""
    own = Quote(recommendation.basis, recommendation.words.get("rule_text", ""))
    return [
        _present(
            {
                "document": quote.basis.document,
                "section": quote.basis.section,
                "state": quote.basis.review.value,
                "text": quote.text,
            }
        )
        for quote in (own, *recommendation.beside)
        if quote.text.strip()
    ]


def _not_checked(recommendation: Recommendation, unchecked: Sequence[RuleOutcome]) -> list[dict[str, Any]]:
    """What could not be checked and why: facts by their names, then rules by their ids."""
    gaps = [{"check": gap.fact, "why": gap.reason} for gap in recommendation.missing]
    rules = [{"check": one.rule, "why": one.why} for one in unchecked if one.rule not in recommendation.rules]
    return [entry for each in (*gaps, *rules) if len(entry := _present(each)) > 1]


def dose_object(dose: Dose) -> dict[str, Any]:
    """A dose: mg per administration, its schedule, and the average mg per day over the cycle."""
    has_rest = bool(dose.on_days and dose.cycle_days)
    return _present(
        {
            "mg": json_number(dose.mg),
            "everyDays": None if dose.per_week else dose.every_days,
            "perWeek": dose.per_week,
            "timesPerDay": dose.times_per_day if dose.times_per_day != 1 else None,
            "onDays": dose.on_days if has_rest else None,
            "cycleDays": dose.cycle_days if has_rest else None,
            "mgPerDay": json_number(dose.mg_per_day),
            "note": dose.note,
        }
    )


def _resume(recommendation: Recommendation) -> dict[str, Any]:
    if recommendation.resume is None:
        return {}
    dose = dose_on_resume(recommendation)
    return _present({"when": recommendation.resume.when, "dose": dose_object(dose) if dose else None})


def _test(recommendation: Recommendation) -> dict[str, Any]:
    due = recommendation.test
    test = ORDERABLE.get(due.name) if due is not None else None
    if due is None or test is None:
        return {}
    return {"code": test.order.code, "due": due.due.isoformat(), "overdue": due.overdue}


def _input(value: Input) -> dict[str, Any]:
    return _present(
        {
            "fact": value.fact,
            "value": value.value,
            "unit": value.unit,
            "converted": value.converted,
            "quantity": _quantity(value),
            "on": value.on.isoformat() if value.on else None,
            "at": value.at.isoformat() if value.at else None,
            "reference": value.reference,
        }
    )


def _quantity(value: Input) -> dict[str, Any]:
    """The value as a number in its canonical unit; of a range its bounds, a one-sided one as FHIR's comparator has it."""
    amount = value.amount
    if amount is None:
        return {}
    if amount.is_exact:
        return _present({"value": json_number(amount.value), "code": value.code})
    if amount.low is not None and amount.high is not None:
        return _present({"low": json_number(amount.low), "high": json_number(amount.high), "code": value.code})
    if amount.high is not None:
        comparator = "<" if amount.high_open else "<="
        return _present({"comparator": comparator, "value": json_number(amount.high), "code": value.code})
    if amount.low is not None:
        comparator = ">" if amount.low_open else ">="
        return _present({"comparator": comparator, "value": json_number(amount.low), "code": value.code})
    return {}


def _missing(gap: Missing) -> dict[str, Any]:
    return _present({"fact": gap.fact, "reason": gap.reason, "rule": gap.rule})


def _present(members: dict[str, Any]) -> dict[str, Any]:
    """The members that have a value: null, "", [] and {} may not stand in an answer. 0 and false are values."""
    found: dict[str, Any] = {}
    for name, value in members.items():
        tidy = one_line(value, LONGEST_QUOTE if name == "text" else MAX_MEMBER) if isinstance(value, str) else value
        if tidy or not (tidy is None or isinstance(tidy, str | list | dict)):
            found[name] = tidy
    return found
