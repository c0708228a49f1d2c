"""Reads a sheet of an Excel file as rows of text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from planalign_orchestrator.census.numbers import unambiguous
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.table import Row, TextTable
from planalign_orchestrator.errors import CensusError


def open_excel(source: Source, sheet: str | None) -> TextTable:
    """Open one sheet (the first when none is named) and read its row of names."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with source.path.open("rb") as file:  # not by its path: then the extension would decide on the format
            book = CalamineWorkbook.from_filelike(file)
        chosen = _chosen_sheet(source, book.sheet_names, sheet)
        rows = book.get_sheet_by_name(chosen).iter_rows()
    except PasswordError as error:
        raise CensusError(
            f"{source.path}: the workbook is protected by a password", remedy="Save it without one."
        ) from error
    except CalamineError as error:
        raise CensusError(
            f"{source.path}: this is not a readable Excel file ({error})", remedy="Save it again as .xlsx, or as CSV."
        ) from error
    return _table(source, chosen, book.sheet_names, rows)


def _chosen_sheet(source: Source, sheets: list[str], sheet: str | None) -> str:
    if not sheets:
        raise CensusError(f"{source.path}: the workbook has no sheets", remedy="Save the census again.")
    if sheet is None:
        return sheets[0]
    for name in sheets:
        if name.casefold() == sheet.casefold():
            return name
    raise CensusError(
        f"{source.path}: there is no sheet {sheet!r}; the sheets are {', '.join(map(repr, sheets))}",
        remedy="Name one of them with --sheet.",
    )


def _table(source: Source, chosen: str, sheets: list[str], rows: Iterable[list[Any]]) -> TextTable:
    numbered = _numbered(rows)
    header = next((row for row in numbered if any(row.cells)), None)
    if header is None:
        raise CensusError(f"{source.path}: the sheet {chosen!r} is empty", remedy="Name another one with --sheet.")
    notes = []
    if len(sheets) > 1:
        others = ", ".join(repr(name) for name in sheets if name != chosen)
        notes.append(f"Read the sheet {chosen!r}; there are also {others}.")
    table = TextTable(names=[name.strip() for name in header.cells], rows=iter(()), notes=notes)
    table.rows = _filled_rows(table, numbered)
    return table


def _numbered(rows: Iterable[list[Any]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=1):
        yield Row(number, [_text(cell) for cell in cells])


def _filled_rows(table: TextTable, rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        if any(cell.strip() for cell in row.cells):
            yield row
        else:
            table.blank_rows += 1


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _number_text(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return unambiguous(repr(value))
