"""A plugin for pytest under mutmut: the tests are collected once, not anew for each mutant.

mutmut runs each mutant in a fork of a process that has already run every test. There the items of that run are used again.
What `cds_service` and played examples remember between calls is forgotten first, as it is before each test while mutmut
learns which test reaches which function: a remembered answer is not the mutant's.

A function that is called while modules are imported (it makes a table) has done its work before the fork. For its mutants
everything is imported and collected anew, and every test of the drugs and every worked example counts as reaching it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import os
import sys
from pathlib import Path

import pytest
from mutmut.state import state

from tests.support import examples

ON_IMPORT = Path("called-on-import.txt")
OF_TABLES = ("tests/unit/drugs/", "tests/spec/test_examples.py", "tests/spec/test_words.py")

_items: dict[str, pytest.Item] = {}
_memories: list[functools._lru_cache_wrapper[object]] = []


def _is_learning() -> bool:
    return os.environ.get("MUTANT_UNDER_TEST") == "stats"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the items by their ids, find what remembers answers, and note what was called on import."""
    _items.update({item.nodeid: item for item in session.items})
    found = [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]
    _memories[:] = [examples.played, *(each for each in found if str(each.__module__).startswith("cds_service."))]
    if _is_learning() and state()._stats:
        # What is pure arithmetic is reached by every test anyway.
        called = (name for name in sorted(state()._stats) if not name.startswith("cds_service.clinical."))
        ON_IMPORT.write_text("\n".join(called), encoding="utf-8")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget, so that each test reaches every function that it needs."""
    if _is_learning():
        _forget()
        if item.nodeid.startswith(OF_TABLES):
            state()._stats.update(ON_IMPORT.read_text(encoding="utf-8").split("\n"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> bool | None:
    """Take the kept items where only kept ones are asked for, unless the mutant has to be imported."""
    if _is_learning() or not set(session.config.args) <= _items.keys():
        return None
    function, _, number = os.environ["MUTANT_UNDER_TEST"].rpartition("__mutmut_")
    if number and function in ON_IMPORT.read_text(encoding="utf-8").split("\n"):
        session.config.args = sorted({name.partition("::")[0] for name in session.config.args}, reverse=True)
        session.testsfailed = int(not _imports_anew())
        return True if session.testsfailed else None
    session.items = [_items[name] for name in session.config.args]
    session.testscollected = len(session.items)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run kept items until one fails, without the plugins of the session that collected them: it has ended."""
    if session.testsfailed:
        return True
    if all(item.session is session for item in session.items):
        return None
    _forget()
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        assert isinstance(item, pytest.Function)
        item.config._tmp_path_factory = session.config._tmp_path_factory  # type: ignore[attr-defined]
        call = pytest.CallInfo.from_call(functools.partial(_run, item), "call")
        if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
            print(f"{item.nodeid}: {call.excinfo.exconly()}")
            session.testsfailed = 1
            break
        # tmp_path looks for the report of a plugin that is not asked.
        with contextlib.suppress(KeyError):
            item.session._setupstate.teardown_exact(following)
    return True


def _run(item: pytest.Function) -> None:
    item._initrequest()
    item.session._setupstate.setup(item)
    item.runtest()


def _forget() -> None:
    for memory in _memories:
        memory.cache_clear()


def _imports_anew() -> bool:
    here = str(Path.cwd())
    for name, module in list(sys.modules.items()):
        is_ours = name.startswith("tests.") or str(getattr(module, "__file__", "")).startswith(here)
        if is_ours and name != __name__:
            del sys.modules[name]
    imported = pytest.CallInfo.from_call(lambda: importlib.import_module("cds_service.drugs.catalogue"), "collect")
    return imported.excinfo is None
