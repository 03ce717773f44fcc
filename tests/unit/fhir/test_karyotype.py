"""Karyotype strings with what a cytogeneticist reads in them, derived by hand."""

import time

import pytest

from cds_service.clinical.cytogenetics import ipss_group, ipss_r_group
from cds_service.clinical.facts import Missing
from cds_service.fhir.karyotype import read_karyotype

# text, has del(5q), additional abnormalities, is isolated, -7 or del(7q), is complex
READ = [
    ("46,XX,del(5)(q13q33)[12]/46,XX[8]", True, (), True, False, False),
    ("46,XX,del(5)(q13q33)", True, (), True, False, False),
    ("46, XX, del(5)(q13q33) [20]", True, (), True, False, False),
    ("46,XX,del(5)(q13.3q33.1)[20]", True, (), True, False, False),
    ("46,XY,del(5)(q31)[15]/46,XY[5]", True, (), True, False, False),
    ("46,XX,DEL(5)(Q13Q33)[20]", True, (), True, False, False),
    ("46,xx,del(5)(q13q33)[20]", True, (), True, False, False),
    ("46,XX,del(5q)[20]", True, (), True, False, False),
    ("46,XX,del(5q)(q13q33)[20]", True, (), True, False, False),
    ("46,XX,del(5)(q13q33)[10]/47,XX,+8[10]", True, ("+8",), False, False, False),
    ("46,XX,5q-[20]", True, (), True, False, False),
    ("46,XX,5q−[20]", True, (), True, False, False),
    ("46,XX,del(5)(q?13q33)[20]", True, (), True, False, False),
    ("46,XX,del(5)(q13-q33)[20]", True, (), True, False, False),
    ("46,XX,del(5)(q13q33)[12/20]", True, (), True, False, False),
    ("Karyotype: 46,XX,del(5)(q13q33)[20]", True, (), True, False, False),
    ("46,XX,del(5)(q13q33)[20] isolated del(5q)", True, (), True, False, False),
    ("46,XX,del(5)(q13q33)[18]/47,idem,+8[2]", True, ("+8",), False, False, False),
    ("46,XX,del(5)(q13q33)[18]/47,sl,+8[2]", True, ("+8",), False, False, False),
    ("46,XX,del(5)(q13q33)[10]/47,sl,+8[5]/48,sdl,+21[5]", True, ("+21", "+8"), False, False, True),
    ("46,XX,del(5)(q13q33)[10]/47,sl,+8[5]/48,sdl1,+8[5]", True, ("+8", "+8"), False, False, True),
    ("46,XX,del(5)(q13q33),del(20)(q11q13)[20]", True, ("del(20q)",), False, False, False),
    ("45,XX,del(5)(q13q33),-7[20]", True, ("-7",), False, True, False),
    ("46,XX,del(5)(q13q33),del(7)(q22q36)[20]", True, ("del(7q)",), False, True, False),
    ("45,XX,-7[20]", False, ("-7",), False, True, False),
    ("46,XX,7q-[20]", False, ("del(7q)",), False, True, False),
    ("46,XX,+1,der(1;7)(q10;p10)[20]", False, ("+1", "der(1;7)(q10;p10)"), False, True, False),
    ("46,XX,add(7)(q22)[20]", False, ("add(7)(q22)",), False, None, False),
    ("45,XX,-5[20]", False, ("-5",), False, False, False),
    ("46,XX,del(5)(p13p15)[20]", False, ("del(5p)",), False, False, False),
    ("46,XX,add(5)(q13)[20]", False, ("add(5)(q13)",), False, False, False),
    ("46,XX,der(5)t(5;17)(q13;q21)[20]", False, ("der(5)t(5;17)(q13;q21)",), False, False, False),
    ("45,XX,dic(5;17)(q11;p11)[20]", False, ("dic(5;17)(q11;p11)",), False, False, False),
    ("46,XX,t(5;12)(q33;p13)[20]", False, ("t(5;12)(q33;p13)",), False, False, False),
    ("46,XX[20]", False, (), False, False, False),
    ("46,XY[20]", False, (), False, False, False),
    ("45,X,-Y[20]", False, ("-Y",), False, False, False),
    ("45,X,-Y,del(5)(q13q33)[20]", True, ("-Y",), False, False, False),
    ("46,X,idic(X)(q13)[20]", False, ("idic(X)(q13)",), False, False, False),
    ("47,XXYc,del(5)(q13q33)[20]", True, (), True, False, False),
    ("47,XX,del(5)(q13q33),+21c[20]", True, (), True, False, False),
    ("46,XX,del(5)(q13q33),inv(9)(p12q13)c[20]", True, (), True, False, False),
    ("46,XX,9qh+,del(5)(q13q33)[20]", True, (), True, False, False),
    ("47,XX,del(5)(q13q33),+mar[20]", True, ("+mar",), False, False, False),
    ("48,XX,del(5)(q13q33),+2mar[20]", True, ("+mar", "+mar"), False, False, True),
    ("48,XX,del(5)(q13q33),+8,+8[20]", True, ("+8", "+8"), False, False, True),
    ("46,XX,del(5)(q13q33)x2[20]", True, ("second del(5q)",), False, False, False),
    ("43~46,XY,del(5)(q13q33)[8],-7[6],+8[3],+mar[4][cp10]/46,XY[3]", True, ("+8", "+mar", "-7"), False, True, True),
    ("46,XX,del(5)(q13q33)[19]/47,idem,+8[1]", True, (), True, False, False),
    ("46,XX,del(5)(q13q33)[18]/45,idem,-7[2]", True, (), True, False, False),
    ("46,XX,del(5)(q13q33)[17]/45,idem,-7[3]", True, ("-7",), False, True, False),
    ("47,XX,+8[10]/46,sl,-8[5]", False, ("+8",), False, False, False),
    ("46,XY,inv(3)(q21q26)[20]", False, ("inv(3)(q21q26)",), False, False, False),
    ("46,XX[20].nuc ish(D5S23,D5S721)x2,(EGR1)x1[30/200]", True, (), True, False, False),
    ("46,XX,del(5)(q13q33)[20].nuc ish(D5S23x2,EGR1x1)[140/200]", True, (), True, False, False),
    ("46,XY,del(5)(q13q33)[3]//46,XX[17]", True, (), True, False, False),
    ("isolated del(5q)", True, (), True, False, False),
    ("del(5q) isolated", True, (), True, False, False),
    ("MDS with isolated del(5q)", True, (), True, False, False),
    ("Isolierte del(5q)", True, (), True, False, False),
    ("5q- syndrome", True, (), True, False, False),
    ("del(5q) as the sole abnormality", True, (), True, False, False),
    ("no abnormalities other than del(5q)", True, (), True, False, False),
    ("isolated del(5q) without additional abnormalities", True, (), True, False, False),
    ("normal karyotype", False, (), False, False, False),
    ("Normal female karyotype", False, (), False, False, False),
    ("Normaler weiblicher Karyotyp", False, (), False, False, False),
    ("no cytogenetic abnormality", False, (), False, False, False),
    ("del(5q) plus one", True, (), False, None, False),
    ("del(5q) + 1 additional abnormality", True, (), False, None, False),
    ("del(5q)", True, (), None, None, None),
    ("5q-", True, (), None, None, None),
    ("del(5)(q13q33)", True, (), None, None, None),
    ("5q31 deletion in 65% of nuclei", True, (), None, None, None),
    ("del(5q) in a single metaphase", True, (), None, None, None),
    ("del(5q) only in 3 cells", True, (), None, None, None),
    ("del(5q) alone", True, (), True, False, False),
    ("del(5q) and trisomy 8", True, ("+8",), False, None, None),
    ("del(5q), monosomy 7", True, ("-7",), False, True, None),
    ("complex karyotype", None, (), False, None, True),
    ("cariotipo complejo con del(5q)", True, (), False, None, True),
    ("cariotipo complesso", None, (), False, None, True),
    ("multiple chromosomal aberrations, del(5q)", True, (), False, None, True),
    ("loss of chromosome 7, del(5q)", True, ("-7",), False, True, None),
    ("loss of 3 of 20 metaphases; del(5q)", True, (), None, None, None),
    ("complex karyotype including del(5q)", True, (), False, None, True),
    ("non-complex karyotype with del(5q)", True, (), None, None, False),
    ("no del(5q)", False, (), False, None, None),
    ("del(5q) not detected", False, (), False, None, None),
    ("MDS without del(5q)", False, (), False, None, None),
]

