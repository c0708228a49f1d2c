"""A run while it lasts: how far it is, how to stop it, how to go on."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from planalign_orchestrator.cli.interruption import RESUME
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.history import settle
from planalign_orchestrator.run.progress import last_progress
from planalign_orchestrator.run.record import read_record
from planalign_orchestrator.storage.overview import overview
from planalign_orchestrator.studio.jobs import command_line
from planalign_orchestrator.studio.pages.runs import started
from planalign_orchestrator.studio.visit import GoTo, PageRoute, View, Visit
from planalign_orchestrator.studio.workspace import Workspace, named

_WAIT = 0.4
"""Seconds between two looks at a run."""


def live(visit: Visit) -> View:
    """How far a run is."""
    runs, name = visit.workspace.runs(), visit.name
    if visit.jobs.is_starting(name) and name not in runs:
        return View("live.html.j2", {"name": name, "run": None, "starting": True, "said": ""})
    if name not in runs and visit.jobs.said(name):
        return View("live.html.j2", {"name": name, "run": None, "starting": False, "said": visit.jobs.said(name)})
    folder = named(runs, name, "run")
    settle(folder)
    found = overview(folder, dt.datetime.now().astimezone())
    starting = visit.jobs.is_starting(name) and found.state != "running"
    shown = {"name": name, "run": found, "starting": starting, "said": visit.jobs.said(name)}
    return View("live.html.j2", shown, command_line("status", f"runs/{name}"), [found.to_json()])


def stop(visit: Visit) -> GoTo:
    """Ask a run to stop."""
    visit.jobs.stop(visit.name)
    return GoTo(f"/runs/{visit.name}/live")


def resume(visit: Visit) -> GoTo:
    """Go on with an interrupted run, with the settings that it was started with."""
    folder = named(visit.workspace.runs(), visit.name, "run")
    design = named(visit.workspace.designs(), visit.name, "design")
    settings = (read_record(folder.partial_record) or {}).get("settings", {})
    arguments = ["run", "--scenario", f"scenarios/{design.name}", RESUME, *_given(settings)]
    return started(visit, visit.name, arguments)


def _given(settings: dict[str, dict[str, Any]]) -> list[str]:
    """The flags that an earlier attempt was given, as its record tells them."""

    def of(key: str, flag: str) -> str | None:
        found = settings.get(key, {})
        return str(found["value"]) if found.get("source") == flag else None

    census, mapping = of("census.path", "--census"), of("census.mapping", "--mapping")
    first, last = (of(f"simulation.{name}", "--years") for name in ("start_year", "end_year"))
    return [
        *(["--census", census] if census else []),
        *(["--mapping", mapping] if mapping else []),
        *(["--years", f"{first}-{last}"] if first else []),
    ]


def stream(workspace: Workspace) -> Callable[[Request], Awaitable[Response]]:
    """What answers with a run's progress as events, until it has ended."""

    async def answer(request: Request) -> Response:
        folder = workspace.runs().get(request.path_params["name"])
        return StreamingResponse(_events(folder), media_type="text/event-stream")

    return answer


async def _events(folder: RunFolder | None) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    before = None
    while folder is not None and await asyncio.to_thread(folder.holder) is not None:
        line = await asyncio.to_thread(last_progress, folder.progress)
        if line is not None and line != before:
            yield f"id: {line.get('run_id')}-{line.get('done')}\ndata: {json.dumps(line)}\n\n"
            before = line
        await asyncio.sleep(_WAIT)
    yield "event: ended\ndata: {}\n\n"


ROUTES: list[PageRoute] = [
    ("GET", "/runs/{name}/live", live),
    ("POST", "/runs/{name}/stop", stop),
    ("POST", "/runs/{name}/resume", resume),
]
