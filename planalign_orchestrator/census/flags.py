"""Reads yes-or-no columns and employment states from text, in SQL."""

from collections.abc import Mapping

from planalign_orchestrator.census.sql import literal
from planalign_orchestrator.census.synonyms import normal_name
from planalign_orchestrator.tables import table

_YES = ("true", "t", "yes", "y", "1", "1.0", "x", "on")
_NO = ("false", "f", "no", "n", "0", "0.0", "off")

STATUS_WORDS: dict[str, str] = {
    word.strip(): state
    for state, words in table(__package__, "known_words")["status"].items()
    for word in words.split(",")
}
"""What status words mean: left, leave or employed."""
_SAP = {"0": True, "1": False, "2": True, "3": False}
"""SAP writes 0 withdrawn, 1 inactive, 2 retired, 3 active; recognized by a 2 or a 3, as others write 0 and 1 only."""
_EMPLOYED_FLAG = ("active", "isactive", "activeflag", "activeemployee", "currentlyactive", "currentlyemployed",
                  "isemployed", "employed")  # fmt: skip
_LEFT_FLAG = ("terminated", "isterminated", "terminatedflag", "terminationflag")


def flag(text: str) -> str:
    """SQL for yes or no; null when the text says neither."""
    yes, no = (f"lower({text}) IN ({_listed(words)})" for words in (_YES, _NO))
    return f"CASE WHEN {yes} THEN true WHEN {no} THEN false END"


def has_left(text: str, column_name: str, words: Mapping[str, int], told: Mapping[str, str]) -> str:
    """SQL for whether a status says that the person has left; null when nobody knows the word.

    Args:
        text: the column.
        column_name: its heading: ``active`` answers the opposite of ``terminated``, and ``T`` in either is a yes.
        words: of the column, in lower case.
        told: what words mean by the user's mapping.
    """
    states = {word: state == "left" for word, state in STATUS_WORDS.items()}
    if "3" in words or "2" in words:
        states |= _SAP
    name = normal_name(column_name)
    if name in (*_EMPLOYED_FLAG, *_LEFT_FLAG):
        is_left_flag = name in _LEFT_FLAG
        states |= dict.fromkeys(_YES, is_left_flag) | dict.fromkeys(_NO, not is_left_flag)
    states |= {word: state == "left" for word, state in told.items()}
    has, has_not = (_listed([word for word, left in states.items() if left is wanted]) for wanted in (True, False))
    return f"CASE WHEN lower({text}) IN ({has}) THEN true WHEN lower({text}) IN ({has_not}) THEN false END"


def _listed(words: list[str] | tuple[str, ...]) -> str:
    return ", ".join(map(literal, words))
