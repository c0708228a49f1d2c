"""``planalign batch``: several scenarios, one after another, each in a run folder of its own, then compared."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

import typer

from planalign_orchestrator.child_process import KILLED, isolated, supervise
from planalign_orchestrator.cli.interruption import RESUME, command_to_resume
from planalign_orchestrator.cli.options import RunFlags, with_flags
from planalign_orchestrator.cli.streams import say, say_json, text_of
from planalign_orchestrator.config.loading import by_name, find_config_file, load_settings, scenarios
from planalign_orchestrator.config.result_settings import NAMES_OF_A_RUN
from planalign_orchestrator.errors import (
    ConfigurationError,
    FullDiskError,
    InterruptedRunError,
    OutOfResourcesError,
    PlanAlignError,
    instead_of,
)
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.sweep.file import Test

INTERRUPTED = InterruptedRunError.exit_code
_BREAK_ON_WINDOWS = 0xC000013A
"""What Windows reports of a process that Ctrl-C has ended."""


@dataclass(frozen=True)
class BatchScenario:
    """A scenario of a batch.

    Args:
        name: names its run folder.
        file: its settings, on top of the configuration file.
        changes: how many settings it changes; the base of the comparison changes the fewest.
    """

    name: str
    file: Path
    changes: int


@with_flags
def batch(
    context: typer.Context,
    flags: RunFlags,
    scenarios: Path | None = typer.Option(None, "--scenarios", metavar="DIR", help="Scenario files; else all known."),
    base: str | None = typer.Option(None, "--base", metavar="NAME", help="The base; else the one with fewest changes."),
    passes: list[str] = typer.Option([], "--passes", metavar="TEST", help="A test that must pass, as adp; repeatable."),
    resume_from_checkpoint: bool = typer.Option(False, RESUME, help="Skip finished scenarios, resume the stopped one."),
    quiet: bool = typer.Option(False, "--quiet", help="Print only errors."),
    as_json: bool = typer.Option(False, "--json", help="Print the comparison as JSON."),
) -> None:
    """Simulate several scenarios in turn, and compare them."""
    # Each is a process of its own, so that one which fails or runs out of memory leaves the others alone.
    for name in set(passes) - {*get_args(Test)}:
        raise ConfigurationError.told("no such test", name=name, tests=", ".join(get_args(Test)))
    chosen = _in_order(_checked(_scenario_files(scenarios), flags.config), base)
    silent = quiet or as_json
    words = [*flags.as_arguments(), *([RESUME] if resume_from_checkpoint else []), *(["--quiet"] if silent else [])]
    failed: dict[str, int] = {}
    for number, scenario in enumerate(chosen, 1):
        if not silent:
            say(f"{number} of {len(chosen)}: {scenario.name}", err=True)
        try:
            code = _simulate(scenario, words)
        except KeyboardInterrupt:
            code = INTERRUPTED
        if code in (INTERRUPTED, _BREAK_ON_WINDOWS):
            command = command_to_resume(context.obj or [])
            raise InterruptedRunError.told("batch stopped", scenario=scenario, command=command)
        if code:
            failed[scenario.name] = code
    with instead_of(FullDiskError, OutOfResourcesError.told, "full disk of a run"):
        _compare(chosen, failed, flags.output, passes, as_json=as_json, quiet=quiet)
    if failed:
        say(text_of("batch_failed", failed=failed, resume=RESUME), err=True)
        raise typer.Exit(next(iter(failed.values())))


def _scenario_files(folder: Path | None) -> dict[str, Path]:
    if folder is None:
        return scenarios()
    if not folder.is_dir():
        raise ConfigurationError(f"--scenarios: {folder} is not a folder", remedy="Give a folder with scenario files.")
    refuse_pipes(folder, 0)
    found = by_name(folder.iterdir())
    if not found:
        raise ConfigurationError.told("no scenarios", folder=folder)
    return found


def _checked(files: dict[str, Path], config: Path | None) -> list[BatchScenario]:
    """The scenarios, all of their faults told before anything runs."""
    config_file = find_config_file(config)
    scenarios: list[BatchScenario] = []
    complaints: list[str] = []
    for file in files.values():
        try:
            effective = load_settings(config_file=config_file, scenario_file=file, environ=os.environ)
        except ConfigurationError as error:
            complaints.append(error.message)
            continue
        changes = sum(
            setting.source.kind == "scenario" and not setting.is_default and setting.key not in NAMES_OF_A_RUN
            for setting in effective.listing()
        )
        scenarios.append(BatchScenario(effective.settings.simulation.scenario_id, file, changes))
    times = Counter(scenario.name for scenario in scenarios)
    complaints += [f"{name}: {number} files have this scenario_id" for name, number in times.items() if number > 1]
    if complaints:
        raise ConfigurationError("\n".join(complaints), remedy="Nothing was simulated; mend the scenario files first.")
    return scenarios


def _in_order(scenarios: Sequence[BatchScenario], base: str | None) -> list[BatchScenario]:
    """The base first, then by name."""
    by_name = {scenario.name: scenario for scenario in scenarios}
    if base is not None and base not in by_name:
        raise ConfigurationError.told("no such base", base=base, names=", ".join(sorted(by_name)))
    first = by_name[base] if base else min(scenarios, key=lambda scenario: (scenario.changes, scenario.name))
    return [first, *sorted((s for s in scenarios if s is not first), key=lambda scenario: scenario.name)]


def _simulate(scenario: BatchScenario, words: Sequence[str]) -> int:
    """Run one scenario in a process of its own; its progress and messages appear on the error stream."""
    code = supervise(isolated("planalign_orchestrator", "run", "--scenario", str(scenario.file.resolve()), *words))
    if code == KILLED:
        why = "the system ended it, most likely as memory ran out; lower --memory-limit-gb, or close other programs"
        say(f"{scenario.name}: {why}", err=True)
        return OutOfResourcesError.exit_code
    if not 0 <= code < 256 and code != _BREAK_ON_WINDOWS:
        say(f"{scenario.name}: it broke off ({code}); `planalign doctor` looks at the installation", err=True)
        return PlanAlignError.exit_code
    return code


def _compare(
    scenarios: Sequence[BatchScenario], failed: dict[str, int], output: Path, passes: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Show and write the comparison of what has succeeded, if the base and at least one other have."""
    from planalign_orchestrator.cli.compare_display import show_comparison, write_files
    from planalign_orchestrator.reports.comparison import compare_runs

    done = [scenario.name for scenario in scenarios if scenario.name not in failed]
    if scenarios[0].name in failed or len(done) < 2:
        say("no comparison: it needs the base and at least one other scenario", err=True)
        return
    comparison = compare_runs(
        [output / name for name in done], (lambda text: None) if quiet else partial(say, err=True), passes
    )
    if as_json:
        say_json(comparison.to_json())
    elif not quiet:
        show_comparison(comparison, detail=False)
    write_files(comparison, output / "comparison")
