"""The checks of lenalidomide: a file each, found by its name; `CHECK` in it is the question.

No check imports another one, and none sees what another decided (`dosing/precedence.py`).
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.view import View


@cache
def every_check() -> tuple[Check[View], ...]:
    """All checks, by name."""
    return tuple(one_check(found.name) for found in pkgutil.iter_modules(__path__))


def one_check(name: str) -> Check[View]:
    """The check in one file of this folder; no other file of it is imported."""
    check: Check[View] = import_module(f"{__name__}.{name}").CHECK
    return check
