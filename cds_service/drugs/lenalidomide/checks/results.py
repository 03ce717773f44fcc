"""Results that we order are read: thyroid and ferritin (US label 5.13; SmPC 4.4; guidelines).

When: lenalidomide is ordered, taken or on hold, and a result of the last 28 days is on file.
Then: TSH outside its limits, and ferritin above the limit of the guideline with red cell transfusions on file, are information.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cds_service.clinical.facts import Reading
from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.data_quality import available
from cds_service.dosing.words import shown_on
from cds_service.drugs.lenalidomide.decisions import inform
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View

_LOW, _HIGH = ("L", "LL", "LU"), ("H", "HH", "HU")


def results(view: View) -> list[Recommendation]:
    """What the results that are ordered under lenalidomide say."""
    return [*_thyroid(view), *_ferritin(view)]


def _is_recent(view: View, reading: Reading) -> bool:
    return view.today - reading.on <= timedelta(days=view.numbers("RESULTS-READ")["days"])


def _thyroid(view: View) -> list[Recommendation]:
    """The latest TSH outside the laboratory's limits, by its range or its flag; without either nothing can be said."""
    rule = view.choose("US-MON-TSH", "EU-MON-TSH")
    found = [r for r in available(view.case, "tsh").decisive if _is_recent(view, r)]
    return _told(view, rule, "tsh-outside", "TSH", [r for r in found if _is_outside(r)])


def _is_outside(reading: Reading) -> bool:
    above = reading.upper_limit is not None and reading.amount.is_above(reading.upper_limit)
    below = reading.lower_limit is not None and reading.amount.is_below(reading.lower_limit)
    return bool(above or below) or reading.flag in (*_LOW, *_HIGH)


def _ferritin(view: View) -> list[Recommendation]:
    """A ferritin above the guideline's limit where red cells were transfused: iron overload."""
    limit = view.numbers("GL-IRON")["ferritin_above"]
    found = [r for r in available(view.case, "ferritin").decisive if _is_recent(view, r)]
    high = [r for r in found if r.amount.is_above(limit)]
    transfused = view.facts.events_of("rbc-transfusion")
    return _told(view, "GL-IRON", "ferritin-high", "Ferritin", high) if transfused else []


def _told(view: View, rule: str, message: str, name: str, found: Sequence[Reading]) -> list[Recommendation]:
    if not found:
        return []
    what = f"{name} {shown_on(found[-1])}"
    view.trace.say(rule, "fired", "; ".join(shown_on(r) for r in found))
    view.trace.say("RESULTS-READ", "fired", what)
    inputs, folds = [Input.of(r) for r in found], bool(view.case.orders)
    return [inform(view, (rule, "RESULTS-READ"), message, words={"what": what}, inputs=inputs, folds=folds)]


CHECK = safety_check("results", "results that were ordered", results)
