"""What holds in every test: the library reads each resource that production takes for sound without it; which part of a
long list is fast; how the tests are dealt to the workers.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import pytest

from cds_service.cards import suggestions
from cds_service.fhir.emitted import is_known_sound
from cds_service.fhir.model import is_sound, is_tame
from tests.support.dealing import ByFile


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays to the end: no collection of cycles looks at it, then or later."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """What `--dist loadgroup` means here."""
    return ByFile(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test marked `sampled(every=N)` all but each N-th parameter set are slow.

    Tests that kill processes in the middle of their work are run by name alone, `-m kill`.
    """
    left = [] if "kill" in config.option.markexpr else [item for item in items if item.get_closest_marker("kill")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    turns: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("sampled")
        if mark is None:
            continue
        test = item.nodeid.partition("[")[0]
        if turns[test] % mark.kwargs["every"]:
            item.add_marker(pytest.mark.slow)
        turns[test] += 1


@pytest.fixture(autouse=True, scope="session")
def wide_terminal() -> Iterator[None]:
    """What is printed has the same lines whatever terminal runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "100")
        yield


@pytest.fixture(autouse=True, scope="session")
def every_resource_is_read_whole() -> Iterator[None]:
    """Where the small models take a resource for sound and the library does not, the test fails."""

    def known(resource: Mapping[str, Any], original: Mapping[str, Any] | None = None) -> bool:
        answer = is_known_sound(resource, original)
        assert not answer or not is_tame(resource) or is_sound(resource, original), "taken for sound, and is not"
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suggestions, "is_known_sound", known)
        yield
