"""Workbooks that are damaged, forged or far too large in what they claim, and what a spreadsheet could not show."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from census_files import canonical, read

from planalign_orchestrator.census import excel_scan
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.errors import CensusError

HEADINGS = ("id", "dob", "doh", "salary", "term date")
PERSON = ("A", "1980-05-17", "2015-03-02", 50000, "")


def workbook(path: Path, people: int = 3, stray: str | None = None) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for number in range(1, people + 1):
            sheet.write_row(number, 0, (f"A{number}", *PERSON[1:]))
        if stray:
            sheet.write(stray, "x")
    return path


def altered(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """The workbook with something replaced in one of its parts."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("stray", ["XFD1048576", "A1048576", "XFD3"])
def test_a_stray_cell_is_named_before_it_takes_memory(tmp_path: Path, stray: str) -> None:
    path = workbook(tmp_path / "people.xlsx", people=200, stray=stray)
    with pytest.raises(CensusError, match=f"reaches to cell {stray}") as caught:
        read(path)
    assert f"Delete what stands in {stray}" in str(caught.value.remedy)


def test_forged_counts_and_ranges_change_nothing(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx")
    with zipfile.ZipFile(path) as book:
        strings = book.read("xl/sharedStrings.xml")
        sheet = book.read(SHEET)
    counts = re.search(rb'count="\d+" uniqueCount="\d+"', strings)
    dimension = re.search(rb'<dimension ref="[^"]+"/>', sheet)
    assert counts and dimension
    altered(path, "xl/sharedStrings.xml", counts[0], b'count="4294967295" uniqueCount="4294967295"')
    altered(path, SHEET, dimension[0], b'<dimension ref="A1:XFD1048576"/>')
    try:
        assert read(path).rows_kept == 3
    except CensusError as error:  # what the library cannot read must be told, and must not end the program
        assert "damaged, or too large" in error.message or "not a readable Excel file" in error.message


@pytest.mark.parametrize("reference", [b"ZZZ99999999", b"A99999999", b"", b"1A"])
def test_impossible_cell_references_end_in_a_sentence(tmp_path: Path, reference: bytes) -> None:
    path = altered(workbook(tmp_path / "people.xlsx"), SHEET, b'r="A3"', b'r="' + reference + b'"')
    try:
        read(path)
    except CensusError as error:
        assert error.message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not limit the memory of a process")
@pytest.mark.parametrize("written", [b'r = "ABC80000"', b'x=">" r="ABC80000"'])
def test_a_stray_cell_that_a_scan_does_not_see_takes_no_memory(tmp_path: Path, written: bytes) -> None:
    path = altered(workbook(tmp_path / "people.xlsx", stray="ABC80000"), SHEET, b'r="ABC80000"', written)
    with pytest.raises(CensusError, match="too large for the memory"):
        read(path)


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book, book.open("xl/sharedStrings2.xml", "w") as part:
        for _ in range(300):
            part.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(CensusError, match="unpacks to 300 MiB"):
        read(path)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (b'<c r="E3" t="e"><v>#REF!</v></c>', "#REF!"),
        (b'<c r="E3" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        (b'<c r="E3"><f>TODAY()</f></c>', "#FORMULA?"),
        (b'<c r="E3"><f>TODAY()</f><v></v></c>', "#FORMULA?"),
        (b'<c r="E3"><f>TODAY()</f><v/></c>', "#FORMULA?"),
        (b"<c r='E3' t='e'><v>#REF!</v></c>", "#REF!"),
        (b"<c t='str' r='E3'><f>A1</f><v></v></c>", ""),
        (b'<c r="E3" t="str"><f>""</f><v></v></c>', ""),
    ],
)
def test_errors_and_formulas_never_calculated_are_faults(tmp_path: Path, cell: bytes, shown: str) -> None:
    path = altered(
        workbook(tmp_path / "people.xlsx"), SHEET, b'</c></row><row r="4"', b"</c>" + cell + b'</row><row r="4"'
    )
    if not shown:
        assert read(path).rows_kept == 3
        return
    with pytest.raises(CensusRefusedError) as caught:
        read(path)
    (fault,) = caught.value.findings.faults
    assert (fault.row, fault.column, fault.value) == (3, "term date", shown)


