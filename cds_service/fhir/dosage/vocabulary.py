"""The words of dosage instructions: `words/<language>.toml` read into one lexicon, and a text into tokens of known kinds.

What only stands beside doses is in long lists, `words/beside/<language>.txt`. Files are read together, because an
order does not say its language. A word may mean several things ("a" is an article, "a day", or Italian for "to"): its
token carries them all, and the grammar decides by what stands beside it. Each set of meanings is one character, so
that a text becomes a short string on which the grammar is plain regular expressions.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple

from cds_service.fhir.dosage.slips import Meanings, Slips, without_markup
from cds_service.fhir.terminology import is_medication_name, medication_names

FOLDER: Final = Path(__file__).parent / "words"
_BESIDE: Final = "beside/*.txt"
_LONGEST_KEPT: Final = 200
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")
_ALONE: Final = re.compile(r"(?<![^\W_])ø(?![^\W_])|∅")
# A word that the end of a line breaks.
_BROKEN: Final = re.compile(r"[^\W\d_]+(?:[-\u00ad\u2010][ \t]*\r?\n[ \t]*[^\W\d_]+)+")
_BREAK: Final = re.compile(r"[-\u00ad\u2010]\s+")
# The times of a day with another sign between them than a dash: "1--0--0", "0+0+1", "1/0/0".
_SCHEME: Final = re.compile(
    r"(?<![\w.,/+-])([0-4])( ?)(-{2,}|[+/])\2([0-4])\2\3\2([0-4])(?:\2\3\2([0-4]))?(?![\w/+-]|[.,][0-9])"
)
_PLURAL_ENDING: Final = re.compile(r"\((?:s|n|en|es|e|i)\)")
# At most two decimals ("2.5", "2,5", "10.00"), or more below one; "2.500" could be thousands and is no amount.
_AMOUNT: Final = re.compile(r"0[.,][0-9]{1,4}|[0-9]{1,4}(?:\.[0-9]{1,2}|,[0-9])?")
_LONG_NUMBER: Final = 5
"""Digits of a number that is one of a paper, never of a dose."""
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_MILITARY: Final = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")
_CJK: Final = r"\u3040-\u30ff\u3400-\u9fff"
_ATOM: Final = re.compile(
    r"(?P<DATE>(?<![a-z0-9])(?:(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\2[0-9]{1,2}(?:t[0-9:.+z-]+)?"
    r"|[0-9]{1,2}([-/.])[0-9]{1,2}\3(?:(?:19|20)[0-9]{2}|[0-9]{2})|(?:20[0-9]{2}年)?[0-9]{1,2}月[0-9]{1,2}日)(?![0-9]))"
    r"|(?P<CLOCK>(?<![a-z0-9])(?:(?:[01]?[0-9]|2[0-3])[:h][0-5][0-9](?: ?(?:a\.?m\.?|p\.?m\.?|uhr|uur|h)(?![a-z0-9]))?"
    r"|(?:1[0-2]|0?[1-9])(?:\.[0-5][0-9])? ?(?:am|pm|a\.m\.?|p\.m\.?)(?![a-z0-9])(?! (?:tag|morgen|abend|mittag))"
    r"|(?:1[3-9]|2[0-3]) ?h(?![a-z0-9])"  # no interval between doses is of so many hours
    r"|(?:[01]?[0-9]|2[0-3])(?:\.[0-5][0-9])? ?(?:uhr|uur)(?![a-z0-9]))(?![0-9]|:[0-9]))"
    r"|(?P<ICD>(?<![a-z0-9])[a-z][0-9]{2}\.(?:[0-9][0-9a-z]{0,3}|[abcz])(?![0-9a-z]))"
    r"|(?P<PHONE>(?<![0-9])(?:\+?1[- .])?(?:\(?[0-9]{3}\)?[- .])?[0-9]{3}-[0-9]{4}(?![0-9]))"
    r"|(?<=[0-9])x(?=[a-z])"  # "1xtgl."
    r"|(?<![\w.,)])[.,][0-9]+"  # ".5": a point without its zero is overlooked, so it is no number that is believed
    rf"|[0-9]+(?:[.,][0-9]+)*|[{_CJK}]|[^\W\d_{_CJK}]+|\S"
)
_UNSPACED: Final = re.compile(f"[{_CJK}]")
# Letters with a stroke and ligatures, which are no letter with a mark.
_LETTERS: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_WITHOUT_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_PUNCTUATION: Final[Mapping[str, str]] = {
    **dict.fromkeys(",、", "COMMA"), **dict.fromkeys(".;。!¡", "STOP"), **dict.fromkeys("([{", "OPEN"),
    **dict.fromkeys(")]}", "CLOSE"), "-": "DASH", "/": "SLASH", ":": "COLON", "=": "EQUALS", "#": "HASH",
    **dict.fromkeys("\"'`*|•·_“”„«»", "QUOTE"),
}  # fmt: skip
_SIGNS: Final[Mapping[str, Meanings]] = {
    "*": {"QUOTE": "", "MULTIPLY": "", "TIMES": ""}, "&": {"AND": ""}, "+": {"AND": ""}, "@": {"AT": "", "FILLER": ""},
    "→": {"TO": "", "THEN": ""}, "~": {"TO": ""}, **{sign: {"COMPARED": ""} for sign in "<>≤≥"},
}  # fmt: skip
PUNCTUATION: Final = tuple(dict.fromkeys(_PUNCTUATION.values()))

SUBJECTS: Final = frozenset({"TOPIC", "REFUSED"})
"""Kinds of which a word may have several values, separated by spaces: languages differ in what a word is about."""

_NEVER_A_NUMBER: Final = SUBJECTS | {"FILLER", "PERSON", "FOOD"}


class VocabularyError(ValueError):
    """A packaged file of words that is wrong in itself."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign of a text: what it may mean, and the one character that stands for these kinds.

    `is_spaced` says that white space stands on both sides.
    """

    text: str
    meanings: Meanings
    symbol: str
    is_spaced: bool = False

    def value(self, kind: str) -> str:
        """What stands for a kind that the token has."""
        return self.meanings[kind]


class _Symbols:
    """One character for each set of kinds that occurs; `of_kind` are those that may be of a kind."""

    def __init__(self) -> None:
        self._symbols: dict[frozenset[str], str] = {}

    def of(self, kinds: frozenset[str]) -> str:
        return self._symbols.setdefault(kinds, chr(0xE000 + len(self._symbols)))

    def of_kind(self, kind: str) -> str:
        return "".join(symbol for kinds, symbol in self._symbols.items() if kind in kinds)


_SYMBOLS: Final = _Symbols()


def _token(text: str, meanings: Meanings, is_spaced: bool = False) -> Token:
    return Token(text, meanings, _SYMBOLS.of(frozenset(meanings)), is_spaced)


def number_of(token: Token) -> Decimal:
    """The number that a NUMBER or ARTICLE stands for."""
    return Decimal(token.meanings.get("NUMBER", "1"))


def made(kind: str, text: str = "", value: str = "") -> Token:
    """A token of one kind, in place of several that were read together."""
    return _token(text, {kind: value})


def normalised(text: str) -> str:
    """The text in lower case without diacritics, with plain dashes, fractions and spaces."""
    return _remembered(text) if len(text) <= _LONGEST_KEPT else _normalised(text)


def _normalised(text: str) -> str:
    plain = text.casefold()
    if not plain.isascii():
        plain = _in_plain_letters(plain)
    if "(" in plain:
        plain = _PLURAL_ENDING.sub("", plain)
    return " ".join(plain.split())


# The names of products and the usual instructions stand in most orders.
_remembered = lru_cache(maxsize=512)(_normalised)


def _in_plain_letters(text: str) -> str:
    # "1º" is first, "Ø" alone is nothing, though both are letters of other words.
    decomposed = unicodedata.normalize("NFKD", _ALONE.sub(" off ", text.replace("º", "°").replace("ª", "°")))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    plain = plain.translate(_LETTERS)
    return _DASHES.sub("-", plain).replace("×", "x").replace("\u2044", "/").replace("’", "'").replace("‘", "'")


Lexicon = dict[str, list[tuple[tuple[str, ...], Meanings]]]
"""Phrases by their first atom, the longest first."""


def _atoms(text: str) -> tuple[str, ...]:
    plain = _normalised(text)
    if plain.isascii() and plain.replace(" ", "").isalpha():
        # Nearly every phrase is one of plain words.
        return tuple(plain.split())
    return tuple([found.group() for found in _ATOM.finditer(plain)])


def read_words(content: Mapping[str, Mapping[str, list[str]]]) -> Iterator[tuple[str, str, str]]:
    """The phrases of one file with the kind and value of each.

    A table is a kind and its keys are values ([numbers] 2 = ["two"]); in [words] the keys are the kinds themselves.
    """
    for table, entries in content.items():
        for key, phrases in entries.items():
            for phrase in phrases:
                yield (phrase, key.upper(), "") if table == "words" else (phrase, table.upper(), key)


@lru_cache(maxsize=2)
def _entries(folder: Path) -> tuple[tuple[str, str, str, str], ...]:
    """The phrases of all files of words, each with the name of its file before it; "täglich" is written "taeglich" as well."""
    return tuple(
        (path.name, spelling, kind, value)
        for path in sorted(folder.glob("*.toml"))
        for phrase, kind, value in read_words(tomllib.loads(path.read_text(encoding="utf-8")))
        for spelling in _spellings(phrase)
    )


def _spellings(phrase: str) -> tuple[str, ...]:
    return (phrase,) if phrase.isascii() else tuple(dict.fromkeys((phrase, phrase.translate(_WITHOUT_UMLAUTS))))


@lru_cache(maxsize=2)
def _beside(folder: Path) -> dict[tuple[str, ...], Meanings]:
    """What stands beside a dose, one phrase a line under the kind and value of it: `beside/<language>.txt`.

    These lists are long and of one use each, so that they are no slips of anything and nothing is a slip of theirs.
    """
    found: dict[tuple[str, ...], Meanings] = {}
    meanings: Meanings = {}
    for path in sorted(folder.glob(_BESIDE)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                table, key = line.strip("[]").split(".")
                meanings = {key.upper(): ""} if table == "words" else {table.upper(): key}
            elif not line.startswith("#"):
                for spelling in _spellings(line):
                    found.setdefault(_atoms(spelling), meanings)
    return found


def stems_of(folder: Path) -> re.Pattern[str]:
    """What begins a word that changes or ends a dose, whatever its ending: `[stems]` of all files."""
    stems = {normalised(phrase) for _, phrase, kind, _ in _entries(folder) if kind == "STEMS"}
    return re.compile("|".join(sorted(map(re.escape, stems))))


def look_alikes_of(folder: Path) -> frozenset[str]:
    """Words that are no slip of a word of the lexicon, though they look like one: `look_alike` of all files."""
    return frozenset(normalised(phrase) for _, phrase, kind, _ in _entries(folder) if kind == "LOOK_ALIKE")


def lexicon_of(folder: Path) -> Lexicon:
    """The lexicon of all files and of drugs. Raises: VocabularyError when a phrase has two values of one kind."""
    return _indexed({**_beside(folder), **_other_drugs(), **_phrases(folder)})


def _other_drugs() -> dict[tuple[str, ...], Meanings]:
    """The names of drugs that are several words, or parts of words with signs; one word is told by `is_medication_name`.

    A strength is no part of a name here: "ASS 100" names what "ASS" does in an instruction.
    """
    found: dict[tuple[str, ...], Meanings] = {}
    for name in medication_names():
        if not name.isalpha() or _UNSPACED.match(name):
            atoms = tuple(takewhile(lambda atom: not atom[0].isdigit(), _atoms(name)))
            if atoms:
                found[atoms] = {"OTHER_DRUG": ""}
    return found


@lru_cache(maxsize=2)
def _phrases(folder: Path) -> dict[tuple[str, ...], Meanings]:
    """The phrases of the grammar's own files of words."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for name, phrase, kind, value in _entries(folder):
        if kind not in ("STEMS", "LOOK_ALIKE"):
            atoms = _atoms(phrase)
            if atoms[-1] == "." and kind != "TOPIC":
                # The point of an abbreviation may end the sentence as well: it stays a token of its own.
                atoms = atoms[:-1]
            if kind in _NEVER_A_NUMBER and phrase.isdigit():
                raise VocabularyError(f"{name}: {phrase!r} is {kind}, but a number may always be one of a dose")
            meanings = found.setdefault(atoms, {})
            if kind in SUBJECTS:
                meanings[kind] = " ".join(dict.fromkeys([*meanings.get(kind, "").split(), value]))
            elif meanings.setdefault(kind, value) != value:
                raise VocabularyError(f"{name}: {phrase!r} is {kind} {value!r} and {meanings[kind]!r}")
    return dict(found)


