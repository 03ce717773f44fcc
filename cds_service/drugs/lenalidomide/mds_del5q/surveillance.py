"""Genetics of MDS with del(5q) over time: TP53, further mutations, the karyotype (ESMO 2021; intervals ours).

When: lenalidomide is ordered or taken for MDS.
Then: a TP53 mutation is said before a start (under treatment `progression` looks for a new one); under treatment a
karyotype older than a year is due.
"""

from __future__ import annotations

from datetime import timedelta

from cds_service.clinical.facts import Finding, PatientFacts
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.drugs.lenalidomide.safety.laboratory import Due, is_unseen, since_start
from cds_service.drugs.lenalidomide.safety.progression import is_mutated
from cds_service.drugs.lenalidomide.safety.view import View

KARYOTYPE_TEST = "karyotype"
RULE, OTHER_GENES = "GL-ESMO-TP53", "GL-PRECISION-5Q"


def tp53_mutations(facts: PatientFacts) -> list[Finding]:
    """The TP53 results on file that do not deny a mutation."""
    return [f for f in facts.findings.get("tp53", ()) if is_mutated(f)]


def tp53(view: View) -> list[Recommendation]:
    """A TP53 mutation before a start, with a RUNX1 mutation beside it where there is one."""
    found = tp53_mutations(view.facts)
    others = [f for f in view.facts.findings.get("geneticVariant", ()) if _is_runx1(f)]
    view.trace.say(OTHER_GENES, "fired" if others or len(found) > 1 else "not met", "RUNX1, more than one TP53 hit")
    if found and (not view.is_start or view.law == "EU"):
        view.trace.say(RULE, "not applicable", "said by another rule: EU-MON-AML, or DISEASE-STATE under treatment")
        return []
    view.trace.say(RULE, "fired" if found else "not met", f"{len(found)} TP53 mutations on file")
    if not found:
        return []
    inputs = [_input(f) for f in (*found, *others)]
    return [
        decision(
            view,
            Action.INFORM,
            Urgency.INFO,
            (RULE, OTHER_GENES),
            "tp53",
            words={"found": "; ".join(f"{i.fact} {i.value}" for i in inputs)},
            inputs=inputs,
        )
    ]


def _is_runx1(finding: Finding) -> bool:
    names_gene = any(name == "gene-studied" and "RUNX1" in words.upper() for name, words in finding.components)
    return names_gene and is_mutated(finding)


def _input(finding: Finding) -> Input:
    return Input(finding.fact, finding.value, on=finding.on, reference=finding.reference)


def surveillance(view: View) -> list[Due]:
    """What the genetics of MDS make due: a karyotype, a year after the last one or after the first dose."""
    days = [finding.on for _, finding in view.facts.karyotypes if finding.on is not None]
    last = max(days, default=None)
    due = (last or since_start(view)) + timedelta(days=view.numbers("REMINDERS")["karyotype_days"])
    if view.is_start or due > view.today or is_unseen(view, "karyotype"):
        return []
    words = f"last {last.isoformat()}" if last is not None else "none with a date on file"
    karyotype = indication_of(view.facts).karyotype
    view.trace.say("REMINDERS", "fired", f"karyotype: {words}")
    inputs = (karyotype,) if karyotype is not None else ()
    return [Due("karyotype", f"karyotype: {words}", ("REMINDERS",), (KARYOTYPE_TEST,), due, inputs)]
