"""Text that DuckDB reads itself gives the same rows as text that is read row by row."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from planalign_orchestrator.census import generate_census, text_file
from planalign_orchestrator.census.recognition import recognise
from planalign_orchestrator.census.source import open_source
from planalign_orchestrator.census.staging import stage
from planalign_orchestrator.census.table import plain_text
from planalign_orchestrator.census.text_file import open_text
from planalign_orchestrator.errors import CensusError

NAMES = "employee_id,hire_date,birth_date,remark"
PLAIN_CELL = st.text(st.sampled_from("aZ09-./ $'#\\"), max_size=5)
ANY_CELL = st.text(st.sampled_from("a0 -\"'\t;\r\n\0é\u00a0"), max_size=4)
LINE = st.lists(PLAIN_CELL, min_size=4, max_size=4) | st.lists(ANY_CELL | PLAIN_CELL, min_size=0, max_size=6)
PLAIN_LINES = st.lists(st.lists(PLAIN_CELL, min_size=4, max_size=4), max_size=5)


def rows_of(path: Path, folder: Path, *, by_hand: bool, patch: pytest.MonkeyPatch) -> Any:
    """All that staging finds in a file, or why it does not."""
    with patch.context() as now, duckdb.connect() as connection:
        if by_hand:
            now.setattr(text_file, "plain_text", lambda path, delimiter, columns: None)
        try:
            staged = stage(connection, open_source(path, None, folder), recognise, folder)
        except CensusError as error:
            return error.message
        tables = [connection.execute(f"from {name} order by row_number").fetchall() for name in ("raw", "damaged")]
        return tables, connection.execute("describe raw").fetchall(), staged


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=PLAIN_LINES | st.lists(LINE, max_size=5),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    last=st.sampled_from(["", "end", "blank"]),
    start=st.sampled_from(["", "\ufeff", "\n", "sep=,\n"]),
)
@example(lines=[["a", "", "", ""], ["", "", "", ""]], end="\n", last="end", start="")
@example(lines=[["a", "", "", ""], [" ", " ", "", ""]], end="\n", last="", start="")
@example(lines=[["a", "b"]], end="\n", last="end", start="")
@example(lines=[["a", "b", "c", "d"], ["a", "b", "c", "d", "e"]], end="\r\n", last="", start="\ufeff")
@example(lines=[["a", "b", "c", "d"]], end="\n", last="blank", start="")
@example(lines=[["", "", "", "only what is ignored"]], end="\n", last="end", start="")
def test_a_file_is_read_the_same_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[list[str]], end: str, last: str, start: str
) -> None:
    text = (
        start
        + end.join([NAMES, *(",".join(cells) for cells in lines)])
        + {"": "", "end": end, "blank": end + end}[last]
    )
    path = tmp_path / "a [1] census's.csv"
    path.write_bytes(text.encode())
    assert rows_of(path, tmp_path, by_hand=False, patch=monkeypatch) == rows_of(
        path, tmp_path, by_hand=True, patch=monkeypatch
    )


@pytest.mark.parametrize("last", ["", "end"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_plain_files_are_not_read_by_hand(tmp_path: Path, delimiter: str, end: str, last: str) -> None:
    lines = [delimiter.join(cells) for cells in (["employee_id", "hire_date"], ["E1", "2020-01-31"])]
    path = tmp_path / "census.csv"
    path.write_bytes((end.join(lines) + (end if last else "")).encode())
    plain = open_text(open_source(path, None, tmp_path)).plain
    assert plain is not None and (plain.rows, plain.columns) == (1, 2)


def test_a_generated_census_is_plain_whatever_its_size(tmp_path: Path) -> None:
    path = tmp_path / "census.csv"
    generate_census(path, employees=20_000, seed=1, as_of=dt.date(2024, 12, 31))
    assert path.stat().st_size > 1 << 20, "one chunk only"
    plain = open_text(open_source(path, None, tmp_path)).plain
    assert plain is not None and plain.rows == 20_000


@pytest.mark.parametrize(
    "text",
    [
        b"a,b\n1,2\n\n3,4\n",
        b"a,b\r\n1,2\n3,4\n",
        b"a,b\n1,2\r\n",
        b"a,b\n1,2\r3,4\n",
        b'a,b\n"1",2\n',
        b"a,b\n1,\t2\n",
        b"a,b\n1,\0\n",
        "a,b\né,2\n".encode(),
        b"\na,b\n1,2\n",
        b"a,b",
        b"a\n1\n",
    ],
)
def test_whatever_needs_care_is_not_plain(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "census.csv"
    path.write_bytes(text)
    assert plain_text(path, ",", text.split(b"\n")[0].count(b",") + 1) is None
