"""Runs: headline figures, a measure by group and year, the report, files, earlier results; runs side by side."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse

from planalign_orchestrator.errors import ConfigurationError, RunLockedError
from planalign_orchestrator.reports.comparison import Comparison, compare_runs
from planalign_orchestrator.reports.comparison_page import comparison_page
from planalign_orchestrator.reports.group_view import group_view, kinds, measures, people_kinds
from planalign_orchestrator.reports.html_report import headlines, html_report
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Page
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import read_record
from planalign_orchestrator.studio.jobs import command_line, folder_of
from planalign_orchestrator.studio.visit import Answer, GoTo, View, Visit, dated
from planalign_orchestrator.studio.workspace import Workspace, named

_OFFERED: Mapping[str, str] = {".html": "Report page", ".xlsx": "Excel workbook", ".pdf": "PDF", ".csv": "CSV"}
"""What may be downloaded, by the end of its name, with what a reader calls it."""
_FIRST = "net_employer_cost"


def run(visit: Visit) -> Answer:
    """A run: a measure by group and year."""
    name, workspace = visit.name, visit.workspace
    if name in workspace.runs() and name not in workspace.results():
        return GoTo(f"/runs/{name}/live")
    measure = visit.query.get("measure", _FIRST)
    with visit.result() as results:
        marts = Marts(results)
        known = kinds(marts, measure)
        by = visit.query.get("by", "")
        by = by if by in known or not known else next(iter(known))
        view = group_view(marts, measure, by)
        page = Page(results.title, [], {name: headlines(marts)}, results.warnings, [])
        people = by in people_kinds(marts)
    shown = {
        "name": name, "page": page, "view": view, "measures": measures(), "kinds": known, "people": people,
        "results": workspace.results(), "files": files_of(workspace.results()[name]),
    }  # fmt: skip
    command = command_line("show", folder_of(name), "--measure", measure, "--by", by)
    return View("run.html.j2", shown, command, view.to_json())


def report(visit: Visit) -> View:
    """The whole report of a run."""
    page = _report(*dated(named(visit.workspace.results(), visit.name, "run")))
    return View("report.html.j2", {"page": page, "name": visit.name}, command_line("report", folder_of(visit.name)))


@lru_cache(maxsize=8)
def _report(root: Path, written: int) -> Page:
    with open_results(root) as results:
        return html_report(results)


def history(visit: Visit) -> View:
    """The results of a run, the latest and the ones before."""
    named(visit.workspace.runs(), visit.name, "run")
    found = {
        name: read_record(root.joinpath("run.json")) or {}
        for name, root in visit.workspace.results().items()
        if name.partition("~")[0] == visit.name
    }
    return View("history.html.j2", {"name": visit.name, "records": found}, command_line("status", f"runs/{visit.name}"))


def start(visit: Visit) -> GoTo:
    """Start a run of a design with a census."""
    design = named(visit.workspace.designs(), visit.form.get("design"), "design")
    years = visit.form.get("years").strip()
    flags = [*census_flags(visit.workspace, visit.form.get("census")), *(["--years", years] if years else [])]
    name = visit.workspace.settings(design).settings.simulation.scenario_id
    return started(visit, name, ["run", "--scenario", f"scenarios/{design.name}", *flags])


def census_flags(workspace: Workspace, census: str) -> list[str]:
    """The flags for a census, with its mapping if there is one; none for the census that is configured."""
    if not census:
        return []
    named(workspace.censuses(), census, "census")
    mapping = workspace.mapping_of(census)
    return ["--census", f"census/{census}", *(["--mapping", f"census/{mapping.name}"] if mapping.exists() else [])]


def started(visit: Visit, name: str, arguments: list[str]) -> GoTo:
    """Start a command in the workspace, and go where it is seen working."""
    if any(word.startswith("-") for word in visit.form.get("years").split()):
        raise ConfigurationError("years are not written so", remedy="Write them as 2025-2029.")
    visit.jobs.start(name, arguments)
    return GoTo(f"/runs/{name}/live")


def files_of(root: Path) -> dict[str, tuple[str, Path]]:
    """The files of a result by name: what a reader calls each, and where it is."""
    reports = sorted(RunFolder(root).reports.glob("*"))
    found = {path.name: (_OFFERED[path.suffix], path) for path in reports if path.suffix in _OFFERED}
    return {**found, "run.json": ("Record", root.joinpath("run.json"))}


def download(visit: Visit) -> FileResponse:
    """A file of a result."""
    root = named(visit.workspace.results(), visit.name, "run")
    _, path = named(files_of(root), visit.names["file"], "file")
    return FileResponse(path, filename=f"{visit.name}_{path.name}", content_disposition_type="attachment")


def write(visit: Visit) -> GoTo:
    """Write the reports of a result anew."""
    root = named(visit.workspace.results(), visit.name, "run")
    report_run(RunFolder(root), ("csv", "html", "xlsx"), "planalign studio")
    return GoTo(f"/runs/{visit.name}")


def compare(visit: Visit) -> View:
    """The runs that the address names, the first of them the base; without two, what there is to choose from."""
    runs = visit.workspace.results()
    base = visit.query.get("base", "")
    names = [base, *(name for name in visit.query.getlist("with") if name != base)]
    shown: dict[str, Any] = {"runs": runs, "names": names}
    if not base or len(names) < 2:
        two = [*runs][:2]
        words = ["compare", *map(folder_of, two)] if two[1:] else ["status", "runs"]
        return View("compare.html.j2", shown, command_line(*words))
    answers = "answers" in visit.query
    if answers and (busy := visit.jobs.busy()):
        raise RunLockedError(f"{busy} is running", remedy="Wait until it has finished: this simulates once more.")
    comparison = _comparison(tuple(dated(named(runs, name, "run")) for name in names), answers)
    command = command_line("compare", *map(folder_of, names))
    split = answers or not any(side.why_not_split for side in comparison.others)
    shown |= {"page": comparison_page(comparison), "split": split}
    return View("compare.html.j2", shown, command, comparison.to_json())


@lru_cache(maxsize=8)
def _comparison(roots: Sequence[tuple[Path, int]], answers: bool) -> Comparison:
    """A comparison, remembered until one of its results is another.

    Args:
        roots: see ``dated``.
        answers: simulate once more, to tell people's answers to a match apart.
    """
    return compare_runs([root for root, _ in roots], (lambda text: None) if answers else None)
