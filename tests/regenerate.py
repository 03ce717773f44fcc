"""Writes anew all that is generated: `python -m tests.regenerate [PART ...]`; without a name every part, in this order.

Nobody wrote these files by hand, so nothing but their difference is read: read it before it is committed. A part that
something speaks against is written as far as it goes, and the command ends with 1 and says what that is.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cds_service.commands import rules
from tests.cases import golden_files
from tests.conformance import publish
from tests.support import claims, rule_book

TESTS = Path(__file__).parent
SNAPSHOTS = (("tests/spec/test_examples.py", "tests/spec/test_words.py"), ("tests/unit/drugs",))
"""The tests that compare with snapshots; those of a drug leave out words that the worked examples show, so they come last."""


def _cases(with_keys: bool) -> Iterator[str]:
    """fhir_fixtures/*/cards.json, docs/fixtures.md and the links of docs/sandbox.md"""
    return golden_files.write(with_keys)


def _rule_book(_: bool) -> Iterator[str]:
    """docs/rules, a page for each document"""
    rules.write(rule_book.FOLDER, rule_book.examples_by_rule())
    yield from ()


def _claims(_: bool) -> Iterator[str]:
    """docs/rules/claims.md"""
    claims.PAGE.write_text(claims.page(claims.claims()), encoding="utf-8")
    yield from ()


def _published(_: bool) -> Iterator[str]:
    """docs/conformance.md and docs/api"""
    for path, text in publish.published().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    yield from ()


def _snapshots(_: bool) -> Iterator[str]:
    """__snapshots__ of the worked examples, of their words and of the drug's tests"""
    for path in (TESTS / folder for folder in ("spec", "unit/drugs")):
        # Written from nothing, so that none is left of what is no longer said.
        shutil.rmtree(path / "__snapshots__", ignore_errors=True)
    for tests in SNAPSHOTS:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--snapshot-update", *tests]
        ended = subprocess.run([*command, "-m", "not slow"], check=False).returncode
        if ended:
            yield f"{' '.join(tests)}: a test fails for another reason than its snapshot"


PARTS: dict[str, Callable[[bool], Iterator[str]]] = {
    "cases": _cases,
    "rule-book": _rule_book,
    "claims": _claims,
    "published": _published,
    "snapshots": _snapshots,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the parts that are named; 1 when something speaks against one."""
    listed = "\n".join(f"  {name:10} {write.__doc__}" for name, write in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.regenerate",
        description=f"{__doc__}\nparts:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*PARTS, []], help="which parts; all when left out")
    parser.add_argument(
        "--keys", action="store_true", help="first bring the cases' requests to the prefetch keys that discovery lists"
    )
    chosen = parser.parse_args(arguments)
    against = [said for name in chosen.parts or PARTS for said in PARTS[name](chosen.keys)]
    sys.stdout.writelines(f"{said}\n" for said in against)
    return 1 if against else 0


if __name__ == "__main__":
    sys.exit(main())
