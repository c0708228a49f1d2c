"""``planalign fit``: assumptions from a client's own censuses."""

import datetime as dt
from pathlib import Path
from typing import Any

import typer

from planalign_orchestrator.cli.options import mapping_setting
from planalign_orchestrator.cli.streams import say, say_json

CENSUSES = typer.Argument(..., metavar="CENSUS…", help="Yearly censuses of one employer; files or https:// addresses.")
AS_OF = typer.Option(None, "--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Of each file in order; else found.")
MAPPING = typer.Option(None, "--mapping", help="Mapping file, or a folder with one per file layout.")
CONFIG = typer.Option(None, "--config", help="Configuration file with the plan that people were in.")
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
    from planalign_orchestrator.cli.figure_table import show_exhibit
    from planalign_orchestrator.learning.experience import Rate
    from planalign_orchestrator.learning.fit import rates_section

    for sentence in record["cannot_tell"]:
        say(f"note: {sentence}")
    found = rates_section(Rate(**rate) for rate in record["rates"])
    for exhibit in found.exhibits:
        if exhibit.open:
            show_exhibit(exhibit)
