"""The fixture cases: synthetic patients, one folder per case with case.toml, request.json and cards.json.

They stand in `fhir_fixtures` next to the package: in a checkout and an editable installation that is the project's own
folder; a wheel carries the folder as package data of that name, so that it lands next to the package as well.
"""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cds_service.commands.demo_day import chart_of, moved_call, prefetched
from cds_service.hooks.hook import setting_for

FOLDER = Path(__file__).resolve().parents[2] / "fhir_fixtures"
MEMBERS = frozenset(
    ("title", "shows", "today", "jurisdiction", "service", "actions", "rules", "doses_mg", "tags", "pair")
)


class FixtureFault(Exception):
    """A fixture that cannot be used; the message names its folder."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """One case.

    `actions` are the expected decisions, most urgent first, and `rules` rules that must stand behind them, both decided
    by hand; `doses_mg` the doses of cards that carry one; `pair` names the boundary that the case is one side of.
    """

    folder: Path
    title: str
    shows: str
    today: date
    jurisdiction: str
    service: str
    actions: tuple[str, ...]
    rules: tuple[str, ...]
    doses_mg: tuple[float, ...] = ()
    tags: tuple[str, ...] = ()
    pair: str = ""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def body(self) -> bytes:
        """The request as it is sent."""
        return (self.folder / "request.json").read_bytes()

    @property
    def request(self) -> dict[str, Any]:
        """The request, read."""
        content: dict[str, Any] = json.loads(self.body)
        return content

    def call_on(self, today: date) -> dict[str, Any]:
        """The request as it would be sent today, its chart moved as a whole."""
        return moved_call(self.request, self.name, self.today, today)

    def body_on(self, today: date) -> bytes:
        """That request as it is sent."""
        return json.dumps(self.call_on(today), ensure_ascii=False).encode()

    @property
    def shown_rules(self) -> tuple[str, ...]:
        """The rules behind its golden cards, those that stand under "Also" too."""
        cards = json.loads((self.folder / "cards.json").read_bytes())["cards"]
        machines = (card["extension"]["org.cds-service.recommendation"] for card in cards)
        return tuple(rule for one in machines for each in (one, *one.get("alsoFound", ())) for rule in each["rules"])

    @property
    def settings(self) -> tuple[str, ...]:
        """What a demonstration must be started with to play the case, where that is not its default."""
        own = f"CDS_JURISDICTION={self.jurisdiction}" if self.jurisdiction not in ("", "US") else ""
        return tuple(filter(None, (own, setting_for(str(self.request["hook"])))))

    @property
    def patient_id(self) -> str:
        """The patient of the call."""
        return str(self.request["context"]["patientId"])


@functools.cache
def fixtures(folder: Path = FOLDER) -> tuple[Fixture, ...]:
    """Every case, by name; what is in a folder is read once.

    Raises: FixtureFault when there is none, or one has no readable case.toml.
    """
    found = tuple(_fixture(path.parent) for path in sorted(folder.glob("*/case.toml")))
    if not found:
        raise FixtureFault("no fixture cases were found next to the package")
    return found


def resources(cases: Iterable[Fixture]) -> Iterator[dict[str, Any]]:
    """The resources that the requests carry as prefetch: what a FHIR server of these patients would hold."""
    for case in cases:
        yield from prefetched(case.request)


def charts_on(cases: Iterable[Fixture], today: date) -> Iterator[dict[str, Any]]:
    """What a FHIR server of the cases' patients holds today."""
    for case in cases:
        yield from chart_of(case.call_on(today))


def _fixture(folder: Path) -> Fixture:
    try:
        case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FixtureFault(f"{folder.name}/case.toml cannot be read: {error}") from None
    wrong = set(case) - MEMBERS
    members: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in case.items()}
    if wrong or not isinstance(case.get("today"), date):
        raise FixtureFault(f"{folder.name}/case.toml: unknown members or no date: {', '.join(sorted(wrong))}")
    try:
        return Fixture(folder=folder, **members)
    except TypeError:
        raise FixtureFault(f"{folder.name}/case.toml lacks a member") from None
