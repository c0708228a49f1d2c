"""Pay, birth dates and social security numbers: who can read them, and where they never stand."""

from __future__ import annotations

import datetime as dt
import html
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.warehouse import failure_of
from tests.engine import rows_of
from tests.security.conftest import HostileRun, Said
from tests.security.people import BORN, HOSTILE_IDS, PAY, SECRET, hostile_rows, write_rows

AS_OF = dt.date(2024, 12, 31)
PRIVATE = (BORN, SECRET, *(f"{PAY + number:.2f}" for number in range(len(HOSTILE_IDS))))
"""Birth date, social security numbers and pay, as the census writes them."""
LOGS = ("logs", "run.json", "checkpoints/journal.jsonl", "checkpoints/year_2025.json")
"""What of a run folder is sent to whoever is asked for help."""
REPORTS = ("report.html", "results.xlsx", "multi_year_summary_2025_2025.csv")


def as_text(path: Path) -> str:
    import zipfile

    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "".join(book.read(part).decode("utf-8", "replace") for part in book.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def files_below(path: Path) -> list[Path]:
    return [found for found in path.rglob("*") if found.is_file()] if path.is_dir() else [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such permissions; a folder inherits those of its parent")
def test_only_the_owner_can_read_a_run_folder(hostile_run: HostileRun) -> None:
    root = hostile_run.folder.root
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")]}
    assert len(found) > 20
    assert {str(path): oct(mode) for path, mode in found.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}


def test_neither_logs_nor_screen_hold_a_persons_data(hostile_run: HostileRun) -> None:
    paths = [file for name in LOGS for file in files_below(hostile_run.folder.root / name)]
    assert {path.name for path in paths} >= {"run.log", "run.json"}
    texts = {str(path): as_text(path) for path in paths} | {"screen": hostile_run.said.everything}
    plain = [figure.removesuffix("0") for figure in PRIVATE]
    assert [(name, figure) for name, text in texts.items() for figure in plain if figure in text] == []


@pytest.mark.parametrize("name", REPORTS)
def test_reports_hold_groups_and_nobody(hostile_run: HostileRun, name: str) -> None:
    text = html.unescape(as_text(hostile_run.folder.reports / name))
    assert [secret for secret in (BORN, SECRET, *HOSTILE_IDS[:5]) if secret in text] == []


def test_social_security_numbers_are_reported_and_stored_nowhere(hostile_run: HostileRun) -> None:
    assert "Soc Number look like social security numbers" in as_text(hostile_run.folder.run_record)
    assert [str(path) for path in files_below(hostile_run.folder.root.parent) if SECRET in as_text(path)] == []
    columns = rows_of(hostile_run.folder.database, "select column_name from information_schema.columns")
    assert not [row for row in columns if "soc" in row["column_name"] and "base" not in row["column_name"]]


def test_ids_that_are_social_security_numbers_refuse_the_census(tmp_path: Path) -> None:
    rows = hostile_rows((f"{SECRET}9001", f"{SECRET}9002", "other"))
    with pytest.raises(CensusRefusedError, match="ids look like social security numbers") as caught:
        read_census(write_rows(tmp_path / "people.csv", rows), as_of=AS_OF, output=tmp_path / "census.parquet")
    assert SECRET not in caught.value.message
    assert not (tmp_path / "census.parquet").exists()


FAULTY = {
    "pay of more than a billion": ("annual_compensation", "7112357111.57", "#"),
    "pay below zero": ("annual_compensation", "-71123.57", "'-#####.##' is not above 0"),
    "pay with a decimal comma": ("annual_compensation", "71.123,57", "'##.###,##' is not a number"),
    "pay that is unlikely": ("annual_compensation", "7112357.00", ""),
    "birth date that is none": ("birth_date", "19.4.83x", "'##.#.##x' is not a date"),
    "birth after hire": ("birth_date", "2019-04-19", ""),
    "social security number as pay": ("annual_compensation", "219-09-9999", "'###-##-####'"),
    "social security number as hire date": ("hire_date", "219-09-9999", "'###-##-####' is not a date"),
    "prior pay below zero": ("prior_year_compensation", "-71123.57", "'-#####.##' is below 0"),
    "pay in a row that is shifted": ("deferral_rate", "71123.57-0.06", "'#####.##-0.06' is not a rate"),
    "pay as a date": ("hire_date", "71,123.57", "'##,###.##' is not a date"),
    "balance below zero": ("employer_account_balance", "-71123.57", "'-#####.##' is below 0"),
}
"""Column, what stands in it, and how a message shows it."""


@pytest.mark.parametrize("case", FAULTY)
def test_a_fault_shows_how_a_private_value_is_written_and_not_what_it_is(
    case: str, tmp_path: Path, command: Callable[..., Said]
) -> None:
    column, value, shown = FAULTY[case]
    rows = [{**row, column: row.get(column, "1")} for row in hostile_rows(("one", "two", "three"))]
    rows[1][column] = value
    rows[2]["hire_date"] = "never"  # the census is refused in every case
    census = write_rows(tmp_path / "people.csv", rows)
    runs, rejects = tmp_path / "runs", tmp_path / "rejects.csv"
    said = [
        command("run", "--census", census, "--years", "2025", "--output", runs),
        command("census", "validate", census, "--rejects", rejects),
        command("census", "validate", census, "--rejects", rejects, "--json"),
        command("census", "validate", census, "--rejects", rejects, "--on-bad-rows", "drop", "--drop-at-most", "2"),
    ]
    assert [one.code for one in said] == [3, 3, 3, 0]
    told = [one.everything for one in said] + [as_text(path) for path in files_below(runs) if path.suffix != ".csv"]
    assert shown in told[0]
    assert [text for text in told for figure in (value, *PRIVATE) if figure in text] == []
    assert value in rejects.read_text(encoding="utf-8") or case.startswith("birth after")
    if os.name != "nt":
        assert stat.S_IMODE(rejects.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "words",
    [
        f"Could not convert string '{PAY}' to INT32",
        f"Casting value {PAY} to type DECIMAL(5,2) failed",
        f"Overflow in addition of INT128 ({PAY} + 7112357)!",
        f'date field value out of range: "{BORN}"',
    ],
)
def test_a_value_that_the_database_quotes_is_left_out(words: str) -> None:
    error = failure_of("FOUNDATION", RuntimeError(words), Path())
    assert not [value for value in (str(PAY), "7112357", BORN) if value in error.message]
    assert "(not shown)" in error.message
