"""The damage matrix: each entry of each fixture with a card, damaged in each way, and what became of the cards.

A cell is one entry of one request in one way of damage. It is played in the process, from the bytes of the request to the
cards. The answer is the same, or something is asked as urgently as what vanished was; or less urgently, which is milder where
nothing critical vanished, and too soft where a hold, a stop or a question about one did; or it is lost. What is asked must be
told as well (`tests/support/damage_words.py`): a new card that names value, day and what to do; else it is wordless.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from random import Random
from typing import NamedTuple

from cds_service.cdshooks.card import Card
from cds_service.cdshooks.request import parse_request
from cds_service.commands.fixtures import Fixture, fixtures
from cds_service.errors import CdsError
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.application import EVERY_HOOK
from tests.support.damage import (
    DAMAGES,
    WITHOUT_AMOUNT,
    Place,
    damaged,
    damaged_entry,
    entry_at,
    kind_of,
    places,
    without,
)
from tests.support.damage_words import is_undecided, lacking_words
from tests.support.resources import Json

SAME, ASKED, MILDER, SOFTER, LOST = "same answer", "asked", "asked, milder", "asked, not critical", "lost"
WORDLESS = "asked, wordless"
KINDS = (SAME, ASKED, MILDER, WORDLESS, SOFTER, LOST)
FAILED = (WORDLESS, SOFTER, LOST)
NAME = "org.cds-service.recommendation"
_RANK = {"critical": 0, "warning": 1, "info": 2}
# Information that rests on a day: on there being no transfusion for weeks, on how old the last TSH is, or on when a cancer of
# the skin was found. Without the day there is nothing to say, and nothing to do.
_RESTS_ON_A_DAY = frozenset({"GL-HARMONY", "IWG-2006", "US-MON-TSH", "EU-MON-TSH", "SECOND-CANCER"})
# Asked as a warning whatever hangs on it, by a worked example (IN-05): the first dose of the course is not known.
_A_WARNING_BY_EXAMPLE = "US-MDS-4WKDEF"


class Shown(NamedTuple):
    """What is compared of a card."""

    action: str
    urgency: str
    summary: str
    rules: frozenset[str]
    detail: str = ""

    @property
    def text(self) -> str:
        """What is read of it."""
        return f"{self.summary}\n{self.detail}"

    @property
    def key(self) -> tuple[str, str]:
        """By which a card is the same one: what to do, and how urgently."""
        return self.action, self.urgency

    @property
    def rests_on_a_day(self) -> bool:
        """Whether there is nothing to say without a day."""
        return self.urgency == "info" and not _RESTS_ON_A_DAY.isdisjoint(self.rules)


class Cell(NamedTuple):
    """One cell that was played; `decides` where the answer without the entry would be another one.

    `lacking` names what no new card tells of it.
    """

    fixture: str
    place: Place
    resource: str
    damage: str
    kind: str
    decides: bool
    lacking: frozenset[str] = frozenset()

    def __str__(self) -> str:
        words = f" ({', '.join(sorted(self.lacking))})" if self.lacking else ""
        return f"{self.kind}{words}: {self.fixture} {self.place[0]}[{self.place[1]}] {self.resource}: {self.damage}"


@dataclass
class Tally:
    """How many cells are of which kind: by (damage, type of resource, kind) all, and of these the entries that decide."""

    counted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    deciding: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    worse: list[Cell] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether something was lost or not told, or a hold or stop is asked about less urgently."""
        return any(cell.kind in FAILED for cell in self.worse)

    def add(self, cell: Cell) -> None:
        """Count a cell."""
        key = (cell.damage, cell.resource, cell.kind)
        self.counted[key] += 1
        self.deciding[key] += cell.decides
        if cell.kind in (MILDER, *FAILED):
            self.worse.append(cell)

    def add_all(self, other: Tally) -> None:
        """Count what another one counted."""
        self.counted.update(other.counted)
        self.deciding.update(other.deciding)
        self.worse += other.worse


@functools.cache
def _engine(jurisdiction: str) -> Pipeline:
    settings = Settings.from_environment({"CDS_MODE": "demo", "CDS_SERVICES": EVERY_HOOK})
    return Pipeline(dataclasses.replace(settings, jurisdiction=jurisdiction))


