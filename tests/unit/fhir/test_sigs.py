"""Are written instructions read as a careful pharmacist reads them, and refused where he would ask?"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.clinical.exposure import Dose
from cds_service.fhir.dosage.instruction import Dosage, read_dosage
from cds_service.fhir.dosage.text import LONGEST_TEXT, read_text
from tests.support.sigs import NAMES, Sig, shares, sigs

SPEC = Path(__file__).parents[2] / "spec"
# The least share that is read of those with a dose; of the look-alikes of traps many are refused, which is noise.
LEAST = {
    "sigs": 0.95, "more_sigs": 0.95, "tricky_sigs": 0.9, "kinds_of_sigs": 0.95, "third_sigs": 0.95, "ordinary_sigs": 0.95,
    "fourth_sigs": 0.95, "fifth_sigs": 0.95, "template_sigs": 0.95, "trap_sigs": 0.6, "blind_sigs": 0.9, "more_blind_sigs": 0.9,
    "like_sigs": 0.95, "harder_sigs": 0.9, "constructed_sigs": 0.95,
}  # fmt: skip
SETS = {name: sigs(SPEC / f"{name}.yaml") for name in LEAST}
EVERY = [sig for played in SETS.values() for sig in played]
SHARES = 16  # each phrase is tried on one instruction in so many, others for the next phrase

HARMLESS = """Swallow whole. | Do not crush or chew the capsules. | Disp: 28, Refills: 0 | REMS authorization 1234567
Call the clinic at 555-0134 with any questions. | Keep out of reach of children. | Next appointment 01/15/2027.
CBC weekly for 8 weeks. | For MDS with del(5q). | with a glass of water | Do not fill before 12/01/2026.
Hazardous drug: wear gloves. | per Dr. Karen Lindqvist | Wt 70 kg, CrCl 65 mL/min | Pregnancy test every 4 weeks.
Unzerkaut mit Wasser schlucken. | Blutbild wöchentlich. | T-Rezept Nr. 998877 | Handschuhe tragen.
Avaler sans ouvrir. | NFS toutes les semaines. | QSP 28 jours. | Tragar entera, no masticar. | Hemograma semanal.
CBC every other week. | If a dose is missed by more than 12 hours, skip it. | Do not open, break or chew. | Ne pas ouvrir ni croquer.
Bei vergessener Einnahme Dosis auslassen. | Si oublié ne pas doubler la dose. | Niet herhalen. | Si olvida una dosis, no tomar dosis doble.
Deglutire intera. | Emocromo ogni settimana. | Niet kauwen of openen. | Wekelijks bloedbeeld. | Não abrir nem mastigar."""
HARMFUL = """then 5 mg | then 5 mg daily | increase to 20 mg | increase to 2 capsules after 4 weeks | as needed | PRN | taper
and taper off | reduce by half if rash | hold if platelets drop | on hold | discontinued | except on dialysis days
if tolerated | only when instructed | alternate with 5 mg | double dose on Sundays | stop after 21 days | was 15 mg
plus an extra capsule at night | ? | or 2 | dann 5 mg | bei Bedarf | steigern auf 20 mg | ausschleichen | pausiert | abgesetzt
puis 5 mg | si besoin | augmenter à 20 mg | arrêté | en alternance avec 5 mg | luego 5 mg | si precisa | aumentar a 20 mg
suspendido | poi 5 mg | al bisogno | aumentare a 20 mg | sospeso | daarna 5 mg | zo nodig | verhogen naar 20 mg | gestopt
se necessário | suspenso | vid behov | utsatt | 頓用 | 中止 | 増量
dose halved | superseded | ramp up | pausing | Dosis halbieren | die Hälfte | ruht | auf Eis | wird umgestellt | 14-tägig
dose à diviser | attendre bilan | la mitad | dimezzata | gehalveerd | halverad | as per diary
not valid | await call | after platelets recover | do not start | wrong dose | odd days | or as directed | until rash appears | not yet
; dexamethasone 40 mg, then 5 mg | or dexamethasone 20 mg | + 5 mg
następnie 5 mg | w razie potrzeby | odstawić | wstrzymać | nebo obden | dle potřeby | vysazeno | tarvittaessa | lopeta jos kuume
sitten 5 mg | gerektiğinde | sonra 5 mg | kesildi | la nevoie | apoi 5 mg | oprit | szükség esetén | majd 5 mg | leállítva
nicht gültig | nach Wunsch | falsche Dosis | jede zweite Woche | non valable | à débuter après appel | mauvaise dose | à volonté
no válido | dosis en revisión | de nuevo por la noche | non valido | e di nuovo la notte | dose in revisione | niet geldig | naar wens"""


@cache
def written() -> list[Sig]:
    """Every instruction with a text that is read as it should be."""
    return [sig for sig in EVERY if sig.outcome == "exact" and sig.entry.get("text")]


def listed(words: str) -> list[str]:
    return [word.strip() for word in words.replace("\n", "|").split("|")]


def appended(sig: Sig, phrase: str) -> Sig:
    """The same instruction with a phrase after its text."""
    text = sig.entry["text"].rstrip()
    return replace(sig, entry={**sig.entry, "text": f"{text} {phrase}" if text.endswith(".") else f"{text}. {phrase}"})


@pytest.mark.parametrize("name", SETS)
def test_no_instruction_is_read_as_another_dose_and_most_are_read(name: str) -> None:
    played = SETS[name]
    found = shares(played)
    with_dose = found["exact"] + found["missed"] + found["unsafe"]
    print(
        f"{name}: {len(played)} instructions, {dict(found)}, exact {found['exact'] / with_dose:.1%} of those with a dose"
    )
    print("not read:", [str(sig) for sig in played if sig.outcome == "missed"])
    assert [] == [str(sig) for sig in played if sig.outcome == "unsafe"]
    assert found["exact"] >= LEAST[name] * with_dose, [str(sig) for sig in played if sig.outcome == "missed"]


def test_the_sets_are_large_and_of_many_languages() -> None:
    assert (len(SETS["sigs"]), len(SETS["more_sigs"])) >= (296, 200)
    assert len({sig.entry.get("lang", "en") for sig in SETS["more_sigs"]}) >= 6
    assert len({sig.entry["id"] for sig in EVERY}) == len(EVERY)


@pytest.mark.sampled(every=8)
@pytest.mark.parametrize(("number", "phrase"), list(enumerate(listed(HARMLESS))))
def test_a_harmless_phrase_changes_no_reading(number: int, phrase: str) -> None:
    tried = written()[number % SHARES :: SHARES]
    assert [] == [str(sig) for sig in tried if appended(sig, phrase).read != sig.read]


@pytest.mark.sampled(every=8)
@pytest.mark.parametrize(("number", "phrase"), list(enumerate(listed(HARMFUL))))
def test_a_phrase_that_changes_or_conditions_the_dose_refuses_every_instruction(number: int, phrase: str) -> None:
    tried = written()[number % SHARES :: SHARES]
    assert [] == [str(sig) for sig in tried if appended(sig, phrase).read.dose is not None]


OTHER_DRUGS = """dexamethasone 40 mg weekly | Dexamethason 40 mg Tag 1, 8, 15, 22 | ASA 81 mg PO daily | prednisone 10 mg every other day
rituximab 375 mg/m2 IV d1 | ASS 100 1-0-0 | Kardégic 75 mg le soir | Adiro 100 mg cada 24 h | desametasone 20 mg gg 1-8-15"""


@pytest.mark.parametrize(("number", "phrase"), list(enumerate(listed(OTHER_DRUGS))))
def test_the_dose_of_another_drug_never_changes_one_that_is_read(number: int, phrase: str) -> None:
    tried = [sig for sig in EVERY[number::SHARES] if sig.entry.get("text")]
    before = [replace(sig, entry={**sig.entry, "text": f"{phrase}. {sig.entry['text']}"}) for sig in tried]
    changed = [appended(sig, phrase) for sig in tried] + before
    pairs = zip([*tried, *tried], changed, strict=True)
    assert [] == [str(new) for sig, new in pairs if new.read.dose not in (None, sig.read.dose)]


WORD = re.compile(r"[^\W\d_]{4,}")


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_word_that_a_line_breaks_is_read_whole_or_not_at_all(at: int) -> None:
    tried = [sig for sig in EVERY[at::SHARES] if sig.entry.get("text")]
    broken = [
        replace(sig, entry={**sig.entry, "text": WORD.sub(lambda w: f"{w[0][:at]}-\n{w[0][at:]}", sig.entry["text"])})
        for sig in tried
    ]
    pairs = list(zip(tried, broken, strict=True))
    assert [] == [str(new) for sig, new in pairs if new.read.dose not in (None, sig.read.dose)]
    assert sum(new.read == sig.read for sig, new in pairs) > 0.9 * len(pairs)


FIVE = Decimal(5)
STRENGTHS = st.sampled_from(["2.5", "5", "10", "15", "20", "25"])


@given(
    first=STRENGTHS,
    second=STRENGTHS,
    between=st.sampled_from(
        [" ", ", ", "; ", ". ", " and ", " or ", " then ", " (", " x ", "/", " und ", " puis ", " y "]
    ),
    rhythm=st.sampled_from(
        ["daily", "täglich", "par jour", "al día", "al giorno", "per dag", "every other day", "BID"]
    ),
)
def test_two_dose_numbers_that_differ_are_never_one_dose(first: str, second: str, between: str, rhythm: str) -> None:
    dose = read_dosage([Dosage(text=f"{first} mg{between}{second} mg {rhythm}")], None, True, NAMES).dose
    assert dose is None or first == second


PARTS = {
    "in the morning": 0, "at noon": 1, "in the evening": 2, "morgens": 0, "mittags": 1, "abends": 2, "le matin": 0, "à midi": 1,
    "le soir": 2, "por la mañana": 0, "por la noche": 2, "al mattino": 0, "a mezzogiorno": 1, "alla sera": 2,
    "'s ochtends": 0, "'s avonds": 2, "at 08:00": 0, "at 12:00": 1, "at 20:00": 2,
}  # fmt: skip
AND = st.sampled_from([" and ", " und ", " et ", " y ", " e ", " en ", " & "])


@given(parts=st.lists(st.sampled_from(sorted(PARTS)), min_size=1, max_size=3, unique_by=lambda p: PARTS[p]), joined=AND)
def test_a_list_of_times_of_day_is_so_many_doses(parts: list[str], joined: str) -> None:
    listed_once = f"1 capsule {joined.join(parts)}"
    each = joined.join(f"1 capsule {part}" for part in parts)
    for text in (listed_once, each):
        assert Dose(FIVE, times_per_day=len(parts)) == read_dosage([Dosage(text=text)], FIVE, True, NAMES).dose, text


@pytest.mark.parametrize(
    "piece",
    [
        "1-",
        "10 mg ",
        "(",
        "every ",
        "and ",
        "1 to 2 ",
        "in the morning and ",
        "call if ",
        "Mon, ",
        "then ",
        "a ",
        "日",
        "-",
    ],
)
def test_a_hostile_text_costs_little_time(piece: str) -> None:
    text = (piece * LONGEST_TEXT)[:LONGEST_TEXT]
    before = time.process_time()
    read_text(text, NAMES)
    assert time.process_time() - before < 0.5


def test_a_text_too_long_to_read_gives_no_dose() -> None:
    assert read_dosage([Dosage(text="10 mg daily" + " " * LONGEST_TEXT)], None, True, NAMES).dose is None
