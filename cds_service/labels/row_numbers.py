"""What a number of a row is, told by its key: its comparator and its unit, as a label would have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds_service.labels.measures import Measure

_COMPARATORS = (("at_least", ">="), ("at_most", "<="), ("below", "<"), ("above", ">"))
# Keys that mean "at least" without saying so.
_AT_LEAST = frozenset({"for_days", "with_temperature", "days", "occasions"})
_COUNT = re.compile(r"(?:^|_)(?:below|at_least|above|at_most|infiltrated)$")
# The unit by a word of the key: the first that matches, with the factor from the row's value to the unit's.
_UNITS = (
    (re.compile(r"(?:^|_)mg$"), "mg", Decimal(1)),
    (re.compile(r"clearance"), "mL/min", Decimal(1)),
    (re.compile(r"fraction|reduction"), "%", Decimal(100)),
    (re.compile(r"percent"), "%", Decimal(1)),
    (re.compile(r"temperature"), "degrees C", Decimal(1)),
    (re.compile(r"grade"), "grade", Decimal(1)),
    (re.compile(r"sensitivity"), "mIU/mL", Decimal(1)),
    (re.compile(r"hemoglobin"), "g/dL", Decimal(1)),
    (re.compile(r"bilirubin"), "mg/dL", Decimal(1)),
    (re.compile(r"uln"), "ULN", Decimal(1)),
    (re.compile(r"hours"), "hours", Decimal(1)),
    (re.compile(r"(?:^|_)weeks"), "hours", Decimal(168)),
    (re.compile(r"(?:^|_)cycles"), "hours", Decimal(672)),
    (re.compile(r"(?:^|_)days?(?:$|_)"), "hours", Decimal(24)),
    (re.compile(r"months"), "months", Decimal(1)),
    (re.compile(r"years"), "months", Decimal(12)),
    (re.compile(r"occasions"), "occasions", Decimal(1)),
    (re.compile(r"methods"), "methods", Decimal(1)),
    (re.compile(r"tests"), "tests", Decimal(1)),
    (re.compile(r"therapies"), "therapies", Decimal(1)),
    (re.compile(r"per_week"), "per week", Decimal(1)),
    (re.compile(r"units"), "units", Decimal(1)),
    (_COUNT, "/uL", Decimal(1)),
)


def row_numbers(data: Mapping[str, Any]) -> dict[str, Decimal]:
    """The exact numbers of a row by dotted path; items of a list are counted from 0."""
    return dict(_numbers(data, ""))


def _numbers(value: object, path: str) -> Iterator[tuple[str, Decimal]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _numbers(inner, f"{path}.{index}")
    elif not isinstance(value, bool) and isinstance(value, int | Decimal):
        yield path, Decimal(value)


def as_measure(path: str, value: Decimal, comparator: str = "") -> Measure:
    """The number as a label would have it.

    Args: the number's path; its value; the comparator where the document's is another than the key tells ("" else).
    Raises: ValueError when the key tells no unit.
    """
    key = next(part for part in reversed(path.split(".")) if not part.isdigit())
    for pattern, unit, factor in _UNITS:
        if pattern.search(key):
            sign = next((sign for words, sign in _COMPARATORS if words in key), ">=" if key in _AT_LEAST else "=")
            return Measure(comparator or sign, value * factor, unit)
    raise ValueError(f"the key of {path} tells no unit")
