"""Reads a sheet in a process of its own, since a damaged workbook can make the reading library abort or grow.

Called as ``python -I -c "…" PACKAGE_FOLDER REQUEST``: REQUEST is JSON with the file, the folder to write to and what is
wanted. The rows go to ``sheet.csv``, each with its number; what was found goes to the standard output as JSON.
"""

import csv
import datetime as dt
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from planalign_orchestrator.census import excel_scan
from planalign_orchestrator.census.header import ROWS_LOOKED_AT, known_names
from planalign_orchestrator.census.refusals import refused
from planalign_orchestrator.census.sql import EITHER_WAY
from planalign_orchestrator.errors import CensusError

ROWS_FILE = "sheet.csv"
_MEMORY = 3 << 30
_CONTENT = "content.xml"
"""The part of an .ods file that holds all of its sheets."""
_TELLING = 3
"""A sheet that looks like a census has a row with that many names that mean something."""


def main() -> None:
    """Read what the arguments ask for; the answer is JSON on the standard output."""
    request = json.loads(sys.argv[2])
    _limit_memory()
    try:
        answer = _read(Path(request["path"]), request["sheet"], Path(request["folder"]), request["proposing"])
    except CensusError as error:
        answer = {"error": error.message, "remedy": error.remedy}
    json.dump(answer, sys.stdout)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the sizes were bounded before
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _read(path: Path, wanted: str | None, folder: Path, proposing: bool) -> dict[str, Any]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    scans = _Scans(path)
    try:
        with path.open("rb") as file:  # not by its path: then the extension would decide on the format
            book = CalamineWorkbook.from_filelike(file)
        chosen = _chosen_sheet(path, book.sheet_names, wanted)
        if wanted is None and len(book.sheet_names) > 1:
            fitting = (name for name in book.sheet_names if _looks_like_census(_rows(book, scans, name)))
            cover, chosen = chosen, next(fitting, chosen)
            if chosen != cover and not proposing:
                raise refused("cover sheet", path=path, cover=cover, sheet=chosen, sheets=_listed(book.sheet_names))
        with (folder / ROWS_FILE).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(_rows(book, scans, chosen))
    except PasswordError as error:
        raise refused("password", path=path) from error
    except (CalamineError, zipfile.BadZipFile, KeyError, SyntaxError) as error:
        raise refused("damaged workbook", path=path, error=error) from error
    return {"sheet": chosen, "sheets": book.sheet_names}


class _Scans:
    """What stands in the sheets of one workbook beside values; each sheet is looked through once, before it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        if self._book is not None:
            excel_scan.refuse_bombs(self._book, str(path))
        if self._book is not None and _CONTENT in self._book.namelist():  # which the library reads at once
            with self._book.open(_CONTENT) as file:
                excel_scan.scan_open_document(file).refuse_waste(str(path))
        self._parts = excel_scan.sheet_parts(self._book) if self._book is not None else {}

    def of(self, sheet: str) -> excel_scan.Scan:
        """The scan of a sheet; of an old .xls file an empty one, as nothing of it can be looked through."""
        part = self._parts.get(sheet, _CONTENT)
        if self._book is None or part not in self._book.namelist():
            return excel_scan.Scan()
        with self._book.open(part) as file:
            if part == _CONTENT:
                scan = excel_scan.scan_open_document(file, sheet)
            elif part.lower().endswith(".bin"):
                scan = excel_scan.scan_binary_sheet(file)
            else:
                scan = excel_scan.scan_sheet(file, str(self._path))
        scan.refuse_waste(str(self._path))
        return scan


def _chosen_sheet(path: Path, sheets: list[str], wanted: str | None) -> str:
    if not sheets:
        raise refused("no sheets", path=path)
    if wanted is None:
        return sheets[0]
    for name in sheets:
        if name.casefold() == wanted.casefold():
            return name
    raise refused("no such sheet", path=path, sheet=wanted, sheets=_listed(sheets))


def _listed(sheets: list[str]) -> str:
    return ", ".join(map(repr, sheets))


def _looks_like_census(rows: Iterator[list[str]]) -> bool:
    return max((known_names(row[1:]) for row in islice(rows, ROWS_LOOKED_AT)), default=0) >= _TELLING


def _rows(book: Any, scans: _Scans, sheet: str) -> Iterator[list[str]]:
    """The rows of a sheet, each behind its number."""
    unreadable = scans.of(sheet).unreadable
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in unreadable.items():
        by_row.setdefault(row, {})[column] = text
    for number, cells in enumerate(book.get_sheet_by_name(sheet).iter_rows(), start=1):
        texts = [_text(cell) for cell in cells]
        for column, text in by_row.get(number, {}).items():
            texts += [""] * (column - len(texts))
            texts[column - 1] = text
        yield [str(number), *texts]


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
    text = repr(value)  # stored as a number, 85.125 cannot be 85 125
    return text + "0" if re.fullmatch(EITHER_WAY, text) else text
