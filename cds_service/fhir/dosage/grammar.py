"""The grammar of dosage texts: phrases over kinds of words in order of precedence, each with what it adds to the pieces.

It knows no language: kinds such as DAY or EVERY come from `words/`. Phrases that cannot be a dose or schedule come first,
then rests, rhythms and amounts, so that no short phrase reads the half of a longer one.
"""

from __future__ import annotations

import re
from typing import Final

from cds_service.fhir.dosage.cycles import (
    add_cycle_in_brackets,
    add_cycle_number,
    add_cycle_of,
    add_cycle_of_weeks,
    add_end_off,
    add_first_of,
    add_interval,
    add_interval_by_letter,
    add_last_off,
    add_off_after,
    add_on_of,
    add_on_off,
    add_over_seven_off,
    add_repeat_on,
    add_rest_until,
    add_same_day,
    add_week_of_rest,
    add_week_off,
    add_weeks,
    add_weeks_then_off,
    into,
    is_continuous,
    name_cycle,
    no_rest,
)
from cds_service.fhir.dosage.pieces import (
    DOSE_RANGE,
    PART_OF_CAPSULE,
    RANGE_OF_TIMES,
    Found,
    Handler,
    Pieces,
    add_amount,
    add_amount_at_each,
    add_bare_article,
    add_bare_count,
    add_bare_mg,
    add_bare_strength,
    add_clock_or_interval,
    add_count,
    add_count_of_strength,
    add_course_of_doses,
    add_daily_in_parts,
    add_date,
    add_days_of_seven,
    add_days_over_seven,
    add_dialysis_weekdays,
    add_every,
    add_except_days,
    add_limit,
    add_note,
    add_number_of_paper,
    add_often,
    add_once_in,
    add_only_supplied,
    add_rhythm,
    add_roman,
    add_same_time,
    add_scheme,
    add_scheme_of_amounts,
    add_scheme_of_week,
    add_sessions,
    add_slots,
    add_strength,
    add_strength_of_each,
    add_supplied,
    add_times_a_week,
    add_times_by_count,
    add_total,
    add_weekday_range,
    add_weekdays,
    adds_the_weekend,
    is_once,
    nothing,
    problem,
    rhythm_is,
    starts_on_a_weekday,
    waits_for_an_event,
    with_a_point,
)
from cds_service.fhir.dosage.vocabulary import Token, kinds, pattern, written
from cds_service.fhir.schedule import AS_NEEDED, DAILY, SCHEDULE_UNKNOWN, Rhythm

_COUNT: Final = "(?:NUMBER|ARTICLE)"
_CAPS: Final = "(?:CAPSULE|CAPSULES)"
_UNIT: Final = "(?:DASH? UNIT STOP?)"
_SMALL: Final = "(?:FILLER|ARTICLE|TAKE|OF|ON|AT|BY)"  # words between two parts of a phrase
_PLAIN: Final = (
    "(?:(?! REFUSED) (?:FILLER|ARTICLE|OF|ON|AT|BY|FOR|WITH|PER))"  # "si" is "if" in one language, nothing in another
)
_TO: Final = "(?:TO|DASH)"
_SEVERAL: Final = "(?:TO|DASH|OR|SLASH)"
_TIMES: Final = f"(?:(?P<o>OFTEN)|(?P<n>{_COUNT}) DASH? TIMES)"
_PER: Final = "(?:PER|EVERY|SLASH|ARTICLE|FILLER|DASH)"
_OF: Final = "(?:OF|EVERY|SLASH|ARTICLE|FILLER|REPEAT|PER|COMMA|DASH|FOR|OPEN)"
_LINK: Final = "(?:COMMA|STOP|DASH|SLASH|OPEN|CLOSE|THEN|AND|FILLER|ARTICLE)"
_SPAN: Final = "(?:(?P<week>WEEK)|DAY)"
_BEFORE_SLOT: Final = (
    f"(?:{_COUNT} HOUR|HALF_HOUR|AT STOP|(?:EVERY|PER|AT|WITH|AFTER|BEFORE|ON|FILLER|ARTICLE|OF|FOR|TAKE))"
)
_SLOT: Final = "(?:TIME_OF_DAY|CLOCK|(?:AT|ON) MILITARY)"
_WEEKDAY: Final = "(?:WEEKDAY|WEEKDAY_SHORT)"
_BEFORE_WEEKDAY: Final = "(?:ON|EVERY|FILLER|ARTICLE|AT|PER|START|OF)"
_AND: Final = "(?:AND STOP|(?:COMMA|SLASH|AND|DASH|OR))"
_ANY_SLOT: Final = f"(?:{_SLOT}|(?:TIME_OF_DAY_SHORT|MILITARY))"
_AMOUNT: Final = (
    f"(?:{_COUNT} {_CAPS}(?: OPEN? (?:EQUALS|FILLER)* NUMBER {_UNIT} (?:FILLER|APIECE)* CLOSE?)?"
    f"|NUMBER {_UNIT}(?: OPEN (?:EQUALS|FILLER)* {_COUNT} {_CAPS} FILLER? CLOSE)?)"
)
_AT_SLOT: Final = f"(?:{_BEFORE_SLOT}|RHYTHM|COMMA)* (?:TIME_OF_DAY|TIME_OF_DAY_SHORT|CLOCK|MILITARY)"
_TH: Final = "(?:STOP|ORDINAL_MARK)"
_PART_OF_DAY: Final = "(?:TIME_OF_DAY|TIME_OF_DAY_SHORT)"
_REST: Final = "(?:(?! REFUSED) OFF)"  # "stop in week 4" is an end
_NTH: Final = "(?:(?P<nth>ORDINAL)|(?P<n2>NUMBER) (?:STOP|ORDINAL_MARK)+)"
_BEFORE_TIME: Final = "(?:FILLER|ARTICLE|AT|ON)"
_BETWEEN: Final = "(?:AND|COMMA|STOP|FILLER|TAKE|THEN|DASH|SLASH|ARTICLE)"
_FOLLOWED_BY_RHYTHM: Final = f"(?= (?:FILLER|TAKE|AT|ON|BY)* (?:RHYTHM|OFTEN|TIME_OF_DAY|EVERY|PER|{_COUNT} TIMES))"