@pytest.mark.parametrize("cell", [b'<c t="e"><v>#REF!</v></c>', b"<c><f>TODAY()</f></c>"])
def test_errors_in_cells_without_a_place_are_refused(tmp_path: Path, cell: bytes) -> None:
    path = altered(
        workbook(tmp_path / "people.xlsx"), SHEET, b'</c></row><row r="4"', b"</c>" + cell + b'</row><row r="4"'
    )
    with pytest.raises(CensusError, match="do not say where they stand"):
        read(path)


def test_a_cover_sheet_is_passed_over_by_a_proposal(tmp_path: Path) -> None:
    from planalign_orchestrator.census.proposal import propose_mapping

    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Read me").write(0, 0, "Please fill in")
        sheet = book.add_worksheet("Staff")
        sheet.write_row(2, 0, HEADINGS)
        sheet.write_row(3, 0, PERSON)
    made = tmp_path / "people.mapping.yaml"
    made.write_text(propose_mapping(path, tmp_path / "work"), encoding="utf-8")
    assert "sheet: Staff" in made.read_text() and "header_row: 3" in made.read_text()
    assert canonical(read(path, mapping=made).output)[0]["employee_id"] == "A"


def test_a_killed_reader_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from planalign_orchestrator.census import formats

    monkeypatch.setattr(formats, "isolated", lambda *_: [sys.executable, "-c", "import os; os.abort()"])
    with pytest.raises(CensusError, match="damaged, or too large for the memory"):
        read(workbook(tmp_path / "people.xlsx"))


CELLS = {
    "error": (
        '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell>", "#DIV/0!"),
    "not calculated": ('<table:table-cell table:formula="of:=TODAY()"/>', "#FORMULA?"),
}  # fmt: skip
NAMESPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}  # fmt: skip


def open_document(path: Path, last_cell: str) -> Path:
    """An OpenDocument sheet of two people, the second of whom has a special cell."""
    texts = [f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
             for text in (*HEADINGS, "A", "1980-05-17", "2015-03-02", "50000")]  # fmt: skip
    rows = ["".join(texts[:5]), "".join(texts[5:]), "".join(texts[5:]).replace(">A<", ">B<") + last_cell]
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMESPACES.items())
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", "<manifest/>")
        book.writestr("content.xml", f'<office:document-content {spaces}><office:body><office:spreadsheet>'
                      f'<table:table table:name="S">{table}</table:table></office:spreadsheet></office:body>'
                      "</office:document-content>")  # fmt: skip
    return path


@pytest.mark.parametrize("kind", CELLS)
def test_errors_of_an_open_document_are_faults(tmp_path: Path, kind: str) -> None:
    cell, shown = CELLS[kind]
    with pytest.raises(CensusRefusedError) as caught:
        read(open_document(tmp_path / "people.ods", cell))
    (fault,) = caught.value.findings.faults
    assert (fault.row, fault.column, fault.value) == (3, "term date", shown)


def test_an_open_document_is_read_and_a_repeated_cell_does_not_take_memory(tmp_path: Path) -> None:
    assert read(open_document(tmp_path / "people.ods", "")).rows_kept == 2
    repeated = 'office:value-type="string" table:number-columns-repeated="16000000"'
    many = f"<table:table-cell {repeated}><text:p>x</text:p></table:table-cell>"
    with pytest.raises(CensusError, match="reaches to cell row 3, column 16000004"):
        read(open_document(tmp_path / "people.ods", many))


@pytest.mark.parametrize("row", ["<table:table-row>{}</table:table-row>", "{}"])
def test_of_an_open_document_no_more_than_a_row_is_held(monkeypatch: pytest.MonkeyPatch, row: str) -> None:
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMESPACES.items())

    def scanned(times: int, inside: str) -> excel_scan.Scan:
        rows = row.format(inside) * times
        return excel_scan.scan_open_document(io.BytesIO(f"<d {spaces}>{rows}</d>".encode()), "people.ods")

    monkeypatch.setattr(excel_scan, "_MOST_OF_A_ROW", 20)
    assert scanned(10, "<a/>" * 9).cells == 0
    with pytest.raises(CensusError, match=r"people\.ods: the sheet unpacks to more than is read"):
        scanned(1, "<a>" * 30 + "</a>" * 30)
    monkeypatch.setattr(excel_scan, "_MOST_ELEMENTS", 50)
    with pytest.raises(CensusError, match=r"people\.ods: the sheet unpacks to more than is read"):
        scanned(10, "<a/>" * 9)
