"""Phrases of schedules in order of precedence: what cannot be a dose or schedule first, then rests, rhythms and times of day."""

from __future__ import annotations

from typing import Final

from cds_service.fhir.dosage.amounts import (
    add_bare_article,
    add_limit,
    add_only_supplied,
    add_scheme,
    add_scheme_of_amounts,
    add_scheme_of_week,
    add_supplied,
    add_table_of_day,
    add_times_by_count,
    waits_for_an_event,
)
from cds_service.fhir.dosage.cycles import (
    add_bare_days_off,
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
    add_ratio_of_weeks,
    add_repeat_on,
    add_rest_until,
    add_same_day,
    add_week_of_rest,
    add_week_off,
    add_weeks,
    add_weeks_then_off,
    into,
    is_continuous,
    no_rest,
)
from cds_service.fhir.dosage.fragments import (
    AND,
    ANY_SLOT,
    BEFORE_SLOT,
    BEFORE_TIME,
    BEFORE_WEEKDAY,
    CAPS,
    COUNT,
    LINK,
    NTH,
    OF,
    PER,
    PLAIN,
    REST,
    SEVERAL,
    SLOT,
    SPAN,
    TH,
    TIME_LABEL,
    TIMES,
    TO,
    UNIT,
    WEEKDAY,
)
from cds_service.fhir.dosage.pieces import DOSE_RANGE, PART_OF_CAPSULE, Handler, nothing, problem
from cds_service.fhir.dosage.rhythms import (
    RANGE_OF_TIMES,
    add_clock_or_interval,
    add_course_of_doses,
    add_daily_in_parts,
    add_date,
    add_days_of_seven,
    add_days_over_seven,
    add_dialysis_weekdays,
    add_every,
    add_except_days,
    add_note,
    add_often,
    add_once_in,
    add_rhythm,
    add_same_time,
    add_sessions,
    add_slots,
    add_times_a_week,
    add_weekday_range,
    add_weekdays,
    adds_the_weekend,
    is_once,
    rhythm_is,
    starts_on_a_weekday,
)
from cds_service.fhir.schedule import AS_NEEDED, DAILY, SCHEDULE_UNKNOWN, Rhythm

