"""How a census is to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

DateOrder = Literal["auto", "month_first", "day_first"]
ShapeName = Literal["balanced", "young_retailer", "ageing_manufacturer", "high_turnover", "highly_paid"]


class Band(NamedTuple):
    """A level of the level table, its band of pay, and the mean pay of the people whom a run hires into it."""

    level: int
    low: float
    high: float
    hired_at: float | None = None


@dataclass(frozen=True)
class CensusOptions:
    """How a census is to be read.

    Attributes:
        sheet: of a workbook; the first one when left out.
        date_order: how 3/4/2019 is read.
        on_bad_rows: whether rows with errors refuse the census or are left out.
        drop_at_most: how many rows may be left out; None stands for 5%, and for no kind of people as a whole.
        mapping: a reviewed mapping file, or a folder of them.
        birth_date_from_age: the age at hire by which missing birth dates are imputed.
        key_file: makes ids of social security numbers, or pseudonyms of ids.
        groups: headings of columns that are kept as they are.
        bands: the level table.
    """

    sheet: str | None = None
    date_order: DateOrder = "auto"
    on_bad_rows: Literal["refuse", "drop"] = "refuse"
    drop_at_most: int | None = None
    mapping: Path | None = None
    birth_date_from_age: float | None = None
    key_file: Path | None = None
    groups: Sequence[str] = ()
    bands: Sequence[Band] = ()
