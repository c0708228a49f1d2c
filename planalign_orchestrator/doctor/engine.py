"""DuckDB and dbt at work: a query each, on the project that a run would use."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from planalign_orchestrator.doctor.check import Check, fault, ok
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.resources import dbt_project_dir

_REINSTALL = "python -m pip install --upgrade --force-reinstall planalign-engine"
_MEMORY = "512MiB"
_ROWS = 1_000_000


def engine_checks() -> Iterator[Check]:
    """All checks of this module; they work in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="planalign-doctor-", ignore_cleanup_errors=True) as scratch:
        yield duckdb_check(Path(scratch))
        yield dbt_check(Path(scratch))


def duckdb_check(folder: Path) -> Check:
    """Whether DuckDB opens a file within limits, writes a table and reads it."""
    import duckdb

    from planalign_orchestrator.warehouse import DatabaseLimits, open_database

    start = time.perf_counter()
    limits = DatabaseLimits(_MEMORY, 1, folder / "spill", "1GiB")
    try:
        with open_database(folder / "doctor.duckdb", limits) as connection:
            connection.execute(f"create table numbers as select range as n from range({_ROWS})")
            row = connection.execute("select sum(n) from numbers").fetchone()
    except duckdb.Error as error:
        return fault("DuckDB", f"a query failed: {error}", _REINSTALL)
    if row != (_ROWS * (_ROWS - 1) // 2,):
        return fault("DuckDB", f"a sum is wrong: {row}", _REINSTALL)
    return ok("DuckDB", f"{duckdb.__version__} wrote and summed a million rows in {time.perf_counter() - start:.1f} s")


def dbt_check(folder: Path) -> Check:
    """Whether dbt reads the project that a run would use, and runs a query in it."""
    start = time.perf_counter()
    try:
        project = dbt_project_dir()
    except PlanAlignError as error:
        return fault("dbt", error.message, error.remedy or _REINSTALL)
    answer = _dbt_answer(project, folder)
    if answer != "42":
        return fault("dbt", f"a query in {project} failed: {answer}", _REINSTALL)
    return ok("dbt", f"{version('dbt-core')} read the project and ran a query in {time.perf_counter() - start:.1f} s")


def _dbt_answer(project: Path, folder: Path) -> str:
    """What dbt says to ``select 42``: the number, or what went wrong."""
    with _environment(folder):
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        outcome = dbtRunner().invoke(_arguments(project, folder))
        opened = DuckDBConnectionManager._ENV
        if opened is not None:
            opened.close()  # Windows does not delete a folder with an open file in it
    if not outcome.success:
        words = outcome.exception or [result.message for result in getattr(outcome.result, "results", [])]
        return " ".join(str(words).split())
    return str(outcome.result.results[0].agate_table.rows[0][0])


def _arguments(project: Path, folder: Path) -> list[str]:
    return [
        "show", "--inline", "select 42 as answer", "--project-dir", str(project), "--profiles-dir", str(project),
        "--target-path", str(folder / "target"), "--log-path", str(folder / "logs"), "--no-partial-parse",
        "--no-write-json", "--no-version-check", "--no-send-anonymous-usage-stats", "--log-level", "none",
        "--log-level-file", "none", "--quiet",
    ]  # fmt: skip


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """What the profile reads, for the length of the block; what was set before comes back."""
    values = {
        "PLANALIGN_DATABASE": str(folder / "dbt.duckdb"),
        "PLANALIGN_DUCKDB_MEMORY": _MEMORY,
        "PLANALIGN_TEMP_DIRECTORY": str(folder / "spill"),
        "PLANALIGN_TEMP_LIMIT": "1GiB",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
