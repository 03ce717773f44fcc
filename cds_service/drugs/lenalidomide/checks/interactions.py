"""Other drugs beside lenalidomide (US label 5.4, 7, 12.3; EU SmPC 4.4, 4.5).

When: another drug is active while lenalidomide is ordered, taken or on hold.
Then: US an erythropoietic agent or an estrogen is warned of where lenalidomide is started or the other drug is new, and is
information later; EU it is information, and a warning with hemoglobin above 12 g/dL. Digoxin and warfarin (EU also statins)
are information, all of it on one card. Thalidomide or pomalidomide, and in MDS a hypomethylating agent or another drug that
lowers counts, are reviewed; luspatercept is said. CYP3A4 and P-gp call for no alert, by design.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.data_quality import available
from cds_service.dosing.treatment.schedule import next_count
from cds_service.dosing.words import shown, shown_on
from cds_service.drugs.lenalidomide.counts.active import RULE, Active, active, given_recently
from cds_service.drugs.lenalidomide.decisions import fires, inform, review
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.possible import possible_patients
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View

THROMBOSIS = ("esa", "estrogen")
NOVEL = ("hypomethylating-agent", "venetoclax", "imetelstat")
SAME_CLASS = ("thalidomide", "pomalidomide")
NO_ALERT = (("US-DDI-CYP", "cyp3a4-modulator"), ("US-DDI-PGP", "p-gp-inhibitor"))


def interactions(view: View) -> list[Recommendation]:
    """What other active drugs call for, at most one information among it."""
    due = _next_count(view)
    _say_no_alert(view)
    given = given_recently(view.case)
    fires(view, RULE, given, "; ".join(m.text for m in given) or "no other drug was given of late")
    found = [*_same_class(view), *_combination(view, due), *_luspatercept(view)]
    return found + (_us(view, due) if view.law == "US" else _eu(view, due))


def _next_count(view: View) -> date | None:
    """The next blood count in MDS; None elsewhere, where the regimen's own cards say it."""
    if not view.disease.is_mds:
        return None
    if view.is_start:
        return view.today + timedelta(days=regimens(view.case.rules)[view.law].cbc.every_first)
    return next_count(possible_patients(view).patients[0]).due


def _say_no_alert(view: View) -> None:
    for rule_id, concept in NO_ALERT:
        names = active(view, concept).names
        view.trace.say(rule_id, "not met", f"no alert by design{': ' + names if names else ''}")


def _us(view: View, due: date | None) -> list[Recommendation]:
    thrombotic = _found(view, "US-DDI-THROMB", "erythropoietic agent or estrogen", *THROMBOSIS)
    is_new = _is_new(view, thrombotic)
    warned = []
    if thrombotic.found:
        view.trace.say("INTERACTION-NEW", "fired", "new" if is_new else "not new")
        warned = [
            decision(
                view,
                Action.INFORM,
                Urgency.WARNING if is_new else Urgency.INFO,
                ("US-DDI-THROMB", "INTERACTION-NEW"),
                "interaction-thrombosis",
                words={"drugs": thrombotic.names},
                next_cbc_due=due,
                inputs=thrombotic.found,
                folds=not is_new,
                only_beside=not is_new,
            )
        ]
    informative = []
    for rule_id, concept in (("US-DDI-DIG", "digoxin"), ("US-DDI-WARF", "warfarin")):
        drugs = _found(view, rule_id, concept, concept)
        informative += [(rule_id, drugs)] if drugs.found else []
    return [*warned, *_information(view, informative, due)]


def _is_new(view: View, drugs: Active) -> bool:
    """Whether lenalidomide is started or one of the drugs is new beside it; one without a beginning may be."""
    earliest = view.today - timedelta(days=view.numbers("INTERACTION-NEW")["days"])
    return view.is_start or any(i.on is None or i.on >= earliest for i in drugs.found)


def _eu(view: View, due: date | None) -> list[Recommendation]:
    named = (*THROMBOSIS, "digoxin", "vitamin-k-antagonist", "statin")
    drugs = _found(view, "EU-DDI", "drug that the SmPC names", *named)
    high = _high_hemoglobin(view, due)
    # The agent of the warning is not said a second time.
    warned = {each for one in high for each in one.inputs}
    told = Active(tuple(each for each in drugs.found if each not in warned))
    said = _information(view, [("EU-DDI", told)] if told.found else [], due, _hemoglobin_refused(view))
    return [*high, *(_in_part(view, each, told) for each in said)]


def _in_part(view: View, decided: Recommendation, told: Active) -> Recommendation:
    """The decision with the sentences of its row on the drugs that are told, and none on others."""
    sentences = re.split(r"(?<=\.) (?=[A-Z])", decided.words["rule_text"])
    classes = view.case.rules.number("EU-DDI", "sentences_on")
    kept = [s for s, on in zip(sentences, classes, strict=True) if set(active(view, *on).found) & set(told.found)]
    return replace(decided, words={**decided.words, "rule_part": " ".join(kept)})


