import pytest

from cds_service.fhir.risk_group import read_risk_group


@pytest.mark.parametrize(
    ("kind", "summary", "ipss", "ipss_r"),
    [
        ("IPSS", "Low", "low", ""),
        ("IPSS", "LOW RISK", "low", ""),
        ("IPSS", "Int-1", "int-1", ""),
        ("IPSS", "INT 1", "int-1", ""),
        ("IPSS", "Int1", "int-1", ""),
        ("IPSS", "Intermediate-1 (0.5)", "int-1", ""),
        ("IPSS", "Intermediate–1", "int-1", ""),
        ("IPSS", "Intermediate I", "int-1", ""),
        ("IPSS", "Intermediär-1", "int-1", ""),
        ("IPSS", "intermediate 2", "int-2", ""),
        ("IPSS", "Intermediär II", "int-2", ""),
        ("IPSS", "High", "high", ""),
        ("IPSS", "Niedrigrisiko", "low", ""),
        ("IPSS", "niedriges Risiko", "low", ""),
        ("IPSS", "hohes Risiko", "high", ""),
        ("", "IPSS: low risk", "low", ""),
        ("International Prognostic Scoring System", "Int-2", "int-2", ""),
        ("IPSS-R", "Very low", "", "very-low"),
        ("IPSS-R", "very-low risk", "", "very-low"),
        ("IPSS-R", "Low", "", "low"),
        ("IPSS-R", "Intermediate", "", "intermediate"),
        ("IPSS-R", "High", "", "high"),
        ("R-IPSS", "Very High", "", "very-high"),
        ("IPSS-R", "sehr hoch", "", "very-high"),
        ("IPSS-R", "sehr niedrig", "", "very-low"),
        ("Revised International Prognostic Scoring System", "high", "", "high"),
        ("", "IPSS-R intermediate", "", "intermediate"),
        ("IPSS-M", "Low", "", ""),
        ("Ann Arbor", "Stage II", "", ""),
    ],
)
def test_a_recorded_group_gets_its_one_name(kind, summary, ipss, ipss_r):
    read = read_risk_group([(kind, summary)])
    assert (ipss, ipss_r) == (read.ipss, read.ipss_r)


@pytest.mark.parametrize(
    ("kind", "summary"), [("IPSS", "Intermediate"), ("IPSS", "Low/Int-1"), ("IPSS-R", "Int-1"), ("IPSS", "3")]
)
def test_a_group_that_the_system_does_not_have_is_said_and_not_guessed(kind, summary):
    read = read_risk_group([(kind, summary)])
    assert ("", "", 1) == (read.ipss, read.ipss_r, len(read.remarks))


def test_groups_that_contradict_each_other_give_none():
    read = read_risk_group([("IPSS", "Low"), ("IPSS", "High"), ("IPSS-R", "Low")])
    assert ("", "low") == (read.ipss, read.ipss_r)
    assert any("contradict" in remark for remark in read.remarks)


def test_the_same_group_twice_is_one():
    assert "low" == read_risk_group([("IPSS", "Low"), ("IPSS", "low risk")]).ipss