_RULES: Final[tuple[tuple[str, Handler], ...]] = (
    # What cannot be a dose or schedule comes first, so that no later phrase reads half of it.
    ("AS_NEEDED", problem(AS_NEEDED)),
    (f"APPROXIMATE STOP? (?:FILLER|OF|ARTICLE)* (?:NUMBER {_UNIT}|{_COUNT} {_CAPS})", problem(DOSE_RANGE)),
    ("OR FILLER* (?:DIRECTED|BY) (?! NUMBER)", problem(SCHEDULE_UNKNOWN)),
    # What waits for an event, or holds from a later cycle on: what holds until then is not said.
    ("(?! FILLER) START (?:ON|AT|OF|ARTICLE|FILLER)* TOPIC", waits_for_an_event),
    (
        "(?! FILLER) START (?:ON|AT|OF|ARTICLE|FILLER)* AFTER (?! (?:ARTICLE|FILLER|OF)* (?:FOOD|TIME_OF_DAY))",
        problem(SCHEDULE_UNKNOWN),
    ),
    (
        "(?! FILLER) START (?:ON|AT|OF|ARTICLE|FILLER)* CYCLE (?:HASH|NUMBER_MARK)? NUMBER "
        "(?! (?:ON|AT|START|FILLER|COMMA|COLON|EQUALS|OPEN)* DATE)",
        problem(SCHEDULE_UNKNOWN),
    ),
    # "C3": a cycle by its letter.
    ("(?<!NUMBER) CYCLE_LETTER NUMBER (?:SLASH NUMBER)? (?= COLON|COMMA|CLOSE|STOP|DASH|DRUG|$)", nothing),
    # "C2D1": a day of a cycle.
    (
        "CAPSULE_LETTER NUMBER DAY NUMBER (?: (?:EQUALS|DASH|COMMA)? DATE)? (?! TO|DASH|SLASH|NUMBER|CAPSULE|CAPSULES|UNIT)",
        nothing,
    ),
    (
        "(?:ON|AT|FILLER|ARTICLE|COMMA)* (?:(?P<from>(?:START|UNTIL|CYCLE|REPEAT)) (?:FILLER|ARTICLE|ON|AT|COLON|COMMA)*)?"
        "WEEKDAY? COMMA? DATE (?: (?:COMMA|AT|FILLER)* (?:CLOCK|MILITARY))?",
        add_date,
    ),
    (
        f"START (?:ON|AT|FILLER)* WEEKDAY (?! {_AND} {_AND}? {_BEFORE_WEEKDAY}* "
        f"{_WEEKDAY}|STOP? TO (?:ON|FILLER|ARTICLE)* {_WEEKDAY})",
        starts_on_a_weekday,
    ),
    ("HASH (?:FILLER|COLON)* NUMBER (?:CAPSULE|CAPSULES)?", nothing),
    ("NUMBER REFILL_MARK|REFILL_MARK (?:DASH|COLON|HASH)? NUMBER (?! UNIT|CAPSULE|CAPSULES|TIMES)", nothing),
    (f"{_COUNT} {_SEVERAL} {_COUNT} (?:DASH? TIMES)", RANGE_OF_TIMES),
    (f"OFTEN {_SEVERAL} OFTEN", RANGE_OF_TIMES),
    (f"EVERY {_COUNT} (?:STOP|DAY|HOUR)? {_SEVERAL} {_COUNT} STOP? (?:DAY|HOUR|WEEK)", RANGE_OF_TIMES),
    (
        f"(?:HALF (?:OF|ARTICLE|FILLER)*|NUMBER SLASH NUMBER) {_CAPS}|(?:HALF|NUMBER SLASH NUMBER) (?=DASH NUMBER DASH)",
        problem(PART_OF_CAPSULE),
    ),
    (
        f"{_COUNT} {_SEVERAL} {_COUNT} (?:{_UNIT}|{_CAPS})|NUMBER {_UNIT} {_SEVERAL} NUMBER {_UNIT}"
        f"|{_COUNT} {_CAPS} (?:TO|OR) {_COUNT} (?:{_CAPS}|(?! {_UNIT}))",
        problem(DOSE_RANGE),
    ),
    (
        f"LIMIT (?:FILLER|STOP|COLON|OF|DAILY_DOSE|RHYTHM|ARTICLE|TAKE|PER|CAPSULE|ON)*"
        f" (?:(?P<s>NUMBER) (?P<u>{_UNIT})|(?P<n>{_COUNT}) {_CAPS})"
        f"(?: OPEN (?:NUMBER {_UNIT}|{_COUNT} {_CAPS}) CLOSE)?"
        f"(?: (?:FILLER|PER|SLASH|EVERY|OF|ARTICLE)* (?:RHYTHM|DAY|{_COUNT} HOUR))?",
        add_limit,
    ),
    # "1D1C": so often a day so many capsules.
    ("(?P<t>NUMBER) (?:TIMES_A_DAY|DAY) (?P<n>NUMBER) CAPSULE_LETTER (?! STOP? UNIT)", add_times_by_count),
    (
        f"FOR? (?P<n>NUMBER) SLASH (?P<days>NUMBER) {_LINK}* (?P<n2>NUMBER) SLASH (?P<days2>NUMBER) (?:OF|FILLER)* OFF",
        add_over_seven_off,
    ),
    # "1日1回": so often in one day, said before the number of days can be taken for a length of time.
    (f"(?P<one>NUMBER) DAY (?:PER|FILLER)? (?:(?P<n>{_COUNT}) TIMES|(?P<once>EACH_TIME))", add_often),
    (f"(?P<n>{_COUNT}) DAY (?:OF|FOR|PER) (?P<days>NUMBER) DAY? (?! {_UNIT}|{_CAPS})", add_days_of_seven),
    (
        f"(?:FOR|MULTIPLY)? (?P<n>NUMBER) SLASH (?P<days>NUMBER) (?! {_UNIT}|{_CAPS}|SLASH|DASH|DAY)",
        add_days_over_seven,
    ),
    ("(?:FOR|MULTIPLY) (?P<n>NUMBER) DOSE_WORD", add_course_of_doses),
    ("(?<=(?:OPEN|STOP)) FILLER* NUMBER LITERS (?:RHYTHM|PER DAY)? CLOSE", nothing),
    ("INCLUDING (?:ON|FILLER|ARTICLE|AT|PER)* WEEKDAY", adds_the_weekend),
    ("NO_REST", no_rest),
    ("CONTINUOUS", is_continuous),
    ("LIMIT (?:FILLER|ARTICLE|OF|DOSE_WORD|DAILY_DOSE|TAKE|ON)* PRESCRIBED (?:DOSE_WORD|DAILY_DOSE)?", nothing),
    ("(?:DAY|UNIT|CYCLE_LETTER) NUMBER (?:EQUALS|COLON) (?:START)? DATE", nothing),
    ("REPEAT? (?:FILLER|CYCLE|EVERY)* (?P<n>NUMBER) DASH? (?P<r>RHYTHM)", add_cycle_of_weeks),
    ("DAY (?P<n>NUMBER) EQUALS DAY (?P<n2>NUMBER) (?! DASH|TO)", add_same_day),
    # The rest: days on, days off, cycle. A slash could also write a date, so only the usual pairs count.
    (f"(?P<n>NUMBER) (?P<slash>SLASH) (?P<n2>NUMBER) DAY? (?! {_UNIT}|{_CAPS}|SLASH|DASH)", add_on_of),
    (f"FOR* (?P<n>NUMBER) (?P<day>DAY) SLASH (?P<n2>NUMBER) DAY? (?! {_UNIT}|{_CAPS}|WEEK|SLASH|DASH)", add_on_of),
    (
        f"FOR* (?P<n>NUMBER) (?P<day>DAY)? (?:OF|FOR|PER|EVERY) (?:OF|FOR|PER|EVERY|FILLER|ARTICLE)* (?P<n2>NUMBER)"
        f" (?P<day2>DASH? DAY)? (?:DASH? CYCLE)?"
        f"(?! {_UNIT}|{_CAPS}|WEEK)",
        add_on_of,
    ),
    (
        f"FOR? (?P<n>{_COUNT}) (?P<week>WEEK) (?:OF|FOR|PER|EVERY) (?:OF|FOR|PER|EVERY|FILLER)* (?P<n2>{_COUNT}) WEEK?",
        add_on_of,
    ),
    (f"(?P<n>{_COUNT}) (?:OF|FOR|PER|EVERY) (?:OF|FOR|PER|EVERY|FILLER)* (?P<n2>{_COUNT}) (?P<week>WEEK)", add_on_of),
    (
        f"(?:FOR|ON|ARTICLE|FILLER)* FIRST? (?P<n>{_COUNT}) FIRST? {_SPAN} (?:OF|EVERY|FILLER|ARTICLE|PER)*"
        f"(?:CYCLE (?:OF|FILLER|ARTICLE|PER)*)? (?P<n2>{_COUNT}) DASH? (?:(?P<week2>WEEK)|DAY)?(?: DASH? CYCLE)?",
        add_first_of,
    ),
    (
        f"OFF (?:ON|FILLER|ARTICLE|FOR|PER|OF|AT)* LAST? (?P<n>{_COUNT}) LAST? {_SPAN} (?:OF|EVERY|FILLER|ARTICLE|PER)*"
        f"(?:CYCLE (?:OF|FILLER|ARTICLE|PER)*)? (?P<n2>{_COUNT}) DASH? (?:(?P<week2>WEEK)|DAY)?(?: DASH? CYCLE)?",
        add_last_off,
    ),
    (
        f"FOR? (?P<n>{_COUNT}) (?P<week>WEEK) (?:OF|ON|{_LINK})* {_REST} (?:FILLER|ARTICLE|ON|PER)* ORDINAL WEEK?",
        add_weeks_then_off,
    ),
    ("(?P<n>NUMBER) SLASH (?P<n2>NUMBER) (?P<week>WEEK)", add_on_of),
    (
        f"FOR? (?P<n>{_COUNT}) DASH? {_SPAN}? (?:ON|FILLER)* ON {_LINK}*"
        f"(?P<n2>{_COUNT}) DASH? (?:(?P<week2>WEEK)|(?P<day2>DAY))? (?:OF|FILLER|DASH)* OFF",
        add_on_off,
    ),
    (
        f"FOR? (?P<n>{_COUNT}) DASH? {_SPAN} {_LINK}* (?P<n2>{_COUNT}) "
        f"DASH? (?:(?P<week2>WEEK)|(?P<day2>DAY)) (?:OF|FILLER|DASH)* OFF"
        "(?! (?:FOR|ON|FILLER|ARTICLE)* NUMBER DAY)",
        add_on_off,
    ),
    (f"FOR? (?P<n>{_COUNT}) DASH? {_SPAN} {_LINK}* (?P<n2>{_COUNT}) (?:OF|FILLER|DASH)* OFF", add_on_off),
    (
        f"FOR? (?P<n>{_COUNT}) DASH? {_SPAN} {_LINK}* OFF (?:FILLER|FOR|OF|ARTICLE)*"
        f"(?P<n2>{_COUNT}) (?! DASH|DAY|WEEK|UNIT|CAPSULE|CAPSULES|TIMES)",
        add_on_off,
    ),
    (f"(?P<week>WEEK) ON {_LINK}* (?P<week2>WEEK) OFF", add_on_off),
    (
        f"(?:(?:(?:THEN|AND|COMMA)* (?P<off>OFF|EXCEPT)) (?:COLON|DASH)?)? "
        f"(?:ON|FILLER|ARTICLE|START|OF|FOR|PER)* DAY STOP? COLON? (?P<a>NUMBER) STOP?"
        f"(?:{_TO} (?:FILLER STOP|FILLER|ARTICLE|OF)* (?:DAY DASH?)?|TO_DAY) (?P<n>NUMBER) (?: STOP (?=DAY))? DAY?"
        f"(?: (?:COLON|EQUALS|DASH|FILLER)* (?P<off2>OFF))?",
        add_interval,
    ),
    (
        f"(?:START|ON|FILLER|ARTICLE)* (?P<a>NUMBER) {_TH}? {_TO} (?:FILLER|ARTICLE)* (?P<n>NUMBER) {_TH}? DAY"
        f"(?: (?:COLON|EQUALS|DASH|FILLER)* (?P<off2>OFF))?",
        add_interval,
    ),
    # "g1→g21": the letter is a gram elsewhere.
    (
        "(?:UNIT|CAPSULE_LETTER) (?P<a>NUMBER) (?:TO|DASH) (?:UNIT|CAPSULE_LETTER)? (?P<n>NUMBER) (?! UNIT|CAPSULE|CAPSULES)",
        add_interval_by_letter,
    ),
    (f"(?:FOR|ON|FILLER|ARTICLE)* WEEK STOP? (?P<a>NUMBER) {_TO} (?P<n>NUMBER) (?! {_UNIT}|{_CAPS})", add_weeks),
    (
        f"(?:START|ON|FILLER|ARTICLE)* (?P<a>NUMBER) {_TO} (?:FILLER|ARTICLE)* (?P<n>NUMBER) "
        f"DAY? (?:COLON|EQUALS|DASH|FILLER)* (?:{_REST}|NONE (?= STOP|COMMA|CLOSE|$))",
        add_end_off,
    ),
    # "Then rest until day 28".
    (
        f"{_LINK}* {_REST} (?:FILLER|ARTICLE)* (?:UNTIL|TO) (?:FILLER|ARTICLE)* (?:DAY|UNIT) (?P<n>NUMBER)",
        add_rest_until,
    ),
    # "J1-J21 (28 j)".
    ("OPEN (?P<n>NUMBER) DASH? DAY CLOSE", add_cycle_in_brackets),
    # "Nothing from 22 to 28", "the last 7 days of the cycle off".
    (
        f"{_REST} (?:ON|FILLER|ARTICLE|START|OF|FOR|PER|AT)* UNIT? (?P<a>NUMBER) "
        f"{_TO} (?:FILLER|ARTICLE)* UNIT? (?P<n>NUMBER) DAY? (?! {_UNIT}|{_CAPS})",
        add_end_off,
    ),
    (
        f"(?:ON|FILLER|ARTICLE|FOR)* LAST (?P<n>{_COUNT}) {_SPAN} "
        f"(?:(?:OF|FILLER|ARTICLE|EVERY|PER|ON)* CYCLE)? (?:FILLER|COMMA|ARTICLE)* {_REST}",
        into("days_off"),
    ),
    (f"{_LINK}* (?P<n>{_COUNT}) {_SPAN} NONE (?= STOP|COMMA|CLOSE|$)", into("days_off")),
    (
        f"(?:ON|FILLER|ARTICLE|AT|PER|OF)* {_NTH} WEEK "
        f"(?:COLON|EQUALS|DASH|FILLER|OF|COMMA)* NONE {_CAPS}? (?= STOP|COMMA|CLOSE|$)"
        f"|{_LINK}* NONE {_CAPS}? (?:ON|FILLER|ARTICLE|AT|PER|OF)* (?P<nth2>ORDINAL) WEEK",
        add_week_off,
    ),
    # "Off week 4", "week 4 off", "4. Woche Pause": which week, not how many; "4 weeks off" stands below.
    (
        f"{_LINK}* {_REST} (?:ON|FILLER|ARTICLE|FOR|PER|COLON)* WEEK STOP? (?P<n>NUMBER) (?! {_TO}|{_AND}|NUMBER|DAY|WEEK)"
        f"|(?:ON|FILLER|ARTICLE)* WEEK STOP? (?P<n3>NUMBER) (?:COLON|EQUALS|DASH|FILLER)* {_REST}"
        f"|(?:ON|FILLER|ARTICLE)* {_NTH} WEEK (?:COLON|EQUALS|DASH|FILLER|OF)* {_REST}",
        add_week_off,
    ),
    (f"THEN (?:FILLER|ARTICLE)* (?P<n>{_COUNT}) {_SPAN} STOP OFF (?! (?:FOR|FILLER)* NUMBER)", into("days_off")),
    (f"{_LINK}* (?P<n>{_COUNT}) DASH? {_SPAN} STOP {_REST} (?! (?:FOR|FILLER)* NUMBER)", add_off_after),
    (f"{_LINK}+ WEEK {_REST} (?! (?:FOR|FILLER|ON)* NUMBER)", add_week_of_rest),
    (f"{_LINK}* OFF STOP (?P<n>{_COUNT}) DASH? {_SPAN}", add_off_after),
    (f"{_LINK}* (?P<n>{_COUNT})? WEEK_OFF", add_week_of_rest),
    (f"(?:{_OF})* (?P<n>NUMBER) DASH? (?:DAY DASH? CYCLE|DAY_CYCLE)", into("cycles")),
    (f"(?:{_OF})* (?P<n>{_COUNT}) DASH? (?P<week>WEEK) DASH? CYCLE", into("cycles")),
    (
        f"(?:{_OF})* CYCLE (?:OF|COLON|EQUALS|FILLER|ARTICLE|EVERY|DASH|PER|OPEN)* (?P<n>NUMBER) DASH? DAY",
        into("cycles"),
    ),
    (f"(?:{_OF})* CYCLE (?:OF|COLON|EQUALS|FILLER|EVERY|PER)* (?P<n>{_COUNT}) DASH? (?P<week>WEEK)", into("cycles")),
    (
        f"(?:OF|SLASH|EVERY) (?:OF|SLASH|EVERY|ARTICLE|FILLER)* (?P<n>NUMBER) STOP? (?:DASH? DAY)?"
        f"(?! {_UNIT}|{_CAPS}|HOUR|WEEK|TIMES (?! NUMBER))",
        add_cycle_of,
    ),
    (
        "REPEAT (?:EVERY|FILLER|CYCLE|ON|AT|STOP|TO|START|FOR|ARTICLE)* (?:DAY|UNIT) (?P<n>NUMBER) (?! UNIT|CAPSULE|CAPSULES)",
        add_repeat_on,
    ),
    (f"(?:REPEAT|EVERY|OF) (?:EVERY|FILLER)* (?P<n>{_COUNT}) (?P<week>WEEK)", add_cycle_of),
    (f"{_LINK}* OFF (?:FILLER|FOR|OF|ARTICLE|ON|PER|COLON)* (?P<n>{_COUNT}) DASH? {_SPAN}", into("days_off")),
    (
        f"(?:THEN|AND|TAKE|FILLER|ARTICLE|ON|FOR)* (?P<n>{_COUNT}) DASH? {_SPAN} (?:OF|FILLER|DASH|FOR)* OFF",
        into("days_off"),
    ),
    (f"(?P<n>{_COUNT}) DASH? {_SPAN} (?:OF|FILLER)* ON", into("days_on")),
    (f"(?P<n>{_COUNT}) DAY (?:PER|SLASH|EVERY|ARTICLE|OF|FILLER)+ WEEK", add_days_of_seven),
    (f"FOR FILLER* {_COUNT} LONG_TIME", nothing),
    ("(?:THEN|AND) FILLER* REPEAT", nothing),
    (
        f"(?:FOR|THEN)? (?:FILLER|FOR|ON)* (?P<n>{_COUNT}) DASH? {_SPAN}",
        into("days_of_course"),
    ),
    (
        f"(?:FILLER|OF|PER|ON|AT)* CYCLE (?:HASH|NUMBER_MARK)? STOP? {_COUNT} "
        f"(?:(?:OF|SLASH) (?P<n2>NUMBER))? (?! DASH? (?:DAY|WEEK)|SLASH)"
        f"|FOR? {_COUNT} (?:(?! START) (?:OF|FILLER))? CYCLE (?:(?:FILLER|OF)* (?:PLANNED|LIMIT (?! NUMBER|ARTICLE)))?",
        add_cycle_number,
    ),
    (f"PLANNED (?:FOR|FILLER|COLON)* {_COUNT} CYCLE", nothing),
    ("NUMBER (?:STOP|ORDINAL_MARK)+ CYCLE (?! STOP? NUMBER|OF|COLON NUMBER|DASH? DAY)", nothing),
    (f"LIMIT (?:FILLER|OF|FOR|STOP)* {_COUNT} CYCLE", nothing),
    # Rhythms. "1-0-0": morning, noon, evening, and at will night; "1 matin, 0 midi, 0 soir" says it in words.
    (
        f"NUMBER {_CAPS}? {_BEFORE_TIME}* TIME_OF_DAY(?: "
        f"(?:COMMA|SLASH|DASH|AND|STOP)* NUMBER {_CAPS}? {_BEFORE_TIME}* TIME_OF_DAY)+",
        add_scheme,
    ),
    (
        f"{_PART_OF_DAY} COLON? NUMBER {_CAPS}?"
        f"(?: (?:COMMA|SLASH|DASH|AND|STOP)* {_PART_OF_DAY} COLON? NUMBER {_CAPS}?)+ (?! DASH|{_UNIT})",
        add_scheme,
    ),
    (f"(?P<n>NUMBER) DASH NUMBER DASH NUMBER (?:DASH NUMBER)? (?! DASH NUMBER|SLASH|TIMES|UNIT) {_CAPS}?", add_scheme),
    (
        "NUMBER UNIT DASH NUMBER UNIT? DASH NUMBER UNIT? (?:DASH NUMBER UNIT?)? (?! DASH NUMBER|SLASH|TIMES)"
        "|NUMBER DASH NUMBER DASH NUMBER UNIT (?! DASH|SLASH|TIMES)",
        add_scheme_of_amounts,
    ),
    (
        f"{_WEEKDAY} STOP? COLON? NUMBER {_CAPS}?(?: (?:COMMA|SLASH|DASH|AND|STOP)* {_WEEKDAY} STOP? COLON? NUMBER {_CAPS}?)"
        "{2,6} (?! UNIT|DASH)",
        add_scheme_of_week,
    ),
    ("(?<=STOP) NUMBER STOP NUMBER STOP NUMBER (?:STOP NUMBER)? (?= STOP|$)", add_scheme),
    ("EVERY OTHER STOP? (?:DAY|TIME_OF_DAY)", rhythm_is(Rhythm(2))),
    ("FORTNIGHT|EVERY OTHER STOP? WEEK", problem(SCHEDULE_UNKNOWN)),
    (f"WEEK (?:PER|FILLER)? (?P<n>{_COUNT}) TIMES", add_times_a_week),
    (f"{_TIMES} {_PER}* (?P<r>RHYTHM)", add_often),
    ("(?P<r>RHYTHM) FILLER* (?P<o>OFTEN)", add_daily_in_parts),
    ("(?P<t>NUMBER) TIMES_A_DAY (?P<n>NUMBER) (?! UNIT|CAPSULE|CAPSULES)", add_times_by_count),
    ("(?P<n>NUMBER) TIMES_A_DAY", add_often),
    (f"{_TIMES} {_PER}+ (?:DAY|(?P<week>WEEK))", add_often),
    (f"{_TIMES} (?P<week>WEEK)", add_often),
    (f"{_TIMES} DAY (?! STOP? NUMBER)", add_often),
    # "10 mg x 2/day"; "5 mg x 2 daily" may be two capsules once a day.
    ("MULTIPLY (?P<n>NUMBER) (?:PER|SLASH)+ (?:DAY|(?P<week>WEEK))", add_often),
    ("MULTIPLY (?P<n>NUMBER) (?= RHYTHM)", is_once),
    (f"{_TIMES} (?= (?:FILLER|PER|EVERY|COMMA|AT|ON)* (?:EVERY {_COUNT}|{_SLOT}))", is_once),
    # "1 mal 1 Kapsel pro Tag".
    (f"{_TIMES} (?= {_COUNT} {_CAPS} FILLER* (?:RHYTHM|(?:PER|EVERY) DAY))", is_once),
    (f"EVERY (?P<n>{_COUNT}) (?:STOP|FILLER)? DASH? (?:DAY|(?P<week>WEEK)|(?P<hour>HOUR))", add_every),
    ("(?:PER|SLASH) (?P<n>NUMBER) (?P<hour>HOUR)", add_every),
    # "Once per 2 days".
    (f"{_TIMES} (?:PER|SLASH|OF)+ (?P<each>NUMBER) (?:DAY|(?P<hour>HOUR)) (?! OFF)", add_once_in),
    ("EVERY CLOCK", add_clock_or_interval),
    ("RHYTHM (?= WEEK (?! STOP? NUMBER))", problem(SCHEDULE_UNKNOWN)),
    ("SAME_TIME (?:FILLER|ARTICLE|COMMA|AT)* (?:RHYTHM|EVERY DAY)", add_same_time),
    ("RHYTHM|DAILY_DOSE", add_rhythm),
    ("(?:PER|EVERY|SLASH) FILLER* DAY", rhythm_is(DAILY)),
    ("(?:PER|EVERY|SLASH) FILLER* WEEK", rhythm_is(Rhythm(7))),
    # "Monday through Saturday" is a range; "Mon to Thu" and "Mon-Thu" are not certain.
    (
        f"{_BEFORE_WEEKDAY}* (?P<a>{_WEEKDAY}) STOP? THROUGH "
        f"(?:ON|FILLER|ARTICLE)* (?P<n>{_WEEKDAY}) (?! STOP? {_TO} {_WEEKDAY})",
        add_weekday_range,
    ),
    (f"{_BEFORE_WEEKDAY}* WEEKDAY {_TO} WEEKDAY (?! {_AND} {_WEEKDAY})", problem(SCHEDULE_UNKNOWN)),
    (
        f"EXCEPT STOP? {_BEFORE_WEEKDAY}* {_WEEKDAY} STOP? {_TO} (?:ON|FILLER|ARTICLE)* {_WEEKDAY}"
        # "Mandag fri" is Monday off, "Mon Fri" are two days.
        "|WEEKDAY FILLER* (?= OFF) WEEKDAY",
        problem(SCHEDULE_UNKNOWN),
    ),
    (
        f"EXCEPT STOP? (?:ON|FILLER|ARTICLE|AT|PER|OF|START|EVERY)* WEEKDAY (?:{_AND}+ (?:ON|FILLER|ARTICLE)* WEEKDAY)* (?! OF TOPIC)",
        add_except_days,
    ),
    (
        f"(?:ON|FILLER|ARTICLE|AT|PER|START)* WEEKDAY (?:{_AND}+ (?:ON|FILLER|ARTICLE)* "
        f"WEEKDAY)* (?:FILLER|COLON|DASH)* (?! WEEKDAY) (?:OFF|NONE (?= STOP|COMMA|CLOSE|$))"
        "|(?:COMMA|AND|DASH)* NONE (?:ON|FILLER|ARTICLE|AT|PER|OF)* WEEKDAY (?= STOP|COMMA|CLOSE|$)",
        add_except_days,
    ),
    (
        f"ONLY? {_BEFORE_WEEKDAY}* (?:{_WEEKDAY} (?:{_AND}+ (?:ON|FILLER|EVERY|ARTICLE)* {_WEEKDAY})+|WEEKDAY) (?:COMMA? ONLY)?",
        add_weekdays,
    ),
    (
        "(?:TO_BE_TAKEN|ON|FILLER|ARTICLE)* (?:DIALYSIS_DAYS COMMA?)? AFTER (?:FILLER|ARTICLE|EVERY|PER|OF|DASH)* DIALYSIS"
        "(?: (?:COMMA|OPEN|ON|FILLER|ARTICLE|AT|PER|OF)* DIALYSIS_DAYS CLOSE?)?",
        add_note,
    ),
    (
        "(?:ON|FILLER|ARTICLE|AT|PER)* DIALYSIS_DAYS (?:COMMA|COLON|DASH|TAKE|TO_BE_TAKEN|FILLER|ARTICLE|CAPSULE)*"
        " AFTER (?:FILLER|ARTICLE|EVERY|PER|OF|DASH)* (?:DIALYSIS|SESSION)",
        add_note,
    ),
    (
        "(?:TO_BE_TAKEN|TAKE|FILLER)* AFTER (?:FILLER|ARTICLE|EVERY|PER|OF|DASH)* SESSION"
        " (?:COMMA|OPEN|ON|FILLER|ARTICLE|AT|PER|OF)* DIALYSIS_DAYS CLOSE?",
        add_note,
    ),
    (f"(?P<n>{_COUNT}) (?:SESSION|DIALYSIS) (?:PER|SLASH|EVERY|ARTICLE|FILLER|AT)* WEEK", add_times_a_week),
    (f"(?:ON|FILLER|ARTICLE|AT|PER)* DIALYSIS_DAYS (?= (?:OPEN|COMMA|COLON|DASH|FILLER)* {_WEEKDAY})", nothing),
    # "Not on dialysis", "dialysis not needed": said of the patient.
    (f"DO_NOT (?:NEEDED|{_PLAIN})* DIALYSIS|DIALYSIS FILLER* DO_NOT FILLER* NEEDED", nothing),
    # "On dialysis days (3 a week), after the session".
    (
        f"(?:ON|FILLER|ARTICLE|AT|PER)* DIALYSIS_DAYS (?:OPEN|COMMA)* (?P<n>{_COUNT})"
        " (?:TIMES|MULTIPLY|SESSION|SLASH|PER|EVERY|FILLER|ARTICLE)* WEEK CLOSE?"
        "(?: (?:COMMA|FILLER|TAKE|ARTICLE)* (?P<after>AFTER) (?:FILLER|ARTICLE|EVERY|PER|OF|DASH)* (?:DIALYSIS|SESSION))?",
        add_sessions,
    ),
    # "Daily, after dialysis (Mon, Wed, Fri)": the days of the dialysis.
    (
        f"(?<=(?:DIALYSIS|DIALYSIS_DAYS|SESSION)) OPEN (?:ON|FILLER|ARTICLE)* "
        f"{_WEEKDAY} (?:{_AND}+ (?:ON|FILLER|ARTICLE)* {_WEEKDAY})* CLOSE",
        add_dialysis_weekdays,
    ),
    (f"AFTER (?:DASH|{_PLAIN})* TRANSPLANT", nothing),
    (f"(?:NONE|DO_NOT) {_PLAIN}* (?:COMPLAINT|TRANSFUSION)|OFF TRANSFUSION", nothing),
    (f"(?:ONLY|REFUSED) {_PLAIN}* TOPIC", add_only_supplied),
    ("(?:ON|FILLER)* DIALYSIS AFTER", add_note),
    (
        f"(?:(?:{_COUNT} HOUR|HALF_HOUR)? (?:WITH|AFTER|BEFORE|ON|AT|FILLER) (?:OR|AND)?)+ (?:FILLER|ARTICLE|OF)* FOOD",
        nothing,
    ),
    # "Gélules, une le soir": before the article is read with the evening.
    (
        "(?<=(?:COMMA|COLON|DASH|STOP)) (?:FILLER|EACH_ONE|APIECE|TAKE)* "
        "(?P<n>ARTICLE) (?= (?:FILLER|ON|AT|PER|TAKE)* (?:RHYTHM|TIME_OF_DAY))",
        add_bare_article,
    ),
    (
        f"{_BEFORE_SLOT}* (?:{_SLOT} (?:{_AND}+ {_BEFORE_SLOT}* {_ANY_SLOT})*"
        f"|TIME_OF_DAY_SHORT (?:{_AND}+ {_BEFORE_SLOT}* {_ANY_SLOT})+)",
        add_slots,
    ),
    ("(?:WITH|FILLER|OPEN)* NUMBER OTHER_UNIT (?:OF|FILLER)* FOOD", nothing),
    ("CYCLE HASH? NUMBER (?:COMMA|SLASH|DASH)? DAY NUMBER (?: EQUALS DATE)? (?! TO|DASH|COMMA|SLASH|NUMBER)", nothing),
    ("(?P<n>NUMBER) PIECE STOP? (?! (?:FILLER|TAKE)* (?:RHYTHM|OFTEN|TIME_OF_DAY|EVERY|PER|CYCLE|DAY))", add_supplied),
    # "In view of a clearance of 22 ml/min".
    (
        "(?:FILLER|FOR|WITH|AT|OF|BY|OPEN)* KIDNEYS (?:COLON|EQUALS|FILLER|OF|AT|ARTICLE)* "
        "(?:NUMBER OTHER_UNIT|COMPARED NUMBER OTHER_UNIT?|UNIT NUMBER|NUMBER (?= STOP|COMMA|CLOSE|$))",
        nothing,
    ),
    ("GIVE_OUT (?P<n>NUMBER) (?! UNIT|DAY|WEEK|TIMES)", add_supplied),
    (
        f"TOPIC (?:COLON|EQUALS|OF|FILLER|NUMBER_MARK|STOP|BY|PER|FOR|QUOTE)* (?P<n>NUMBER) {_CAPS}? (?! UNIT|DAY|WEEK|TIMES)",
        add_supplied,
    ),
    (
        f"(?<!TAKE) (?P<n>NUMBER) {_CAPS} (?! (?:FILLER|ARTICLE|TAKE|AT|ON|BY|COMMA)* "
        f"(?:RHYTHM|OFTEN|TIME_OF_DAY|EVERY|PER|SLASH|{_COUNT} TIMES))",
        add_supplied,
    ),
    # Amounts.
    (
        f"(?P<n>{_COUNT}) (?:{_CAPS}|MULTIPLY) (?:OPEN|FILLER|OF|APIECE|MULTIPLY|AT|SLASH)* (?P<s>NUMBER) (?P<u>{_UNIT})"
        "(?: FILLER* APIECE) (?! NUMBER (?:HOUR|DAY|WEEK)|DAY|WEEK|HOUR|TIME_OF_DAY|WEEKDAY)",
        add_count_of_strength,
    ),
    (
        f"(?P<n>{_COUNT}) {_CAPS} STOP? (?:APIECE|OF|MULTIPLY|SLASH|AT|TO)+ (?:FILLER|DRUG)* (?P<s>NUMBER) (?P<u>{_UNIT})",
        add_count_of_strength,
    ),
    (f"(?P<n>NUMBER) OF (?:FILLER|ARTICLE)* (?P<s>NUMBER) (?P<u>{_UNIT}) FORM? CAPSULES", add_count_of_strength),
    (f"(?P<s>NUMBER) (?P<u>{_UNIT}) MULTIPLY (?P<n>NUMBER) {_CAPS}", add_count_of_strength),
    (f"(?P<n>{_COUNT}) MULTIPLY (?P<s>NUMBER) (?P<u>{_UNIT}) {_CAPS}?", add_count_of_strength),
    (f"(?P<n>{_COUNT}) (?P<s>NUMBER) (?P<u>{_UNIT}) (?:FORM|DRUG)* {_CAPS}", add_count_of_strength),
    (
        f"(?P<t>NUMBER) MULTIPLY (?P<n>NUMBER) (?! UNIT|SLASH|DASH NUMBER|DAY (?! STOP? NUMBER)|WEEK) {_CAPS}?",
        add_times_by_count,
    ),
    # "Lenalidomide EG 10 mg": who makes it.
    ("(?<=DRUG) DASH? UNKNOWN (?:DASH? UNKNOWN)? (?= NUMBER UNIT)", nothing),
    # "Lenalidomid 5 mg Kapseln: 2-0-0" names the product.
    (
        f"(?<=DRUG) (?P<s>NUMBER) (?P<u>{_UNIT}) "
        f"(?:FORM|DRUG|COLON|COMMA|STOP|DASH|{_CAPS})* (?= NUMBER DASH NUMBER DASH NUMBER)",
        add_strength,
    ),
    (
        f"(?:OPEN|COMMA|EQUALS)* TOTAL (?:FILLER|OF|STOP|COLON|EQUALS|DOSE_WORD|DAILY_DOSE)* (?P<s>NUMBER) (?P<u>{_UNIT})",
        add_total,
    ),
    (
        f"OPEN (?P<s>NUMBER) (?P<u>{_UNIT}) EACH_ONE CLOSE|OPEN EACH_ONE (?P<s2>NUMBER) (?P<u2>{_UNIT}) CLOSE",
        add_strength_of_each,
    ),
    (f"(?P<s>NUMBER) (?P<u>{_UNIT}) (?:PER|SLASH|OF) CAPSULE", add_strength),
    (f"(?P<s>NUMBER) (?P<u>{_UNIT}) (?:FORM|DRUG)* (?:(?P<one>CAPSULE)|CAPSULES)", add_strength),
    (f"(?:(?P<one>CAPSULE)|CAPSULES) (?:FORM|DRUG|FILLER|OF)? (?P<s>NUMBER) (?P<u>{_UNIT})", add_strength),
    (f"(?P<s>NUMBER) (?P<u>{_UNIT})", add_amount),
    (f"(?P<n>{_COUNT}) FORM? {_CAPS}", add_count),
    ("(?P<n>ROMAN) FORM? (?:CAPSULE|CAPSULES)", add_roman),
    ("(?P<n>NUMBER) CAPSULE_LETTER STOP? (?= (?:ROUTE|FILLER|COMMA)* (?:RHYTHM|OFTEN))", add_bare_count),
    (
        "^ (?P<n>NUMBER) (?= (?:FILLER|TAKE|AT|ON|BY|EVERY|PER)* (?:RHYTHM|TIME_OF_DAY|(?:SLASH|PER) DAY))",
        add_bare_count,
    ),
    ("^ (?P<n>ARTICLE) (?= RHYTHM (?:STOP|COMMA|$))", add_bare_count),
    ("(?<=RHYTHM) STOP? (?P<n>NUMBER) (?= STOP|COMMA|$)", add_bare_count),
    ("(?<=COMMA) (?P<n>NUMBER) (?= RHYTHM (?:STOP|COMMA|$))", add_bare_count),
    (f"(?<=(?:COMMA|STOP|DASH|COLON)) (?P<n>NUMBER) {_FOLLOWED_BY_RHYTHM}", add_bare_count),
    ("NUMBER_MARK STOP? (?P<n>NUMBER) (?! UNIT|CAPSULE|CAPSULES)", add_number_of_paper),
    (f"NUMBER_MARK (?= {_COUNT} {_CAPS})", with_a_point),
    (f"NUMBER_MARK STOP? (?P<n>NUMBER) {_FOLLOWED_BY_RHYTHM}", add_bare_count),
    ("^ (?P<n>ARTICLE) (?= RHYTHM (?:COMMA|STOP|FOR|CONTINUOUS))", add_bare_article),
    ("^ (?P<n>ARTICLE) (?= RHYTHM (?:TIME_OF_DAY|FILLER|ON|AT|PER)* TIME_OF_DAY)", add_bare_article),
    ("(?<=RHYTHM) (?P<n>ARTICLE) (?= COMMA|STOP|$)", add_bare_article),
    ("(?<=RHYTHM) (?P<n>NUMBER) (?= COMMA|(?:OF|ON|START|FILLER|BY|APIECE|AT)+ DAY NUMBER)", add_bare_count),
    ("(?<=TIME_OF_DAY) FILLER* (?P<n>ARTICLE) (?= TAKE|COMMA|STOP|$)", add_bare_article),
    ("(?<=DRUG) (?P<n>NUMBER) (?= STOP? COLON)", add_bare_strength),
    (f"(?:(?<=DRUG)|DRUG_SHORT) (?P<n>NUMBER) {_FOLLOWED_BY_RHYTHM}", add_bare_mg),
    ("(?<=TIME_OF_DAY) COLON? (?P<n>NUMBER) (?= STOP|COMMA|$)", add_bare_count),
    (f"(?P<n>NUMBER) ROUTE {_FOLLOWED_BY_RHYTHM}", add_bare_count),
    (f"(?<={_CAPS}) STOP? COLON (?P<n>NUMBER) {_FOLLOWED_BY_RHYTHM}", add_bare_count),
    (f"(?<=UNIT {_CAPS}) (?P<n>NUMBER) {_FOLLOWED_BY_RHYTHM}", add_bare_count),
    ("(?P<n>NUMBER) FILLER* TO_BE_TAKEN", add_bare_count),
    (f"TAKE (?:FILLER)* (?P<n>NUMBER) {_FOLLOWED_BY_RHYTHM}", add_bare_count),
    # The dose as the kidneys allow it, the name of a regimen, and a letter for the morning.
    (
        f"(?:DOSE_WORD|FILLER)* ADJUSTED (?:DOSE_WORD|TO|AFTER|{_PLAIN})* KIDNEYS",
        nothing,
    ),
    ("KIDNEYS DASH? ADJUSTED (?:DOSE_WORD|FILLER)?", nothing),
    ("PROTOCOL? DASH? REGIMEN DASH? PROTOCOL?", nothing),
    ("(?<=(?:UNIT|CAPSULE|CAPSULES)) MANE (?= STOP|COMMA|OPEN|$)", rhythm_is(DAILY)),
    # Who ordered it, and that it is taken as said.
    ("PRESCRIBED? (?:DIRECTED|BY|PER|OF|FILLER|ARTICLE)* PERSON", nothing),
    ("(?:OF|EVERY|PER|FILLER)* CYCLE", name_cycle),
)


