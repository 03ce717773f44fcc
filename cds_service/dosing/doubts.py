"""What is in doubt and would decide: entries of the chart that are not used as they stand are asked about as if they were certain.

When: entries cannot be used as they stand, and what they would decide if they were believed is not said without them.
Then: one request names them with value, day and reason, as urgent as that decision; where a request asks about the very same
entry already, it is made as urgent. What would change nothing is not asked about. It never carries a dose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Missing, PatientFacts, Unusable
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.case import Case
from cds_service.dosing.context import About
from cds_service.dosing.data_quality import ESTIMATE, PRELIMINARY
from cds_service.dosing.precedence import STOPPING

CHECK = "doubts"
UNCERTAIN = "not certain as it stands"
_UNDATED = frozenset({"sex", "birthDate"})
# All is well: nothing is lost where only this is not said.
_AS_ORDERED = frozenset({Action.START, Action.CONTINUE})
# What it would come to, as one says it after "if confirmed".
_WORDS = {
    Action.START: "start",
    Action.DO_NOT_START: "do not start",
    Action.CONTINUE: "continue",
    Action.HOLD: "hold",
    Action.REMAIN_ON_HOLD: "stay on hold",
    Action.RESUME_REDUCED: "resume at a lower dose",
    Action.RESUME_SAME: "resume at the same dose",
    Action.REDUCE: "reduce the dose",
    Action.DISCONTINUE: "stop treatment",
    Action.PERMANENTLY_DISCONTINUE: "stop for good",
    Action.ESCALATE_URGENT: "assess urgently",
    Action.REPEAT_AND_REASSESS: "repeat the count",
    Action.REVIEW: "review treatment",
    Action.REQUEST_DATA: "more must be known",
    Action.ORDER_CBC: "a CBC is due",
    Action.ORDER_LAB: "a laboratory test is due",
    Action.ORDER_PREGNANCY_TEST: "a pregnancy test is due",
    Action.ASSESS_RESPONSE: "assess the response",
    Action.INFORM: "take note",
}
_KINDS = {"Procedure": "procedure", "AdverseEvent": "adverseEvent", "AllergyIntolerance": "allergy"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One entry that is not used as it stands: what it says, where, and why it is not used.

    `day` are the words of its day where a calendar has none for them.
    """

    input: Input
    reason: str
    day: str = ""

    def missing(self, rule: str) -> Missing:
        """The gap that it leaves, with what it says and its day where it is an entry of its own."""
        one = self.input
        is_entry = one.fact not in _UNDATED and bool(one.reference)
        entry = Unusable(one.fact, self.reason, rule, one.reference, one.on, one.value, one.unit, reported_day=self.day)
        return Missing(one.fact, self.reason, rule, entry if is_entry else None)

    def is_named_by(self, recommendation: Recommendation) -> bool:
        """Whether a decision is about this entry, or asks for the fact that it would tell.

        A question that names an entry is about it by whatever name; one resource may hold many results.
        """
        reference, asks = self.input.reference, recommendation.action is Action.REQUEST_DATA
        is_whole = asks and not reference.startswith("Observation")
        return any(
            i.reference == reference and (is_whole or i.fact == self.input.fact) for i in recommendation.inputs
        ) or any(m.fact == self.input.fact for m in recommendation.missing)


