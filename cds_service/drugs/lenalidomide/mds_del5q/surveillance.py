"""Genetics of MDS with del(5q) over time: TP53, further mutations, the karyotype (ESMO 2021; intervals ours).

When: lenalidomide is ordered or taken for MDS.
Then: a TP53 mutation is a warning before a start, and under treatment while its result is new; a start without a TP53 test
on file makes one due; under treatment a karyotype older than a year is.
"""

from __future__ import annotations

import re
from datetime import timedelta

from cds_service.clinical.facts import Finding, PatientFacts
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.safety.laboratory import Due, is_unseen
from cds_service.drugs.lenalidomide.safety.view import View

TP53_TEST, KARYOTYPE_TEST = "tp53", "karyotype"
RULE, OTHER_GENES = "GL-ESMO-TP53", "GL-PRECISION-5Q"
_NONE_FOUND = re.compile(
    r"^(absent|negative)$|^no\b|\bnot (?:detected|found|mutated)\b|\bwild[- ]?type\b", re.IGNORECASE
)


def tp53_mutations(facts: PatientFacts) -> list[Finding]:
    """The TP53 results on file that do not deny a mutation."""
    return [f for f in facts.findings.get("tp53", ()) if not _NONE_FOUND.search(f.value)]


def tp53(view: View) -> list[Recommendation]:
    """The warning of a TP53 mutation, with a RUNX1 mutation beside it where there is one."""
    found = tp53_mutations(view.facts)
    others = [f for f in view.facts.findings.get("geneticVariant", ()) if _is_runx1(f)]
    view.trace.say(OTHER_GENES, "fired" if others or len(found) > 1 else "not met", "RUNX1, more than one TP53 hit")
    if view.is_start and view.law == "EU" and found:
        view.trace.say(RULE, "not applicable", "EU-MON-AML says it")
        return []
    oldest = view.today - timedelta(days=view.numbers(RULE)["recent_days"])
    speaks = [f for f in found if view.is_start or f.on is None or f.on >= oldest]
    view.trace.say(
        RULE, "fired" if speaks else "not met", f"{len(found)} TP53 mutations on file, {len(speaks)} of them new"
    )
    if not speaks:
        return []
    inputs = [_input(f) for f in (*speaks, *others)]
    return [
        decision(
            view.case,
            view.indication,
            Action.INFORM,
            Urgency.WARNING,
            (RULE, OTHER_GENES),
            "tp53",
            words={"found": "; ".join(f"{i.fact} {i.value}" for i in inputs)},
            inputs=inputs,
        )
    ]


def _is_runx1(finding: Finding) -> bool:
    names_gene = any(name == "gene-studied" and "RUNX1" in words.upper() for name, words in finding.components)
    return names_gene and not _NONE_FOUND.search(finding.value)


def _input(finding: Finding) -> Input:
    return Input(finding.fact, finding.value, on=finding.on, reference=finding.reference)


def surveillance(view: View) -> list[Due]:
    """What the genetics of MDS make due."""
    tp53_due = (
        Due("TP53 test", "TP53: no test on file", (RULE,), (TP53_TEST,), "order-tp53") if _lacks_tp53(view) else None
    )
    return [d for d in (tp53_due, _karyotype(view, view.disease)) if d is not None]


def _lacks_tp53(view: View) -> bool:
    """Whether a start has no TP53 test on file and none in this call."""
    is_known = bool(view.facts.findings.get("tp53")) or bool(view.facts.refused("tp53"))
    is_ordered = TP53_TEST in view.case.pending_tests
    lacks = view.is_start and not is_known and not is_ordered and not is_unseen(view, "tp53")
    if lacks:
        view.trace.say(RULE, "fired", "no TP53 test on file before a start")
    return lacks


def _karyotype(view: View, indication: Indication) -> Due | None:
    days = [finding.on for _, finding in view.facts.karyotypes if finding.on is not None]
    last = max(days, default=None)
    oldest = view.today - timedelta(days=view.numbers("REMINDERS")["karyotype_days"])
    firsts = view.therapy.first_doses
    # A code alone carries no day: then the start of treatment counts as the last look at the karyotype.
    since = last or (min(firsts) if firsts else None)
    if view.is_start or since is None or since >= oldest or is_unseen(view, "karyotype"):
        return None
    words = f"last {last.isoformat()}" if last is not None else "none with a date on file"
    inputs = (indication.karyotype,) if indication.karyotype is not None else ()
    view.trace.say("REMINDERS", "fired", f"karyotype: {words}")
    return Due("karyotype", f"karyotype: {words}", ("REMINDERS",), (KARYOTYPE_TEST,), "order-karyotype", inputs)
