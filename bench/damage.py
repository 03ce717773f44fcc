"""Each entry of each fixture that decides, damaged in each way: python bench/damage.py [--every] [--part 10] [--fixture NAME]

Plays the whole matrix of `tests/support/damage.py` with a process for each core, or a random part of it, and prints what became of
the answers by the kind of damage and by the type of resource (`tests/support/damage_matrix.py` says what the columns mean). Exit
code 1 where something was lost, a hold or stop is asked about less urgently, or a question does not name value, day and what to do.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.damage_matrix import KINDS, SAME, Tally, tally, with_cards


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", action="store_true", help="entries too without which the answer would be the same")
    parser.add_argument("--part", type=int, default=1, help="a random one of so many cells (1: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixture", default="", help="only fixtures whose name holds this")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--lines", type=int, default=40, help="how many of what got worse are printed")
    arguments = parser.parse_args()
    chosen = [each for each in with_cards() if arguments.fixture in each.name]
    if not chosen:
        parser.error(f"no fixture with a card has a name with {arguments.fixture!r} in it")
    play = partial(tally, part=arguments.part, seed=arguments.seed, every=arguments.every)
    total, began = Tally(), time.monotonic()
    with multiprocessing.Pool(arguments.processes) as pool:
        for done, one in enumerate(pool.imap_unordered(play, chosen), 1):
            total.add_all(one)
            _show(done, len(chosen), total, time.monotonic() - began)
    print(file=sys.stderr)
    _table("resource", total.counted, lambda key: key[1])
    _table("damage", total.counted, lambda key: key[0])
    _table("all", total.counted, lambda _: "every cell")
    if arguments.every:
        _table("deciding", total.deciding, lambda _: "cells of entries that decide")
    for cell in sorted(total.worse, key=lambda cell: (-KINDS.index(cell.kind), cell.damage, cell.fixture))[
        : arguments.lines
    ]:
        print(f"{cell}{', decides' if cell.decides else ''}")
    raise SystemExit(total.failed)


def _show(done: int, every: int, total: Tally, seconds: float) -> None:
    left = seconds / done * (every - done) / 60
    cells = sum(total.counted.values())
    words = f"\r{done} of {every} fixtures, {cells:,} cells, {len(total.worse)} worse, {left:.0f} min left "
    print(words, end="", file=sys.stderr, flush=True)


def _table(name: str, counted: Counter[tuple[str, str, str]], row: Callable[[tuple[str, str, str]], str]) -> None:
    """The cells by kind, a row for each value of one of their sides, the worst first."""
    rows: dict[str, Counter[str]] = {}
    for key, number in counted.items():
        rows.setdefault(row(key), Counter())[key[2]] += number
    print(f"{name:40}" + "".join(f"{kind:>22}" for kind in KINDS))
    for title, kinds in sorted(rows.items(), key=lambda each: _badness(each[1].items())):
        print(f"{title:40}" + "".join(f"{kinds[kind]:>22,}" for kind in KINDS))
    print()


def _badness(kinds: Iterable[tuple[str, int]]) -> tuple[int, int]:
    found = Counter(dict(kinds))
    return -sum(found[kind] for kind in KINDS[2:]), -found[SAME]


if __name__ == "__main__":
    main()
