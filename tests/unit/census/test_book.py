"""Small censuses that are read at once are what each is alone; what is unlike the others, or wrong, is left alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator.census.book import can_be_of_a_book, read_book
from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.options import CensusOptions
from planalign_orchestrator.errors import CensusError

AS_OF = dt.date(2024, 12, 31)
HEAD = "employee_id,birth_date,hire_date,annual_compensation,deferral_rate"
USUAL = {
    "iso": ["E1,1980-02-03,2010-05-06,50000,0.06", "E2,1990-12-31,2020-01-02,61000.505,0"],
    "months first": ["E2,3/24/1981,4/5/2011,52000,0.05", "E1,3/4/1991,10/31/2021,62000,0.0525"],
    "nothing shows": ["E1,3/4/1981,4/5/2011,52000,0", '"E 2",1970-01-01,2000-01-01,"52,000",'],
    "a sign": ["E1,1981-01-02,2011-04-05,$52000,6%", "E9,1981-01-02,2011-04-05,N/A,6%"],
}
ALONE = {
    "days first": [f"E{number},24/3/1981,24/5/2011,52000,0.05" for number in range(9)],
    "percents": ["E1,1981-01-02,2011-04-05,52000,6"],
    "one or a hundredth": ["E1,1981-01-02,2011-04-05,52000,1"],
    "twice": ["E1,1981-01-02,2011-04-05,52000,0.05", "E1,1982-01-02,2011-04-05,52000,0.05"],
    "no birth": ["E1,,2011-04-05,52000,0.05"],
    "torn": ['E1,1981-01-02,2011-04-05,52000,0.05,"a'],
    "social security": ["123-45-6789,1981-01-02,2011-04-05,52000,0.05"],
    "nobody": [],
}


def written(folder: Path, files: dict[str, list[str]]) -> dict[str, Path]:
    """A CSV file for each."""
    found = {name: folder / f"{name}.csv" for name in files}
    for name, rows in files.items():
        found[name].write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return found


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """The people of a Parquet file."""
    return duckdb.execute(f"{query.format(path)} order by employee_id").fetchall()


@pytest.mark.slow
def test_what_is_alike_is_as_it_is_alone_and_the_rest_is_left(tmp_path: Path) -> None:
    usual = {name: [row for row in lines if "N/A" not in row] for name, lines in USUAL.items()}
    files = written(tmp_path, {**usual, **ALONE})
    other = tmp_path / "other.csv"
    other.write_text("id,dob,hired,salary\nE1,1980-01-01,2010-01-01,50000\n", encoding="utf-8")
    book = tmp_path / "book.parquet"
    kept = read_book({**files, "other": other}, as_of=AS_OF, output=book, options=CensusOptions())
    assert set(kept) == USUAL.keys()
    for name in kept:
        alone = read_census(files[name], output=tmp_path / "alone.parquet", as_of=AS_OF)
        of_book = rows(book, f"select * exclude (census_key) from '{{}}' where census_key = '{name}'")
        assert of_book == rows(alone.output, "from '{}'") and alone.rows_kept


@pytest.mark.slow
def test_an_error_leaves_only_its_own_census_to_be_refused(tmp_path: Path) -> None:
    files = written(tmp_path, USUAL)
    kept = read_book(files, as_of=AS_OF, output=tmp_path / "book.parquet", options=CensusOptions())
    assert set(kept) == USUAL.keys() - {"a sign"}
    with pytest.raises(CensusError, match="annual_compensation"):
        read_census(files["a sign"], output=tmp_path / "alone.parquet", as_of=AS_OF)


def test_what_a_mapping_describes_is_not_of_a_book(tmp_path: Path) -> None:
    path = written(tmp_path, {"one": []})["one"]
    assert can_be_of_a_book(path, CensusOptions())
    assert not can_be_of_a_book(path, CensusOptions(mapping=tmp_path / "mapping.yaml"))
    assert not can_be_of_a_book(path.rename(tmp_path / "one.xlsx"), CensusOptions())


@pytest.mark.slow
def test_a_census_with_leavers_without_pay_is_read_by_itself(tmp_path: Path) -> None:
    rows_of = {"one": ",52000", "other": ",61000", "left": "2020-05-05,0"}
    files = {name: tmp_path / f"{name}.csv" for name in rows_of}
    for name, last in rows_of.items():
        text = "id,dob,hired,term date,salary\nE1,1980-01-01,2010-01-01,,50000\nE2,1980-01-01,2010-01-01,"
        files[name].write_text(f"{text}{last}\n", encoding="utf-8")
    kept = read_book(files, as_of=AS_OF, output=tmp_path / "book.parquet", options=CensusOptions())
    assert set(kept) == {"one", "other"}
    assert read_census(files["left"], output=tmp_path / "alone.parquet", as_of=AS_OF).rows_kept == 1
