"""Counts against the limits that a document sets for a start.

When: a first dose is ordered.
Then: neutrophils or platelets below their limit do not let it start; results on both sides of it are asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.recommendation import Action, Input, Proposal, Recommendation, Urgency
from cds_service.dosing.build import decision, order_cbc, withdrawal_label, withdrawals
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.planned_start import start_days
from cds_service.dosing.treatment.sayings import count_words
from cds_service.dosing.words import LINE_NAMES

Limits = Mapping[str, Decimal | int]


def must_not_start(
    patient: Patient, limits: Limits, rules: tuple[str, ...], neutropenia: tuple[str, ...] | None = None
) -> list[Recommendation]:
    """A line whose recent results all lie below its limit.

    Args: the limit of each line per microlitre; the rules that set them; what is said with low neutrophils where it is not what
    the regimen says under treatment.
    """
    low: list[Reading] = []
    for line in LINES:
        found = patient.counts[line]
        below = [r.amount.is_below(limits[line]) for r in found.decisive]
        if below and all(below) and not found.is_older_than(start_days(patient.rules), patient.today):
            low += found.decisive
    for rule_id in rules:
        patient.trace.say(rule_id, "fired" if low else "not met", "counts against the limits for a start")
    if not low:
        return []
    said = patient.regimen.ids.neutropenia if neutropenia is None else neutropenia
    due = patient.today + timedelta(days=patient.regimen.cbc.every_first)
    rules = (*rules, *(said if any(r.fact == "anc" for r in low) else ()))
    return [
        decision(
            patient,
            Action.DO_NOT_START,
            Urgency.CRITICAL,
            rules,
            "must-not-start",
            words=count_words(patient, low) | {"due": due.isoformat()},
            next_cbc_due=due,
            inputs=[Input.of(r) for r in low],
            proposals=_instead(patient, due),
        )
    ]


def _instead(patient: Patient, due: date) -> tuple[Proposal, ...]:
    removals = withdrawals(patient.case)
    label = withdrawal_label(patient.case, "do-not-start")
    return (Proposal(label, (*removals, order_cbc(patient.case, due)), is_recommended=True),) if removals else ()


def open_counts(patient: Patient, limits: Limits, rules: tuple[str, ...]) -> list[Recommendation]:
    """Results on both sides of the limit: a range, of which the exact one is asked for, or two of one time, one of which stops."""
    unclear: list[Reading] = []
    missing: list[Missing] = []
    for line in LINES:
        readings = patient.counts[line].decisive
        below = [r.amount.is_below(limits[line]) for r in readings]
        if None in below:
            missing.append(Missing(line, "reported as a range", "GEN-COMPARATOR"))
        elif any(below) and not all(below):
            missing.append(Missing(line, "two results at one time", "GEN-CONFLICT"))
        else:
            continue
        unclear += readings
    if not missing:
        return []
    asked_by = tuple(dict.fromkeys(m.rule for m in missing))
    return [
        decision(
            patient,
            Action.REQUEST_DATA,
            Urgency.CRITICAL if "GEN-CONFLICT" in asked_by else Urgency.WARNING,
            (*asked_by, *rules),
            "start-data-missing",
            words={"what": "; ".join(f"{LINE_NAMES[m.fact]}: {m.reason}" for m in missing)},
            inputs=[Input.of(r) for r in unclear],
            missing=missing,
        )
    ]
