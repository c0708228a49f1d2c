"""All reports of a run from its folder alone, and copies of its public tables, streamed in a fixed order."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

from planalign_orchestrator.reports import slides
from planalign_orchestrator.reports.browser import print_page
from planalign_orchestrator.reports.html_report import FILE_NAME, html_report
from planalign_orchestrator.reports.page import write_page
from planalign_orchestrator.reports.results import RunResults, open_results
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.history import mark_reported
from planalign_orchestrator.storage.durable import atomic_write_text, make_private_folder, unlink, written_whole
from planalign_orchestrator.warehouse import PUBLIC_TABLES, quoted_path

ReportForm = Literal["csv", "html", "xlsx", "pptx", "pdf"]

WORKBOOK = "results.xlsx"
WORKBOOK_WITH_PEOPLE = "results_with_people.xlsx"
"""Another name than the workbook without people: the one is passed on, the other holds everybody's pay."""

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


def write_reports(
    results: RunResults, folder: Path, forms: Iterable[ReportForm] = ("csv", "html", "xlsx")
) -> list[Path]:
    """Write the reports of an open run into a folder, each whole or not at all; nothing in them is about single people.

    Returns:
        The files, in the order of ``forms``.
    """
    return [_WRITERS[form](results, folder) for form in forms]


def report_run(folder: RunFolder, forms: Iterable[ReportForm], command: str) -> None:
    """Write the reports of a finished run into its folder, and note there that they are of this run.

    Args:
        folder: of the run.
        forms: which reports.
        command: who does it, for those whom the lock keeps out meanwhile.
    """
    with folder.lock_result(command), open_results(folder.root) as results:
        written = write_reports(results, folder.reports, forms)
        mark_reported(folder, results.record["run_id"], written)


def write_workbook_with_people(results: RunResults, folder: Path) -> Path:
    """Write the workbook with every person of every year and every event."""
    return _workbook(results, folder, WORKBOOK_WITH_PEOPLE, people=True)


def write_summary_csv(results: RunResults, folder: Path) -> Path:
    """Write the rows of ``fct_yearly_summary``.

    Args:
        results: an open run.
        folder: for reports.

    Returns:
        The file, named after the first and the last year that the database holds.
    """
    years, summary = results.years, results.summary
    for stale in folder.glob("multi_year_summary_*.csv"):  # of an earlier run in this folder, for other years
        unlink(stale)
    path = folder / f"multi_year_summary_{years[0]}_{years[-1]}.csv"
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(summary[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(summary)
    atomic_write_text(path, text.getvalue())
    return path


def _workbook(results: RunResults, folder: Path, name: str = WORKBOOK, *, people: bool = False) -> Path:
    # Imported here, because XlsxWriter takes a moment that other reports do not need.
    from planalign_orchestrator.reports.workbook import write_workbook

    return write_workbook(results, folder / name, people=people)


def _page(results: RunResults, folder: Path) -> Path:
    return write_page(html_report(results), folder / FILE_NAME)


_WRITERS: Mapping[ReportForm, Callable[[RunResults, Path], Path]] = {
    "csv": write_summary_csv, "html": _page, "xlsx": _workbook,
    "pptx": lambda results, folder: slides.write_slides(html_report(results), folder / slides.FILE_NAME),
    "pdf": lambda results, folder: print_page(_page(results, folder), folder / "report.pdf"),
}  # fmt: skip


def export_tables(results: RunResults, folder: Path, form: ExportForm) -> list[Path]:
    """Write every public table as a file of its own, each whole or not at all.

    Args:
        results: an open run.
        folder: where ``<table>.csv`` or ``<table>.parquet`` go; it is created. Two of them hold everybody's pay.
        form: CSV is UTF-8 with a header, dates as YYYY-MM-DD, empty where there is no value.
    """
    make_private_folder(folder)
    return [_export(results, table, folder / f"{table}.{form}", form) for table in PUBLIC_TABLES]


def _export(results: RunResults, table: str, path: Path, form: ExportForm) -> Path:
    query = f'select * from "{table}" order by {_ORDER.get(table, "all")}'
    with written_whole(path) as temporary:
        results.connection.execute(f"copy ({query}) to '{quoted_path(temporary)}' ({_OPTIONS[form]})")
    return path
