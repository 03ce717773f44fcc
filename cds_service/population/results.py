"""What the replay of one patient came to: decisions by day, as both engines write them and every table and number is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from cds_service.clinical.quantity import plain
from cds_service.population.resources import Unmapped

MACHINE: Final = "org.cds-service.recommendation"


class Advice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing said on a call: a card, or a line under one (`is_line`, which has neither source nor dose).

    `rules` are ids, the deciding one first; `mg_per_day` the dose to take now as an exact decimal, "" where there is none;
    `test` the LOINC code of a test to order with the day it is due and whether that has passed; `missing` names of facts.
    """

    action: str
    urgency: str
    rules: tuple[str, ...]
    is_line: bool = False
    indication: str = ""
    document: str = ""
    section: str = ""
    mg_per_day: str = ""
    next_cbc_due: str = ""
    test: str = ""
    test_due: str = ""
    test_overdue: bool = False
    missing: tuple[str, ...] = ()


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call as it would have been made: the drug, the day (ISO), the hook, and all that was said.

    `ordered` is the daily dose of the drafts together in mg as a decimal, "" where there was no draft or one could not be
    read, and `ordered_days` the days that they say they last (0 where they do not); `overdue` the tests ("cbc") whose day has
    passed, said on a card or under one; `unchecked` the rules that could not be decided for want of data; `failure` why there
    was no answer: the code of an error, "" where there was one.
    """

    drug: str
    day: str
    hook: str
    advice: tuple[Advice, ...] = ()
    ordered: str = ""
    ordered_days: int = 0
    overdue: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    failure: str = ""


class Changed(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call on which two sets of rules say different things: what only the one says, and what only the other."""

    drug: str
    day: str
    hook: str
    before: tuple[Advice, ...] = ()
    after: tuple[Advice, ...] = ()


class UnitRefused(msgspec.Struct, frozen=True):
    """A unit in which results of a fact came and which could not be read as one of it."""

    fact: str
    unit: str


class PatientResult(msgspec.Struct, omit_defaults=True):
    """All of one patient. `key` is the source system's folder and the id, until the tables are written.

    `set_aside` says why nothing was decided, "" where something could be; `counts` are numbers of resources by what became of them.
    `unmapped` and `units` stand with the number of results that carry them.
    """

    key: str
    decisions: list[Decision] = []
    changes: list[Changed] = []
    unmapped: list[tuple[Unmapped, int]] = []
    units: list[tuple[UnitRefused, int]] = []
    set_aside: str = ""
    counts: dict[str, int] = {}


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(PatientResult)


def encode(result: PatientResult) -> bytes:
    """The result as one line of JSON."""
    return _encoder.encode(result)


def decode(line: bytes) -> PatientResult:
    """The result that a line holds."""
    return _decoder.decode(line)


def advice_of(cards: Sequence[Mapping[str, Any]]) -> tuple[Advice, ...]:
    """What cards say, in the order in which they say it.

    Args: cards as the answer of the service has them, read from JSON or as they are before they are written.
    """
    found: list[Advice] = []
    for card in cards:
        own = card["extension"][MACHINE]
        test, source = own.get("test", {}), own.get("source", {})
        found.append(
            Advice(
                action=own["action"],
                urgency=card["indicator"],
                rules=tuple(own["rules"]),
                indication=own.get("indication", ""),
                document=source.get("document", ""),
                section=source.get("section", ""),
                mg_per_day=exact_text(own.get("dose", {}).get("mgPerDay")),
                next_cbc_due=own.get("nextCbcDue", ""),
                test=test.get("code", ""),
                test_due=test.get("due", ""),
                test_overdue=test.get("overdue", False),
                missing=tuple(gap["fact"] for gap in own.get("missing", ())),
            )
        )
        found += [
            Advice(line["action"], line["urgency"], tuple(line["rules"]), is_line=True)
            for line in own.get("alsoFound", ())
        ]
    return tuple(found)


def exact_text(number: Decimal | int | None) -> str:
    """A number as text, as short as it can be written exactly; "" for none."""
    return "" if number is None else plain(Decimal(number))
