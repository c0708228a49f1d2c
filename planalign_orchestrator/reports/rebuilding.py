"""All reports of a run from its folder alone, and copies of its public tables, streamed in a fixed order.

The browser that is installed, if there is one, prints a page to PDF without a window and without a request.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.reports import slides
from planalign_orchestrator.reports.html_report import FILE_NAME, html_report
from planalign_orchestrator.reports.page import write_page
from planalign_orchestrator.reports.results import RunResults, open_results
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.history import mark_reported
from planalign_orchestrator.storage import durable
from planalign_orchestrator.tables import table as texts_of
from planalign_orchestrator.warehouse import PUBLIC_TABLES, quoted_path

TABLES = "tables"
"""Folder of the exported tables, in that of the reports."""
_EXPORTS = texts_of(__package__, "exports")


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
        durable.make_private_folder(target)
        for place in (target, target / TABLES):
            durable.remove_leftovers(place)
        written = [path for form in forms for path in WRITERS[form](results, target)]
        if inside:
            mark_reported(folder, results.record["run_id"], written)
        return results.years, written


def _summary(results: RunResults, folder: Path) -> list[Path]:
    """The rows of ``fct_yearly_summary``, named after the first and the last year that the database holds."""
    for stale in folder.glob("multi_year_summary_*.csv"):  # of an earlier run in this folder, for other years
        durable.unlink(stale)
    name = f"multi_year_summary_{results.years[0]}_{results.years[-1]}.csv"
    return [_export(results, "fct_yearly_summary", folder / name)]


def _page(results: RunResults, folder: Path) -> list[Path]:
    return [write_page(html_report(results), folder / FILE_NAME)]


def _workbook(results: RunResults, folder: Path, *, people: bool = False) -> list[Path]:
    # Imported here, because XlsxWriter takes a moment that other reports do not need.
    from planalign_orchestrator.reports.workbook import write_workbook

    # Another name than the workbook without people: the one is passed on, the other holds everybody's pay.
    name = "results_with_people.xlsx" if people else "results.xlsx"
    return [write_workbook(results, folder / name, people=people)]


def _tables(results: RunResults, folder: Path, suffix: str) -> list[Path]:
    """Every public table as a file of its own; two of them hold everybody's pay."""
    durable.make_private_folder(folder / TABLES)
    return [_export(results, table, folder / TABLES / f"{table}{suffix}") for table in PUBLIC_TABLES]


def _export(results: RunResults, table: str, path: Path) -> Path:
    """CSV is UTF-8 with a header, dates as YYYY-MM-DD, empty where there is no value."""
    order = _EXPORTS["order"].get(table, "all")
    query, options = f'select * from "{table}" order by {order}', _EXPORTS["options"][path.suffix]
    with durable.written_whole(path) as temporary:
        results.connection.execute(f"copy ({query}) to '{quoted_path(temporary)}' ({options})")
    return path


WRITERS: Mapping[str, Callable[[RunResults, Path], list[Path]]] = {
    "csv": _summary, "html": _page, "xlsx": _workbook,
    "pptx": lambda results, folder: [slides.write_slides(html_report(results), folder / slides.FILE_NAME)],
    "pdf": lambda results, folder: [print_page(page, folder / "report.pdf") for page in _page(results, folder)],
    "people": lambda results, folder: _workbook(results, folder, people=True),
    "csv tables": lambda results, folder: _tables(results, folder, ".csv"),
    "parquet tables": lambda results, folder: _tables(results, folder, ".parquet"),
}  # fmt: skip
"""Nothing in the first five is about single people."""

_PATIENCE = 120


def installed_browser() -> Path | None:
    """Chromium, Chrome or Edge, whichever is found first."""
    found = next((path for name in _EXPORTS["browsers"]["names"].split() if (path := shutil.which(name))), None)
    if found:
        return Path(found)
    roots = [Path(os.environ[name]) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)") if name in os.environ]
    places = [root / name for name in _EXPORTS["browsers"]["elsewhere"].split("; ") for root in (roots or [Path("/")])]
    return next((place for place in places if place.is_file()), None)


def print_page(page: Path, path: Path) -> Path:
    """Print a page to PDF, whole or not at all; what stands at ``path`` is replaced.

    Raises:
        ResultsError: there is no browser, or it fails.
    """
    with durable.written_whole(path) as temporary:
        run_browser("--no-pdf-header-footer", f"--print-to-pdf={temporary}", page.resolve().as_uri())
    return path


def run_browser(*arguments: str) -> str:
    """Start the installed browser without a window, wait for it, and return what it prints.

    Args:
        arguments: its switches, and the address of a page.

    Raises:
        ResultsError: there is none, or it ends with an error.
    """
    browser, by_hand = installed_browser(), "Print report.html to PDF by hand."
    if browser is None:
        raise ResultsError.told("no browser")
    with durable.scratch_folder() as profile:
        quietly = ("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        switches = [*quietly, f"--user-data-dir={profile}"]
        # As root, which only containers are, Chromium refuses its sandbox; the page holds nothing but our own text.
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            switches.append("--no-sandbox")
        command = [str(browser), *switches, *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=_PATIENCE)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ResultsError(f"{browser} does not answer: {error}", remedy=by_hand) from None
    if done.returncode:
        raise ResultsError(f"{browser} ended with exit code {done.returncode}", remedy=by_hand)
    return done.stdout
