"""Every drug folder there is, found by its folder: a new folder with a DRUG is a new drug, and no other file changes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from cds_service.drugs.contract import Drug


def _found() -> tuple[Drug, ...]:
    folders = sorted(p.parent.name for p in Path(__file__).parent.glob("*/drug.toml"))
    return tuple(import_module(f"cds_service.drugs.{name}").DRUG for name in folders)


DRUGS: tuple[Drug, ...] = _found()
