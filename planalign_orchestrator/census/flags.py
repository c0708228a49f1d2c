"""Reads yes-or-no columns and employment states from text, in SQL."""

from __future__ import annotations

from planalign_orchestrator.census.synonyms import normal_name

_YES = ("true", "t", "yes", "y", "1", "1.0", "x", "on")
_NO = ("false", "f", "no", "n", "0", "0.0", "off")

_LEFT = (
    "left", "terminated", "term", "termed", "t", "inactive", "i", "separated", "retired", "retiree", "resigned",
    "former", "former employee", "deceased", "dismissed", "discharged", "quit", "laid off", "exited", "departed",
    "terminated with pay", "not employed", "0", "false", "no", "n",
)  # fmt: skip
_EMPLOYED = (
    "active", "a", "act", "employed", "current", "present", "leave", "on leave", "leave of absence", "loa", "l",
    "paid leave", "leave with pay", "unpaid leave", "furlough", "furloughed", "suspended", "full time", "full-time",
    "ft", "part time", "part-time", "pt", "regular", "permanent", "temporary", "temp", "seasonal", "per diem",
    "probation", "1", "true", "yes", "y",
)  # fmt: skip
_EMPLOYED_FLAG = ("active", "isactive", "activeflag", "activeemployee", "currentlyactive", "currentlyemployed",
                  "isemployed", "employed")  # fmt: skip
_LEFT_FLAG = ("terminated", "isterminated", "terminatedflag", "terminationflag")


def flag(text: str) -> str:
    """SQL for yes or no; null when the text says neither."""
    yes, no = (f"lower({text}) IN ({_listed(words)})" for words in (_YES, _NO))
    return f"CASE WHEN {yes} THEN true WHEN {no} THEN false END"


def has_left(text: str, column_name: str) -> str:
    """SQL for whether a status says that the person has left; null when nobody knows the word.

    A column called ``active`` answers the opposite of one called ``terminated``, and ``T`` in either is a yes.
    """
    name = normal_name(column_name)
    states = (
        f"CASE WHEN lower({text}) IN ({_listed(_LEFT)}) THEN true "
        f"WHEN lower({text}) IN ({_listed(_EMPLOYED)}) THEN false END"
    )
    if name in _EMPLOYED_FLAG:
        return f"coalesce(NOT ({flag(text)}), {states})"
    if name in _LEFT_FLAG:
        return f"coalesce({flag(text)}, {states})"
    return states


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