# Parts that cannot be read: text, has del(5q), what the named parts must hold.
UNREAD = [
    ("culture failure", None, "culture failure"),
    ("", None, "empty"),
    ("suspected del(5q)", None, "suspected"),
    ("46,XX,?del(5)(q13q33)[20]", None, "questionable"),
    ("46,XX,del(?5)(q13q33)[20]", None, "questionable"),
    ("46,XX,del(5)[20]", None, "arm"),
    ("47,XX,+del(5)(q13q33)[20]", None, "extra"),
    ("46,XX,del(5)(q13q33)[1]/46,XX[19]", None, "single cell"),
    ("46,XX,del(5)(q13q33),foo(3)(q21)[20]", True, "foo(3)(q21)"),
    ("46,XX,foo(3)(q21)[20]", None, "foo(3)(q21)"),
    ("45,XX,del(5)(q13q33)[20]", True, "do not fit"),
    ("45,X,del(5)(q13q33)[20]", True, "constitutional or acquired"),
    ("46,XX,del(5)(q13q33),inc[20]", True, "inc"),
    ("nuc ish(D5S23x2,EGR1x1)[140/200]", True, "only FISH"),
    ("nuc ish(EGR1x1)[100/200]", None, "monosomy 5"),
    ("46,XX,del(5)(q13q33)[20].nuc ish(D5S23,EGR1)x2[200]", None, "FISH does not"),
    ("46,XX,del(5)(q13q33)[20]. No del(5q).", None, "differ"),
    ("arr[GRCh38] 5q14.3q33.2(87,000,000_155,000,000)x1", None, "arr"),
    ("isolated del(5q), +8", True, "others named"),
    ("Isolated del(5q) in 2019; now complex karyotype", True, "others named"),
    ("normal karyotype, FISH positive for del(5q)", None, "contradict"),
    ("//46,XX[20]", None, "donor"),
    ("92,XXXX,del(5)(q13q33)x2[20]", True, "near-diploid"),
]


