"""Myeloma with dexamethasone by the EU SmPC (4.2): what the rows for a first treatment and for a relapse agree on.

When: lenalidomide is taken or on hold with dexamethasone in the EU.
Then: the chart does not tell the line of treatment, so only counts at which both tables interrupt do so; otherwise the
clinician is asked. No dose is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.counts.by_regimen import rows_at, rows_of
from cds_service.drugs.lenalidomide.counts.other_regimens import eligible, hold_counts, is_reduced, no_contradictions
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.counts.steps import choice
from cds_service.drugs.lenalidomide.course.regimen import NextDose, Regimen
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.mds_del5q.eu import EU


def _regimen(*rule_ids: str) -> Regimen:
    table = rows_of(*rule_ids)

    def rows(_dose: Dose | None, line: str) -> tuple[CountRow, ...]:
        return rows_at(table, line)

    ids = replace(
        EU.ids,
        indication="EU-IND-OTHER",
        start=rule_ids[0],
        no_row="",
        both_lines=(),
        neutropenia=(),
        renal_on_treatment=(),
    )
    return replace(
        EU,
        ids=ids,
        bands=(),
        rows=rows,
        next_dose=_next_dose,
        contradictions=no_contradictions,
        needs_isolated=False,
        start_checks=hold_counts,
        response=_nothing_beside,
        is_reduced=is_reduced,
        eligibility=eligible,
    )


def _next_dose(_case: Case, _therapy: Therapy, _rows: Sequence[CountRow]) -> NextDose:
    return choice("the last level of the table that applies")


def _nothing_beside(_of: Situation) -> list[Recommendation]:
    return []


FIRST_TREATMENT = _regimen("EU-NDMM-LEVELS")
RELAPSE = _regimen("EU-RRMM-PLT", "EU-RRMM-ANC")
