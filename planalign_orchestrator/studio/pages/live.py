"""A run while it lasts: how far it is, how to stop it, how to go on."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from planalign_orchestrator.cli.interruption import RESUME
from planalign_orchestrator.run.record import last_progress, read_record
from planalign_orchestrator.storage.overview import Overview
from planalign_orchestrator.studio.jobs import Jobs, command_line
from planalign_orchestrator.studio.pages.runs import census_flags, started
from planalign_orchestrator.studio.visit import GoTo, View, Visit
from planalign_orchestrator.studio.workspace import Workspace, named

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
