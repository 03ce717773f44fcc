"""Which words of a problem or reaction without a code are a clot, and which deny it or speak of something else?"""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.fhir.terminology import fact_named
from cds_service.fhir.words import (
    Worded,
    diagnoses_in,
    procedures_in,
    reactions_in,
    surgery_in,
)
from tests.support.yaml_files import read_yaml


@pytest.mark.parametrize(
    "text",
    [
        "Pulmonary embolism",
        "Pulmonary emboli, bilateral",
        "Lungenembolie",
        "Lungenarterienembolie beidseits",
        "tiefe Beinvenenthrombose",
        "Thrombose",
        "TVT links",
        "DVT",
        "D.V.T.",
        "Acute PE",
        "deep vein thrombosis",
        "Deep-vein thrombosis",
        "Venous thromboembolism",
        "DVT on prophylaxis",
    ],
)
def test_a_venous_clot_is_understood_without_a_code(text: str) -> None:
    assert (frozenset({"vte"}), frozenset({"vte"})) == (diagnoses_in(text).stated, reactions_in(text).stated)


@pytest.mark.parametrize(
    "text",
    [
        "Myocardial infarction",
        "NSTEMI",
        "Herzinfarkt",
        "akuter Myokardinfarkt",
        "Ischemic stroke",
        "Schlaganfall",
        "Cerebral infarction",
        "arterial thrombosis",
        "arterielle Thrombose",
    ],
)
def test_an_arterial_clot_is_understood_without_a_code(text: str) -> None:
    assert frozenset({"ate"}) == diagnoses_in(text).stated


@pytest.mark.parametrize(
    "text",
    [
        "no DVT",
        "kein Hinweis auf Thrombose",
        "rule out DVT",
        "Family history of DVT",
        "Mutter: Lungenembolie",
        "Pulmonary embolism ruled out",
        "Lungenembolie ausgeschlossen",
        "Risk of thrombosis",
    ],
)
def test_a_clot_that_is_denied_or_a_relatives_is_not_counted(text: str) -> None:
    assert Worded(frozenset(), frozenset({"vte"}), frozenset()) == diagnoses_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "DVT prophylaxis",
        "Thromboseprophylaxe",
        "thrombosis risk",
        "Hemorrhoid thrombosis",
        "heat stroke",
        "stroke volume",
        "post-stroke depression",
    ],
)
def test_what_only_sounds_like_a_clot_is_none(text: str) -> None:
    assert Worded(frozenset(), frozenset(), frozenset()) == diagnoses_in(text)


def test_few_platelets_are_no_clot() -> None:
    for text in ("Thrombocytopenia", "Relative thrombocytopenia"):
        assert frozenset({"thrombocytopenia"}) == diagnoses_in(text).stated, text


@pytest.mark.parametrize(
    "text",
    [
        "superficial vein thrombosis",
        "superficial thrombophlebitis of the arm",
        "Oberflächliche Venenthrombose",
        "Varikophlebitis",
        "thrombose veineuse superficielle",
        "tromboflebitis superficial",
        "trombosi venosa superficiale",
        "oppervlakkige tromboflebitis",
    ],
)
def test_a_superficial_clot_is_none_of_the_deep_veins(text: str) -> None:
    assert frozenset({"superficial-vte"}) == diagnoses_in(text).stated


def test_a_deep_clot_with_a_superficial_one_is_a_deep_clot() -> None:
    assert "vte" in diagnoses_in("DVT with superficial thrombophlebitis").stated


@pytest.mark.parametrize("text", ["catheter-related thrombosis", "PICC line thrombosis", "Port-a-cath thrombosis"])
def test_a_clot_at_a_catheter_is_a_venous_one(text: str) -> None:
    assert frozenset({"vte"}) == diagnoses_in(text).stated