@pytest.mark.parametrize(("text", "del5q", "additional", "isolated", "seven", "complex_"), READ)
def test_a_karyotype_is_read_as_a_cytogeneticist_reads_it(text, del5q, additional, isolated, seven, complex_):
    read = read_karyotype(text)
    assert (del5q, additional, isolated, seven, complex_, ()) == (
        read.has_del5q,
        read.additional,
        read.is_isolated_del5q,
        read.has_minus7_or_del7q,
        read.is_complex,
        read.unreadable,
    )


@pytest.mark.parametrize(("text", "del5q", "named"), UNREAD)
def test_what_cannot_be_read_is_named_and_never_called_isolated(text, del5q, named):
    read = read_karyotype(text)
    assert del5q is read.has_del5q
    assert read.is_isolated_del5q is not True
    assert any(named in part for part in read.unreadable)


@pytest.mark.parametrize(
    ("text", "del5q"),
    [
        ("sans délétion 5q", False), ("sin deleción 5q", False), ("senza delezione 5q", False), ("sem deleção 5q", False),
        ("geen 5q-deletie", False), ("bez delecji 5q", False), ("без делеции 5q", False), ("del(5q) non rilevata", False),
        ("del(5q) niet aangetoond", False), ("deleción 5q no detectada", False), ("sospecha de deleción 5q", None),
        ("isolated del(5q), no other abnormality", True), ("del(5q) aislada, sin otras alteraciones", True),
        ("deleção 5q isolada", True), ("изолированная делеция 5q", True), ("izolowana delecja 5q", True),
    ],
)  # fmt: skip
def test_a_deletion_is_named_and_denied_in_other_languages(text: str, del5q: bool | None) -> None:
    assert del5q is read_karyotype(text).has_del5q


