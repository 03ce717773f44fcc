"""Phrases of amounts, and of what stands beside them, in order of precedence."""

from __future__ import annotations

from typing import Final

from cds_service.fhir.dosage.amounts import (
    add_amount,
    add_bare_article,
    add_bare_count,
    add_bare_mg,
    add_bare_strength,
    add_count,
    add_count_of_strength,
    add_equal,
    add_further_amount,
    add_number_of_paper,
    add_roman,
    add_strength,
    add_strength_of_each,
    add_sum,
    add_times_by_count,
    add_total,
    with_a_point,
)
from cds_service.fhir.dosage.cycles import name_cycle
from cds_service.fhir.dosage.fragments import CAPS, COUNT, FOLLOWED_BY_RHYTHM, PART_OF_DOSE, PLAIN, UNIT
from cds_service.fhir.dosage.pieces import Handler, nothing
from cds_service.fhir.dosage.rhythms import rhythm_is
from cds_service.fhir.schedule import DAILY

AMOUNTS: Final[tuple[tuple[str, Handler], ...]] = (
    # Amounts.
    (f"{PART_OF_DOSE} (?:STOP? AND FILLER* {PART_OF_DOSE})+", add_sum),
    (f"OPEN? EQUALS FILLER* (?P<s>NUMBER) (?P<u>{UNIT})", add_equal),
    (
        f"(?P<n>{COUNT}) (?:{CAPS}|MULTIPLY) (?:OPEN|FILLER|OF|APIECE|MULTIPLY|AT|SLASH)* (?P<s>NUMBER) (?P<u>{UNIT})"
        "(?: FILLER* APIECE) (?! NUMBER (?:HOUR|DAY|WEEK)|DAY|WEEK|HOUR|TIME_OF_DAY|WEEKDAY)",
        add_count_of_strength,
    ),
    (
        f"(?P<n>{COUNT}) {CAPS} STOP? FILLER* (?:APIECE|OF|MULTIPLY|SLASH|AT|TO)+ (?:FILLER|DRUG)* (?P<s>NUMBER) (?P<u>{UNIT})",
        add_count_of_strength,
    ),
    (f"(?P<n>NUMBER) OF (?:FILLER|ARTICLE)* (?P<s>NUMBER) (?P<u>{UNIT}) FORM? CAPSULES", add_count_of_strength),
    (f"(?P<s>NUMBER) (?P<u>{UNIT}) MULTIPLY (?P<n>NUMBER) {CAPS}", add_count_of_strength),
    (f"(?P<n>{COUNT}) MULTIPLY (?P<s>NUMBER) (?P<u>{UNIT}) {CAPS}?", add_count_of_strength),
    (f"(?P<n>{COUNT}) (?P<s>NUMBER) (?P<u>{UNIT}) (?:FORM|DRUG)* {CAPS}", add_count_of_strength),
    (
        f"(?P<t>NUMBER) MULTIPLY (?P<n>NUMBER) (?! UNIT|SLASH|DASH NUMBER|DAY (?! STOP? NUMBER)|WEEK) {CAPS}?",
        add_times_by_count,
    ),
    # The name of a maker between drug and strength.
    ("(?<=DRUG) DASH? UNKNOWN (?:DASH? UNKNOWN)? (?= NUMBER UNIT)", nothing),
    # The product named before the scheme: "… 5 mg Kapseln: 2-0-0".
    (
        f"(?<=DRUG) (?P<s>NUMBER) (?P<u>{UNIT}) "
        f"(?:FORM|DRUG|COLON|COMMA|STOP|DASH|{CAPS})* (?= NUMBER DASH NUMBER DASH NUMBER)",
        add_strength,
    ),
    (
        f"(?:OPEN|COMMA|EQUALS)* TOTAL (?:FILLER|OF|STOP|COLON|EQUALS|DOSE_WORD|DAILY_DOSE)* (?P<s>NUMBER) (?P<u>{UNIT})",
        add_total,
    ),
    (
        f"OPEN (?P<s>NUMBER) (?P<u>{UNIT}) EACH_ONE CLOSE|OPEN EACH_ONE (?P<s2>NUMBER) (?P<u2>{UNIT}) CLOSE",
        add_strength_of_each,
    ),
    (f"(?P<s>NUMBER) (?P<u>{UNIT}) (?:PER|SLASH|OF) CAPSULE", add_strength),
    (f"(?P<s>NUMBER) (?P<u>{UNIT}) (?:FORM|DRUG)* (?:(?P<one>CAPSULE)|CAPSULES)", add_strength),
    (f"(?:(?P<one>CAPSULE)|CAPSULES) (?:FORM|DRUG|FILLER|OF)? (?P<s>NUMBER) (?P<u>{UNIT})", add_strength),
    (f"(?<=(?! ARTICLE|OF) AND) (?P<s>NUMBER) (?P<u>{UNIT})", add_further_amount),
    (f"(?P<s>NUMBER) (?P<u>{UNIT})", add_amount),
    (f"(?P<n>{COUNT}) FORM? {CAPS}", add_count),
    ("(?P<n>ROMAN) FORM? (?:CAPSULE|CAPSULES)", add_roman),
    ("(?P<n>NUMBER) CAPSULE_LETTER STOP? (?= (?:ROUTE|FILLER|COMMA)* (?:RHYTHM|OFTEN))", add_bare_count),
    (
        "^ (?P<n>NUMBER) (?= (?:FILLER|TAKE|AT|ON|BY|EVERY|PER)* (?:RHYTHM|TIME_OF_DAY|(?:SLASH|PER) DAY))",
        add_bare_count,
    ),
    ("^ (?P<n>ARTICLE) (?= RHYTHM (?:STOP|COMMA|$))", add_bare_count),
    ("(?<=RHYTHM) STOP? (?P<n>NUMBER) (?= STOP|COMMA|$)", add_bare_count),
    ("(?<=COMMA) (?P<n>NUMBER) (?= RHYTHM (?:STOP|COMMA|$))", add_bare_count),
    (f"(?<=(?:COMMA|STOP|DASH|COLON)) (?P<n>NUMBER) {FOLLOWED_BY_RHYTHM}", add_bare_count),
    ("NUMBER_MARK STOP? (?P<n>NUMBER) (?! UNIT|CAPSULE|CAPSULES)", add_number_of_paper),
    (f"NUMBER_MARK (?= {COUNT} {CAPS})", with_a_point),
    (f"NUMBER_MARK STOP? (?P<n>NUMBER) {FOLLOWED_BY_RHYTHM}", add_bare_count),
    ("^ (?P<n>ARTICLE) (?= RHYTHM (?:COMMA|STOP|FOR|CONTINUOUS))", add_bare_article),
    ("^ (?P<n>ARTICLE) (?= RHYTHM (?:TIME_OF_DAY|FILLER|ON|AT|PER)* TIME_OF_DAY)", add_bare_article),
    ("(?<=RHYTHM) (?P<n>ARTICLE) (?= COMMA|STOP|$)", add_bare_article),
    ("(?<=RHYTHM) (?P<n>NUMBER) (?= COMMA|(?:OF|ON|START|FILLER|BY|APIECE|AT)+ DAY NUMBER)", add_bare_count),
    ("(?<=TIME_OF_DAY) FILLER* (?P<n>ARTICLE) (?= TAKE|COMMA|STOP|$)", add_bare_article),
    ("(?<=DRUG) (?P<n>NUMBER) (?= STOP? COLON)", add_bare_strength),
    (f"(?:(?<=DRUG)|DRUG_SHORT) (?P<n>NUMBER) {FOLLOWED_BY_RHYTHM}", add_bare_mg),
    ("(?<=TIME_OF_DAY) COLON? (?P<n>NUMBER) (?= STOP|COMMA|$)", add_bare_count),
    (f"(?P<n>NUMBER) ROUTE {FOLLOWED_BY_RHYTHM}", add_bare_count),
    (f"(?<={CAPS}) STOP? COLON (?P<n>NUMBER) {FOLLOWED_BY_RHYTHM}", add_bare_count),
    (f"(?<=UNIT {CAPS}) (?P<n>NUMBER) {FOLLOWED_BY_RHYTHM}", add_bare_count),
    ("(?P<n>NUMBER) FILLER* TO_BE_TAKEN", add_bare_count),
    (f"TAKE (?:FILLER)* (?P<n>NUMBER) {FOLLOWED_BY_RHYTHM}", add_bare_count),
    # The dose as the kidneys allow it, the name of a regimen, and a letter for the morning.
    (
        f"(?:DOSE_WORD|FILLER)* ADJUSTED (?:DOSE_WORD|TO|AFTER|{PLAIN})* KIDNEYS",
        nothing,
    ),
    ("KIDNEYS DASH? ADJUSTED (?:DOSE_WORD|FILLER)?", nothing),
    ("PROTOCOL? DASH? REGIMEN DASH? PROTOCOL?", nothing),
    ("(?<=(?:UNIT|CAPSULE|CAPSULES|TO_BE_TAKEN|CLOSE)) MANE (?= STOP|COMMA|OPEN|$)", rhythm_is(DAILY)),
    # Who ordered it, and that it is taken as said.
    ("PRESCRIBED? (?:DIRECTED|BY|PER|OF|FILLER|ARTICLE)* PERSON|PERSON DASH PRESCRIBED", nothing),
    ("(?:OF|EVERY|PER|FILLER)* CYCLE", name_cycle),
)
