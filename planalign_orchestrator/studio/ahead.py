"""Works ahead of the visitor, in a process of its own that gives way to every other and ends with the studio.

    python -m planalign_orchestrator.studio.ahead FOLDER

compares the newest results with each other, reads the censuses and looks at the machine, so that the first visit of a
page finds what it needs. It stops when a run begins.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import permutations
from pathlib import Path

import duckdb
import psutil

from planalign_orchestrator.child_process import end_with_parent, isolated, supervise
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.reports.definitions import public_tables
from planalign_orchestrator.storage.durable import atomic_write_text, private_files, scratch_folder
from planalign_orchestrator.studio.pages.census import as_proposed, understood
from planalign_orchestrator.studio.pages.overview import examined
from planalign_orchestrator.studio.pages.runs import compared, reported
from planalign_orchestrator.studio.workspace import Workspace, dated

_NEWEST = 4
"""How many results are compared, each with each."""
_PAUSE = 2.0
"""Seconds between two looks at the workspace."""


def stay_ahead(workspace: Workspace) -> None:
    """Start the process whenever results or censuses have changed and nothing runs; it never returns."""
    seen: list[tuple[Path, int]] | None = None
    while True:
        time.sleep(_PAUSE)
        with suppress(PlanAlignError, OSError):  # somebody is changing it
            public_tables()  # which the first report needs, and this process then remembers
            mappings = sorted(workspace.census_folder.glob("*.mapping.yaml"))
            now = [*map(dated, [*workspace.results().values(), *workspace.censuses().values(), *mappings])]
            if now != seen and not workspace.running():
                seen = now
                supervise(isolated(__name__, str(workspace.root)))


def work(workspace: Workspace) -> None:
    """Work out what is not kept yet, until a run begins."""
    for task in _tasks(workspace):
        if workspace.running():
            return
        with suppress(PlanAlignError, OSError, duckdb.Error):  # the page itself will say what is wrong
            task()


def _tasks(workspace: Workspace) -> Iterator[Callable[[], object]]:
    latest = [dated(root)[::-1] for name, root in workspace.results().items() if "~" not in name]
    newest = [root for _, root in sorted(latest, reverse=True)[:_NEWEST]]
    for root in newest:
        yield partial(reported, workspace, root)
    for pair in permutations(newest, 2):
        yield partial(compared, workspace, pair)
    for name in workspace.censuses():
        yield partial(_read, workspace, name)
    yield partial(examined, workspace)


def _read(workspace: Workspace, name: str) -> None:
    """Read a census as it stands and, before its columns are reviewed, as it will be read if all is as proposed."""
    mapping = workspace.mapping_of(name)
    if not mapping.exists():
        with scratch_folder(workspace.private) as scratch:
            place = scratch.joinpath(mapping.name)
            atomic_write_text(place, as_proposed(workspace, name))
            understood(workspace, name, place)
    understood(workspace, name, mapping)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is half done takes its files with it
    end_with_parent(lambda: False)
    psutil.Process().nice(getattr(psutil, "IDLE_PRIORITY_CLASS", 19))  # Windows has classes
    with private_files(), suppress(KeyboardInterrupt):  # Ctrl-C ends the studio, which says so itself
        work(Workspace(Path(sys.argv[1])))
