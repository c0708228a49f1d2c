"""How the census commands look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from planalign_orchestrator.census import CensusDescription, CensusIntake
from planalign_orchestrator.census.describe import QUANTILES, Group, Spread
from planalign_orchestrator.census.quality import Entry, headline
from planalign_orchestrator.census.refusal import FAULTS_SHOWN, Findings
from planalign_orchestrator.visible import visible

_RATES = ("participants' rate",)
_QUANTILES_SHOWN = {0.0: "lowest", 0.1: "10% below", 0.5: "median", 0.9: "90% below", 1.0: "highest"}


def show_intake(intake: CensusIntake) -> None:
    """The data-quality record and the faults; last, one line of result."""
    console = _console()
    _show_record(intake.quality, intake.ignored_columns)
    for fault in intake.faults[:FAULTS_SHOWN]:
        console.print(f"{fault.severity}: {fault.sentence()}", markup=False)
    told = intake.errors + intake.warnings
    if told > FAULTS_SHOWN:
        console.print(f"… and {told - FAULTS_SHOWN:,} more", markup=False)
    if intake.rejects is not None:
        console.print(visible(f"All of them are in {intake.rejects}."), markup=False)
    dropped = f", {intake.rows_dropped:,} rows left out" if intake.rows_dropped else ""
    warnings = f", {intake.warnings:,} warnings" if intake.warnings else ""
    kept = f"{intake.rows_kept:,} people as of {intake.as_of}{dropped}{warnings}"
    console.print(f"data quality: {headline(entry.as_record() for entry in intake.quality)}", markup=False)
    console.print(visible(f"{intake.source}: {kept}"), markup=False)


def show_findings(findings: Findings) -> None:
    """What was understood of a census that was refused; the error tells the faults."""
    _show_record(findings.quality, findings.ignored_columns)


def _show_record(quality: Iterable[Entry], ignored: Iterable[str]) -> None:
    """Which column of the file is what, then everything else that became of the values."""
    entries = list(quality)
    table = _table("column of the file", "meaning")
    for entry in entries:
        if entry.kind == "column":
            table.add_row(escape(entry.column or ""), entry.text)
    for name in ignored:
        table.add_row(escape(name) or "(without a name)", "(ignored)")
    _console().print(table)
    for entry in entries:
        if entry.kind != "column":
            label = "note" if entry.kind == "read" else entry.kind
            _console().print(visible(f"{label}: {entry.sentence()}"), markup=False)


def show_description(intake: CensusIntake, description: CensusDescription) -> None:
    """The people of a census in figures."""
    console = _console()
    left = description.people - description.employed
    console.print(visible(f"{intake.source}, as of {intake.as_of}"), markup=False)
    console.print(f"  employed        {description.employed:,}" + (f" ({left:,} had left)" if left else ""))
    if intake.rows_dropped:
        console.print(f"  rows left out   {intake.rows_dropped:,}; see {intake.rejects}", markup=False)
    console.print(f"  payroll         {description.payroll:,.0f}")
    participants = f"{description.participants:,}{_share(description.participants, description.employed)}"
    console.print(f"  participants    {participants}")
    console.print(f"  5% owners       {description.owners:,}")
    console.print(f"  never eligible  {description.never_eligible:,}")
    console.print(_spreads(description.spreads))
    for kind, groups in description.groups.items():
        console.print(_groups(kind, groups))


def _spreads(spreads: Iterable[Spread]) -> Table:
    table = _table("", *_QUANTILES_SHOWN.values(), "mean", figures=True)
    for spread in spreads:
        style = "{:.1%}" if spread.measure in _RATES else "{:,.0f}"
        by_share = dict(zip(QUANTILES, spread.quantiles, strict=True))
        values = [*(by_share[share] for share in _QUANTILES_SHOWN), spread.mean]
        table.add_row(spread.measure, *("" if value is None else style.format(value) for value in values))
    return table


def _groups(kind: str, groups: Iterable[Group]) -> Table:
    table = _table(kind, "people", "mean pay", "participants", "share", "mean rate", figures=True)
    for group in groups:
        deferral = "" if group.mean_deferral is None else f"{group.mean_deferral:.1%}"
        share = f"{group.participants / group.people:.0%}"
        table.add_row(
            group.name, f"{group.people:,}", f"{group.mean_pay:,.0f}", f"{group.participants:,}", share, deferral
        )
    return table


def _share(part: int, whole: int) -> str:
    return f" ({part / whole:.1%})" if whole else ""


def _table(first: str, *others: str, figures: bool = False) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first, no_wrap=True, min_width=18)
    for name in others:
        table.add_column(name, justify="right" if figures else "left", no_wrap=True)
    return table


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
