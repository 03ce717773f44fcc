"""A lock file as an installer reads it, and what is missing in it.

Installed without looking at dependencies (`pip install --no-deps`), a lock file must hold all that its packages ask for;
installed with them, what it does not pin is taken in the newest version of the day, or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version


@dataclass(frozen=True)
class Pin:
    """One package of a lock file: its normal name, its one version, the normal names of its extras, how many hashes."""

    name: str
    version: Version
    extras: frozenset[str]
    hashes: int

    def meets(self, wanted: Requirement) -> bool:
        """Are the version and every extra pinned that are asked for? The names are not compared."""
        return wanted.specifier.contains(self.version, prereleases=True) and _extras(wanted) <= self.extras


Asked = Callable[[Pin], list[str]]
"""What a package asks for, as its metadata say it: requirements with their markers, those of all extras among them."""


def pins(text: str) -> dict[str, Pin]:
    """The pins of a lock file whose markers hold on this machine, by normal name.

    A requirement that is not pinned to one version, and a package that is pinned twice, raise ValueError.
    """
    found: dict[str, Pin] = {}
    for line in text.replace("\\\n", " ").splitlines():
        said, *hashes = line.partition("#")[0].split("--hash=sha256:")
        if not said.strip():
            continue
        wanted = Requirement(said)
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        name = canonicalize_name(wanted.name)
        versions = [one.version for one in wanted.specifier if one.operator == "==" and "*" not in one.version]
        if len(versions) != 1 or len(wanted.specifier) != 1:
            raise ValueError(f"{wanted} is not pinned to one version")
        if name in found:
            raise ValueError(f"{name} is pinned twice")
        found[name] = Pin(name, Version(versions[0]), _extras(wanted), len(hashes))
    return found


def gaps(lock: dict[str, Pin], roots: Iterable[str], asked: Asked) -> list[str]:
    """What a lock file leaves open on this machine, a line each: requirements of the roots and of every package that no
    pin meets. Empty where it is closed."""
    wanted = [("the project", Requirement(root)) for root in roots]
    for pin in lock.values():
        for requirement in map(Requirement, asked(pin)):
            if _applies(requirement, pin.extras):
                wanted.append((pin.name, requirement))
    return [
        f"{who} asks for {requirement}: {_pinned(lock.get(canonicalize_name(requirement.name)))}"
        for who, requirement in wanted
        if not ((pin := lock.get(canonicalize_name(requirement.name))) and pin.meets(requirement))
    ]


def asked_as_installed(pin: Pin) -> list[str]:
    """What a pinned package asks for, from the metadata of the installed one.

    LookupError where another version is installed, PackageNotFoundError where none is.
    """
    installed = metadata.version(pin.name)
    if Version(installed) != pin.version:
        raise LookupError(
            f"{pin.name} {pin.version} is pinned but {installed} is installed: install the lock file first"
        )
    return metadata.requires(pin.name) or []


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    """Does the marker hold on this machine without an extra, or with one of those?"""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _extras(requirement: Requirement) -> frozenset[str]:
    return frozenset(canonicalize_name(extra) for extra in requirement.extras)


def _pinned(pin: Pin | None) -> str:
    if pin is None:
        return "it is not pinned"
    return f"{pin.name}{sorted(pin.extras) if pin.extras else ''} {pin.version} is pinned"
