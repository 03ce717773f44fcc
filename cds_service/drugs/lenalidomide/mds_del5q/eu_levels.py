"""The dose levels of the EU SmPC: where the current dose stands in the patient's renal row, and which one is next.

When: treatment resumes after a hold, or an order stands beside a reduced dose.
Then: the rank of the current dose in the row of today's clearance, confirmed by the earlier doses of the course, gives the
next lower level. Where the kidneys are better than at the start, the row of the starting dose stays. Where rows that are
possible give different levels the clinician is asked; after the last level there is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.regimen import NextDose
from cds_service.dosing.renal import Band, KidneyFunction, band, kidney_function
from cds_service.dosing.rulebook import Rules

UNADJUSTED = "EU-REN-GE50"
ADJUSTED = "EU-REN-MDS-"


@cache
def eu_bands(rules: Rules) -> tuple[Band, ...]:
    """The renal rows of the SmPC for MDS."""
    return tuple(band(rules, r) for r in rules.by_id.values() if r.id == UNADJUSTED or r.id.startswith(ADJUSTED))


def ranks(dose: Dose | None, bands: Iterable[Band]) -> list[tuple[Band, int]]:
    """The rows in which a dose is a level, each with its rank: 0 is the starting dose, 1 is level -1."""
    if dose is None:
        return []
    return [(b, rank) for b in bands for rank, level in enumerate(b.levels) if level.same_as(dose)]


def next_level(case: Case, therapy: Therapy) -> NextDose:
    """The next lower dose level.

    Missing: no level when the dose is not known or is none of the SmPC's; `missing` names the dose level when the
    rows that are possible differ.
    """
    if therapy.dose is None:
        return NextDose(rules=("EU-MDS-LEVELS",), missing=(Missing("currentDose", "not known", "EU-MDS-LEVELS"),))
    table = eu_bands(case.rules)
    standing = ranks(therapy.dose, table)
    if not standing:
        return NextDose(
            rules=("EU-MDS-LEVELS",),
            no_row="this dose is no level of the SmPC",
            note="The current dose is no dose level of the SmPC: no next lower level; the haematologist decides.",
        )
    kidneys = kidney_function(case)
    today = kidneys.bands(table)
    by_kidneys = [s for s in standing if not today or s[0] in today]
    by_orders = [s for s in standing if _confirms(s, therapy.reduced_from)]
    agreed = [s for s in by_kidneys if s in by_orders]
    has_recovered = bool(today) and all(b.dose.exceeds(s[0].dose) for b in today for s in by_orders)
    possible = agreed or (by_orders if has_recovered else [*by_kidneys, *by_orders])
    following = [band.levels[rank + 1] if rank + 1 < len(band.levels) else None for band, rank in possible]
    rules = _rules((agreed or (by_orders if has_recovered else [])) if today else [])
    is_unconfirmed = not by_orders or not (by_kidneys or has_recovered)
    if is_unconfirmed or any(not _is_same(following[0], other) for other in following):
        return _open(kidneys, today, rules)
    first = following[0]
    if first is None:
        return NextDose(
            rules=("EU-MDS-BELOW-3",),
            no_row="the SmPC has no lower dose level",
            note="The SmPC has no lower dose level to resume at: the haematologist decides.",
        )
    return NextDose(first, rules, inputs=kidneys.inputs if today else ())


def _confirms(standing: tuple[Band, int], earlier: Dose | None) -> bool:
    """Whether an earlier, higher dose of the course is a higher level of the same row; without one nothing contradicts."""
    band, rank = standing
    return earlier is None or any(level.same_as(earlier) for level in band.levels[:rank])


def _is_same(one: Dose | None, other: Dose | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.same_as(other)


def _rules(agreed: list[tuple[Band, int]]) -> tuple[str, ...]:
    adjusted = tuple(dict.fromkeys(band.id for band, _ in agreed if band.id != UNADJUSTED))
    return adjusted if adjusted and len(agreed) == len(adjusted) else ("EU-MDS-LEVELS",)


def _open(kidneys: KidneyFunction, today: tuple[Band, ...], rules: tuple[str, ...]) -> NextDose:
    why = "today's clearance and the doses so far give different ones" if today else "the renal row is not known"
    # A value that is simply not on file names no rule of its own.
    lacking = tuple(replace(m, rule=m.rule or "GEN-CRCL") for m in kidneys.missing)
    missing = (Missing("doseLevel", why, "EU-MDS-LEVELS"), *lacking)
    return NextDose(None, tuple(dict.fromkeys((*rules, "EU-MDS-LEVELS"))), missing=missing, inputs=kidneys.inputs)


def is_below_start(case: Case, therapy: Therapy) -> bool:
    """Whether the dose in force is a reduced one: by the doses so far, or because it is no starting dose of any row."""
    standing = ranks(therapy.dose, eu_bands(case.rules))
    return therapy.reduced_from is not None or (bool(standing) and all(rank > 0 for _, rank in standing))
