"""Myeloma with dexamethasone by the EU SmPC (4.2): what the tables for a first treatment and for a relapse agree on.

When: lenalidomide is ordered, taken or on hold with dexamethasone in the EU.
Then: the chart does not tell the line of treatment. Both tables begin at the same dose and share the renal rows, so a start
has its dose; under treatment only counts at which both tables interrupt do so, and no dose to resume at is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import NextDose, Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import bands_of, rows_of
from cds_service.dosing.treatment.steps import choice, later_doses
from cds_service.drugs.lenalidomide.counts.other_regimens import regimen_outside_mds
from cds_service.drugs.lenalidomide.myeloma.eu_start import eligible_for_combination, start_checks

FIRST_TREATMENT = "EU-NDMM-LEVELS"


def _next_dose(_case: Case, _therapy: Therapy, _rows: Sequence[CountRow]) -> NextDose:
    return choice("the last level of the table that applies")


def _regimen(rules: Rules, *rule_ids: str) -> Regimen:
    return regimen_outside_mds(
        rules,
        "EU",
        rule_ids[0],
        rows_of(rules, *rule_ids),
        bands_of(rules, FIRST_TREATMENT, "EU-REN-MM"),
        _next_dose,
        eligibility=eligible_for_combination,
        start_checks=start_checks,
        later_doses=later_doses,
    )


@cache
def eu_combination(rules: Rules) -> tuple[Regimen, Regimen]:
    """The regimens of a first treatment and of a relapse. Raises: RulebookError when the SmPC in force lacks a row."""
    return _regimen(rules, FIRST_TREATMENT), _regimen(rules, "EU-RRMM-PLT", "EU-RRMM-ANC")
