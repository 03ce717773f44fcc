"""Do the prognostic groups of a karyotype follow their tables, and is it said why one cannot be told?"""

from __future__ import annotations

import pytest

from cds_service.clinical.cytogenetics import Karyotype, involves_long_arm_of_3, ipss_group, ipss_r_group
from cds_service.clinical.facts import Missing


def karyotype(*additional: str, del5q: bool | None = False, seven: bool | None = False) -> Karyotype:
    """A karyotype of which every abnormality is known."""
    return Karyotype("", del5q, additional, len(additional), len(additional), seven)


NOT_ALL_KNOWN = Missing("karyotype", "the abnormalities of the karyotype are not all known")


def test_a_structural_change_of_chromosome_7_is_poor_by_ipss() -> None:
    assert "poor" == ipss_group(karyotype("add(7)(q22)", seven=None))


def test_no_group_is_told_where_abnormalities_are_not_all_known() -> None:
    partly_read = Karyotype("", True, ("+8",), 1, None)
    assert (NOT_ALL_KNOWN, NOT_ALL_KNOWN) == (ipss_group(partly_read), ipss_r_group(partly_read))


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (
            karyotype("+8", "add(7)(q22)", seven=None),
            "whether 7q is lost cannot be told, so the IPSS-R group of two abnormalities is open",
        ),
        (karyotype("-7", del5q=True, seven=True), "IPSS-R lists del(5q) with -7/del(7q) under two groups"),
    ],
)
def test_it_is_said_why_the_ipss_r_group_of_two_abnormalities_is_open(read: Karyotype, expected: str) -> None:
    assert Missing("karyotype", expected) == ipss_r_group(read)


@pytest.mark.parametrize(
    ("abnormality", "expected"),
    [("t(?3;21)(q?26;q22)", True), ("t(3;8;21)(p14;q24)", False), ("t(3;21)(p14;q22)", False), ("+3", False)],
)
def test_an_unsure_or_incomplete_translocation_is_read_by_its_bands(abnormality: str, expected: bool) -> None:
    assert expected == involves_long_arm_of_3(abnormality)
