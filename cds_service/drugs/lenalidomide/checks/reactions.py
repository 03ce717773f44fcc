"""Allergies and severe reactions (US label 4.2, 5.9, 5.15; EU SmPC 4.3, 4.4).

When: an allergy to lenalidomide is on file, or angio-oedema, anaphylaxis, SJS, TEN, DRESS, a grade 4, exfoliative or
bullous rash was reported.
Then: with such a reaction lenalidomide is not started, and on treatment stopped for good; in the US one that is only
suspected is asked about. Another lenalidomide allergy: EU no start, else a review. A rash on thalidomide of grade 4 (US) or a
severe one (EU) forbids a start; any other allergy to thalidomide or pomalidomide is reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cds_service.clinical.facts import Event, Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.decisions import ask_urgently, fires, review
from cds_service.drugs.lenalidomide.safety.antithrombotics import hold_option
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.reports import RULE as GRAVE
from cds_service.drugs.lenalidomide.safety.reports import (
    SEVERE,
    Report,
    grade_in,
    grave_rash_grade,
    is_severe_allergy,
    reports,
)
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold, stop_actions

ALLERGY = "lenalidomide-allergy"
OF_THE_CLASS = ("thalidomide-allergy", "pomalidomide-allergy")
# What the EU SmPC's "severe rash" is without a grade.
SEVERE_SKIN = frozenset({"sjs", "ten", "dress", "exfoliative-rash", "bullous-rash"})
_SEVERE = re.compile(r"(?<!not )(?<!non)(?<!non.)(?<!no )(?<!nicht )\b(?:severe|schwer(?:e[nrsm]?)?)\b", re.IGNORECASE)


def reactions(view: View) -> list[Recommendation]:
    """What allergies and severe reactions call for."""
    allergies = view.facts.events_of(ALLERGY)
    severe_allergies = [e for e in allergies if is_severe_allergy(e, grave_rash_grade(view))]
    severe = [r for r in reports(view) if r.is_severe_reaction and r.is_related]
    grave, open_ones = _sorted(view, severe)
    inputs = [_input(e) for e in severe_allergies] + [r.input for r in grave]
    _trace(view, bool(severe_allergies), bool(grave), bool(allergies))
    if inputs:
        what = [_reaction(e) for e in severe_allergies] + [r.words for r in grave]
        return [_never(view, what[0], inputs, bool(severe_allergies))]
    after_thalidomide = _thalidomide_rash(view)
    if after_thalidomide:
        return after_thalidomide
    result = [_review(view, e) for e in allergies[:1]] or _class_allergy(view)
    return result + [_ask_when(view, r) for r in open_ones[:1]]


def _reaction(event: Event) -> str:
    """The reaction alone: the text of an allergy opens with its drug, which the card names itself."""
    return event.text.partition(": ")[2] or event.text


def _input(event: Event) -> Input:
    return Input("allergy", event.text, on=event.on, reference=event.reference)


def _sorted(view: View, severe: list[Report]) -> tuple[list[Report], list[Report]]:
    """The reactions that decide, and those of which it is open whether lenalidomide was taken.

    Before a start only a report that names lenalidomide decides; after an earlier course any other is asked about. Only the
    SmPC stops for a suspected one.
    """
    if view.is_start:
        own = [r for r in severe if r.names_drug]
        open_ones = [r for r in severe if r not in own and view.therapy.state == "ended"]
    else:
        own = [r for r in severe if r.when == "during" or r.names_drug]
        open_ones = [r for r in severe if r.when == "unknown" and r not in own]
    suspected = [r for r in own if r.is_suspected and view.law == "US"]
    return [r for r in own if r not in suspected], [*suspected, *open_ones]


def _trace(view: View, by_allergy: bool, by_report: bool, any_allergy: bool) -> None:
    contraindicated = view.choose("US-CI-HSR", "EU-CI")
    unseen: dict[str, list[str]] = {}
    for key, words in (("allergies", "allergies"), ("adverseEvents", "adverse events")):
        if key in view.facts.unseen:
            unseen.setdefault(view.facts.unseen[key], []).append(words)
    why = "; ".join(f"{' and '.join(lacking)}: {reason}" for reason, lacking in unseen.items())
    otherwise = ("unknown", why) if unseen else ("not met", "no severe reaction to lenalidomide on file")
    if by_allergy or any_allergy:
        view.trace.say(contraindicated, "fired", "an allergy to lenalidomide is on file")
    else:
        view.trace.say(contraindicated, *otherwise)
    permanent = view.choose("US-NONHEM-PERM", "EU-SKIN-PERM")
    if by_report or (by_allergy and not view.is_start):
        view.trace.say(permanent, "fired", "a severe reaction is on file")
    else:
        view.trace.say(permanent, *otherwise)


def _never(view: View, what: str, inputs: list[Input], is_allergy: bool) -> Recommendation:
    contraindicated = view.choose("US-CI-HSR", "EU-CI")
    permanent = view.choose("US-NONHEM-PERM", "EU-SKIN-PERM")
    own = (permanent, contraindicated) if not is_allergy or not view.is_start else (contraindicated, permanent)
    warning = ("US-WP-HSR",) if view.law == "US" else ()
    return decision(
        view,
        Action.DO_NOT_START if view.is_start else Action.PERMANENTLY_DISCONTINUE,
        Urgency.CRITICAL,
        (*own, *warning),
        "reaction-never-start" if view.is_start else "reaction-stop",
        words={"what": what},
        inputs=inputs,
        proposals=stop_actions(view),
        causes=("for-good",),
    )


def _thalidomide_rash(view: View) -> list[Recommendation]:
    """A rash noted with thalidomide of grade 4 (US label 5.9) or a severe one (EU SmPC 4.4)."""
    reported = [r for r in reports(view) if r.names_thalidomide and _rules_out(view, r.concepts, [r.text], [r.grade])]
    allergies = [
        e
        for e in view.facts.events_of("thalidomide-allergy")
        if _rules_out(view, e.concepts, [e.severity, e.text, *e.notes], [grade_in(t) for t in (e.text, *e.notes)])
    ]
    found = [(_reaction(e), _input(e)) for e in allergies] + [(r.words, r.input) for r in reported]
    rule_id = view.choose("US-WP-HSR", "EU-THALIDOMIDE-RASH")
    if not fires(view, rule_id, found, found[-1][0] if found else "no such rash on thalidomide"):
        return []
    words, value = found[-1]
    return [
        decision(
            view,
            Action.DO_NOT_START if view.is_start else Action.REVIEW,
            Urgency.CRITICAL if view.is_start else Urgency.WARNING,
            (rule_id,),
            "thalidomide-rash-start" if view.is_start else "thalidomide-rash-review",
            words={"what": words},
            inputs=[value],
            proposals=stop_actions(view) if view.is_start else (),
        )
    ]


def _rules_out(view: View, concepts: frozenset[str], texts: Sequence[str], grades: Sequence[int | None]) -> bool:
    """Whether a rash is one that the document does not let lenalidomide follow. Args: its words and stated grades."""
    is_rash = "rash" in concepts
    rule = view.choose(GRAVE, "EU-THALIDOMIDE-RASH")
    least = view.numbers(rule)["rash_grade_at_least"]
    if is_rash and any(grade is not None and grade >= least for grade in grades):
        return True
    is_worded = is_rash and any(_SEVERE.search(text) for text in texts)
    return view.law == "EU" and (is_worded or bool(concepts & SEVERE_SKIN))


def _review(view: View, allergy: Event) -> Recommendation:
    """Any other allergy to lenalidomide: the SmPC's contraindication names hypersensitivity of any kind."""
    never = view.law == "EU" and view.is_start
    return decision(
        view,
        Action.DO_NOT_START if never else Action.REVIEW,
        Urgency.CRITICAL if never else Urgency.WARNING,
        (view.choose("US-CI-HSR", "EU-CI"),),
        "allergy-never-start" if never else "allergy-review",
        words={"what": allergy.text},
        inputs=[_input(allergy)],
        proposals=stop_actions(view) if never else (),
    )


