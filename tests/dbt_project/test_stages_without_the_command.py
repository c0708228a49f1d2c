"""The stages are built from dbt's parts without its command line; the command makes the same tables."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from planalign_orchestrator.checkpoints import quick_digests
from planalign_orchestrator.model_variables import model_variables
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.stages import STAGES
from planalign_orchestrator.warehouse import open_database, tables_of
from tests.engine import DATABASE, Engine, settings_with

pytestmark = pytest.mark.slow


def test_the_dbt_command_makes_the_same_tables(engine: Engine, small_census: Path, tmp_path: Path) -> None:
    settings = settings_with(simulation__end_year=2025)
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
    _by_command(theirs, model_variables(settings) | {"census_path": small_census.as_posix()}, tmp_path / "work")
    engine.dbt.close()  # the command leaves its connection open
    with open_database(ours) as one, open_database(theirs) as other:
        tables = tables_of(one)
        assert "fct_workforce_snapshot" in tables and tables == tables_of(other)
        assert quick_digests(one, tables) == quick_digests(other, tables)


def _by_command(database: Path, variables: dict[str, object], work: Path) -> None:
    from dbt.cli.main import dbtRunner

    project, before = str(dbt_project_dir()), dict(os.environ)
    os.environ["PLANALIGN_DATABASE"] = str(database)
    variables |= {"simulation_year": 2025, "inputs_are_loaded": True}
    try:
        for stage in STAGES:
            done = dbtRunner().invoke([
                stage.command, "--select", stage.selection, "--threads", "1", "--vars", json.dumps(variables),
                "--project-dir", project, "--profiles-dir", project, "--target-path", str(work),
                "--log-path", str(work), "--quiet", "--log-level-file", "none", "--no-send-anonymous-usage-stats",
            ])  # fmt: skip
            assert done.success, done.exception
    finally:
        os.environ.clear()
        os.environ.update(before)
