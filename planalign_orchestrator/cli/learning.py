"""``planalign fit``, ``backtest``, ``calibrate``: assumptions from what is known of an employer."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from planalign_orchestrator.cli.interruption import quoted
from planalign_orchestrator.cli.options import OVERWRITE, mapping_setting, refuse_overwriting, with_flags
from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.config.layers import file_layer
from planalign_orchestrator.config.loading import find_config_file, find_scenario_file, find_settings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.storage.durable import atomic_write_text, private_files, scratch_folder

if TYPE_CHECKING:
    from planalign_orchestrator.learning.calibrate import Moved

_CENSUSES = typer.Argument(..., metavar="CENSUS…", help="Yearly censuses of one employer; files or https:// addresses.")
_AS_OF = typer.Option(None, "--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Of each file in order; else found.")


@dataclass(frozen=True)
class LearningFlags:
    """How a command that learns from censuses is told to read them."""

    as_of: list[dt.datetime] | None = _AS_OF
    mapping: Path | None = typer.Option(None, "--mapping", help="Mapping file, or a folder with one per file layout.")
    config: Path | None = typer.Option(None, "--config", help="Configuration file with the plan that people were in.")
    as_json: bool = typer.Option(False, "--json", help="Print what was found as JSON.")

    def reading(self) -> dict[str, Any]:
        """What the functions behind the commands take."""
        days = [day.date() for day in self.as_of or []]
        return {"settings": mapping_setting(self.mapping), "as_of": days, "config": self.config}


@with_flags
def fit(
    censuses: list[str] = _CENSUSES,
    output: Path = typer.Option(..., "--output", help="Folder for the assumption tables, the scenario and the page."),
    *,
    flags: LearningFlags,
) -> None:
    """Learn assumptions from a client's own censuses."""
    from planalign_orchestrator.learning.fit import fit as learn

    record = learn(censuses, output=output, **flags.reading())
    if flags.as_json:
        say_json(record)
        return
    _show_rates(record)
    say(f"wrote {output / 'fitted.yaml'} and {output / 'experience.html'}")
    command = run_command(output / "fitted.yaml", census=record["newest"], mapping=flags.mapping, config=flags.config)
    say(f"then: {command}")


def _show_rates(record: dict[str, Any]) -> None:
    from planalign_orchestrator.cli.figure_table import show_exhibit
    from planalign_orchestrator.learning.experience import Rate
    from planalign_orchestrator.learning.fit import rates_section

    for sentence in record["cannot_tell"]:
        say(f"note: {sentence}")
    found = rates_section(Rate(**rate) for rate in record["rates"])
    for exhibit in found.exhibits:
        if exhibit.open:
            show_exhibit(exhibit)


@with_flags
def backtest(
    censuses: list[str] = _CENSUSES,
    output: Path = typer.Option(Path("backtest"), "--output", help="Folder for the fit, the page and the JSON file."),
    fit_until: int | None = typer.Option(None, "--fit-until", metavar="YEAR", help="Last year to fit, or two thirds."),
    seeds: int = typer.Option(20, "--seeds", min=2, max=1000, help="Futures per forecaster."),
    *,
    flags: LearningFlags,
) -> None:
    """Fit on early censuses, and score the forecast of later ones."""
    from planalign_orchestrator.cli.figure_table import show_exhibit
    from planalign_orchestrator.learning.backtest import backtest as score, errors, sentence_of

    found = score(censuses, output=output, fit_until=fit_until, seeds=seeds, **flags.reading())
    if flags.as_json:
        say_json(found.to_json())
        return
    for note in found.notes:
        say(f"note: {note}")
    show_exhibit(errors(found))
    say(sentence_of(found))
    say(f"wrote {output / 'backtest.html'} and {output / 'backtest.json'}")


def calibrate(
    targets: list[str] = typer.Option(..., "--target", metavar="NAME[_YEAR]=TOTAL", help="As participation_2029=85%."),
    census: str | None = typer.Option(None, "--census", help="Census file; else that of the configuration."),
    config: Path | None = typer.Option(None, "--config", help="Configuration file."),
    scenario: str | None = typer.Option(None, "--scenario", help="Scenario to calibrate, by name or file."),
    seeds: int = typer.Option(5, "--seeds", min=1, max=1000, help="Futures that each total averages."),
    tolerance: float = typer.Option(0.0005, "--tolerance", min=0.000001, max=0.1, help="How close is close enough."),
    output: Path = typer.Option(Path("calibrated.yaml"), "--output", help="The scenario file to write."),
    overwrite: bool = OVERWRITE,
    as_json: bool = typer.Option(False, "--json", help="Print what was moved as JSON."),
) -> None:
    """Adjust settings until a simulation reaches given totals."""
    from planalign_orchestrator.learning.calibrate import Calibration, Target, scenario_text
    from planalign_orchestrator.run.inputs import gathered_inputs
    from planalign_orchestrator.sweep.store import builder_of_futures

    effective = find_settings(config, scenario, {"census.path": census})
    below, simulation = find_scenario_file(scenario), effective.settings.simulation
    refuse_overwriting(output, overwrite, find_config_file(config), below, settings=effective.settings)
    aims = [Target.parse(text, range(simulation.start_year, simulation.end_year + 1)) for text in targets]
    with private_files(), scratch_folder() as scratch:
        inputs = gathered_inputs(effective, scratch / "download")
        if inputs.changing_assumptions:
            raise ConfigurationError.told("changing tables", tables=", ".join(sorted(inputs.changing_assumptions)))
        checked = scratch / "census.parquet"
        taken = inputs.take_in_census(output=checked, rejects=Path(f"{inputs.census_file.stem}_rejects.csv"))
        people, tables, tell = taken.rows_kept, inputs.assumptions, partial(say, err=True)
        with builder_of_futures() as builder:
            search = Calibration(builder, effective.settings, checked, people, tables, aims, seeds, tolerance, tell)
            moved = search.solve()
    tree = file_layer(below, "scenario").data if below else {}
    tree.get("simulation", {}).pop("scenario_id", None)  # the file that is written has a name of its own
    atomic_write_text(output, scenario_text(moved, tree))
    if as_json:
        say_json([one.to_json() for one in moved])
    else:
        _show_moved(moved)
        say(f"wrote {output}; then: {run_command(output, census=census, config=config)}")


def run_command(scenario: Path, **flags: object) -> str:
    """The command that simulates with a scenario that was written; flags that were not given are None."""
    given = [word for name, value in flags.items() if value is not None for word in (f"--{name}", str(value))]
    return quoted(["planalign", "run", *given, "--scenario", str(scenario)])


def _show_moved(moved: list["Moved"]) -> None:
    from planalign_orchestrator.cli.figure_table import FigureTable, show_table

    rows = []
    for one in moved:
        totals = [f"{value:.4f}" for value in (one.target.wanted, one.came_to, one.comes_to)]
        settings = ["–" if value is None else f"{value:g}" for value in (one.before, one.after)]
        rows.append([one.target.setting, one.target.title, *totals, *settings])
    heads = ["Setting", "Target", "Wanted", "Came to", "Comes to", "Before", "After"]
    show_table(FigureTable("What was moved", [heads, *rows], are_words=True))
