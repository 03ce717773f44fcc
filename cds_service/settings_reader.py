"""Typed reading of single settings; every fault names the setting, shows the value that is wrong, and says what to give.

Only what may hold a secret is never shown: user and password of an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from urllib.parse import urlsplit

from cds_service.errors import SettingsError, did_you_mean

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
        """A secret of at least 32 characters."""
        value = self.text(name)
        if len(value) < SHORTEST_SECRET:
            raise weak_key(name)
        return value

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices, whatever its case."""
        value = self.text(name)
        found = next((choice for choice in choices if choice.lower() == value.lower()), None)
        if found is None:
            raise _wrong(name, value, f"is none of: {', '.join(choices)}", f"Set it to {' or '.join(choices)}.")
        return found

    def switch(self, name: str) -> bool:
        """True for 1, False for 0."""
        return self.choice(name, ("0", "1")) == "1"

    def whole(self, name: str) -> int:
        """A whole number above 0."""
        value = self.text(name)
        if not (value.isascii() and value.isdigit() and len(value) < 13 and int(value) > 0):
            raise _wrong(name, value, "is no whole number above 0", "Give digits alone, such as 30.")
        return int(value)

    def seconds(self, name: str) -> float:
        """A number of seconds above 0."""
        value = self.text(name)
        try:
            seconds = float(value)
        except ValueError:
            seconds = 0.0
        if not (isfinite(seconds) and seconds > 0):
            raise _wrong(name, value, "is no number of seconds above 0", "Give a number, such as 8 or 2.5.")
        return seconds

    def day(self, name: str) -> date:
        """A calendar day as YYYY-MM-DD."""
        value = self.text(name)
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise _wrong(name, value, "is no day", "Write it as YYYY-MM-DD, such as 2026-01-26.") from None

    def file(self, name: str) -> Path:
        """A file that exists."""
        value = self.text(name)
        if not Path(value).is_file():
            what = "is a folder" if Path(value).is_dir() else "does not exist"
            raise _wrong(name, value, f"is to be a file and {what}", f"Looked for in {Path.cwd()}; give its full path.")
        return Path(value)

    def folder(self, name: str) -> Path:
        """A folder; it need not exist yet, but nothing else may stand in its place."""
        value = self.text(name)
        folder = Path(value)
        if folder.exists() and not folder.is_dir():
            raise _wrong(
                name, value, "is no folder", "Give a folder that this user may write to; it is made if need be."
            )
        return folder

    def existing_folder(self, name: str) -> Path:
        """A folder that exists."""
        value = self.text(name)
        if not Path(value).is_dir():
            raise _wrong(name, value, "is no folder that exists", f"Looked for in {Path.cwd()}; give its full path.")
        return Path(value)

    def words(self, name: str) -> frozenset[str]:
        """The words of a comma list."""
        return frozenset(self._listed(name))

    def _listed(self, name: str) -> Iterable[str]:
        return (word for word in (part.strip() for part in self.text(name).split(",")) if word)

    def address(self, name: str) -> str:
        """An absolute http or https address without query, and without a slash at its end."""
        value = self.text(name).rstrip("/")
        if not _is_address(value):
            raise _wrong(name, value, "is no http or https address", "Give one such as https://cds.example.org.")
        return value

    def addresses(self, name: str) -> tuple[str, ...]:
        """A comma list of such addresses."""
        values = tuple(word.rstrip("/") for word in self._listed(name))
        if not all(_is_address(value) for value in values):
            raise SettingsError(name, f"{name} holds something that is no absolute http or https address.")
        return values

    def origins(self, name: str) -> tuple[str, ...]:
        """A comma list of origins."""
        values = tuple(word.rstrip("/") for word in self._listed(name))
        for value in values:
            if not _is_address(value):
                raise _wrong(name, value, "is no http or https origin", "List origins such as https://ehr.example.org.")
        return values

    def origins_or_star(self, name: str) -> tuple[str, ...]:
        """A comma list of origins, or `*` for every one."""
        return ("*",) if self.text(name) == "*" else self.origins(name)


def choice(*choices: str) -> Callable[[Reader, str], str]:
    """A reader of one of the choices."""
    return lambda read, name: read.choice(name, choices)


def refuse(faults: Iterable[SettingsError]) -> None:
    """Say all that is wrong at once. Raises: SettingsError, the first of the faults with the others behind it."""
    found = list(faults)
    if found:
        first, *further = found
        raise SettingsError(first.where, first.sentence, first.hint, further)


def is_ours(name: str) -> bool:
    """Whether a variable of the environment is meant for this service."""
    return name.startswith(PREFIX) and not _NOT_OURS.match(name)


def unknown_names(given: Iterable[str], known: Collection[str]) -> Iterator[SettingsError]:
    """Names that are no setting, each with the one that was most likely meant: a slip of the pen would leave a default in
    force that nobody wanted."""
    for name in filter(is_ours, sorted(given)):
        if name not in known:
            hint = did_you_mean(name, sorted(known), "README.md lists the settings.")
            yield SettingsError(name, "There is no setting of this name.", hint)


def weak_key(name: str, hint: str = "") -> SettingsError:
    """The error for a secret that is too short; what to do besides making a new one."""
    sentence = f"{name} has fewer than {SHORTEST_SECRET} characters: who tries them all finds it."
    return SettingsError(name, sentence, f"Make one with `openssl rand -hex 32`. {hint}".rstrip())


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
