"""The safety questions as checks: asked under each law where no jurisdiction is configured, of which what the US and the EU agree
on stands, without a dose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from cds_service.clinical.recommendation import Action, Recommendation
from cds_service.dosing.build import by_rules
from cds_service.dosing.check import Check
from cds_service.dosing.precedence import HOLDING, STOPPING
from cds_service.drugs.lenalidomide.safety.view import LAWS, View

# What stands where both laws come to it.
STANDING = STOPPING | HOLDING | {Action.ESCALATE_URGENT}

Question = Callable[[View], Iterable[Recommendation]]


def safety_check(
    name: str,
    question: str,
    assess: Question,
    *,
    withholds: bool = False,
    applies: Callable[[View], bool] = lambda _view: True,
) -> Check[View]:
    """A question for whoever is ordered the drug, takes it or has it on hold.

    Args: as of a Check; `withholds`: its decisions are on whether to treat at all, and no starting dose is given beside them.
    """

    def asked(view: View) -> Iterable[Recommendation]:
        if view.law in LAWS:
            return assess(view)
        us, eu = (list(assess(replace(view, law=law))) for law in LAWS)
        return _agreed(view, us, eu)

    def withheld(view: View) -> Iterable[Recommendation]:
        return withholding(view, asked(view))

    return Check(name, question, withheld if withholds else asked, lambda view: view.concerns_drug and applies(view))


def withholding(view: View, found: Iterable[Recommendation]) -> list[Recommendation]:
    """Decisions on whether to treat at all: at a start no dose is given while they stand."""
    return [replace(r, withholds_dose=True) if view.is_start else r for r in found]


def _agreed(view: View, us: list[Recommendation], eu: list[Recommendation]) -> Iterable[Recommendation]:
    """The stops, holds and emergencies that both laws come to, each once, with the rules of both."""
    for one in us:
        other = next((o for o in eu if o.action is one.action), None)
        if other is not None and one.action in STANDING:
            yield replace(by_rules(view.case, one, (*one.rules, *other.rules)), resume=None)
