"""`planalign explain`: one person's story, each amount with its rule and inputs, worked out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from planalign_orchestrator.cli.streams import say

if TYPE_CHECKING:
    from planalign_orchestrator.reports.explanation import YearStory

EMPLOYEE = typer.Argument(metavar="EMPLOYEE_ID", help="As in the census, or NH_2026_000001 for a hire.")
RUN = typer.Option(Path(), "--run", help="A run folder, or a folder with one run in it; the present one.")
YEAR = typer.Option(None, "--year", help="Only this year.")
AS_JSON = typer.Option(False, "--json", help="One JSON document instead of text.")
MISMATCH = 4
"""The exit code when a stored amount is not what its rule gives: a law of the model is broken."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain_person)


def explain_person(
    employee_id: str = EMPLOYEE, run: Path = RUN, year: int | None = YEAR, as_json: bool = AS_JSON
) -> None:
    """Tell one person's story, with the rule and the inputs behind each amount."""
    from planalign_orchestrator.reports.explanation import explain
    from planalign_orchestrator.reports.results import open_results, sole_run_folder

    with open_results(sole_run_folder(run)) as results:
        stories = explain(results, employee_id, year)
    wrong = sum(len(story.mismatches) for story in stories)
    if as_json:
        document = {"employee_id": employee_id, "mismatches": wrong, "years": [story.to_json() for story in stories]}
        say(json.dumps(document, indent=2))
    else:
        say(f"{employee_id}\n" + "\n".join(line for story in stories for line in _lines(story)))
    if wrong:
        say(f"error: {wrong} stored amounts are not what their rules give (marked MISMATCH)", err=True)
        raise typer.Exit(MISMATCH)


def _lines(story: YearStory) -> list[str]:
    lines = ["", f"{story.year}  {story.opening}", "  events"]
    lines += [f"    {event}" for event in story.events] or ["    none"]
    lines.append("  periods")
    for period in story.periods:
        eligible = "eligible" if period.is_eligible else "not eligible"
        lines.append(
            f"    {period.start} to {period.end}  {period.days:>3} days  {period.pay:>13,.2f} a year"
            f"  rate {period.rate:.2%}  {eligible}"
        )
    lines.append("  amounts")
    for line in story.lines:
        lines.append(f"    {line.label:<36}{_shown(line.label, line.stored):>18}  = {line.working}")
        lines.append(f"    {'':<56}  {line.rule}")
        if not line.agrees:
            lines.append(f"    MISMATCH: the rule gives {_shown(line.label, line.recomputed)}")
    return lines


def _shown(label: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return f"{value:.2%}" if label.endswith(" vested") else f"{value:,.2f}"
