"""``planalign show``: one measure of a run by group and year, or the people behind a figure."""

from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import say_json


def show(
    run: Path = typer.Argument(Path(), metavar="[RUN_FOLDER]", help="A run folder, or a folder with one run in it."),
    measure: str = typer.Option("net_employer_cost", "--measure", help="A column of fct_yearly_summary or its groups."),
    by: str = typer.Option("everybody", "--by", help="A kind of group, such as age_band, or everybody."),
    people: bool = typer.Option(False, "--people", help="Show the people behind a figure instead, with pay."),
    year: int | None = typer.Option(None, "--year", help="Year of the people; by default the last."),
    group: str = typer.Option("", "--group", help="Group of the people, as --by --json names it."),
    find: str = typer.Option("", "--find", help="Only people whose id contains this."),
    after: str = typer.Option("", "--after", help="The page of people after this id."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Show a measure by group and year, or the people behind it."""
    from planalign_orchestrator.reports.group_view import PeopleWanted, group_view
    from planalign_orchestrator.reports.group_view import people as people_of
    from planalign_orchestrator.reports.marts import Marts
    from planalign_orchestrator.reports.results import open_results, sole_run_folder

    with open_results(sole_run_folder(run)) as results:
        marts = Marts(results)
        if people:
            wanted = PeopleWanted(year or marts.years[-1], by, group, measure, find, after)
            found = people_of(marts, wanted)
            document, title, table = found.to_json(), f"{results.title}, {wanted.year}", found.table
        else:
            view = group_view(marts, measure, by)
            document, title, table = view.to_json(), f"{results.title}: {view.exhibit.title}", view.exhibit.table
    if as_json:
        say_json(document)
    else:
        from planalign_orchestrator.cli.figure_table import FigureTable, show_table

        show_table(FigureTable.of(title, table))
