"""Do facts give only what was asked for?"""

from __future__ import annotations

from dataclasses import replace

from cds_service.clinical.facts import PatientFacts
from tests.support.facts import mds


def test_a_past_diagnosis_is_given_only_where_it_is_asked_for() -> None:
    past = replace(mds(), is_active=False)
    facts = PatientFacts(diagnoses=(past, mds()))
    assert (mds(),) == facts.has_diagnosis("mds")
    assert (past, mds()) == facts.has_diagnosis("mds", active_only=False)
    assert () == facts.has_diagnosis("cll", active_only=False)
