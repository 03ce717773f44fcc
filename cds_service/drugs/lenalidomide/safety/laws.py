"""One question under each law where no jurisdiction is configured: what the US and the EU agree on stands, without a dose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from cds_service.clinical.recommendation import Action, Recommendation
from cds_service.dosing.build import by_rules
from cds_service.dosing.precedence import HOLDING, STOPPING
from cds_service.drugs.lenalidomide.safety.view import LAWS, View

AGREED = STOPPING | HOLDING | {Action.ESCALATE_URGENT}
Question = Callable[[View], Iterable[Recommendation]]


def under_each_law(question: Question) -> Question:
    """The question asked under the law of the view, or under both where it has none."""

    def asked(view: View) -> Iterable[Recommendation]:
        if view.law in LAWS:
            return question(view)
        us, eu = (list(question(replace(view, law=law))) for law in LAWS)
        return _agreed(view, us, eu)

    return asked


def withholding(view: View, found: Iterable[Recommendation]) -> list[Recommendation]:
    """Decisions on whether to treat at all: at a start no dose is given while they stand."""
    return [replace(r, withholds_dose=True) if view.is_start else r for r in found]


def _agreed(view: View, us: list[Recommendation], eu: list[Recommendation]) -> Iterable[Recommendation]:
    """The stops, the holds and what is urgent that both laws come to, each once, with the rules of both."""
    for one in us:
        other = next((o for o in eu if o.action is one.action), None)
        if other is not None and one.action in AGREED:
            yield replace(by_rules(view.case, one, (*one.rules, *other.rules)), resume=None)
