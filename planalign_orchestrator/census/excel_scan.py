"""Looks into a workbook before a library reads it: how large it is, and which cells hold no value that it would tell.

The reading library gives an empty cell for an Excel error and for a formula that was never calculated, and it makes
room for the whole rectangle between the first and the last cell. Both are found here, in the sheet's XML or records.
"""

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from planalign_orchestrator.census.refusal import refused

NEVER_CALCULATED = "#FORMULA?"
"""Stands for a formula without a result."""

MOST_CELLS = 20_000_000
MOST_UNPACKED = 2 << 30
MOST_STRINGS = 256 << 20
_MOST_ELEMENTS, _MOST_OF_A_ROW = 60_000_000, 1_000_000
"""Of the XML of an .ods file: a cell takes three."""
_SPARSE = 50
_SMALL = 2_000_000
_WIDE = 1000
_CHUNK = 1 << 20
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])([^>]*?)(/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_FILLED = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*[^/]>""")
_IS_ERROR, _IS_TEXT = (re.compile(rb"""\bt\s*=\s*["']%b["']""" % kind) for kind in (b"e", b"str"))
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>([^<]*)</")
_ERRORS = {
    0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A", 43: "#GETTING_DATA",
}  # fmt: skip
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Scan:
    """What was found in a sheet.

    Attributes:
        cells: how many cells hold something.
        rows: the number of the last row with one.
        columns: the number of the last column with one.
        last: the cells that stand in them.
        unreadable: by row, and then by column, both from 1, what stands there instead of a value.
        blank: by column, the rows of formulas of which an .xls file does not tell whether they were calculated.
    """

    cells: int = 0
    rows: int = 0
    columns: int = 0
    last: list[str] = field(default_factory=lambda: ["", ""])
    unreadable: defaultdict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    blank: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def meet(self, row: int, column: int, name: str) -> None:
        """Take a cell into account."""
        if row > self.rows:
            self.rows, self.last[0] = row, name
        if column > self.columns:
            self.columns, self.last[1] = column, name

    def refuse_waste(self, path: str) -> None:
        """Refuse a sheet whose rectangle takes more memory than its cells are worth."""
        area = self.rows * self.columns
        if area <= _SMALL or (area <= MOST_CELLS and area <= _SPARSE * max(self.cells, 1)):
            return
        stray = self.last[1] if self.columns > _WIDE else self.last[0]
        raise refused("stray cell", path=path, stray=stray, scan=self)


def unpacked(book: zipfile.ZipFile, path: str) -> int:
    """How many bytes a workbook unpacks to, as its directory says, unless it is refused as they are too many."""
    sizes = {part.filename: part.file_size for part in book.infolist()}
    strings = sum(size for name, size in sizes.items() if "sharedstrings" in name.lower())
    if sum(sizes.values()) > MOST_UNPACKED or strings > MOST_STRINGS:
        raise refused("large workbook", path=path, mebibytes=sum(sizes.values()) >> 20)
    return sum(sizes.values())


def sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """The parts of an .xlsx or .xlsb workbook by the name of their sheet."""
    names = {name.lower(): name for name in book.namelist()}
    if "xl/workbook.xml" not in names:
        return {}
    relations = ElementTree.fromstring(_small_part(book, names["xl/_rels/workbook.xml.rels"]))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    root = ElementTree.fromstring(_small_part(book, names["xl/workbook.xml"]))
    found = {}
    for sheet in root.iter():
        if sheet.tag.endswith("}sheet"):
            target = targets.get(sheet.get(_RELATION), "").lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            found[sheet.get("name", "")] = names.get(part.lower(), part)
    return found


def _small_part(book: zipfile.ZipFile, name: str) -> bytes:
    with book.open(name) as part:
        content = part.read(_CHUNK * 16)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise refused("entities", path=book.filename)
    return content


def scan_sheet(file: IO[bytes], path: str) -> Scan:
    """Look through the XML of an .xlsx sheet, piece by piece."""
    scan = Scan()
    rest, read = b"", 0
    while chunk := file.read(_CHUNK):
        read += len(chunk)
        if read > MOST_UNPACKED:
            raise refused("large sheet", path=path)
        text = rest + chunk
        # The cell begun last.
        cut = max(text.rfind(b"<c "), text.rfind(b"<c>"), text.rfind(b"<", 0, max(text.rfind(b":c "), 0)))
        rest, text = (text[cut:], text[:cut]) if cut > 0 else (text, b"")
        _scan_piece(scan, text, path)
        if len(rest) > 64 * _CHUNK:
            raise refused("endless cell", path=path)
    _scan_piece(scan, rest, path)
    return scan


def _scan_piece(scan: Scan, text: bytes, path: str) -> None:
    found = _FILLED.findall(text)
    scan.cells += len(found)
    if found:
        row, name = max((int(row), column + row) for column, row in found)
        scan.meet(row, 0, name.decode())
        far = max(found, key=lambda cell: (len(cell[0]), cell[0]))
        scan.meet(0, column_number(far[0].decode()), (far[0] + far[1]).decode())
    if not any(sign in text for sign in (b'"e"', b"'e'", b"<f", b":f")):
        return
    for cell in _CELL.finditer(text):
        attributes, content = cell[1], cell[3] or b""
        is_formula = b"<f" in content or b":f>" in content or b":f " in content
        value = _VALUE.search(content)
        is_error = _IS_ERROR.search(attributes)
        has_result = (value and value[1]) or _IS_TEXT.search(attributes)  # text that was calculated may be none
        is_pending = is_formula and not has_result
        if is_error or is_pending:
            place = _REFERENCE.search(attributes)
            if place is None:
                raise refused("cells without a place", path=path)
            told = value[1].decode("utf-8", "replace") if is_error and value else NEVER_CALCULATED
            scan.unreadable[int(place[2])][column_number(place[1].decode())] = told


def column_number(letters: str) -> int:
    """``A`` is 1, ``AA`` is 27."""
    return reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0)


def scan_binary_sheet(file: IO[bytes]) -> Scan:
    """Look through the records of an .xlsb sheet."""
    scan, row = Scan(), 0
    for kind, data in _records(file):
        if kind == 0:
            row = int.from_bytes(data[:4], "little") + 1
        elif kind <= 11 and len(data) >= 8:
            column = int.from_bytes(data[:4], "little") + 1
            if kind != 1:
                scan.cells += 1
                scan.meet(row, column, f"row {row}, column {column}")
            if kind in (3, 11) and len(data) > 8:
                scan.unreadable[row][column] = _ERRORS.get(data[8], "#UNKNOWN!")
    return scan


def _records(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    while head := file.read(1):
        kind = head[0]
        if kind & 0x80:
            kind = (kind & 0x7F) | (file.read(1) or b"\0")[0] << 7
        size = shift = 0
        while part := file.read(1):
            size |= (part[0] & 0x7F) << shift
            shift += 7
            if not part[0] & 0x80 or shift > 21:
                break
        yield kind, file.read(size)


def scan_open_document(file: IO[bytes], path: str, sheet: str | None = None) -> Scan:
    """Look through one sheet of an .ods file, or all of them; rows and cells that are alike stand there once.

    No more than a row is held at a time.
    """
    scan, row, is_wanted = Scan(), 0, False
    around: list[ElementTree.Element] = []
    rows, held, looked_at = 0, 0, 0
    for event, element in ElementTree.iterparse(file, ("start", "end")):
        name = element.tag.rpartition("}")[2]
        if event == "start":
            around.append(element)
            rows += name == "table-row"
            held, looked_at = held + 1, looked_at + 1
            if held > _MOST_OF_A_ROW or looked_at > _MOST_ELEMENTS:
                raise refused("large sheet", path=path)
            if name == "table":
                row, is_wanted = 0, sheet is None or element.get(f"{_TABLE}name") == sheet
            continue
        around.pop()
        if name == "table-row":
            rows -= 1
            if is_wanted:
                _scan_repeated(scan, element, row)
            row += int(element.get(f"{_TABLE}number-rows-repeated", "1"))
        if not rows:
            held = 0
            if around:
                around[-1].remove(element)
    return scan


def _scan_repeated(scan: Scan, element: ElementTree.Element, row: int) -> None:
    column, times = 0, int(element.get(f"{_TABLE}number-rows-repeated", "1"))
    for cell in element:
        wide = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        kinds = {name.rpartition("}")[2]: value for name, value in cell.items() if name.endswith("}value-type")}
        is_error = any(name.startswith(_CALC) and value == "error" for name, value in cell.items())
        if is_error or kinds:
            scan.cells += times * wide
            scan.meet(row + times, column + wide, f"row {row + times}, column {column + wide}")
        if is_error or (cell.get(f"{_TABLE}formula") and not kinds):
            told = "".join(cell.itertext()).strip() if is_error else ""
            scan.unreadable[row + 1][column + 1] = told if told.startswith(("#", "Err:")) else NEVER_CALCULATED
        column += wide


def scan_old_sheet(path: Path, sheet: str) -> Scan:
    """Look through a sheet of an .xls file for errors of formulas, and for those without a result.

    Args:
        path: the workbook.
        sheet: its name.
    """
    import xlrd

    scan = Scan()
    with xlrd.open_workbook(path, logfile=io.StringIO(), on_demand=True) as book:
        cells = book.sheet_by_name(sheet)
        for row in range(cells.nrows):
            for column, kind in enumerate(cells.row_types(row)):
                if kind == xlrd.XL_CELL_ERROR:
                    code = cells.cell_value(row, column)
                    scan.unreadable[row + 1][column + 1] = xlrd.error_text_from_code.get(code, "#UNKNOWN!")
                elif kind == xlrd.XL_CELL_TEXT and not cells.cell_value(row, column):
                    scan.blank[column + 1].append(row + 1)
    return scan