GRAMMAR: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = tuple(
    (pattern(source), handler) for source, handler in _RULES
)
_AMOUNTS_AT_TIMES: Final = tuple(
    pattern(source)
    for source in (
        f"{_AMOUNT} {_AT_SLOT} (?:{_BETWEEN}* {_AMOUNT} {_AT_SLOT})+",
        f"{_AT_SLOT} {_BETWEEN}* {_AMOUNT} (?:{_BETWEEN}* {_AT_SLOT} {_BETWEEN}* {_AMOUNT})+",
    )
)
_ONE_AMOUNT: Final = pattern(_AMOUNT)
# What may stand in a text without a meaning for the dose, where no phrase took it; topics are told by `clauses`.
_FILLERS: Final = kinds(
    "FILLER ARTICLE AND OF FOR ON AT WITH BY FORM TAKE TO_BE_TAKEN DIRECTED FOR_WHOM PERSON START REPEAT EACH_TIME FOOD DRUG "
    "DOSE_WORD SAME_TIME RISK_SCORE DRUG_SHORT CAPSULE CAPSULES DATE ICD PHONE "
    "LONG_NUMBER TRANSFUSION COMMA STOP OPEN CLOSE DASH COLON EQUALS QUOTE SLASH"
)
# "1 capsule (10 mg)", "10 mg = 1 cap": what stands between two ways of saying the same amount.
_SAME_AMOUNT: Final = kinds("OPEN EQUALS FILLER COMMA SLASH")
_FILLING_TOPICS: Final = frozenset({"indication", "programme", "caution", "supply"})


