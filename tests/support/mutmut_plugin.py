"""A plugin for pytest under mutmut: the tests are collected once, not anew for each mutant.

mutmut runs each mutant in a fork of a process that has already run every test. There the items of that run are used again.
What `cds_service` remembers between calls is forgotten first, as it is before each test while mutmut learns which test
reaches which function: a remembered answer is not the mutant's.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os

import pytest

_items: dict[str, pytest.Item] = {}
_memories: list[functools._lru_cache_wrapper[object]] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the items by their ids, and find what remembers answers."""
    _items.update({item.nodeid: item for item in session.items})
    found = [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]
    _memories[:] = [thing for thing in found if str(thing.__module__).startswith("cds_service.")]


def pytest_runtest_setup() -> None:
    """Forget, so that each test reaches every function that it needs."""
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        _forget()


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> bool | None:
    """Take the kept items where only kept ones are asked for."""
    if not set(session.config.args) <= _items.keys():
        return None
    session.items = [_items[name] for name in session.config.args]
    session.testscollected = len(session.items)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run kept items until one fails, without the plugins of the session that collected them: it has ended."""
    if all(item.session is session for item in session.items):
        return None
    _forget()
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        assert isinstance(item, pytest.Function)
        call = pytest.CallInfo.from_call(functools.partial(_run, item), "call")
        if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
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
