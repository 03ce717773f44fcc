"""`/insights`, for operators: what was shown and what became of it, rule by rule and week by week, and what the site map lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, Response

from cds_service.errors import Unavailable
from cds_service.fhir.terminology.units import canonical_unit
from cds_service.hooks.explanation import check_words
from cds_service.store.engine import Database, StoreDown
from cds_service.store.report import Period, RuleUse, weeks
from cds_service.web.bars import Series, grouped_bars
from cds_service.web.page import page
from cds_service.web.sign_in import OPERATOR, with_role

PATH = "/insights"
WEEKS = 8
_MOST = 20
_KINDS = ("shown", "accepted", "overridden")


class Use(NamedTuple):
    """How often the cards of a rule were shown, accepted and overridden."""

    shown: int
    accepted: int
    overridden: int


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: its use week by week, in all, and the reasons for overriding it, the most frequent first."""

    rule: str
    by_week: tuple[Use, ...]
    total: Use
    reasons: tuple[tuple[str, int], ...]


class Unmapped(NamedTuple):
    """A local code or a unit that nobody mapped, how many calls met it, and the lines of a site map that would map it ("" none)."""

    name: str
    calls: int
    line: str


def blueprint(database: Database) -> Blueprint:
    """The page. Args: where the records are."""
    routes = Blueprint("insights", __name__)

    def insights() -> Response:
        until = datetime.now(UTC)
        try:
            periods = weeks(database, until, WEEKS)
        except StoreDown:
            raise Unavailable(sentence="The records cannot be read now.", hint="Try again later.") from None
        labels = [f"{each.until - timedelta(seconds=1):%d %b}" for each in periods]
        lines = rule_lines(periods)
        return page(
            "insights.html",
            calls=sum(each.calls for each in periods),
            lost=sum(each.lost for each in periods),
            since=periods[0].since,
            until=until,
            labels=labels,
            lines=lines,
            chart=grouped_bars("Rules on cards by week: shown, accepted, overridden", labels, _series(lines)),
            reasons=_top(reason for line in lines for reason in Counter(dict(line.reasons)).elements()),
            missing=[
                (check_words(name), calls)
                for name, calls in _top(n for each in periods for n in each.missing.elements())
            ],
            codes=unmapped(name for each in periods for name in each.unmapped_codes.elements()),
            units=unknown_units(name for each in periods for name in each.unknown_units.elements()),
        )

    routes.add_url_rule(PATH, "insights", with_role(OPERATOR)(insights), methods=["GET"])
    return routes


def rule_lines(periods: Sequence[Period]) -> list[RuleLine]:
    """Each rule whose cards were shown, all content revisions together, the most frequent first."""
    rules = {use.rule for period in periods for use in period.rules.values() if use.shown}
    lines = [_line(rule, periods) for rule in rules]
    return sorted(lines, key=lambda line: (-line.total.shown, line.rule))


def unmapped(names: Iterable[str]) -> list[Unmapped]:
    """Local codes by frequency; each is recorded as "platelets urn:lab|THR", or as its fact alone."""
    return [Unmapped(check_words(name), calls, _site_map_line(name)) for name, calls in _top(names)]


def unknown_units(names: Iterable[str]) -> list[Unmapped]:
    """Units by frequency; each is recorded as "platelets Tsd/nl", or as its fact alone where a result named none.

    A map may say what a local code means where its results name no unit. It cannot make a unit of a word that is none.
    """
    return [Unmapped(check_words(name), calls, "" if " " in name else _unit_line(name)) for name, calls in _top(names)]


def _line(rule: str, periods: Sequence[Period]) -> RuleLine:
    reasons: Counter[str] = Counter()
    by_week = []
    for period in periods:
        uses = [use for use in period.rules.values() if use.rule == rule]
        by_week.append(_use(uses))
        for use in uses:
            reasons.update(use.reasons)
    total = Use(*(sum(numbers) for numbers in zip(*by_week, strict=True)))
    return RuleLine(rule, tuple(by_week), total, tuple(reasons.most_common()))


def _use(uses: Iterable[RuleUse]) -> Use:
    found = list(uses)
    return Use(*(sum(getattr(use, kind) for use in found) for kind in _KINDS))


def _series(lines: Sequence[RuleLine]) -> list[Series]:
    return [
        Series(kind, [sum(line.by_week[week][place] for line in lines) for week in range(WEEKS)])
        for place, kind in enumerate(_KINDS)
    ]


def _top(names: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))[:_MOST]


def _unit_line(fact: str) -> str:
    lines = ("[[code]]", 'system = "?"  # as the laboratory sends it, "" for none', 'code = "?"', f'concept = "{fact}"')
    return "\n".join((*lines, f'unit = "{canonical_unit(fact)}"  # the unit that its results are in', ""))


def _site_map_line(name: str) -> str:
    fact, _, token = name.partition(" ")
    system, bar, code = token.rpartition("|")
    return f'[[code]]\nsystem = "{system}"\ncode = "{code}"\nconcept = "{fact}"\n' if bar else ""
