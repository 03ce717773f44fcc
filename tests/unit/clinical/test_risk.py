from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import Interval
from cds_service.clinical.risk import RiskScore, age_adjusted, ipss, ipss_r, ipss_r_category

D = Decimal


def points(result, name):
    assert isinstance(result, RiskScore), result
    return dict(result.points)[name]


@pytest.mark.parametrize(
    ("blasts", "expected"),
    [("0", 0), ("4.999", 0), ("5", D("0.5")), ("10", D("0.5")), ("10.001", None), ("10.5", None), ("10.999", None), ("11", D("1.5")),
     ("20", D("1.5")), ("20.001", None), ("20.999", None), ("21", 2), ("30", 2), ("30.001", None), ("100", None), ("-1", None)],
)  # fmt: skip
def test_ipss_blast_bands_and_their_gaps(blasts, expected):
    result = ipss(D(blasts), "good", D(12), 3000, 200_000)
    if expected is None:
        assert ["blasts"] == [gap.fact for gap in result]
    else:
        assert expected == points(result, "blasts")


@pytest.mark.parametrize(
    ("hemoglobin", "neutrophils", "platelets", "expected"),
    [("10", 1800, 100_000, 0), ("9.99", 1800, 100_000, 0), ("10", 1799, 100_000, 0), ("10", 1800, 99_999, 0),
     ("9.99", 1799, 100_000, D("0.5")), ("9.99", 1799, 99_999, D("0.5")), ("9.99", 1800, 99_999, D("0.5"))],
)  # fmt: skip
def test_ipss_counts_cytopenias_below_their_cuts(hemoglobin, neutrophils, platelets, expected):
    assert expected == points(ipss(D(2), "good", D(hemoglobin), neutrophils, platelets), "cytopenias")


def test_one_unknown_line_matters_only_where_it_decides():
    assert 0 == points(ipss(2, "good", None, 3000, 200_000), "cytopenias")
    assert D("0.5") == points(ipss(2, "good", 9, 1000, None), "cytopenias")
    assert ["platelets"] == [gap.fact for gap in ipss(2, "good", 9, 3000, None)]


@pytest.mark.parametrize(
    ("blasts", "karyotype", "low_lines", "score", "category"),
    [("2", "good", 0, "0", "low"), ("2", "intermediate", 0, "0.5", "int-1"), ("2", "intermediate", 1, "1", "int-1"),
     ("2", "poor", 1, "1.5", "int-2"), ("5", "poor", 1, "2", "int-2"), ("11", "poor", 0, "2.5", "high"), ("30", "poor", 1, "3.5", "high")],
)  # fmt: skip
def test_ipss_scores_fall_into_their_categories(blasts, karyotype, low_lines, score, category):
    result = ipss(D(blasts), karyotype, 9 if low_lines else 12, 1000 if low_lines else 3000, 200_000)
    assert (Fraction(score), category) == (result.score, result.category)


@pytest.mark.parametrize(
    ("blasts", "expected"),
    [("0", 0), ("2", 0), ("2.001", 1), ("4.999", 1), ("5", 2), ("10", 2), ("10.001", 3), ("30", 3)],
)
def test_ipss_r_blast_bands_have_no_gap(blasts, expected):
    assert expected == points(ipss_r(D(blasts), "good", 12, 3000, 200_000), "blasts")


@pytest.mark.parametrize(("hemoglobin", "expected"), [("10", 0), ("9.999", 1), ("8", 1), ("7.999", D("1.5"))])
def test_ipss_r_hemoglobin_cuts(hemoglobin, expected):
    assert expected == points(ipss_r(2, "good", D(hemoglobin), 3000, 200_000), "hemoglobin")


@pytest.mark.parametrize(("platelets", "expected"), [(100_000, 0), (99_999, D("0.5")), (50_000, D("0.5")), (49_999, 1)])
def test_ipss_r_platelet_cuts(platelets, expected):
    assert expected == points(ipss_r(2, "good", 12, 3000, platelets), "platelets")


