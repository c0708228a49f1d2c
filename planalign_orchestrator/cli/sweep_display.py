"""A sweep in the terminal: how far it is, and what was found."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from planalign_orchestrator.cli.figure_table import console_for_figures, show_exhibit
from planalign_orchestrator.reports.page import finding
from planalign_orchestrator.sweep.file import Failure, SweepFile
from planalign_orchestrator.sweep.report import exhibits_of, warnings_of, who_or_how_many
from planalign_orchestrator.sweep.statistics import Findings
from planalign_orchestrator.sweep.sweeping import Standing
from planalign_orchestrator.visible import visible

_PARTS = 10
"""In a pipe so many lines a step."""
_MOST_ROWS = 20


@contextmanager
def showing(*, silent: bool) -> Iterator[Callable[[Standing], None]]:
    """Show progress on the error stream: a line that changes, in a pipe a line a tenth."""
    console = Console(stderr=True, highlight=False, quiet=silent, soft_wrap=True)
    status = console.status("starting")

    def tell(standing: Standing) -> None:
        text = visible(_text(standing))
        if console.is_terminal:
            status.update(text)
        elif standing.done * _PARTS // standing.of != (standing.done - 1) * _PARTS // standing.of:
            console.print(text, markup=False)

    if silent or not console.is_terminal:
        yield tell
        return
    with status:
        yield tell


def _text(standing: Standing) -> str:
    text = f"{standing.doing}: {standing.done:,} of {standing.of:,}" if standing.done else standing.doing
    left = standing.seconds_left
    if not left:
        return text
    return f"{text}, about {left / 60:.0f} min left" if left > 90 else f"{text}, about {left:.0f} s left"


def show_findings(findings: Findings, failures: Sequence[Failure], file: SweepFile) -> None:
    """Print what was found; warnings first, because they say what the figures mean."""
    console = console_for_figures()
    for warning in warnings_of(findings, failures):
        console.print(Text(visible(f"warning: {warning}"), style="yellow"), soft_wrap=True)
    for exhibit in exhibits_of(findings, file.budget):
        show_exhibit(exhibit, console, most_rows=_MOST_ROWS)
    for line in _sentences(findings, file):
        console.print(visible(line), markup=False)


def _sentences(findings: Findings, file: SweepFile) -> Iterator[str]:
    needed = {name: one.seeds_needed(file.precision) for name, one in findings.totals.items()}
    if (most := max((number for number in needed.values() if number is not None), default=None)) is not None:
        yield f"For a mean within ±{file.precision * 100:g}% (95%) about {most:,} seeds are needed."
        yield finding("process_risk")
    yield from who_or_how_many(findings)
