"""Runs: headline figures, a measure by group and year, the report, files, earlier results; runs side by side.

While one lasts: how far it is, how to stop it, how to go on.
"""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from starlette.responses import FileResponse, Response, StreamingResponse

from planalign_orchestrator.cli.interruption import RESUME
from planalign_orchestrator.errors import ConfigurationError, ResultsError
from planalign_orchestrator.reports.comparison import Comparison, compare_runs
from planalign_orchestrator.reports.comparison_page import comparison_page
from planalign_orchestrator.reports.group_view import group_view, kinds, measures, people_kinds
from planalign_orchestrator.reports.html_report import headlines, html_report
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Page
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.reports.results import Keep
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import last_progress, read_record
from planalign_orchestrator.storage.overview import Overview
from planalign_orchestrator.studio.visit import Answer, GoTo, View, Visit, remembered
from planalign_orchestrator.studio.workspace import Jobs, Workspace, command_line, dated, folder_of, named

_OFFERED: Mapping[str, str] = {".html": "Report page", ".xlsx": "Excel workbook", ".pdf": "PDF", ".csv": "CSV"}
"""What may be downloaded, by the end of its name, with what a reader calls it."""
_FIRST = "net_employer_cost"
OF_SEEDS = "_seeds"
"""How the name of a sweep ends that is a design with many seeds, and has no file."""
TELLING = "telling answers apart"
"""What the studio calls the process that does it; no run can be called so."""


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
        page = Page(results.title, [], {name: headlines(results)}, results.warnings, [])
        people = by in people_kinds(marts)
    shown = {
        "name": name, "page": page, "view": view, "measures": measures(), "kinds": known, "people": people,
        "results": workspace.results(), "files": files_of(workspace.results()[name]),
    }  # fmt: skip
    command = command_line("show", folder_of(name), "--measure", measure, "--by", by)
    return View("run.html.j2", shown, command, view.to_json())


def report(visit: Visit) -> View:
    """The whole report of a run."""
    page = reported(visit.workspace, named(visit.workspace.results(), visit.name, "run"))
    return View("report.html.j2", {"page": page, "name": visit.name}, command_line("report", folder_of(visit.name)))


def reported(workspace: Workspace, root: Path) -> Page:
    """The report of a result."""
    return cast(Page, remembered(html_report, *dated(root), workspace.keep))


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
    """Start a run of a design with a census, or many with as many seeds."""
    design = named(visit.workspace.designs(), visit.form.get("design"), "design")
    given = {flag: visit.form.get(flag).strip() for flag in ("years", "seeds")}
    if any(value.startswith("-") for value in given.values()):
        raise ConfigurationError("years and seeds are not written so", remedy="Write years as 2025-2029, seeds as 16.")
    flags = [word for flag, value in given.items() if value for word in (f"--{flag}", value)]
    census = census_flags(visit.workspace, visit.form.get("census"))
    scenario = visit.workspace.settings(design).settings.simulation.scenario_id
    name = f"{design.stem}{OF_SEEDS}" if given["seeds"] else scenario
    return started(visit, name, ["run", "--scenario", f"scenarios/{design.name}", *flags, *census])


def census_flags(workspace: Workspace, census: str) -> list[str]:
    """The flags for a census, with its mapping if there is one; none for the census that is configured."""
    if not census:
        return []
    named(workspace.censuses(), census, "census")
    mapping = workspace.mapping_of(census)
    return ["--census", f"census/{census}", *(["--mapping", f"census/{mapping.name}"] if mapping.exists() else [])]


def started(visit: Visit, name: str, arguments: list[str]) -> GoTo:
    """Start a command in the workspace, and go where it is seen working."""
    visit.jobs.start(name, [*arguments, "--quiet"])
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
    runs, chosen = visit.workspace.results(), _chosen(visit)
    shown: dict[str, Any] = {"runs": runs, "names": [*chosen], "telling": "", "can_split": False}
    if len(chosen) < 2:
        two = [*runs][:2]
        words = ["compare", *map(folder_of, two)] if two[1:] else ["status", "runs"]
        return View("compare.html.j2", shown, command_line(*words))
    comparison = compared(visit.workspace, [*chosen.values()])
    shown |= {
        "page": comparison_page(comparison), "can_split": any(side.why_not_split for side in comparison.others),
        "telling": TELLING if TELLING in visit.jobs.waiting() or visit.jobs.is_starting(TELLING) else "",
        "said": visit.jobs.said(TELLING),
    }  # fmt: skip
    return View("compare.html.j2", shown, command_line("compare", *map(folder_of, chosen)), comparison.to_json())


