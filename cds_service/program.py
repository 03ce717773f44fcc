"""How this program is called where it was started, so that a command it names can be copied."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

NAME = "cds-service"


def program() -> str:
    """The bare name where the shell finds this very program, else its path, as short as it is from the working folder."""
    started = Path(sys.argv[0])
    found = shutil.which(NAME)
    if started.name != NAME or not started.is_file() or (found and Path(found).resolve() == started.resolve()):
        return NAME
    whole, here = started.absolute(), Path.cwd()
    return str(whole.relative_to(here) if whole.is_relative_to(here) else whole)