def _high_hemoglobin(view: View, due: date | None) -> list[Recommendation]:
    """An erythropoietic agent with hemoglobin above the SmPC's limit; exactly the limit is not above it.

    Missing: hemoglobin that is not on file, or older than a month, decides nothing and is said in the trace.
    """
    rule_id = "EU-ESA-HB12"
    limit = view.numbers(rule_id)["hemoglobin_above"]
    agents = active(view, "esa")
    if not agents.found:
        view.trace.say(rule_id, "not met", "no erythropoietic agent is active")
        return []
    recent = _recent_hemoglobin(view)
    high = [r for r in recent if r.amount.is_above(limit)]
    open_ones = [r for r in recent if r.amount.is_above(limit) is None]
    outcome = "fired" if high else "unknown" if open_ones or not recent else "not met"
    told = "; ".join(map(shown_on, recent)) or f"no hemoglobin of the last {_hemoglobin_days(view)} days"
    view.trace.say(rule_id, outcome, told)
    if not high:
        return []
    words = {"hemoglobin": shown(high[-1]), "hemoglobin_on": shown_on(high[-1]), "limit": plain(limit)}
    return [
        decision(
            view,
            Action.INFORM,
            Urgency.WARNING,
            (rule_id,),
            "interaction-hemoglobin",
            words={"drugs": agents.names, **words},
            next_cbc_due=due,
            inputs=[*agents.found, *map(Input.of, high)],
        )
    ]


def _hemoglobin_days(view: View) -> int:
    days: int = view.numbers("GEN-STALE")["count_days_later"]
    return days


def _recent_hemoglobin(view: View) -> Sequence[Reading]:
    found = available(view.case, "hemoglobin")
    return () if found.is_older_than(_hemoglobin_days(view), view.today) else found.decisive


def _hemoglobin_refused(view: View) -> tuple[Missing, ...]:
    """Why the newest hemoglobin says nothing about an erythropoietic agent; empty where it does, or where there is none."""
    found = available(view.case, "hemoglobin")
    if not active(view, "esa").found:
        return ()
    limit = view.numbers("EU-ESA-HB12")["hemoglobin_above"]
    gaps = [Missing.of(u, "EU-ESA-HB12") for u in found.refused[-1:]]
    gaps += [
        Missing("hemoglobin", "preliminary", "GEN-STATUS")
        for r in found.preliminary[:1]
        if r.amount.is_above(limit) is not False
    ]
    if any(r.amount.is_above(limit) is None for r in _recent_hemoglobin(view)):
        gaps.append(Missing("hemoglobin", "reported as a range", "GEN-COMPARATOR"))
    return tuple(gaps)


def _same_class(view: View) -> list[Recommendation]:
    drugs = _found(view, "DUPLICATE-IMID", "thalidomide or pomalidomide", *SAME_CLASS)
    if not drugs.found:
        return []
    return [review(view, ("DUPLICATE-IMID",), "class-twice", words={"drugs": drugs.names}, inputs=drugs.found)]


def _combination(view: View, due: date | None) -> list[Recommendation]:
    """A hypomethylating agent or another novel drug beside lenalidomide in MDS: review, counts at least weekly."""
    if not view.indication.startswith("mds"):
        view.trace.say("COMBINATION-MDS", "not applicable", "not given for MDS")
        return []
    drugs = _found(view, "COMBINATION-MDS", "hypomethylating agent or other novel drug", *NOVEL)
    if not drugs.found:
        return []
    weekly = _weekly(view)
    sooner = min(weekly, due) if due is not None else weekly
    words = {"drugs": drugs.names, "due": sooner.isoformat()}
    rules = ("COMBINATION-MDS",)
    return [review(view, rules, "combination-review", words=words, next_cbc_due=sooner, inputs=drugs.found)]


def _luspatercept(view: View) -> list[Recommendation]:
    """Luspatercept in MDS: no labelled combination; it adds no low counts."""
    concepts = ("luspatercept",) if view.indication.startswith("mds") else ()
    drugs = _found(view, "LUSPATERCEPT-MDS", "luspatercept in MDS", *concepts)
    if not drugs.found:
        return []
    words, folds = {"drugs": drugs.names}, bool(view.case.orders)
    return [inform(view, ("LUSPATERCEPT-MDS",), "luspatercept-inform", words=words, inputs=drugs.found, folds=folds)]


def _weekly(view: View) -> date:
    drawn = [available(view.case, line).drawn_on for line in ("platelets", "anc")]
    last = max((d for d in drawn if d is not None), default=None)
    return last + timedelta(days=view.numbers("COMBINATION-MDS")["cbc_every_days"]) if last is not None else view.today


def _information(
    view: View, found: Iterable[tuple[str, Active]], due: date | None, missing: tuple[Missing, ...] = ()
) -> list[Recommendation]:
    """All informational interactions on one card; once none is new it is a line under others, as on a continuing order."""
    listed = list(found)
    if not listed:
        return []
    drugs = Active(tuple(i for _, each in listed for i in each.found))
    is_known = not _is_new(view, drugs) and not missing
    return [
        inform(
            view,
            [rule_id for rule_id, _ in listed],
            "interaction-information",
            words={"drugs": drugs.names},
            next_cbc_due=due,
            inputs=drugs.found,
            missing=missing,
            said_with=[rule_id for rule_id, _ in listed],
            folds=is_known or (bool(view.case.orders) and not view.is_start and not missing),
            only_beside=is_known,
        )
    ]


def _found(view: View, rule_id: str, what: str, *concepts: str) -> Active:
    """The active drugs of some classes that a rule is about, which the trace is told."""
    drugs = active(view, *concepts)
    fires(view, rule_id, drugs.found, f"active: {drugs.names}" if drugs.found else f"no {what} is active")
    return drugs


CHECK = safety_check("interactions", "other medicines", interactions)
