"""Is a pause told from another account of the time before it, also among thousands of records?"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import timedelta

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.first_dose import start_of
from cds_service.clinical.resumption import Resumption
from cds_service.clinical.therapy import therapy_of
from tests.support.facts import FIVE, START, TEN, TWO_AND_A_HALF, day, order


def follows(pause: MedicationRecord, active: MedicationRecord) -> bool:
    """The rule for one record, as docs/rules has it."""
    began, paused = start_of(active), start_of(pause)
    if began is None or paused is None:
        return False
    if active.kind == pause.kind:
        return began > paused or (pause.status == "stopped" and began == paused)
    if pause.bounds_end is not None and pause.bounds_end <= began:
        return True
    return began > paused and active.dose is not None and pause.dose is not None and pause.dose.exceeds(active.dose)


def record(chance: random.Random, status: str) -> MedicationRecord:
    """Any record of a course."""
    since = chance.choice([None, *(day(n) for n in range(6))])
    until = chance.choice([None, *(day(n) for n in range(6))])
    made = order(chance.choice([None, TEN, FIVE, TWO_AND_A_HALF]), status, since, until)
    return replace(made, kind=chance.choice(["order", "statement"]))


def test_many_records_together_say_what_each_of_them_says() -> None:
    chance = random.Random(5)
    seen = set()
    for _ in range(2000):
        current = [record(chance, "active") for _ in range(chance.randrange(5))]
        pause = record(chance, chance.choice(["on-hold", "stopped"]))
        expected = any(follows(pause, active) for active in current)
        assert expected == Resumption(current).follows(pause)
        seen.add(expected)
    assert {True, False} == seen


def test_a_course_of_thousands_of_records_is_read_in_time() -> None:
    statuses = ("active", "stopped", "completed", "on-hold")
    many = [
        replace(order(TEN, statuses[n % 4], START + timedelta(days=n % 300)), reference=f"MedicationRequest/{n}")
        for n in range(4000)
    ]
    planned = [replace(r, planned_from=day(400), status="active") for r in many]
    began = time.thread_time()
    therapy_of([*many, *planned], "lenalidomide", day(350))
    assert time.thread_time() - began < 1
