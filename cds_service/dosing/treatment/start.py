"""The first dose: eligibility, counts, kidneys, dose.

When: a patient who does not take the drug gets an order for it.
Then: the dose of the renal band, on counts of the last 7 days; what else speaks against a start is the document's own.
Possible febrile neutropenia is urgent, and no dose is offered that day.
"""

from __future__ import annotations

from datetime import timedelta

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision
from cds_service.dosing.orders import check_orders, ordered_dose, several_orders
from cds_service.dosing.regimen import Eligibility
from cds_service.dosing.renal import Band, KidneyFunction, kidney_function
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.fever import escalate_at_start
from cds_service.dosing.treatment.on_treatment import is_febrile
from cds_service.dosing.treatment.order_above import above_bands, above_table
from cds_service.dosing.treatment.planned_start import counts_too_old_at_start, start_days
from cds_service.dosing.treatment.sayings import clearance_words
from cds_service.dosing.treatment.situation import LINES, Situation
from cds_service.dosing.words import LINE_NAMES

FACT_NAMES = {**LINE_NAMES, "birthDate": "birth date"}


def assess_start(of: Situation) -> list[Recommendation]:
    """The recommendations on an order that would start treatment."""
    eligible = of.regimen.eligibility(of)
    kidneys = kidney_function(of.case)
    checks = of.regimen.start_checks(of)
    lacking = _lacking(of, kidneys, bool(checks.blocking))
    several = several_orders(of.case, of.indication)
    febrile = escalate_at_start(of, of.today + timedelta(days=1)) if is_febrile(of) else []
    result = [*febrile, *eligible.blocking, *checks.blocking, *checks.beside, *lacking, *several]
    if any(r.action is Action.DO_NOT_START for r in result):
        return result
    is_about_data = all(r.action is Action.REQUEST_DATA for r in checks.blocking)
    if febrile or eligible.blocking or not is_about_data:
        return [*result, *above_table(of, result)]
    if checks.blocking or lacking:
        return [*result, *above_bands(of, kidneys, result)]
    bands = kidneys.bands(of.regimen.bands)
    if len(bands) != 1:
        return [*result, _ambiguous_band(of, kidneys, bands), *above_bands(of, kidneys, result)]
    return [*result, *_dose(of, eligible, kidneys, bands[0]), *counts_too_old_at_start(of)]


def _dose(of: Situation, eligible: Eligibility, kidneys: KidneyFunction, band: Band) -> list[Recommendation]:
    ids, cbc = of.regimen.ids, of.regimen.cbc
    for other in of.regimen.bands:
        of.trace.say(other.id, "fired" if other is band else "not met", clearance_words(of.regimen.bands, kidneys))
    right = band.dose_beside(ordered_dose(of.case))
    of.trace.say(ids.start, "fired", f"start at {right.words}")
    due = of.today + timedelta(days=cbc.every_first)
    is_full = right.mg == of.rules.number(ids.start, "dose_mg")
    rules = [ids.start, band.id, cbc.rule] if is_full else [band.id, ids.start, cbc.rule]
    near = kidneys.near_cut_offs(of.regimen.bands, of.rules.role(Role.CLEARANCE).number("near_cut_off_percent"))
    assumptions = ["Actual body weight was used for the clearance."] if not kidneys.on_dialysis else []
    if near:
        assumptions.append(
            f"The clearance is within 10% of the cut-off {' and '.join(near)} mL/min: a small change moves the dose."
        )
    assumptions += [remark for value, remark in of.regimen.at_clearance.items() if value in kidneys.clearances]
    assumptions += eligible.remarks
    words = {
        "clearance": clearance_words(of.regimen.bands, kidneys),
        "due": due.isoformat(),
        **of.regimen.start_words(of),
    }
    inputs = [*kidneys.inputs, *(Input.of(r) for line in LINES for r in of.counts[line].decisive), *eligible.inputs]
    found = check_orders(
        of.case,
        of.indication,
        right,
        Action.START,
        "start",
        rules,
        words,
        inputs,
        due,
        eligible.not_found,
        assumptions,
    )
    spoken = {r.order for r in found}
    silent = [o for o in of.case.orders if o.reference not in spoken]
    if silent and eligible.not_found:
        found.append(
            decision(
                of.case,
                of.indication,
                Action.START,
                Urgency.INFO,
                rules,
                "start-as-ordered",
                words={
                    **words,
                    "new_dose": right.words,
                    "new_dose_brief": right.brief,
                    "what": " and ".join(m.fact for m in eligible.not_found),
                },
                dose=right,
                next_cbc_due=due,
                inputs=inputs,
                missing=eligible.not_found,
                assumptions=assumptions,
                order=silent[0].reference,
                proposals=cbc_proposals(of.case, due),
            )
        )
    return found


