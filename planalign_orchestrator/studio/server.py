"""Opens the studio: one socket on the loopback address, one token, one browser."""

import os
import socket
import webbrowser
from contextlib import suppress
from pathlib import Path

import uvicorn

from planalign_orchestrator.cli.streams import say
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.storage.durable import private_files
from planalign_orchestrator.studio.app import app_of
from planalign_orchestrator.studio.security import LOOPBACK, Door
from planalign_orchestrator.studio.workspace import Workspace


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
        door = Door(listening.getsockname()[1])
        say(f"PlanAlign Studio of {workspace.root}\n  {door.address}\nThe address serves once. Ctrl-C ends the studio.")
        if browser:
            webbrowser.open(door.address)
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
    try:
        return socket.create_server((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        raise ConfigurationError.told("port taken", port=port, error=error) from error
