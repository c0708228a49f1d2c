"""What ``planalign sweep`` and ``planalign run --seeds`` do: simulate many futures, check some, show what was found."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import tee
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from planalign_orchestrator.cli.figure_table import show_exhibit, show_warnings
from planalign_orchestrator.cli.streams import say, text_of
from planalign_orchestrator.config.hardware import inspect_machine, resolve_limits
from planalign_orchestrator.config.loading import find_config_file
from planalign_orchestrator.config.settings import Optimization
from planalign_orchestrator.errors import InterruptedRunError, instead_of
from planalign_orchestrator.reports.page import finding
from planalign_orchestrator.reports.spreadsheet import write_page_files
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage.durable import private_files, remove_leftovers, scratch_folder
from planalign_orchestrator.sweep.designs import Design, Failure, designs_of
from planalign_orchestrator.sweep.file import Search, SweepFile, combinations
from planalign_orchestrator.sweep.report import exhibits_of, sweep_page, warnings_of, who_or_how_many
from planalign_orchestrator.sweep.statistics import Findings, Outcome, find, finer_points, judge, keep
from planalign_orchestrator.sweep.store import SweepFolder
from planalign_orchestrator.sweep.sweeping import Standing, Sweep, expected_mib, expected_seconds
from planalign_orchestrator.sweep.work import chosen
from planalign_orchestrator.sweep.workers import crew_of
from planalign_orchestrator.visible import visible

Designs = Iterable[Design | Failure]

_FIRST_SEEDS = 16
"""Fewer say too little about how far futures lie apart."""


@dataclass(frozen=True)
class SweepRequest:
    """What a command line asks for.

    Args:
        file: what to combine.
        base: paths among its settings are relative to this folder.
        folder: where the sweep keeps what it has.
        extra: settings of the command line, nested.
        workers: processes.
        scheduler: of a Dask cluster.
        until: simulate seeds until the standard error is this share of the mean.
    """

    file: SweepFile
    base: Path
    folder: Path
    extra: dict[str, Any] = field(default_factory=dict)
    workers: int = 1
    scheduler: str | None = None
    until: float | None = None
    dry_run: bool = False
    quiet: bool = False
    as_json: bool = False


def perform(request: SweepRequest) -> None:
    """Do what was asked for, show it, and end with the exit code of the first failure."""
    file = request.file.model_copy(update={"config": find_config_file(request.file.config)})
    if file.search:
        file = file.at(combinations(file.search.vary))
    request = replace(request, file=file)
    designs, ahead = tee(designs_of(file, request.base, request.extra))
    first = next((one for one in ahead if isinstance(one, Design)), None)
    if request.dry_run:
        with scratch_folder() as scratch, _sweep(request, first, SweepFolder(request.folder, scratch)) as made:
            _show_plan(request, made, designs)
        return
    with private_files(), RunFolder(request.folder).lock("planalign sweep"):
        for place in (request.folder, *request.folder.rglob("*")):
            remove_leftovers(place)
        with _sweep(request, first, SweepFolder(request.folder)) as made:
            findings = _simulate(request, made, designs)
        _show(request, made, findings)
    if made.failures:
        raise typer.Exit(made.failures[0].exit_code)


@contextmanager
def _sweep(request: SweepRequest, first: Design | None, folder: SweepFolder) -> Iterator[Sweep]:
    """A sweep with its workers, who end with the block; the first design says how much memory they have."""
    optimization = first.settings.multi_year.optimization if first else Optimization()
    limits = resolve_limits(optimization, inspect_machine(request.folder))
    mib = int(limits.memory_limit_gb * 1024) // (1 if request.scheduler else request.workers)
    crew = crew_of(1 if request.dry_run else request.workers, None if request.dry_run else request.scheduler)
    stopped = instead_of(KeyboardInterrupt, InterruptedRunError.told, "sweep stopped")
    with showing(silent=request.quiet or request.as_json) as tell, closing(crew), stopped:
        yield Sweep(folder, request.file.kept_tables, mib, crew, tell, request.workers)


def _show_plan(request: SweepRequest, made: Sweep, designs: Designs) -> None:

    packs = made.pack(designs, request.file.seeds_from)
    plan = {
        "cells": len(made.cells),
        "to_simulate": sum(len(pack.cells) for pack in packs),
        "packs": len(packs),
        "people": sum(pack.people for pack in packs),
        "seconds": round(expected_seconds(packs, request.workers), 1),
        "mib": expected_mib(packs, request.workers),
        "refused": [{"name": one.title, "reason": one.reason} for one in made.failures],
    }
    if request.as_json:
        say(json.dumps(plan))
        return
    say(text_of("sweep_plan", plan=plan, most=made.people_in_a_pack))
    _say_failures(made.failures)


def _simulate(request: SweepRequest, made: Sweep, designs: Designs) -> Findings | None:
    """Simulate, check a thousandth, and write what was found."""
    outcome = None
    if request.file.search is not None:
        outcome = _search(request, request.file.search, made, designs)
    elif request.until is None:
        made.run(designs, request.file.seeds_from)
    else:
        _until(request, request.until, made, designs)
    made.finish()
    failed = {one.title for one in made.failures}
    sound = [cell for cell in made.cells if not {cell[1].title, f"{cell[1].title}, seed {cell[2]}"} & failed]
    checked = chosen(sound)
    if outcome is not None and outcome.candidates:  # what the search recommends is checked too
        checked += [cell for cell in sound if cell[1].alternative == outcome.candidates[0].name][:1]
    made.check(checked)
    findings = _findings(request, made)
    if findings is not None:
        findings = replace(findings, found=outcome)
        keep(outcome, request.folder)
        write_page_files(sweep_page(findings, made.failures, request.file.budget), request.folder, "sweep")
    return findings


def _search(request: SweepRequest, search: Search, made: Sweep, designs: Designs) -> Outcome | None:
    """Simulate the coarse grid, and what lies between the best point and its neighbors, round by round."""
    tried = combinations(search.vary)
    tests = made.folder.results("fct_ndt_test") if search.passes else None
    for rounds_left in range(search.rounds, -1, -1):
        made.run(designs, request.file.seeds_from)
        made.gather()
        findings = _findings(request, made)
        if findings is None:
            return None
        by_name = dict(request.file.at(tried).points())
        points = {one.alternative: dict(by_name[one.point]) for _, one, _ in made.cells}
        outcome = judge(search, findings, points, tests)
        more = finer_points(search, tried, outcome.candidates[0].values) if rounds_left and outcome.candidates else []
        if not more:
            break
        tried += more
        designs = designs_of(request.file.at(tried), request.base, request.extra)
    return outcome


def _until(request: SweepRequest, until: float, made: Sweep, designs: Designs) -> None:
    """Simulate as many seeds as the precision needs, at most those that were asked for."""
    designs, seeds = list(designs), request.file.seeds_from
    most = len(seeds(0)) if any(isinstance(one, Design) for one in designs) else 0
    number = min(_FIRST_SEEDS, most)
    while number:
        made.run(designs, lambda first: seeds(first)[:number])  # noqa: B023 - used at once
        made.gather()
        findings = _findings(request, made)
        spreads = list(findings.totals.values()) if findings else []
        errors = [(one.error or 0) / abs(one.mean) for one in spreads if one.mean]
        error = max(errors, default=0)
        reached = bool(errors) and error <= until
        if made.failures or reached or number == most or not errors:
            how = f"{'within' if reached else 'above'} the ±{until * 100:g}% asked for"
            more = "" if reached else "; allow more --seeds"
            say(f"{number} seeds: the standard error is {error * 100:.2f}% of the mean cost, {how}{more}", err=True)
            return
        number = min(most, int(max(number * (error / until) ** 2, number + 1)) + 1)


def _findings(request: SweepRequest, made: Sweep) -> Findings | None:

    results = made.folder.results()
    if not made.cells or not results.exists():
        return None
    found = find(results, [design.alternative for _, design, _ in made.cells], request.file.budget)
    return found if found.alternatives else None


def _show(request: SweepRequest, made: Sweep, findings: Findings | None) -> None:
    if request.as_json:
        failures = [{"name": one.title, "reason": one.reason, "exit_code": one.exit_code} for one in made.failures]
        found = findings.to_json() if findings else {}
        say(json.dumps({**found, "cells": len(made.cells), "simulated": made.made, "failures": failures}))
        return
    if not request.quiet and findings is not None:
        show_findings(findings, made.failures, request.file)
        say(f"wrote {request.folder}{os.sep}sweep.html, sweep.xlsx, fct_yearly_summary.parquet")
    _say_failures(made.failures)


def _say_failures(failures: Sequence[Failure]) -> None:
    alike: dict[str, list[str]] = {}
    for one in failures:
        alike.setdefault(one.reason, []).append(one.title)
    for reason, (first, *others) in list(alike.items())[:20]:
        say(f"failed: {first}{f', and {len(others)} more' if others else ''}: {reason}", err=True)
    if len(alike) > 20:
        say(f"and {len(alike) - 20} other failures", err=True)


_PARTS = 10
"""In a pipe so many lines a step."""
_MOST_ROWS = 20


@contextmanager
def showing(*, silent: bool) -> Iterator[Callable[[Standing], None]]:
    """Show progress on the error stream: a line that changes, in a pipe a line a tenth."""
    console = Console(stderr=True, highlight=False, quiet=silent, soft_wrap=True)
    status = console.status("starting")

    def tell(standing: Standing) -> None:
        text = visible(_text(standing))
        if console.is_terminal:
            status.update(text)
        elif standing.done * _PARTS // standing.of != (standing.done - 1) * _PARTS // standing.of:
            console.print(text, markup=False)

    if silent or not console.is_terminal:
        yield tell
        return
    with status:
        yield tell


def _text(standing: Standing) -> str:
    text = f"{standing.doing}: {standing.done:,} of {standing.of:,}" if standing.done else standing.doing
    left = standing.seconds_left
    if not left:
        return text
    return f"{text}, about {left / 60:.0f} min left" if left > 90 else f"{text}, about {left:.0f} s left"


def show_findings(findings: Findings, failures: Sequence[Failure], file: SweepFile) -> None:
    """Print what was found; warnings first, because they say what the figures mean."""
    show_warnings(warnings_of(findings, failures))
    for exhibit in exhibits_of(findings, file.budget):
        show_exhibit(exhibit, most_rows=_MOST_ROWS)
    for line in _sentences(findings, file):
        say(line)


def _sentences(findings: Findings, file: SweepFile) -> Iterator[str]:
    needed = {name: one.seeds_needed(file.precision) for name, one in findings.totals.items()}
    if (most := max((number for number in needed.values() if number is not None), default=None)) is not None:
        yield f"For a mean within ±{file.precision * 100:g}% (95%) about {most:,} seeds are needed."
        yield finding("process_risk")
    yield from who_or_how_many(findings)