@pytest.mark.parametrize(("neutrophils", "expected"), [(800, 0), (799, D("0.5"))])
def test_ipss_r_neutrophil_cut(neutrophils, expected):
    assert expected == points(ipss_r(2, "good", 12, neutrophils, 200_000), "anc")


@pytest.mark.parametrize(
    ("group", "expected"), [("very-good", 0), ("good", 1), ("intermediate", 2), ("poor", 3), ("very-poor", 4)]
)
def test_ipss_r_karyotype_points(group, expected):
    assert expected == points(ipss_r(2, group, 12, 3000, 200_000), "karyotype")


@pytest.mark.parametrize(
    ("score", "category"),
    [("1.5", "very-low"), ("1.501", "low"), ("3", "low"), ("3.001", "intermediate"), ("4.5", "intermediate"), ("4.501", "high"),
     ("6", "high"), ("6.001", "very-high")],
)  # fmt: skip
def test_ipss_r_categories_at_and_above_each_cut(score, category):
    assert category == ipss_r_category(Fraction(score))


def test_the_sum_of_ipss_r_gives_its_category():
    result = ipss_r(D("3"), "good", D("7.9"), 500, 40_000)
    assert (5, "high") == (result.score, result.category)


def test_the_age_adjustment_is_exact():
    assert 3 == age_adjusted(Fraction(3), 70)
    assert Fraction("3.35") == age_adjusted(Fraction(3), 80)
    assert Fraction("2.65") == age_adjusted(Fraction(3), 60)


def absent(*facts):
    """Each fact as one that was not found."""
    return tuple(Missing(f, "no karyotype group" if f == "karyotype" else "not found") for f in facts)


def test_every_input_that_is_missing_is_named():
    named = absent("blasts", "karyotype", "hemoglobin", "platelets", "anc")
    assert named == ipss_r(None, None, None, None, None)
    named = absent("blasts", "karyotype", "hemoglobin", "anc", "platelets")
    assert named == ipss(None, None, None, None, None)
    assert (Missing("karyotype", "why"),) == ipss_r(2, Missing("karyotype", "why"), 12, 3000, 200_000)
    assert ["karyotype"] == [g.fact for g in ipss(2, "very-good", 12, 3000, 200_000)]


def test_a_score_names_its_system_and_what_it_is_made_of():
    assert RiskScore(
        "IPSS", Fraction(1), "int-1", (("blasts", 0), ("karyotype", Fraction(1, 2)), ("cytopenias", Fraction(1, 2)))
    ) == ipss(2, "intermediate", 9, 1000, 200_000)
    assert RiskScore(
        "IPSS-R",
        Fraction(10),
        "very-high",
        (("blasts", 3), ("karyotype", 4), ("hemoglobin", Fraction(3, 2)), ("platelets", 1), ("anc", Fraction(1, 2))),
    ) == ipss_r(30, "very-poor", 7, 500, 40_000)


def test_it_is_said_why_a_value_has_no_points():
    wide = Interval(Fraction(1), Fraction(1_000_000))
    band, cut = "the value lies in no single band of the score", "the reported range lies on both sides of {} cut"
    assert (Missing("blasts", band),) == ipss(D("10.5"), "good", 12, 3000, 200_000)
    assert (Missing("blasts", band),) == ipss_r(wide, "good", 12, 3000, 200_000)
    assert (Missing("anc", cut.format("a")),) == ipss_r(2, "good", 12, wide, 200_000)
    assert (Missing("anc", cut.format("the")),) == ipss(2, "good", 9, wide, 200_000)


def test_a_range_counts_where_it_lies_in_one_band():
    below_5 = Interval(None, Fraction(5), high_open=True)
    assert 0 == points(ipss(below_5, "good", 12, 3000, 200_000), "blasts")
    assert ["blasts"] == [gap.fact for gap in ipss_r(below_5, "good", 12, 3000, 200_000)]
    assert 1 == points(ipss_r(2, "good", 12, 3000, Interval(None, Fraction(50_000), high_open=True)), "platelets")
    assert ["platelets"] == [g.fact for g in ipss_r(2, "good", 12, 3000, Interval(None, Fraction(60_000)))]
