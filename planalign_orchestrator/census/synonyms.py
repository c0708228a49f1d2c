"""Recognises what a column of a file means from its name, whatever its case and punctuation."""

import difflib
import re
import unicodedata
from functools import lru_cache

from planalign_orchestrator.census.columns import CONTEXT, MEANINGS, SOCIAL_SECURITY_NUMBER
from planalign_orchestrator.tables import table

_SYNONYMS: dict[str, str] = table(__package__, "known_words")["headings"]
"""Headings of HR and payroll systems and of record keepers' templates, by what they mean."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_MODIFIERS: list[tuple[re.Pattern[str], dict[str, tuple[str, str]]]] = [
    (re.compile(row["pattern"]), {rest: said.rpartition(" ")[::2] for rest, said in row.items() if rest != "pattern"})
    for row in table(__package__, "modifiers").values()
]
"""What a heading may say beside its meaning, and what is meant then, by the meaning or the words of the rest."""

_TELLING = table(__package__, "known_words")["words inside"]
"""Words inside a heading by which a near miss is told."""

_SILENT_WORDS = frozenset(table(__package__, "known_words")["silent words"]["all"].split())
"""Words that say nothing new: ``emp_hire_date`` is ``hire_date``."""
_SAME_WORDS = table(__package__, "known_words")["same words"]
_SAME_WORD = re.compile(rf"\b({'|'.join(_SAME_WORDS)})\b")
_END_OF_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|[^a-zA-Z0-9]+")

_YES_OR_NO = re.compile(r"\W*\by(es)?\s*/\s*n(o)?\b\W*$", re.IGNORECASE)
"""What only says how a column is filled: ``Union (Y/N)``."""

_SILENT = re.compile(r"[^a-z0-9]+")

says_something = re.compile(r"[^\W\d_]|[%#]").search
"""What every heading has: a letter, or a sign that is spelled out."""

SOCIAL_SECURITY_NAME = re.compile(r"ssn.*|.*ssn|.*socialsecurity.*|socsec.*|.*taxpayerid.*")


def normal_name(name: str) -> str:
    """A column name without case, accents, spaces and punctuation: ``'Date of  Birth'`` is ``'dateofbirth'``.

    A percent and a number sign carry meaning in such names (``Deferral %``, ``Emp #``) and are spelled out.
    """
    spelled = name.replace("%", " percent ").replace("#", " number ")
    return _SILENT.sub("", unicodedata.normalize("NFKD", spelled).casefold())


def _words(name: str) -> frozenset[str]:
    """What a name says in any order: ``'Hire Dt - Original'`` has the words of ``original_date_of_hire``."""
    spaced = _END_OF_WORD.sub(" ", name.replace("%", " percent ").replace("#", " number ")).lower()
    plain = _SAME_WORD.sub(lambda found: _SAME_WORDS[found[0]], spaced)
    return frozenset(word.rstrip("s") for word in plain.split()) - _SILENT_WORDS


def _said(name: str) -> tuple[str, frozenset[str]]:
    """What a heading says: its plain name, and its words; without what only says how the column is filled."""
    told = _YES_OR_NO.sub("", name)
    return normal_name(told), _words(told)


_SPELLINGS = [(word, meaning) for meaning in MEANINGS for word in (meaning, *_SYNONYMS.get(meaning, "").split())]
_MEANING_BY_NAME: dict[str, str] = {normal_name(spelling): meaning for spelling, meaning in _SPELLINGS}
_MEANING_BY_WORDS: dict[frozenset[str], str] = {frozenset([name]): held for name, held in _MEANING_BY_NAME.items()}
_MEANING_BY_WORDS |= {
    words: meaning
    for spelling, meaning in sorted(_SPELLINGS, key=lambda one: -one[0].count("_"))
    if len(words := _words(spelling)) > 1  # as an Employee Number is an id, and a Number is none
}
"""Of two spellings with the same words, the one without silent ones counts."""


def meaning_of(name: str) -> str | None:
    """The meaning of one column name, or None when nobody knows it."""
    return unit_and_meaning(name)[1]


@lru_cache(maxsize=4096)
def unit_and_meaning(name: str) -> tuple[str, str | None]:
    """The unit that a column name states (empty when it states none), and its meaning."""
    if not says_something(name):
        return "", None
    plain, words = _said(name)
    if SOCIAL_SECURITY_NAME.fullmatch(plain):
        return "", SOCIAL_SECURITY_NUMBER
    if known := _MEANING_BY_NAME.get(plain) or _MEANING_BY_WORDS.get(words):
        return "", known
    for pattern, meant in _MODIFIERS:
        rest = pattern.sub("", plain)
        for word in (rest, re.sub("amount|amt", "", rest)) if rest not in ("", plain) else ():
            if (found := meant.get(_MEANING_BY_NAME.get(word, word))) is not None:
                return found
    return "", None


def is_second_best(name: str, meaning: str) -> bool:
    """Whether a column counts only where no other has its meaning, as a rate of pay beside the pay of a year."""
    return is_among(name, table(__package__, "known_words")["second best"].get(meaning, ""))


def is_among(name: str, words: str) -> bool:
    """Whether a heading is one of those in a list, in whatever order of its words."""
    plain, said = _said(name)
    return any(plain == normal_name(word) or said == _words(word) for word in words.split())


def says_annual(name: str) -> bool:
    """Whether a heading of pay says that it is pay of a year."""
    return re.search("annual|year", normal_name(name)) is not None


def year_of(name: str) -> int:
    """The year that a heading names, such as ``2024 W-2 Wages``; 0 without one."""
    found = _YEAR.search(normal_name(name))
    return int(found[0]) if found else 0


def near_meaning(name: str) -> str | None:
    """The meaning whose spelling a name that means nothing nearly is, such as ``Anual Salery``."""
    plain = normal_name(name)
    near = difflib.get_close_matches(plain, _MEANING_BY_NAME, n=1, cutoff=0.85) if len(plain) > 3 else []
    found = [_MEANING_BY_NAME[spelling] for spelling in near]
    found += [meaning for word, meaning in _TELLING.items() if word in plain]
    return next((meaning for meaning in found if meaning != CONTEXT), None)
