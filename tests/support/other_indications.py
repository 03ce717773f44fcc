"""Facts for tests of the indications outside MDS: myeloma and lymphoma patients in a few words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Finding, PatientFacts, Reading
from cds_service.clinical.recommendation import Action, Recommendation
from tests.support.facts import assess, day, facts, order, reading

TWENTY_FIVE = Dose(Decimal(25), on_days=21, cycle_days=28)
TWENTY = Dose(Decimal(20), on_days=21, cycle_days=28)
TEN_DAILY = Dose(Decimal(10))


def diagnosis(*concepts: str, is_active: bool = True) -> Diagnosis:
    """A diagnosis that stands for some concepts."""
    return Diagnosis(frozenset(concepts), concepts[0], is_active, f"Condition/{concepts[0]}", recorded_on=day(-200))


def drug(name: str, *classes: str, status: str = "active", until: date | None = None) -> MedicationRecord:
    """An order of another drug, with the classes it belongs to."""
    concepts = frozenset({name, *classes})
    return MedicationRecord(
        "order", f"MedicationRequest/{name}", concepts, status, "order", name, starts_on=day(-30), bounds_end=until
    )


DEXAMETHASONE = drug("dexamethasone")
RITUXIMAB = drug("rituximab", "anti-cd20")
NEGATIVE_B = {name: (Finding(name, "negative", day(-5), None, f"Observation/{name}"),) for name in ("hbsag", "hbcab")}
TRANSPLANT = Event(frozenset({"autologous-transplant"}), "autologous transplant", day(-90), "Procedure/transplant")


def patient(
    disease: str,
    platelets: int,
    neutrophils: int,
    on: int,
    *others: MedicationRecord,
    dose: Dose | None = None,
    before: tuple[Reading, ...] = (),
    **more: object,
) -> PatientFacts:
    """A patient with one diagnosis, counts of one day and others before; with a dose, under treatment since day 0."""
    own = (order(dose),) if dose is not None else ()
    counts = (reading("platelets", platelets, day(on)), reading("anc", neutrophils, day(on)))
    values: dict[str, object] = {"diagnoses": (diagnosis(disease),), "events": (), "findings": {}, **more}
    return facts(*before, *counts, orders=(*own, *others), **values)


def said(found: tuple[Recommendation, ...], action: Action) -> Recommendation:
    """The recommendation with an action; fails where there is none."""
    matching = [r for r in found if r.action is action]
    assert matching, f"{action} is not among {[r.action for r in found]}"
    return matching[0]


def actions(of: PatientFacts, on: int, *orders: MedicationRecord, jurisdiction: str = "US") -> list[Action]:
    """What is said, by its actions."""
    return [r.action for r in assess(of, day(on), *orders, jurisdiction=jurisdiction).recommendations]


def held(disease: str, dose: Dose, *others: MedicationRecord, **more: object) -> tuple[Recommendation, ...]:
    """On hold since day 14 for platelets of 20,000, which are back to 150,000 on day 21."""
    own = order(dose, "on-hold", until=day(14))
    series = (
        reading("platelets", 20000, day(14)), reading("anc", 2000, day(14)),
        reading("platelets", 150000, day(21)), reading("anc", 2000, day(21)),
    )  # fmt: skip
    values: dict[str, object] = {"diagnoses": (diagnosis(disease),), "events": (), "findings": {}, **more}
    return assess(facts(*series, orders=(own, *others), **values), day(21)).recommendations


def neutropenia(*days: tuple[int, int], **more: object) -> tuple[Recommendation, ...]:
    """Myeloma with dexamethasone, on hold since the day before last, with these neutrophil counts by day."""
    own = order(TWENTY_FIVE, "on-hold", until=day(days[-2][0]))
    series = [reading("anc", value, day(on)) for on, value in days] + [reading("platelets", 150000, day(days[-1][0]))]
    values: dict[str, object] = {"diagnoses": (diagnosis("myeloma"),), "events": (), "findings": {}, **more}
    return assess(facts(*series, orders=(own, DEXAMETHASONE), **values), day(days[-1][0])).recommendations


def held_in_the_eu(
    disease: str, taken: int | str | Dose, platelets: int = 150000, before: str = ""
) -> tuple[Recommendation, ...]:
    """The same in the EU, with these platelets on day 21. Args: `before` the dose of an earlier order of the course, in mg."""
    dose = taken if isinstance(taken, Dose) else Dose(Decimal(taken), on_days=21, cycle_days=28)
    earlier = Dose(Decimal(before), on_days=21, cycle_days=28) if before else None
    ended = (order(earlier, "completed", since=day(-28), until=day(-1)),)
    own = (*(ended if earlier else ()), order(dose, "on-hold", until=day(14)))
    series = (
        reading("platelets", 20000, day(14)), reading("anc", 2000, day(14)),
        reading("platelets", platelets, day(21)), reading("anc", 2000, day(21)),
    )  # fmt: skip
    of = facts(*series, orders=(*own, RITUXIMAB), diagnoses=(diagnosis(disease),), events=(), findings={})
    return assess(of, day(21), jurisdiction="EU").recommendations