def _indexed(phrases: Mapping[tuple[str, ...], Meanings]) -> Lexicon:
    lexicon: Lexicon = {}
    for atoms, meanings in sorted(phrases.items(), key=lambda entry: -len(entry[0])):
        lexicon.setdefault(atoms[0], []).append((atoms, meanings))
    return lexicon


def _by_two_words(lexicon: Lexicon) -> dict[tuple[str, str], list[tuple[tuple[str, ...], Meanings]]]:
    """The phrases by their first two atoms, "" where they have but one: some words begin hundreds of phrases."""
    found: dict[tuple[str, str], list[tuple[tuple[str, ...], Meanings]]] = {}
    for phrases in lexicon.values():
        for phrase in phrases:
            atoms = phrase[0]
            found.setdefault((atoms[0], atoms[1] if len(atoms) > 1 else ""), []).append(phrase)
    return found


@lru_cache(maxsize=16)
def _lexicon_of_names(names: tuple[str, ...]) -> Lexicon:
    return _indexed({_atoms(name): {"FILLER": "", "DRUG": ""} for name in names if name.strip()})


_LEXICON: Final = lexicon_of(FOLDER)
_STEMS: Final = stems_of(FOLDER)
_ABBREVIATIONS: Final = frozenset(
    normalised(phrase).rstrip(".")
    for _, phrase, _, _ in _entries(FOLDER)
    if phrase.endswith(".") and phrase[:-1].isalpha()
)
_BY_TWO: Final = _by_two_words(_LEXICON)
_SLIPS: Final = Slips(
    _phrases(FOLDER).items(), look_alikes_of(FOLDER) | {atom for phrase in _beside(FOLDER) for atom in phrase}
)