SCHEDULES: Final[tuple[tuple[str, Handler], ...]] = (
    # What cannot be a dose or schedule comes first, so that no later phrase reads half of it.
    ("AS_NEEDED", problem(AS_NEEDED)),
    (f"APPROXIMATE STOP? (?:FILLER|OF|ARTICLE)* (?:NUMBER {UNIT}|{COUNT} {CAPS})", problem(DOSE_RANGE)),
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
        f"START (?:ON|AT|FILLER)* WEEKDAY (?! {AND} {AND}? {BEFORE_WEEKDAY}* "
        f"{WEEKDAY}|STOP? TO (?:ON|FILLER|ARTICLE)* {WEEKDAY})",
        starts_on_a_weekday,
    ),
    ("HASH (?:FILLER|COLON)* NUMBER (?:CAPSULE|CAPSULES)?", nothing),
    ("NUMBER REFILL_MARK|REFILL_MARK (?:DASH|COLON|HASH)? NUMBER (?! UNIT|CAPSULE|CAPSULES|TIMES)", nothing),
    (f"{COUNT} {SEVERAL} {COUNT} (?:DASH? TIMES)", RANGE_OF_TIMES),
    (f"OFTEN {SEVERAL} OFTEN", RANGE_OF_TIMES),
    (f"EVERY {COUNT} (?:STOP|DAY|HOUR)? {SEVERAL} {COUNT} STOP? (?:DAY|HOUR|WEEK)", RANGE_OF_TIMES),
    (
        f"(?:HALF (?:OF|ARTICLE|FILLER)*|NUMBER SLASH NUMBER) {CAPS}|(?:HALF|NUMBER SLASH NUMBER) (?=DASH NUMBER DASH)",
        problem(PART_OF_CAPSULE),
    ),
    (
        f"{COUNT} {SEVERAL} {COUNT} (?:{UNIT}|{CAPS})|NUMBER {UNIT} {SEVERAL} NUMBER {UNIT}"
        f"|{COUNT} {CAPS} (?:TO|OR) {COUNT} (?:{CAPS}|(?! {UNIT}))",
        problem(DOSE_RANGE),
    ),
    (
        f"LIMIT (?:FILLER|STOP|COLON|OF|DAILY_DOSE|RHYTHM|ARTICLE|TAKE|PER|CAPSULE|ON)*"
        f" (?:(?P<s>NUMBER) (?P<u>{UNIT})|(?P<n>{COUNT}) {CAPS})"
        f"(?: OPEN (?:NUMBER {UNIT}|{COUNT} {CAPS}) CLOSE)?"
        f"(?: (?:FILLER|PER|SLASH|EVERY|OF|ARTICLE)* (?:RHYTHM|DAY|{COUNT} HOUR))?",
        add_limit,
    ),
    # "1D1C": so often a day so many capsules.
    ("(?P<t>NUMBER) (?:TIMES_A_DAY|DAY) (?P<n>NUMBER) CAPSULE_LETTER (?! STOP? UNIT)", add_times_by_count),
    (
        f"FOR? (?P<n>NUMBER) SLASH (?P<days>NUMBER) {LINK}* (?P<n2>NUMBER) SLASH (?P<days2>NUMBER) (?:OF|FILLER)* OFF",
        add_over_seven_off,
    ),
    # "1日1回": so often in one day, said before the number of days can be taken for a length of time.
    (f"(?P<one>NUMBER) DAY (?:PER|FILLER)? (?:(?P<n>{COUNT}) TIMES|(?P<once>EACH_TIME))", add_often),
    (f"(?P<n>{COUNT}) DAY (?:OF|FOR|PER) (?P<days>NUMBER) DAY? (?! {UNIT}|{CAPS})", add_days_of_seven),
    (
        f"(?:FOR|MULTIPLY)? (?P<n>NUMBER) SLASH (?P<days>NUMBER) (?! {UNIT}|{CAPS}|SLASH|DASH|DAY)",
        add_days_over_seven,
    ),
    ("(?:FOR|MULTIPLY) (?P<n>NUMBER) DOSE_WORD", add_course_of_doses),
    ("(?<=(?:OPEN|STOP)) FILLER* NUMBER LITERS (?:RHYTHM|PER DAY)? CLOSE", nothing),
    ("INCLUDING (?:ON|FILLER|ARTICLE|AT|PER)* WEEKDAY", adds_the_weekend),
    # "Without interruption between the cycles": beside days off it is a contradiction.
    ("NO_REST (?:BETWEEN (?:FILLER|ARTICLE)* CYCLE)?|CONTINUOUS BETWEEN (?:FILLER|ARTICLE)* CYCLE", no_rest),
    # "3:1 (3 weeks on, 1 week off)".
    (
        "(?P<n>NUMBER) COLON (?P<n2>NUMBER) (?= (?:OPEN|COMMA|EQUALS|DASH|FILLER)* NUMBER DASH? WEEK)",
        add_ratio_of_weeks,
    ),
    # "Reduced to 5 mg daily since …": the change lies behind.
    (
        f"CHANGED_TO (?= NUMBER {UNIT} (?:PER|SLASH|RHYTHM|FILLER|ARTICLE|DAY|COMMA|OPEN|TIMES|OFTEN)* START (?:FILLER|ON)* DATE)",
        nothing,
    ),
    ("CONTINUOUS", is_continuous),
    ("LIMIT (?:FILLER|ARTICLE|OF|DOSE_WORD|DAILY_DOSE|TAKE|ON)* PRESCRIBED (?:DOSE_WORD|DAILY_DOSE)?", nothing),
    ("(?:DAY|UNIT|CYCLE_LETTER) NUMBER (?:EQUALS|COLON) (?:START)? DATE", nothing),
    ("REPEAT? (?:FILLER|CYCLE|EVERY)* (?P<n>NUMBER) DASH? (?P<r>(?! WEEK) RHYTHM)", add_cycle_of_weeks),
    ("DAY (?P<n>NUMBER) EQUALS DAY (?P<n2>NUMBER) (?! DASH|TO)", add_same_day),
    # The rest: days on, days off, cycle. A slash could also write a date, so only the usual pairs count.
    (f"(?P<n>NUMBER) (?P<slash>SLASH) (?P<n2>NUMBER) DAY? (?! {UNIT}|{CAPS}|SLASH|DASH)", add_on_of),
    (f"FOR* (?P<n>NUMBER) (?P<day>DAY) SLASH (?P<n2>NUMBER) DAY? (?! {UNIT}|{CAPS}|WEEK|SLASH|DASH)", add_on_of),
    (
        f"FOR* (?P<n>NUMBER) (?P<day>DAY)? (?:OF|FOR|PER|EVERY) (?:OF|FOR|PER|EVERY|FILLER|ARTICLE)* (?P<n2>NUMBER)"
        f" (?P<day2>DASH? DAY)? (?:DASH? CYCLE)?"
        f"(?! {UNIT}|{CAPS}|WEEK)",
        add_on_of,
    ),
    (
        f"FOR? (?P<n>{COUNT}) (?P<week>WEEK) (?:OF|FOR|PER|EVERY) (?:OF|FOR|PER|EVERY|FILLER)* (?P<n2>{COUNT}) WEEK?",
        add_on_of,
    ),
    (f"(?P<n>{COUNT}) (?:OF|FOR|PER|EVERY) (?:OF|FOR|PER|EVERY|FILLER)* (?P<n2>{COUNT}) (?P<week>WEEK)", add_on_of),
    (
        f"(?:FOR|ON|ARTICLE|FILLER)* FIRST? (?P<n>{COUNT}) FIRST? {SPAN} (?:OF|EVERY|FILLER|ARTICLE|PER)*"
        f"(?:CYCLE (?:OF|FILLER|ARTICLE|PER)*)? (?P<n2>{COUNT}) DASH? (?:(?P<week2>WEEK)|DAY)?(?: DASH? CYCLE)?",
        add_first_of,
    ),
    (
        f"OFF (?:ON|FILLER|ARTICLE|FOR|PER|OF|AT)* LAST? (?P<n>{COUNT}) LAST? {SPAN} (?:OF|EVERY|FILLER|ARTICLE|PER)*"
        f"(?:CYCLE (?:OF|FILLER|ARTICLE|PER)*)? (?P<n2>{COUNT}) DASH? (?:(?P<week2>WEEK)|DAY)?(?: DASH? CYCLE)?",
        add_last_off,
    ),
    (
        f"FOR? (?P<n>{COUNT}) (?P<week>WEEK) (?:OF|ON|{LINK})* {REST} (?:FILLER|ARTICLE|ON|PER)* ORDINAL WEEK?",
        add_weeks_then_off,
    ),
    ("(?P<n>NUMBER) SLASH (?P<n2>NUMBER) (?P<week>WEEK)", add_on_of),
    (
        f"FOR? (?P<n>{COUNT}) DASH? {SPAN}? (?:ON|FILLER)* ON {LINK}*"
        f"(?P<n2>{COUNT}) DASH? (?:(?P<week2>WEEK)|(?P<day2>DAY))? (?:OF|FILLER|DASH)* OFF",
        add_on_off,
    ),
    (
        f"FOR? (?P<n>{COUNT}) DASH? {SPAN} {LINK}* (?P<n2>{COUNT}) "
        f"DASH? (?:(?P<week2>WEEK)|(?P<day2>DAY)) (?:OF|FILLER|DASH)* OFF"
        "(?! (?:FOR|ON|FILLER|ARTICLE)* NUMBER DAY)",
        add_on_off,
    ),
    (f"FOR? (?P<n>{COUNT}) DASH? {SPAN} {LINK}* (?P<n2>{COUNT}) (?:OF|FILLER|DASH)* OFF", add_on_off),
    (
        f"FOR? (?P<n>{COUNT}) DASH? {SPAN} {LINK}* OFF (?:FILLER|FOR|OF|ARTICLE)*"
        f"(?P<n2>{COUNT}) (?! DASH|DAY|WEEK|UNIT|CAPSULE|CAPSULES|TIMES)",
        add_on_off,
    ),
    (f"(?P<week>WEEK) ON {LINK}* (?P<week2>WEEK) OFF", add_on_off),
    (
        f"(?:(?:(?:THEN|AND|COMMA)* (?P<off>OFF|EXCEPT)) (?:COLON|DASH)?)? "
        f"(?:ON|FILLER|ARTICLE|START|OF|FOR|PER)* DAY STOP? COLON? (?P<a>NUMBER) STOP?"
        f"(?:{TO} (?:FILLER STOP|FILLER|ARTICLE|OF)* (?:DAY DASH?)?|TO_DAY) (?P<n>NUMBER) (?: STOP (?=DAY))? DAY?"
        f"(?: (?:COLON|EQUALS|DASH|FILLER)* (?P<off2>OFF))?",
        add_interval,
    ),
    (
        f"(?:START|ON|FILLER|ARTICLE)* (?P<a>NUMBER) {TH}? {TO} (?:FILLER|ARTICLE)* (?P<n>NUMBER) {TH}? DAY"
        f"(?: (?:COLON|EQUALS|DASH|FILLER)* (?P<off2>OFF))?",
        add_interval,
    ),
    # "t1→t21": the letter is a tablet elsewhere.
    (
        "CAPSULE_LETTER (?P<a>NUMBER) (?:TO|DASH) CAPSULE_LETTER? (?P<n>NUMBER) (?! UNIT|CAPSULE|CAPSULES)",
        add_interval_by_letter,
    ),
    (f"(?:FOR|ON|FILLER|ARTICLE)* WEEK STOP? (?P<a>NUMBER) {TO} (?P<n>NUMBER) (?! {UNIT}|{CAPS})", add_weeks),
    (
        f"(?:START|ON|FILLER|ARTICLE)* (?P<a>NUMBER) {TO} (?:FILLER|ARTICLE)* (?P<n>NUMBER) "
        f"DAY? (?:COLON|EQUALS|DASH|FILLER)* (?:{REST}|NONE (?= STOP|COMMA|CLOSE|$))",
        add_end_off,
    ),
    # "Then rest until day 28".
    (
        f"{LINK}* {REST} (?:FILLER|ARTICLE)* (?:UNTIL|TO) (?:FILLER|ARTICLE)* (?:DAY|UNIT) (?P<n>NUMBER)",
        add_rest_until,
    ),
    # "J1-J21 (28 j)".
    ("OPEN (?P<n>NUMBER) DASH? DAY CLOSE", add_cycle_in_brackets),
    # "Nothing from 22 to 28", "the last 7 days of the cycle off".
    (
        f"{REST} (?:ON|FILLER|ARTICLE|START|OF|FOR|PER|AT)* UNIT? (?P<a>NUMBER) "
        f"{TO} (?:FILLER|ARTICLE)* UNIT? (?P<n>NUMBER) DAY? (?! {UNIT}|{CAPS})",
        add_end_off,
    ),
    (
        f"(?:ON|FILLER|ARTICLE|FOR)* LAST (?P<n>{COUNT}) {SPAN} "
        f"(?:(?:OF|FILLER|ARTICLE|EVERY|PER|ON)* CYCLE)? (?:FILLER|COMMA|ARTICLE)* {REST}",
        into("days_off"),
    ),
    (f"{LINK}* (?P<n>{COUNT}) {SPAN} NONE (?= STOP|COMMA|CLOSE|$)", into("days_off")),
    (
        f"(?:ON|FILLER|ARTICLE|AT|PER|OF)* {NTH} WEEK "
        f"(?:COLON|EQUALS|DASH|FILLER|OF|COMMA)* NONE {CAPS}? (?= STOP|COMMA|CLOSE|$)"
        f"|{LINK}* NONE {CAPS}? (?:ON|FILLER|ARTICLE|AT|PER|OF)* (?P<nth2>ORDINAL) WEEK",
        add_week_off,
    ),
    # "Off week 4", "week 4 off", "4. Woche Pause": which week, not how many; "4 weeks off" stands below.
    (
        f"{LINK}* {REST} (?:ON|FILLER|ARTICLE|FOR|PER|COLON)* WEEK STOP? (?P<n>NUMBER) (?! {TO}|{AND}|NUMBER|DAY|WEEK)"
        f"|(?:ON|FILLER|ARTICLE)* WEEK STOP? (?P<n3>NUMBER) (?:COLON|EQUALS|DASH|FILLER)* {REST}"
        f"|(?:ON|FILLER|ARTICLE)* {NTH} WEEK (?:COLON|EQUALS|DASH|FILLER|OF)* {REST}",
        add_week_off,
    ),
    (f"THEN (?:FILLER|ARTICLE)* (?P<n>{COUNT}) {SPAN} STOP OFF (?! (?:FOR|FILLER)* NUMBER)", into("days_off")),
    (f"{LINK}* (?P<n>{COUNT}) DASH? {SPAN} STOP {REST} (?! (?:FOR|FILLER)* NUMBER)", add_off_after),
    (f"{LINK}+ WEEK {REST} (?! (?:FOR|FILLER|ON)* NUMBER)", add_week_of_rest),
    (f"{LINK}* OFF STOP (?P<n>{COUNT}) DASH? {SPAN}", add_off_after),
    (f"{LINK}* (?P<n>{COUNT})? WEEK_OFF", add_week_of_rest),
    (f"(?:{OF})* (?P<n>NUMBER) DASH? (?:DAY DASH? CYCLE|DAY_CYCLE)", into("cycles")),
    (f"(?:{OF})* (?P<n>{COUNT}) DASH? (?P<week>WEEK) DASH? CYCLE", into("cycles")),
    (
        f"(?:{OF})* CYCLE (?:OF|COLON|EQUALS|FILLER|ARTICLE|EVERY|DASH|PER|OPEN)* (?P<n>NUMBER) DASH? DAY",
        into("cycles"),
    ),
    (f"(?:{OF})* CYCLE (?:OF|COLON|EQUALS|FILLER|EVERY|PER)* (?P<n>{COUNT}) DASH? (?P<week>WEEK)", into("cycles")),
    (
        f"(?:OF|SLASH|EVERY) (?:OF|SLASH|EVERY|ARTICLE|FILLER)* (?P<n>NUMBER) STOP? (?:DASH? DAY)?"
        f"(?! {UNIT}|{CAPS}|HOUR|WEEK|TIMES (?! NUMBER))",
        add_cycle_of,
    ),
    (
        "REPEAT (?:EVERY|FILLER|CYCLE|ON|AT|STOP|TO|START|FOR|ARTICLE)* (?:DAY|UNIT) (?P<n>NUMBER) (?! UNIT|CAPSULE|CAPSULES)",
        add_repeat_on,
    ),
    (f"(?:REPEAT|EVERY|OF) (?:EVERY|FILLER)* (?P<n>{COUNT}) (?P<week>WEEK)", add_cycle_of),
    # "Días 1-21 c/28".
    (f"CAPSULE_LETTER SLASH (?P<n>NUMBER) STOP? (?:DASH? DAY)? (?! {UNIT}|{CAPS}|HOUR|WEEK|TIMES)", add_cycle_of),
    (f"{LINK}* OFF (?:FILLER|FOR|OF|ARTICLE|ON|PER|COLON)* (?P<n>{COUNT}) DASH? {SPAN}", into("days_off")),
    (
        f"(?:THEN|AND|TAKE|FILLER|ARTICLE|ON|FOR)* (?P<n>{COUNT}) DASH? {SPAN} (?:OF|FILLER|DASH|FOR)* OFF",
        into("days_off"),
    ),
    # "21 days one capsule daily and seven of rest": days, which stand before.
    (f"{LINK}+ (?P<n>NUMBER) (?:OF|FILLER)* {REST} (?= STOP|COMMA|CLOSE|AND|$)", add_bare_days_off),
    (f"(?P<n>{COUNT}) DASH? {SPAN} (?:OF|FILLER)* ON", into("days_on")),
    (
        f"(?:ON|FILLER|ARTICLE|PER|AT)* (?P<n>{COUNT}) DAY (?:(?:PER|SLASH|EVERY|ARTICLE|OF|FILLER)+ WEEK|(?P<r>RHYTHM))",
        add_days_of_seven,
    ),
    (f"FOR FILLER* {COUNT} LONG_TIME", nothing),
    ("(?:THEN|AND) FILLER* REPEAT", nothing),
    (
        f"(?:FOR|THEN)? (?:FILLER|FOR|ON)* (?P<n>{COUNT}) DASH? {SPAN}",
        into("days_of_course"),
    ),
    (
        f"(?:FILLER|OF|PER|ON|AT)* CYCLE (?:HASH|NUMBER_MARK)? STOP? {COUNT} "
        f"(?:(?:OF|SLASH) (?P<n2>NUMBER))? (?! DASH? (?:DAY|WEEK)|SLASH)"
        f"|FOR? {COUNT} (?:(?! START) (?:OF|FILLER))? CYCLE (?:(?:FILLER|OF)* (?:PLANNED|LIMIT (?! NUMBER|ARTICLE)))?",
        add_cycle_number,
    ),
    (f"PLANNED (?:FOR|FILLER|COLON)* {COUNT} CYCLE", nothing),
    ("(?:ORDINAL|NUMBER (?:STOP|ORDINAL_MARK)+) CYCLE (?! STOP? NUMBER|OF|COLON NUMBER|DASH? DAY)", nothing),
    (f"LIMIT (?:FILLER|OF|FOR|STOP)* {COUNT} CYCLE", nothing),
    # Rhythms. "1-0-0": morning, noon, evening, and at will night; "1 matin, 0 midi, 0 soir" says it in words.
    (
        f"NUMBER {CAPS}? {BEFORE_TIME}* TIME_OF_DAY(?: "
        f"(?:COMMA|SLASH|DASH|AND|STOP)* NUMBER {CAPS}? {BEFORE_TIME}* TIME_OF_DAY)+",
        add_scheme,
    ),
    (
        f"FILLER* {TIME_LABEL} STOP? (?:COLON|EQUALS|DASH)? NUMBER {CAPS}?"
        f"(?: (?:COMMA|SLASH|DASH|AND|STOP)* {TIME_LABEL} STOP? (?:COLON|EQUALS|DASH)? NUMBER {CAPS}?)+ (?! DASH|{UNIT})",
        add_table_of_day,
    ),
    (
        f"(?P<n>NUMBER) DASH NUMBER DASH NUMBER (?:DASH NUMBER)? (?! DASH NUMBER|SLASH|TIMES (?! NUMBER (?:DAY|WEEK))|UNIT) {CAPS}?",
        add_scheme,
    ),
    (
        "NUMBER UNIT DASH NUMBER UNIT? DASH NUMBER UNIT? (?:DASH NUMBER UNIT?)? (?! DASH NUMBER|SLASH|TIMES)"
        "|NUMBER DASH NUMBER DASH NUMBER UNIT (?! DASH|SLASH|TIMES)",
        add_scheme_of_amounts,
    ),
    (
        f"{WEEKDAY} STOP? COLON? NUMBER {CAPS}?(?: (?:COMMA|SLASH|DASH|AND|STOP)* {WEEKDAY} STOP? COLON? NUMBER {CAPS}?)"
        "{2,6} (?! UNIT|DASH)",
        add_scheme_of_week,
    ),
    ("(?<=STOP) NUMBER STOP NUMBER STOP NUMBER (?:STOP NUMBER)? (?= STOP|$)", add_scheme),
    ("EVERY OTHER STOP? (?:DAY|TIME_OF_DAY)", rhythm_is(Rhythm(2))),
    ("FORTNIGHT|EVERY OTHER STOP? WEEK", problem(SCHEDULE_UNKNOWN)),
    (f"WEEK (?:PER|FILLER)? (?P<n>{COUNT}) TIMES", add_times_a_week),
    (f"{TIMES} {PER}* (?P<r>RHYTHM)", add_often),
    ("(?P<r>RHYTHM) FILLER* (?P<o>OFTEN)", add_daily_in_parts),
    ("(?P<t>NUMBER) TIMES_A_DAY (?P<n>NUMBER) (?! UNIT|CAPSULE|CAPSULES)", add_times_by_count),
    ("(?P<n>NUMBER) TIMES_A_DAY", add_often),
    (f"{TIMES} {PER}+ (?:DAY|(?P<week>WEEK))", add_often),
    (f"{TIMES} (?P<week>WEEK)", add_often),
    (f"{TIMES} DAY (?! STOP? NUMBER)", add_often),
    # "10 mg x 2/day"; "5 mg x 2 daily" may be two capsules once a day.
    ("MULTIPLY (?P<n>NUMBER) (?:PER|SLASH)+ (?:DAY|(?P<week>WEEK))", add_often),
    ("MULTIPLY (?P<n>NUMBER) (?= RHYTHM)", is_once),
    (f"{TIMES} (?= (?:FILLER|PER|EVERY|COMMA|AT|ON)* (?:EVERY {COUNT}|{SLOT}))", is_once),
    # "1 mal 1 Kapsel pro Tag".
    (f"{TIMES} (?= {COUNT} {CAPS} FILLER* (?:RHYTHM|(?:PER|EVERY) DAY))", is_once),
    (f"EVERY (?P<n>{COUNT}) (?:STOP|FILLER)? DASH? (?:DAY|(?P<week>WEEK)|(?P<hour>HOUR))", add_every),
    ("(?:PER|SLASH) (?P<n>NUMBER) (?P<hour>HOUR)", add_every),
    # "Once per 2 days".
    (f"{TIMES} (?:PER|SLASH|OF)+ (?P<each>NUMBER) (?:DAY|(?P<hour>HOUR)) (?! OFF)", add_once_in),
    ("EVERY CLOCK", add_clock_or_interval),
    ("RHYTHM (?= WEEK (?! STOP? NUMBER))", problem(SCHEDULE_UNKNOWN)),
    ("SAME_TIME (?:FILLER|ARTICLE|COMMA|AT)* (?:RHYTHM|EVERY DAY)", add_same_time),
    ("RHYTHM|DAILY_DOSE", add_rhythm),
    ("(?:PER|EVERY|SLASH) FILLER* DAY", rhythm_is(DAILY)),
    ("(?:PER|EVERY|SLASH) FILLER* WEEK", rhythm_is(Rhythm(7))),
    # "Monday through Saturday" is a range; "Mon to Thu" and "Mon-Thu" are not certain.
    (
        f"{BEFORE_WEEKDAY}* (?P<a>{WEEKDAY}) STOP? THROUGH "
        f"(?:ON|FILLER|ARTICLE)* (?P<n>{WEEKDAY}) (?! STOP? {TO} {WEEKDAY})",
        add_weekday_range,
    ),
    (f"{BEFORE_WEEKDAY}* WEEKDAY {TO} WEEKDAY (?! {AND} {WEEKDAY})", problem(SCHEDULE_UNKNOWN)),
    (
        f"EXCEPT STOP? {BEFORE_WEEKDAY}* {WEEKDAY} STOP? {TO} (?:ON|FILLER|ARTICLE)* {WEEKDAY}"
        # "Mandag fri" is Monday off, "Mon Fri" are two days.
        "|WEEKDAY FILLER* (?= OFF) WEEKDAY",
        problem(SCHEDULE_UNKNOWN),
    ),
    (
        f"EXCEPT STOP? (?:ON|FILLER|ARTICLE|AT|PER|OF|START|EVERY)* WEEKDAY (?:{AND}+ (?:ON|FILLER|ARTICLE)* WEEKDAY)* (?! OF TOPIC)",
        add_except_days,
    ),
    (
        f"(?:ON|FILLER|ARTICLE|AT|PER|START)* WEEKDAY (?:{AND}+ (?:ON|FILLER|ARTICLE)* "
        f"WEEKDAY)* (?:FILLER|COLON|DASH)* (?! WEEKDAY) (?:OFF|NONE (?= STOP|COMMA|CLOSE|$))"
        f"|(?:COMMA|AND|DASH)* (?:NONE|{REST}) (?:ON|FILLER|ARTICLE|AT|PER|OF)* WEEKDAY (?:{AND}+ (?:ON|FILLER|ARTICLE)* WEEKDAY)*"
        " (?= STOP|COMMA|CLOSE|$)",
        add_except_days,
    ),
    (
        f"ONLY? {BEFORE_WEEKDAY}* (?:{WEEKDAY} (?:(?:STOP|{AND})+ (?:ON|FILLER|EVERY|ARTICLE)* {WEEKDAY})+"
        f"|{WEEKDAY} {WEEKDAY} {WEEKDAY}+|WEEKDAY) (?:COMMA? ONLY)?",
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
    (
        "(?:TO_BE_TAKEN|TAKE|ON|FILLER|ARTICLE)* (?:DIALYSIS_DAYS (?:COMMA|TAKE|FILLER)*)? AFTER_DIALYSIS"
        " (?:(?:COMMA|OPEN|ON|FILLER|ARTICLE|AT|PER|OF)* DIALYSIS_DAYS CLOSE?)?",
        add_note,
    ),
    (f"(?P<n>{COUNT}) (?:SESSION|DIALYSIS) (?:PER|SLASH|EVERY|ARTICLE|FILLER|AT)* WEEK", add_times_a_week),
    (f"(?:ON|FILLER|ARTICLE|AT|PER)* DIALYSIS_DAYS (?= (?:OPEN|COMMA|COLON|DASH|FILLER)* {WEEKDAY})", nothing),
    # "Not on dialysis", "dialysis not needed": said of the patient.
    (f"DO_NOT (?:NEEDED|{PLAIN})* DIALYSIS|DIALYSIS FILLER* DO_NOT FILLER* NEEDED", nothing),
    # "On dialysis days (3 a week), after the session".
    (
        f"(?:ON|FILLER|ARTICLE|AT|PER)* DIALYSIS_DAYS (?:OPEN|COMMA)* (?P<n>{COUNT})"
        " (?:TIMES|MULTIPLY|SESSION|SLASH|PER|EVERY|FILLER|ARTICLE)* WEEK CLOSE?"
        "(?: (?:COMMA|FILLER|TAKE|ARTICLE)* (?P<after>AFTER) (?:FILLER|ARTICLE|EVERY|PER|OF|DASH)* (?:DIALYSIS|SESSION))?",
        add_sessions,
    ),
    # "Daily, after dialysis (Mon, Wed, Fri)": the days of the dialysis.
    (
        f"(?<=(?:DIALYSIS|DIALYSIS_DAYS|AFTER_DIALYSIS|SESSION)) OPEN (?:ON|FILLER|ARTICLE)* "
        f"{WEEKDAY} (?:{AND}+ (?:ON|FILLER|ARTICLE)* {WEEKDAY})* CLOSE",
        add_dialysis_weekdays,
    ),
    (f"AFTER (?:DASH|{PLAIN})* TRANSPLANT", nothing),
    (f"(?:NONE|DO_NOT) {PLAIN}* (?:COMPLAINT|TRANSFUSION)|OFF TRANSFUSION", nothing),
    (f"(?:ONLY|REFUSED) {PLAIN}* TOPIC", add_only_supplied),
    ("(?:ON|FILLER)* DIALYSIS AFTER", add_note),
    (
        f"(?:(?:{COUNT} HOUR|HALF_HOUR)? (?:WITH|AFTER|BEFORE|ON|AT|FILLER) (?:OR|AND)?)+ (?:FILLER|ARTICLE|OF)* FOOD",
        nothing,
    ),
    # "Gélules, une le soir": before the article is read with the evening.
    (
        "(?<=(?:COMMA|COLON|DASH|STOP)) (?:FILLER|EACH_ONE|APIECE|TAKE)* "
        "(?P<n>ARTICLE) (?= (?:FILLER|ON|AT|PER|TAKE)* (?:RHYTHM|TIME_OF_DAY))",
        add_bare_article,
    ),
    (
        f"{BEFORE_SLOT}* (?:{SLOT} (?:{AND}+ {BEFORE_SLOT}* {ANY_SLOT})*"
        f"|TIME_OF_DAY_SHORT (?:{AND}+ {BEFORE_SLOT}* {ANY_SLOT})+)",
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
        f"TOPIC (?:COLON|EQUALS|OF|FILLER|NUMBER_MARK|STOP|BY|PER|FOR|QUOTE)* (?P<n>NUMBER) {CAPS}? (?! UNIT|DAY|WEEK|TIMES)",
        add_supplied,
    ),
    (
        f"(?<!TAKE) (?P<n>NUMBER) {CAPS} (?! (?:FILLER|ARTICLE|TAKE|AT|ON|BY|COMMA)* "
        f"(?:RHYTHM|OFTEN|TIME_OF_DAY|EVERY|PER|SLASH|{COUNT} TIMES))",
        add_supplied,
    ),
)
