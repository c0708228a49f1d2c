"""``planalign fit``: assumptions from a client's own censuses."""

import datetime as dt
from pathlib import Path
from typing import Any

import typer

from planalign_orchestrator.cli.options import mapping_setting
from planalign_orchestrator.cli.streams import say, say_json

CENSUSES = typer.Argument(
    ..., metavar="CENSUS…", help="Yearly censuses of one employer, or a single one; files or https:// addresses."
)
AS_OF = typer.Option(
    None,
    "--as-of",
    formats=["%Y-%m-%d"],
    metavar="DATE",
    help="The day of each file, in their order; else found in them.",
)
MAPPING = typer.Option(None, "--mapping", help="Mapping of the columns, or a folder with one for each form of file.")
CONFIG = typer.Option(None, "--config", help="Configuration file; its plan is the one that people knew.")
AS_JSON = typer.Option(False, "--json", help="Print what was found as JSON.")


def fit(
    censuses: list[str] = CENSUSES,
    output: Path = typer.Option(..., "--output", help="Folder for the assumption tables, the scenario and the page."),
    as_of: list[dt.datetime] | None = AS_OF,
    mapping: Path | None = MAPPING,
    config: Path | None = CONFIG,
    as_json: bool = AS_JSON,
) -> None:
    """Learn assumptions from a client's own censuses."""
    from planalign_orchestrator.learning.fit import fit as learn

    record = learn(censuses, output=output, config=config, **read_options(mapping, as_of))
    if as_json:
        say_json(record)
        return
    _show(record)
    newest = next(one for one in censuses if one.endswith(record["files"][-1]["file"]))
    say(f"wrote {output / 'fitted.yaml'} and {output / 'experience.html'}")
    say(f"then: planalign run --census {newest} --scenario {output / 'fitted.yaml'}")


def read_options(mapping: Path | None, as_of: list[dt.datetime] | None) -> dict[str, Any]:
    """How the flags have censuses read."""
    return {"settings": mapping_setting(mapping), "as_of": [day.date() for day in as_of or []]}


def _show(record: dict[str, Any]) -> None:
    from planalign_orchestrator.cli.figure_table import FigureTable, show_table
    from planalign_orchestrator.learning.experience import Rate, topics
    from planalign_orchestrator.learning.page import text_of

    for sentence in record["cannot_tell"]:
        say(f"note: {sentence}")
    by_topic = topics(Rate(**rate) for rate in record["rates"])
    alone = [rates[0] for rates in by_topic.values() if len(rates) == 1]
    rows = []
    for rate in alone:
        low, high = rate.interval or (None, None)
        cells = [text_of(rate, value) for value in (rate.actual, low, high, rate.known, rate.fitted)]
        rows.append((rate.topic, [*cells[:4], f"{rate.credibility:.0%}", cells[4]]))
    columns = ["Actual", "From", "To", "Before", "Credibility", "Fitted"]
    if rows:
        show_table(FigureTable("What the files say", "Assumption", columns, rows))