class _Atom(NamedTuple):
    """A word, number or sign with its place in the text; `group` names what it is where its form tells."""

    text: str
    start: int
    end: int
    group: str | None


@lru_cache(maxsize=4096)
def _as_meant(word: str, is_after_number: bool) -> tuple[str, ...]:
    """The words that a written one stands for; after a number its unit may run into the next one."""
    if _STEMS.match(word) or is_medication_name(word):
        return (word,)
    parts = _SLIPS.parts(word) if is_after_number else (word,)
    return parts if len(parts) > 1 else (_SLIPS.meant(word),)


def _written_atoms(plain: str, own: Lexicon) -> list[_Atom]:
    """The atoms of a normalised text, mistyped words as they are meant; those of `own` names as they are."""
    atoms: list[_Atom] = []
    for found in _ATOM.finditer(plain):
        start, end = found.span()
        word = found.group()
        if word in own or _SLIPS.is_known(word) or not word.isalpha():
            atoms.append(_Atom(word, start, end, found.lastgroup))
            continue
        is_after_number = bool(atoms) and atoms[-1].text[-1].isdigit()
        atoms += [_Atom(part, start, end, None) for part in _as_meant(word, is_after_number)]
    return atoms


def _unbroken(text: str) -> str:
    """The text with words whole that a hyphen breaks at the end of a line; where one is, no end of a line ends a sentence.

    The hyphen stays where it is part of a known phrase ("Mon-" and "Fri"). What then is no word is understood by nobody.
    """

    def whole(found: re.Match[str]) -> str:
        with_hyphen = _atoms(_BREAK.sub("-", found[0]))
        is_phrase = any(phrase == with_hyphen for phrase, _ in _LEXICON.get(with_hyphen[0], ()))
        return _BREAK.sub("-" if is_phrase else "", found[0])

    joined, broken = _BROKEN.subn(whole, text) if "\n" in text else (text, 0)
    return joined.replace("\n", " ") if broken else text


