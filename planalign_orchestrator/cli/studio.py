"""``planalign studio``: the engine in the browser of this machine."""

from importlib.util import find_spec
from pathlib import Path

import typer

from planalign_orchestrator.errors import ConfigurationError

_PACKAGES = {"starlette": "starlette", "uvicorn": "uvicorn", "python-multipart": "python_multipart"}


def studio(
    folder: Path = typer.Argument(Path(), metavar="[FOLDER]", help="The workspace."),
    port: int = typer.Option(0, "--port", min=0, max=65535, help="Port to listen on; 0 picks a free one."),
    no_browser: bool = typer.Option(False, "--no-browser", help="Only print the address."),
) -> None:
    """Open a folder of censuses, designs and runs in your browser."""
    if missing := [name for name, module in _PACKAGES.items() if find_spec(module) is None]:
        raise ConfigurationError.told("studio packages", packages=", ".join(missing), names=" ".join(missing))
    from planalign_orchestrator.studio.app import serve

    serve(folder, port, browser=not no_browser)
