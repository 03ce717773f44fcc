"""How much of what made-up charts hold the service finds: python bench/recall.py [--patients 10000] [--seed 1]

Each chart is played messy, wherever something should be found, and clean (`cds-service synthesize --clean`) on every day of its
course, each order signed, with what was known at that moment. Exit code 1 where something was neither found nor asked about, where
a clean chart shows a warning that answers nothing, or where such a chart shows more cards than the year of calls may.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cds_service.synthetic.mess import site_map
from tests.support.recall import Player, Tally, tally

MOST_CARDS = 25


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jurisdiction", choices=("US", "EU"), default="US")
    parser.add_argument("--site-map", action="store_true", help="tell the service what the local codes stand for")
    parser.add_argument("--lines", type=int, default=20, help="how many of what was lost or too much are printed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mapped = Path(folder, "site-map.toml")
        mapped.write_text(site_map(), encoding="utf-8")
        player, is_wrong = Player(arguments.jurisdiction, mapped if arguments.site_map else None), False
    for clean in (False, True):
        began = time.process_time()
        result = tally(arguments.patients, arguments.seed, clean=clean, player=player)
        seconds = time.process_time() - began
        _print(result, clean, seconds, arguments.lines)
        is_wrong |= bool(result.lost) or (clean and (bool(result.extra) or max(result.cards) > MOST_CARDS))
    raise SystemExit(is_wrong)


def _print(result: Tally, clean: bool, seconds: float, lines: int) -> None:
    less = len(result.asked_less_urgently)
    findings = result.found + result.asked + less + len(result.lost)
    print(f"{'clean' if clean else 'messy'}: {result.charts:,} charts, {result.calls:,} calls, {seconds:.0f} s of CPU")
    print(f"  {findings:,} to be found: {result.found:,} found, {result.asked:,} asked about as urgently as it was,")
    print(f"  {less:,} asked about less urgently, {len(result.lost):,} lost")
    if clean:
        mean = sum(result.cards) / result.charts
        print(f"  cards a chart: {mean:.1f} on average, {max(result.cards)} at most")
        print(f"  {len(result.extra):,} warnings that answer nothing")
    for each in [*result.lost[:lines], *result.asked_less_urgently[:lines], *(result.extra[:lines] if clean else ())]:
        print(f"    {each}")


if __name__ == "__main__":
    main()
