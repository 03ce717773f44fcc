"""Which tests one worker runs together, where several run them (`pytest -n 2 --dist loadgroup`)."""

from __future__ import annotations

from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final[tuple[tuple[str, ...], ...]] = (
    # The syntax trees are made once.
    ("tests/architecture/",),
    # One Chromium and one demonstration.
    ("tests/browser/",),
    # Each worked example is played once.
    ("tests/spec/test_card_words.py", "tests/spec/test_examples.py", "tests/spec/test_words.py"),
    # HAPI FHIR's server and validator are started once.
    ("tests/system/test_foreign_fhir.py", "tests/system/test_second_opinion.py"),
    # The made-up export is replayed once.
    ("tests/system/test_replay.py", "tests/system/test_replay_report.py"),
)
"""Files and folders that share what is played or read once. Every other file is dealt by itself."""


def unit_of(nodeid: str) -> str:
    """What a test is dealt with: the first name of its group, else its file."""
    file = nodeid.partition("::")[0]
    return next((group[0] for group in TOGETHER if file.startswith(group)), file)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Deals files and groups of files to the workers, in the order of collection.

    Test by test, each worker does what a file reads or plays once, and xdist's own account of who has what takes longer with
    the square of the tests. Largest first, as xdist does of itself, files of a few long tests would be last. xdist's mark for
    groups is not used: it names them in the ids of the tests, which pytest 9 no longer lets it change, and says nothing.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
