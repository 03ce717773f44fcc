"""Conditions, AdverseEvents and reasons of a hold as reports of reactions: grade, time, whether lenalidomide is noted as the cause or not.

Grade 3 or more counts as related unless a note or the causality says otherwise. A later report of the same reaction with
a lower grade is the course of the same toxicity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event
from cds_service.clinical.recommendation import Input
from cds_service.drugs.lenalidomide.safety.view import View

SEVERE = ("angioedema", "anaphylaxis", "sjs", "ten", "dress")
# Both labels stop for good from the same grade of rash.
RULE = "US-NONHEM-PERM"
NAMES = ("lenalidomid", "lénalidomide", "revlimid")
_GRADE = re.compile(
    r"\b(?:(?:grade|grad|gr\.?)\s*([0-5]|iv|iii|ii|i|v)|g([0-5])|ctc(?:ae)?\s*([0-5])(?![.\d])(?!.*\bg(?:r|[0-5])))\b",
    re.IGNORECASE,
)
# In a Condition other things have grades too (tumours, prolapse, murmurs): only beside these is it the grade of a reaction.
_REACTION = re.compile(
    r"rash|exanthem|erupti|dermat|pruri|urticari|hautausschlag|pneumonit|diarrh|durchfall|colitis|kolitis|hepatit|mucosit"
    r"|mukosit|stomatit|neuropath|polyneuropath|fatigue|nausea|übelkeit|vomit|erbrechen|constipat|obstipat|arthralg|myalg"
    r"|toxicit|toxizit|thrombo-?embol|thrombos|lungenembol|myocarditis|myokarditis|nephrit|tumou?r ?flare",
    re.IGNORECASE,
)
# One of these stands in whatever it matches: to look for them first costs a fraction of the match itself.
_REACTION_STEMS = (
    *("rash", "exanthem", "erupti", "dermat", "pruri", "urticari", "hautausschlag", "pneumonit", "diarrh", "durchfall"),
    *("colitis", "kolitis", "hepatit", "mucosit", "mukosit", "stomatit", "neuropath", "fatigue", "nausea", "übelkeit"),
    *("vomit", "erbrechen", "constipat", "obstipat", "arthralg", "myalg", "toxicit", "toxizit", "embol", "thrombos"),
    *("myocarditis", "myokarditis", "nephrit", "tumo"),
)
_GRADED_OTHERWISE = re.compile(
    r"lymphom|carcinom|karzinom|cancer|krebs|tumou?r(?! ?flare| ?lys)|neoplas|gliom|sarcom|sarkom|melanom|myelom|leuk"
    r"|malignan|dysplas|(?:marrow|liver|hepatic|leber|myelo) ?-?fibros|\bckd\b|kidney|niere",
    re.IGNORECASE,
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_WORDS = {"fatal": 5, "life threatening": 4, "life-threatening": 4, "severe": 3, "moderate": 2, "mild": 1}
_UNRELATED = re.compile(
    r"\bunrelated\b|\b(?:not|nicht)\b[^.;]{0,25}\b(?:related|caused|due|attribut\w+|verursacht|bedingt)\b"
    r"|\bunlikely\s+(?:to be\s+)?(?:related|due|caused)|^causality:\s*(?:unlikely|not[ -]|unrelated|none)",
    re.IGNORECASE,
)
_OTHER_CAUSE = re.compile(
    r"\b(?:due to|caused by|attributed to|secondary to|durch|infolge(?: von)?"
    r"|(?:anaphyla|allerg|hypersensitiv)\w* (?:to|auf))\s+([^.;()]+)",
    re.IGNORECASE,
)
_MAY_BE_DRUG = re.compile(r"lenalidomid|revlimid|\bdrug|treatment|therapy|medicati|unknown|study", re.IGNORECASE)
_BLISTERS = re.compile(
    r"(?<!\bno )(?<!\bnot )(?<!\bnicht )(?<!\bkeine )(?<!\bohne )(?<!\bwithout )(?<!\bany )(?<!\bevidence of )(?<!\bhinweis auf )"
    r"(?:exfoliat|\bbull(?:ous|ae|ös)|\bblister|blasenbild|\bblasig)",
    re.IGNORECASE,
)
_BLISTER_STEMS = ("exfoliat", "bull", "blister", "blas")
# Skin words keep "bullous emphysema" and the like out.
_SKIN = re.compile(r"rash|dermat|skin|erupti|exanthem|erythroderm|pemphig|haut", re.IGNORECASE)
_SUSPECTED = re.compile(r"\bsuspect|\bprovisional|\bunconfirmed|\bdifferential|\bpossib|\bverdacht|\?", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:no|not|without|kein\w*|ohne)\b", re.IGNORECASE)
_BLOOD = re.compile(
    r"neutropeni|thrombocytopeni|leukopeni|an(?:a)?emia|cytopeni|lymphopeni|count decreased", re.IGNORECASE
)
_BLOOD_CONCEPTS = frozenset({"neutropenia", "thrombocytopenia", "febrile-neutropenia"})
_GRADED = frozenset({*SEVERE, "rash", "diarrhea", "vte", "ate", "bleeding", "tumor-lysis"})
_INDICATIONS = frozenset({"mds", "myeloma", "mcl", "fl", "mzl", "cll", "poems"})


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a reaction.

    `grade` None where none is stated; `is_worded` when it is a word ("severe") and not a CTCAE grade. `on` is the earliest
    day on which it may have begun, `on_latest` the latest (both its recorded day without `has_onset`, None without either).
    `when` is "during" treatment, "before" it, or "unknown". `grave_rash_grade` is the grade from which a rash rules the drug
    out; `names_drug` where text, note or suspect name lenalidomide.
    """

    concepts: frozenset[str]
    text: str
    reference: str
    grade: int | None
    is_worded: bool
    on: date | None
    when: str
    is_active: bool
    is_related: bool
    names_drug: bool
    is_adverse_event: bool
    grave_rash_grade: int
    names_thalidomide: bool = False
    on_latest: date | None = None
    has_onset: bool = False
    is_suspected: bool = False
    ended_on: date | None = None

    def ages(self, today: date) -> tuple[int, int] | None:
        """The fewest and the most days since it began; None without any date."""
        if self.on is None:
            return None
        latest = min(self.on_latest or self.on, today)
        return (today - latest).days, (today - self.on).days

    @property
    def key(self) -> str:
        """Equal for reports of the same reaction."""
        plain_text = re.sub(r"[^a-zäöüß ]", " ", _GRADE.sub(" ", self.text.casefold()))
        return ",".join(sorted(self.concepts)) or " ".join(plain_text.replace("ctcae", " ").split())

    @property
    def words(self) -> str:
        """The reaction with its grade and day."""
        return f"{self.graded}{f' ({self.on.isoformat()})' if self.on else ''}"

    @property
    def graded(self) -> str:
        """The reaction with its grade."""
        is_named = self.grade is None or grade_in(self.text) == self.grade
        return self.text if is_named else f"{self.text} grade {self.grade}"

    @property
    def input(self) -> Input:
        """The report as an input."""
        return Input("toxicity", self.words, on=self.on, reference=self.reference)

    @property
    def is_blood_count(self) -> bool:
        """Whether it is a toxicity of blood counts, which has rows of its own."""
        return bool(self.concepts & _BLOOD_CONCEPTS) or bool(_BLOOD.search(self.text))

    @property
    def is_severe_reaction(self) -> bool:
        """Angio-oedema, anaphylaxis, SJS, TEN, DRESS, a grade 4 rash, an exfoliative or bullous one."""
        return (
            bool(self.concepts & {*SEVERE, "exfoliative-rash", "bullous-rash"})
            or (("rash" in self.concepts) and is_grave(self.grade, self.grave_rash_grade))
            or bool(
                _matches(_BLISTERS, _BLISTER_STEMS, self.text) and (_SKIN.search(self.text) or "rash" in self.concepts)
            )
        )


