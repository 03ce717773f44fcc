"""Problems that a call brings (problem-list-item-create): read as part of the chart, and what they change.

A problem of no concern to the drug says nothing. What the new problem changes is shown, and whatever is critical; where the
indication, the jurisdiction or the dose is not known the question for it, with the new problem; where a new problem could not be
read, everything that would be shown when the chart is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from cds_service.cdshooks.prefetch import Answered, read_answer
from cds_service.cdshooks.request import HookRequest
from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.recommendation import Assessment, Input, Urgency
from cds_service.fhir.binding import Whom
from cds_service.fhir.conditions import read_conditions
from cds_service.fhir.decode import head_of
from cds_service.hooks.hook import Hook
from cds_service.hooks.obtain import Obtained

UNREAD = "a new problem could not be read"
# When a Condition says that it was recorded, in any of its versions.
_RECORDED = frozenset({"recordedDate", "assertedDate", "dateRecorded"})
# Without these nobody can tell what a new problem changes, so the question for them is asked with it.
DECIDES_ALL = frozenset({"indication", "jurisdiction", "currentDose"})


@dataclass(frozen=True, slots=True)
class NewProblems:
    """The new problems of a call.

    `resources` are the Conditions, `ids` theirs; `concepts` what they stand for, as far as rules ask for it; `unread` counts
    those that could not be read or are not this patient's; `patient_ids` the ids of Patient resources among them.
    """

    resources: tuple[msgspec.Raw, ...] = ()
    ids: frozenset[str] = frozenset()
    concepts: frozenset[str] = frozenset()
    unread: int = 0
    patient_ids: frozenset[str] = frozenset()

    @property
    def may_concern(self) -> bool:
        """Whether any rule may look at them."""
        return bool(self.concepts or self.unread)


def new_problems(
    request: HookRequest, hook: Hook, patient: Whom | str, today: date, indications: frozenset[str]
) -> NewProblems:
    """The new problems of a call; none on other hooks.

    Args: `indications` are the diagnoses for which the drug may be given.
    Missing: what cannot be read, names nothing or is another patient's is counted in `unread`.
    """
    raw = request.context.get(hook.problems_in) if hook.problems_in else None
    if raw is None:
        return NewProblems()
    answer = read_answer(raw)
    if not isinstance(answer, Answered):
        return NewProblems(unread=1)
    unread = answer.skipped or bool(answer.incomplete)
    resources: list[msgspec.Raw] = []
    ids: set[str] = set()
    patients: set[str] = set()
    concepts: set[str] = set()
    for each in answer.resources:
        head = head_of(each)
        if head is None or head.resourceType == "Condition":
            read = read_conditions((each,), patient, today, indications)
            # Without a diagnosis and without a remark it was refuted or entered in error.
            unread += head is None or (not read.diagnoses and bool(read.remarks))
            concepts.update(*(d.concepts for d in read.diagnoses))
            resources.append(_recorded(each, today))
            ids.add(head.id if head is not None else "")
        elif head.resourceType == "Patient":
            patients.add(head.id)
    known = frozenset(ids) - {""}
    return NewProblems(tuple(resources), known, frozenset(concepts), unread, frozenset(patients))


def _recorded(problem: msgspec.Raw, today: date) -> msgspec.Raw:
    """A problem that is added without any date is recorded today: it happens now. One that cannot be read stays as it is."""
    try:
        body = msgspec.json.decode(problem, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return problem
    if any(name.startswith("onset") or name in _RECORDED for name in body):
        return problem
    return msgspec.Raw(msgspec.json.encode({**body, "recordedDate": today.isoformat()}))


def with_problems(obtained: Obtained, problems: NewProblems, key: str) -> Obtained:
    """What was obtained with the new problems in it; each stands for what the chart still says of the same id.

    Args: `key` is the prefetch key of the chart's own Conditions: with a problem that could not be read, not all were seen.
    """
    if not problems.resources and not problems.unread:
        return obtained
    kept = tuple(raw for raw in obtained.by_type.get("Condition", ()) if not _is_replaced(raw, problems.ids))
    unseen = {**obtained.unseen, **({key: UNREAD} if problems.unread else {})}
    return replace(obtained, unseen=unseen, by_type={**obtained.by_type, "Condition": (*kept, *problems.resources)})


def told_by(
    problems: NewProblems, facts: PatientFacts, found: Assessment, assess: Callable[[PatientFacts], Assessment]
) -> Assessment:
    """The part of an assessment that the new problems change, what is critical anyway, and the question without which
    nobody can tell what they change, with the new problems on it.

    Args: the problems; the facts with them; their assessment; what assesses other facts of the same call.
    """
    if problems.unread:
        return found
    # By what they stand for, not by their ids: the chart may hold the same problem under another id already.
    before = [replace(r, remarks=()) for r in assess(_without(problems, facts)).recommendations]
    new = tuple(
        Input("newProblem", d.text or "without words", on=d.recorded_on, reference=d.reference)
        for d in facts.diagnoses
        if d.concepts & problems.concepts
    )
    told = []
    for each in found.recommendations:
        if each.urgency is Urgency.CRITICAL or replace(each, remarks=()) not in before:
            told.append(each)
        elif any(m.fact in DECIDES_ALL for m in each.missing):
            told.append(replace(each, inputs=(*each.inputs, *new)))
    return replace(found, recommendations=tuple(told))


def _without(problems: NewProblems, facts: PatientFacts) -> PatientFacts:
    others = tuple(d for d in facts.diagnoses if not d.concepts & problems.concepts)
    believed = _without(problems, facts.believed) if facts.believed is not None else None
    return replace(facts, diagnoses=others, believed=believed)


def _is_replaced(raw: msgspec.Raw, ids: frozenset[str]) -> bool:
    head = head_of(raw)
    return head is not None and head.id in ids
