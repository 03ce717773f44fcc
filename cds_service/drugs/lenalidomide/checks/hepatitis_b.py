"""Hepatitis B (SmPC 4.4; in the US ours).

When: lenalidomide is ordered, taken or on hold, and hepatitis B or one of its tests is on file.
Then: a positive HBsAg or HBV DNA, or hepatitis B as a problem, is reviewed, EU with a specialist; anti-HBc positive alone is
information at a start.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.drugs.lenalidomide.decisions import fires, inform, input_of, review
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View

RULE = "HBV-RESULTS"
CARRIED = {"hbsag": "HBsAg", "hbvDna": "HBV DNA"}
_POSITIVE = "positive"


def hepatitis_b(view: View) -> list[Recommendation]:
    """What hepatitis B on file, or a positive test, calls for."""
    latest = {fact: found[-1] for fact in (*CARRIED, "hbcab") if (found := view.facts.findings.get(fact))}
    carried = [input_of(f) for fact, f in latest.items() if fact in CARRIED and f.value == _POSITIVE]
    # A diagnosis speaks where no later result denies it.
    denied = max(
        (f.on for fact, f in latest.items() if fact in CARRIED and f.value != _POSITIVE and f.on), default=None
    )
    carried += [
        Input("hepatitisB", d.text or "hepatitis B", on=d.recorded_on, reference=d.reference)
        for d in view.facts.has_diagnosis("hepatitis-b")
        if denied is None or d.recorded_on is None or d.recorded_on > denied
    ]
    core = latest.get("hbcab")
    core_alone = core is not None and core.value == _POSITIVE and not carried and view.is_start
    rules = (RULE, *(("EU-MON-HBV",) if view.law == "EU" else ()))
    fires(view, RULE, carried or core_alone, "hepatitis B on file and in its tests")
    if carried:
        named = (f"{CARRIED[i.fact]} {i.value}" if i.fact in CARRIED else i.value for i in carried)
        words = {"found": " and ".join(dict.fromkeys(named))}
        return [review(view, rules, "hepatitis-b-positive", words=words, inputs=carried)]
    if core_alone and core is not None:
        words = {"found": "anti-HBc positive"}
        return [inform(view, rules, "hepatitis-b-core", words=words, inputs=[input_of(core)])]
    return []


CHECK = safety_check("hepatitis-b", "hepatitis B", hepatitis_b)
