"""Reads dates from text, in SQL: ISO, month or day first, month names, serial numbers, with or without a time."""

from dataclasses import dataclass
from typing import Literal

DateOrder = Literal["auto", "month_first", "day_first"]
Order = Literal["month_first", "day_first"]

DASHED = r"(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}"
"""Text such as 3/4/2019: which number is the month depends on the country."""
DOTTED = r"(\d{1,2})\.(\d{1,2})\.\d{2,4}"
"""Text such as 3.4.2019: the day comes first, unless the column shows otherwise."""
SERIAL = r"[1-7]\d{4}(\.\d+)?"
"""Days since 1899-12-30, as spreadsheets store dates; five digits reach from 1927 to 2118."""

_NO_DATE = (
    r"(0+([-/.]0+){0,2}|0?1/0?0/(19)?00|1899-12-3[01]|12/3[01]/1899|1900-01-0[01]|0?1[-/.]0?1[-/.](1900|0001)|0001-01-01|"
    r"(9999|2999)-?\d\d-?\d\d|\d\d?[-/.]\d\d?[-/.](9999|2999))([T ].*)?"
)
"""Dates that mean none."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_ISO = r"\d{4}-\d{2}-\d{2}"
_YEAR_FIRST = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
_TIME = r"[T ]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp]\.?[Mm]\.?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?$"
_TWO_DIGIT_YEAR = r"\d{1,2}[^\d].*[^\d]\d{2}|[A-Za-z].*[^\d]\d{2}"
_WORDED = "'%d %b %Y', '%d %B %Y', '%b %d %Y', '%B %d %Y', '%d%b%Y', '%Y %b %d'"


@dataclass(frozen=True)
class DateReading:
    """How the dates of one column are read; its three steps are three nested selects.

    Attributes:
        column: its canonical name.
        dashed: what comes first in 3/4/2019 and 3-4-2019.
        dotted: what comes first in 3.4.2019.
        last_year: two-digit years fall into the hundred years that end with this one.
    """

    column: str
    dashed: Order
    dotted: Order
    last_year: int

    def prepared(self, text: str) -> str:
        """SQL, step 1: without a time of day."""
        return without_time(text)

    def parsed(self, text: str) -> str:
        """SQL, step 2: the date in prepared text, in any year; null when it is none."""
        dashed = "%m-%d-%Y" if self.dashed == "month_first" else "%d-%m-%Y"
        dotted = "%m.%d.%Y" if self.dotted == "month_first" else "%d.%m.%Y"
        full = self._with_century(text)
        words = f"replace(trim(regexp_replace(lower({full}), '[-/ .,]+', ' ', 'g')), 'sept ', 'sep ')"
        return f"""CASE WHEN {text} IS NULL THEN NULL
            WHEN regexp_full_match({text}, '{_ISO}') THEN try_cast({text} AS DATE)
            WHEN regexp_full_match({text}, '{DASHED}')
                THEN try_strptime(replace({full}, '/', '-'), '{dashed}')::DATE
            WHEN regexp_full_match({text}, '{DOTTED}') THEN try_strptime({full}, '{dotted}')::DATE
            WHEN regexp_full_match({text}, '{_YEAR_FIRST}')
                THEN try_strptime(translate({text}, '/.', '--'), '%Y-%m-%d')::DATE
            WHEN regexp_full_match({text}, '\\d{{8}}') THEN try_strptime({text}, '%Y%m%d')::DATE
            WHEN regexp_full_match({text}, '{SERIAL}') THEN DATE '1899-12-30' + floor({text}::DOUBLE)::INTEGER
            WHEN regexp_matches({text}, '\\d{{2}}') THEN try_strptime({words}, [{_WORDED}])::DATE END"""

    def within(self, date: str) -> str:
        """SQL, step 3: the date, if its year is one in which a person of a census can be born, hired or leave."""
        return f"CASE WHEN year({date}) BETWEEN {_FIRST_YEAR} AND {_LAST_YEAR} THEN {date} END"

    def _with_century(self, text: str) -> str:
        year = f"{self.last_year} - ({self.last_year} - right({text}, 2)::INTEGER) % 100"
        return f"""CASE WHEN {has_two_digit_year(text)}
            THEN left({text}, length({text}) - 2) || ({year})::VARCHAR ELSE {text} END"""


def is_no_date(text: str) -> str:
    """SQL that is true for what systems write for 'none': zeros, the first day that Excel knows, the end of time."""
    iso = f"length({text}) = 10 AND {text} BETWEEN '1901-01-01' AND '2199-12-31'"
    return f"(NOT ({iso}) AND regexp_full_match({text}, '{_NO_DATE}'))"


def without_time(text: str) -> str:
    """SQL for the text of a date without its time of day, such as ``12:00:00 AM``."""
    return f"CASE WHEN length({text}) > 10 THEN regexp_replace({text}, '{_TIME}', '') ELSE {text} END"


def has_two_digit_year(text: str) -> str:
    """SQL that is true for text such as 3/4/19 and 4-Mar-19."""
    return f"regexp_full_match({text}, '{_TWO_DIGIT_YEAR}')"