MAJOR = frozenset({"bleeding", "major-bleeding"})


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Upper GI bleed", MAJOR),
        ("Melaena x2 days", MAJOR),
        ("Teerstuhl", MAJOR),
        ("Hémorragie digestive haute", MAJOR),
        ("hemarthrosis of the knee", MAJOR),
        ("retroperitoneal haematoma", MAJOR),
        ("vitreous hemorrhage", MAJOR),
        ("ICH on CT", MAJOR | {"intracranial-bleeding"}),
        ("hemorrhagic stroke", MAJOR | {"intracranial-bleeding"}),
        ("Subdurales Hämatom", MAJOR | {"intracranial-bleeding"}),
        ("Hersenbloeding", MAJOR | {"intracranial-bleeding"}),
        ("hematoma subdural", MAJOR | {"intracranial-bleeding"}),
        ("Epistaxis", frozenset({"bleeding"})),
        ("gross hematuria", frozenset({"bleeding"})),
        ("No active bleeding", frozenset()),
        ("Bleeding risk high", frozenset()),
        ("Microscopic haematuria", frozenset()),
        ("bleeding hemorrhoids", frozenset()),
        ("history of GI bleed", frozenset()),
    ],
)
def test_bleeding_is_major_and_intracranial_by_its_words(text: str, concepts: frozenset[str]) -> None:
    assert concepts == diagnoses_in(text).stated


@pytest.mark.parametrize(
    ("text", "concept"),
    [("History of DVT", "vte-history"), ("Z.n. Lungenembolie", "vte-history"), ("Old stroke", "ate-history")],
)
def test_a_clot_of_the_past_is_history(text: str, concept: str) -> None:
    assert frozenset({concept}) == diagnoses_in(text).stated


@pytest.mark.parametrize("text", ["V.a. Lungenembolie", "Suspected DVT", "pulmonary embolism?"])
def test_a_suspected_clot_is_doubted(text: str) -> None:
    assert frozenset({"vte"}) == diagnoses_in(text).doubted


# ------------------------------------------------------------------ words collected in seven languages
SAID = {
    "pregnancy-current": "pregnant",
    "pregnancy-ended": "pregnancy-ended",
    "menopause": "menopause",
    "premature-ovarian-failure": "premature-menopause",
    "amenorrhoea": "amenorrhea",
    "hysterectomy": "hysterectomy",
    "bilateral-oophorectomy": "bilateral-oophorectomy",
    "tubal-ligation": "tubal-ligation",
    "turner-xy-agenesis": "turner-syndrome",
    "dialysis": "dialysis-dependence",
    "dialysis-access": "dialysis-access",
    "vte-current": "vte",
    "vte-history": "vte-history",
    "mi": "ate",
    "stroke-ischaemic-tia": "ate",
    "arterial-other": "ate",
    "ate-history": "ate-history",
    "major-bleeding": "bleeding",
    "febrile-neutropenia": "febrile-neutropenia",
    "sepsis": "sepsis",
    "mds": "mds",
    "aml-acute-leukaemia": "acute-leukemia",
    "cll-sll": "cll",
    "myeloma": "myeloma",
    "mcl": "mcl",
    "fl": "fl",
    "mzl": "mzl",
    "poems": "poems",
    "second-primary-malignancy": "malignancy",
    "rbc-transfusion": "rbc-transfusion",
    "platelet-transfusion": "platelet-transfusion",
}
COLLECTED = read_yaml(Path(__file__).parents[2] / "data" / "value_sets.yaml")


def _texts() -> list[tuple[str, str, bool]]:
    return [(SAID[c["id"]], *said) for c in COLLECTED["concepts"] if c["id"] in SAID for said in c.get("says", ())]


def test_the_words_of_a_fact_are_read_and_what_only_sounds_like_it_is_not() -> None:
    wrong, missed = [], []
    for concept, text, is_it in _texts():
        stated = diagnoses_in(text).stated | procedures_in(text).stated
        if is_it and concept not in stated:
            missed.append((concept, text))
        if not is_it and concept in stated:
            wrong.append((concept, text))
    assert [] == wrong
    assert len(missed) <= len(_texts()) * 0.03, missed


NAMED = {"platelets": "platelets", "anc": "anc", "creatinine": "creatinine", "hcg-pregnancy-test": "pregnancyTest"}


