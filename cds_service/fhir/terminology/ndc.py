"""National Drug Codes: one product in many spellings, with hyphens or without, padded or not, with or without its package.

A printed code has ten digits in one of three forms (4-4-2, 5-3-2, 5-4-1); claims pad it to eleven (5-4-2). Ten digits
without hyphens may be any of the three.
"""

from __future__ import annotations

import re
from typing import Final

_HYPHENED: Final = re.compile(r"([0-9]{4,5})-([0-9]{3,4})(?:-([0-9]{1,2}|\*{2}))?")
_DIGITS: Final = re.compile(r"[0-9]{9,11}")


def ndc_pattern(code: str) -> str:
    """What finds a product in all spellings of its NDC, in a text of ASCII; "" where the code is no NDC of one product."""
    products = ndc_products(code)
    if len(products) != 1:
        return ""
    labeler, product = products[0][:5].lstrip("0"), products[0][5:].lstrip("0")
    return rf"0?{labeler}-?0?{product}(?:-?[0-9*]{{1,2}})?"


def ndc_products(code: str) -> tuple[str, ...]:
    """The products (labeler and product, nine digits) that a code may stand for; empty where it is no NDC."""
    text = code.strip()
    found = _HYPHENED.fullmatch(text)
    if found is not None:
        return (found[1].zfill(5) + found[2].zfill(4),)
    if _DIGITS.fullmatch(text) is None:
        return ()
    if len(text) != 10:
        return (text[:9],)
    return ("0" + text[:8], text[:5] + "0" + text[5:8], text[:9])
