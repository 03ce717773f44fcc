"""Is what made-up charts hold found or asked about, and is nothing else shown where they are written clean?

`python bench/recall.py` plays 10,000.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import pytest

from bench.recall import MOST_CARDS
from cds_service.synthetic.export import charts
from cds_service.synthetic.mess import site_map
from tests.support.recall import Player, Tally, tally

SIZES = (
    pytest.param("US", 5, 7, id="US-5"),
    pytest.param("EU", 5, 7, id="EU-5"),
    pytest.param("US", 30, 7, id="US-30", marks=pytest.mark.slow),
    pytest.param("US", 80, 8, id="US-80", marks=pytest.mark.slow),
    pytest.param("EU", 30, 8, id="EU-30", marks=pytest.mark.slow),
)


@functools.cache
def played(law: str, patients: int, seed: int, clean: bool) -> Tally:
    """Charts played once for all tests."""
    return tally(patients, seed, clean=clean, player=Player(law))


@pytest.mark.parametrize(("law", "patients", "seed"), SIZES)
def test_what_stands_in_the_mess_is_found_or_asked_about(law: str, patients: int, seed: int) -> None:
    result = played(law, patients, seed, False)
    less = len(result.asked_less_urgently)
    print(f"{result.found} found, {result.asked} asked about, {less} less urgently, {len(result.lost)} lost")
    assert [] == result.lost
    assert result.found > result.asked > less


@pytest.mark.parametrize(("law", "patients", "seed"), SIZES)
def test_with_the_local_codes_told_nothing_is_lost(law: str, patients: int, seed: int, tmp_path: Path) -> None:
    told = tmp_path / "site-map.toml"
    told.write_text(site_map(), encoding="utf-8")
    result = tally(patients, seed, clean=False, player=Player(law, told))
    assert result.found >= played(law, patients, seed, False).found
    assert result.found > 2 * result.asked
    assert [] == result.lost


@pytest.mark.parametrize(("law", "patients", "seed"), SIZES)
def test_on_clean_charts_all_is_found_and_no_other_warning_is_shown(law: str, patients: int, seed: int) -> None:
    result = played(law, patients, seed, True)
    assert [] == result.lost
    assert 0 == result.asked == len(result.asked_less_urgently)
    assert [] == result.extra
    assert max(result.cards) <= MOST_CARDS


@pytest.mark.parametrize("patients", [pytest.param(8, id="8"), pytest.param(300, id="300", marks=pytest.mark.slow)])
def test_who_never_had_the_drug_gets_no_card(patients: int) -> None:
    player = Player()
    seen = [replace(chart, views=chart.views[::5]) for chart in charts(0, 6, others=patients)]
    shown = [call for chart in seen for call in player.calls(chart, every=True) if call.cards]
    assert sum(len(chart.views) for chart in seen) > patients
    assert [] == shown


def test_a_finding_that_nobody_answers_is_lost() -> None:
    [chart] = charts(1, 7, clean=True)
    result = Tally()
    result.add(chart, [])
    assert len(chart.findings) == len(result.lost) > 0
    silent = replace(chart, findings=[])
    result.add(silent, Player().calls(chart, every=True))
    assert [] != result.extra