def _scheme_with_dashes(found: re.Match[str]) -> str:
    """With dashes where it is one for certain: three numbers with a plus are a sum where none of them is nothing."""
    times = [time for time in found.group(1, 4, 5, 6) if time]
    return "-".join(times) if found[3].startswith("-") or "0" in times else found[0]


def tokens_of(text: str, names: tuple[str, ...]) -> list[Token]:
    """The tokens of a text, the longest known phrase first. Args: `names` are the drug's own names."""
    own = _lexicon_of_names(names)
    plain = normalised(_unbroken(without_markup(text)).replace("\n", " ; ").replace("|", " ; "))
    plain = _SCHEME.sub(_scheme_with_dashes, plain)
    atoms = _written_atoms(plain, own)
    words = [atom.text for atom in atoms]
    tokens: list[Token] = []
    at = 0
    while at < len(atoms):
        length, meanings = (
            _phrase(own.get(words[at], ()), words, at) or _known_phrase(words, at) or (1, _alone(atoms[at]))
        )
        start, end = atoms[at].start, atoms[at + length - 1].end
        is_spaced = start > 0 and plain[start - 1] == " " and plain[end : end + 1] == " "
        tokens.append(_token(plain[start:end], meanings, is_spaced))
        at += length
    return tokens


def _known_phrase(words: list[str], at: int) -> tuple[int, Meanings] | None:
    """The longest phrase of the lexicon that begins here and how many atoms it takes."""
    first, second = words[at], words[at + 1 : at + 2]
    phrases: list[tuple[tuple[str, ...], Meanings]] = []
    if second:
        phrases = _BY_TWO.get((first, second[0]), [])
        if second == ["-"]:
            more = _BY_TWO.get((first, words[at + 2]), []) if at + 2 < len(words) else []
            phrases = sorted((*phrases, *more), key=lambda entry: -len(entry[0]))
    return _phrase(phrases, words, at) or _phrase(_BY_TWO.get((first, ""), ()), words, at)


