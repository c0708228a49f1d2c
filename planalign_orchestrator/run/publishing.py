"""What a run leaves: its database as a result, with what the record says of it, and each year's workforce if asked."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator import warehouse
from planalign_orchestrator.config.settings import State
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import RunRecord, json_ready
from planalign_orchestrator.run.working_database import WorkingDatabase
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.digests import digest_of, engine_probe
from planalign_orchestrator.tables import rendered


@dataclass(frozen=True)
class SimulationResult:
    """A finished run.

    Args:
        folder: where the results are.
        years: the simulated years, from the database.
        summary: one mapping a year, the rows of ``fct_yearly_summary``.
        record: the content of ``run.json``.
        notes: what the years' assumptions call for, the rows of ``fct_year_notes``.
    """

    folder: RunFolder
    years: list[int]
    summary: list[dict[str, Any]]
    record: RunRecord
    notes: list[str]


def leave_results(database: WorkingDatabase, state: State) -> None:
    """Bring the database of a finished run into the form of a result: without intermediate tables, in one file."""
    with database.open() as connection:
        if not state.preserve_intermediate_states:
            warehouse.drop_intermediate(connection)
        connection.execute("checkpoint")


def complete_result(
    folder: RunFolder, database: WorkingDatabase, record: RunRecord, *, snapshots: bool
) -> SimulationResult:
    """Put into the record what the finished database holds.

    Args:
        folder: where the result will be.
        database: the finished one.
        record: gets the digests and the summary.
        snapshots: write each year's workforce as Parquet, for people who look at a year without DuckDB.
    """
    shutil.rmtree(folder.partial_snapshots, ignore_errors=True)  # of a run that was killed here
    exports = folder.partial_snapshots
    with warehouse.open_database(database.path, database.limits(), read_only=True, exports=exports) as connection:
        result = _result(folder, connection, record)
        record.digest_engine = engine_probe(connection)
        record.digests = {name: digest_of(connection, name).to_json() for name in warehouse.STORED}
        record.summary = [json_ready(row) for row in result.summary]
        if snapshots:
            _keep_snapshots(exports, connection, result.years)
    return result


def published_result(folder: RunFolder, limits: warehouse.DatabaseLimits, record: RunRecord) -> SimulationResult:
    """The result that an earlier run has left in the folder."""
    with warehouse.open_database(folder.database, limits, read_only=True) as connection:
        return _result(folder, connection, record)


def _result(folder: RunFolder, connection: duckdb.DuckDBPyConnection, record: RunRecord) -> SimulationResult:
    summary = warehouse.fetch_dicts(connection, "select * from fct_yearly_summary order by simulation_year")
    notes = warehouse.fetch_dicts(
        connection, "select simulation_year, note from fct_year_notes order by simulation_year, position"
    )
    told = [f"{row['simulation_year']}: {row['note']}" for row in notes]
    eventful = warehouse.fetch_dicts(connection, rendered(__package__, "eventful.sql"))
    told += [f"{row['years']}: {row['what']}" for row in eventful]
    return SimulationResult(folder, [row["simulation_year"] for row in summary], summary, record, told)


def _keep_snapshots(folder: Path, connection: duckdb.DuckDBPyConnection, years: Sequence[int]) -> None:
    durable.make_private_folder(folder)
    for year in years:
        path = folder / f"workforce_{year}.parquet"
        unfinished = durable.temporary_name(path)
        connection.execute(
            f"copy (from fct_workforce_snapshot where simulation_year = {year} order by person_key)"
            f" to '{warehouse.quoted_path(unfinished)}' (format parquet, compression zstd)"
        )
        durable.replace(unfinished, path)
