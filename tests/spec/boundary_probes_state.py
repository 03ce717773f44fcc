"""Probes of the state of the disease: blasts, how long something new is news, second cancers. Facts alone, without a call."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.clinical.facts import Diagnosis, Finding
from cds_service.clinical.recommendation import Action
from tests.spec.boundary_probes import Probe
from tests.spec.boundary_probes_beside import speaks, taking
from tests.support.facts import day, mds, reading

ACUTE, STATE, CANCER = "ACUTE-LEUKEMIA", "DISEASE-STATE", "SECOND-CANCER"


def state_probes() -> Iterator[Probe]:
    """Blasts at which treatment is held or reviewed, and for how long something new is reviewed."""

    def blasts(fact: str, rule: str, action: Action, value: float, before: float = 0) -> bool:
        results = (reading(fact, str(before), day(-20)), reading(fact, str(value), day(190)))
        return speaks(taking(200, *results), rule, action)

    yield Probe(
        ACUTE, "blasts_percent_at_least", "number", "FTT",
        lambda v, _u: blasts("blasts", ACUTE, Action.HOLD, v), step="0.1",
    )  # fmt: skip
    yield Probe(
        STATE, "marrow_blasts_percent_at_least", "number", "FTT",
        lambda v, _u: blasts("blasts", STATE, Action.REVIEW, v), step="0.1",
    )  # fmt: skip
    yield Probe(
        STATE, "blood_blasts_percent_at_least", "number", "FTT",
        lambda v, _u: blasts("peripheralBlasts", STATE, Action.REVIEW, v), step="0.1",
    )  # fmt: skip
    yield Probe(
        STATE, "rise_at_least", "number", "FTT",
        lambda v, _u: blasts("blasts", STATE, Action.REVIEW, 8 + 8 * v, before=8), step="0.125",
    )  # fmt: skip

    def news(days: float, _u: str) -> bool:
        result = {"tp53": (Finding("tp53", "p.R175H", day(200 - int(days)), None, "Observation/tp53"),)}
        return speaks(taking(200, findings=result), STATE, Action.REVIEW)

    def cancer(days: float, _u: str) -> bool:
        on = day(200 - int(days))
        found = Diagnosis(frozenset({"malignancy"}), "lung cancer", True, "Condition/c", on, on)
        return speaks(taking(200, diagnoses=(mds(), found)), CANCER, Action.REVIEW)

    yield Probe(STATE, "speaks_days", "number", "TTF", news)
    yield Probe(CANCER, "speaks_days", "number", "TTF", cancer)