def answered(fixture: Fixture, request: Json) -> list[Shown] | None:
    """The cards; None where the call is refused clearly. A failure of ours raises."""
    engine = _engine(fixture.jurisdiction)
    service = next(each for each in engine.services() if each.id == fixture.service)
    try:
        read = parse_request(json.dumps(request).encode(), service)
        return [_shown(card) for card in engine.run(service.id, read, today=fixture.today).cards]
    except CdsError as error:
        if error.status not in (400, 412):
            raise
        return None


def _shown(card: Card) -> Shown:
    told = card.extension[NAME]
    assert isinstance(told, dict)
    return Shown(told["action"], card.indicator, card.summary, frozenset(told["rules"]), card.detail or "")


def judged(before: list[Shown], after: list[Shown] | None) -> str:
    """What became of the cards: a card is in the place of one that vanished when it was not there before."""
    if after is None:
        return ASKED
    gone = _keys(before) - _keys(after)
    if not gone:
        return SAME
    told = {(card.summary, card.urgency) for card in before}
    new = [card for card in after if (card.summary, card.urgency) not in told]
    if not new:
        return LOST
    most = min(_RANK[urgency] for _, urgency in gone)
    if min(_RANK[card.urgency] for card in new) <= most:
        return ASKED
    is_ruled = any(_A_WARNING_BY_EXAMPLE in card.rules for card in new if card.action == "request-data")
    return MILDER if most or is_ruled else SOFTER


def untold(entry: Json, before: list[Shown], after: list[Shown] | None, today: date) -> frozenset[str]:
    """What no card that is new or changed tells of a damaged entry; a call that is refused says in its error what it lacks."""
    if after is None:
        return frozenset()
    known = {card.text for card in before}
    return lacking_words(entry, [card.text for card in after if card.text not in known], today)


def _keys(cards: list[Shown]) -> Counter[tuple[str, str]]:
    return Counter(card.key for card in cards if not card.rests_on_a_day)


def cells(fixture: Fixture, part: int = 1, seed: int = 1, *, every: bool = False) -> Iterator[Cell]:
    """The cells of a fixture, or a random one in so many; none where it shows no card.

    Args: `every`: of every entry, not only of those without which the answer would be another one.
    """
    request = fixture.request
    before = answered(fixture, request)
    if not before:
        return
    chance = Random(f"{seed} {fixture.name}")
    for place in places(request):
        drawn = [damage for damage in DAMAGES if part == 1 or chance.randrange(part) == 0]
        changed = [(d, made) for d in drawn if (made := damaged(request, place, d)) is not None]
        decides = bool(changed) and judged(before, answered(fixture, without(request, place))) != SAME
        resource, has_twin = kind_of(entry_at(request, place)), _has_twin(request, place)
        for damage, made in changed if decides or every else ():
            after, entry = answered(fixture, made), damaged_entry(request, place, damage) or {}
            kind, lacking = judged(before, after), frozenset[str]()
            takes_nothing = has_twin and damage.name in WITHOUT_AMOUNT
            kind = MILDER if kind == SOFTER and takes_nothing else kind
            is_excepted = kind == MILDER and is_undecided(entry, damage.name, request["hook"])
            is_excepted |= takes_nothing and (kind == MILDER or _decides(before, after))
            if decides and kind in (ASKED, MILDER) and not is_excepted:
                lacking = untold(entry, before, after, fixture.today)
            yield Cell(fixture.name, place, resource, damage.name, WORDLESS if lacking else kind, decides, lacking)


def _decides(before: list[Shown], after: list[Shown] | None) -> bool:
    """Whether a card that is new decides, and none that is new asks: a result beside the damaged one stands."""
    known = {card.text for card in before}
    new = {card.action for card in after or () if card.text not in known}
    return bool(new) and "request-data" not in new


def _has_twin(request: Json, place: Place) -> bool:
    """Whether another result of the same code and time is there: then one without an amount takes nothing away."""
    told = [(one.get("code"), one.get("effectiveDateTime")) for one in map(partial(entry_at, request), places(request))]
    one = entry_at(request, place)
    return bool(one.get("effectiveDateTime")) and told.count((one.get("code"), one.get("effectiveDateTime"))) > 1


def tally(fixture: Fixture, part: int = 1, seed: int = 1, *, every: bool = False) -> Tally:
    """The count of a fixture's cells, as `cells`."""
    counted = Tally()
    for cell in cells(fixture, part, seed, every=every):
        counted.add(cell)
    return counted


def with_cards() -> list[Fixture]:
    """The fixtures whose golden answer holds a card."""
    return [each for each in fixtures() if each.actions]
