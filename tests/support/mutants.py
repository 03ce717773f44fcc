"""What mutmut found, by folder; or the names of a random sample, the same for a seed.

    python -m tests.support.mutants
    mutmut run --max-children 1 $(python -m tests.support.mutants --sample 400 --seed 1 --of cds_service.drugs)

The score is what was killed, or ran out of time, of what was tried. A sample of n gives a score p to within
1.96 * sqrt(p * (1 - p) / n).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

FOLDER = Path("mutants")
KILLED = ("killed", "timeout")


def verdicts() -> dict[str, str]:
    """The verdict on each mutant by its name."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.rglob("*.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        found.update({name: status_by_exit_code[code] for name, code in codes.items()})
    return found


def table(found: dict[str, str]) -> str:
    """One line for each folder: the score, how many were tried, and what became of them."""
    by_folder: dict[str, Counter[str]] = {}
    for name, verdict in found.items():
        parts = name.split(".")[1:-2]
        for depth in range(1, len(parts) + 1):
            by_folder.setdefault("/".join(parts[:depth]), Counter())[verdict] += 1
    lines = []
    for folder, verdict_counts in sorted(by_folder.items()):
        tried = verdict_counts.total() - verdict_counts["not checked"]
        killed = sum(verdict_counts[word] for word in KILLED)
        score = f"{100 * killed / tried:5.1f} %" if tried else "      -"
        rest = ", ".join(f"{count} {word}" for word, count in verdict_counts.most_common() if word not in KILLED)
        lines.append(f"{folder:36} {score} of {tried:6}  {rest}")
    return "\n".join(lines)


def main() -> None:
    """Print one of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0, help="how many names to choose")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--of", default="cds_service.", help="how the names begin")
    arguments = parser.parse_args()
    found = {name: verdict for name, verdict in verdicts().items() if name.startswith(arguments.of)}
    if arguments.sample:
        sys.stdout.write("\n".join(random.Random(arguments.seed).sample(sorted(found), arguments.sample)) + "\n")
    else:
        sys.stdout.write(table(found) + "\n")


if __name__ == "__main__":
    main()