def tell_apart(visit: Visit) -> GoTo:
    """Start what simulates the runs once more, to tell people's answers to a match apart."""
    chosen = _chosen(visit)
    if len(chosen) < 2:
        raise ResultsError("a comparison needs two runs or more", remedy="Choose them on the page of comparisons.")
    visit.jobs.start(TELLING, ["compare", *map(folder_of, chosen)])
    return GoTo(f"/compare?{visit.query}")


def _chosen(visit: Visit) -> dict[str, Path]:
    names = filter(None, [visit.query.get("base"), *visit.query.getlist("with")])
    return {name: named(visit.workspace.results(), name, "run") for name in names}


def compared(workspace: Workspace, roots: Sequence[Path]) -> Comparison:
    """Results side by side, the first of them the base."""
    answers = [RunFolder(root).answers for root in roots]
    return _comparison(workspace.keep, tuple(map(dated, [*roots, *answers])))


@lru_cache(maxsize=8)
def _comparison(keep: Keep, found: Sequence[tuple[Path, int]]) -> Comparison:
    """A comparison of result folders, remembered until one of them, or what is known of its answers, is another."""
    return compare_runs([path for path, _ in found if path.is_dir()], keep=keep)


_FLAGS = {"census.path": "--census", "simulation.start_year": "--years", "simulation.end_year": "--years"}
"""The flags that the studio starts a run with, by the setting that each gives."""
_WAIT = 0.4
"""Seconds between two looks at a run."""


def live(visit: Visit) -> View | GoTo:
    """How far a run is."""
    runs, name, starting = visit.workspace.runs(), visit.name, visit.jobs.is_starting(visit.name)
    said = visit.jobs.said(name)
    shown: dict[str, Any] = {"name": name, "run": None, "starting": starting, "said": said, "waits_for": ""}
    if name in visit.jobs.waiting():
        waits_for = visit.jobs.busy() or "another run"
        return View("live.html.j2", {**shown, "waits_for": waits_for}, data=[{"state": "waiting", "for": waits_for}])
    if name not in runs and not starting and name in visit.workspace.sweeps():
        return GoTo(f"/sweeps/{name}")
    if name not in runs and (starting or said):
        return View("live.html.j2", shown, data=[{"state": "running" if starting else "failed", "progress": None}])
    folder = named(runs, name, "run")
    found = Overview(folder, dt.datetime.now().astimezone())
    shown |= {"run": found, "starting": starting and found.state != "running"}
    return View("live.html.j2", shown, command_line("status", f"runs/{name}"), [found.to_json()])


def stop(visit: Visit) -> GoTo:
    """Ask a run to stop, or one that waits not to start."""
    waits = visit.name in visit.jobs.waiting()
    visit.jobs.stop(visit.name)
    return GoTo("/" if waits else f"/runs/{visit.name}/live")


def resume(visit: Visit) -> GoTo:
    """Go on with an interrupted run, with the census and the years that it was started with."""
    workspace, name = visit.workspace, visit.name
    folder = named(workspace.runs(), name, "run")
    design = named(workspace.designs(), workspace.design_of(name), "design")
    interrupted = (read_record(folder.partial_record) or {}).get("settings", {})
    given = {key: one["value"] for key, one in interrupted.items() if one["source"] == _FLAGS.get(key)}
    flags: list[str] = []
    if census := given.get("census.path"):
        known = {f"census/{known}": known for known in workspace.censuses()}
        flags = census_flags(workspace, named(known, census, "census"))
    if first := given.get("simulation.start_year"):
        flags = [*flags, "--years", f"{first}-{given.get('simulation.end_year')}"]
    return started(visit, name, ["run", "--scenario", f"scenarios/{design.name}", RESUME, *flags])


def stream(visit: Visit) -> Response:
    """A run's progress as events, until it has ended."""
    return StreamingResponse(_events(visit.name, visit.workspace, visit.jobs), media_type="text/event-stream")


async def _events(name: str, workspace: Workspace, jobs: Jobs) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    while name in jobs.waiting() or (jobs.is_starting(name) and name not in workspace.runs()):
        yield "data: null\n\n"
        await asyncio.sleep(_WAIT)
    folder, before = workspace.runs().get(name), None
    while folder is not None and await asyncio.to_thread(folder.holder) is not None:
        line = await asyncio.to_thread(last_progress, folder.progress)
        if line is not None and line != before:
            yield f"id: {line.get('run_id')}-{line.get('done')}\ndata: {json.dumps(line)}\n\n"
            before = line
        await asyncio.sleep(_WAIT)
    yield "event: ended\ndata: {}\n\n"
