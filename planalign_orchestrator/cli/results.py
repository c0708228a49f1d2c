"""``planalign compare``, ``report``, ``show``, ``explain``, ``test``: what finished runs have come to."""

from enum import Enum
from functools import partial
from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import answer, say, say_json, text_of
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.run.folder import RunFolder

_FOLDER = typer.Argument(Path(), metavar="[RUN_FOLDER]", help="A run folder, or a folder with one run in it.")


def compare(
    runs: list[str] = typer.Argument(..., metavar="RUN_A RUN_B …", help="Folders, or names in runs/; the base first."),
    output: Path | None = typer.Option(None, "--output", help="Folder for comparison.html and .xlsx; else none."),
    detail: bool = typer.Option(False, "--detail", help="Also years, groups of people and settings that differ."),
    as_json: bool = typer.Option(False, "--json", help="Print the comparison as JSON."),
) -> None:
    """Compare finished runs: cost, participation, who gains or loses."""
    from planalign_orchestrator.cli.compare_display import show_comparison, write_files
    from planalign_orchestrator.reports.comparison import compare_runs

    comparison = compare_runs([run_folder_of(run) for run in runs], partial(say, err=True))
    if as_json:
        say_json(comparison.to_json())
    else:
        show_comparison(comparison, detail=detail)
    if output is not None:
        write_files(comparison, output)


def run_folder_of(run: str) -> Path:
    """The folder that is meant: a path, else the name of a run in ``runs``."""
    path = Path(run)
    among_runs = Path("runs") / run
    return among_runs if not path.exists() and among_runs.is_dir() else path


Format = Enum("Format", {"csv": "csv", "html": "html", "xlsx": "xlsx", "pptx": "pptx", "pdf": "pdf"})
"""The reports that need no person-level data."""

Export = Enum("Export", {"csv": "csv", "parquet": "parquet"})
"""The forms in which tables are exported."""


def report(
    folder: Path = _FOLDER,
    formats: list[Format] = typer.Option(["csv", "html", "xlsx"], "--format", help="Repeat for several."),
    exports: list[Export] = typer.Option([], "--export", help="Also every public table; repeat for both."),
    people: bool = typer.Option(False, "--people", help="Also results_with_people.xlsx: people and events, with pay."),
    output: Path | None = typer.Option(None, "--output", help="Folder to write to; default: the run folder's reports."),
    as_json: bool = typer.Option(False, "--json", help="The files as one JSON document instead of text."),
) -> None:
    """Rebuild the reports of a finished run, from its folder alone."""
    from planalign_orchestrator.reports.rebuilding import report_run
    from planalign_orchestrator.reports.results import sole_run_folder
    from planalign_orchestrator.reports.wording import period_of

    run = RunFolder(sole_run_folder(folder))
    forms = [form.value for form in formats] + (["people"] if people else [])
    forms += [f"{form.value} tables" for form in exports]
    years, written = report_run(run, forms, "planalign report", output)
    lines = [f"  {path}  {path.stat().st_size / 1000:,.0f} kB" for path in written]
    text = "\n".join([f"{run.root.resolve().name}: {period_of(years)}", *lines])
    answer(as_json, {"years": years, "files": [str(path) for path in written]}, text)


def show(
    run: Path = _FOLDER,
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
    from planalign_orchestrator.reports.group_view import PeopleWanted, group_view, people as people_of
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
    answer(as_json, document, text_of("explain", employee_id=employee_id, stories=stories, rules=rules))
    if wrong:
        say(f"error: {wrong} stored amounts are not what their rules give (marked MISMATCH)", err=True)
        raise typer.Exit(MISMATCH)


def test(
    run: Path = typer.Argument(Path(), metavar="[RUN]", help="A run folder, or a folder with one run in it."),
    year: int | None = typer.Option(None, "--year", help="Only this year."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document instead of text."),
) -> None:
    """Show each year's nondiscrimination tests, and ways to pass."""
    from planalign_orchestrator.reports.results import open_results, sole_run_folder
    from planalign_orchestrator.reports.testing import WAYS, tests_of

    with open_results(sole_run_folder(run)) as results:
        if year is not None and year not in results.years:
            there = ", ".join(map(str, results.years))
            raise ResultsError(f"this run has no year {year}", remedy=f"There are {there}.")
        tests = tests_of(results, year)
    years = {year: [test for test in tests if test.year == year] for year in sorted({test.year for test in tests})}
    answer(as_json, {"tests": [test.to_json() for test in tests]}, text_of("tests", years=years, ways=WAYS))