def test_abnormalities_left_out_of_the_count_are_named_in_remarks():
    assert any("+8" in r for r in read_karyotype("46,XX,del(5)(q13q33)[19]/47,idem,+8[1]").remarks)
    assert any("constitutional" in r for r in read_karyotype("46,XX,inv(9)(p12q13)c[20]").remarks)
    assert any("not del(5q)" in r for r in read_karyotype("45,XX,-5[20]").remarks)


GROUPS = [
    ("46,XX[20]", "good", "good"),
    ("46,XX,del(5)(q13q33)[20]", "good", "good"),
    ("45,X,-Y[20]", "good", "very-good"),
    ("46,XX,del(20)(q11)[20]", "good", "good"),
    ("46,XX,del(11)(q23)[20]", "intermediate", "very-good"),
    ("46,XX,del(12)(p13)[20]", "intermediate", "good"),
    ("47,XX,+8[20]", "intermediate", "intermediate"),
    ("47,XX,+19[20]", "intermediate", "intermediate"),
    ("46,XX,i(17)(q10)[20]", "intermediate", "intermediate"),
    ("46,XX,del(7)(q22)[20]", "poor", "intermediate"),
    ("45,XX,-7[20]", "poor", "poor"),
    ("46,XY,inv(3)(q21q26)[20]", "intermediate", "poor"),
    ("46,XX,t(3;21)(q26;q22)[20]", "intermediate", "poor"),
    ("46,XX,t(3;8)(p14;q24)[20]", "intermediate", "intermediate"),
    ("46,XX,del(3)(q21)[20]", "intermediate", "poor"),
    ("47,XX,del(5)(q13q33),+8[20]", "intermediate", "good"),
    ("48,XX,+8,+19[20]", "intermediate", "intermediate"),
    ("46,XX,-7,+8[20]", "poor", "poor"),
    ("48,XX,del(5)(q13q33),+8,+19[20]", "poor", "poor"),
    ("49,XX,del(5)(q13q33),+8,+19,+21[20]", "poor", "very-poor"),
    ("complex karyotype", "poor", None),
    ("45,XX,del(5)(q13q33),-7[20]", "poor", None),
    ("del(5q)", None, None),
    ("del(5q) plus one", None, None),
    ("46,XX,foo(3)(q21)[20]", None, None),
]


@pytest.mark.parametrize(("text", "ipss", "ipss_r"), GROUPS)
def test_the_prognostic_groups_follow_the_tables(text, ipss, ipss_r):
    read = read_karyotype(text)
    groups = [None if isinstance(group, Missing) else group for group in (ipss_group(read), ipss_r_group(read))]
    assert [ipss, ipss_r] == groups


@pytest.mark.parametrize(
    "text",
    ["46,XX,del(5)(" + "idic" * 900, "46,XX,t" + "(1)" * 1200 + "!", "no " * 1300, "46,XX," * 600, "(" * 4000, "5q-" * 1300,
     "46,XX,del(5)(q13q33)[20]/" * 150, "x" * 10_000],
)  # fmt: skip
def test_a_hostile_text_costs_little_time(text):
    start = time.thread_time()
    read_karyotype(text)
    assert time.thread_time() - start < 0.5


def test_the_report_is_kept_as_written():
    assert "Isolated DEL(5q)" == read_karyotype("Isolated DEL(5q)").text
    assert "46,XX[20]" == read_karyotype("46,XX[20]").text


def test_words_that_repeat_themselves_are_unreadable_and_not_half_read():
    read = read_karyotype("del(5q) " * 51)
    assert (None, True) == (read.has_del5q, bool(read.unreadable))
