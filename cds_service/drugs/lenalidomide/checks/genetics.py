"""A TP53 mutation in MDS (ESMO 2021).

When: lenalidomide is ordered or taken for MDS.
Then: a TP53 mutation is said before a start; under treatment `progression` looks for a new one.
"""

from __future__ import annotations

from cds_service.clinical.facts import Finding
from cds_service.clinical.recommendation import Recommendation
from cds_service.drugs.lenalidomide.decisions import fires, inform, input_of
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.progression import is_mutated, tp53_mutations
from cds_service.drugs.lenalidomide.safety.view import View

RULE, OTHER_GENES = "GL-ESMO-TP53", "GL-PRECISION-5Q"


def tp53(view: View) -> list[Recommendation]:
    """A TP53 mutation before a start, with a RUNX1 mutation beside it where there is one."""
    found = tp53_mutations(view.facts)
    others = [f for f in view.facts.findings.get("geneticVariant", ()) if _is_runx1(f)]
    fires(view, OTHER_GENES, others or len(found) > 1, "RUNX1, more than one TP53 hit")
    if found and (not view.is_start or view.law == "EU"):
        view.trace.say(RULE, "not applicable", "said by another rule: EU-MON-AML, or DISEASE-STATE under treatment")
        return []
    if not fires(view, RULE, found, f"{len(found)} TP53 mutations on file"):
        return []
    inputs = [input_of(f) for f in (*found, *others)]
    words = {"found": "; ".join(f"{i.fact} {i.value}" for i in inputs)}
    return [inform(view, (RULE, OTHER_GENES), "tp53", words=words, inputs=inputs)]


def _is_runx1(finding: Finding) -> bool:
    names_gene = any(name == "gene-studied" and "RUNX1" in words.upper() for name, words in finding.components)
    return names_gene and is_mutated(finding)


CHECK = safety_check("genetics", "mutations", tp53, applies=lambda view: view.disease.is_mds)
