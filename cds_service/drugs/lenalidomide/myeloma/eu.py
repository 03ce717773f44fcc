"""Myeloma with dexamethasone by the EU SmPC (4.2): what the tables for a first treatment and for a relapse agree on.

When: lenalidomide is ordered, taken or on hold with dexamethasone in the EU.
Then: the chart does not tell the line of treatment. Both tables begin at the same dose and share the renal rows, so a start
has its dose; under treatment only counts at which both tables interrupt do so, and no dose to resume at is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from cds_service.clinical.exposure import Dose
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.counts.by_regimen import bands_of, rows_of
from cds_service.drugs.lenalidomide.counts.other_regimens import regimen_outside_mds
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.counts.steps import choice, later_dose
from cds_service.drugs.lenalidomide.course.regimen import NextDose, Regimen
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.myeloma.eu_start import eligible_for_combination, start_checks
from cds_service.drugs.lenalidomide.renal import Band
from cds_service.drugs.lenalidomide.rulebook import RULES

START, RENAL = "EU-NDMM-LEVELS", "EU-REN-MM"
MIDDLE, LOWEST, _ = RULES[RENAL].data["bands"]
BANDS = bands_of(START, RENAL)
OTHER_OPTION = Dose(Decimal(LOWEST["or"]["dose_mg"]), every_days=LOWEST["or"]["every_days"])


def eu_combination(case: Case, therapy: Therapy) -> tuple[Regimen, Regimen]:
    """The regimens of a first treatment and of a relapse for one case.

    Below 30 mL/min the SmPC gives two doses: the one that is ordered or taken counts, and where neither is, the first.
    """
    taken = (therapy.dose, *(o.dose for o in case.orders))
    chosen = any(dose is not None and dose.same_as(OTHER_OPTION) for dose in taken)
    bands = tuple(replace(b, dose=OTHER_OPTION) if chosen and is_lowest(b) else b for b in BANDS)
    return _regimen(bands, START), _regimen(bands, "EU-RRMM-PLT", "EU-RRMM-ANC")


def is_lowest(band: Band) -> bool:
    """Whether a band is the one below 30 mL/min, without dialysis."""
    return band.id == RENAL and band.below == LOWEST["clearance_below"]


def _regimen(bands: tuple[Band, ...], *rule_ids: str) -> Regimen:
    return regimen_outside_mds(
        "EU",
        rule_ids[0],
        rows_of(*rule_ids),
        bands,
        _next_dose,
        eligibility=eligible_for_combination,
        start_checks=lambda of, _indication: start_checks(of, OTHER_OPTION),
        later_doses=_later_doses,
    )


def _next_dose(_case: Case, _therapy: Therapy, _rows: Sequence[CountRow]) -> NextDose:
    return choice("the last level of the table that applies")


def _later_doses(of: Situation, band: Band) -> tuple[Dose, ...]:
    """With 30 to below 50 mL/min 15 mg after 2 cycles, below 30 mL/min 10 mg once the dose is tolerated."""
    if is_lowest(band):
        return (replace(BANDS[0].dose, mg=Decimal(LOWEST["tolerated"]["dose_mg"])),)
    is_middle = band.id == RENAL and not band.dialysis
    return later_dose(of.therapy, of.today, MIDDLE["later"], band.dose) if is_middle else ()
