"""``planalign backtest``: how well a fit foresees years that it was not shown."""

import datetime as dt
from pathlib import Path

import typer

from planalign_orchestrator.cli.fit import AS_JSON, AS_OF, CENSUSES, CONFIG, MAPPING, read_options
from planalign_orchestrator.cli.streams import say, say_json


def backtest(
    censuses: list[str] = CENSUSES,
    output: Path = typer.Option(Path("backtest"), "--output", help="Folder for the fit, the page and the JSON file."),
    fit_until: int | None = typer.Option(None, "--fit-until", metavar="YEAR", help="Last year to fit, or two thirds."),
    seeds: int = typer.Option(20, "--seeds", min=2, max=1000, help="Futures per forecaster."),
    as_of: list[dt.datetime] | None = AS_OF,
    mapping: Path | None = MAPPING,
    config: Path | None = CONFIG,
    as_json: bool = AS_JSON,
) -> None:
    """Fit on early censuses, and score the forecast of later ones."""
    from planalign_orchestrator.cli.figure_table import show_exhibit
    from planalign_orchestrator.learning.backtest import backtest as score
    from planalign_orchestrator.learning.backtest import errors, sentence_of

    options = read_options(mapping, as_of)
    found = score(censuses, output=output, fit_until=fit_until, seeds=seeds, config=config, **options)
    if as_json:
        say_json(found.to_json())
        return
    for note in found.notes:
        say(f"note: {note}")
    show_exhibit(errors(found))
    say(sentence_of(found))
    say(f"wrote {output / 'backtest.html'} and {output / 'backtest.json'}")
