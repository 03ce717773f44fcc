"""Which regimen of myeloma a chart shows: partners, a transplant, and words that tell the line of treatment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.recommendation import Action
from tests.support.facts import assess, day, order
from tests.support.other_indications import (
    DEXAMETHASONE,
    TEN_DAILY,
    TRANSPLANT,
    TWENTY_FIVE,
    diagnosis,
    drug,
    patient,
    said,
)

# At these platelets relapse interrupts and the first treatment with dexamethasone does not.
BETWEEN = 28_000
BORTEZOMIB = drug("bortezomib", "proteasome-inhibitor")
MELPHALAN = drug("melphalan", "alkylating-agent")


def rules_of(
    platelets: int, *beside: MedicationRecord, words: str = "", reasons: tuple[str, ...] = (), **more: object
) -> tuple[str, ...]:
    """The rules of what is said about the dose in the EU under treatment with 25 mg; empty where nothing is."""
    own = order(TWENTY_FIVE, reasons=reasons)
    disease = replace(diagnosis("myeloma"), text=words) if words else diagnosis("myeloma")
    of = patient("myeloma", platelets, 2000, 14, own, *beside, diagnoses=(disease,), **more)
    found = assess(of, day(14), jurisdiction="EU").recommendations
    return tuple(rule for r in found if r.action in (Action.HOLD, Action.REQUEST_DATA) for rule in r.rules)


@pytest.mark.parametrize(
    "words", ["Multiple myeloma in relapse", "Relapsed/refractory myeloma", "Multiples Myelom, Rezidiv"]
)
def test_words_of_a_relapse_tell_its_table(words: str) -> None:
    for given in ({"words": words}, {"reasons": (words,)}):
        assert ("EU-RRMM-PLT",) == rules_of(BETWEEN, DEXAMETHASONE, **given)


@pytest.mark.parametrize("words", ["Newly diagnosed multiple myeloma", "NDMM", "Myelom, Erstlinie"])
def test_words_of_a_first_treatment_tell_its_table(words: str) -> None:
    for given in ({"words": words}, {"reasons": (words,)}):
        assert () == rules_of(BETWEEN, DEXAMETHASONE, **given)
        assert ("EU-NDMM-LEVELS",) == rules_of(24_999, DEXAMETHASONE, **given)


@pytest.mark.parametrize(
    "words",
    ["", "Myeloma, no relapse", "not refractory", "ohne Rezidiv", "relapse?", "newly diagnosed, later in relapse"],
)
def test_words_that_deny_or_say_both_tell_nothing(words: str) -> None:
    assert "EU-IND-OTHER" in rules_of(BETWEEN, DEXAMETHASONE, words=words)


@pytest.mark.parametrize(
    ("beside", "events", "rule"),
    [
        ((DEXAMETHASONE, BORTEZOMIB), (), "EU-RVD"),
        ((MELPHALAN, drug("prednisone")), (), "EU-MPR"),
        ((MELPHALAN, drug("prednisolone")), (), "EU-MPR"),
        ((), (TRANSPLANT,), "EU-MMM"),
    ],
    ids=["RVd", "MPR", "MPR with prednisolone", "maintenance"],
)
def test_partners_and_a_transplant_tell_a_regimen_wholly(
    beside: tuple[MedicationRecord, ...], events: tuple[object, ...], rule: str
) -> None:
    assert (rule,) == rules_of(24_999, *beside, events=events)


@pytest.mark.parametrize("beside", [(BORTEZOMIB,), (MELPHALAN,), ()], ids=["bortezomib", "melphalan", "nothing"])
def test_halves_of_a_regimen_leave_every_one_open(beside: tuple[MedicationRecord, ...]) -> None:
    assert {"EU-NDMM-LEVELS", "EU-RVD", "EU-MPR", "EU-MMM", "EU-RRMM-PLT"} <= set(rules_of(24_999, *beside))
    assert "EU-IND-OTHER" in rules_of(BETWEEN, *beside)


def test_without_the_partner_that_told_it_a_higher_table_never_becomes_silence() -> None:
    """At 28 the regimens with bortezomib and for maintenance interrupt: without what tells them it is asked."""
    assert ("EU-RVD",) == rules_of(BETWEEN, DEXAMETHASONE, BORTEZOMIB)
    assert "EU-IND-OTHER" in rules_of(BETWEEN, DEXAMETHASONE)
    assert "EU-IND-OTHER" in rules_of(BETWEEN)


def test_low_neutrophils_say_what_the_smpc_says_of_g_csf() -> None:
    of = patient("myeloma", 150_000, 499, 14, dose=TEN_DAILY, events=(TRANSPLANT,))
    assert ("EU-MMM", "EU-MM-GCSF") == said(assess(of, day(14), jurisdiction="EU").recommendations, Action.HOLD).rules