def test_a_result_under_a_local_code_is_known_by_its_words_and_a_look_alike_is_not() -> None:
    said = [(NAMED[c["id"]], *each) for c in COLLECTED["concepts"] if c["id"] in NAMED for each in c["says"]]
    assert [] == [text for fact, text, is_it in said if is_it != (fact_named(text) == fact)]


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Husband on home haemodialysis", frozenset()),
        ("Mari dialysé", frozenset()),
        ("Marito: dialisi", frozenset()),
        ("Her husband reports: she is on dialysis", frozenset({"dialysis-dependence"})),
        ("Husband informed, pregnant 12 weeks", frozenset({"pregnant"})),
        ("Husband found her with stroke", frozenset({"ate"})),
    ],
)
def test_what_a_spouse_has_is_not_hers_and_a_spouse_who_is_told_hides_nothing(
    text: str, stated: frozenset[str]
) -> None:
    assert stated == diagnoses_in(text).stated


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Thrombose der V. femoralis", "vte"),
        ("Tromboembolie a. pulmonalis", "vte"),
        ("Embolia de la arteria pulmonar", "vte"),
        ("Akuter Verschluss der A. mesenterica superior", "ate"),
        ("Nicht-ST-Hebungsinfarkt", "ate"),
        ("Non-Q-wave infarction", "ate"),
        ("Remote anterior MI (2006)", "ate-history"),
        ("TVP previa en 2009", "vte-history"),
    ],
)
def test_vessels_in_short_and_words_that_only_look_like_a_denial_are_read(text: str, concept: str) -> None:
    assert frozenset({concept}) == diagnoses_in(text).stated


@pytest.mark.parametrize(
    "text",
    ["G3P2 at 18+3", "Gravida 3, 24+2 weeks", "G2P1, EGA 12 weeks", "G2P1 de 20 semanas", "G1P0, 9w4d", "G2P1 12w"],
)
def test_a_gravida_with_her_weeks_is_pregnant(text: str) -> None:
    assert "pregnant" in diagnoses_in(text).stated


@pytest.mark.parametrize(
    "text",
    [
        "G2P2, LMP 3 weeks ago",
        "G2P2 6 weeks pp",
        "G3P3003",
        "G2P2 bleeding for 2 weeks",
        "Gravida 2, 2 weeks post op",
        "Gravida 4",
    ],
)
def test_a_gravida_with_other_weeks_is_not(text: str) -> None:
    assert "pregnant" not in diagnoses_in(text).stated


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Non-STEMI", "ate"),
        ("Non-occlusive portal vein thrombosis", "vte"),
        ("nicht-okklusive Pfortaderthrombose", "vte"),
        ("Non-massive pulmonary embolism", "vte"),
        ("Non-traumatic subdural haematoma", "intracranial-bleeding"),
        ("Non-variceal upper GI bleed", "major-bleeding"),
        ("Без подъема ST инфаркт миокарда", "ate"),
        ("Non-Hodgkin lymphoma", "malignancy"),
    ],
)
def test_a_kind_of_it_is_not_its_absence(text: str, concept: str) -> None:
    assert concept in diagnoses_in(text).stated


@pytest.mark.parametrize("text", ["Non-pregnant", "Non gravida", "nicht schwanger", "Not pregnant"])
def test_a_denial_stays_one(text: str) -> None:
    assert frozenset() == diagnoses_in(text).stated


