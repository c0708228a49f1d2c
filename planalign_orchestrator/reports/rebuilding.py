"""All reports of a run from its folder alone, and copies of its public tables, streamed in a fixed order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from planalign_orchestrator.reports import slides
from planalign_orchestrator.reports.browser import print_page
from planalign_orchestrator.reports.html_report import FILE_NAME, html_report
from planalign_orchestrator.reports.page import write_page
from planalign_orchestrator.reports.results import RunResults, open_results
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.history import mark_reported
from planalign_orchestrator.scratch import remove_leftovers
from planalign_orchestrator.storage.durable import make_private_folder, unlink, written_whole
from planalign_orchestrator.warehouse import PUBLIC_TABLES, quoted_path

TABLES = "tables"
"""Folder of the exported tables, in that of the reports."""
_OPTIONS = {
    ".csv": "format csv, header true, use_tmp_file false",
    ".parquet": "format parquet, compression zstd, use_tmp_file false, row_group_size 20480",
}
"""A group of rows is held in memory until it is written, beyond what DuckDB counts."""
_ORDER = {
    "fct_workforce_snapshot": "simulation_year, employee_id",
    "fct_yearly_events": "simulation_year, employee_id, event_sequence",
}


def report_run(
    folder: RunFolder, forms: Iterable[str], command: str, output: Path | None = None
) -> tuple[Sequence[int], list[Path]]:
    """Write reports of a finished run, each whole or not at all.

    Args:
        folder: of the run.
        forms: which reports, by their names in ``WRITERS``; in their order.
        command: who does it, for those whom the lock keeps out meanwhile.
        output: where to; by default into the run folder, where it is noted that they are of this run.

    Returns:
        The years of the run, and the files.
    """
    target = folder.reports if output is None else output.resolve()
    inside = output is None and folder.database.exists()
    with folder.lock_result(command) if inside else nullcontext(), open_results(folder.root, exports=target) as results:
        make_private_folder(target)
        for place in (target, target / TABLES):
            remove_leftovers(place)
        written = [path for form in forms for path in WRITERS[form](results, target)]
        if inside:
            mark_reported(folder, results.record["run_id"], written)
        return results.years, written


def _summary(results: RunResults, folder: Path) -> list[Path]:
    """The rows of ``fct_yearly_summary``, named after the first and the last year that the database holds."""
    for stale in folder.glob("multi_year_summary_*.csv"):  # of an earlier run in this folder, for other years
        unlink(stale)
    name = f"multi_year_summary_{results.years[0]}_{results.years[-1]}.csv"
    return [_export(results, "fct_yearly_summary", folder / name)]


def _page(results: RunResults, folder: Path) -> list[Path]:
    return [write_page(html_report(results), folder / FILE_NAME)]


def _print(results: RunResults, folder: Path) -> list[Path]:
    return [print_page(page, folder / "report.pdf") for page in _page(results, folder)]


def _slides(results: RunResults, folder: Path) -> list[Path]:
    return [slides.write_slides(html_report(results), folder / slides.FILE_NAME)]


def _workbook(results: RunResults, folder: Path, *, people: bool = False) -> list[Path]:
    # Imported here, because XlsxWriter takes a moment that other reports do not need.
    from planalign_orchestrator.reports.workbook import write_workbook

    # Another name than the workbook without people: the one is passed on, the other holds everybody's pay.
    name = "results_with_people.xlsx" if people else "results.xlsx"
    return [write_workbook(results, folder / name, people=people)]


def _tables(results: RunResults, folder: Path, suffix: str) -> list[Path]:
    """Every public table as a file of its own; two of them hold everybody's pay."""
    make_private_folder(folder / TABLES)
    return [_export(results, table, folder / TABLES / f"{table}{suffix}") for table in PUBLIC_TABLES]


def _export(results: RunResults, table: str, path: Path) -> Path:
    """CSV is UTF-8 with a header, dates as YYYY-MM-DD, empty where there is no value."""
    query = f'select * from "{table}" order by {_ORDER.get(table, "all")}'
    with written_whole(path) as temporary:
        results.connection.execute(f"copy ({query}) to '{quoted_path(temporary)}' ({_OPTIONS[path.suffix]})")
    return path


WRITERS: Mapping[str, Callable[[RunResults, Path], list[Path]]] = {
    "csv": _summary, "html": _page, "xlsx": _workbook, "pptx": _slides, "pdf": _print,
    "people": lambda results, folder: _workbook(results, folder, people=True),
    "csv tables": lambda results, folder: _tables(results, folder, ".csv"),
    "parquet tables": lambda results, folder: _tables(results, folder, ".parquet"),
}  # fmt: skip
"""Nothing in the first five is about single people."""
