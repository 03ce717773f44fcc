"""One check in a process of its own, asked about charts: prints a line for each, for the test beside it.

`python -m tests.independence.alone NAME NUMBER`; fails where any other check's module has been imported.
"""

from __future__ import annotations

import hashlib
import sys

from cds_service.drugs.lenalidomide.checks import one_check
from tests.independence.charts import charts, decided

PACKAGE = "cds_service.drugs.lenalidomide.checks."


def digest(decisions: list[str]) -> str:
    """Some decisions in a word, in any order."""
    return hashlib.sha256("\n".join(sorted(decisions)).encode()).hexdigest()[:16]


def main(name: str, number: int) -> None:
    """Print a digest of what the check decides about each chart."""
    check = one_check(name)
    for case in charts(number):
        print(digest(decided([check], case)[check.name]))
    others = sorted(m for m in sys.modules if m.startswith(PACKAGE) and m != PACKAGE + name)
    if others:
        raise SystemExit(f"{name} brought other checks with it: {', '.join(others)}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