def _matches(pattern: re.Pattern[str], stems: tuple[str, ...], text: str) -> bool:
    folded = text.casefold()
    return any(stem in folded for stem in stems) and pattern.search(text) is not None


def is_severe_allergy(allergy: Event, grave_rash_grade: int) -> bool:
    """Whether an allergy to lenalidomide was a reaction that rules it out for good."""
    is_grave_rash = "rash" in allergy.concepts and is_grave(grade_in(allergy.text), grave_rash_grade)
    return (
        bool(allergy.concepts & {*SEVERE, "exfoliative-rash", "bullous-rash"})
        or is_grave_rash
        or _matches(_BLISTERS, _BLISTER_STEMS, allergy.text)
    )


def reports(view: View) -> tuple[Report, ...]:
    """The reports of the chart that may be reactions, oldest first, undated ones last; read once for all checks."""
    key = (reports, view.therapy.first_doses, view.case.rules)
    return view.facts.once(key, lambda: _reports(view))


def _reports(view: View) -> tuple[Report, ...]:
    found = [_of_diagnosis(view, d) for d in view.facts.diagnoses if not d.concepts & _INDICATIONS]
    found += [_of_event(view, e) for e in view.facts.events if e.reference.startswith("AdverseEvent")]
    found += [_of_record(view, r) for r in view.facts.medications if is_drug(r.concepts) and _names_severe(view, r)]
    return tuple(sorted(found, key=lambda r: (r.on is None, r.on or date.max, r.grade or 0, r.reference)))


