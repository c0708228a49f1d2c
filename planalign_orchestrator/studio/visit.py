"""What a page is given and what it answers."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from planalign_orchestrator.reports.results import RunResults, open_results
from planalign_orchestrator.studio.forms import Form
from planalign_orchestrator.studio.jobs import Jobs
from planalign_orchestrator.studio.workspace import Workspace, named


@dataclass(frozen=True)
class Visit:
    """A request for a page.

    Args:
        workspace: what there is.
        jobs: what the studio has started.
        names: the parts of the address.
        query: what follows its question mark.
        form: what was sent.
    """

    workspace: Workspace
    jobs: Jobs
    names: Mapping[str, str]
    query: QueryParams
    form: Form = field(default_factory=Form)

    @property
    def name(self) -> str:
        """The name in the address."""
        return self.names["name"]

    def result(self) -> AbstractContextManager[RunResults]:
        """The result of the run in the address, while the block runs."""
        return open_results(named(self.workspace.results(), self.name, "run"))


@dataclass(frozen=True)
class View:
    """A page.

    Args:
        template: that shows it.
        shown: what the template is given.
        command: the same on the command line.
        data: what that prints with ``--json``; None where it has no such flag.
        status: of the answer.
    """

    template: str
    shown: Mapping[str, Any]
    command: str = ""
    data: Any = None
    status: int = 200


class GoTo(RedirectResponse):
    """Another page to go to, after a change was made."""

    def __init__(self, address: str) -> None:
        super().__init__(address, status_code=303)


def dated(path: Path) -> tuple[Path, int]:
    """The folder of a result, or a file, and what changes with it: for what is remembered of it."""
    file = path.joinpath("run.json") if path.is_dir() else path
    return path, file.stat().st_mtime_ns if file.exists() else 0


@lru_cache(maxsize=64)
def remembered(make: Callable[[RunResults], Any], root: Path, written: int) -> Any:
    """What is made of a result, remembered until another one is there; see ``dated``."""
    with open_results(root) as results:
        return make(results)


Answer: TypeAlias = View | Response
Handler: TypeAlias = Callable[[Visit], Answer]
PageRoute: TypeAlias = tuple[str, str, Handler]
"""The method, the address, and what answers."""
