"""Notices columns of social security numbers among those that are ignored, so that the report can say so."""

from __future__ import annotations

import re

from planalign_orchestrator.census.synonyms import Recognised, names_social_security

SOCIAL_SECURITY = r"\d{3}-\d{2}-\d{4}"
"""What a social security number looks like."""

_PATTERN = re.compile(SOCIAL_SECURITY)
_ROWS_LOOKED_AT = 5000


class SocialSecurityWatch:
    """Looks at the ignored columns of the first rows. Nothing of what it sees is kept."""

    def __init__(self, recognised: Recognised) -> None:
        self._names = recognised.names
        self._by_name = [i for i in recognised.ignored if names_social_security(recognised.names[i])]
        self._filled = dict.fromkeys((i for i in recognised.ignored if i not in self._by_name), 0)
        self._alike = dict.fromkeys(self._filled, 0)
        self._rows_left = _ROWS_LOOKED_AT if self._filled else 0

    @property
    def is_looking(self) -> bool:
        """Whether more rows are wanted."""
        return self._rows_left > 0

    def look(self, cells: list[str]) -> None:
        """Look at one row."""
        self._rows_left -= 1
        for i in self._filled:
            cell = cells[i].strip() if i < len(cells) else ""
            if cell:
                self._filled[i] += 1
                self._alike[i] += _PATTERN.fullmatch(cell) is not None

    @property
    def columns(self) -> list[str]:
        """The names of the columns in which most filled cells look like social security numbers."""
        alike = [i for i, filled in self._filled.items() if filled and self._alike[i] * 2 > filled]
        return [self._names[i] for i in sorted([*self._by_name, *alike])]
