"""Coded and worded results: karyotype, TP53, pregnancy tests, hepatitis B, contraception, last period, menses.

A result that is named by a code or by a word of the closed list becomes that word ("negative"); a karyotype, a
contraceptive method and the like stay as written. A number of hCG stays one: what it means is for the rules to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from cds_service.clinical.facts import Finding, Unusable
from cds_service.clinical.quantity import plain
from cds_service.fhir.decode import CodeableConcept, Coding, Unreadable, number
from cds_service.fhir.hormone import AMOUNT, FLAGGED, hormone_amount, is_flagged
from cds_service.fhir.karyotype import is_formula, tells
from cds_service.fhir.observation_moment import BAD_DATE, Moment, day_of, known_date
from cds_service.fhir.observation_values import (
    OTHER_SIGN,
    Measured,
    Observation,
    Valued,
    as_reported,
    has_other_kind,
    has_other_sign,
    interpretations,
    measured,
    number_words,
)
from cds_service.fhir.risk_group import read_risk_group
from cds_service.fhir.terminology import SYSTEMS, concepts_of, concepts_of_code, result_of_words
from cds_service.fhir.words import diagnoses_in

# Facts whose result is one of a closed list of words.
_CLOSED: Final = frozenset({"pregnancyTest", "hbsag", "hbcab", "hbcabIgm", "hbsab", "hbvDna"})
# States that are asked for and answered by yes or no, and the diagnosis that a yes is.
ANSWERED: Final = {"lactation": "breast-feeding", "dialysisStatus": "dialysis-dependence"}
# Recorded risk groups, in the words of a stage.
RISK_GROUPS: Final = frozenset({"ipss", "ipssR"})
FINDINGS: Final = (
    _CLOSED
    | RISK_GROUPS
    | {
        "karyotype",
        "tp53",
        "geneticVariant",
        "pregnancyStatus",
        "pregnancySign",
        "contraception",
        "lastPeriod",
        "menses",
        *ANSWERED,
    }
)
_STATUS: Final = "pregnancyStatus"
_IF_BELIEVED: Final = {"pregnancyTest": "positive", _STATUS: "pregnant"}
_YES: Final = frozenset({"result-positive", "result-present", "answer-yes"})
_NO: Final = frozenset({"result-negative", "result-absent", "answer-no"})
_GENES: Final = frozenset({"tp53", "geneticVariant"})
_AS_RESULT: Final = {"result-present": "result-positive", "result-absent": "result-negative"}
_AS_PRESENCE: Final = {known: given for given, known in _AS_RESULT.items()}
_SENSITIVITY: Final = "analytical sensitivity"
# What a report on many genes says of this one: the variant behind its name, else the clause, which may deny one of several.
_VARIANT: Final = re.compile(r"\btp53\b[\s:]*([^,;\n]{0,30}?\b(?:p\.|c\.\d|vaf)[^;\n]*)", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"([^;\n]*\btp53\b[^;\n]*)", re.IGNORECASE)
_PREFIX: Final = "result-"
_FISH: Final = re.compile(r"\bfish\b", re.IGNORECASE)
# Ours: the cut-offs of laboratories for the loss of a probe's signal lie at up to so many of 100 cells.
_NOISE: Final = Fraction(10)  # %
_ANSWERS: Final = {"positive": "detected", "present": "detected", "negative": "not detected", "absent": "not detected"}
# How long after the day on which it is expected a child may still be born.
_OVERDUE: Final = timedelta(days=21)


def read_finding(
    fact: str,
    body: Valued,
    observation: Observation,
    moment: Moment,
    reference: str,
    is_preliminary: bool,
    today: date,
) -> Finding | Unusable:
    """The finding, or why it cannot be used.

    Args: `body` the Observation or the component that holds the value; `moment` when it was drawn.
    A preliminary positive result, or number of hCG, stays and carries the concept "preliminary"; any other one is refused.
    """
    on = day_of(moment, today)
    components = _components(observation.component) if body is observation else ()
    concepts, words = _value(body, fact)
    if fact == "tp53" and (of_gene := _VARIANT.search(words) or _CLAUSE.search(words)):
        words = of_gene[1].strip()
    if fact == "karyotype":
        # Positive for what its name says: the words hold both.
        concepts, words = frozenset(), _chromosomes(body, observation, words)
    if fact in RISK_GROUPS:
        return _risk_group(fact, body.code.words(), words, on, reference)
    if fact == "pregnancyTest":
        amount = hormone_amount(body)
        if amount:
            components = (*components, (AMOUNT, amount))
            concepts |= {FLAGGED} if is_flagged(body) else set()
        if "pregnant" in concepts:
            concepts |= {"result-positive"}
    if fact == "pregnancySign":
        words = f"{body.code.words() or 'pregnancy'} {words}" if words else ""
        concepts |= set() if _is_past_due(body, today) else {"pregnant"}
    if fact == "hbvDna":
        concepts |= _viral_load(body)
    if fact == _STATUS:
        concepts = _pregnancy_status(body, concepts, words)
    if fact in ANSWERED:
        return _answered(fact, body, on, reference, words)
    results = {c for c in concepts if c.startswith(_PREFIX)}
    is_number = any(name == AMOUNT for name, _ in components)
    problem, rule = ("" if is_number and len(results) < 2 else _problem(fact, body, results, words)), ""
    if not problem and fact == "contraception" and moment.until is not None and moment.until.on_to < today:
        problem = "the recorded period has ended"
    if not problem and is_preliminary and results != {"result-positive"} and not is_number:
        problem, rule = "preliminary", "GEN-STATUS"
    at = moment.when.at if moment.when else None
    if fact == _STATUS and not problem and not concepts:
        problem = "whether it says pregnant is not known"
    if problem:
        # A range says no word, and is told as it was reported.
        words = words or " ".join(as_reported(body)).strip()
        # Words for a pregnancy are many: those that nobody knows are asked about as gravely as one.
        means = _IF_BELIEVED.get(fact, "") if words and not results and not rule else ""
        believed = Finding(fact, means, on or today, at, reference, frozenset({means})) if means else None
        return Unusable(fact, problem, rule, reference, on, words, as_finding=believed)
    value = next(iter(results)).removeprefix(_PREFIX) if results else words
    if fact == "geneticVariant" and _is_tp53(observation.component):
        fact = "tp53"
    marks = {"preliminary"} if is_preliminary else set()
    if fact == "contraception" and observation.effectivePeriod is None:
        # Recorded on a day, since when is not said.
        marks = marks | {"as-of"}
    since = _since(fact, body, moment, today)
    local = moment.when.local if moment.when and at is None else None
    return Finding(fact, value, on, at, reference, concepts | marks, components, since, local)


def _chromosomes(body: Valued, observation: Observation, words: str) -> str:
    """The words of a karyotype: its value, else its notes; a bare result of a probe is read with what it looks for.

    A share of cells that may be no more than the noise of a probe is in doubt.
    """
    name, is_fish = body.code.words(), _FISH.search(body.code.words()) or concepts_of(body.code.coding) & {"fish"}
    answer = result_of_words(words).removeprefix(_PREFIX)
    share = measured(body, "blasts") if body.valueQuantity is not None else None
    if isinstance(share, Measured):
        answer = "positive" if share.amount.is_above(_NOISE) else "questionable"
    if answer and tells(name):
        words = f"{name}: {_ANSWERS.get(answer, 'questionable')} ({words})"
    elif not tells(words):
        words = next((note.text for note in observation.note if tells(note.text)), words)
    return f"FISH: {words}" if is_fish and words and not (is_formula(words) or _FISH.match(words)) else words


def _is_past_due(body: Valued, today: date) -> bool:
    """Whether the date of delivery that a result expects has passed, so that it tells of a pregnancy that is over."""
    try:
        due = known_date(body.valueDateTime or body.valueString or "")
    except Unreadable:
        return False
    return due.on_to < today - _OVERDUE


def _risk_group(fact: str, name: str, words: str, on: date | None, reference: str) -> Finding | Unusable:
    """The group that the words of a result name; a score alone names none."""
    read = read_risk_group([(name, words)])
    group = read.ipss if fact == "ipss" else read.ipss_r
    if not group:
        return Unusable(fact, "it names no group that is known", "", reference, on, words)
    return Finding(fact, group, on, None, reference)


def _answered(fact: str, body: Valued, on: date | None, reference: str, words: str) -> Finding | Unusable:
    """Whether a state that is asked for holds, as a yes or no, or in words that name it."""
    answer, told, boolean = result_of_words(words), diagnoses_in(words), bytes(body.valueBoolean)
    is_so = answer in _YES or boolean == b"true" or ANSWERED[fact] in told.stated
    if is_so or answer in _NO or boolean == b"false" or ANSWERED[fact] in told.denied:
        return Finding(fact, "yes" if is_so else "no", on, None, reference)
    return Unusable(fact, "its answer is not known", "", reference, on, words)


def _pregnancy_status(body: Valued, concepts: frozenset[str], words: str) -> frozenset[str]:
    """What a pregnancy status says, in its code, a yes or no, or words of any language; nothing where that is not known."""
    answer, told, boolean = result_of_words(words), diagnoses_in(words), bytes(body.valueBoolean)
    if "not-pregnant" in concepts or answer in _NO or boolean == b"false" or "pregnant" in told.denied:
        return frozenset({"not-pregnant"})
    if "pregnant" in concepts or answer in _YES or boolean == b"true" or "pregnant" in told.stated:
        return frozenset({"pregnant"})
    return frozenset({"unknown"} & {answer.removeprefix("answer-")})


def _viral_load(body: Valued) -> frozenset[str]:
    """A number of virus as a result: any amount is positive, none or "less than" the limit of the test negative."""
    quantity = body.valueQuantity
    amount = number(quantity.value) if quantity is not None else None
    if quantity is None or amount is None:
        return frozenset()
    is_positive = amount > 0 and not quantity.comparator.startswith("<")
    return frozenset({"result-positive" if is_positive else "result-negative"})


def _value(body: Valued, fact: str) -> tuple[frozenset[str], str]:
    """The concepts that the value stands for, and its words."""
    concept = body.valueCodeableConcept
    codings: list[Coding] = list(concept.coding) if concept else []
    words = concept.words() if concept else (body.valueString or body.valueDateTime or "")
    if not words and concept is not None:
        words = next((c.code for c in codings if c.code), "")
    concepts = set(concepts_of(codings))
    if fact in _CLOSED or fact in _GENES:
        concepts |= concepts_of(c for i in interpretations(body) for c in i.coding)
        texts = [words, *(c.display for c in codings), *(i.text for i in interpretations(body))]
        concepts |= {found for text in texts if (found := result_of_words(text))}
    if body.valueQuantity is not None and not words:
        quantity = body.valueQuantity
        words = f"{number_words(quantity)} {quantity.unit or quantity.code}".strip()
    # Presence of an antigen is a positive result, a positive gene test the presence of a variant.
    alike = _AS_RESULT if fact in _CLOSED else _AS_PRESENCE if fact in _GENES else {}
    concepts = {alike.get(c, c) for c in concepts}
    return frozenset(concepts), words.strip()


def _problem(fact: str, body: Valued, results: set[str], words: str) -> str:
    given = [body.valueCodeableConcept, body.valueString, body.valueDateTime, body.valueQuantity]
    if sum(value is not None for value in given) > 1:
        return "more than one value"
    if len(results) > 1:
        return "its code, words and interpretation contradict each other"
    if fact in _CLOSED and not results:
        if body.valueQuantity is not None and has_other_sign(body.valueQuantity):
            return OTHER_SIGN.reason
        if body.valueQuantity is not None:
            return "a number is not read as positive or negative"
        return "its result is not among the known words" if words else _nothing(body)
    if not words and not results and not (fact == _STATUS and bytes(body.valueBoolean) in (b"true", b"false")):
        return _nothing(body)
    if fact == "lastPeriod":
        try:
            known_date(words)
        except Unreadable:
            return BAD_DATE
    return ""


def _nothing(body: Valued) -> str:
    return "its value is of a kind that is not read" if has_other_kind(body) else "no value"


def _since(fact: str, body: Valued, moment: Moment, today: date) -> date | None:
    """From when a state holds: the start of the effectivePeriod, or the last period itself.

    Of a partial date the last day counts, so that nothing seems to have lasted longer than is known.
    """
    when = moment.when
    if fact == "lastPeriod" and body.valueDateTime:
        when = known_date(body.valueDateTime)
    elif fact == "lastPeriod" and body.valueString:
        when = known_date(body.valueString)
    if when is None or when.on_to > today:
        return None
    return when.on_to


def _components(components: Iterable[Valued]) -> tuple[tuple[str, str], ...]:
    """Name and words of each component; the analytical sensitivity in mIU/mL where its unit is known."""
    found = set()
    for part in components:
        name = _name(part.code)
        read = measured(part, "analyticalSensitivity") if name == _SENSITIVITY else None
        if isinstance(read, Measured) and read.amount.is_exact:
            found.add((name, f"{plain(read.amount.value)} mIU/mL"))
        elif name and (words := _component_words(part)):
            found.add((name, words))
    return tuple(sorted(found))


def _name(code: CodeableConcept) -> str:
    known = sorted(concepts_of(code.coding))
    return known[0] if known else code.words().strip().casefold()


def _component_words(part: Valued) -> str:
    if part.valueCodeableConcept is not None:
        return part.valueCodeableConcept.words()
    if part.valueQuantity is not None:
        try:
            number(part.valueQuantity.value)
        except Unreadable:
            return ""
        return f"{number_words(part.valueQuantity)} {part.valueQuantity.unit or part.valueQuantity.code}".strip()
    return part.valueString or part.valueDateTime or ""


def _is_tp53(components: Iterable[Valued]) -> bool:
    """Whether the gene studied is TP53."""
    for part in components:
        if "gene-studied" in concepts_of(part.code.coding):
            concept = part.valueCodeableConcept
            texts = [part.valueString or ""]
            if concept is not None:
                texts += [concept.text, *(c.display for c in concept.coding), *(c.code for c in concept.coding)]
            if any("gene-tp53" in concepts_of_code(SYSTEMS["hgnc"], text.strip().upper()) for text in texts):
                return True
    return False
