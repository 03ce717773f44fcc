"""The first dose of lenalidomide in MDS with del(5q): eligibility, counts, kidneys, dose (US label 2.2, 2.6).

When: a patient who does not take lenalidomide gets an order for it.
Then: the dose of the renal band, on counts of the last 7 days; below the trial's entry counts the start is reviewed.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.drugs.lenalidomide.build import cbc_proposals, decision
from cds_service.drugs.lenalidomide.data_quality import available
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.mds_del5q.eligibility import Eligibility, eligibility
from cds_service.drugs.lenalidomide.mds_del5q.sayings import count_words
from cds_service.drugs.lenalidomide.mds_del5q.situation import LINES, Situation
from cds_service.drugs.lenalidomide.orders import check_orders, several_orders
from cds_service.drugs.lenalidomide.renal import US_MDS_BANDS, Band, KidneyFunction, kidney_function
from cds_service.drugs.lenalidomide.rulebook import RULES

ENTRY = RULES["US-MDS-SILENT-START"].data
START_DAYS: int = RULES["GEN-STALE"].data["count_days_to_start"]
FIRST_CBC = timedelta(days=RULES["US-MON-CBC-MDS"].data["every_days_first"])


def assess_start(of: Situation, indication: Indication) -> list[Recommendation]:
    """The recommendations on an order that would start treatment."""
    eligible = eligibility(of.case, indication, of.trace)
    kidneys = kidney_function(of.facts, of.today)
    low = _low_counts(of)
    lacking = _lacking(of, kidneys)
    result = [*eligible.blocking, *low, *_liver(of), *lacking, *several_orders(of.case, of.indication)]
    if eligible.blocking or low or lacking:
        return result
    bands = kidneys.bands(US_MDS_BANDS)
    if len(bands) != 1:
        return [*result, _ambiguous_band(of, kidneys, bands)]
    return [*result, *_dose(of, indication, eligible, kidneys, bands[0])]


def _dose(
    of: Situation, indication: Indication, eligible: Eligibility, kidneys: KidneyFunction, band: Band
) -> list[Recommendation]:
    for other in US_MDS_BANDS:
        of.trace.say(other.id, "fired" if other is band else "not met", _clearance_words(kidneys))
    of.trace.say("US-MDS-START", "fired", f"start at {band.dose.words}")
    due = of.today + FIRST_CBC
    rules = [band.id, "US-MDS-START", "US-MON-CBC-MDS"] if band.dose.mg != RULES["US-MDS-START"].data["dose_mg"] else [
        "US-MDS-START", band.id, "US-MON-CBC-MDS",
    ]  # fmt: skip
    near = kidneys.near_cut_offs(US_MDS_BANDS)
    assumptions = ["Actual body weight was used for the clearance."] if not kidneys.on_dialysis else []
    if near:
        assumptions.append(
            f"The clearance is within 10% of the cut-off {' and '.join(near)} mL/min: a small change moves the dose."
        )
    if any(v == Fraction(60) for v in kidneys.clearances):
        assumptions.append(
            "Older label revisions gave the full dose at a clearance of exactly 60 mL/min; the current row includes 60."
        )
    words = {"clearance": _clearance_words(kidneys), "due": due.isoformat()}
    inputs = [*kidneys.inputs, *(Input.of(r) for line in LINES for r in of.counts[line].decisive), *eligible.inputs]
    found = check_orders(
        of.case,
        of.indication,
        band.dose,
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
                words={**words, "new_dose": band.dose.words, "what": " and ".join(m.fact for m in eligible.not_found)},
                dose=band.dose,
                next_cbc_due=due,
                inputs=inputs,
                missing=eligible.not_found,
                assumptions=assumptions,
                order=silent[0].reference,
                proposals=cbc_proposals(of.case, due),
            )
        )
    return found


def _clearance_words(kidneys: KidneyFunction) -> str:
    if kidneys.on_dialysis:
        return "on dialysis"
    return "creatinine clearance " + " or ".join(f"{plain(v, 1)} mL/min" for v in kidneys.clearances)


def _low_counts(of: Situation) -> list[Recommendation]:
    """Counts below the trial's entry criteria: review, without a dose (US-MDS-SILENT-START)."""
    minimum = {"anc": ENTRY["anc_at_least"], "platelets": ENTRY["platelets_at_least"]}
    low = [r for line in LINES for r in of.counts[line].decisive if r.amount.is_below(minimum[line]) is not False]
    of.trace.say("US-MDS-SILENT-START", "fired" if low else "not met", "counts against the trial's entry criteria")
    if not low:
        return []
    return [
        decision(
            of.case,
            of.indication,
            Action.REVIEW,
            Urgency.WARNING,
            ("US-MDS-SILENT-START",),
            "start-low-counts",
            words=count_words(low),
            inputs=[Input.of(r) for r in low],
        )
    ]