def course(found: Iterable[Report]) -> tuple[tuple[Report, ...], ...]:
    """The reports grouped by reaction, each group oldest first."""
    groups: dict[str, list[Report]] = {}
    for report in found:
        groups.setdefault(report.key, []).append(report)
    return tuple(tuple(group) for group in groups.values())


def day_wanted(group: Iterable[Report], told: Report) -> str:
    """What to record where other reports of a reaction may be newer than the one that is told, and say otherwise.

    Args: the reports of one reaction. Missing: "" where the day of each tells which is the newest.
    """
    others = [r for r in group if (r.grade, r.is_active) != (told.grade, told.is_active) and _may_be_newer(r, told)]
    named = " and ".join(dict.fromkeys(f'"{r.graded}"' for r in others))
    return f"Record the day of {named}: it may be the state of today." if named else ""


def _may_be_newer(report: Report, told: Report) -> bool:
    if report.on is None or told.on is None:
        return report is not told
    # A problem of a known kind is asked for its whole day where it is read.
    return not report.concepts and report.on <= told.on < (report.on_latest or report.on)


def grave_rash_grade(view: View) -> int:
    """The grade of a rash that rules lenalidomide out for good."""
    grade: int = view.numbers(RULE)["rash_grade_at_least"]
    return grade


def is_grave(grade: int | None, least: int) -> bool:
    """Whether a rash of a grade rules lenalidomide out for good."""
    return grade is not None and grade >= least


def grade_in(text: str) -> int | None:
    """The grade that a text names ("CTCAE grade 3", "Grade IV"); None where it names none."""
    return next(iter(grades_in(text)), None)


def grades_in(text: str) -> list[int]:
    """The grades that a text names, in their order."""
    stated = [one[1] or one[2] or one[3] for one in _GRADE.finditer(text)]
    return [_ROMAN.get(each.casefold()) or int(each) for each in stated]


def _graded_text(text: str, is_reaction: bool) -> list[str]:
    """The text where a grade in it is that of a reaction: said to be CTCAE's, or beside one and nothing else that has grades."""
    if "ctcae" in text.casefold():
        return [text]
    return [text] if is_reaction and not _GRADED_OTHERWISE.search(text) else []


def _of_diagnosis(view: View, diagnosis: Diagnosis) -> Report:
    stages = [f"{kind} {summary}" for kind, summary in diagnosis.stages if "ctcae" in f"{kind} {summary}".casefold()]
    is_reaction = bool(diagnosis.concepts & _GRADED) or _matches(_REACTION, _REACTION_STEMS, diagnosis.text)
    texts = [diagnosis.severity, *stages, *_graded_text(diagnosis.text, is_reaction)]
    grade, is_worded = _grade(texts)
    on_from, on_to = diagnosis.onset_from or diagnosis.recorded_on, diagnosis.onset_to or diagnosis.recorded_on
    return Report(
        diagnosis.concepts,
        diagnosis.text,
        diagnosis.reference,
        grade,
        is_worded,
        on_from,
        _when(view, on_from, on_to),
        diagnosis.is_active,
        _is_related(view, (diagnosis.text, *diagnosis.notes)),
        _names_drug((diagnosis.text, *diagnosis.notes)),
        is_adverse_event=False,
        grave_rash_grade=grave_rash_grade(view),
        names_thalidomide=_names_thalidomide((diagnosis.text, *diagnosis.notes)),
        on_latest=_latest_onset(on_from, on_to, diagnosis.recorded_on),
        has_onset=diagnosis.onset_from is not None,
        is_suspected=diagnosis.is_suspected,
        ended_on=None if diagnosis.is_active else diagnosis.ended_on,
    )


