"""The web application: addresses, pages, errors. Each page opens what it shows, read-only, and closes it again.

It has one socket on the loopback address, one token, one browser.
"""

import asyncio
import os
import socket
import tempfile
import webbrowser
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from planalign_orchestrator import __version__
from planalign_orchestrator.cli.last_resort import foreseen
from planalign_orchestrator.cli.streams import say
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError, instead_of
from planalign_orchestrator.reports.page import TEMPLATES, as_shown, environment
from planalign_orchestrator.storage.durable import private_files
from planalign_orchestrator.studio.ahead import stay_ahead
from planalign_orchestrator.studio.pages import FILES, ROUTES
from planalign_orchestrator.studio.security import LOOPBACK, READING, Door, Guard
from planalign_orchestrator.studio.visit import Answer, Handler, TooLargeError, View, Visit, form_of
from planalign_orchestrator.studio.workspace import Jobs, NotHereError, Workspace

_HERE = Path(__file__).parent
STATIC = {
    "report.css": TEMPLATES.joinpath("style.css"),
    "charts.js": TEMPLATES.joinpath("charts.js"),
    **{name: _HERE.joinpath("static", name) for name in ("studio.css", "studio.js", "htmx.min.js", "icon.svg")},
}
"""The files that pages take in, by name."""
_ONE_VISIT = Lock()  # a process opens a database in one way, and each reading has a folder of its own to spill to
_STATUS = {NotHereError: 404, TooLargeError: 413}
_PATIENCE = 0.15
"""Seconds after which a page that is not there yet says that it is being worked out."""
_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def app_of(workspace: Workspace, door: Door, patience: float | None = _PATIENCE) -> ASGIApp:
    """The studio of a workspace, behind its door, with the seconds after which a page says that it takes longer."""
    jobs = Jobs(workspace)
    pages = [
        Route(path, _in_time(_endpoint(handler, workspace, jobs), patience), methods=[method])
        for method, path, handler in ROUTES
    ]
    files = [Route(path, _endpoint(handler, workspace, jobs)) for path, handler in FILES]
    routes = [*pages, *files, Route("/static/{name}", _static)]
    handlers: dict[Any, Any] = {Exception: _on_error, HTTPException: _on_error}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.state.workspace = workspace
    return Guard(app, door)


def _in_time(endpoint: _Endpoint, patience: float | None) -> _Endpoint:
    """An endpoint whose page says after a while that it is being worked out, and then asks for what was begun."""
    begun: dict[str, asyncio.Task[Response]] = {}

    async def answer(request: Request) -> Response:
        address = str(request.url)
        from_script = "hx-request" in request.headers
        work = (begun.pop(address, None) if from_script else None) or asyncio.ensure_future(endpoint(request))
        is_a_look = request.method in READING and "text/html" in request.headers.get("accept", "")
        waits = from_script or "wait" in request.query_params or not is_a_look
        done, _ = await asyncio.wait([work], timeout=None if waits else patience)
        if done:
            return work.result()
        begun[address] = work
        work.add_done_callback(lambda _: begun.pop(address, None))
        return _response(request, View("working.html.j2", {"address": request.url}, status=202))

    return answer


def _endpoint(handler: Handler, workspace: Workspace, jobs: Jobs) -> _Endpoint:
    async def answer(request: Request) -> Response:
        try:
            async with form_of(request) as form:
                visit = Visit(workspace, jobs, request.path_params, request.query_params, form)
                return _response(request, await run_in_threadpool(_privately, handler, visit))
        except ClientDisconnect:  # nobody waits for an answer
            return Response(status_code=400)
        except Exception as error:
            return _on_error(request, error)

    return answer


def _privately(handler: Handler, visit: Visit) -> Answer:
    with _ONE_VISIT, private_files():
        return handler(visit)


def _response(request: Request, answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer.data is not None and request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse(answer.data, answer.status)
    engine = environment(_HERE.joinpath("templates"))
    macros = {name: engine.get_template(f"{name}.html.j2").module for name in ("parts", "pieces")}
    page = engine.get_template(answer.template).render(
        **answer.shown, **macros, command=answer.command, here=request.url.path, version=__version__,
        workspace=request.app.state.workspace,
    )  # fmt: skip
    return HTMLResponse(as_shown(page), answer.status)


def _on_error(request: Request, error: Exception) -> Response:
    """An error as a page; what nobody has foreseen goes into a log for its owner only, as on the command line."""
    if isinstance(error, HTTPException):
        error = NotHereError("there is no such page", remedy="Start again from the overview.")
    told = error if isinstance(error, PlanAlignError) else foreseen(error)
    data = {"error": told.message, "remedy": told.remedy}
    status = _STATUS.get(type(told), 500 if type(told) is PlanAlignError else 400)
    return _response(request, View("error.html.j2", {"error": told}, data=data, status=status))


async def _static(request: Request) -> Response:
    path = STATIC.get(request.path_params["name"])
    return Response(status_code=404) if path is None else FileResponse(path)


def serve(folder: Path, port: int, *, browser: bool) -> None:
    """Serve the studio of a folder until Ctrl-C; what it has started goes on.

    Args:
        folder: the workspace.
        port: to listen on; 0 takes a free one.
        browser: whether to open it.

    Raises:
        ConfigurationError: the folder is not there, the port is taken, or a setting forbids the studio.
        RunLockedError: another studio has the workspace.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"there is no folder {folder}", remedy="Make it, or name one that is there.")
    workspace = Workspace(folder.resolve())
    os.chdir(workspace.root)  # settings name files as the commands do that are typed there
    refuse_if_forbidden(workspace)
    with private_files(), workspace.lock(), _listening(port) as listening:
        workspace.create()
        tempfile.tempdir = str(workspace.private)  # an upload waits on the disk it goes to, as /tmp may lie in memory
        door = Door(listening.getsockname()[1])
        say(f"PlanAlign Studio of {workspace.root}\n  {door.address}\nThe address serves once. Ctrl-C ends the studio.")
        if browser:
            webbrowser.open(door.address)
        Thread(target=stay_ahead, args=[workspace], daemon=True).start()
        config = uvicorn.Config(
            app_of(workspace, door), log_config=None, access_log=False, server_header=False, lifespan="off",
            ws="none", timeout_graceful_shutdown=1,
        )  # fmt: skip
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
        say("The studio has ended; runs that it started go on, and `planalign status` shows them.")


def refuse_if_forbidden(workspace: Workspace) -> None:
    """Refuse to listen where the configuration says so.

    Raises:
        ConfigurationError: it does.
    """
    if not workspace.settings().settings.network.studio:
        raise ConfigurationError.told("studio forbidden", workspace=workspace)


def _listening(port: int) -> socket.socket:
    with instead_of((OSError, OverflowError), ConfigurationError.told, "port taken", port=port):
        return socket.create_server((LOOPBACK, port))
