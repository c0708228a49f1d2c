"""What the values of a column look like, from the first rows of a file; nothing of them is kept."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, zip_longest
from statistics import median
from typing import Literal

from planalign_orchestrator.census.sql import SOCIAL_SECURITY
from planalign_orchestrator.census.statuses import STATUS_WORDS

_FEW = 2
_RECENT = 2000
_FEWEST_WITH_A_SIZE = 5
"""The middle of fewer numbers would be somebody's, and tells little."""
_ALIKE = str.maketrans("0123456789", "7777777777")
"""A shape has all digits of a cell alike, so that what many cells look like is found once; 0 and 1 alone say more."""
_HIDDEN = str.maketrans("0123456789", "##########")
_PLAIN = re.compile(r"\d|7+(\.7*)?")
_NUMBER = re.compile(r"[-+(]?\s*\$?\s*[\d,.' ]*\d[\d,.' ]*\)?-?\s*%?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DECIMAL_COMMA = re.compile(r"\D*(\d{1,3}(\.\d{3})*|\d+),\d{1,2}\D*")
_DECIMAL_POINT = re.compile(r"\D*(\d{1,3}(,\d{3})+(\.\d*)?|\d+\.(\d{1,2}|\d{4,}))\D*")
_LOOKS = {
    "social security": re.compile(SOCIAL_SECURITY),
    "dates": re.compile(
        rf"(?!{SOCIAL_SECURITY}$)(\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}([ T].*)?"
        r"|\d{1,2}[- ]?[A-Za-z]{3,9}[- ,]*\d{2,4}|[A-Za-z]{3,9} \d.*)"
    ),
    "yes or no": re.compile(r"y|n|yes|no|true|false|t|f|x|0|1", re.IGNORECASE),
    "percents": re.compile(r".*%", re.DOTALL),
    "dollars": re.compile(r".*\$.*", re.DOTALL),
    "status words": re.compile("|".join(re.escape(word) for word in STATUS_WORDS if len(word) > 3), re.IGNORECASE),
}
"""What a cell can look like."""


@dataclass(frozen=True)
class ColumnSample:
    """Figures about one column, each found when it is asked for: of most columns the heading says enough.

    Args:
        column: its cells.
    """

    column: Sequence[str]

    @cached_property
    def cells(self) -> list[str]:
        """Those that hold something, without blanks around it."""
        return [text for cell in self.column if (text := cell.strip())]

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return len(self.cells)

    @cached_property
    def numbers(self) -> list[float]:
        """The numbers among them that are not 0, from small to large."""
        return sorted(filter(None, self._amounts))

    @cached_property
    def years(self) -> list[int]:
        """Of the dates that name one with four digits."""
        dates = (cell for cell, shape in zip(self.cells, self._shapes, strict=True) if _LOOKS["dates"].fullmatch(shape))
        return [int(year[0]) for cell in dates if (year := _YEAR.search(cell))]

    @property
    def form(self) -> str:
        """What most filled cells have, without their digits."""
        forms = Counter(shape.translate(_HIDDEN) for shape in self._shapes)
        return next((form for form, _ in forms.most_common(1)), "")

    def looks(self, look: str) -> int:
        """How many of the filled cells look like it: like ``numbers``, or as ``_LOOKS`` has it."""
        if look == "numbers":
            return len(self._amounts)
        return sum(count for shape, count in Counter(self._shapes).items() if _LOOKS[look].fullmatch(shape))

    @cached_property
    def _shapes(self) -> list[str]:
        return [cell if len(cell) == 1 else cell.translate(_ALIKE) for cell in self.cells]

    @cached_property
    def _amounts(self) -> list[float]:
        like = (shape for shape in {*self._shapes} if _NUMBER.fullmatch(shape))
        read = {shape: float if _PLAIN.fullmatch(shape) else _number for shape in like}
        tried = (read[shape](cell) for cell, shape in zip(self.cells, self._shapes, strict=True) if shape in read)
        return [amount for amount in tried if amount is not None]

    @property
    def middle(self) -> float:
        """The median of the numbers that are not 0; 0 without any."""
        return median(self.numbers) if self.numbers else 0.0

    def mostly(self, look: str) -> bool:
        """Whether more than half of the filled cells look alike."""
        return self.looks(look) * 2 > self.filled > 0

    @property
    def kind(self) -> str:
        """What the cells are, in a word for a comment."""
        if not self.filled:
            return "empty"
        if self.looks("yes or no") == self.filled:
            return "yes or no"
        return next((f"{look} like {self.form}" for look in ("dates", "numbers") if self.mostly(look)), "text")

    @property
    def values(self) -> str:
        """What the cells are, as a mapping records it to compare next year's: amounts of several people with a size."""
        if not self.filled:
            return ""
        if not self.mostly("numbers"):
            return next((look for look in ("dates", "yes or no") if self.mostly(look)), "text")
        is_small = bool(self.numbers) and self.numbers[-1] <= 1
        form = "percents" if self.mostly("percents") else "fractions" if is_small else "numbers"
        size = f"{float(f'{self.middle:.1g}'):.6f}".rstrip("0").rstrip(".")
        return f"{form} near {size}" if len(self.numbers) >= _FEWEST_WITH_A_SIZE else form


def meaning_by_values(sample: ColumnSample, rows: int) -> str | None:
    """What a column whose heading says nothing seems to hold: late dates of some of the people are exits."""
    looks = {"status words": "employment_status", "percents": "deferral_rate"}
    if sample.mostly("dates") and sample.filled * 2 < rows and sample.years and min(sample.years) > _RECENT:
        return "termination_date"
    return next((meaning for look, meaning in looks.items() if sample.mostly(look)), None)


def mostly_before(rows: Sequence[Sequence[str]], earlier: int, later: int) -> bool:
    """Whether the years in one column are before those in another, in most rows that have both and more than a few."""
    both = [(row[earlier], row[later]) for row in rows if len(row) > max(earlier, later)]
    years = [
        (int(first[0]), int(then[0]))
        for one, two in both
        if (first := _YEAR.search(one)) and (then := _YEAR.search(two))
    ]
    before = sum(first < then for first, then in years)
    return before > max(_FEW, len(years) / 2)


def distinct(names: Sequence[str]) -> list[str]:
    """The headings of a file as a mapping names them: those that stand there twice are numbered."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told


def decimal_sign(rows: Sequence[Sequence[str]]) -> Literal[".", ","]:
    """A comma where numbers such as 85.000,50 or 6,5 stand there, and none such as 85,000 or 6.5."""
    cells = {cell.strip() for row in rows for cell in row if "," in cell}
    if not any(_DECIMAL_COMMA.fullmatch(cell) and _NUMBER.fullmatch(cell) for cell in cells):
        return "."
    cells |= {cell.strip() for row in rows for cell in row if "." in cell}
    return "." if any(_DECIMAL_POINT.fullmatch(cell) and _NUMBER.fullmatch(cell) for cell in cells) else ","


def sample_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[ColumnSample]:
    """Look at every column of some rows; cells that a row lacks are empty."""
    columns = islice(zip_longest(names, *rows, fillvalue=""), len(names))
    return [ColumnSample(cells) for _, *cells in columns]


def _number(text: str) -> float | None:
    if _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    try:
        return float(re.sub(r"[^\d.]", "", text))
    except ValueError:
        return None