ENDS_FERTILITY = frozenset({"hysterectomy", "bilateral-oophorectomy", "tubal-ligation", "menopause"})


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Bilateral ovarian cysts",
            "Endometriosis of bilateral ovaries",
            "Bilaterale ovariumcysten",
            "Beidseitige Adnexitis",
        ),
        *(
            "Двусторонний сальпингоофорит",
            "Kétoldali petefészek ciszta",
            "雙側卵巢囊腫",
            "Anexită bilaterală",
            "Bilaterale ovariecyster",
        ),
        *(
            "Uteruspolyp entfernt",
            "Fjernelse af livmoderpolyp",
            "Rahimden alınan biyopsi",
            "子宮頸部円錐切除術",
            "자궁경부 원추절제술",
        ),
        *(
            "Quistes ováricos bilaterales",
            "Bilateral hydrosalpinx",
            "Удаление полипа матки",
            "Usunięcie mięśniaka macicy",
        ),
    ],
)
def test_what_else_befalls_these_organs_ends_no_fertility(text: str) -> None:
    stated = diagnoses_in(text).stated | surgery_in(text).stated | procedures_in(text).stated
    assert stated.isdisjoint(ENDS_FERTILITY)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Breast cancer (mother)", "malignancy"),
        ("Colon cancer - maternal grandmother", "malignancy"),
        ("Rak piersi u matki", "malignancy"),
        ("Рак молочной железы (мать)", "malignancy"),
        ("Cancer du sein chez sa mère", "malignancy"),
        ("乳癌(母)", "malignancy"),
    ],
)
def test_whose_it_is_may_be_said_last(text: str, concept: str) -> None:
    assert concept in diagnoses_in(text).denied


@pytest.mark.parametrize(
    ("text", "concept"),
    [("lactating mother", "breast-feeding"), ("Carcinoma, mama", "malignancy"), ("Stroke, TIA", "ate")],
)
def test_a_mother_who_is_the_patient_and_a_word_like_a_relative_deny_nothing(text: str, concept: str) -> None:
    assert concept in diagnoses_in(text).stated


@pytest.mark.parametrize(
    "text", ["Sequelae of stroke", "Hemiparesis following cerebral infarction", "MI, old", "Esiti di ictus"]
)
def test_what_a_stroke_left_behind_is_history(text: str) -> None:
    assert frozenset({"ate-history"}) == diagnoses_in(text).stated


def test_a_weakness_from_an_acute_stroke_is_no_history() -> None:
    assert frozenset({"ate"}) == diagnoses_in("Left hemiparesis from acute MCA stroke").stated


@pytest.mark.parametrize(
    "text", ["Acute kidney failure", "Ectopic atrial rhythm", "Sled accident", "Previous trauma, pelvis"]
)
def test_what_shares_a_word_with_something_grave_is_nothing(text: str) -> None:
    assert frozenset() == diagnoses_in(text).stated


@pytest.mark.parametrize(
    "text",
    [
        *("Central retinal vein occlusion, right eye", "BRVO left eye", "Occlusion of the left subclavian vein"),
        *("Zentralvenenverschluss", "Pfortaderverschluss", "Occlusion de la veine centrale de la rétine"),
        *("Oclusión venosa retiniana", "Occlusione della vena centrale della retina", "Retinale veneuze occlusie"),
        *("Oclusão da veia central da retina", "Centralveneokklusion", "Niedrożność żyły środkowej siatkówki"),
        *("Okluze centrální sítnicové žíly", "Laskimotukkeuma", "Centrális retinális véna okklúzió"),
        *("Retinal ven tıkanıklığı", "Ocluzie de venă centrală a retinei", "Окклюзия центральной вены сетчатки"),
        *("Απόφραξη κεντρικής φλέβας", "網膜中心静脈閉塞症", "视网膜中央静脉阻塞", "망막중심정맥폐쇄"),
    ],
)
def test_the_occlusion_of_a_vein_is_a_thrombosis(text: str) -> None:
    assert diagnoses_in(text).stated == {"vte"}


@pytest.mark.parametrize(
    "text",
    [
        *("Saphenous vein occlusion after ablation", "Varicose vein occlusion treatment", "Superficial vein occlusion"),
        *(
            "Veno-occlusive disease",
            "Central retinal artery occlusion",
            "No retinal vein occlusion",
            "肝静脈閉塞性疾患",
        ),
        *("Venenverschlussplethysmographie", "Pulmonary vein occlusion with balloon", "CVC occlusion"),
    ],
)
def test_the_occlusion_of_what_is_no_deep_vein_is_no_venous_clot(text: str) -> None:
    assert not diagnoses_in(text).stated & {"vte"}
