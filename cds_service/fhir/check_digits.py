"""Check digits of LOINC and SNOMED CT: a code with a wrong one was never issued, so it is a slip of the pen."""

from __future__ import annotations

import re
from typing import Final

_LOINC: Final = re.compile(r"((?:L[A-Z])?[0-9]{1,7})-([0-9])")
_SNOMED: Final = re.compile(r"[1-9][0-9]{5,17}")
# What Verhoeff does to a digit, once for each place that it stands further to the left.
_PERMUTED: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def is_loinc(code: str) -> bool:
    """Whether a text is a code of LOINC, of an answer or a part too (LA…, LP…): its form and its check digit.

    Modulus 10 over the characters from the right, each second one doubled; a letter counts its distance from "0" in ASCII.
    """
    found = _LOINC.fullmatch(code)
    if found is None:
        return False
    total = 0
    for place, character in enumerate(reversed(found[1])):
        value = ord(character) - ord("0")
        total += value if place % 2 else sum(divmod(2 * value, 10))
    return -total % 10 == int(found[2])


def is_snomed(code: str) -> bool:
    """Whether a text is an identifier of SNOMED CT: 6 to 18 digits that Verhoeff's check digit ends."""
    if _SNOMED.fullmatch(code) is None:
        return False
    check = 0
    for place, character in enumerate(reversed(code)):
        digit = int(character)
        for _ in range(place):
            digit = _PERMUTED[digit]
        check = _product(check, digit)
    return check == 0


def _product(left: int, right: int) -> int:
    """The product in the dihedral group of order 10: 0 to 4 are turns of a pentagon, 5 to 9 its reflections."""
    turned = (left - right if left >= 5 else left + right) % 5
    return turned if (left >= 5) == (right >= 5) else turned + 5
