"""Parts of phrases over kinds of words, from which the tables of phrases are put together."""

from __future__ import annotations

from typing import Final

COUNT: Final = "(?:NUMBER|ARTICLE)"
CAPS: Final = "(?:CAPSULE|CAPSULES)"
UNIT: Final = "(?:DASH? UNIT STOP?)"
SMALL: Final = "(?:FILLER|ARTICLE|TAKE|OF|ON|AT|BY)"  # words between two parts of a phrase
PLAIN: Final = (
    "(?:(?! REFUSED) (?:FILLER|ARTICLE|OF|ON|AT|BY|FOR|WITH|PER))"  # "si" is "if" in one language, nothing in another
)
TO: Final = "(?:TO|DASH)"
SEVERAL: Final = "(?:TO|DASH|OR|SLASH)"
TIMES: Final = f"(?:(?P<o>OFTEN)|(?P<n>{COUNT}) DASH? TIMES)"
PER: Final = "(?:PER|EVERY|SLASH|ARTICLE|FILLER|DASH)"
OF: Final = "(?:OF|EVERY|SLASH|ARTICLE|FILLER|REPEAT|PER|COMMA|DASH|FOR|OPEN)"
LINK: Final = "(?:COMMA|STOP|DASH|SLASH|OPEN|CLOSE|THEN|AND|FILLER|ARTICLE)"
SPAN: Final = "(?:(?P<week>WEEK)|DAY)"
BEFORE_SLOT: Final = (
    f"(?:{COUNT} HOUR|HALF_HOUR|AT STOP|(?:EVERY|PER|AT|WITH|AFTER|BEFORE|ON|FILLER|ARTICLE|OF|FOR|TAKE))"
)
SLOT: Final = "(?:TIME_OF_DAY|CLOCK|(?:AT|ON) MILITARY)"
WEEKDAY: Final = "(?:WEEKDAY|WEEKDAY_SHORT)"
BEFORE_WEEKDAY: Final = "(?:ON|EVERY|FILLER|ARTICLE|AT|PER|START|OF)"
AND: Final = "(?:AND STOP|(?:COMMA|SLASH|AND|DASH|OR))"
ANY_SLOT: Final = f"(?:{SLOT}|(?:TIME_OF_DAY_SHORT|MILITARY))"
AMOUNT: Final = (
    f"(?:{COUNT} {CAPS}(?: OPEN? (?:EQUALS|FILLER)* NUMBER {UNIT} (?:FILLER|APIECE)* CLOSE?)?"
    f"|NUMBER {UNIT}(?: OPEN (?:EQUALS|FILLER)* {COUNT} {CAPS} FILLER? CLOSE)?)"
)
# A part of a dose that is put together from capsules of several strengths: "1 x 10 mg", "one 5 mg capsule", "1 cps da 10".
PART_OF_DOSE: Final = (
    f"(?:(?:{COUNT} (?:{CAPS} STOP?|(?:MULTIPLY|TIMES|FORM|OF|AT|APIECE|FILLER|SLASH))*)? NUMBER {UNIT} (?:STOP? (?:FORM|{CAPS}))*"
    f"|{COUNT} (?:{CAPS} STOP? (?:OF|AT|APIECE|FILLER)+|MULTIPLY) NUMBER)"
)
AT_SLOT: Final = f"(?:{BEFORE_SLOT}|RHYTHM|COMMA)* (?:TIME_OF_DAY|TIME_OF_DAY_SHORT|CLOCK|MILITARY)"
TH: Final = "(?:STOP|ORDINAL_MARK)"
TIME_LABEL: Final = "(?:TIME_OF_DAY|TIME_OF_DAY_SHORT|TIME_LABEL|CLOCK)"
REST: Final = "(?:(?! REFUSED) OFF)"  # "stop in week 4" is an end
NTH: Final = "(?:(?P<nth>ORDINAL)|(?P<n2>NUMBER) (?:STOP|ORDINAL_MARK)+)"
BEFORE_TIME: Final = "(?:FILLER|ARTICLE|AT|ON)"
BETWEEN: Final = "(?:AND|COMMA|STOP|FILLER|TAKE|THEN|DASH|SLASH|ARTICLE)"
FOLLOWED_BY_RHYTHM: Final = f"(?= (?:FILLER|TAKE|AT|ON|BY)* (?:RHYTHM|OFTEN|TIME_OF_DAY|EVERY|PER|{COUNT} TIMES))"
