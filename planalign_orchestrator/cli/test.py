"""`planalign test`: the nondiscrimination tests of a run, a screen a year."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from planalign_orchestrator.cli.streams import say

if TYPE_CHECKING:
    from planalign_orchestrator.reports.testing import TestOfYear

RUN = typer.Argument(Path(), metavar="[RUN]", help="A run folder, or a folder with one run in it; the present one.")
YEAR = typer.Option(None, "--year", help="Only this year.")
AS_JSON = typer.Option(False, "--json", help="One JSON document instead of text.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test")(test_plan)


def test_plan(run: Path = RUN, year: int | None = YEAR, as_json: bool = AS_JSON) -> None:
    """Show the nondiscrimination tests of each year, and what passing would cost."""
    from planalign_orchestrator.errors import ResultsError
    from planalign_orchestrator.reports.results import open_results, sole_run_folder
    from planalign_orchestrator.reports.testing import tests_of

    with open_results(sole_run_folder(run)) as results:
        if year is not None and year not in results.years:
            there = ", ".join(map(str, results.years))
            raise ResultsError(f"this run has no year {year}", remedy=f"There are {there}.")
        tests = tests_of(results, year)
    if as_json:
        say(json.dumps({"tests": [test.to_json() for test in tests]}, indent=2))
        return
    for one in sorted({test.year for test in tests}):
        say("\n".join(_screen(one, [test for test in tests if test.year == one])))


def _screen(year: int, tests: list[TestOfYear]) -> Iterator[str]:
    yield f"{year}"
    yield f"  {'test':<40} {'NHCE':>7} {'HCE':>6} {'N':>7} {'H':>7} {'limit':>8} {'margin':>8}  result"
    for test in tests:
        row = test.row
        figures = [_points(row[name]) for name in ("nhce_average", "hce_average", "highest_allowed", "margin")]
        yield (
            f"  {test.name:<40} {_count(row['n_nhce']):>7} {_count(row['n_hce']):>6} {figures[0]:>7} {figures[1]:>7}"
            f" {figures[2]:>8} {figures[3]:>8}  {test.result}" + (f" ({test.reason})" if test.reason else "")
        )
    for test in tests:
        for move in test.moves():
            yield f"    {test.name}: {move}"
        if test.costs:
            yield f"    {test.name}, to pass: " + "; ".join(f"{way} {cost:,.2f}" for way, cost in test.costs.items())
    yield ""


def _count(value: Any) -> str:
    return "" if value is None else f"{value:,}"


def _points(value: Any) -> str:
    return "" if value is None else f"{value:.2f}"
