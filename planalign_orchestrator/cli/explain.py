"""`planalign explain`: one person's story, each amount worked out again from its inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from planalign_orchestrator.cli.streams import say
from planalign_orchestrator.reports.wording import sentence

if TYPE_CHECKING:
    from planalign_orchestrator.reports.explanation import YearStory

EMPLOYEE = typer.Argument(metavar="EMPLOYEE_ID", help="As in the census, or NH_2026_000001 for a hire.")
RUN = typer.Option(Path(), "--run", help="A run folder, or a folder with one run in it; the present one.")
YEAR = typer.Option(None, "--year", help="Only this year.")
RULES = typer.Option(False, "--rules", help="Also the rule behind each amount, and where it stands.")
AS_JSON = typer.Option(False, "--json", help="One JSON document instead of text.")
MISMATCH = 4
"""The exit code when a stored amount is not what its rule gives: a law of the model is broken."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain_person)


def explain_person(
    employee_id: str = EMPLOYEE,
    run: Path = RUN,
    year: int | None = YEAR,
    rules: bool = RULES,
    as_json: bool = AS_JSON,
) -> None:
    """Tell one person's story, and work each amount out again."""
    from planalign_orchestrator.reports.explanation import explain, story_document
    from planalign_orchestrator.reports.results import open_results, sole_run_folder

    with open_results(sole_run_folder(run)) as results:
        stories = explain(results, employee_id, year)
    document = story_document(employee_id, stories)
    wrong = document["mismatches"]
    if as_json:
        say(json.dumps(document, indent=2))
    else:
        say(f"{employee_id}\n" + "\n".join(line for story in stories for line in _lines(story, rules)))
    if wrong:
        say(f"error: {wrong} stored amounts are not what their rules give (marked MISMATCH)", err=True)
        raise typer.Exit(MISMATCH)


def _lines(story: YearStory, rules: bool) -> Iterator[str]:
    yield from (
        "",
        f"{story.year}  {story.opening}",
        "  Events",
        *(f"    {event}" for event in story.events or ["none"]),
    )
    yield "  Periods"
    yield from (f"    {line}" for line in story.period_lines)
    yield "  Amounts"
    for line in story.lines:
        yield f"    {sentence(line.label):<36}{line.shown:>18}"
        yield f"        = {line.working}"
        if rules:
            yield f"        {line.rule}"
        if not line.agrees:
            yield f"    MISMATCH: the rule gives {line.shown_recomputed}"
    yield from ("  Tests", *(f"    {line}" for line in story.tests))