def _latest_onset(on_from: date | None, on_to: date | None, recorded: date | None) -> date | None:
    """The latest day of a partial onset: no problem began after it was recorded."""
    if on_from is None or on_to is None or recorded is None or recorded < on_from:
        return on_to
    return min(on_to, recorded)


def _of_event(view: View, event: Event) -> Report:
    grade, is_worded = _grade([event.severity, *_graded_text(event.text, is_reaction=True)])
    return Report(
        event.concepts,
        event.text,
        event.reference,
        grade,
        is_worded,
        event.on,
        _when(view, event.on, event.on),
        True,
        _is_related(view, (event.text, *event.notes)),
        _names_drug((event.text, *event.notes)) or _is_own_order(view, event.notes),
        is_adverse_event=True,
        grave_rash_grade=grave_rash_grade(view),
        names_thalidomide=_names_thalidomide((event.text, *event.notes)),
    )


def _names_severe(view: View, record: MedicationRecord) -> bool:
    """Whether lenalidomide was held or stopped for a reaction that rules it out for good."""
    text = record.status_reason
    is_rash = "rash" in record.status_concepts
    blisters = _BLISTERS.search(text) and (_SKIN.search(text) or is_rash) and not _DENIED.search(text)
    grave_rash = is_rash and is_grave(grade_in(text), grave_rash_grade(view))
    return bool(record.status_concepts & {*SEVERE, "exfoliative-rash", "bullous-rash"}) or grave_rash or bool(blisters)


def _of_record(view: View, record: MedicationRecord) -> Report:
    """The reason for which lenalidomide itself was held or stopped: written down under treatment, and about it."""
    return Report(
        record.status_concepts,
        record.status_reason,
        record.reference,
        grade_in(record.status_reason),
        False,
        record.bounds_end,
        "during",
        True,
        _is_related(view, (record.status_reason,)),
        names_drug=True,
        is_adverse_event=False,
        grave_rash_grade=grave_rash_grade(view),
        is_suspected=_SUSPECTED.search(record.status_reason) is not None,
    )


def _grade(texts: Iterable[str]) -> tuple[int | None, bool]:
    stated = [grade for text in texts if (grade := grade_in(text)) is not None]
    if stated:
        return max(stated), False
    worded = [grade for text in texts for word, grade in _WORDS.items() if text.strip().casefold() == word]
    return (max(worded), True) if worded else (None, False)


def _when(view: View, on_from: date | None, on_to: date | None) -> str:
    firsts = view.therapy.first_doses
    if on_from is None or on_to is None or not firsts:
        return "unknown"
    if on_from >= min(firsts):
        return "during"
    return "before" if on_to < min(firsts) else "unknown"


def _names_drug(texts: Iterable[str]) -> bool:
    return any(name in text.casefold() for text in texts for name in NAMES)


def _names_thalidomide(texts: Iterable[str]) -> bool:
    return any("thalidomid" in text.casefold() for text in texts)


def _suspects(notes: Iterable[str]) -> list[str]:
    return [n.removeprefix("suspect: ") for n in notes if n.startswith("suspect: ")]


def _is_own_order(view: View, notes: Iterable[str]) -> bool:
    own = {r.reference for r in view.facts.medications if is_drug(r.concepts)}
    return any(suspect in own for suspect in _suspects(notes))


def is_drug(concepts: frozenset[str]) -> bool:
    """Whether a medication is lenalidomide."""
    return "lenalidomide" in concepts


def _is_related(view: View, notes: tuple[str, ...]) -> bool:
    """Related unless it is noted otherwise: in words, by causality, or by suspects that are all other drugs."""
    said = [n for n in notes if not n.startswith(("suspect: ", "seriousness: "))]
    if any(_UNRELATED.search(note) for note in said):
        return False
    causes = [cause for note in said for cause in _OTHER_CAUSE.findall(note)]
    if causes and not any(_MAY_BE_DRUG.search(cause) for cause in causes):
        return False
    suspects = _suspects(notes)
    return not suspects or any(_may_be_own(view, suspect) for suspect in suspects)


def _may_be_own(view: View, suspect: str) -> bool:
    if "/" not in suspect:
        return _names_drug((suspect,))
    records = [r for r in view.facts.medications if r.reference == suspect]
    return not records or any(is_drug(r.concepts) for r in records)
