"""What lenalidomide is given for, as far as the chart tells: the disease, its karyotype, risk group and transfusion need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.blood_counts import latest
from cds_service.clinical.calendar import months_later
from cds_service.clinical.cytogenetics import COMPLEX_FROM, Karyotype, ipss_group
from cds_service.clinical.facts import Diagnosis, PatientFacts
from cds_service.clinical.recommendation import Input
from cds_service.clinical.risk import RiskScore, ipss
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.words import counted

DEPENDENCE = "TRANSFUSION-DEPENDENCE"
EIGHT_WEEKS = timedelta(days=56)
WORDS = {
    "mds": "MDS",
    "mcl": "mantle cell lymphoma",
    "fl": "follicular lymphoma",
    "mzl": "marginal zone lymphoma",
    "cll": "CLL",
    "poems": "POEMS syndrome",
}
OTHER_INDICATIONS = ("myeloma", "mcl", "fl", "mzl", "poems")


@dataclass(frozen=True, slots=True)
class TransfusionNeed:
    """Red cell units before a day: `is_dependent` None when the record could not be seen. `words` name the windows."""

    is_dependent: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Indication:
    """The indication by the contract's names, and the diagnoses behind it.

    `has_del5q` None: not found in the chart. `is_isolated`: whether del(5q) is the only abnormality, None where it cannot
    be told; `is_complex`: a karyotype that is surely complex. `is_code_contradicted`: the diagnosis code says del(5q) and
    the karyotype shows none.
    """

    name: str
    diagnoses: tuple[Diagnosis, ...]
    has_del5q: bool | None = None
    has_monosomy7: bool = False
    karyotype: Input | None = None
    risk_group: str = ""
    others: tuple[str, ...] = ()
    is_isolated: bool | None = None
    is_complex: bool = False
    is_code_contradicted: bool = False

    @property
    def is_mds(self) -> bool:
        """Whether an MDS diagnosis is on file."""
        return self.name.startswith("mds")

    @property
    def inputs(self) -> list[Input]:
        """The diagnosis and the karyotype as inputs."""
        found = [
            Input("indication", d.text or self.name, on=_day_of(d), reference=d.reference) for d in self.diagnoses[:1]
        ]
        return found + ([self.karyotype] if self.karyotype is not None else [])


def _day_of(diagnosis: Diagnosis) -> date | None:
    """The day on which a diagnosis was recorded, else that of its onset where it is a full date."""
    onset = diagnosis.onset_from if diagnosis.onset_from == diagnosis.onset_to else None
    return diagnosis.recorded_on or onset


def indication_of(facts: PatientFacts) -> Indication:
    """The indication on file.

    Missing: "unknown" without a diagnosis that lenalidomide is given for; "cll" where chronic lymphocytic leukaemia is the
    only one that it could be for.
    """
    return facts.once((indication_of,), lambda: _indication_of(facts))


def _indication_of(facts: PatientFacts) -> Indication:
    present = [n for n in ("mds", *OTHER_INDICATIONS, "cll") if _on_file(facts, n)]
    if not present:
        return Indication("unknown", ())
    if "mds" not in present:
        name = "myeloma-combination" if present[0] == "myeloma" else present[0]
        return Indication(name, _on_file(facts, present[0]), others=tuple(present))
    return _mds(facts, tuple(n for n in present if n != "mds"))


def _on_file(facts: PatientFacts, concept: str) -> tuple[Diagnosis, ...]:
    """The diagnoses of an indication; a myeloma in remission is still what maintenance is given for."""
    active = facts.has_diagnosis(concept)
    if active or concept != "myeloma":
        return active
    return facts.has_diagnosis("myeloma-in-remission", active_only=False)


def _mds(facts: PatientFacts, others: tuple[str, ...]) -> Indication:
    coded = facts.has_diagnosis("mds-del5q")
    diagnoses = coded or facts.has_diagnosis("mds")
    has_del5q: bool | None = True if coded else None
    monosomy7, isolated, is_complex, is_contradicted = False, has_del5q, False, False
    source: Input | None = (
        Input("karyotype", coded[0].text or "isolated del(5q)", on=_day_of(coded[0]), reference=coded[0].reference)
        if coded
        else None
    )
    readable = [(k, f) for k, f in facts.karyotypes if k.has_del5q is not None or k.has_minus7_or_del7q]
    risk = _risk(facts)
    if readable:
        # A del(5q) found once is what the disease is, also when a later report in remission no longer shows it.
        karyotype, finding = next((pair for pair in readable if pair[0].has_del5q), readable[0])
        risk = risk or _computed_risk(facts, karyotype)
        monosomy7 = any(k.has_minus7_or_del7q for k, _ in readable)
        source = Input("karyotype", finding.value, on=finding.on, reference=finding.reference)
        has_del5q = karyotype.has_del5q if not coded or karyotype.has_del5q else None
        is_complex = karyotype.count_at_least >= COMPLEX_FROM
        said = karyotype.is_isolated_del5q
        is_contradicted = bool(coded) and karyotype.has_del5q is False
        isolated = False if said is False or is_complex or monosomy7 else isolated or said
        # Whether a del(5q) is the only abnormality is no question while it is not settled that there is one.
        isolated = None if is_contradicted else isolated
    name = "mds-del5q" if has_del5q else "mds-other"
    return Indication(
        name, diagnoses, has_del5q, monosomy7, source, risk, others, isolated, is_complex, is_contradicted
    )


def _risk(facts: PatientFacts) -> str:
    """The IPSS group on file, else the IPSS-R group prefixed "ipss-r:"; the fhir layer has put it among the findings."""
    for fact in ("ipss", "ipssR"):
        found = facts.findings.get(fact)
        if found:
            return found[-1].value if fact == "ipss" else f"ipss-r:{found[-1].value}"
    return ""


def _computed_risk(facts: PatientFacts, karyotype: Karyotype) -> str:
    """The IPSS group from marrow blasts, karyotype and counts, where all of them are on file; else ""."""
    group = ipss_group(karyotype)
    amounts = []
    for fact in ("blasts", "hemoglobin", "anc", "platelets"):
        found = latest(facts.decisive(fact))
        amounts.append(found[0].amount if len(found) == 1 else None)
    blasts, hemoglobin, neutrophils, platelets = amounts
    score = ipss(blasts, group, hemoglobin, neutrophils, platelets)
    return score.category if isinstance(score, RiskScore) else ""


def transfusion_need(rules: Rules, facts: PatientFacts, before: date) -> TransfusionNeed:
    """Red cell units in the 8 weeks and 6 months before a day; one Procedure is one unit.

    Missing: no record at all leaves `is_dependent` None, as does one without a date or a search that could not be obtained:
    many charts hold no transfusions. Records that are there and too few say that there is no dependence.
    """
    limits = rules[DEPENDENCE].data
    on_file = facts.events_of("rbc-transfusion")
    days = [e.on for e in on_file if e.on is not None and e.on <= before]
    weeks = sum(1 for on in days if on >= before - EIGHT_WEEKS)
    months = sum(1 for on in days if on >= months_later(before, -6))
    dependent: bool | None = weeks >= limits["units_8_weeks_at_least"] or months > limits["units_6_months_above"]
    if not days:
        return TransfusionNeed(None, "a transfusion without a date" if on_file else "transfusions not recorded")
    if not dependent and ("transfusions" in facts.unseen or any(e.on is None for e in on_file)):
        dependent = None
    return TransfusionNeed(dependent, f"{counted(weeks, 'unit')} in 8 weeks, {months} in 6 months")
