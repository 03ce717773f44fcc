"""Typed reading of single settings; every fault names the setting, shows the value that is wrong, and says what to give.

Only what may hold a secret is never shown: user and password of an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from urllib.parse import urlsplit

from cds_service.errors import SettingsError

SHORTEST_SECRET = 32
PREFIX = "CDS_"
# Names with the prefix that others give: this project's tests, and Kubernetes to every container beside a service "cds…".
_NOT_OURS = re.compile(
    r"CDS_TEST_|.*_SERVICE_(HOST|PORT(_\w+)?)\Z|.*_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?\Z"
)
_LONGEST_SHOWN = 80


class Reader:
    """Reads settings from an environment; blank counts as unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str:
        """The value without surrounding blanks, "" when unset."""
        return self._environ.get(name, "").strip()

    def secret(self, name: str) -> str:
        """A secret of at least 32 characters, "" when unset."""
        value = self.text(name)
        if value and len(value) < SHORTEST_SECRET:
            raise SettingsError(name, f"{name} has fewer than {SHORTEST_SECRET} characters.")
        return value

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """One of the choices, whatever its case."""
        value = self.text(name)
        if not value:
            return default
        found = next((choice for choice in choices if choice.lower() == value.lower()), None)
        if found is None:
            raise _wrong(name, value, f"is none of: {', '.join(choices)}", f"Set it to {' or '.join(choices)}.")
        return found

    def switch(self, name: str) -> bool:
        """True for 1, False for 0 or unset."""
        return self.choice(name, ("0", "1"), "0") == "1"

    def whole(self, name: str, default: int | None) -> int | None:
        """A whole number above 0."""
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 13 and int(value) > 0):
            raise _wrong(name, value, "is no whole number above 0", "Give digits alone, such as 30.")
        return int(value)

    def seconds(self, name: str, default: float) -> float:
        """A number of seconds above 0."""
        value = self.text(name)
        try:
            seconds = float(value) if value else default
        except ValueError:
            seconds = 0.0
        if not (isfinite(seconds) and seconds > 0):
            raise _wrong(name, value, "is no number of seconds above 0", "Give a number, such as 8 or 2.5.")
        return seconds

    def day(self, name: str) -> date | None:
        """A calendar day as YYYY-MM-DD."""
        value = self.text(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise _wrong(name, value, "is no day", "Write it as YYYY-MM-DD, such as 2026-01-26.") from None

    def file(self, name: str) -> Path | None:
        """A file that exists."""
        value = self.text(name)
        if value and not Path(value).is_file():
            what = "is a folder" if Path(value).is_dir() else "does not exist"
            raise _wrong(name, value, f"is to be a file and {what}", f"Looked for in {Path.cwd()}; give its full path.")
        return Path(value) if value else None

    def folder(self, name: str, default: Path) -> Path:
        """A folder; it need not exist yet, but nothing else may stand in its place."""
        value = self.text(name)
        folder = Path(value) if value else default
        if value and folder.exists() and not folder.is_dir():
            raise _wrong(
                name, value, "is no folder", "Give a folder that this user may write to; it is made if need be."
            )
        return folder

    def existing_folder(self, name: str) -> Path | None:
        """A folder that exists."""
        value = self.text(name)
        if value and not Path(value).is_dir():
            raise _wrong(name, value, "is no folder that exists", f"Looked for in {Path.cwd()}; give its full path.")
        return Path(value) if value else None

    def words(self, name: str) -> tuple[str, ...]:
        """The words of a comma list."""
        return tuple(word for word in (part.strip() for part in self.text(name).split(",")) if word)

    def address(self, name: str) -> str:
        """An absolute http or https address without query, and without a slash at its end."""
        value = self.text(name).rstrip("/")
        if value and not _is_address(value):
            raise _wrong(name, value, "is no http or https address", "Give one such as https://cds.example.org.")
        return value

    def addresses(self, name: str) -> tuple[str, ...]:
        """A comma list of such addresses."""
        values = tuple(word.rstrip("/") for word in self.words(name))
        if not all(_is_address(value) for value in values):
            raise SettingsError(name, f"{name} holds something that is no absolute http or https address.")
        return values

    def origins(self, name: str, star: bool = True) -> tuple[str, ...]:
        """A comma list of origins; `*` alone is allowed where `star` says so."""
        values = tuple(word if word == "*" else word.rstrip("/") for word in self.words(name))
        for value in values:
            if value == "*" and star and name == "CDS_CORS_ORIGINS":
                continue
            if value == "*":
                raise _wrong(name, value, "may stand in CDS_CORS_ORIGINS alone, in demo mode", "List the origins.")
            if not _is_address(value):
                raise _wrong(name, value, "is no http or https origin", "List origins such as https://ehr.example.org.")
        return values


def is_ours(name: str) -> bool:
    """Whether a variable of the environment is meant for this service."""
    return name.startswith(PREFIX) and not _NOT_OURS.match(name)


def check_names(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a name that is no setting: a slip of the pen would leave a default in force that nobody wanted.

    Raises: SettingsError with the setting that was most likely meant.
    """
    names = sorted(known)
    for name in filter(is_ours, sorted(given)):
        if name not in names:
            near = get_close_matches(name, names, n=1, cutoff=0.75)
            hint = f"Did you mean {near[0]}?" if near else "README.md lists the settings."
            raise SettingsError(name, "There is no setting of this name.", hint)


def _wrong(name: str, value: str, what: str, hint: str) -> SettingsError:
    """The error for a value, which is shown as far as it is short and no secret."""
    shown = re.sub(r"//[^/@]*@", "//…@", value)
    shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
    return SettingsError(name, f"{shown!r} {what}.", hint)


def _is_address(value: str) -> bool:
    """Whether the value is an absolute http(s) address without credentials, query or fragment."""
    try:
        parts = urlsplit(value)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc or any(c.isspace() for c in value))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_is_valid and is_plain
