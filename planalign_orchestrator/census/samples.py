"""What the values of a column look like, from the first rows of a file; nothing of them is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from planalign_orchestrator.census.social_security import SOCIAL_SECURITY

_FEW = 2

_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}[- ]?[A-Za-z]{3,9}[- ,]*\d{2,4}|[A-Za-z]{3,9} \d.*"
)
_NUMBER = re.compile(r"[-+(]?\s*\$?\s*[\d,.' ]*\d[\d,.' ]*\)?-?\s*%?")
_DECIMAL_COMMA = re.compile(r"^\D*\d{1,3}(\.\d{3})*,\d{1,2}\D*$")
_SOCIAL_SECURITY = re.compile(SOCIAL_SECURITY)
_FLAGS = frozenset(["y", "n", "yes", "no", "true", "false", "t", "f", "x", "0", "1"])


@dataclass(frozen=True)
class ColumnSample:
    """Figures about one column.

    Attributes:
        filled: cells that hold something.
        dates: of them, those that look like dates.
        social_security: of them, those that look like social security numbers.
        percent_signs: of them, those that end with a percent sign.
        dollar_signs: of them, those that carry a dollar sign.
        flags: of them, those that say yes or no.
        numbers: the numbers among them that are not 0, from small to large.
        distinct: how many values differ.
        years: of the dates that name one with four digits.
    """

    filled: int = 0
    dates: int = 0
    social_security: int = 0
    percent_signs: int = 0
    dollar_signs: int = 0
    flags: int = 0
    numbers: tuple[float, ...] = ()
    distinct: int = 0
    years: tuple[int, ...] = ()

    @property
    def middle(self) -> float:
        """The median of the numbers that are not 0; 0 without any."""
        return median(self.numbers) if self.numbers else 0.0

    def mostly(self, count: int) -> bool:
        """Whether more than half of the filled cells are of a kind."""
        return count * 2 > self.filled > 0

    @property
    def kind(self) -> str:
        """What the cells are, in a word for a comment."""
        if not self.filled:
            return "empty"
        if self.mostly(self.dates):
            return "dates"
        if self.mostly(self.flags):
            return "yes or no"
        return "numbers" if self.mostly(len(self.numbers)) else "text"


def mostly_before(rows: Sequence[Sequence[str]], earlier: int, later: int) -> bool:
    """Whether the years in one column are before those in another, in most rows that have both and more than a few."""
    both = [(row[earlier], row[later]) for row in rows if len(row) > max(earlier, later)]
    years = [(int(first[0]), int(then[0])) for one, two in both if (first := _year(one)) and (then := _year(two))]
    before = sum(first < then for first, then in years)
    return before > max(_FEW, len(years) / 2)


def _year(text: str) -> re.Match[str] | None:
    return re.search(r"(?:19|20)\d\d", text)


def sample_column(cells: Sequence[str]) -> ColumnSample:
    """Look at the cells of one column."""
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    secret = [cell for cell in filled if _SOCIAL_SECURITY.fullmatch(cell)]
    dates = [cell for cell in filled if _DATE.fullmatch(cell) and not _SOCIAL_SECURITY.fullmatch(cell)]
    numbers = [value for value in map(_number, filled) if value]
    return ColumnSample(
        filled=len(filled),
        dates=len(dates),
        social_security=len(secret),
        percent_signs=sum(cell.endswith("%") for cell in filled),
        dollar_signs=sum("$" in cell for cell in filled),
        flags=sum(cell.lower() in _FLAGS for cell in filled),
        numbers=tuple(sorted(numbers)),
        distinct=len(set(filled)),
        years=tuple(int(year[0]) for cell in dates if (year := _year(cell))),
    )


def sample_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[ColumnSample]:
    """Look at every column of some rows; cells that a row lacks are empty."""
    return [sample_column([row[i] if i < len(row) else "" for row in rows]) for i in range(len(names))]


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    if _DECIMAL_COMMA.search(text):
        text = text.replace(".", "").replace(",", ".")
    try:
        return float(re.sub(r"[^\d.]", "", text))
    except ValueError:
        return None
