"""Is a wrong number found in every sentence of every source file: by hand, of another member, with other words around it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from cds_service.commands.check import PACKAGE
from cds_service.commands.checks.sentences import doubts
from cds_service.dosing.rulebook import Rule
from cds_service.drugs.sentences import SentenceFault, fill
from cds_service.drugs.source_files import load_edition, load_toml

PLACE = re.compile(r"\{([^{}:=]+)(=[^{}:]+)?(:[a-z]+)?\}")
SWAPPED = {
    "at least {": "below {", "at least every {": "at most every {", "at most {": "at least {", "up to {": "at least {",
    " below {": " at least {", "never below {": "never above {", "not below {": "at most {", "less than {": "more than {",
    "more than {": "less than {", "under {": "above {", "above {": "at most {", "or more": "or less",
    "or longer": "or less", "or older": "or below", "or less": "or more", "or below": "or more",
}  # fmt: skip
UNIT = re.compile(r"(?<=\})( mg| x10\^9/L|/uL|%| mL/min| C\b| g/dL| days?\b| weeks?\b| cycles?\b)")
KIND = re.compile(r"mg|day|week|month|hour|year|grade|percent")


class Written:
    """A row as its file has it: the sentence with its places, and what its rule holds."""

    def __init__(self, rule: Rule, row: Mapping[str, Any]) -> None:
        self.rule, self.unsaid = rule, row.get("unsaid", ())
        self.sentence: str = row["text"]
        self.places = list(PLACE.finditer(self.sentence))

    def fault(self, sentence: str) -> str:
        """The first thing that loading or `check` says about another sentence of this row; "" when nothing is wrong."""
        try:
            fill(sentence, {**self.rule.data, "figures": self.rule.figures})
        except SentenceFault as fault:
            return str(fault)
        return next(doubts(sentence, self.rule.data, self.rule.figures, self.unsaid), "")

    def with_place(self, place: re.Match[str], words: str) -> str:
        return self.sentence[: place.start()] + words + self.sentence[place.end() :]

    def shown(self, place: re.Match[str]) -> str:
        """What stands in the sentence for a place that does not begin it."""
        words: str = fill(f"#{place[0]}", {**self.rule.data, "figures": self.rule.figures})
        return words[1:]


def _written() -> Iterator[Written]:
    """Every row of every document; one that several editions have alike, once."""
    seen: list[dict[str, object]] = []
    for path in sorted((PACKAGE / "drugs").glob("*/documents/*/*.toml")):
        rules = load_edition(path).rules
        for row in load_toml(path)["rule"]:
            if row not in seen:
                seen.append(row)
                yield Written(rules[row["id"]], row)


EVERY = list(_written())


def each(test: Any) -> Any:
    """On each row that says a number; in the fast suite on every third."""
    rows = [row for row in EVERY if row.places]
    return pytest.mark.sampled(every=3)(pytest.mark.parametrize("row", rows, ids=lambda row: row.rule.id)(test))


def paths(value: object, path: str = "") -> Iterator[str]:
    """The paths of all numbers of a row."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in entries:
            yield from paths(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield path


def kind(path: str) -> str:
    """What a number is of, as far as its name says it."""
    name = [part for part in path.split(".") if not part.isdecimal()][-1]
    return "".join(KIND.findall(name)[-1:])


@each
def test_a_number_by_hand_is_found_be_it_wrong_or_right(row: Written) -> None:
    for place in row.places:
        right = row.shown(place)
        for words in {right, f"9{right}", "three", "monthly"}:
            assert row.fault(row.with_place(place, words)), (place[0], words)


@pytest.mark.sampled(every=3)
@each
def test_the_number_of_another_member_is_found(row: Written) -> None:
    """Unless the sentence says the first number elsewhere too and the other one is of the same kind: no words tell then."""
    every = list(paths({**row.rule.data, "figures": row.rule.figures}))
    for place in row.places:
        own = {place[1], (place[2] or "=")[1:]}
        is_said_again = any(own & {p[1], (p[2] or "=")[1:]} - {""} for p in row.places if p is not place)
        for other in every:
            if other not in own and not (is_said_again and kind(other) == kind(place[1])):
                for words in {f"{{{other}{place[3] or ''}}}", f"{{{other}}}"}:
                    assert row.fault(row.with_place(place, words)), (place[0], words)


@each
def test_a_place_that_does_not_exist_is_found(row: Written) -> None:
    for place in row.places:
        assert row.fault(row.with_place(place, f"{{{place[1]}_{place[3] or ''}}}"))
        assert row.fault(row.with_place(place, f"{{{place[1]}.0{place[3] or ''}}}"))


def with_other_bounds(row: Written) -> Iterator[str]:
    """The sentence with the words of one bound after another swapped."""
    for old, new in SWAPPED.items():
        pattern = re.escape(old) if old.endswith("{") else rf"(?<=\}})( ?[^ {{}};:,.]+)? {old}\b"
        for found in re.finditer(pattern, row.sentence):
            yield row.sentence[: found.end() - len(old)] + new + row.sentence[found.end() :]


def with_other_units(row: Written) -> Iterator[str]:
    """The sentence with one unit after another changed."""
    for found in UNIT.finditer(row.sentence):
        yield row.sentence[: found.start()] + (" mg" if found[0] != " mg" else "/uL") + row.sentence[found.end() :]


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("row", [row for row in EVERY if any(with_other_bounds(row))], ids=lambda row: row.rule.id)
def test_other_words_of_a_bound_are_found(row: Written) -> None:
    assert [] == [sentence for sentence in with_other_bounds(row) if not row.fault(sentence)]


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("row", [row for row in EVERY if any(with_other_units(row))], ids=lambda row: row.rule.id)
def test_another_unit_is_found(row: Written) -> None:
    assert [] == [sentence for sentence in with_other_units(row) if not row.fault(sentence)]


def test_the_sentences_as_they_are_leave_no_doubt() -> None:
    assert {} == {row.rule.id: fault for row in EVERY if (fault := row.fault(row.sentence))}


def test_a_number_that_is_added_to_any_row_must_be_said() -> None:
    for row in EVERY:
        for data, figures in (({"days": 3}, {}), ({}, {"days": 3})):
            found = doubts(row.sentence, {**row.rule.data, **data}, {**row.rule.figures, **figures}, row.unsaid)
            if "days" not in {**row.rule.data, **row.rule.figures}:
                assert [f"{'figures.' if figures else ''}days is never said"] == list(found), row.rule.id


def test_a_figure_cannot_stay_unsaid() -> None:
    row = next(row for row in EVERY if row.rule.id == "US-MDS-START")
    assert ["figures.days is never said"] == list(doubts(row.sentence, row.rule.data, {"days": 3}, ("figures.days",)))


WINDOWS = [row.rule.id for row in EVERY if "window_weeks" in row.rule.figures]
SAME = [
    *((f"{rule} figures.window_weeks", "US-MDS-4WKDEF last_day_within", 7) for rule in WINDOWS),
    ("US-MDS-ANC-PEND below", "US-MDS-ANC-A4 hold.0.below", 1),
    ("US-MDS-ANC-PEND figures.days_below", "US-MDS-ANC-A4 hold.0.for_days", 1),
    ("US-MDS-ANC-PEND figures.fever_at_least", "US-MDS-ANC-A4 hold.1.with_temperature", 1),
    (
        "US-MDS-PLT-GAP figures.above_fraction_of_baseline",
        "US-MDS-PLT-W4-LO-A hold.0.at_most_fraction_of_baseline",
        1,
    ),
    ("US-MDS-SILENT-25 figures.lowest_table_mg", "US-MDS-PLT-5MG current_mg", 1),
    ("US-MM-ANC-1 figures.full_dose_mg", "US-MM-START dose_mg", 1),
    ("US-MMM-START figures.daily_days", "US-MMM-PLT floor_cycle_days", 1),
    ("US-WP-SCM figures.mobilise_within_cycles", "US-MM-START figures.mobilise_within_cycles", 1),
    ("US-BOX-EMBRYO figures.methods", "US-CONTRA methods", 1),
    ("US-BOX-EMBRYO figures.tests", "US-PREG-INIT figures.tests", 1),
    ("US-BOX-EMBRYO figures.weeks_after", "US-CONTRA figures.weeks_after", 1),
    ("GEN-STALE figures.first_weeks", "US-MON-CBC-MDS first_days", 7),
    ("RESPONSE-LOST figures.independent_weeks_at_least", "IWG-2006 independence_days", 7),
    ("BLEEDING-REVIEW figures.platelet_grades.0", "CTCAE-V5 platelets_below.1.grade", 1),
    ("BLEEDING-REVIEW platelets_below", "CTCAE-V5 platelets_below.1.below", 1),
    ("S4-REDUCE figures.last_level_mg", "EU-MDS-LEVELS levels.3.mg", 1),
    ("S4-REDUCE figures.last_level_every_days", "EU-MDS-LEVELS levels.3.every_days", 1),
    *(
        (f"AFTER-STOP figures.{name}", f"GL-HARMONY figures.{name}", 1)
        for name in ("response_lost", "tested_again", "independence_regained", "treated_again")
    ),
]


@pytest.mark.parametrize(("here", "there", "times"), SAME)
def test_what_one_sentence_says_of_another_row_is_what_stands_there(here: str, there: str, times: int) -> None:
    rules = {row.rule.id: {**row.rule.data, "figures": row.rule.figures} for row in EVERY}

    def number(of: str) -> Decimal:
        rule, _, path = of.partition(" ")
        return Decimal(fill(f"{{{path}}}", rules[rule]).replace(",", ""))

    assert number(here) * times == number(there)


def test_nine_rows_speak_of_the_four_weeks_of_the_us_label() -> None:
    assert len(WINDOWS) == 9