def _lacking(of: Situation, kidneys: KidneyFunction, is_blocked: bool) -> list[Recommendation]:
    """Counts or kidney inputs that are missing, unusable or too old to start on; results in conflict where one blocks."""
    missing: list[Missing] = []
    inputs: list[Input] = []
    for line in LINES:
        found = of.counts[line]
        if found.missing is not None:
            missing.append(found.missing)
        else:
            missing += [Missing(line, u.reason, u.rule) for u in found.refused[-1:]]
            missing += [
                Missing(
                    line, "the latest count is an estimate or has a clumping remark", of.rules.role(Role.CLUMPING).id
                )
            ] * bool(found.estimate)
            missing += [Missing(line, "a later result is only preliminary", of.rules.role(Role.PRELIMINARY).id)] * bool(
                found.preliminary
            )
        missing += [Missing(line, "two results at one time", of.rules.role(Role.CONFLICT).id)] * (
            is_blocked and len(found.decisive) > 1
        )
        if found.is_older_than(start_days(of.rules), of.today):
            missing.append(
                Missing(line, f"older than {start_days(of.rules)} days ({found.on})", of.rules.role(Role.STALE).id)
            )
        inputs += [Input.of(r) for r in (*found.decisive, *found.estimate, *found.preliminary)]
        inputs += [
            Input(u.fact, u.reported, u.reported_unit, "", u.on, u.reference) for u in found.refused if u.reported
        ]
    missing += (*kidneys.missing, *kidneys.stale)
    if not missing:
        return []
    rules = [m.rule for m in missing if m.rule in of.rules]
    if kidneys.missing:
        rules.append(of.rules.role(Role.CLEARANCE).id)
    rules = rules or [of.regimen.ids.start]
    for rule_id in rules:
        of.trace.say(rule_id, "fired", "; ".join(f"{m.fact}: {m.reason}" for m in missing if m.rule in (rule_id, "")))
    what = "; ".join(dict.fromkeys(f"{FACT_NAMES.get(m.fact, m.fact)}: {m.reason}" for m in missing))
    return [
        decision(
            of.case,
            of.indication,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            rules,
            "start-data-missing",
            words={"what": what},
            inputs=[*inputs, *kidneys.inputs],
            missing=missing,
            proposals=cbc_proposals(of.case, of.today) if any(m.fact in LINES for m in missing) else (),
        )
    ]


def _ambiguous_band(of: Situation, kidneys: KidneyFunction, bands: tuple[Band, ...]) -> Recommendation:
    """The chart allows clearances in more than one band (partial birth date, sex not stated, two results): ask."""
    rule = of.rules.role(Role.CLEARANCE).id
    return decision(
        of.case,
        of.indication,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        (rule, *(b.id for b in bands)),
        "start-clearance-ambiguous",
        words={"clearance": clearance_words(of.regimen.bands, kidneys)},
        inputs=kidneys.inputs,
        missing=[
            Missing(
                "creatinineClearance",
                "birth date, sex, creatinine or weight leave more than one band open",
                of.rules.role(Role.CLEARANCE).id,
            )
        ],
    )
