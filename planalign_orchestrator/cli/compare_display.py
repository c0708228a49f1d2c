"""A comparison in the terminal: a row a run, the cost by year, who gains and who loses, what else differs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.comparison_people import GroupChange
from planalign_orchestrator.visible import visible

_WIDTH_WHEN_PIPED = 140
_SHOWN_SETTINGS = 15


def show_comparison(comparison: Comparison) -> None:
    """Print a comparison; the warnings come first, because they say what the figures mean."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH_WHEN_PIPED)
    for warning in comparison.warnings:
        console.print(Text(visible(f"warning: {warning}"), style="yellow"), soft_wrap=True)
    console.print(_totals(comparison))
    console.print(_costs_by_year(comparison))
    for side, groups in zip(comparison.sides[1:], comparison.groups, strict=True):
        console.print(_groups(comparison, side, groups))
    _show_settings(console, comparison)


def _totals(comparison: Comparison) -> Table:
    table = _table(f"{comparison.period}: plans side by side, money in $M")
    last = comparison.years[-1]
    for heading in ("run", "net cost", "change", "cost/pay", "match", "core", "forfeitures", "deferrals"):
        table.add_column(heading, justify="left" if heading == "run" else "right")
    for heading in ("taking part", "mean deferral", "headcount"):
        table.add_column(f"{heading} {last}", justify="right")
    for side in comparison.sides:
        change = "(base)" if side is comparison.base else _millions(comparison.cost_change(side), signed=True)
        table.add_row(
            Text(visible(side.name)),
            _millions(comparison.total(side, "net_employer_cost")),
            change,
            _percent(comparison.cost_share(side)),
            _millions(comparison.total(side, "employer_match")),
            _millions(comparison.total(side, "employer_core")),
            _millions(comparison.total(side, "forfeitures")),
            _millions(comparison.total(side, "employee_contributions")),
            _percent(comparison.last(side, "participation_rate")),
            _percent(comparison.last(side, "mean_deferral_rate")),
            f"{comparison.last(side, 'closing_headcount'):,}",
        )
    return table


def _costs_by_year(comparison: Comparison) -> Table:
    table = _table("Net employer cost by year, $M")
    table.add_column("run")
    for year in comparison.years:
        table.add_column(str(year), justify="right")
    for side in comparison.sides:
        table.add_row(
            Text(visible(side.name)), *(_millions(side.summary[year]["net_employer_cost"]) for year in comparison.years)
        )
    return table


def _groups(comparison: Comparison, side: Side, groups: tuple[GroupChange, ...]) -> Table:
    table = _table(
        f"{side.name} against {comparison.base.name}: employer money net of forfeitures, by person over "
        f"{comparison.period}"
    )
    with_others = any(group.in_one_run for group in groups)
    headings = ["people", "gain", "lose", "same", *(["in one run"] if with_others else []), "change $", "a person $"]
    table.add_column("group")
    for heading in headings:
        table.add_column(heading, justify="right")
    kind = None
    for group in groups:
        if group.group_type != kind and kind is not None:
            table.add_section()
        kind = group.group_type
        others = [f"{group.in_one_run:,}"] if with_others else []
        counts = [f"{count:,}" for count in (group.people, group.winners, group.losers, group.unchanged)]
        name = group.group_name if kind == "everybody" else f"{kind} {group.group_name}"
        table.add_row(Text(visible(name)), *counts, *others, f"{group.change:+,.0f}", f"{group.mean_change:+,.0f}")
    return table


def _show_settings(console: Console, comparison: Comparison) -> None:
    if not comparison.settings:
        console.print("no setting differs")
        return
    table = _table("Settings that differ")
    table.add_column("setting")
    for side in comparison.sides:
        table.add_column(Text(visible(side.name)))
    for found in comparison.settings[:_SHOWN_SETTINGS]:
        table.add_row(found.key, *(Text(_value(value)) for value in found.values))
    console.print(table)
    left = len(comparison.settings) - _SHOWN_SETTINGS
    if left > 0:
        console.print(f"and {left} more; --json or --output shows all")


def _table(title: str) -> Table:
    return Table(title=Text(visible(title)), title_justify="left")


def _value(value: Any) -> str:
    return "-" if value is None else visible(str(value))


def _millions(amount: Decimal, *, signed: bool = False) -> str:
    return format(amount / 1_000_000, "+,.2f" if signed else ",.2f")


def _percent(share: Decimal | None) -> str:
    return "-" if share is None else f"{share * 100:.2f}%"
