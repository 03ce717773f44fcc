"""Fever and neutrophils, whatever lenalidomide is given for (CTCAE v5 beside the labels).

When: the highest temperature of the last 48 hours is fever, or febrile neutropenia of the last 7 days is on file.
Then: with neutrophils below 1,000/µL urgent review; under treatment without a neutrophil count of the last 7 days a blood
count with differential the same day. Low neutrophils with a temperature that cannot be used: it is asked for. No temperature
at all asks for nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision
from cds_service.dosing.data_quality import available
from cds_service.dosing.grades import graded_on
from cds_service.dosing.temperature import is_fever, low_neutrophils, recent_temperature, unusable_temperatures
from cds_service.dosing.words import capitalised, per_microlitre, shown
from cds_service.drugs.lenalidomide.decisions import ask, ask_urgently
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.reports import Report, reports
from cds_service.drugs.lenalidomide.safety.view import View

RULE = "FEVER"
_FEVERS = frozenset({"fever", "sepsis"})


def fever(view: View) -> list[Recommendation]:
    """What fever calls for, or a temperature that cannot be used."""
    rule = _limits(view)
    highest = recent_temperature(view.case, rule)
    neutrophils = _neutrophils(view)
    low = [r for r in low_neutrophils(view.case, rule) if r in neutrophils]
    recorded = _febrile_neutropenia(view, bool(low))
    has_fever = is_fever(view.case, rule)
    # A record of febrile neutropenia that no later count speaks against says both.
    settled = recorded is not None and any(recorded.on is None or r.on < recorded.on for r in neutrophils)
    if (has_fever or recorded) and (low or (recorded and (settled or not neutrophils))):
        view.trace.say(rule, "fired", _why(view, highest, recorded))
        if recorded is not None:
            view.trace.say(RULE, "fired", recorded.words)
        return [_urgent(view, rule, low, highest if has_fever else None, recorded)]
    if has_fever and not neutrophils and not view.is_start:
        view.trace.say(RULE, "fired", "fever without a recent neutrophil count")
        return [_count_today(view, rule, highest)]
    missing = unusable_temperatures(view.case, rule) if low and not has_fever else ()
    view.trace.say(rule, "unknown" if missing else "not met", _why(view, highest, recorded))
    return [_ask(view, rule, low[0], missing)] if missing else []


def _limits(view: View) -> str:
    """The rule with the temperature that is fever and the neutrophils below which it is urgent."""
    return view.choose("US-MDS-FN-BELOW385", "EU-MDS-FN")


def _neutrophils(view: View) -> tuple[Reading, ...]:
    """The usable neutrophils of the last days, a later preliminary one only where it is low."""
    oldest = view.today - timedelta(days=view.numbers(RULE)["anc_days"])
    preliminary = [r for r in low_neutrophils(view.case, _limits(view)) if r.is_preliminary]
    return tuple(r for r in (*available(view.case, "anc").decisive, *preliminary) if r.on >= oldest)


def _febrile_neutropenia(view: View, is_low: bool) -> Report | None:
    """An active record of febrile neutropenia of the last days; one without a date counts.

    It may be said in two: neutropenia, and fever or a sepsis that is recorded apart; `is_low`: a count says the first.
    """
    limit = view.numbers(RULE)["condition_days"]
    recent = [r for r in reports(view) if r.is_active and ((ages := r.ages(view.today)) is None or ages[0] <= limit)]
    found = [r for r in recent if "febrile-neutropenia" in r.concepts]
    fevers = [r for r in recent if not r.concepts.isdisjoint(_FEVERS)]
    if not found and fevers:
        found = [r for r in recent if "neutropenia" in r.concepts] or (fevers if is_low else [])
    return found[-1] if found else None


def _why(view: View, highest: Reading | None, recorded: Report | None) -> str:
    said = [f"highest temperature {_at(highest)}" if highest is not None else "no temperature of the last hours"]
    said += [recorded.words] if recorded is not None else []
    counts = " and ".join(shown(r) for r in available(view.case, "anc").decisive) or "not on file"
    return "; ".join([*said, f"neutrophils {counts}"])


def _at(reading: Reading) -> str:
    """A temperature with its day and, where it is known, its hour."""
    hour = f" {reading.at:%H:%M}" if reading.at is not None else ""
    return f"{shown(reading)} ({reading.on.isoformat()}{hour})"


def _urgent(
    view: View, rule: str, low: Sequence[Reading], highest: Reading | None, recorded: Report | None
) -> Recommendation:
    due = view.today + timedelta(days=1)
    signs = [f"temperature {_at(highest)}"] if highest is not None else []
    signs += [recorded.words] if recorded is not None else []
    growth_factor = ("EU-GCSF",) if view.law == "EU" and view.indication.startswith("mds") else ()
    return decision(
        view,
        Action.ESCALATE_URGENT,
        Urgency.CRITICAL,
        (rule, *((RULE,) if recorded is not None else ()), *growth_factor),
        "febrile-neutropenia-start" if view.is_start else "febrile-neutropenia",
        words={**_count_words(view, low), "signs": "; ".join(signs), "due": due.isoformat()},
        next_cbc_due=due,
        inputs=_inputs(low, highest, recorded),
        proposals=cbc_proposals(view.case, due),
    )


def _count_words(view: View, low: Sequence[Reading]) -> dict[str, str]:
    if not low:
        return {"count": "Neutropenia", "counts_on": "Neutropenia as recorded"}
    return {"count": f"ANC {shown(low[0])}", "counts_on": capitalised(f"ANC {graded_on(view.case.rules, low[0])}")}


def _inputs(low: Sequence[Reading], highest: Reading | None, recorded: Report | None) -> list[Input]:
    readings = [*low, *((highest,) if highest is not None else ())]
    return [*(Input.of(r) for r in readings), *((recorded.input,) if recorded is not None else ())]


def _count_today(view: View, rule: str, highest: Reading | None) -> Recommendation:
    days = view.numbers(RULE)["anc_days"]
    last = available(view.case, "anc")
    reason = last.missing.reason if last.missing is not None else f"none of the last {days} days"
    due: date = view.today
    return ask_urgently(
        view,
        (RULE, rule),
        "fever-without-neutrophils",
        words={
            "temperature": _at(highest) if highest is not None else "",
            "reason": reason,
            "last": "; ".join(f"{shown(r)} ({r.on.isoformat()})" for r in last.decisive) or "none on file",
            "limit": per_microlitre(view.numbers(rule)["anc_below"]),
        },
        next_cbc_due=due,
        inputs=[*(Input.of(r) for r in last.decisive), *((Input.of(highest),) if highest is not None else ())],
        missing=[Missing("anc", reason, RULE, last.missing.entry if last.missing is not None else None)],
        proposals=cbc_proposals(view.case, due),
    )


def _ask(view: View, rule: str, low: Reading, missing: Sequence[Missing]) -> Recommendation:
    """Low neutrophils would make fever urgent, and it cannot be told."""
    found = available(view.case, "temperature")
    refused = [Input(u.fact, u.reported, u.reported_unit, "", u.on, u.reference) for u in found.refused if u.reported]
    return ask(
        view,
        (rule, *(m.rule for m in missing if m.rule != rule)),
        "temperature-unusable",
        words={**_count_words(view, [low]), "what": "; ".join(m.reason for m in missing)},
        inputs=[Input.of(low), *refused],
        missing=missing,
    )


CHECK = safety_check("fever", "fever", fever, withholds=True)
