"""The grammar of dosage texts: phrases in order of precedence, each with what it adds to the pieces.

Phrases that cannot be a dose or schedule come first, then rests, rhythms and amounts, so that no short phrase reads the
half of a longer one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from cds_service.fhir.dosage_pieces import (
    DOSE_RANGE,
    PART_OF_CAPSULE,
    Handler,
    add_amount,
    add_count,
    add_count_of_strength,
    add_daily_amount,
    add_hours,
    add_on_of,
    add_on_off,
    add_scheme,
    add_strength,
    add_times_daily,
    add_times_weekly,
    add_weekdays,
    add_weeks_of,
    after_dialysis,
    check_once,
    into,
    problem,
    rhythm_is,
)
from cds_service.fhir.dosage_words import (
    AMOUNT,
    ANY_CAPSULE,
    CAPSULE,
    CAPSULES,
    COUNT,
    CYCLE,
    DAYS,
    EVERY,
    HOURS,
    MG,
    OF,
    OFF,
    ON,
    THEN,
    TIMES,
    WEEKDAYS,
    WEEKS,
)
from cds_service.fhir.schedule import AS_NEEDED, DAILY, FREQUENCY_RANGE, SCHEDULE_UNKNOWN, Rhythm

_ANY_DAY: Final = "(?:" + "|".join(WEEKDAYS) + ")"
_DAILY_WORDS: Final = (
    r"(?:daily|qd|q\.d\.?|od|o\.d\.?|qam|qpm|qhs|nightly|every day|each day|a day|per day|everyday|taglich"
    r"|tgl\.?|jeden tag|pro tag|am tag"
    r"|quotidien(?:ne(?:ment)?)?|par jour|chaque jour|tous les jours|/ ?(?:d|day|j|jour|tag|dia|dag|die)"
    r"|dagelijks|per dag|elke dag|iedere dag"
    r"|daags|diari[oa]|diariamente|al dia|por dia|cada dia|todos los dias|al giorno|ogni giorno|giornalier[oa]"
    r"|giornalmente"
    r"|pro die|al di|every morning|every evening|every night|jeden morgen|jeden abend|chaque matin|chaque soir"
    r"|chaque jour"
    r"|cada manana|cada noche|ogni mattina|ogni sera|elke ochtend|elke avond)(?![a-z0-9-])"
)
_DAY_UNIT: Final = (
    r"(?:(?:a|per|each|every|pro|am|par|al|por|/|je|in 24 h|cada|elke)\s*)?(?:day|d|daily|tag|taglich|tgl\.?"
    r"|jour|j|dia|giorno|dag|daags)"
    r"(?![a-z0-9])"
)
_WEEK_UNIT: Final = (
    r"(?:(?:a|per|each|every|pro|in der|die|par|a la|por|alla|/|cada|elke|je|de)\s*)?"
    r"(?:weekly|week|wk|w|woche|wochentlich|semaine|semana|settimana|wekelijks|semanal(?:es)?"
    r"|hebdomadaire)(?![a-z0-9])"
)
_EVERY_OTHER: Final = (
    r"(?:(?:on )?(?:every|each) (?:other|second|2nd|alternate) day|(?:on )?alternat(?:e|ing) days?|eod|qod"
    r"|q\.o\.d\.?|q ?2 ?d"
    r"|(?:an )?jede[nrm] (?:2\.|zweiten|anderen) tag|(?:un|1) jour sur (?:deux|2)|om de dag|om de andere dag"
    r"|elke (?:andere|tweede) dag"
    r"|(?:en |a )?dias alternos|un dia si y otro no|(?:un|1) dia si,? (?:un|1) dia no|(?:a )?giorni alterni"
    r"|(?:un|1) giorno si e (?:uno|un) no"
    r"|un giorno si,? un giorno no|un jour sur deux)(?![a-z0-9])"
)
_AFTER: Final = r"(?:to be (?:taken|given) )?(?:after|post|nach|apres|despues de|tras|dopo|na)[- ]*"
_DIALYSIS: Final = (
    r"(?:(?:the|each|every|jeder|der|la|chaque|cada|de|ogni|elke|l'|une|seance de|sesion de|seduta di"
    r"|session of)\s*){0,3}"
    r"(?:ha?emo|emo|hamo|hemo)?-?(?:dialysis|dialyse|dialisis|dialisi|hd)(?![a-z])(?: sessions?| sitzung)?"
)
_DIALYSIS_DAYS: Final = (
    r"(?:[, ]*\(?(?:on|an|les|los|nei|op|am|en)? ?(?:the |de |i )?(?:dialysis days|hd days|dialysetagen"
    r"|dialysedagen|jours de dialyse"
    r"|dias de dialisis|giorni di dialisi|days of dialysis)\)?)?"
)
_TO: Final = r"\s*(?:-|to|through|thru|until|bis|a|au|al|t/m|tot en met|tot|hasta(?: el)?|fino al?)\s*"

Grammar = tuple[tuple[re.Pattern[str], Handler], ...]


@lru_cache(maxsize=16)
def grammar(own_names: str) -> Grammar:
    """The phrases in order of precedence.

    Args: a pattern of the drug's own names, which may stand between a number of capsules and their strength.
    """
    return tuple((re.compile(pattern), handler) for pattern, handler in _phrases(own_names))


def _phrases(own_names: str) -> tuple[tuple[str, Handler], ...]:
    return (
        # What cannot be a dose or schedule comes first, so that no later piece reads half of it.
        (
            r"(?:as needed|as required|if needed|when needed|prn|p\.r\.n\.?|bei bedarf|si besoin|si necessaire"
            r"|zo nodig|indien nodig"
            r"|si precisa|si es necesario|al bisogno|se necessario)(?![a-z])",
            problem(AS_NEEDED),
        ),
        (
            rf"{COUNT}\s*(?:-|to|or|bis|oder|ou|a|of|o)\s*{COUNT}\s*(?:x|times|mal|fois|veces|volte|keer)(?![a-z])",
            problem(FREQUENCY_RANGE),
        ),
        (
            rf"(?:[0-9]+\s?/\s?[0-9]+|[0-9]*[.,][0-9]+|half(?: an?)?|(?:eine )?halbe|(?:une )?demi(?:e)?-?"
            rf"|media|mezza|een halve)\s*{ANY_CAPSULE}",
            problem(PART_OF_CAPSULE),
        ),
        (
            rf"{AMOUNT}\s*(?:{MG})?\s*(?:-|/|to|bis|or|oder|ou|of|o|a|tot)\s*{AMOUNT}\s*(?:{MG}|{ANY_CAPSULE})",
            problem(DOSE_RANGE),
        ),
        # The rest: days on, days off, cycle. A slash could also write a date, so only the usual pairs count.
        (rf"(?P<n>21|14)\s*/\s*(?P<n2>28)(?![0-9/.,])\s*(?:{DAYS})?(?!\s*(?:{MG}|{ANY_CAPSULE}))", add_on_of),
        (
            rf"(?P<n>[1-3][0-9]|7)\s*(?:{DAYS})?\s*(?:of|sur|out of|von|van|de|su|di)\s*(?:every "
            rf"|each )?(?P<n2>21|28|35|42)"
            rf"(?![0-9/.,])\s*(?:{DAYS})?(?:{CYCLE})?(?!\s*(?:{MG}|{ANY_CAPSULE}))",
            add_on_of,
        ),
        (
            rf"(?:(?:on|for|pendant|durante|per|fur|wahrend|gedurende"
            rf"|por)\s+)?(?P<n>{COUNT})\s*-?(?:(?P<w>{WEEKS})|{DAYS})\s*(?:{ON}|lang|of capsules)?{THEN}"
            rf"(?P<n2>{COUNT})\s*-?(?:(?P<w2>{WEEKS})|(?P<d2>{DAYS}))?\s*{OFF}",
            add_on_off,
        ),
        (
            rf"(?:(?:for|pendant|durante|fur|per|por)\s+)?(?P<n>[3-5]|three|drei|trois|drie|tres"
            rf"|tre)\s*{WEEKS}\s*(?:out of|of|sur|von|van de|van|de cada|de|su|di)"
            rf"\s*(?:every )?(?P<n2>{COUNT})(?:\s*{WEEKS})?",
            add_weeks_of,
        ),
        (rf"(?P<n>[3-5])\s*(?:out of|of|sur|su)\s*(?:every )?(?P<n2>[4-6])\s*{WEEKS}", add_weeks_of),
        (
            rf"(?:on )?(?:du |de |los |dal |il |le |van |vom |von )?(?:el )?{DAYS[:-5]}\.?\s*(?:1"
            rf"|one)(?:er)?{_TO}(?:d|j|jour |dia |tag |day |giorno |dag )?"
            r"(?P<n>[0-9]{1,2})(?![0-9]|[.,][0-9])",
            into("days_on"),
        ),
        (
            rf"{OF}?\s*(?:(?:repeated|cada|jeder|chaque|elke|ogni|each|every|een|un|a|an|einem|eines|cycle de"
            rf"|cycles de|ciclos? de|ciclo di|cicli di|cicli da"
            rf"|cyclus van|zyklus von|cycles? of|d)\s*)*(?P<n>21|28|35|42)\s*[- ]?\s*(?:{DAYS}[- ]?)?{CYCLE}",
            into("cycles"),
        ),
        (
            rf"{OF}?\s*(?:(?:un|een|a|einem|each|every|de|ogni|cada|chaque)\s*)*(?:cycles?|ciclos?|ciclo|cicli"
            rf"|cyclus|zyklus|zyklen)\s*(?:of|de|di|da|van|von)\s*"
            rf"(?P<n>21|28|35|42)\s*[- ]?(?:{DAYS})?",
            into("cycles"),
        ),
        (
            rf"(?:{OF})\s*(?:d|j)?(?P<n>21|28|35|42)(?![0-9.,])\s*(?:{DAYS})?(?!\s*(?:{MG}|{ANY_CAPSULE}))",
            into("cycles"),
        ),
        (rf"(?:{OF}|{EVERY})\s*(?P<n>3|4|5|6)\s*{WEEKS}", into("cycles", 7)),
        (
            rf"(?:for|x|pendant|durante|fur|per|por|gedurende|voor|during"
            rf"|over)\s*(?P<n>[0-9]{{1,3}})\s*(?:consecutive )?{DAYS}",
            into("days_of_course"),
        ),
        (
            rf"(?:for|x|pendant|durante|fur|per|por|gedurende|voor)\s*(?P<n>{COUNT})\s*{WEEKS}",
            into("days_of_course", 7),
        ),
        (rf"(?:{THEN})?\s*(?:off|rest|pause)\s*(?:for\s*)?(?P<n>{COUNT})\s*-?{DAYS}", into("days_off")),
        (rf"(?:{THEN})?\s*(?P<n>{COUNT})\s*-?{DAYS}\s*{OFF}", into("days_off")),
        (rf"(?:{THEN})?\s*(?P<n>{COUNT})\s*-?{WEEKS}\s*{OFF}", into("days_off", 7)),
        # Rhythms. "1-0-0": morning, noon, evening, and at will night.
        (rf"(?P<times>[01](?:\s?-\s?[01]){{2,3}})(?![a-z0-9-])(?:\s*{ANY_CAPSULE})?", add_scheme),
        (_EVERY_OTHER, rhythm_is(Rhythm(2))),
        (rf"(?P<t>{TIMES})\s*{_WEEK_UNIT}", add_times_weekly),
        (rf"(?P<t>{TIMES})\s*{_DAY_UNIT}", add_times_daily),
        (rf"(?P<t>{TIMES})\s*(?={EVERY}\s*[0-9]+\s*(?:{DAYS}|{HOURS}))", check_once),
        (r"(?:bid|b\.i\.d\.?|bd|twice daily)(?![a-z0-9-])", rhythm_is(Rhythm(1, None, 2))),
        (r"(?:tid|t\.i\.d\.?|tds)(?![a-z0-9-])", rhythm_is(Rhythm(1, None, 3))),
        (r"(?:qid|q\.i\.d\.?|qds)(?![a-z0-9-])", rhythm_is(Rhythm(1, None, 4))),
        (rf"(?:{EVERY}|om de)\s*(?P<n>[0-9]{{1,3}})\s*-?{HOURS}", add_hours),
        (rf"{EVERY}\s*(?P<n>{COUNT})\s*{DAYS}", into("every")),
        (
            r"(?:once weekly|once a week|every week|weekly|q ?week|q ?wk|qw|wochentlich|hebdomadaire|wekelijks"
            r"|semanal|settimanale)(?![a-z0-9])",
            rhythm_is(Rhythm(7)),
        ),
        (rf"{_ANY_DAY}\s*(?:-|to|through|bis|a|tot|t/m)\s*{_ANY_DAY}\b", problem(SCHEDULE_UNKNOWN)),
        (
            rf"(?:(?:on|every|each|am|jeden|le|les|el|los|il|op|elke)\s+)?{_ANY_DAY}(?![a-z])(?:\s*(?:,|/|&|;"
            rf"|and|und|et|y|e|en)?\s*{_ANY_DAY}(?![a-z]))*",
            add_weekdays,
        ),
        (rf"{_AFTER}{_DIALYSIS}{_DIALYSIS_DAYS}", after_dialysis),
        (
            rf"(?:on dialysis days|an dialysetagen|on hd days)[, ]+{_AFTER}{_DIALYSIS}",
            after_dialysis,
        ),
        # Amounts.
        (
            rf"(?P<n>{COUNT})\s*(?:{ANY_CAPSULE}\s*(?:of|a|de|da|di|van|zu|zu je|je|x|/|@|at|mit)?|x"
            rf"|\*)\s*\(?(?P<s>{AMOUNT})\s*{MG}\s*(?:each|je|jeweils|chacune|cada una|ciascuna|elk"
            rf"|per {ANY_CAPSULE})\)?",
            add_count_of_strength,
        ),
        (
            rf"(?P<n>{COUNT})\s*{ANY_CAPSULE}\s*(?:of|a|de|da|di|van|zu|zu je|je|x|/|@"
            rf"|mit)\s*(?:{own_names}\s*)?(?P<s>{AMOUNT})\s*{MG}",
            add_count_of_strength,
        ),
        (rf"(?P<n>{COUNT})\s*(?:x|\*)\s*(?P<s>{AMOUNT})\s*{MG}(?:\s*{ANY_CAPSULE})?", add_count_of_strength),
        (rf"(?P<n>{COUNT})\s+(?P<s>{AMOUNT})\s*-?{MG}\s*{ANY_CAPSULE}", add_count_of_strength),
        (rf"(?P<s>{AMOUNT})\s*-?{MG}\s*(?:per|/|pro|je|par|por)\s*{CAPSULE}", add_strength),
        (rf"(?P<s>{AMOUNT})\s*-?{MG}\s*(?:{CAPSULES}|(?P<one>{CAPSULE}))", add_strength),
        (
            rf"(?P<s>{AMOUNT})\s*-?{MG}\s*(?:/|per|pro|par|al|por)\s*(?:day|d|tag|jour|j|dia|giorno|dag|die"
            rf"|24 ?h)(?![a-z0-9])",
            add_daily_amount,
        ),
        (rf"(?P<s>{AMOUNT})\s*-?{MG}(?:\s*(?:total|insgesamt|gesamt)(?! daily| dose| per))?", add_amount),
        (rf"(?P<n>{COUNT})\s*{ANY_CAPSULE}", add_count),
        (_DAILY_WORDS, rhythm_is(DAILY)),
    )
