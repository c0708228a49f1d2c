"""`planalign explain`: one person's story, each amount worked out again from its inputs."""

from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import say, say_json, text_of

MISMATCH = 4
"""The exit code when a stored amount is not what its rule gives: a law of the model is broken."""


def explain(
    employee_id: str = typer.Argument(metavar="EMPLOYEE_ID", help="As in the census, or NH_2026_000001 for a hire."),
    run: Path = typer.Option(Path(), "--run", help="A run folder, or a folder with one run in it."),
    year: int | None = typer.Option(None, "--year", help="Only this year."),
    rules: bool = typer.Option(False, "--rules", help="Also the rule behind each amount, and where it stands."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document instead of text."),
) -> None:
    """Show one person's story, with each amount worked out again."""
    from planalign_orchestrator.reports.explanation import explain, story_document
    from planalign_orchestrator.reports.results import open_results, sole_run_folder

    with open_results(sole_run_folder(run)) as results:
        stories = explain(results, employee_id, year)
    document = story_document(employee_id, stories)
    wrong = document["mismatches"]
    if as_json:
        say_json(document)
    else:
        say(text_of("explain", employee_id=employee_id, stories=stories, rules=rules))
    if wrong:
        say(f"error: {wrong} stored amounts are not what their rules give (marked MISMATCH)", err=True)
        raise typer.Exit(MISMATCH)
