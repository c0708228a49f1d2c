"""DuckDB and the models at work, as a run would use them."""

import time
from collections.abc import Iterator
from pathlib import Path

from planalign_orchestrator.doctor.report import Check, ok, told, wrong
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.scratch import scratch_folder

_REINSTALL = "python -m pip install --upgrade --force-reinstall planalign-engine"
_MEMORY = "512MiB"
_ROWS = 1_000_000


def engine_checks() -> Iterator[Check]:
    """All checks of this module; they work in a temporary folder."""
    with scratch_folder() as scratch:
        yield duckdb_check(scratch)
        yield model_check()


def duckdb_check(folder: Path) -> Check:
    """Whether DuckDB opens a file within limits, writes a table and reads it."""
    import duckdb

    from planalign_orchestrator.warehouse import DatabaseLimits, open_database

    start = time.perf_counter()
    limits = DatabaseLimits(_MEMORY, 1, folder / "spill", "1GiB")
    try:
        with open_database(folder / "doctor.duckdb", limits) as connection:
            connection.execute(f"create table numbers as select range as n from range({_ROWS})")
            connection.execute("select sum(n) from numbers")
    except duckdb.Error as error:
        return wrong("query failed", error=error)
    return ok("DuckDB", f"{duckdb.__version__} wrote and summed a million rows in {time.perf_counter() - start:.1f} s")


def model_check() -> Check:
    """Whether the models can be read and made SQL of."""
    from planalign_orchestrator.model.project import Project
    from planalign_orchestrator.model.render import Renderer

    start = time.perf_counter()
    try:
        models = Renderer(Project.read(dbt_project_dir())).render({})
    except PlanAlignError as error:
        return told("models", error, _REINSTALL)
    return ok("models", f"{len(models)} models read in {time.perf_counter() - start:.1f} s")
