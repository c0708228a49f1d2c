"""Reads from the text of a status, in SQL, whether a person has left."""

import re
from collections.abc import Mapping, Sequence

from planalign_orchestrator.census.columns import UNDECIDED
from planalign_orchestrator.census.sql import literal
from planalign_orchestrator.census.synonyms import is_among
from planalign_orchestrator.tables import table


def _by_word(section: str) -> dict[str, str]:
    """What the words in a section of ``known_words.ini`` mean."""
    listed = table(__package__, "known_words")[section].items()
    return {word.strip(): meaning for meaning, words in listed for word in words.split(",")}


STATUS_WORDS = _by_word("status")
"""What status words mean: left, leave or employed."""
_SAP = {"0": "left", "1": "employed", "2": "left", "3": "employed"}
"""SAP writes 0 withdrawn, 1 inactive, 2 retired, 3 active; recognized by a 2 or a 3, as others write 0 and 1 only."""
_ANSWERS = {word: answer == "yes" for word, answer in _by_word("answers").items()}


def _yes_is_left(heading: str) -> bool | None:
    """Whether a yes under a heading says that somebody has left; None where no yes or no answers it."""
    flags = table(__package__, "known_words")["status flags"].items()
    return next((state == "left" for state, headings in flags if is_among(heading, headings)), None)


def known_states(words: Sequence[str], heading: str) -> dict[str, str | None]:
    """What the words of a column mean: a ``Y`` under ``Terminated`` is another one than under ``Active``."""
    states = STATUS_WORDS | (_SAP if {"2", "3"} & {*words} else {})
    is_left = _yes_is_left(heading)
    if is_left is not None:
        states |= {word: "left" if answer == is_left else "employed" for word, answer in _ANSWERS.items()}
    return {word: states.get(word.lower().replace("_", " ")) for word in words}


def likely_state(word: str) -> str:
    """What a word that nobody knows seems to say, for a person to confirm."""
    inside = [known for known in STATUS_WORDS if len(known) > 2 and re.search(rf"\b{re.escape(known)}", word.lower())]
    return STATUS_WORDS[max(inside, key=len)] if inside else UNDECIDED


def has_left(text: str, column_name: str, told: Mapping[str, str], *, is_sap: bool) -> str:
    """SQL for whether a status says that the person has left; null when nobody knows the word.

    Args:
        text: the column.
        column_name: its heading: ``active`` answers the opposite of ``terminated``, and ``T`` in either is a yes.
        told: what words mean by the user's mapping.
        is_sap: whether the column holds the codes of SAP.
    """
    is_left = _yes_is_left(column_name)
    answer = "NULL" if is_left is None else f"as_flag({text}) = {is_left}"
    spaced = f"replace({text}, '_', ' ')"
    return f"coalesce({_meaning(text, told)}, {answer}, {_meaning(spaced, STATUS_WORDS | (_SAP if is_sap else {}))})"


def _meaning(text: str, states: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{literal(word)}: {state == 'left'}" for word, state in states.items())
    return f"MAP {{{pairs}}}[lower({text})]" if states else "NULL"
