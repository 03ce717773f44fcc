"""Who can become pregnant: the US definition (females of reproductive potential) and the EU one, each with its own limits.

When: lenalidomide is ordered or taken.
Then: US: every woman except after hysterectomy, bilateral oophorectomy or 24 months of natural menopause. EU: except at
50 years or more with 1 year of natural amenorrhoea, premature ovarian failure confirmed by a gynaecologist, removal of
uterus or both ovaries, XY, Turner syndrome or uterine agenesis. Without data the age decides (CHILDBEARING-AGE): she can, is
treated as if she could and asked, is told at a start, or is not asked. Menses, contraception or a pregnancy of the last
years mean that she can at any age. Under 50 with a natural menopause of 24 months the clinician is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from cds_service.clinical.calendar import age_on, months_later
from cds_service.clinical.facts import Diagnosis, Event, Missing, PatientFacts
from cds_service.clinical.recommendation import Input
from cds_service.drugs.lenalidomide.safety.contraception import is_method
from cds_service.drugs.lenalidomide.safety.view import View

AGE = "CHILDBEARING-AGE"
PREGNANCIES = ("pregnant", "pregnancy", "pregnancy-ended")
SURGERY = ("hysterectomy", "bilateral-oophorectomy")
EU_INBORN = ("turner-syndrome", "uterine-agenesis", "xy-karyotype")
MENSTRUATING = ("regular", "irregular")
# Amenorrhoea of such a cause says nothing about what is left of fertility.
_SETTLES_NOTHING = re.compile(
    r"chemo|radi(?:o|ation)|irradiat|bestrahl|cancer|krebs|zytosta|cytotox|lactat|breast-?feeding|stillen|drug-induced",
    re.IGNORECASE,
)
_GYNAECOLOGIST = re.compile(r"gyn(a?e|ä)kolog|gyna?ecolog", re.IGNORECASE)


class Potential(Enum):
    """Whether pregnancy prevention applies. ASK and ASK_FIRST: treated as if it did until the question is answered, the
    first because nothing is on file; TELL: hardly, which is said at a start."""

    NO = "no"
    TELL = "tell"
    YES = "yes"
    ASK = "ask"
    ASK_FIRST = "ask first"


@dataclass(frozen=True, slots=True)
class Childbearing:
    """The answer, why in words, what it rests on, and what would settle it."""

    potential: Potential
    why: str
    inputs: tuple[Input, ...] = ()
    missing: tuple[Missing, ...] = ()
    is_sterilised: bool = False


@dataclass(frozen=True, slots=True)
class _Menopause:
    """How long ago the last natural period was: `has_lasted` None where the dates leave it open. `since` in words."""

    has_lasted: bool | None
    since: str
    input: Input


def childbearing(view: View) -> Childbearing:
    """Whether pregnancy prevention applies to the patient under the law of the view.

    Missing: age, sex or menopause that leave it open are named; no Patient at all is asked for elsewhere.
    """
    return view.facts.once((childbearing, view.trace, view.law), lambda: _told(view))


def _told(view: View) -> Childbearing:
    """The answer, of which the trace is told."""
    found = _answer(view, view.facts)
    outcome = {Potential.YES: "fired", Potential.NO: "not met"}.get(found.potential, "unknown")
    view.trace.say(rule_of(view), outcome, found.why)
    return found


def rule_of(view: View) -> str:
    """The rule that defines who can become pregnant."""
    return view.choose("US-FRP-DEF", "EU-WCBP-DEF")


def _answer(view: View, facts: PatientFacts) -> Childbearing:
    if facts.sex == "male" or not facts.patient_reference:
        return Childbearing(Potential.NO, "male" if facts.sex == "male" else "no Patient resource: asked for elsewhere")
    after = _after_surgery(view)
    if after is not None:
        return after
    ages = _ages(facts, view.today)
    below = view.numbers(rule_of(view))["potential_below_years"]
    answers = [_by_age(view, age, age < below) for age in ages] or [_no_birth_date(view)]
    found = answers[0]
    if {a.potential for a in answers} <= {Potential.NO, Potential.TELL, Potential.ASK}:
        # Nothing is on file but the age: the younger one asks for more.
        found = answers[-1]
    elif len({a.potential for a in answers}) > 1:
        why = f"the birth date is partial: age {' or '.join(str(a) for a in ages)}"
        gap = Missing("birthDate", "partial, and the decision differs between the two ages", rule_of(view))
        found = Childbearing(Potential.ASK_FIRST, why, missing=(gap, *answers[-1].missing))
    if facts.sex != "female" and found.potential is not Potential.NO:
        gap = Missing("sex", "not recorded as female or male", rule_of(view))
        asks = found.potential if found.potential in (Potential.ASK, Potential.TELL) else Potential.ASK_FIRST
        found = Childbearing(asks, f"sex not recorded; {found.why}", found.inputs, (gap, *found.missing))
    return Childbearing(found.potential, found.why, found.inputs, found.missing, bool(_of(facts, "tubal-ligation")))


def _ages(facts: PatientFacts, today: date) -> tuple[int, ...]:
    if facts.born_from is None or facts.born_to is None or facts.born_from > today:
        return ()
    return tuple(dict.fromkeys((age_on(today, facts.born_from), age_on(today, min(facts.born_to, today)))))


def _of(facts: PatientFacts, *concepts: str) -> list[Diagnosis | Event]:
    return [*facts.has_diagnosis(*concepts, active_only=False), *facts.events_of(*concepts)]


def _input(fact: str, found: Diagnosis | Event) -> Input:
    on = found.on if isinstance(found, Event) else found.onset_from
    return Input(fact, found.text, on=on, reference=found.reference)


def _after_surgery(view: View) -> Childbearing | None:
    """No uterus, no ovaries, or (EU) born without: unless periods are recorded after it."""
    concepts = SURGERY if view.law == "US" else (*SURGERY, *EU_INBORN)
    known = _of(view.facts, *concepts)
    if not known:
        return None
    first = known[0]
    on = first.on if isinstance(first, Event) else first.onset_to
    periods = _menstruating_on(view.facts)
    if periods is not None and on is not None and periods > on:
        gap = Missing("childbearingPotential", f"{first.text} and periods after it are both on file", rule_of(view))
        return Childbearing(Potential.ASK_FIRST, gap.reason, (_input("childbearingPotential", first),), (gap,))
    return Childbearing(Potential.NO, first.text, (_input("childbearingPotential", first),))


def _menstruating_on(facts: PatientFacts) -> date | None:
    """The last day on which periods were recorded as regular or irregular."""
    days = [f.on for f in facts.findings.get("menses", ()) if f.value.strip().casefold() in MENSTRUATING and f.on]
    return max(days, default=None)


def _no_birth_date(view: View) -> Childbearing:
    evidence = _evidence(view)
    if evidence is not None and _menopause(view) is None:
        words = f"no usable birth date, {evidence.fact} on file ({evidence.value}, {evidence.on or 'undated'})"
        return Childbearing(Potential.YES, words, (evidence,))
    gap = Missing("birthDate", "no usable birth date", rule_of(view))
    return Childbearing(Potential.ASK_FIRST, "no usable birth date", missing=(gap,))


def _evidence(view: View) -> Input | None:
    """What says that she can, at any age: periods, contraception or a pregnancy of the last years."""
    since = months_later(view.today, -view.numbers(AGE)["evidence_months"])
    for menses in view.facts.findings.get("menses", ()):
        if menses.value.strip().casefold() in MENSTRUATING and menses.on is not None and menses.on >= since:
            return Input("menses", menses.value, on=menses.on, reference=menses.reference)
    for finding in view.facts.findings.get("contraception", ()):
        is_running = "as-of" not in finding.concepts
        if is_method(finding.value) and (is_running or (finding.on is not None and finding.on >= since)):
            return Input("contraception", finding.value, on=finding.on, reference=finding.reference)
    for pregnancy in view.facts.has_diagnosis(*PREGNANCIES, active_only=False):
        on = pregnancy.onset_to or pregnancy.recorded_on
        if on is not None and on >= since:
            return Input("pregnancy", pregnancy.text, on=on, reference=pregnancy.reference)
    return None


def _by_age(view: View, age: int, is_young: bool) -> Childbearing:
    menopause = _menopause(view)
    inputs = (menopause.input,) if menopause is not None else ()
    evidence = _evidence(view)
    if evidence is not None and (menopause is None or menopause.has_lasted is not False):
        words = f"{age} years, {evidence.fact} on file ({evidence.value}, {evidence.on or 'undated'})"
        if menopause is None or not menopause.has_lasted:
            return Childbearing(Potential.YES, words, (*inputs, evidence))
        if evidence.fact == "pregnancy":
            # Periods of after the menopause have taken it back already, and contraception is no longer for her.
            gap = Missing("childbearingPotential", f"{menopause.since}, and {evidence.fact} on file", rule_of(view))
            return Childbearing(Potential.ASK_FIRST, f"{words}; {menopause.since}", (*inputs, evidence), (gap,))
    if view.law == "EU":
        failure = [d for d in view.facts.has_diagnosis("premature-menopause", active_only=False) if _settles(d)]
        if failure:
            return _premature(view, failure[0])
    if menopause is None:
        if is_young:
            return Childbearing(Potential.YES, f"{age} years, nothing on file that rules pregnancy out")
        reason = view.facts.unseen.get("conditions", "no menopause, hysterectomy or oophorectomy on file")
        return _without_data(view, age, reason, inputs)
    words = f"{age} years, {menopause.since}"
    if menopause.has_lasted is None:
        return (
            Childbearing(Potential.YES, words, inputs)
            if is_young
            else _without_data(view, age, menopause.since, inputs)
        )
    if not menopause.has_lasted:
        return Childbearing(Potential.YES, words, inputs)
    if is_young:
        return _young_menopause(view, words, inputs)
    return Childbearing(Potential.NO, words, inputs)


def _without_data(view: View, age: int, reason: str, inputs: tuple[Input, ...]) -> Childbearing:
    """Nothing on file that settles it: treated as able to become pregnant, told at a start, or not asked, by age."""
    numbers = view.numbers(AGE)
    asked_below: int = numbers["potential_below_years"]
    told_below = max(view.case.menopause_age or numbers["not_asked_from_years"], asked_below)
    why = f"{age} years, {reason}"
    if age >= told_below:
        return Childbearing(Potential.NO, why, inputs)
    potential = Potential.ASK if age < asked_below else Potential.TELL
    return Childbearing(potential, why, inputs, (Missing("childbearingPotential", reason, rule_of(view)),))


def _young_menopause(view: View, words: str, inputs: tuple[Input, ...]) -> Childbearing:
    """Under 50 years with a menopause that has lasted: after 24 months the two halves of the definition contradict."""
    conflict = view.numbers("US-FRP-DEF")["menopause_months_at_least"]
    lasted = _menopause(view, conflict)
    if lasted is not None and lasted.has_lasted is False:
        return Childbearing(Potential.YES, words, inputs)
    years = view.numbers(rule_of(view))["potential_below_years"]
    gap = Missing("childbearingPotential", f"under {years} years with a natural menopause: {words}", rule_of(view))
    return Childbearing(Potential.ASK_FIRST, words, inputs, (gap,))


def _settles(diagnosis: Diagnosis) -> bool:
    """Whether it is natural, as far as its words tell."""
    return not any(_SETTLES_NOTHING.search(text) for text in (diagnosis.text, *diagnosis.notes))


def _premature(view: View, failure: Diagnosis) -> Childbearing:
    inputs = (_input("childbearingPotential", failure),)
    if any(_GYNAECOLOGIST.search(text) for text in (failure.text, *failure.notes)):
        return Childbearing(Potential.NO, f"{failure.text}, confirmed by a gynaecologist", inputs)
    gap = Missing("childbearingPotential", "premature ovarian failure: confirmed by a gynaecologist?", rule_of(view))
    return Childbearing(Potential.ASK_FIRST, gap.reason, inputs, (gap,))


def _menopause(view: View, months: int | None = None) -> _Menopause | None:
    """The natural menopause on file and whether it has lasted the months of the law.

    The last recorded period counts as its onset where that is later. Periods recorded after it take it back.
    """
    facts = view.facts
    needed: int = months or view.numbers(rule_of(view))["menopause_months_at_least"]
    if view.law == "US" and facts.has_diagnosis("premature-menopause", active_only=False):
        return None
    natural = [d for d in facts.has_diagnosis("menopause", active_only=False) if _settles(d)]
    spans: list[tuple[date, date, Input]] = [
        (d.onset_from or date.min, d.onset_to or d.onset_from or recorded, _input("menopause", d))
        for d in natural
        # Without an onset it lasts at least since it was recorded.
        if (recorded := d.recorded_on or d.onset_from) is not None
    ]
    for period in facts.findings.get("lastPeriod", ())[-1:]:
        if period.effective_from is not None:
            on = period.effective_from
            spans.append((on, on, Input("lastPeriod", period.value, on=on, reference=period.reference)))
    undated = [d for d in natural if d.onset_from is None and d.recorded_on is None]
    if not spans:
        return (
            _Menopause(None, "menopause since when is not known", _input("menopause", undated[0])) if undated else None
        )
    earliest, latest, source = max(spans, key=lambda s: s[1])
    periods = _menstruating_on(facts)
    if periods is not None and periods > latest:
        return _Menopause(False, f"periods recorded on {periods.isoformat()}", source)
    since = f"last natural period {latest.isoformat()}"
    if months_later(latest, needed) <= view.today:
        return _Menopause(True, since, source)
    if months_later(earliest, needed) > view.today:
        return _Menopause(False, f"{since}, less than {needed} months ago", source)
    if earliest == date.min:
        return _Menopause(None, f"menopause recorded {latest.isoformat()}, since when is not known", source)
    return _Menopause(None, f"menopause since {earliest.isoformat()} to {latest.isoformat()}", source)
