"""Reads a sheet in a process of its own, since a damaged workbook can make the reading library abort or grow.

Called with REQUEST: JSON with the workbook, how the user named it, what is
wanted and the CSV file for the rows, each behind its number. What was found goes to the standard output as JSON.
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
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.sql import EITHER_WAY
from planalign_orchestrator.census.table import ROWS_LOOKED_AT, known_names
from planalign_orchestrator.errors import CensusError, instead_of

_MEMORY = 3 << 30
_AT_LEAST, _A_BYTE, _A_CELL = 512 << 20, 6, 80
"""What the program itself takes, and the most that the library does for a byte of XML and a cell of the rectangle."""
_CONTENT = "content.xml"
"""The part of an .ods file that holds all of its sheets."""
_TELLING = 3
"""A sheet that looks like a census has a row with that many names that mean something."""


def main() -> None:
    """Read what the arguments ask for; the answer is JSON on the standard output."""
    _limit_memory(_MEMORY)
    try:
        answer = _read(**json.loads(sys.argv[1]))
    except CensusError as error:
        answer = {"error": error.message, "remedy": error.remedy}
    json.dump(answer, sys.stdout)


def _limit_memory(most: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the sizes were bounded before
        return
    resource.setrlimit(resource.RLIMIT_AS, (min(most, _MEMORY), _MEMORY))


def _read(path: str, named: str, sheet: str | None, rows: str, proposing: bool) -> dict[str, Any]:
    from python_calamine import CalamineError, PasswordError

    unreadable = (CalamineError, zipfile.BadZipFile, KeyError, SyntaxError)
    damaged = instead_of(unreadable, refused, "damaged workbook", path=named)
    with damaged, instead_of(PasswordError, refused, "password", path=named):
        workbook = _Workbook(Path(path), named)
        sheets = workbook.sheets
        chosen = _chosen_sheet(named, sheets, sheet)
        alike: list[str] = []
        if sheet is None and len(sheets) > 1:
            alike = [name for name in sheets if _looks_like_census(workbook.rows(name))]
            cover, chosen = chosen, alike[0] if alike and chosen not in alike else chosen
            if chosen != cover and not proposing:
                raise refused("cover sheet", path=named, cover=cover, sheet=chosen, sheets=_listed(sheets))
        with Path(rows).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(workbook.rows(chosen))
    return {"sheet": chosen, "sheets": sheets, "alike": alike, "blank": workbook.blank}


class _Workbook:
    """A workbook, each sheet of which is looked through once before it is read."""

    def __init__(self, path: Path, named: str) -> None:
        from python_calamine import CalamineWorkbook

        self._path, self._named = path, named
        self._parts: dict[str, str] = {}
        self.blank: dict[int, list[int]] = {}
        self._archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        if self._archive is not None:
            self._unpacked = excel_scan.unpacked(self._archive, self._named)
            self._accept(excel_scan.Scan())
            self._parts = excel_scan.sheet_parts(self._archive)
            if _CONTENT in self._archive.namelist():  # which the library reads at once
                with self._archive.open(_CONTENT) as file:
                    self._accept(excel_scan.scan_open_document(file, self._named))
        with path.open("rb") as file:  # not by its path: then the extension would decide on the format
            self._book = CalamineWorkbook.from_filelike(file)
        self.sheets = self._book.sheet_names

    def rows(self, sheet: str) -> Iterator[list[str]]:
        """The rows of a sheet, each behind its number."""
        scan = self._scan(sheet)
        unreadable, self.blank = scan.unreadable, scan.blank
        for number, cells in enumerate(self._book.get_sheet_by_name(sheet).iter_rows(), start=1):
            texts = [_text(cell) for cell in cells]
            for column, text in unreadable.get(number, {}).items():
                texts += [""] * (column - len(texts))
                texts[column - 1] = text
            yield [str(number), *texts]

    def _scan(self, sheet: str) -> excel_scan.Scan:
        """What stands in a sheet beside values."""
        if self._archive is None:
            return excel_scan.scan_old_sheet(self._path, sheet)
        part = self._parts.get(sheet, _CONTENT)
        if part not in self._archive.namelist():
            return excel_scan.Scan()
        with self._archive.open(part) as file:
            if part == _CONTENT:
                scan = excel_scan.scan_open_document(file, self._named, sheet)
            elif part.lower().endswith(".bin"):
                scan = excel_scan.scan_binary_sheet(file)
            else:
                scan = excel_scan.scan_sheet(file, self._named)
        return self._accept(scan)

    def _accept(self, scan: excel_scan.Scan) -> excel_scan.Scan:
        """Let the library take the memory that a sheet needs and no more: XML can hide cells from a scan."""
        scan.refuse_waste(self._named)
        _limit_memory(_AT_LEAST + _A_BYTE * self._unpacked + _A_CELL * scan.rows * scan.columns)
        return scan


def _chosen_sheet(named: str, sheets: list[str], wanted: str | None) -> str:
    if not sheets:
        raise refused("no sheets", path=named)
    if wanted is None:
        return sheets[0]
    if found := [name for name in sheets if name.casefold() == wanted.casefold()]:
        return found[0]
    raise refused("no such sheet", path=named, sheet=wanted, sheets=_listed(sheets))


def _listed(sheets: list[str]) -> str:
    return ", ".join(map(repr, sheets))


def _looks_like_census(rows: Iterator[list[str]]) -> bool:
    return max((known_names(row[1:]) for row in islice(rows, ROWS_LOOKED_AT)), default=0) >= _TELLING


def _text(cell: Any) -> str:
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


if __name__ == "__main__":
    main()
