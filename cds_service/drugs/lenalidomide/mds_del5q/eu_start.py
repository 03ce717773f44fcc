"""What the EU SmPC asks for before a start beside eligibility, dose and kidneys: counts, hepatitis B, leukaemia risk.

When: a first dose is ordered.
Then: neutrophils or platelets below the limit: do not start; hepatitis B positive: reviewed; a complex karyotype or a TP53
mutation: the higher risk of acute myeloid leukaemia is said.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.regimen import StartChecks
from cds_service.dosing.treatment.patient import Patient
from cds_service.drugs.lenalidomide.counts.eu_start import must_not_start, open_counts
from cds_service.drugs.lenalidomide.decisions import fires, inform, input_of
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.drugs.lenalidomide.safety.progression import tp53_mutations

RULE = "EU-MDS-NOSTART"


def eu_start_checks(patient: Patient) -> StartChecks:
    """Low counts block; the risk of leukaemia stands beside."""
    limits = {line: patient.rules.number(RULE, f"{line}_below") for line in ("anc", "platelets")}
    return StartChecks(
        blocking=(*must_not_start(patient, limits, (RULE,)), *open_counts(patient, limits, (RULE,))),
        beside=tuple(_leukaemia_risk(patient)),
    )


def _leukaemia_risk(patient: Patient) -> list[Recommendation]:
    """Complex karyotype or TP53: said beside whatever else is decided (EU-MON-AML)."""
    indication = indication_of(patient.facts)
    found: list[Input] = []
    if indication.is_complex and indication.karyotype is not None:
        found.append(indication.karyotype)
    found += [input_of(f) for f in tp53_mutations(patient.facts)]
    if not fires(patient, "EU-MON-AML", found, "complex karyotype or TP53 mutation"):
        return []
    names = ["complex karyotype" if i.fact == "karyotype" else "TP53 mutation" for i in found]
    words = {"found": " and ".join(dict.fromkeys(names))}
    return [inform(patient, ("EU-MON-AML",), "leukaemia-risk", words=words, inputs=found)]
