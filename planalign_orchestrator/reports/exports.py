"""CSV and Parquet copies of the public tables, streamed out of the database in a fixed order."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.storage import durable
from planalign_orchestrator.warehouse import PUBLIC_TABLES, quoted_path

ExportForm = Literal["csv", "parquet"]

_OPTIONS: Mapping[ExportForm, str] = {
    "csv": "format csv, header true, use_tmp_file false",
    "parquet": "format parquet, compression zstd, use_tmp_file false, row_group_size 20480",
}
"""A group of rows is held in memory until it is written, beyond what DuckDB counts."""
_ORDER = {
    "fct_workforce_snapshot": "simulation_year, employee_id",
    "fct_yearly_events": "simulation_year, employee_id, event_sequence",
}


def export_tables(results: RunResults, folder: Path, form: ExportForm) -> list[Path]:
    """Write every public table as a file of its own, each whole or not at all.

    Args:
        results: an open run.
        folder: where ``<table>.csv`` or ``<table>.parquet`` go; it is created. Two of them hold everybody's pay.
        form: CSV is UTF-8 with a header, dates as YYYY-MM-DD, empty where there is no value.
    """
    durable.make_private_folder(folder)
    return [_export(results, table, folder / f"{table}.{form}", form) for table in PUBLIC_TABLES]


def _export(results: RunResults, table: str, path: Path, form: ExportForm) -> Path:
    query = f'select * from "{table}" order by {_ORDER.get(table, "all")}'
    with written_whole(path) as temporary:
        results.connection.execute(f"copy ({query}) to '{quoted_path(temporary)}' ({_OPTIONS[form]})")
    return path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A private file beside a path, which takes its place at the end, or goes where something fails."""
    temporary = durable.temporary_name(path)
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, durable.PRIVATE_FILE))
        yield temporary
        durable.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
