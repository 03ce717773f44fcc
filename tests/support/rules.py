"""The rules of lenalidomide in force today, by id, for tests of them all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from cds_service.dosing.rulebook import Rule, Rules
from cds_service.drugs.lenalidomide import DRUG

IN_FORCE: Rules = DRUG.rulebook.on(date(2026, 11, 30))
RULES: Mapping[str, Rule] = IN_FORCE.by_id
