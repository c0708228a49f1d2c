"""Small census files in every format, for the tests of this folder."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from planalign_orchestrator.census.intake import CensusIntake, read_census
from planalign_orchestrator.census.sql import glob_literal, path_literal

AS_OF = dt.date(2024, 12, 31)

Row = dict[str, str]


def person(number: int = 1, **changes: str) -> Row:
    """A row that nothing is wrong with, apart from the changes."""
    row = {
        "employee_id": f"P{number:03}",
        "birth_date": "1980-05-17",
        "hire_date": "2015-03-02",
        "annual_compensation": "65000.00",
    }
    return {**row, **changes}


def people(*changed: Row) -> list[Row]:
    """Rows with the same columns: each of the given ones, completed."""
    rows = [person(number, **changes) for number, changes in enumerate(changed, start=1)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name, "") for name in names} for row in rows]


def write_csv(path: Path, rows: Sequence[Row], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write rows as delimited text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_parquet(path: Path, rows: Sequence[Row]) -> Path:
    """Write rows as a Parquet file of text."""
    names = ", ".join(f'"{name}" VARCHAR' for name in rows[0])
    marks = ", ".join("?" for _ in rows[0])
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE people ({names})")
        connection.executemany(f"INSERT INTO people VALUES ({marks})", [[v or None for v in r.values()] for r in rows])
        connection.execute(f"COPY people TO {path_literal(path)} (FORMAT parquet)")
    return path


def write_excel(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write rows as a sheet; numbers and dates as such, the rest as text."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("people")
        sheet.write_row(0, 0, list(rows[0]))
        for number, row in enumerate(rows, start=1):
            for position, value in enumerate(row.values()):
                if isinstance(value, str):
                    sheet.write_string(number, position, value)
                else:
                    sheet.write(number, position, value)
    return path


WRITERS: dict[str, Callable[[Path, Sequence[Row]], Path]] = {
    "csv": write_csv,
    "parquet": write_parquet,
    "xlsx": write_excel,
}
FIRST_ROW = {"csv": 2, "parquet": 1, "xlsx": 2}
"""The number of the first person's row: a Parquet file has no row of names."""


def read(path: Path, **options: Any) -> CensusIntake:
    """Read a census into the folder that it lies in."""
    output = path.parent / "out" / "census.parquet"
    if options.get("on_bad_rows") == "drop":
        options.setdefault("drop_at_most", 10_000)
    return read_census(path, as_of=options.pop("as_of", AS_OF), output=output, **options)


def read_rows(folder: Path, *changed: Row, **options: Any) -> tuple[CensusIntake, list[dict[str, Any]]]:
    """Read people from a CSV file; what came out as canonical rows, in the order of their ids."""
    intake = read(write_csv(folder / "people.csv", people(*changed)), **options)
    return intake, canonical(intake.output)


def canonical(path: Path) -> list[dict[str, Any]]:
    """The rows of a canonical file."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM read_parquet({glob_literal(path)})")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
