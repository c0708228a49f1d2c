"""`planalign test`: the nondiscrimination tests of a run, a screen a year."""

from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import say, say_json, text_of
from planalign_orchestrator.errors import ResultsError

RUN = typer.Argument(Path(), metavar="[RUN]", help="A run folder, or a folder with one run in it.")
YEAR = typer.Option(None, "--year", help="Only this year.")
AS_JSON = typer.Option(False, "--json", help="One JSON document instead of text.")


def test(run: Path = RUN, year: int | None = YEAR, as_json: bool = AS_JSON) -> None:
    """Show each year's nondiscrimination tests, and ways to pass."""
    from planalign_orchestrator.reports.results import open_results, sole_run_folder
    from planalign_orchestrator.reports.testing import WAYS, tests_of

    with open_results(sole_run_folder(run)) as results:
        if year is not None and year not in results.years:
            there = ", ".join(map(str, results.years))
            raise ResultsError(f"this run has no year {year}", remedy=f"There are {there}.")
        tests = tests_of(results, year)
    if as_json:
        say_json({"tests": [test.to_json() for test in tests]})
        return
    years = {year: [test for test in tests if test.year == year] for year in sorted({test.year for test in tests})}
    say(text_of("tests", years=years, ways=WAYS))
