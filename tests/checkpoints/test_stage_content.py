"""What the journal learns of a stage: everything that it wrote, and what stays for all years only once."""

from __future__ import annotations

import duckdb
import pytest

from planalign_orchestrator.run.stages import Position
from planalign_orchestrator.storage.journal import StageContent, engine_probe

BUILT: dict[str, dict[str, str]] = {
    "INITIALIZATION": {},
    "FOUNDATION": {"int_baseline_workforce": "table", "int_opening_workforce": "table"},
    "STATE_ACCUMULATION": {"fct_workforce_snapshot": "incremental"},
}


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    for table in ("levels", "int_baseline_workforce", "int_opening_workforce"):
        opened.execute(f"create table {table} as select i from range(5) as r(i)")
    opened.execute(
        "create table fct_workforce_snapshot as select 2025 + i % 2 as simulation_year, i from range(9) r(i)"
    )
    return opened


def read(content: StageContent, connection: duckdb.DuckDBPyConnection, year: int) -> dict[str, dict[str, str]]:
    """The scopes that each stage of a year has."""
    scopes: dict[str, dict[str, str]] = {}
    for stage, models in BUILT.items():
        content.read(connection, Position(year, stage), models)
        scopes[stage] = {table: written.scope for table, written in content.entry.tables.items()}
    return scopes


def test_tables_that_stay_are_read_in_the_first_stage_that_has_them(connection: duckdb.DuckDBPyConnection) -> None:
    content = StageContent(["levels"])
    assert read(content, connection, 2025) == {
        "INITIALIZATION": {"levels": "constant"},
        "FOUNDATION": {"int_baseline_workforce": "constant", "int_opening_workforce": "replaced"},
        "STATE_ACCUMULATION": {"fct_workforce_snapshot": "year"},
    }
    assert read(content, connection, 2026) == {
        "INITIALIZATION": {},
        "FOUNDATION": {"int_opening_workforce": "replaced"},
        "STATE_ACCUMULATION": {"fct_workforce_snapshot": "year"},
    }


def test_a_fact_that_is_made_anew_every_year_holds_no_year_for_good(connection: duckdb.DuckDBPyConnection) -> None:
    content = StageContent([])
    content.read(connection, Position(2025, "STATE_ACCUMULATION"), {"fct_workforce_snapshot": "table"})
    (written,) = content.entry.tables.values()
    assert written.scope == "replaced" and content.entry.rows == 9


def test_another_process_reads_them_again(connection: duckdb.DuckDBPyConnection) -> None:
    """It may have loaded other assumptions."""
    assert read(StageContent(["levels"]), connection, 2026)["INITIALIZATION"] == {"levels": "constant"}


def test_the_rows_are_those_that_the_stage_wrote(connection: duckdb.DuckDBPyConnection) -> None:
    content = StageContent(["levels"])
    content.read(connection, Position(2025, "STATE_ACCUMULATION"), BUILT["STATE_ACCUMULATION"])
    assert content.entry.rows == 5
    assert content.entry.engine == engine_probe(connection)
