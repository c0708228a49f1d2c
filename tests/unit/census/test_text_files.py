"""Delimited text as it is found in the wild."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from census_files import canonical, people, person, read, write_csv, write_parquet

from planalign_orchestrator.census.faults import Fault
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.errors import CensusError, ConfigurationError

HEADER = "employee_id,birth_date,hire_date,annual_compensation"
SOUND = "1980-05-17,2015-03-02,65000"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ids(path: Path) -> list[str]:
    return [row["employee_id"] for row in canonical(read(path).output)]


def faults(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(CensusRefusedError) as caught:
        read(path)
    return caught.value.findings.faults


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = people({"employee_id": "Zoë", "annual_compensation": "65,000"}, {"employee_id": "O'Brien"})
    path = write_csv(tmp_path / "people.csv", rows, delimiter, encoding)
    assert ids(path) == ["O'Brien", "Zoë"]
    notes = " ".join(read(path).notes)
    assert ("read as cp1252" in notes) == (encoding == "cp1252")
    assert ("separated by" in notes) == (delimiter != ",")


def test_bytes_that_even_cp1252_lacks_are_read_as_latin_1(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}\nA,{SOUND}\n".encode() + b"B\xe9\x81" + f",{SOUND}\n".encode())
    with pytest.raises(
        CensusRefusedError, match=r"row 3, column employee_id: 'Bé\\x81' holds a control character"
    ) as caught:
        read(path)
    assert any("latin-1" in note for note in caught.value.findings.notes)


def test_a_multibyte_character_across_reading_blocks_is_still_utf_8(tmp_path: Path) -> None:
    start = f"{HEADER},remark\nA,{SOUND},"
    filling = "x" * ((1 << 20) - len(start) - 1)
    assert read(written(tmp_path, f"{start}{filling[:100_000]}\nZoë,{SOUND},\n")).notes[0].startswith("Columns that")
    many = "".join(f"P{i},{SOUND},{'é' * 40}\n" for i in range(9000))
    assert not any("UTF-8" in note for note in read(written(tmp_path, f"{HEADER},remark\n{many}")).notes)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    assert ids(written(tmp_path, f"{HEADER}{end}A,{SOUND}{end}B,{SOUND}")) == ["A", "B"]


def test_blank_lines_count_as_rows_and_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, f"\n\n{HEADER}\nA,{SOUND}\n\n,,,\nB,1980-05-17,,65000\n   \n")
    assert [(fault.row, fault.column) for fault in faults(path)] == [(7, "hire_date")]
    path = written(tmp_path, f"{HEADER}\nA,{SOUND}\n\n,,,\n")
    assert "2 rows passed over as blank." in read(path).notes


def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = written(tmp_path, f'note,{HEADER}\n"two\nlines",A,{SOUND}\n,B,{SOUND}\n,C,1980-05-17,never,65000\n')
    assert [fault.row for fault in faults(path)] == [4]


def test_ragged_rows_are_refused_by_number_and_the_others_checked(tmp_path: Path) -> None:
    path = written(
        tmp_path, f"{HEADER}\nA,1980-05-17,2015-03-02,85,000\nB,1980-05-17\nC,{SOUND},,\nD,1980-05-17,never,65000\n"
    )
    found = faults(path)
    assert [fault.row for fault in found] == [2, 3, 5]
    assert "5 cells, but there are 4 column names" in found[0].message
    assert "quotes" in found[0].remedy
    kept = read(path, on_bad_rows="drop")
    assert (kept.rows_read, kept.rows_kept) == (4, 1)


def test_trailing_columns_without_a_name_may_be_missing(tmp_path: Path) -> None:
    assert ids(written(tmp_path, f"{HEADER},,\nA,{SOUND}\nB,{SOUND},,\n")) == ["A", "B"]


def test_a_quote_that_is_never_closed_swallows_nobody_silently(tmp_path: Path) -> None:
    found = faults(written(tmp_path, f'{HEADER}\nA,{SOUND}\n"B,{SOUND}\nC,{SOUND}\n'))
    assert [fault.row for fault in found] == [3, 4]
    assert "quotes do not match" in found[0].message


def test_a_cell_that_swallows_a_row_on_a_line_of_one_cell_is_told(tmp_path: Path) -> None:
    found = faults(written(tmp_path, f'{HEADER},x\nA,{SOUND},1\n",-1,12/31/68\nB,{SOUND},"\nC,{SOUND},2\n'))
    assert [fault.row for fault in found] == [3, 4]
    assert "it swallows the next 1 lines" in found[0].message


def test_rows_that_a_quote_swallows_in_a_record_of_more_cells_are_told(tmp_path: Path) -> None:
    found = faults(written(tmp_path, f'{HEADER},x\nA,{SOUND},"\nB,{SOUND},1\nC,{SOUND},",2,3\nD,{SOUND},4\n'))
    assert [fault.row for fault in found] == [2, 3, 4]


def test_text_after_a_closing_quote_is_told_and_the_rest_read(tmp_path: Path) -> None:
    found = faults(written(tmp_path, f'{HEADER}\n"A"x,{SOUND}\nB,{SOUND}\nC,1980-05-17,never,50000\n'))
    assert [fault.row for fault in found] == [2, 4]


def test_nul_characters_are_refused_where_they_stand(tmp_path: Path) -> None:
    found = faults(written(tmp_path, f"{HEADER}\nA\0B,{SOUND}\nC,1980-05-17,2015-03-02,65\0000\nD,{SOUND}\n"))
    assert [(fault.row, fault.column) for fault in found] == [(2, "employee_id"), (3, "annual_compensation")]
    assert [fault.value for fault in found] == ["A\u2400B", "65\u24000"]


def test_a_file_cut_within_a_character_is_read_as_something_else_and_that_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER},remark\nA,{SOUND},caf".encode() + b"\xc3")
    assert any("not UTF-8" in note for note in read(path).notes)


def test_ids_are_data(tmp_path: Path) -> None:
    strange = [
        'say "hi"', "a;b", "a,b", "=1+1", "<b>x</b>", "'; DROP TABLE raw; --", "null", "N/A", "-", "007", "1e5", "Ω",
    ]  # fmt: skip
    rows = people(*({"employee_id": name} for name in strange))
    assert ids(write_csv(tmp_path / "people.csv", rows)) == sorted(strange, key=str.encode)


def test_text_that_is_kept_from_excel_as_a_formula_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, f'{HEADER}\n="00123",{SOUND}\n"=""00124""",1980-05-17,="2015-03-02",="65000"\n')
    intake = read(path)
    assert ids(path) == ["00123", "00124"]
    assert any('4 cells such as ="00123" were read as the text' in note for note in intake.notes)


