"""The GuidanceResponse: how far the question was answered, why, what is missing and what would tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cds_service.cdshooks.card import Card
from cds_service.drugs.contract import Drug
from cds_service.errors import DataUnobtainable
from cds_service.exchange.requests import codes_of, decision_of
from cds_service.knowledge.canonical import Json
from cds_service.knowledge.requirements import requirements, requirements_of_facts

SUCCESS: Final = "success"
REQUESTED: Final = "data-requested"
REQUIRED: Final = "data-required"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call about a drug came to: its cards, or why required data could not be obtained.

    `hook` is the one that was asked, `on` the day. `unseen` says why data of a prefetch key were not seen, `remarks` what else
    is to be said of how the Bundle was read. `is_about_the_drug` is None where nothing came that could have told it.
    """

    drug: Drug
    hook: str
    on: str
    cards: Sequence[Card] = ()
    unseen: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    unobtainable: DataUnobtainable | None = None
    is_about_the_drug: bool | None = True

    @property
    def status(self) -> str:
        """The status of a GuidanceResponse: required data missing, some data missing, or none."""
        if self.unobtainable is not None or self.is_about_the_drug is None:
            return REQUIRED
        return REQUESTED if self.unseen or any(self.missing()) else SUCCESS

    def missing(self) -> Iterator[tuple[str, str]]:
        """What decisions lacked: each fact and why."""
        seen: set[str] = set()
        for card in self.cards:
            for gap in decision_of(card).get("missing", ()):
                if gap["fact"] not in seen:
                    seen.add(gap["fact"])
                    yield gap["fact"], gap.get("reason", "")


def guidance_response(answer: Answer, base: str, subject: Json, beside: Json, references: Mapping[str, str]) -> Json:
    """The GuidanceResponse.

    Args: the answer; the base address; the patient's reference; further members that the call gives; the references of what
    lies beside it: "result", "evaluationMessage", "outputParameters", as far as there is such a thing.
    """
    needed = _data_requirements(answer, base)
    message = references.get("evaluationMessage")
    return {
        "resourceType": "GuidanceResponse",
        "moduleCanonical": f"{base}/Library/{answer.drug.name}",
        "status": answer.status,
        "subject": subject,
        **beside,
        "occurrenceDateTime": answer.on,
        "reasonCode": _reasons(answer),
        **({"evaluationMessage": [{"reference": message}]} if message else {}),
        **{n: {"reference": references[n]} for n in ("outputParameters", "result") if n in references},
        **({"dataRequirement": needed} if needed else {}),
    }


def _reasons(answer: Answer) -> list[Json]:
    """Why: each card with its rules, or in words why there is none."""
    if answer.cards:
        return [
            {"coding": [c for code in codes_of(card) for c in code["coding"]], "text": card.summary}
            for card in answer.cards
        ]
    name = answer.drug.title.lower()
    if answer.unobtainable is not None:
        said = "Required data could not be obtained; nothing was decided"
    elif answer.is_about_the_drug is None:
        said = f"No medication came: whether the patient takes {name} is not known; nothing was decided"
    elif answer.is_about_the_drug:
        said = f"Nothing to advise on {name}"
    else:
        said = f"Neither the orders nor the medications that came are of {name}"
    return [{"text": said}]


def _data_requirements(answer: Answer, base: str) -> list[Json]:
    needs = answer.drug.needs
    if answer.is_about_the_drug is None:
        return requirements((need for need in needs if need.resource.startswith("Medication")), base)
    keys = (*(answer.unobtainable.missing if answer.unobtainable is not None else ()), *answer.unseen)
    return requirements_of_facts((*keys, *(fact for fact, _ in answer.missing())), needs, base)


def outcome_of(answer: Answer) -> Json | None:
    """What is missing, and how the Bundle was read, as an OperationOutcome; None where there is nothing to say."""
    unobtainable = answer.unobtainable.missing if answer.unobtainable is not None else {}
    issues = [
        *(_issue("error", "incomplete", f"{key}: {reason}") for key, reason in sorted(unobtainable.items())),
        *(_issue("warning", "incomplete", f"{key}: {reason}") for key, reason in sorted(answer.unseen.items())),
        *(_issue("warning", "incomplete", f"{fact}: {reason}") for fact, reason in answer.missing()),
        *(_issue("information", "informational", remark) for remark in answer.remarks),
    ]
    return {"resourceType": "OperationOutcome", "issue": issues} if issues else None


def _issue(severity: str, code: str, words: str) -> Json:
    return {"severity": severity, "code": code, "details": {"text": words}}


def decisions(cards: Iterable[Card]) -> Json | None:
    """The decisions for machines as Parameters, one `decision` for each card with a part for each member; None without cards."""
    listed = [part for card in cards for part in _parts("decision", decision_of(card))]
    return {"resourceType": "Parameters", "parameter": listed} if listed else None


def _parts(name: str, value: object) -> Iterator[Json]:
    """A member as parameters: an object as parts, a list as repeats, anything else as its value."""
    if isinstance(value, Mapping):
        parts = [part for key, member in value.items() for part in _parts(key, member)]
        if parts:
            yield {"name": name, "part": parts}
    elif isinstance(value, list | tuple):
        yield from (part for each in value for part in _parts(name, each))
    elif isinstance(value, bool):
        yield {"name": name, "valueBoolean": value}
    elif isinstance(value, int | Decimal):
        yield {"name": name, "valueDecimal": value}
    elif value is not None and str(value).strip():
        yield {"name": name, "valueString": str(value)}
