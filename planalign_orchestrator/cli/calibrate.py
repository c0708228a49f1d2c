"""``planalign calibrate``: settings at which a simulation comes to given totals."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.config import find_scenario_file, find_settings
from planalign_orchestrator.config.layers import file_layer
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.storage.durable import atomic_write_text, private_files, scratch_folder

if TYPE_CHECKING:
    from planalign_orchestrator.learning.calibrate import Moved


def calibrate(
    targets: list[str] = typer.Option(..., "--target", metavar="NAME[_YEAR]=TOTAL", help="As participation_2029=85%."),
    census: str | None = typer.Option(None, "--census", help="Census file; else that of the configuration."),
    config: Path | None = typer.Option(None, "--config", help="Configuration file."),
    scenario: str | None = typer.Option(None, "--scenario", help="Scenario to calibrate, by name or file."),
    seeds: int = typer.Option(5, "--seeds", min=1, max=1000, help="Futures that each total averages."),
    tolerance: float = typer.Option(0.0005, "--tolerance", min=0.000001, max=0.1, help="How close is close enough."),
    output: Path = typer.Option(Path("calibrated.yaml"), "--output", help="The scenario file to write."),
    as_json: bool = typer.Option(False, "--json", help="Print what was moved as JSON."),
) -> None:
    """Adjust settings until a simulation reaches given totals."""
    from planalign_orchestrator.learning.calibrate import Calibration, Target, scenario_text
    from planalign_orchestrator.run.inputs import gathered_inputs
    from planalign_orchestrator.sweep.store import builder_of_futures

    effective = find_settings(config, scenario, {"census.path": census})
    simulation = effective.settings.simulation
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
    below = find_scenario_file(scenario)
    tree = file_layer(below, "scenario").data if below else {}
    tree.get("simulation", {}).pop("scenario_id", None)  # the file that is written has a name of its own
    atomic_write_text(output, scenario_text(moved, tree))
    if as_json:
        say_json([one.to_json() for one in moved])
    else:
        _show(moved, output)


def _show(moved: list[Moved], output: Path) -> None:
    from planalign_orchestrator.cli.figure_table import FigureTable, show_table

    rows = []
    for one in moved:
        totals = [f"{value:.4f}" for value in (one.target.wanted, one.came_to, one.comes_to)]
        settings = ["–" if value is None else f"{value:g}" for value in (one.before, one.after)]
        rows.append([one.target.setting, one.target.title, *totals, *settings])
    heads = ["Setting", "Target", "Wanted", "Came to", "Comes to", "Before", "After"]
    show_table(FigureTable("What was moved", [heads, *rows], are_words=True))
    say(f"wrote {output}; then: planalign run --scenario {output}")
