"""A line on the terminal that moves while a file arrives; nothing where nobody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planalign_orchestrator.network.download import Progress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def shown_progress(label: str, console: Console | None = None) -> Iterator[Progress]:
    """A progress callback for ``fetch`` that draws on the error stream, if that is a terminal.

    Args:
        label: what is being fetched.
        console: where to draw; None is the error stream.
    """
    from rich.console import Console as ErrorConsole
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    console = console or ErrorConsole(stderr=True)
    label_column = TextColumn("{task.description}", markup=False)
    columns = (label_column, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)

        def show(arrived: int, total: int | None) -> None:
            bar.update(task, completed=arrived, total=total)

        yield show
