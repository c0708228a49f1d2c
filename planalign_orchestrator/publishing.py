"""What a run leaves: a year's workforce as Parquet when asked for, and at the end the result by rename."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planalign_orchestrator import checkpoints, durable
from planalign_orchestrator.checkpoints import Journal
from planalign_orchestrator.config.settings import State
from planalign_orchestrator.run_folder import RunFolder
from planalign_orchestrator.run_record import RunRecord, json_ready
from planalign_orchestrator.warehouse import PUBLIC_TABLES, drop_intermediate, fetch_dicts, open_database, quoted_path
from planalign_orchestrator.working_database import WorkingDatabase


@dataclass(frozen=True)
class SimulationResult:
    """A finished run.

    Args:
        folder: where the results are.
        years: the simulated years, from the database.
        summary: one mapping a year, the rows of ``fct_yearly_summary``.
        record: the content of ``run.json``.
    """

    folder: RunFolder
    years: list[int]
    summary: list[dict[str, Any]]
    record: RunRecord


def keep_snapshot(folder: RunFolder, database: WorkingDatabase, year: int) -> None:
    """Write the year's workforce as Parquet, for people who look at a year without DuckDB."""
    durable.make_private_folder(folder.snapshots)
    path = folder.snapshots / f"workforce_{year}.parquet"
    unfinished = path.with_suffix(".tmp")
    with database.open() as connection:
        connection.execute(
            f"copy (from fct_workforce_snapshot where simulation_year = {year} order by person_key)"
            f" to '{quoted_path(unfinished)}' (format parquet, compression zstd)"
        )
    durable.replace(unfinished, path)


def publish(folder: RunFolder, database: WorkingDatabase, journal: Journal, state: State, record: RunRecord) -> None:
    """Make the finished database the result: until the rename, the result of the run before stays as it is."""
    with database.open() as connection:
        if not state.preserve_intermediate_states:
            drop_intermediate(connection)
        digests = checkpoints.quick_digests(connection, PUBLIC_TABLES)
        record.digest_engine = checkpoints.engine_probe(connection)
        record.digests = {name: digest.to_json() for name, digest in digests.items()}
        connection.execute("checkpoint")
    checkpoints.publish(folder)
    if not state.preserve_intermediate_states:
        checkpoints.retain(folder, journal.entries, state.checkpoints_kept)
    database.clear_spill()


def published_result(folder: RunFolder, journal: Journal, record: RunRecord) -> SimulationResult:
    """The result in the folder, with the record completed from it."""
    # A run that was killed right after its database became the result has this left to do.
    if folder.partial_census.exists():
        durable.replace(folder.partial_census, folder.census)
    durable.unlink(folder.partial_record)
    with open_database(folder.database, read_only=True) as connection:
        summary = fetch_dicts(connection, "select * from fct_yearly_summary order by simulation_year")
    record.settings_by_year = {year: dict(made.settings) for year, made in journal.made_with().items()}
    record.summary = [json_ready(row) for row in summary]
    return SimulationResult(folder, [row["simulation_year"] for row in summary], summary, record)
