"""What speaks against a start outside MDS, by the rows of the definition.

When: a first dose is ordered for myeloma or lymphoma.
Then: counts at which no regimen that the chart leaves open may begin: do not start. Counts at which one may and another may
not: asked, no dose. Counts at which the regimen interrupts, or below those that it waits for: reviewed. In the EU also the
hepatitis B status and the choice of two doses; a partner in myeloma that belongs to none of its regimens is reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cds_service.clinical.facts import Missing, PatientFacts
from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.regimen import StartChecks
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import count_words
from cds_service.dosing.treatment.start_counts import counts_review, hold_counts
from cds_service.drugs.lenalidomide.counts.active import active_medication
from cds_service.drugs.lenalidomide.counts.recognition import RELAPSE, recognise
from cds_service.drugs.lenalidomide.counts.start_limits import Limits, must_not_start, open_counts
from cds_service.drugs.lenalidomide.decisions import ask, review
from cds_service.drugs.lenalidomide.definitions import Definition

PARTNERS = ("proteasome-inhibitor", "alkylating-agent")
LABELLED_PARTNERS = ("bortezomib", "melphalan")
_INFILTRATED = re.compile(
    r"(bone )?marrow (infiltrat|involve)|(infiltrat\w*|involve\w*) of (the )?(bone )?marrow|knochenmark\w*infiltrat",
    re.I,
)
_DENIED = re.compile(r"\b(no|not|without|negative|kein\w*|ohne)\b|\?", re.I)


def start_checks(definition: Definition, patient: Patient) -> StartChecks:
    """The checks of one definition, of those of several that are possible all."""
    possible = recognise(patient.case).possible if definition.is_myeloma else (definition,)
    blocking = start_counts(possible, patient) or list(hold_counts(patient).blocking)
    blocking += _not_recovered(patient)
    if definition.jurisdiction == "US":
        return StartChecks(tuple(blocking))
    partners = _partners(patient) if definition.is_myeloma else []
    return StartChecks((*blocking, *partners))


def start_counts(possible: Sequence[Definition], patient: Patient) -> list[Recommendation]:
    """Counts against what the regimens ask for that the chart leaves open; empty where none of them asks."""
    rules = tuple(dict.fromkeys(d.start_counts for d in possible if d.start_counts))
    if not rules:
        return []
    if any("unless_infiltrated" in patient.rules[rule].data for rule in rules):
        return _unless_infiltrated(patient, rules)
    # The strictest first.
    rules = tuple(
        sorted(rules, key=lambda r: [-patient.rules.number(r, f"{line}_below") for line in ("anc", "platelets")])
    )
    rows = [patient.rules[rule].data for rule in rules]
    # Whatever the marrow shows: infiltrated by plasma cells, it allows fewer platelets.
    none_may = {line: min(row.get(f"{line}_below_infiltrated", row[f"{line}_below"]) for row in rows) for line in LINES}
    each_may = {line: max(row[f"{line}_below"] for row in rows) for line in LINES}
    return [
        *must_not_start(patient, none_may, rules, ()),
        *open_counts(patient, none_may, rules),
        *_regimen_decides(possible, patient, none_may, each_may, rules),
    ]


def _unless_infiltrated(patient: Patient, rules: tuple[str, ...]) -> list[Recommendation]:
    """Counts that forbid a start unless the marrow is infiltrated: on file, it makes of them a review."""
    limits: Limits = {line: max(patient.rules.number(rule, f"{line}_below") for rule in rules) for line in LINES}
    infiltration = _infiltration(patient.facts)
    if not infiltration:
        return [*must_not_start(patient, limits, rules, ()), *open_counts(patient, limits, rules)]
    low = [r for line in LINES for r in patient.counts[line].decisive if r.amount.is_below(limits[line]) is not False]
    return [counts_review(patient, rules, "start-infiltrated", low, infiltration)] if low else []


def _not_recovered(patient: Patient) -> list[Recommendation]:
    """A regimen that begins once counts have recovered: below one of them it is reviewed."""
    start = patient.regimen.ids.start
    least = {line: limit for line in LINES if (limit := patient.rules[start].data.get(f"{line}_at_least")) is not None}
    low = [r for line in least for r in patient.counts[line].decisive if r.amount.is_below(least[line]) is not False]
    return [counts_review(patient, (start,), "start-not-recovered", low)] if low else []


def _regimen_decides(
    possible: Sequence[Definition], patient: Patient, none_may: Limits, each_may: Limits, rules: tuple[str, ...]
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
    names = [definition.name for definition in possible]
    missing = [Missing("regimen", f"which one is not told: {', '.join(names)}", rules[0])]
    relapse = next((d.start_counts for d in possible if d.name == RELAPSE), "")
    if relapse and any(r.fact == "platelets" for r in between):
        missing.append(Missing("marrow", "infiltration by plasma cells is not told", relapse))
    words, inputs = count_words(patient, between) | {"possible": ", ".join(names)}, [Input.of(r) for r in between]
    return [ask(patient, rules, "start-regimen-decides", words=words, inputs=inputs, missing=missing)]


def _partners(patient: Patient) -> list[Recommendation]:
    """Drugs of the combination that no regimen of the document has."""
    known = {i.reference for i in active_medication(patient.case, *LABELLED_PARTNERS)}
    active = [i for i in active_medication(patient.case, *PARTNERS) if i.reference not in known]
    if not active:
        return []
    names = " and ".join(dict.fromkeys(i.value for i in active))
    return [
        review(
            patient, (patient.regimen.ids.indication,), "start-other-combination", words={"drug": names}, inputs=active
        )
    ]


def _infiltration(facts: PatientFacts) -> tuple[Input, ...]:
    """The active diagnoses, with their stages, that say that lymphoma infiltrates the marrow; words that deny it say nothing."""
    said = [
        (d, text)
        for d in facts.diagnoses
        if d.is_active
        for text in (d.text, *(part for stage in d.stages for part in stage))
        if _INFILTRATED.search(text) and not _DENIED.search(text)
    ]
    return tuple(Input("marrow", text, on=d.recorded_on, reference=d.reference) for d, text in said)
