"""The chart of one call: everything that was obtained, read once into PatientFacts.

Resources count by what they are, not by the prefetch key they came under. What could not be obtained is named by the
facts that it would have held; what was refused is a remark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

import msgspec

from cds_service.clinical.cytogenetics import Karyotype
from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis, Finding, PatientFacts
from cds_service.fhir.adverse_events import read_adverse_events, read_allergies
from cds_service.fhir.belief import believed_results
from cds_service.fhir.binding import OTHER_PATIENT, Whom
from cds_service.fhir.conditions import ConditionRead, read_conditions
from cds_service.fhir.contained_results import reported_results
from cds_service.fhir.decode import Resource, Unreadable, decode_all, decode_resource, head_of
from cds_service.fhir.karyotype import read_karyotype
from cds_service.fhir.ledger import Entry, entries_of
from cds_service.fhir.medication_product import Catalogue, ProductLike
from cds_service.fhir.medications import NO_ADDRESSES, Addresses, MedicationRead, read_medications
from cds_service.fhir.observation_facts import LocalCode, ObservationFacts
from cds_service.fhir.observation_findings import ANSWERED
from cds_service.fhir.observations import read_observations
from cds_service.fhir.patient import PatientRead, read_patient
from cds_service.fhir.procedures import EventRead, read_procedures
from cds_service.fhir.queries import NeedLike
from cds_service.fhir.risk_group import read_risk_group
from cds_service.fhir.site_map import NO_SITE_MAP, SiteMap
from cds_service.fhir.terminology import STAGED, names_of_medication
from cds_service.fhir.terminology.units import NO_UNIT, UNKNOWN_UNIT
from cds_service.fhir.test_orders import read_test_orders

# Under which fact a resource that was not read is missing, and how a reader's remark on it is told from other remarks.
LOST_FACTS = {
    "Condition": "conditions",
    "Procedure": "transfusions",
    "AdverseEvent": "adverseEvents",
    "AllergyIntolerance": "allergies",
}
LOST_SIGNS = (" could not be read:", " was left out:", " that could be read.")
LOST_TREATMENT = "currentTreatment"
REFUSED_TREATMENT = "refusedTreatment"
# More than any patient has; reading one may take milliseconds.
MOST_KARYOTYPES = 30
# For the question that hangs on the age where none is known.
CHILDBEARING_AGE = 40
# The fact under which chart orders of an unknown drug are a gap.
UNTOLD = "unknownMedicines"
# The fact under which it is a gap that the record of the patient was replaced or is not in use: orders may stand in another.
ELSEWHERE = "medicationRequests"
# Ours: for so long an answer stands, and a period tells of a uterus.
ANSWERED_FOR = timedelta(days=365)
PERIODS_FOR = timedelta(days=730)
_UNIT_REASONS = frozenset((NO_UNIT.reason, UNKNOWN_UNIT.reason))
# What a rule asks for under one name, although several concepts serve it.
_ALIASES = {
    "rbc-transfusion": "transfusions",
    "platelet-transfusion": "transfusions",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """The facts, the raw medication orders by reference (for suggestions), and the ids of all Patient resources.

        `nameless` are what orders of which nothing says which drug they are would be if they were of this one. `unmapped` counts by
    fact the results whose words name it and whose local code nobody has mapped; `local_codes` are those codes. `told` works out
    the entries when they are asked for.
    """

    facts: PatientFacts
    orders: Mapping[str, bytes]
    patient_ids: frozenset[str]
    nameless: tuple[MedicationRecord, ...] = ()
    unmapped: Mapping[str, int] = field(default_factory=dict)
    told: Callable[[], Iterable[Entry]] = field(default=tuple, compare=False)
    local_codes: frozenset[LocalCode] = frozenset()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What became of each resource that came: used, set aside with its reason, or about something else."""
        return tuple(self.told())

    def unknown_units(self, facts: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Which of some facts could not be used for their unit, each with the unit as reported ("" none)."""
        refused = (each for fact in facts for each in self.facts.unusable.get(fact, ()))
        return frozenset((each.fact, each.reported_unit) for each in refused if each.reason in _UNIT_REASONS)


def read_chart(
    resources: Mapping[str, Sequence[bytes | msgspec.Raw]],
    unseen: Mapping[str, str],
    needs: Iterable[NeedLike],
    patient: Whom | str,
    today: date,
    products: Mapping[tuple[str, str], ProductLike],
    names: tuple[str, ...],
    drug: str,
    site: SiteMap = NO_SITE_MAP,
    relatives: tuple[str, ...] = (),
    *,
    indications: frozenset[str],
    included: Iterable[bytes | msgspec.Raw] = (),
    addresses: Addresses = NO_ADDRESSES,
) -> Chart:
    """The chart.

    Args: obtained resources by type; reasons by key for what could not be obtained; the needs behind the keys;
    the patient of the call; today; the drug's products and names; the local codes of the site; the
    drugs whose allergies are read beside the drug's own; the diagnoses for which the drug may be given; Medications that
    came elsewhere in the call, and what came under an address of its own.
    Missing: a key that was not obtained names its facts in `unseen`; an unreadable resource is a remark.
    """

    def read_one(kind: str, raw: bytes | msgspec.Raw) -> PatientFacts:
        return read_chart(
            {kind: (raw,)},
            {},
            (),
            patient,
            today,
            products,
            names,
            drug,
            site,
            relatives,
            indications=indications,
            included=(*included, *resources.get("Medication", ())),
            addresses=addresses,
        ).facts

    by_type, remarks = _readable(resources)
    needs = tuple(needs)
    remarks += _unobtained(unseen, needs)
    medications = [raw for kind, raws in by_type.items() if kind.casefold().startswith("medication") for raw in raws]
    read_meds = read_medications(
        medications, patient, today, products, names, drug, included=included, addresses=addresses
    )
    results = (*by_type.get("Observation", ()), *reported_results(by_type.get("DiagnosticReport", ())))
    observed = read_observations(results, patient, today, site)
    conditions = _with_answers(
        read_conditions(by_type.get("Condition", ()), patient, today, indications), observed, today
    )
    procedures = read_procedures(by_type.get("Procedure", ()), patient, today)
    adverse = read_adverse_events(by_type.get("AdverseEvent", ()), patient, today)
    # The concept of an allergy is made of the first name.
    own_names = tuple(dict.fromkeys((drug, *names)))
    own_codes = Catalogue.of(products, names, drug).own_codes
    to_drugs = [(own_names, own_codes), *((names_of_medication(each), frozenset()) for each in relatives)]
    allergies = [read_allergies(by_type.get("AllergyIntolerance", ()), patient, today, *each) for each in to_drugs]
    patients = by_type.get("Patient", ())
    person = read_patient(patients[0]) if patients else PatientRead("", "")
    risk = _risk_findings(conditions.diagnoses, remarks)
    remarks += (*person.remarks, *read_meds.remarks, *observed.remarks, *conditions.remarks, *procedures.remarks)
    remarks += (*adverse.remarks, *(remark for each in allergies for remark in each.remarks))
    readers = {"Condition": conditions.remarks, "Procedure": procedures.remarks, "AdverseEvent": adverse.remarks}
    readers["AllergyIntolerance"] = tuple(remark for each in allergies for remark in each.remarks)
    karyotypes = _karyotypes(observed.findings.get("karyotype", ()), remarks)
    events = (procedures, adverse, *allergies)
    gaps = _unseen(unseen, needs) | _untold(read_meds.untold)
    lost = _lost(by_type, readers, read_meds.lost)
    gaps |= {ELSEWHERE: f"the patient record {person.out_of_use}"} if person.out_of_use else {}
    facts = PatientFacts(
        born_from=person.born_from,
        born_to=person.born_to,
        sex=_sex(person.sex, observed, conditions, today, remarks),
        deceased=person.deceased,
        patient_reference=person.reference,
        readings=observed.readings,
        unusable=observed.unusable,
        findings=_with_risk(observed.findings, risk),
        diagnoses=conditions.diagnoses,
        events=tuple(event for each in events for event in each.events),
        medications=read_meds.records,
        karyotypes=karyotypes,
        test_orders=read_test_orders(by_type.get("ServiceRequest", ()), patient, today),
        unseen=lost | gaps,
        left_out=frozenset(lost) - gaps.keys(),
        remarks=tuple(dict.fromkeys(remarks)),
    )
    return Chart(
        replace(facts, believed=_believed(facts, observed, conditions, events, read_meds, gaps, today)),
        _orders(by_type.get("MedicationRequest", ())),
        # The only Patient that came is the one that was asked for, also where its id cannot be read.
        frozenset(_id_of(raw) for raw in patients) - ({""} if len(patients) == 1 else set()),
        read_meds.nameless,
        observed.unmapped,
        partial(entries_of, resources, read_one),
        observed.local_codes,
    )


def _with_answers(conditions: ConditionRead, observed: ObservationFacts, today: date) -> ConditionRead:
    """The diagnoses with the states that a result answers by yes, as the latest answer of the last year has them."""
    told = []
    for fact, concept in ANSWERED.items():
        latest = max(observed.findings.get(fact, ()), key=lambda f: f.on or date.min, default=None)
        if latest is not None and latest.value == "yes" and (latest.on is None or latest.on >= today - ANSWERED_FOR):
            words = f"{concept.replace('-', ' ')} (as answered)"
            told.append(Diagnosis(frozenset({concept}), words, True, latest.reference, latest.on, latest.on, latest.on))
    if not told:
        return conditions
    both = [(*each, *told) for each in (conditions.diagnoses, conditions.believed)]
    return replace(conditions, diagnoses=both[0], believed=both[1])


def _sex(sex: str, observed: ObservationFacts, conditions: ConditionRead, today: date, remarks: list[str]) -> str:
    """The sex to count with; of a man of whom a period or a female sex at birth is on file it is not known."""
    if sex != "male":
        return sex
    periods = [f for fact in ("lastPeriod", "menses") for f in observed.findings.get(fact, ())]
    is_told = any(f.on is None or f.on >= today - PERIODS_FOR for f in periods)
    if not is_told and not any("assigned-female" in d.concepts for d in conditions.believed):
        return sex
    remarks.append(
        "The patient is recorded as male, and a period or a female sex at birth is on file: ask which counts."
    )
    return ""


def _believed(
    facts: PatientFacts,
    observed: ObservationFacts,
    conditions: ConditionRead,
    events: Sequence[EventRead],
    medications: MedicationRead,
    gaps: Mapping[str, str],
    today: date,
) -> PatientFacts | None:
    """The facts as they would be if everything in doubt were believed; None where nothing is. `gaps` would still be gaps.

    A patient of unknown sex is a woman, and one of unknown age of one at which she can become pregnant: that asks for most.
    """
    results = believed_results(observed)
    suffered = tuple(event for each in events for event in each.believed)
    told = (conditions.believed, suffered, medications.believed)
    sex = "female" if facts.patient_reference and not facts.sex else facts.sex
    born = (facts.born_from, facts.born_to)
    if facts.patient_reference and (born[0] is None or born[0] > today):
        born = (date(today.year - CHILDBEARING_AGE, 1, 1),) * 2
    is_whole = (sex, *born) == (facts.sex, facts.born_from, facts.born_to)
    if is_whole and results is None and told == (facts.diagnoses, facts.events, facts.medications):
        return None
    results = results or observed
    risk = _risk_findings(conditions.believed, [])
    return replace(
        facts,
        sex=sex,
        born_from=born[0],
        born_to=born[1],
        readings=results.readings,
        unusable=results.unusable,
        findings=_with_risk(results.findings, risk),
        diagnoses=conditions.believed,
        events=suffered,
        medications=medications.believed,
        karyotypes=_karyotypes(results.findings.get("karyotype", ()), []),
        unseen=gaps,
        left_out=frozenset(),
    )


def _readable(
    resources: Mapping[str, Sequence[bytes | msgspec.Raw]],
) -> tuple[dict[str, Sequence[bytes | msgspec.Raw]], list[str]]:
    """The resources without Patients of which not even the head can be read; all others have a reader that says it."""
    patients = resources.get("Patient", ())
    if decode_all(patients, Resource) is not None:
        return dict(resources), []
    kept = [raw for raw in patients if _is_readable(raw)]
    return {**resources, "Patient": kept}, [f"{len(patients) - len(kept)} of the Patients sent could not be read"]


def _is_readable(raw: msgspec.Raw | bytes) -> bool:
    try:
        return decode_resource(raw, Resource).resourceType == "Patient"
    except Unreadable:
        return False


def _id_of(raw: msgspec.Raw | bytes) -> str:
    head = head_of(raw)
    return head.id if head is not None else ""


def _orders(requests: Iterable[msgspec.Raw | bytes]) -> dict[str, bytes]:
    return {f"MedicationRequest/{identifier}": bytes(raw) for raw in requests if (identifier := _id_of(raw))}


def _unobtained(unseen: Mapping[str, str], needs: Iterable[NeedLike]) -> list[str]:
    """A sentence for each reason with the keys that lack for it, in the order in which the drug looks at them."""
    keys = [need.key for need in needs if need.key in unseen]
    by_reason: dict[str, list[str]] = {}
    for key in (*keys, *sorted(unseen.keys() - {*keys})):
        by_reason.setdefault(unseen[key], []).append(key)
    return [f"{', '.join(lacking)} could not be obtained: {reason}" for reason, lacking in by_reason.items()]


def _unseen(unseen: Mapping[str, str], needs: Iterable[NeedLike]) -> dict[str, str]:
    """The reasons by the facts that are not seen; needs without a list of facts go by their key."""
    found: dict[str, str] = {}
    for need in needs:
        reason = unseen.get(need.key)
        if reason is None:
            continue
        for fact in need.facts or (need.key,):
            found[_ALIASES.get(fact, fact)] = f"could not be obtained: {reason}"
    return found


def _lost(
    resources: Mapping[str, Sequence[bytes | msgspec.Raw]],
    remarks: Mapping[str, tuple[str, ...]],
    medications: tuple[str, ...],
) -> dict[str, str]:
    """The facts of which some resource was not read, or not taken for this patient's: it might have been the grave one."""
    found: dict[str, str] = {}
    for kind, fact in LOST_FACTS.items():
        lost = [remark for remark in remarks[kind] if any(sign in remark for sign in LOST_SIGNS)]
        lost += [f"a resource of the type {kind} in another spelling" for each in resources if _is_like(each, kind)]
        if lost:
            found[fact] = "; ".join(each.rstrip(".") for each in sorted(lost)[:3])
    if OTHER_PATIENT in medications:
        found[REFUSED_TREATMENT] = f"a resource about the drug was refused: {OTHER_PATIENT}"
    if lost := sorted({reason for reason in medications if reason != OTHER_PATIENT}):
        found[LOST_TREATMENT] = "; ".join(lost[:3])
    return found


def _is_like(kind: str, known: str) -> bool:
    return kind != known and kind.casefold() == known.casefold()


def _untold(references: tuple[str, ...]) -> dict[str, str]:
    """The gap that medication resources leave of which nothing says which drug they are; none of them: no gap."""
    if not references:
        return {}
    named = ", ".join(sorted(set(references)))
    return {UNTOLD: f"the medicine is neither named nor found: {named}"}


def _karyotypes(findings: Sequence[Finding], remarks: list[str]) -> tuple[tuple[Karyotype, Finding], ...]:
    """The reports, the latest first."""
    ordered = sorted(findings, key=lambda f: (f.on or date.min, f.reference), reverse=True)
    if len(ordered) > MOST_KARYOTYPES:
        remarks.append(f"only the latest {MOST_KARYOTYPES} of {len(ordered)} karyotypes were read")
    return tuple((read_karyotype(f.value), f) for f in ordered[:MOST_KARYOTYPES])


def _with_risk(
    findings: Mapping[str, tuple[Finding, ...]], risk: Mapping[str, tuple[Finding, ...]]
) -> Mapping[str, tuple[Finding, ...]]:
    """The findings with the risk groups that diagnoses name, oldest first."""
    if not risk:
        return findings
    both = {fact: (*findings.get(fact, ()), *found) for fact, found in risk.items()}
    return {**findings, **{fact: tuple(sorted(each, key=lambda f: f.on or date.min)) for fact, each in both.items()}}


def _risk_findings(diagnoses: Iterable[Diagnosis], remarks: list[str]) -> dict[str, tuple[Finding, ...]]:
    """The risk groups that the stages of the diagnoses name which have one, oldest first: one for each day of recording."""
    staged = [d for d in diagnoses if not d.concepts.isdisjoint(STAGED.values()) and d.is_active and d.stages]
    found: dict[str, list[Finding]] = {}
    for day in sorted({d.recorded_on or date.min for d in staged}):
        of_day = [d for d in staged if (d.recorded_on or date.min) == day]
        groups = read_risk_group([stage for d in of_day for stage in d.stages])
        remarks += groups.remarks
        for fact, group in {"ipss": groups.ipss, "ipssR": groups.ipss_r}.items():
            by = next((d for d in of_day if STAGED[fact] in d.concepts), None)
            if group and by is not None:
                found.setdefault(fact, []).append(Finding(fact, group, by.recorded_on, None, by.reference))
    return {fact: tuple(each) for fact, each in found.items()}