def _liver(of: Situation) -> list[Recommendation]:
    """Liver values above the trial's entry criteria, where they are on file: review."""
    multiple = ENTRY["liver_enzymes_at_most_uln"]
    high = [
        r
        for fact in ("alt", "ast")
        for r in available(of.facts, fact, of.today).decisive
        if r.upper_limit is not None and r.amount.is_above(multiple * r.upper_limit)
    ]
    if not high:
        return []
    return [
        decision(
            of.case,
            of.indication,
            Action.REVIEW,
            Urgency.WARNING,
            ("US-MDS-SILENT-START",),
            "start-liver",
            words={"count": " and ".join(f"{r.fact.upper()} {r.reported} {r.reported_unit}" for r in high)},
            inputs=[Input.of(r) for r in high],
        )
    ]


def _lacking(of: Situation, kidneys: KidneyFunction) -> list[Recommendation]:
    """Counts or kidney inputs that are missing, unusable or too old to start on."""
    missing: list[Missing] = []
    inputs: list[Input] = []
    for line in LINES:
        found = of.counts[line]
        if found.missing is not None:
            missing.append(found.missing)
        else:
            missing += [Missing(line, u.reason, u.rule) for u in found.refused[-1:]]
            missing += [Missing(line, "the latest count is an estimate or has a clumping remark", "GEN-CLUMP")] * bool(
                found.estimate
            )
            missing += [Missing(line, "a later result is only preliminary", "GEN-STATUS")] * bool(found.preliminary)
        missing += [Missing(line, "two results at one time", "GEN-CONFLICT")] * (len(found.decisive) > 1)
        if found.is_older_than(START_DAYS, of.today):
            missing.append(Missing(line, f"older than {START_DAYS} days ({found.on})", "GEN-STALE"))
        inputs += [Input.of(r) for r in (*found.decisive, *found.estimate, *found.preliminary)]
        inputs += [
            Input(u.fact, u.reported, u.reported_unit, "", u.on, u.reference) for u in found.refused if u.reported
        ]
    missing += (*kidneys.missing, *kidneys.stale)
    if not missing:
        return []
    rules = [m.rule for m in missing if m.rule in RULES]
    if kidneys.missing:
        rules.append("GEN-CRCL")
    rules = rules or ["US-MDS-START"]
    for rule_id in rules:
        of.trace.say(rule_id, "fired", "; ".join(f"{m.fact}: {m.reason}" for m in missing if m.rule in (rule_id, "")))
    what = "; ".join(dict.fromkeys(f"{m.fact}: {m.reason}" for m in missing))
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
    return decision(
        of.case,
        of.indication,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        ("GEN-CRCL", *(b.id for b in bands)),
        "start-clearance-ambiguous",
        words={"clearance": _clearance_words(kidneys)},
        inputs=kidneys.inputs,
        missing=[
            Missing(
                "creatinineClearance", "birth date, sex, creatinine or weight leave more than one band open", "GEN-CRCL"
            )
        ],
    )
