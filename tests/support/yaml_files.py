"""YAML files as the tests read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

SafeLoader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where it is there, which takes a fifth of the time."""


def read_yaml(path: Path, loader: type[Any] = SafeLoader) -> Any:
    """The content of a file."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