def parse(tokens: list[Token]) -> Pieces:
    """The pieces of the tokens of one text, read from left to right."""
    pieces = Pieces()
    _read(tuple(tokens), pieces)
    return pieces


def _read(tokens: tuple[Token, ...], pieces: Pieces) -> None:
    text = written(list(tokens))
    position = 0
    last: int | None = None
    while position < len(tokens):
        seen = pieces.mg_seen + pieces.counts_seen
        end = _step(tokens, text, position, pieces)
        if pieces.mg_seen + pieces.counts_seen > seen:
            between = tokens[last:position] if last is not None else tokens[:0]
            pieces.places += last is None or any(not _SAME_AMOUNT & token.meanings.keys() for token in between)
            last = end
        position = end


def _step(tokens: tuple[Token, ...], text: str, position: int, pieces: Pieces) -> int:
    for each in _AMOUNTS_AT_TIMES:
        found = each.match(text, position)
        if found:
            amounts = [tokens[m.start() : m.end()] for m in _ONE_AMOUNT.finditer(text, position, found.end())]
            add_amount_at_each(pieces, Found({}, tokens[position : found.end()]), amounts)
            _read(amounts[0], pieces)
            return found.end()
    for phrase, handler in GRAMMAR:
        found = phrase.match(text, position)
        if found and found.end() > position:
            groups = {name: tokens[slice(*found.span(name))] for name in found.groupdict() if found[name]}
            if handler(pieces, Found(groups, tokens[position : found.end()])):
                return found.end()
    _leave(tokens, position, pieces)
    return position + 1


def _is_of_the_dose(tokens: tuple[Token, ...], position: int) -> bool:
    """Whether the dose is named between the stops on both sides of a token."""
    stops = [at for at, token in enumerate(tokens) if "STOP" in token.meanings]
    first = max((at for at in stops if at < position), default=0)
    last = min((at for at in stops if at > position), default=len(tokens))
    return any("DOSE_WORD" in token.meanings for token in tokens[first:last])


def _leave(tokens: tuple[Token, ...], position: int, pieces: Pieces) -> None:
    """A token that no phrase took: a filler, or left over.

    A word that nobody knows changes no complete structure, but where it is said of the dose.
    """
    token = tokens[position]
    said = token.meanings.keys()
    is_filler = said & _FILLERS or _FILLING_TOPICS & set(token.meanings.get("TOPIC", "").split())
    if is_filler and not {"REFUSED", "NUMBER"} & said:
        return
    pieces.left_over.append(token.text)
    if said != {"UNKNOWN"} or _is_of_the_dose(tokens, position):
        pieces.risky.append(token.text)
