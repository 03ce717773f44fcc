"""A start of myeloma treatment by the EU SmPC (4.2).

When: a first dose is ordered for myeloma in the EU.
Then: counts at which no regimen that the chart leaves open may begin: do not start. Counts at which one may and another may
not: asked, no dose. A proteasome inhibitor or an alkylating agent beside dexamethasone: no dose is on file.
"""

from __future__ import annotations

from collections.abc import Mapping

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.regimen import Eligibility, StartChecks
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import count_words
from cds_service.drugs.lenalidomide.counts.eu_start import (
    Limits,
    choice_of_dose,
    hepatitis_b,
    must_not_start,
    open_counts,
)
from cds_service.drugs.lenalidomide.counts.other_regimens import active_medication, eligible
from cds_service.drugs.lenalidomide.myeloma.recognition import (
    AFTER_TRANSPLANT,
    FIRST,
    RELAPSE,
    WITH_BORTEZOMIB,
    WITH_MELPHALAN,
    recognise,
)

# The rule of the counts by regimen, the strictest first.
START_COUNTS: Mapping[str, str] = {
    WITH_MELPHALAN: "EU-MPR-START-CNT",
    AFTER_TRANSPLANT: "EU-MMM-START-CNT",
    RELAPSE: "EU-RRMM-START-CNT",
    FIRST: "EU-MM-START-CNT",
    WITH_BORTEZOMIB: "EU-MM-START-CNT",
}
PARTNERS = ("proteasome-inhibitor", "alkylating-agent")
LEVELS_ALIKE = (
    "The line of treatment was not told; the levels of a first treatment and of a relapse begin at the same dose."
)


def eligible_for_combination(patient: Patient) -> Eligibility:
    """The diagnosis is enough; the card says that the line of treatment is not known."""
    found = eligible(patient)
    found.remarks.append(LEVELS_ALIKE)
    return found


def start_checks(patient: Patient) -> StartChecks:
    """Counts, hepatitis B, partners of the combination, and the choice below 30 mL/min."""
    blocking = (*start_counts(patient), *_partners(patient), *choice_of_dose(patient))
    return StartChecks(blocking, tuple(hepatitis_b(patient)))


def start_counts(patient: Patient) -> list[Recommendation]:
    """Counts against what the regimens ask for that the chart leaves open."""
    possible = recognise(patient.case).possible
    rules = tuple(dict.fromkeys(rule for regimen, rule in START_COUNTS.items() if regimen in possible))
    rows = [patient.rules[rule].data for rule in rules]
    # Whatever the marrow shows: infiltrated by plasma cells, it allows fewer platelets.
    none_may = {line: min(row.get(f"{line}_below_infiltrated", row[f"{line}_below"]) for row in rows) for line in LINES}
    each_may = {line: max(row[f"{line}_below"] for row in rows) for line in LINES}
    return [
        *must_not_start(patient, none_may, rules),
        *open_counts(patient, none_may, rules),
        *_regimen_decides(patient, none_may, each_may, rules),
    ]


def _regimen_decides(
    patient: Patient, none_may: Limits, each_may: Limits, rules: tuple[str, ...]
) -> list[Recommendation]:
    """Counts at which one regimen may begin and another may not, or the same one with another marrow."""
    between = [
        r
        for line in LINES
        for r in patient.counts[line].decisive
        if r.amount.is_below(none_may[line]) is False and r.amount.is_below(each_may[line]) is not False
    ]
    if not between:
        return []
    possible = [regimen for regimen in START_COUNTS if regimen in recognise(patient.case).possible]
    missing = [Missing("regimen", f"which one is not told: {', '.join(possible)}", rules[0])]
    if RELAPSE in possible and any(r.fact == "platelets" for r in between):
        missing.append(Missing("marrow", "infiltration by plasma cells is not told", START_COUNTS[RELAPSE]))
    return [
        decision(
            patient.case,
            patient.indication,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            rules,
            "start-regimen-decides",
            words=count_words(patient, between) | {"possible": ", ".join(possible)},
            inputs=[Input.of(r) for r in between],
            missing=missing,
        )
    ]


def _partners(patient: Patient) -> list[Recommendation]:
    """Combinations whose starting dose is not on file."""
    active = active_medication(patient.facts, *PARTNERS, on=patient.today)
    if not active:
        return []
    names = " and ".join(dict.fromkeys(i.value for i in active))
    return [
        decision(
            patient.case,
            patient.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (patient.regimen.ids.indication,),
            "start-other-combination",
            words={"drug": names[:40]},
            inputs=active,
        )
    ]
