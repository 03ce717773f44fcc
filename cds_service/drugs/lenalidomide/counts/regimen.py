"""A regimen outside MDS, built from its definition and the rows in force.

When: lenalidomide is ordered, taken or on hold for myeloma or lymphoma.
Then: the diagnosis is enough to start; counts that meet a row interrupt; treatment resumes by the steps of the regimen, and
may rise one level where its row says so; after the last cycle of the document it is reviewed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Recommendation
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import Eligibility, NextDose, Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import bands_of, rows_at, rows_of, schedule_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import course_inputs, course_words
from cds_service.dosing.treatment.stepping import lower_dose, steps_of
from cds_service.drugs.lenalidomide.counts.active import active_medication
from cds_service.drugs.lenalidomide.counts.falls import other_toxicities, platelets_fell, rows_in_play
from cds_service.drugs.lenalidomide.counts.start_checks import start_checks
from cds_service.drugs.lenalidomide.counts.step_up import higher_doses, step_up_unknown
from cds_service.drugs.lenalidomide.decisions import fires, review
from cds_service.drugs.lenalidomide.definitions import DEFINITIONS, Definition
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens


def regimen_of(case: Case, therapy: Therapy, definition: Definition) -> Regimen:
    """The regimen of one case: the falls and toxicities so far choose among its rows."""
    rows = rows_of(case.rules, *definition.counts)
    return _built(case.rules, definition, rows_in_play(case, therapy, rows))


def variants(rules: Rules) -> Iterator[tuple[Definition, Regimen]]:
    """Every regimen with the rows of each fall, beside its definition. Raises: RulebookError naming the edition and the row
    that it lacks."""
    for definition in DEFINITIONS:
        rows = rows_of(rules, *definition.counts)
        for fall in ("first", "later"):
            yield definition, _built(rules, definition, tuple(r for r in rows if r.fall in ("", fall)))


@cache
def _built(rules: Rules, definition: Definition, rows: tuple[CountRow, ...]) -> Regimen:
    """What a definition does not name is that of MDS in the same jurisdiction."""
    base = regimens(rules)[definition.jurisdiction]
    steps_of(rules, definition.steps)
    return replace(
        base,
        ids=replace(
            base.ids,
            indication=f"{definition.jurisdiction}-IND-OTHER",
            start=definition.start,
            no_row="",
            row_lock=(),
            neutropenia=(definition.neutropenia,) if definition.neutropenia else (),
        ),
        bands=bands_of(rules, definition.start, *definition.renal),
        cbc=schedule_of(rules, definition.cbc, base.cbc) if definition.cbc else base.cbc,
        rows=lambda _dose, line: rows_at(rows, line),
        next_dose=partial(_next_dose, definition),
        eligibility=partial(_eligible, definition),
        start_checks=partial(start_checks, definition),
        response=lambda patient: [*_cycles_over(patient), *step_up_unknown(definition, patient)],
        is_reduced=lambda _case, therapy: therapy.reduced_from is not None,
        later_doses=partial(higher_doses, definition),
        start_words=lambda _patient: {"karyotype": ""},
        resume_message="resume-step",
    )


def _next_dose(definition: Definition, case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    every = rows_of(case.rules, *definition.counts)
    is_other = bool(other_toxicities(case.facts, therapy)) or platelets_fell(case, therapy, every)
    return lower_dose(
        steps_of(case.rules, definition.steps),
        therapy,
        rows,
        has_other_toxicity=is_other,
        lowest=_lowest_by_kidneys(case.rules, definition, therapy),
        orders=case.orders,
    )


def _lowest_by_kidneys(rules: Rules, definition: Definition, therapy: Therapy) -> tuple[Dose, ...]:
    """The lowest doses of the renal row that the highest dose of the course belongs to, where that row names its own."""
    highest = therapy.reduced_from or therapy.dose
    for rule_id in definition.renal:
        for row in rules[rule_id].data.get("bands", ()):
            begun_at = (row["dose_mg"], row.get("later", row)["dose_mg"])
            if "floors" in row and highest is not None and highest.mg in begun_at:
                return tuple(Dose(f["floor_mg"], every_days=int(f.get("every_days", 1))) for f in row["floors"])
    return ()


def _eligible(definition: Definition, patient: Patient) -> Eligibility:
    """A labelled indication outside MDS: the diagnosis alone decides; the card of a start says what else belongs to it."""
    rule = patient.regimen.ids.indication
    patient.trace.say(rule, "not met", "the diagnosis is on file; earlier lines of treatment are not looked at")
    found = Eligibility(inputs=indication_of(patient.facts).inputs)
    for remark in definition.remarks:
        fires(patient, remark, patient.case.orders, "said with a start")
        found.said_with.append(remark)
    active = active_medication(patient.case, definition.expects) if definition.expects else ()
    found.inputs += active
    if definition.expects and not active:
        none = f"no active {definition.expects} product found"
        reason = patient.facts.unseen.get("medicationRequests", none)
        found.not_found.append(Missing(definition.expects, reason, definition.start))
    return found


def _cycles_over(patient: Patient) -> list[Recommendation]:
    """A review after the last cycle; empty where the document names none or the first dose is not known."""
    rule = patient.regimen.ids.start
    start, first = patient.rules[rule].data, min(patient.therapy.first_doses, default=None)
    if "cycles_at_most" not in start or first is None:
        return []
    cycles, days = start["cycles_at_most"], start["cycle_days"]
    if patient.today - first < timedelta(days=cycles * days):
        return []
    patient.trace.say(rule, "fired", f"{cycles} cycles are over")
    words = course_words(patient) | {"cycles": str(cycles), "days": str(days)}
    return [review(patient, (rule,), "cycles-exceeded", words=words, inputs=course_inputs(patient))]