def _phrase(
    phrases: Sequence[tuple[tuple[str, ...], Meanings]], words: list[str], at: int
) -> tuple[int, Meanings] | None:
    """The first of the phrases that stands here and how many atoms it takes; a hyphen may stand between its words."""
    for phrase, meanings in phrases:
        position = at + 1
        for atom in phrase[1:]:
            if words[position : position + 1] == ["-"] and atom != "-":
                position += 1
            if words[position : position + 1] != [atom]:
                break
            position += 1
        else:
            return position - at, meanings
    return None


def _alone(atom: _Atom) -> Meanings:
    """What an atom means that is no phrase of the lexicon."""
    text = atom.text
    if atom.group in ("DATE", "CLOCK", "ICD", "PHONE"):
        return {atom.group: text}
    if text in _SIGNS:
        return _SIGNS[text]
    if text in _PUNCTUATION:
        return {_PUNCTUATION[text]: ""}
    if text[-1].isdigit():
        if len(text) >= _LONG_NUMBER and text.isascii() and text.isdigit():
            return {"LONG_NUMBER": ""}
        if not (text.isascii() and _AMOUNT.fullmatch(text)):
            return {"ODD_NUMBER": ""}
        kinds = {"NUMBER": text.replace(",", ".")}
        if _YEAR.fullmatch(text):
            kinds["YEAR"] = ""
        if _MILITARY.fullmatch(text):
            kinds["MILITARY"] = text
        return kinds
    if not text.isalpha():
        return {"ODD_SIGN": ""}
    if is_medication_name(text):
        return {"OTHER_DRUG": ""}
    return {"REFUSED": "change"} if _STEMS.match(text) else {"UNKNOWN": ""}


