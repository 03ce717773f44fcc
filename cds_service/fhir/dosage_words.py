"""The closed vocabulary of dosage texts in English, German, French, Dutch, Spanish and Italian, as regular expressions.

They match normalised text: lower case, no diacritics, ASCII dashes, "x" for the multiplication sign.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

NUMBER_WORDS: Final = {
    word: number
    for number, words in {
        1: "one|a|an|ein|eine|einer|einen|einem|un|une|een|una|uno",
        2: "two|zwei|deux|twee|dos|due",
        3: "three|drei|trois|drie|tres|tre",
        4: "four|vier|quatre|cuatro|quattro",
        5: "five|funf|cinq|vijf|cinco|cinque",
        6: "six|sechs|zes|seis|sei",
        7: "seven|sieben|sept|zeven|siete|sette",
        10: "ten|zehn|dix|tien|diez|dieci",
        21: "twenty-one|twenty one|einundzwanzig|vingt et un|eenentwintig|veintiun|ventuno",
        28: "twenty-eight|twenty eight|achtundzwanzig|vingt-huit|achtentwintig|veintiocho|ventotto",
    }.items()
    for word in words.split("|")
}
TIMES_WORDS: Final = {
    word: number
    for number, words in {
        1: "once|einmal|1mal|eenmaal|una vez|una volta",
        2: "twice|zweimal|2mal|tweemaal|dos veces|due volte",
        3: "thrice|dreimal|3mal|driemaal|tres veces|tre volte",
    }.items()
    for word in words.split("|")
}

# An amount: at most two decimals ("2.5", "2,5", "10.00"), or more below one; "2.500" could be thousands and is no amount.
AMOUNT: Final = r"(?:0[.,][0-9]{1,4}|[0-9]{1,4}(?:\.[0-9]{1,2}|,[0-9])?)(?![0-9]|[.,][0-9])"
COUNT: Final = (
    r"(?:[0-9]{1,3}(?![0-9]|[.,/][0-9])|(?:" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True)) + r")\b)"
)
TIMES: Final = (
    r"(?:[0-9]{1,2}|(?:" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True)) + r")\b)"
    r"\s*-?\s*(?:x|\*|times?|mal|fois|veces|vez|volte|volta|keer|maal)(?![a-z])"
    r"|(?:" + "|".join(sorted(TIMES_WORDS, key=len, reverse=True)) + r")\b"
)
MG: Final = r"(?:mgs?|milligram(?:s|m|me|mes|mi|men)?|milligrammo|miligramos?)\b\.?"
CAPSULES: Final = (
    r"(?:hard |hart|oral )?(?:capsules|caps|kapseln|gelules|capsulas|capsule s|tablets|tabletten|tabs|pills|pillen"
    r"|comprimes|comprimidos|compresse)\b\.?"
)
CAPSULE: Final = (
    r"(?:hard |hart|oral )?(?:capsule|capsula|cap|cps|kapsel|kps|gelule|tablette|tablet|tabl|tab|tbl|pill|pil|pille"
    r"|comprime|comprimido|compressa|cpr)\b\.?"
)
ANY_CAPSULE: Final = rf"(?:{CAPSULES}|{CAPSULE})"
DAYS: Final = r"(?:calendar )?(?:days?|d|tagen?|tage|tag|jours?|jrs?|j|dagen|dag|dias?|giorni|giorno|gg)\b\.?"
WEEKS: Final = r"(?:weeks?|wks?|w|wochen?|semaines?|weken|week|semanas?|settiman[ae])\b\.?"
HOURS: Final = r"(?:hours?|hrs?|h|stunden|std|heures?|uur|uren|horas?|ore)\b\.?"
EVERY: Final = r"(?:every|each|q|alle|jede[nrs]?|tous les|toutes les|chaque|elke|iedere|cada|ogni|in each|repeat every)"
PER: Final = (
    r"(?:/|a|an|per|each|every|pro|am|in der|die|par|al|a la|alla|por|per|elke|chaque|cada|ogni|jede[nr]?|de la|the)"
)
OF: Final = (
    r"(?:/|out of every|out of each|of|out of|in|every|each|q|alle|von|eines|einem|im|aus|sur|tous les|d'|d|du|van|elke|uit|de|cada|di"
    r"|ogni|su|per|des|bei"
    r"|in each|of each|of every|de cada|di ogni|of a|of an|in a|d'un|di un|van een|de un|von einem|in un"
    r"|of repeated|of the|with a|per"
    r"|repeated every|repeat every|wiederholt alle|repeter tous les|herhaal elke|repetir cada|ripetere ogni)"
)
CYCLE: Final = (
    r"(?:[- ]?(?:day|days|tagigen?|tage|jours|daagse|dagen|dias|giorni))?"
    r"[- ]?(?:cycles?|zyklus|zyklen|cyclus|cycli|ciclos?|cicli)\b"
)
OFF: Final = (
    r"(?:off|rest|break|of rest|off treatment|pause|pausieren|frei|ruhe|de pause|d'arret|de repos|arret|repos"
    r"|sans|rust|pauze|af|vrij|stop"
    r"|de descanso|descanso|no|di pausa|pausa|di riposo|riposo|without|therapiefrei|treatment-free|of no treatment)\b"
)
THEN: Final = (
    r"(?:[,;/+ ]*\b(?:and then|and|then|followed by|dann|danach|gefolgt von|und|puis|suivis? de|suivies? de|et"
    r"|dan|daarna|gevolgd door|en"
    r"|luego|seguidos? de|seguidas? de|y|e|poi|seguiti da|seguite da)\b[, ]*|\s*[,;/+]\s*|\s+)"
)
ON: Final = r"(?:on|of treatment|taking|op|aan|si|an|einnahme|therapie|treatment)\b"

WEEKDAYS: Final = (
    r"mon(?:days?)?|lunes|lundis?|montags?|maandag|lunedi",
    r"tue(?:s|sdays?)?|martes|mardis?|dienstags?|dinsdag|martedi",
    r"wed(?:nesdays?)?|miercoles|mercredis?|mittwochs?|woensdag|mercoledi",
    r"thu(?:r|rs|rsdays?)?|jueves|jeudis?|donnerstags?|donderdag|giovedi",
    r"fri(?:days?)?|viernes|vendredis?|freitags?|vrijdag|venerdi",
    r"sat(?:urdays?)?|sabado|samedis?|samstags?|zaterdag|sabato",
    r"sun(?:days?)?|domingo|dimanches?|sonntags?|zondag|domenica",
)

# Words that change nothing about amount or schedule.
FILLERS: Final = re.compile(
    r"(?:(?:at )?(?:about )?the same time(?: each day| every day| of day)?|qualifier value"
    r"|[0-9]{1,2} refills?|#\s?[0-9]{1,3}(?: cap| caps| capsules| capsule| tab| tabs)?|with or without food"
    r"|with food|with water|with a glass of water"
    r"|take|takes|taken|to be taken"
    r"|give|given|dose|dosage|dosis|dosi|sig|rx|use|by mouth|orally|oral(?:e"
    r"|en)?|oral route"
    r"|p\.?o\.?|per os|peroral|via oral|por via oral|par voie orale|per via orale|voie orale|oraal|innemen"
    r"|einnehmen|nehmen|einnahme"
    r"|prendre|tomar|tome|assumere|prendere|neem|nimm|the|on|at|with|and|each|continuously|fortlaufend"
    r"|kontinuierlich|en continu|continu"
    r"|after food|after a meal|swallow(?:ed)? whole"
    r"|swallow|whole|do not (?:open|crush|chew|break)(?:,? (?:or |and )?(?:open|crush|chew"
    r"|break))*(?: (?:the )?capsules?)?"
    r"|unzerkaut|schlucken|avaler|at (?:about )?the same time(?: each day| every day| of day)?|zur gleichen zeit"
    r"|as directed(?: by (?:your |the )?(?:physician|doctor|prescriber))?|wie verordnet|daily dose"
    r"|capsules? should be|for oral use"
    r"|of|de|da|zu|je|von|van|di|le|la|les|el|los|die|der|das|an den|an|am|nei|nel|op|zijn|pendant|durant|for"
    r"|fur|voor|gedurende|por|durante|per|wahrend)"
    r"(?![a-z0-9])"
)
TIME_OF_DAY: Final = re.compile(
    r"(?:(?:in the|in|every|each|am|jeden|au|le|chaque|in de|por la|en la|la|al|alla|di)\s+)?"
    r"(?:(?P<morning>mornings?|morgens?|matin|ochtend|'s ochtends|manana|mattin[oa]|breakfast)"
    r"|(?P<noon>noon|midday|mittags?|midi|mezzogiorno|lunch)"
    r"|(?P<evening>evenings?|abends?|soir|avond|'s avonds|noche|sera|night|bedtime|nightly|dinner))(?![a-z])"
)
# Left-over words that could change a schedule: beside a full structured dose they make the text "not understood".
RISKY: Final = re.compile(
    r"[0-9]|\b(?:then|dann|danach|puis|ensuite|luego|poi|daarna|dan|hold|held|stop\w*|paus\w*|skip\w*|omit\w*"
    r"|except|off|rest|only|nur|"
    r"seulement|solo|alleen|alternat\w*|every|each|half|halb\w*|halve|demi\w*|media|mezz\w*|reduc\w*|reduz\w*"
    r"|redui\w*|increas\w*|"
    r"decreas\w*|steiger\w*|taper\w*|titrat\w*|until|unless|if|wenn|bis|si|als|se|week\w*|woch\w*|semain\w*"
    r"|semana\w*|settiman\w*|weken|"
    r"cycl\w*|zykl\w*|cicl\w*|days?|tage?n?|jours?|dias?|giorn\w*|dag\w*|daily|taglich|mg|not|no|nicht|kein\w*"
    r"|ne|pas|niet|geen|non|sauf|"
    r"ausser|behalve|excepto|tranne|dialys\w*|dialis\w*|prn|need\w*|bedarf|besoin|max\w*|up|less|more|double\w*"
    r"|total|another|other|change\w*|"
    r"cancel\w*|discontinu\w*|month\w*|monat\w*|mois|maand\w*|mes|meses|mese|mesi|two|three|four|twice|once"
    r"|capsules?|pills?|tablets?|plus|"
    r"hours?|interrupt\w*|monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend\w*|see)\b"
)


_LONGEST_KEPT: Final = 200
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")
_PLURAL_ENDING: Final = re.compile(r"\((?:s|n|en|es|e|i)\)")
_FIGURE_AND_WORD: Final = re.compile(r"\b([1-7]) ?\((one|two|three|four|five|six|seven)\)")


def normalised(text: str) -> str:
    """The text in lower case without diacritics, with plain dashes, fractions and spaces."""
    return _remembered(text) if len(text) <= _LONGEST_KEPT else _normalised(text)


def _normalised(text: str) -> str:
    plain = text.casefold()
    if not plain.isascii():
        plain = _in_plain_letters(plain)
    if "(" in plain:
        plain = _PLURAL_ENDING.sub("", plain)
        # "1 (one)" as some systems print numbers; only where figure and word agree.
        plain = _FIGURE_AND_WORD.sub(lambda m: m[1] if NUMBER_WORDS[m[2]] == int(m[1]) else m[0], plain)
    return " ".join(plain.split())


# The names of products and the usual instructions stand in most orders.
_remembered = lru_cache(maxsize=512)(_normalised)


def _in_plain_letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _DASHES.sub("-", plain).replace("×", "x").replace("\u2044", "/").replace("’", "'")
