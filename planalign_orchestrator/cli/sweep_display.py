"""A sweep in the terminal: how far it is, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from planalign_orchestrator.cli.figure_table import FigureTable, console_for_figures, show_table
from planalign_orchestrator.reports import wording
from planalign_orchestrator.sweep.report import PROCESS_RISK, band_names, warnings_of
from planalign_orchestrator.sweep.statistics import COST, Findings, Spread
from planalign_orchestrator.visible import visible

if TYPE_CHECKING:
    from planalign_orchestrator.sweep.designs import Failure
    from planalign_orchestrator.sweep.file import SweepFile
    from planalign_orchestrator.sweep.sweeping import Standing

_PARTS = 10
"""In a pipe so many lines a step."""
_MOST_PLANS = 20


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
    columns = ["Futures", "Mean", "Std. error", *band_names()]
    period = wording.period_of(findings.years)
    rows = [(name, _cells(findings.totals[name])) for name in findings.alternatives]
    show_table(console, FigureTable(f"Net employer cost over {period}, $M", "Alternative", columns, rows))
    if findings.differences:
        title = f"Less {findings.alternatives[0]} with the same seed, $M"
        shown = [(name, _cells(one)) for name, one in findings.differences.items()]
        show_table(console, FigureTable(title, "Alternative", ["Pairs", *columns[1:]], shown))
    for name in findings.alternatives:
        spreads = [(str(year), _cells(findings.by_year[name, COST, year])) for year in findings.years]
        show_table(console, FigureTable(f"{name}: net employer cost by year, $M", "Year", columns, spreads))
    if len(findings.plans) > 1:
        show_table(console, _plans(findings))
    for line in _sentences(findings, file):
        console.print(visible(line), markup=False)


def _sentences(findings: Findings, file: SweepFile) -> Iterator[str]:
    for name, chance in findings.chances.items():
        low, high = chance.interval
        yield (
            f"{name}: {chance.exceeded} of {chance.number} futures cost more than {wording.dollars(file.budget)}: "
            f"{wording.percent(chance.share)}, 95% interval {wording.percent(low)} to {wording.percent(high)}."
        )
    needed = {name: one.seeds_needed(file.precision) for name, one in findings.totals.items()}
    if (most := max((number for number in needed.values() if number is not None), default=None)) is not None:
        yield f"For a mean within ±{file.precision * 100:g}% (95%) about {most:,} seeds are needed."
        yield PROCESS_RISK


def _plans(findings: Findings) -> FigureTable:
    rows = [
        (plan["plan"], [f"{plan['people']:,}", *(_millions(plan["costs"][name]) for name in findings.alternatives)])
        for plan in findings.plans[:_MOST_PLANS]
    ]
    more = "" if len(rows) == len(findings.plans) else f", {len(rows)} of {len(findings.plans):,}; sweep.xlsx has all"
    return FigureTable(f"Plans{more}: mean total cost, $M", "Plan", ["People", *findings.alternatives], rows)


def _cells(spread: Spread) -> list[str]:
    return [f"{spread.number:,}", *map(_millions, [spread.mean, spread.error, *spread.quantiles])]


def _millions(amount: float | None) -> str:
    return wording.ABSENT if amount is None else f"{amount / 1_000_000:,.3f}"