# Every set of kinds that a text can hold has its character before the grammar is compiled.
for _meanings in (
    *(meanings for phrases in _LEXICON.values() for _, meanings in phrases), *_SIGNS.values(),
    *({kind: ""} for kind in ("DATE", "CLOCK", "ICD", "PHONE", "ODD_NUMBER", "LONG_NUMBER", "ODD_SIGN", "UNKNOWN", "REFUSED", "OTHER_DRUG",
                              *PUNCTUATION)),
    {"FILLER": "", "DRUG": ""}, {"NUMBER": ""}, {"NUMBER": "", "YEAR": ""}, {"NUMBER": "", "MILITARY": ""},
    {"NUMBER": "", "YEAR": "", "MILITARY": ""}, {"FILLER": ""},
):  # fmt: skip
    _SYMBOLS.of(frozenset(_meanings))

# A kind, or a choice of kinds, which is one class: a token of many kinds must not match in as many ways.
_KINDS: Final = re.compile(r"\(\?:([A-Z_]{2,}(?:\|[A-Z_]{2,})+)\)|\b([A-Z][A-Z_]+)\b")
# No phrase repeats a part more often; without a bound a hostile text would cost time beyond its length.
_REPEATS: Final = {"*": "{0,7}", "+": "{1,7}"}


def pattern(source: str) -> re.Pattern[str]:
    """A regular expression over kinds: "NUMBER DASH? DAY" with white space between; operators and groups as usual.

    "*" and "+" repeat at most seven times. Raises: VocabularyError where no word is of a kind.
    """
    bounded = re.sub(r"[*+]", lambda sign: _REPEATS[sign.group()], source)
    return re.compile(_KINDS.sub(lambda found: _class_of((found[1] or found[2]).split("|")), bounded).replace(" ", ""))


def _class_of(kinds: list[str]) -> str:
    symbols = [_SYMBOLS.of_kind(kind) for kind in kinds]
    if not all(symbols):
        raise VocabularyError(f"no word is of kind {kinds[symbols.index('')]}")
    return f"[{''.join(symbols)}]"


def kinds(words: str) -> frozenset[str]:
    """Kinds that stand in one line. Raises: VocabularyError where no word is of a kind."""
    listed = words.split()
    _class_of(listed)
    return frozenset(listed)


def written(tokens: list[Token]) -> str:
    """The string of the tokens' symbols, on which patterns match; positions are those of the tokens."""
    return "".join(token.symbol for token in tokens)


@lru_cache(maxsize=256)
def meanings_of(word: str) -> Meanings:
    """What a word that stands alone may mean, such as the unit of a quantity; nothing where it is not known."""
    atoms = _atoms(word.strip().strip("{}"))
    return next((m for phrase, m in _LEXICON.get(atoms[0], ()) if phrase == atoms), {}) if atoms else {}


def begins_with(token: Token, kind: str) -> bool:
    """Whether the first word of a phrase may be of a kind when it stands alone: "after transplant"."""
    return kind in meanings_of(token.text.split()[0])


def is_abbreviation(word: str) -> bool:
    """Whether a word is written with a point behind it that ends no sentence: "sem.", "Wo."."""
    return word in _ABBREVIATIONS


def spellings(kind: str, value: str) -> list[str]:
    """The single words of a kind and value, the longest first, as they stand in a normalised text."""
    words = {phrase[0] for listed in _LEXICON.values() for phrase, meanings in listed if meanings.get(kind) == value}
    return sorted(words, key=lambda word: (-len(word), word))


def factor(unit: str) -> Decimal:
    """The factor to mg of a value of kind UNIT."""
    return {"mg": Decimal(1), "g": Decimal(1000), "mcg": Decimal("0.001")}[unit]
