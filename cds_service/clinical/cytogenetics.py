"""What a karyotype says, once read: which abnormalities, how many at least and at most, and the two prognostic groups.

Nothing is certain by silence: where a part of the report could not be read, the number of abnormalities has no upper
bound, and "isolated" is neither true nor false.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cds_service.clinical.facts import Missing

DEL5Q = "del(5q)"
MONOSOMY_7 = "-7"
DEL7Q = "del(7q)"
COMPLEX_FROM = 3

_CHROMOSOME_7 = re.compile(r"[+-]7|[+-]?[a-z]+\((?:[^()]*;)?7(?:[pq][^();]*)?(?:;[^()]*)?\).*")
_LONG_ARM_OF_3 = re.compile(r"del\(3q\)|inv\(3\)\(q.*q.*\)|inv\(3q?\)|t\(3q\).*")
_TRANSLOCATION = re.compile(r"t\(([^()]*)\)\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Karyotype:
    """One karyotype report.

    `has_del5q` is None where it cannot be told. `additional` names the distinct acquired clonal abnormalities other than
    del(5q), one entry per abnormality (a chromosome gained twice is two); further ones that are not named make
    `additional_at_least` larger. `additional_at_most` is None where more could be there than was read.
    `unreadable` names the parts that could not be read, `remarks` what a reader of the report should know.
    """

    text: str
    has_del5q: bool | None
    additional: tuple[str, ...] = ()
    additional_at_least: int = 0
    additional_at_most: int | None = None
    has_minus7_or_del7q: bool | None = None
    is_complex: bool | None = None
    unreadable: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_isolated_del5q(self) -> bool | None:
        """Whether del(5q) is the only acquired abnormality; None where it cannot be told."""
        if self.has_del5q is False or self.additional_at_least > 0 or self.is_complex:
            return False
        if self.has_del5q and self.additional_at_most == 0:
            return True
        return None

    @property
    def is_normal(self) -> bool | None:
        """Whether no acquired abnormality was found; None where it cannot be told."""
        if self.has_del5q or self.additional_at_least > 0 or self.is_complex:
            return False
        return True if self.has_del5q is False and self.additional_at_most == 0 else None

    @property
    def names(self) -> tuple[str, ...]:
        """All named abnormalities, del(5q) first."""
        return ((DEL5Q,) if self.has_del5q else ()) + self.additional

    @property
    def count_at_least(self) -> int:
        """The number of abnormalities, del(5q) included, that are certain; at least 3 where it is called complex."""
        known = self.additional_at_least + (1 if self.has_del5q else 0)
        return max(known, COMPLEX_FROM) if self.is_complex else known

    @property
    def count(self) -> int | None:
        """The exact number of abnormalities, del(5q) included; None where it is not known or they are not all named."""
        if self.has_del5q is None or self.additional_at_most is None:
            return None
        return len(self.names) if len(self.additional) == self.additional_at_least == self.additional_at_most else None


def involves_chromosome_7(abnormality: str) -> bool:
    """Whether an abnormality is one of chromosome 7 (a number or a structure)."""
    return _CHROMOSOME_7.fullmatch(abnormality) is not None


def involves_long_arm_of_3(abnormality: str) -> bool:
    """Whether an abnormality is inv(3), t(3q) or del(3q) in the sense of IPSS-R."""
    if _LONG_ARM_OF_3.fullmatch(abnormality):
        return True
    found = _TRANSLOCATION.fullmatch(abnormality)
    if found is None:
        return False
    chromosomes, bands = (part.replace("?", "").split(";") for part in found.groups())
    return any(name == "3" and band.startswith("q") for name, band in zip(chromosomes, bands, strict=False))


def ipss_group(karyotype: Karyotype) -> str | Missing:
    """The karyotype group of IPSS (1997): "good", "intermediate" or "poor".

    Missing: where the abnormalities are not all known and those known do not make it poor by themselves.
    Source: knowledge.md 5.1 (good: normal, -Y, del(5q), del(20q); poor: 3 or more abnormalities, or chromosome 7).
    """
    if karyotype.count_at_least >= COMPLEX_FROM or karyotype.has_minus7_or_del7q:
        return "poor"
    if any(involves_chromosome_7(name) for name in karyotype.additional):
        return "poor"
    if karyotype.count is None:
        return _not_all_known()
    if karyotype.count == 0 or karyotype.names in ((DEL5Q,), ("-Y",), ("del(20q)",)):
        return "good"
    return "intermediate"


def ipss_r_group(karyotype: Karyotype) -> str | Missing:
    """The karyotype group of IPSS-R: "very-good", "good", "intermediate", "poor" or "very-poor".

    Missing: where the abnormalities are not all known, or where del(5q) stands with -7/del(7q) alone, which the table
    lists under two groups.
    Source: knowledge.md 5.2.
    """
    if karyotype.count_at_least > COMPLEX_FROM:
        return "very-poor"
    if karyotype.count is None:
        return _not_all_known()
    names = karyotype.names
    if karyotype.count == COMPLEX_FROM:
        return "poor"
    if karyotype.count == 2:
        return _double(karyotype)
    if not names or names[0] in (DEL5Q, "del(12p)", "del(20q)"):
        return "good"
    if names[0] in ("-Y", "del(11q)"):
        return "very-good"
    return "poor" if names[0] == MONOSOMY_7 or involves_long_arm_of_3(names[0]) else "intermediate"


def _double(karyotype: Karyotype) -> str | Missing:
    if karyotype.has_minus7_or_del7q is None:
        return Missing(
            "karyotype", "whether 7q is lost cannot be told, so the IPSS-R group of two abnormalities is open"
        )
    if karyotype.has_del5q and karyotype.has_minus7_or_del7q:
        return Missing("karyotype", "IPSS-R lists del(5q) with -7/del(7q) under two groups")
    if karyotype.has_minus7_or_del7q:
        return "poor"
    return "good" if karyotype.has_del5q else "intermediate"


def _not_all_known() -> Missing:
    return Missing("karyotype", "the abnormalities of the karyotype are not all known")
