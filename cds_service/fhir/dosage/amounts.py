"""What phrases of amounts add to the pieces: capsules, milligrams, strengths, limits, schemes and supplies."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from cds_service.fhir.dosage.fragments import COUNT
from cds_service.fhir.dosage.pieces import AMOUNT_UNCLEAR, PART_OF_CAPSULE, Found, Pieces
from cds_service.fhir.dosage.rhythms import times_of_day, weekday_of
from cds_service.fhir.dosage.vocabulary import Token, begins_with, factor, kinds, number_of, pattern, written
from cds_service.fhir.schedule import SCHEDULE_UNKNOWN, Rhythm

_MOST_BARE: Final = 4
_FEWEST_OF_A_COURSE: Final = 14
_MOST_OF_A_DOSE: Final = 100


def add_amount(p: Pieces, f: Found) -> bool:
    p.mg.add(f.mg("s", "u"))
    p.mg_seen += 1
    return True


def add_further_amount(p: Pieces, f: Found) -> bool:
    """ "1 capsule daily + 5 mg": an amount that is added to one, though it may be as large as that one."""
    p.mg_seen += bool(p.counts_seen or p.mg_seen or p.strengths or p.one_each)
    return add_amount(p, f)


def add_count(p: Pieces, f: Found) -> bool:
    count = f.count("n")
    if count is None:
        p.problems.append(PART_OF_CAPSULE)
    else:
        p.counts.add(count)
        p.counts_seen += 1
    return True


def add_bare_count(p: Pieces, f: Found) -> bool:
    """ "Take one daily": so small a number is one of capsules."""
    count = f.count("n")
    return count is not None and 1 <= count <= _MOST_BARE and add_count(p, f)


def add_bare_article(p: Pieces, f: Found) -> bool:
    """ "Kapseln: täglich eine", where no amount stands before it; "täglich ein" may end a verb."""
    return not (p.counts_seen or p.mg_seen) and add_bare_count(p, f)


def add_bare_strength(p: Pieces, f: Found) -> bool:
    """A number after the name of the drug is the strength where it is none of capsules ("… 10: 1 capsule")."""
    strength = f.number("n")
    if strength <= _MOST_BARE:
        return False
    p.strengths.add(strength)
    return True


def add_bare_mg(p: Pieces, f: Found) -> bool:
    """ "Len 25 OD": so large a number after the name is one of mg."""
    if f.number("n") <= _MOST_BARE:
        return False
    p.mg.add(f.number("n"))
    p.mg_seen += 1
    return True


def add_count_of_strength(p: Pieces, f: Found) -> bool:
    p.strengths.add(f.mg("s", "u"))
    return add_count(p, f)


def add_total(p: Pieces, f: Found) -> bool:
    """ "2 capsules of 5 mg, total 10 mg": a second way to say the same, so that it counts as no second amount."""
    p.mg.add(f.mg("s", "u"))
    p.mg_seen = max(p.mg_seen, 1)
    return True


_PART: Final = pattern(f"(?:(?P<n>{COUNT}) (?! UNIT) (?:(?! NUMBER) .)*?)? (?P<s>NUMBER) (?:(?! NUMBER|AND) .)*")


def add_sum(p: Pieces, f: Found) -> bool:
    """ "1 x 10 mg + 1 x 5 mg": one dose of capsules of several strengths; its total has to be said as well."""
    total = Decimal(0)
    for part in _PART.finditer(written(list(f.tokens))):
        total += number_of(f.tokens[part.start("s")]) * (number_of(f.tokens[part.start("n")]) if part["n"] else 1)
    units = {factor(value) for value in f.values("UNIT")} or {Decimal(1)}
    if len(units) != 1:
        return False
    p.sums.add(total * units.pop())
    return True


def add_equal(p: Pieces, f: Found) -> bool:
    """ "2 x 5 mg (= 10 mg)": the total of what was counted."""
    return bool(p.counts or p.sums) and add_total(p, f)


def add_roman(p: Pieces, f: Found) -> bool:
    """ "i cap": the figure of an apothecary."""
    p.counts.add(int(f.groups["n"][0].value("ROMAN")))
    p.counts_seen += 1
    return True


def add_strength(p: Pieces, f: Found) -> bool:
    p.strengths.add(f.mg("s", "u"))
    p.single_capsule = p.single_capsule or f.has("one")
    return True


def add_strength_of_each(p: Pieces, f: Found) -> bool:
    """ "2 capsules daily (5 mg each)"."""
    p.strengths.add(f.mg("s", "u") if f.has("s") else f.mg("s2", "u2"))
    return True


def add_limit(p: Pieces, f: Found) -> bool:
    p.limits.add((f.mg("s", "u"), None) if f.has("s") else (None, f.count("n")))
    return True


def add_scheme(p: Pieces, f: Found) -> bool:
    """The times of a day, such as "1-0-1": how often, and how many capsules where nothing else is said."""
    parts = [number_of(token) for token in f.tokens if "NUMBER" in token.meanings]
    times = [words for _, words in times_of_day(f.tokens)]
    if times and (len(set(times)) != len(parts) or max(parts) > _MOST_BARE):
        p.problems.append(SCHEDULE_UNKNOWN)
        return True
    return _add_parts_of_day(p, parts)


_LABELS: Final = kinds("TIME_OF_DAY TIME_OF_DAY_SHORT TIME_LABEL CLOCK")
_WEEKDAYS: Final = kinds("WEEKDAY WEEKDAY_SHORT")


def add_table_of_day(p: Pieces, f: Found) -> bool:
    """ "Mo 0 | Mi 0 | Ab 1", "ore 8: 0; ore 20: 1": each time of the day by its label; "Mo 1, Mi 1" are days of the week."""
    labels: list[Token] = []
    parts: list[Decimal] = []
    for token in f.tokens:
        if "NUMBER" in token.meanings:
            parts.append(number_of(token))
        elif _LABELS & token.meanings.keys() and len(labels) == len(parts):
            labels.append(token)
    if any(part and "AS_NEEDED" in label.meanings for part, label in zip(parts, labels, strict=False)):
        return False
    is_week = all(_WEEKDAYS & label.meanings.keys() for label in labels)
    if is_week or len({label.text for label in labels}) != len(parts) or max(parts) > _MOST_BARE:
        return False
    return _add_parts_of_day(p, parts)


def _add_parts_of_day(p: Pieces, parts: list[Decimal]) -> bool:
    taken = {part for part in parts if part}
    if len(taken) != 1:
        p.problems.append(SCHEDULE_UNKNOWN if not taken else AMOUNT_UNCLEAR)
        return True
    each = taken.pop()
    p.schemes.add(tuple(parts[: max(at for at, part in enumerate(parts) if part) + 1]))
    p.rhythms.add(Rhythm(1, None, sum(1 for part in parts if part)))
    return _capsules_each(p, each)


def add_scheme_of_amounts(p: Pieces, f: Found) -> bool:
    """ "10 mg - 0 - 0": the amount at each time of the day."""
    taken = [number_of(token) for token in f.tokens if "NUMBER" in token.meanings and number_of(token)]
    units = {factor(token.value("UNIT")) for token in f.tokens if "UNIT" in token.meanings}
    if len(set(taken)) != 1 or len(units) != 1:
        p.problems.append(AMOUNT_UNCLEAR)
        return True
    p.mg.add(taken[0] * units.pop())
    p.mg_seen += 1
    p.rhythms.add(Rhythm(1, None, len(taken)))
    return True


def add_scheme_of_week(p: Pieces, f: Found) -> bool:
    """ "Mo 1, Di 0, Mi 1": how many capsules on each day of the week."""
    days = [weekday_of(token) for token in f.tokens if {"WEEKDAY", "WEEKDAY_SHORT"} & token.meanings.keys()]
    counts = [number_of(token) for token in f.tokens if "NUMBER" in token.meanings]
    taken = {day: count for day, count in zip(days, counts, strict=True) if count}
    if len(set(days)) != len(days) or len(set(taken.values())) != 1 or any("-" in day for day in days):
        p.problems.append(SCHEDULE_UNKNOWN)
        return True
    p.weekdays |= {int(day) for day in taken}
    return _capsules_each(p, next(iter(taken.values())))


def add_supplied(_p: Pieces, f: Found) -> bool:
    """ "Box of 28", "OP = 28": a number after a word of supply; "28 capsules": nobody takes so many at once."""
    topics = {topic for value in f.values("TOPIC") for topic in value.split()}
    return (not topics or "supply" in topics) and f.number("n") >= _FEWEST_OF_A_COURSE


def add_only_supplied(_p: Pieces, f: Found) -> bool:
    """ "Only by the hospital's pharmacy", "nur auf T-Rezept": how it is supplied."""
    said = {topic for value in f.values("TOPIC") for topic in value.split()}
    return "ONLY" in f.tokens[0].meanings and "DRUG" not in f.tokens[-1].meanings and said <= {"supply", "programme"}


def add_number_of_paper(_p: Pieces, f: Found) -> bool:
    """ "No. 4471": of a prescription or a plan, where it is too large for a dose."""
    return f.number("n") > _MOST_OF_A_DOSE


def waits_for_an_event(p: Pieces, f: Found) -> bool:
    """ "Start after transplant": nothing is taken until then."""
    if not begins_with(f.tokens[-1], "AFTER"):
        return False
    p.problems.append(SCHEDULE_UNKNOWN)
    return True


def with_a_point(_p: Pieces, f: Found) -> bool:
    """ "N. 1 capsula"; "no 1" may deny it."""
    return f.tokens[0].text.endswith(".")


def add_times_by_count(p: Pieces, f: Found) -> bool:
    """ "2x1": twice daily one capsule."""
    times, each = f.count("t"), f.count("n")
    if times is None or each is None or not 1 <= times <= 4 or not 1 <= each <= _MOST_BARE:
        return False
    p.rhythms.add(Rhythm(1, None, times))
    return _capsules_each(p, Decimal(each))


def _capsules_each(p: Pieces, each: Decimal) -> bool:
    if each == 1:
        p.one_each = True
    elif each == int(each):
        p.counts.add(int(each))
        p.counts_seen += 1
    else:
        p.problems.append(PART_OF_CAPSULE)
    return True


# Rhythms.