def with_doubts(
    case: Case,
    indication: str,
    rule: str,
    said: Sequence[Recommendation],
    if_believed: Sequence[Recommendation],
    looked_at: Mapping[str, tuple[int, Urgency]],
) -> list[Recommendation]:
    """What is said, with what is in doubt asked about.

    Args: the rule that asks; the decisions on the facts as they count, and on the facts as they would be if all that is in
    doubt were believed (none where nothing is); the facts of which a result that says no amount at all is asked about too,
    each with the days in which it would decide and the urgency.
    """
    found, asked = list(said), dict[Doubt, tuple[Urgency, set[str]]]()
    doubts = [*doubts_of(case.facts), *_orders_in_doubt(case)]
    for each in _lacking(said, if_believed):
        about = _about(each, doubts)
        named = [n for n, r in enumerate(found) if any(doubt.is_named_by(r) for doubt in about)]
        # A preliminary count is verified as its own rule says.
        is_verified = all(doubt.reason == PRELIMINARY for doubt in about)
        if any(
            _is_as_grave(found[n], each) or (is_verified and found[n].action is Action.REPEAT_AND_REASSESS)
            for n in named
        ):
            continue
        asking = [n for n in named if _asks(found[n], about)]
        if asking:
            found[asking[0]] = replace(found[asking[0]], action=Action.REQUEST_DATA, urgency=each.urgency, folds=False)
            continue
        for doubt in about:
            urgency, decisions = asked.get(doubt, (each.urgency, set()))
            asked[doubt] = (min(urgency, each.urgency, key=lambda u: u.rank), decisions | {_words_of(each)})
    for doubt, urgency in _unreadable(case, looked_at):
        is_asked = any(doubt.is_named_by(r) and r.urgency.rank <= urgency.rank for r in found)
        if not is_asked and doubt not in asked:
            asked[doubt] = (urgency, set())
    if any(r.action in STOPPING for r in said):
        asked = {doubt: told for doubt, told in asked.items() if told[0] is Urgency.CRITICAL}
    return [*found, *([_question(case, indication, rule, asked)] if asked else [])]


def either(runs: Iterable[Sequence[Recommendation]]) -> list[Recommendation]:
    """What is decided in any of several cases, each decision as often as the case says it that says it most often."""
    found: list[Recommendation] = []
    for run in runs:
        known = Counter(map(_key, found))
        for each in run:
            if known[_key(each)]:
                known[_key(each)] -= 1
            else:
                found.append(each)
    return found


def doubts_of(facts: PatientFacts) -> list[Doubt]:
    """The entries that would count if they were believed, results first, oldest first."""
    believed = facts.believed
    if believed is None:
        return []
    found: list[Doubt] = []
    for fact in facts.unusable:
        left = believed.refused(fact)
        found += [_of_result(u) for u in facts.refused(fact) if u not in left]
    for fact in believed.readings:
        known = {r.reference for r in facts.series(fact) if not r.is_preliminary and not r.is_estimate}
        refused = {u.reference for u in facts.refused(fact)}
        told = [r for r in believed.series(fact) if r not in facts.series(fact)]
        estimates = {r.reference for r in facts.series(fact) if r.is_estimate}
        found += [
            Doubt(Input.of(r), ESTIMATE if r.reference in estimates else PRELIMINARY)
            for r in told
            if r.reference not in known | refused
        ]
    if believed.sex != facts.sex:
        found.append(
            Doubt(
                Input("sex", believed.sex, reference=facts.patient_reference), f"not recorded, perhaps {believed.sex}"
            )
        )
    if believed.born_from != facts.born_from:
        found.append(
            Doubt(
                Input("birthDate", "of a young age", reference=facts.patient_reference),
                "not known, perhaps of a young age",
            )
        )
    entries: list[Diagnosis | Event | MedicationRecord] = [
        *(each for each in believed.diagnoses if each not in facts.diagnoses),
        *(each for each in believed.events if each not in facts.events),
        *(each for each in believed.medications if each not in facts.medications),
    ]
    return [*found, *(Doubt(_input(each), _reason(each)) for each in entries)]


def _orders_in_doubt(case: Case) -> list[Doubt]:
    """The orders of the call that could not be checked."""
    return [Doubt(Input("orderedDose", ""), problem) for problem in case.order_problems]


def _of_result(unusable: Unusable) -> Doubt:
    return Doubt(
        Input(
            unusable.fact,
            unusable.reported,
            unusable.reported_unit,
            on=unusable.on,
            reference=unusable.reference,
        ),
        unusable.reason,
        unusable.reported_day,
    )


