"""What stands beside a clot or a bleed: the platelets, and which anticoagulants and antiplatelet drugs are taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from cds_service.clinical.facts import Reading
from cds_service.clinical.recommendation import Input, Proposal
from cds_service.dosing.data_quality import available
from cds_service.dosing.words import shown_on
from cds_service.drugs.lenalidomide.counts.active import active
from cds_service.drugs.lenalidomide.safety.view import View, hold_orders

ANTICOAGULANT = "anticoagulant"
THINNERS = (ANTICOAGULANT, "antiplatelet")
# Records that show nothing taken.
_NOT_TAKEN = frozenset({"entered-in-error", "cancelled", "not-taken", "not-done", "draft"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Platelets and blood thinners as a card shows them: in words, and as inputs. What is not on file is said."""

    words: str
    inputs: tuple[Input, ...]
    platelets: tuple[Reading, ...]


def surroundings(view: View, *drugs: str) -> Surroundings:
    """The latest platelets, later preliminary ones among them, and the active drugs of the classes (default: all thinners)."""
    found = available(view.case, "platelets")
    platelets = (*found.decisive, *found.preliminary)
    taken = active(view, *(drugs or THINNERS))
    counts = " and ".join(shown_on(r) for r in platelets) or "none on file"
    name = "anticoagulants" if drugs == (ANTICOAGULANT,) else "antithrombotics"
    words = f"Platelets {counts}; {name}: {taken.names or 'none on file'}"
    return Surroundings(words, (*(Input.of(r) for r in platelets), *taken.found), platelets)


def hold_option(view: View, due: date) -> tuple[Proposal, ...]:
    """A hold by one click, as an option beside a review; none where treatment is on hold already and nothing is ordered."""
    return tuple(replace(p, is_recommended=False) for p in hold_orders(view, due))


def anticoagulated(view: View, on: date, days: int) -> bool:
    """Whether an anticoagulant had been taken for some days up to a day.

    Missing: one without a beginning is not shown to have been taken that long.
    """
    return any(
        ANTICOAGULANT in m.concepts
        and not m.is_draft
        and m.status not in _NOT_TAKEN
        and m.starts_on is not None
        and m.starts_on <= on - timedelta(days=days)
        and (m.bounds_end is None or m.bounds_end >= on)
        for m in view.facts.medications
    )


def renewed_after(view: View, day: date) -> tuple[date, ...]:
    """The days from a day on, up to today, on which lenalidomide was ordered, recorded or dispensed; the draft in hand is none."""
    own = (m for m in view.facts.medications if "lenalidomide" in m.concepts and not m.is_draft)
    given = (m for m in own if m.kind != "administration" and m.status not in _NOT_TAKEN and m.planned_from is None)
    days = (d for m in given for d in (m.starts_on, m.authored_on) if d is not None)
    return tuple(sorted({d for d in days if day <= d <= view.today}))
