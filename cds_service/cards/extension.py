"""The decision for machines: the object under `org.cds-service.recommendation`. A member without a value is left out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.cards.doses import dose_now, dose_on_resume
from cds_service.cards.text import one_line
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.fhir.terminology import ORDERABLE

MAX_MEMBER = 500
NAME = "org.cds-service.recommendation"


def json_number(number: Decimal | Fraction | int) -> int | Decimal:
    """The number as JSON can write it exactly; one without a finite decimal form is rounded to 4 places."""
    value = exact(number)
    if value.denominator == 1:
        return value.numerator
    longest = Decimal(plain(value, 12))
    return longest if exact(longest) == value else Decimal(plain(value, 4))


def machine_readable(
    recommendation: Recommendation, content_version: str, folded: Sequence[Recommendation] = ()
) -> dict[str, Any]:
    """The object of one decision.

    Args: folded: the decisions without a card of their own that this card stands for.
    """
    dose = dose_now(recommendation)
    return _present(
        {
            "action": recommendation.action.value,
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
            "note": recommendation.note,
            "source": _present(
                {
                    "document": recommendation.basis.document,
                    "section": recommendation.basis.section,
                    "url": recommendation.basis.url,
                }
            ),
            "contentVersion": content_version,
            "alsoFound": [
                {"action": each.action.value, "urgency": each.urgency.value, "rules": list(each.rules)}
                for each in folded
            ],
        }
    )


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
            "on": value.on.isoformat() if value.on else None,
            "reference": value.reference,
        }
    )


def _missing(gap: Missing) -> dict[str, Any]:
    return _present({"fact": gap.fact, "reason": gap.reason, "rule": gap.rule})


def _present(members: dict[str, Any]) -> dict[str, Any]:
    """The members that have a value: null, "", [] and {} may not stand in an answer. 0 and false are values."""
    found: dict[str, Any] = {}
    for name, value in members.items():
        tidy = one_line(value, MAX_MEMBER) if isinstance(value, str) else value
        if tidy or not (tidy is None or isinstance(tidy, str | list | dict)):
            found[name] = tidy
    return found