def _input(entry: Diagnosis | Event | MedicationRecord) -> Input:
    if isinstance(entry, Diagnosis):
        kind, text, on = "diagnosis", entry.text, entry.onset_from or entry.recorded_on
    elif isinstance(entry, Event):
        kind, text, on = _KINDS.get(entry.reference.partition("/")[0], "event"), entry.text, entry.on
    else:
        kind, text, on = "medication", entry.text or "not named", entry.starts_on or entry.authored_on
    return Input(kind, text, on=None if entry.is_undated else on, reference=entry.reference)


def _reason(entry: Diagnosis | Event | MedicationRecord) -> str:
    if isinstance(entry, MedicationRecord) and not entry.text:
        return f"is it {' or '.join(sorted(entry.concepts))}?"
    return UNCERTAIN


def _lacking(said: Sequence[Recommendation], if_believed: Sequence[Recommendation]) -> list[Recommendation]:
    """The decisions that only stand where what is in doubt is believed, the gravest first."""
    known = Counter(map(_key, said))
    found = []
    for each in sorted(if_believed, key=lambda r: r.urgency.rank):
        if known[_key(each)]:
            known[_key(each)] -= 1
        elif each.action not in _AS_ORDERED or each.urgency is not Urgency.INFO:
            found.append(each)
    return found


def _asks(one: Recommendation, about: Sequence[Doubt]) -> bool:
    """Whether a decision asks about some entries already: a request, or a count to be repeated that waits for their facts."""
    if one.action is Action.REQUEST_DATA:
        return True
    lacking = {gap.fact for gap in one.missing}
    return one.action is Action.REPEAT_AND_REASSESS and all(doubt.input.fact in lacking for doubt in about)


def _is_as_grave(one: Recommendation, other: Recommendation) -> bool:
    return one.urgency.rank <= other.urgency.rank


def _key(one: Recommendation) -> tuple[str, str, Action, Urgency, str]:
    return (one.check, one.message, one.action, one.urgency, one.order)


def _about(one: Recommendation, doubts: Sequence[Doubt]) -> list[Doubt]:
    """The doubts that a decision rests on; all of them where it names none."""
    references = {i.reference for i in one.inputs} - {""}
    return [doubt for doubt in doubts if doubt.input.reference in references] or list(doubts)


def _words_of(one: Recommendation) -> str:
    if one.action is Action.REQUEST_DATA and one.urgency is Urgency.CRITICAL:
        return "consider a hold"
    return _WORDS[one.action]


def _unreadable(case: Case, looked_at: Mapping[str, tuple[int, Urgency]]) -> Iterable[tuple[Doubt, Urgency]]:
    """The latest result of each fact that says no amount at all, where it may be newer than every one that does."""
    for fact, (days, urgency) in looked_at.items():
        for one in case.facts.refused(fact)[-1:]:
            newest: list[date] = [r.on for r in case.facts.series(fact)]
            newest += [f.on for f in case.facts.findings.get(fact, ()) if f.on is not None]
            last = max(newest, default=None)
            is_silent = one.says_nothing and not one.is_other_test
            is_recent = one.on is None or case.on - one.on <= timedelta(days=days)
            if is_silent and is_recent and one.may_be_newer(last):
                yield _of_result(one), urgency


def _question(
    case: Case, indication: str, rule: str, asked: Mapping[Doubt, tuple[Urgency, set[str]]]
) -> Recommendation:
    """One request for all of them, the gravest named first."""
    ordered = sorted(asked, key=lambda doubt: asked[doubt][0].rank)
    urgency = asked[ordered[0]][0]
    then = sorted({words for doubt in ordered for words in asked[doubt][1]})
    return replace(
        decision(
            About(case, indication),
            Action.REQUEST_DATA,
            urgency,
            (rule,),
            "in-doubt" if then else "unreadable",
            words={"then": " or ".join(then)},
            inputs=[doubt.input for doubt in ordered],
            missing=[doubt.missing(rule) for doubt in ordered],
            folds=urgency is Urgency.INFO and bool(case.orders),
        ),
        check=CHECK,
    )
