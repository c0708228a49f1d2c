"""The stages are built without dbt's command; the command makes the same SQL and the same tables."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from planalign_orchestrator.model_variables import model_variables
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import STAGES
from planalign_orchestrator.storage.checkpoints import quick_digests
from planalign_orchestrator.warehouse import open_database, tables_of
from tests.engine import DATABASE, Engine, settings_with
from tests.model.compiled import compiled_models

pytestmark = pytest.mark.slow


YEARS = (2025, 2026)
FIRST_YEAR_ONLY = ("stg_census", "int_baseline_workforce")


def test_the_dbt_command_makes_the_same_sql_and_the_same_tables(
    engine: Engine, small_census: Path, tmp_path: Path
) -> None:
    settings = settings_with(simulation__end_year=YEARS[0])
    ours = engine.simulate(settings, small_census, tmp_path / "ours")
    theirs = tmp_path / "theirs" / DATABASE
    theirs.parent.mkdir()
    shutil.copy(ours, theirs)
    with open_database(theirs) as connection:  # only the assumptions are left
        for table in tables_of(connection):
            if table.startswith(("int_", "fct_")):
                connection.execute(f"drop table {table}")
        for (view,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall():
            connection.execute(f"drop view {view}")
    for year in YEARS:
        sql = compiled_models(engine, settings, small_census, ours, year)
        assert _by_command(theirs, model_variables(settings), small_census, year, tmp_path / str(year)) == {
            name: _in_one_line(text) for name, text in sql.items()
        }
    with open_database(ours) as one, open_database(theirs) as other:
        tables = tables_of(one)
        assert "fct_workforce_snapshot" in tables and tables == tables_of(other)
        assert quick_digests(one, tables) == quick_digests(other, tables)


def _in_one_line(sql: str) -> str:
    return " ".join(sql.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split())


def _by_command(database: Path, variables: dict[str, object], census: Path, year: int, work: Path) -> dict[str, str]:
    """Run a year with dbt's own command; the SQL that it has made of each model that it built."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    project, before = str(dbt_project_dir()), dict(os.environ)
    os.environ["PLANALIGN_DATABASE"] = str(database)
    variables |= {"simulation_year": year, "inputs_are_loaded": True, "census_path": census.as_posix()}
    selections = [(stage.command, stage.selection) for stage in STAGES]
    try:
        for command, selection in selections:
            done = dbtRunner().invoke([
                command, "--select", selection, "--exclude", *(FIRST_YEAR_ONLY if year != YEARS[0] else ["nothing"]),
                "--threads", "1", "--vars", json.dumps(variables),
                "--project-dir", project, "--profiles-dir", project, "--target-path", str(work),
                "--log-path", str(work), "--quiet", "--log-level-file", "none", "--no-send-anonymous-usage-stats",
            ])  # fmt: skip
            assert done.success, done.exception
    finally:
        DuckDBConnectionManager.close_all_connections()
        os.environ.clear()
        os.environ.update(before)
    found = (work / "compiled").rglob("models/**/*.sql")
    models = [path for path in found if path.parent.suffix != ".yml"]  # those are tests of columns
    return {path.stem: _in_one_line(path.read_text(encoding="utf-8")) for path in models}
