"""Low neutrophils, and a temperature that is on file but cannot be used: is there fever?

When: neutrophils are below the limit of the fever rule, and a temperature of the last hours was refused, is only
preliminary, or is a range that reaches the limit.
Then: the clinician is asked for it. No temperature at all asks for nothing. Fever itself is urgent, also at a start.
"""

from __future__ import annotations

from datetime import date

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision
from cds_service.dosing.data_quality import available
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.patient import Patient, temperature_window
from cds_service.dosing.treatment.sayings import count_words
from cds_service.dosing.words import shown_on


def unusable_temperatures(patient: Patient) -> tuple[Missing, ...]:
    """Why a temperature of the last hours, or of an unknown day, does not tell whether there is fever."""
    rule = patient.regimen.ids.fever
    limit = patient.rules.number(rule, "temperature_at_least")
    earliest = patient.today - temperature_window(patient.rules)
    found = available(patient.case, "temperature")
    reasons = [(u.reason, u.rule or rule) for u in found.refused if u.on is None or u.on >= earliest]
    reasons += [
        ("preliminary", patient.rules.role(Role.PRELIMINARY).id)
        for r in found.preliminary
        if r.on >= earliest and r.amount.is_at_least(limit) is not False
    ]
    if patient.temperature is not None and patient.temperature.amount.is_at_least(limit) is None:
        reasons.append(("reported as a range", patient.rules.role(Role.COMPARATOR).id))
    return tuple(Missing("temperature", reason, by) for reason, by in dict.fromkeys(reasons))


def ask_for_temperature(patient: Patient, due: date) -> list[Recommendation]:
    """One request for the temperature where low neutrophils would make fever urgent and it cannot be told."""
    rule = patient.regimen.ids.fever
    limit = patient.rules.number(rule, "anc_below")
    low = [r for r in patient.counts["anc"].decisive if r.amount.is_below(limit) is not False]
    low += [r for r in patient.counts["anc"].preliminary if r.amount.is_below(limit)]
    missing = unusable_temperatures(patient) if low else ()
    if not missing:
        return []
    patient.trace.say(rule, "unknown", "; ".join(f"temperature: {m.reason}" for m in missing))
    found = available(patient.case, "temperature")
    refused = [Input(u.fact, u.reported, u.reported_unit, "", u.on, u.reference) for u in found.refused if u.reported]
    return [
        decision(
            patient.case,
            patient.indication,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            (rule, *(m.rule for m in missing if m.rule != rule)),
            "temperature-unusable",
            words=count_words(patient, low[:1]) | {"what": "; ".join(m.reason for m in missing)},
            next_cbc_due=due,
            inputs=[*(Input.of(r) for r in low[:1]), *refused],
            missing=missing,
        )
    ]


def escalate_at_start(patient: Patient, due: date) -> list[Recommendation]:
    """Possible febrile neutropenia where an order would start treatment: urgent, and no day to start on.

    Args: called where there is fever and low neutrophils; `due` the next CBC.
    """
    readings = [*patient.counts["anc"].decisive, *patient.counts["anc"].preliminary][:1]
    temperature = [patient.temperature] if patient.temperature is not None else []
    return [
        decision(
            patient.case,
            patient.indication,
            Action.ESCALATE_URGENT,
            Urgency.CRITICAL,
            (patient.regimen.ids.fever, *patient.regimen.ids.neutropenia),
            "febrile-neutropenia-start",
            words=count_words(patient, readings)
            | {"temperature": "; ".join(shown_on(t) for t in temperature), "due": due.isoformat()},
            next_cbc_due=due,
            inputs=[Input.of(r) for r in (*readings, *temperature)],
            proposals=cbc_proposals(patient.case, due),
        )
    ]
