"""Reads numbers from text, in SQL: plain ones, thousands separators, dollar signs, negatives in parentheses."""

from __future__ import annotations

import re

WIDE = "DECIMAL(18,6)"
"""The type in which numbers are checked before they are cut to their column's type."""

_PLAIN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?"
_GROUPED = r"[+-]?(\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+|\d{1,3}(''\d{3})+)(\.\d*)?"
_EITHER_WAY = r"-?[1-9]\d{0,2}\.\d{3}"
_EITHER_WAY_PATTERN = re.compile(_EITHER_WAY)


def prepared_number(text: str, comma: bool = False) -> str:
    """SQL, step 1: without dollar signs; ``(5)`` and ``5-`` are -5; every kind of space is a space.

    Args:
        text: SQL of the text.
        comma: whether the decimal sign is a comma, so that ``85.000,50`` becomes ``85,000.50``.
    """
    if comma:
        text = f"translate({text}, '.,', ',.')"
    spaced = f"regexp_replace({text}, '[\\x{{00a0}}\\x{{2009}}\\x{{202f}}]', ' ', 'g')"
    signed = f"regexp_replace(regexp_replace({spaced}, '^\\((.*)\\)$', '-\\1'), '^([^-]*)-$', '-\\1')"
    bare = f"trim(regexp_replace({signed}, '^([+-]?) *(?:US)?\\$ *(-?)|(?i: *USD)$', '\\1\\2'))"
    return f"CASE WHEN regexp_full_match({text}, '[0-9.]*') THEN {text} ELSE {bare} END"


def number(prepared: str) -> str:
    """SQL, step 2: the number in prepared text; null when it is none, or has more than 12 digits before the point.

    A decimal comma (``85.000,50``) is refused, since ``85,000`` is read as thousands.
    """
    return f"""try_cast(CASE WHEN regexp_full_match({prepared}, '{_PLAIN}') THEN {prepared}
        WHEN regexp_full_match({prepared}, '{_GROUPED}') THEN regexp_replace({prepared}, '[, '']', '', 'g')
        END AS {WIDE})"""


def money(prepared: str) -> str:
    """SQL, step 2 for money: ``85.000`` is refused too, as it is 85 to some and 85 000 to others."""
    return f"CASE WHEN NOT {is_either_way(prepared)} THEN {number(prepared)} END"


def is_either_way(text: str) -> str:
    """SQL that is true for text such as ``85.000``."""
    return f"regexp_full_match({text}, '{_EITHER_WAY}')"


def unambiguous(number_text: str) -> str:
    """The text of a number that was stored as a number, so that ``85.125`` cannot be taken for 85 125."""
    return number_text + "0" if _EITHER_WAY_PATTERN.fullmatch(number_text) else number_text
