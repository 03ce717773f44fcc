"""A site's own codes: what its local laboratory and drug codes stand for, as one file of the site says.

When a local code is mapped, then it is read as the packaged codes of its concept are, and is searched for like them.
A mapped unit counts only where the result names none. A map belongs to one engine; nothing here is shared between two.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from cds_service.errors import did_you_mean
from cds_service.fhir.decode import Coding
from cds_service.fhir.observation_findings import FINDINGS
from cds_service.fhir.terminology import codes_of, concepts_of_code, is_medication, medications, system_url
from cds_service.fhir.terminology.units import Refused, accepted_units, is_quantity, quantities, unit_of

_MEMBERS: Final = frozenset({"system", "code", "concept", "unit", "strength_mg", "note"})
_LONGEST_SHOWN: Final = 60
_NONE: Final[Mapping[Any, Any]] = MappingProxyType({})
_NOTHING: Final[frozenset[str]] = frozenset()
Key = tuple[str, str]


class SiteMapError(ValueError):
    """A site map that cannot be used; the words name the row and its member."""


@dataclass(frozen=True, slots=True)
class SiteProduct:
    """The drug that a local code stands for; `strength_mg` is None where the map gives none."""

    drug: str
    strength_mg: Decimal | None


@dataclass(frozen=True, slots=True)
class SiteMap:
    """The local codes by (system URL, code): facts of Observations with the unit meant, and drugs."""

    concepts: Mapping[Key, str] = field(default_factory=lambda: _NONE)
    units: Mapping[Key, str] = field(default_factory=lambda: _NONE)
    products: Mapping[Key, SiteProduct] = field(default_factory=lambda: _NONE)

    def concepts_of(self, codings: Iterable[Coding]) -> frozenset[str]:
        """The concepts that the map gives the codings; empty where it knows none of them."""
        if not self.concepts:
            return _NOTHING
        found = (self.concepts.get(_key(coding.system, coding.code)) for coding in codings)
        return frozenset(concept for concept in found if concept)

    def unit_for(self, codings: Iterable[Coding]) -> str:
        """The unit that the codings mean where a result names none; "" where the map gives none, or gives two."""
        if not self.units:
            return ""
        units = {unit for c in codings if (unit := self.units.get(_key(c.system, c.code), ""))}
        return units.pop() if len(units) == 1 else ""

    def codes_of(self, *concepts: str) -> tuple[Key, ...]:
        """The codes that stand for any of the concepts, the packaged ones first, for searches."""
        wanted = set(concepts)
        own = (key for key, concept in self.concepts.items() if concept in wanted)
        return tuple(dict.fromkeys((*codes_of(*concepts), *own)))


NO_SITE_MAP: Final = SiteMap()


def parse_site_map(text: str, drugs: Iterable[str]) -> SiteMap:
    """The map that a TOML text holds.

    Args: `drugs` are the drugs that this service advises on; their codes may carry a strength.
    Raises: SiteMapError naming the row (from 1) and its member.
    """
    try:
        content = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SiteMapError(f"it is not TOML: {error}") from None
    rows = content.get("code")
    strangers = sorted(set(content) - {"code"})
    if strangers or not isinstance(rows, list) or not rows:
        told = f"; it has no place for {', '.join(strangers)}" if strangers else ""
        raise SiteMapError(f"it must hold one [[code]] table or more{told}")
    own = frozenset(drugs)
    concepts: dict[Key, str] = {}
    units: dict[Key, str] = {}
    products: dict[Key, SiteProduct] = {}
    for number, row in enumerate(rows, start=1):
        where = f"row {number}: "
        if not isinstance(row, dict):
            raise SiteMapError(f"{where}it must be a table")
        key, concept = _key_of(row, where), _text(row, "concept", where)
        if key in concepts or key in products:
            raise SiteMapError(f"{where}code {_shown(key[1])} stands twice")
        if is_quantity(concept) or concept in FINDINGS:
            concepts[key] = concept
            _add_unit(units, key, concept, row, where)
        elif concept in own or is_medication(concept):
            products[key] = SiteProduct(concept, _strength(row, concept in own, where))
        else:
            facts = sorted(quantities() | FINDINGS)
            every = f"Facts: {', '.join(facts)}; medications by their English names"
            hint = did_you_mean(concept, [*facts, *sorted(own | medications())], every)
            raise SiteMapError(
                f"{where}concept {_shown(concept)} is neither a laboratory fact nor a medication known here ({hint})"
            )
    return SiteMap(MappingProxyType(concepts), MappingProxyType(units), MappingProxyType(products))


def _key(system: str, code: str) -> Key:
    return system_url(system), code.strip()


def _key_of(row: Mapping[str, Any], where: str) -> Key:
    """The code of a row; one that the packaged tables already know is refused, because it would mean two things."""
    strangers = sorted(set(row) - _MEMBERS)
    if strangers:
        hint = did_you_mean(strangers[0], _MEMBERS, f"The members: {', '.join(sorted(_MEMBERS))}")
        raise SiteMapError(f"{where}{_shown(strangers[0])} is not a member of a code ({hint})")
    system = row.get("system")
    if not isinstance(system, str):
        raise SiteMapError(f'{where}system must be a text ("" for results that give none)')
    key = _key(system, _text(row, "code", where))
    if concepts_of_code(*key):
        raise SiteMapError(
            f"{where}code {_shown(key[1])} is known already; a site map cannot change what it stands for"
        )
    return key


def _shown(value: object) -> str:
    """What stands in the map, as far as it is short; a decimal without its type."""
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _text(row: Mapping[str, Any], member: str, where: str) -> str:
    value = row.get(member)
    if not isinstance(value, str) or not value.strip():
        raise SiteMapError(f"{where}{member} must be a text that is not blank, not {_shown(value)}")
    return value.strip()


def _add_unit(units: dict[Key, str], key: Key, concept: str, row: Mapping[str, Any], where: str) -> None:
    if "strength_mg" in row:
        raise SiteMapError(f"{where}strength_mg has no place on a laboratory fact")
    if "unit" not in row:
        return
    unit = _text(row, "unit", where)
    if not is_quantity(concept):
        raise SiteMapError(f"{where}unit has no place on {concept}, which is not measured")
    if isinstance(unit_of(concept, unit, ""), Refused):
        known = ", ".join(accepted_units(concept)) or "%"
        raise SiteMapError(f"{where}unit {_shown(unit)} is not accepted for {concept}; such as {known} are")
    units[key] = unit


def _strength(row: Mapping[str, Any], is_own: bool, where: str) -> Decimal | None:
    if "unit" in row:
        raise SiteMapError(f"{where}unit has no place on a medication")
    value = row.get("strength_mg")
    if value is None:
        return None
    if not is_own:
        raise SiteMapError(f"{where}strength_mg has a place only on a drug that is advised on")
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise SiteMapError(f"{where}strength_mg must be a number, not {_shown(value)}")
    try:
        strength = Decimal(value)
    except InvalidOperation:
        strength = Decimal(0)
    if not strength.is_finite() or strength <= 0:
        raise SiteMapError(f"{where}strength_mg must be a number above 0, not {_shown(value)}")
    return strength