def test_outer_spaces_are_trimmed_everywhere(tmp_path: Path) -> None:
    names = " Employee ID ,birth_date, hire_date,annual_compensation"
    path = written(tmp_path, f"{names}\n A\u00a0, 1980-05-17 ,\t2015-03-02, 65000 \n")
    assert ids(path) == ["A"]


def test_the_separator_line_of_excel_is_understood(tmp_path: Path) -> None:
    path = written(tmp_path, f"sep=;\n{HEADER};\nA,{SOUND};\n".replace(",", ";"))
    assert ids(path) == ["A"]


def test_the_extension_does_not_decide(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "people.xlsx", [person()])
    assert ids(path) == ["P001"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "only blank lines"),
        (HEADER.encode(), "no people"),
        (f"{HEADER}\n\n,,,\n".encode(), "no people"),
        (b"\x1f\x8b\x08\x00rest", "cannot be unpacked"),
        (b"PK\x03\x04 no workbook", "not a readable Excel file"),
        (b"PAR1 cut short", "not a readable Parquet file"),
        (b"hello world", "no column employee_id"),
        (f"A,{SOUND}\n".encode(), "no column employee_id"),
    ],
)
def test_files_that_are_no_census(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(CensusError) as caught:
        read(written(tmp_path, content))
    assert words in caught.value.message
    assert caught.value.exit_code == 3
    assert not (tmp_path / "out" / "census.parquet").exists()


def test_a_first_row_of_data_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(CensusError) as caught:
        read(written(tmp_path, f"A,{SOUND}\nB,{SOUND}\n"))
    assert "first row must hold column names" in caught.value.message
    assert "1980" not in caught.value.message


def test_folders_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(CensusError, match="folder"):
        read(tmp_path)
    written(tmp_path, HEADER)
    with pytest.raises(CensusError, match="no such census file") as caught:
        read(tmp_path / "poeple.csv")
    assert "Did you mean people.csv?" in str(caught.value.remedy)


def test_a_locked_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, HEADER)

    def locked(file: Path, *how: Any, **more: Any) -> Any:
        if file == path:
            raise PermissionError(13, "Permission denied")
        return opened(file, *how, **more)

    opened = Path.open
    monkeypatch.setattr(Path, "open", locked)
    with pytest.raises(CensusError, match="cannot be read") as caught:
        read(path)
    assert "Excel locks files" in str(caught.value.remedy)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_forbidden_file_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER)
    path.chmod(stat.S_IWUSR)
    with pytest.raises(CensusError, match="cannot be read"):
        read(path)


def test_a_sheet_of_a_text_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Excel file"):
        read(write_csv(tmp_path / "people.csv", [person()]), sheet="people")


def test_paths_with_pattern_characters(tmp_path: Path) -> None:
    folder, other = tmp_path / "plan=A" / "a[1] {b} 'c' #é", tmp_path / "a1 {b} 'c' #é"
    folder.mkdir(parents=True)
    other.mkdir()
    assert ids(write_csv(folder / "p[e]ople 100%.csv", [person()])) == ["P001"]
    write_parquet(other / "people.parquet", [person(employee_id="somebody else")])
    assert ids(write_parquet(folder / "people.parquet", [person()])) == ["P001"]