def _class_allergy(view: View) -> list[Recommendation]:
    """An allergy to another drug of the class: weighed before a start; one that was known before the course no more."""
    found = [e for e in view.facts.events_of(*OF_THE_CLASS) if view.may_be_new(e.on)]
    if not fires(view, "CLASS-ALLERGY", found, found[-1].text if found else "none to be weighed"):
        return []
    words = {"what": found[-1].text}
    return [review(view, ("CLASS-ALLERGY",), "class-allergy-review", words=words, inputs=[*map(_input, found)])]


def _ask_when(view: View, report: Report) -> Recommendation:
    """A severe reaction that is only suspected, or whose date or cause is open: one answer would be a stop for good."""
    rule_id = view.choose("US-NONHEM-PERM", "EU-SKIN-PERM")
    if report.is_suspected and (report.when == "during" or report.names_drug):
        reason = "it is suspected and not confirmed"
    elif report.on is None:
        reason = "when it began is not recorded"
    else:
        reason = "whether lenalidomide was the cause is not recorded"
    due = cbc_due_on_hold(view)
    return ask_urgently(
        view,
        (rule_id,),
        "reaction-unclear",
        words={"what": report.words, "reason": reason},
        inputs=[report.input],
        missing=[Missing("toxicity", reason, rule_id)],
        proposals=() if view.is_start else hold_option(view, due),
        causes=report.concepts & {*SEVERE, *SEVERE_SKIN},
    )


CHECK = safety_check("reactions", "severe reactions", reactions, withholds=True)
