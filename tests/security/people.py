"""A census that is hostile in every cell that is text, and private in the others."""

from __future__ import annotations

import csv
from pathlib import Path

HOSTILE_IDS = (
    "'; drop table fct_workforce_snapshot; --",
    'O\'Brien "Bob"; select 1',
    "../../../../tmp/outside",
    "..\\..\\outside",
    "C:\\Windows\\win.ini",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "=1+1",
    '=HYPERLINK("https://example.org","x")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "|cmd",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "%s %n ${HOME} $(id) `id`",
    "[bold red]markup[/]",
    "a,b;c",
    "naïve 員工 😀",
    "x" * 100,
)
"""Ids that are data: none of them may be run, opened, shown as markup or lost."""

REFUSED_IDS = {
    "NUL": "a\0b",
    "line break": "a\nb",
    "escape sequence": "\x1b[31mred\x1b[0m",
    "one-byte escape sequence": "a\x9b2Jb",
    "right-to-left override": "abc\u202etxt.exe",
    "invisible letter": "a\u200bb",
    "line separator": "a\u2028b",
    "a megabyte": "x" * 1_000_000,
}
"""Ids that nobody can type or see; they are refused with their row."""

HOSTILE_NAMES = (
    "Job Title",
    "<script>alert(1)</script>",
    "=1+1",
    "'; drop table raw; --",
    "{{ var('x') }}",
    "\x1b[2Jclear",
    "a\u202eb",
    "Soc Number",
)
"""Columns that nobody knows; the last holds social security numbers."""

PAY = 71_123.57
BORN = "1983-04-19"
SECRET = "219-09-"


def social_security_number(number: int) -> str:
    """One that was never given out."""
    return f"{SECRET}{9000 + number}"


def hostile_rows(ids: tuple[str, ...] = HOSTILE_IDS) -> list[dict[str, str]]:
    """A row for each id, each with its own pay, and job titles and names of columns that mean harm."""
    rows = []
    for number, employee_id in enumerate(ids):
        extra = dict.fromkeys(HOSTILE_NAMES, HOSTILE_IDS[number % len(HOSTILE_IDS)])
        rows.append(
            {
                "employee_id": employee_id,
                "birth_date": BORN,
                "hire_date": "2015-03-02",
                "annual_compensation": f"{PAY + number:.2f}",
                "deferral_rate": "0.06",
                **extra,
                "Soc Number": social_security_number(number),
            }
        )
    return rows


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
