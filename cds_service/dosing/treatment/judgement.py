"""Today's counts judged against the rows that may interrupt treatment: what every check that asks about them starts from.

When: the drug is taken.
Then: what holds, what is pending, in the gap of a table or preliminary, and on which days findings ask for the next count. No
decision is made here, and none is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.dosing.count_rows import LINES
from cds_service.dosing.temperature import is_fever, low_neutrophils
from cds_service.dosing.treatment.count_lines import Kind, Verdict
from cds_service.dosing.treatment.every_world import held_in_every_world
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.verdicts import possible_doses, preliminary_verdicts, verdicts


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts by line, and those of them that matter: that interrupt, whose row has not lasted yet, in the gap of a table.

    `preliminary` are the verdicts on later preliminary results that are not fine; `sooner` the days for which all of these ask
    for the next count.
    """

    verdicts: Mapping[str, tuple[Verdict, ...]]
    holds: tuple[Verdict, ...]
    pending: tuple[Verdict, ...]
    gaps: tuple[Verdict, ...]
    preliminary: tuple[Verdict, ...]
    sooner: tuple[date, ...]


def judgement(patient: Patient) -> Judgement:
    """The counts of today judged, once for all that ask."""
    return patient.once(_judge)


def _judge(patient: Patient) -> Judgement:
    found = {line: verdicts(patient, line) for line in LINES}
    holds = [v for line in LINES for v in found[line] if all(o.kind is Kind.HOLD for o in found[line])]
    if not holds and any(v.kind is Kind.UNKNOWN for line in LINES for v in found[line]):
        holds = held_in_every_world(patient, possible_doses(patient))
    held = {v.reading.fact for v in holds}
    pending = [v for v in found["anc"] if v.kind is Kind.PENDING and "anc" not in held]
    gaps = [v for v in found["platelets"] if v.kind is Kind.GAP and "platelets" not in held]
    preliminary = [v for line in LINES for v in preliminary_verdicts(patient, line) if v.kind is not Kind.FINE]
    wait, gap = patient.regimen.pending, patient.regimen.gap
    sooner: list[date] = [
        v.run.first.on + timedelta(days=wait.repeat_days) for v in pending if v.run is not None and wait is not None
    ]
    sooner += [v.reading.on + timedelta(days=gap.repeat_days) for v in gaps if gap is not None]
    sooner += [patient.today + timedelta(days=1)] if is_febrile(patient) else []
    sooner += [patient.today] if preliminary else []
    return Judgement(found, tuple(holds), tuple(pending), tuple(gaps), tuple(preliminary), tuple(sooner))


def is_febrile(patient: Patient) -> bool:
    """Whether low neutrophils meet fever: the next count is then sooner, and what else follows is a check of its own."""
    return is_fever(patient.case, patient.regimen.ids.fever) and bool(
        low_neutrophils(patient.case, patient.regimen.ids.fever)
    )
