"""``planalign stress``: many sizes, levels and years in one table, judged from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from planalign_orchestrator.cli.census import Shape
from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.errors import ConfigurationError, OutOfResourcesError, PlanAlignError
from planalign_orchestrator.storage.durable import atomic_write_text, make_folder

if TYPE_CHECKING:
    from planalign_orchestrator.measurement.cases import Measurement
    from planalign_orchestrator.measurement.stress import NotRun


def stress(
    sizes: str | None = typer.Option(None, "--sizes", metavar="N,N", help="Employees; 1000,10000 if left out."),
    levels: str | None = typer.Option(None, "--levels", metavar="LEVEL,LEVEL", help="low, medium, high, auto."),
    years: str | None = typer.Option(None, "--years", metavar="N,N", help="How many years; 1 if left out."),
    batch_sizes: str | None = typer.Option(None, "--batch-sizes", metavar="N,N", help="Thousands at a time."),
    shape: Shape = typer.Option("balanced", "--shape", help="What kind of company."),
    limit_gib: float | None = typer.Option(
        None, "--limit-gib", min=0.3, help="Memory that a run may have, without swap; the kernel ends what takes more."
    ),
    proof: bool = typer.Option(False, "--proof", help="The sizes that must fit, each within its memory."),
    folder: Path | None = typer.Option(None, "--folder", help="Work below this folder; else the system's temporary."),
    keep: bool = typer.Option(False, "--keep", help="Leave the run folders there."),
    output: Path | None = typer.Option(None, "--output", help="Also write the measurements to this JSON file."),
    as_json: bool = typer.Option(False, "--json", help="Print the measurements as JSON."),
) -> None:
    """Run made-up censuses of many sizes, and show time, memory, disk and success."""
    # Ends with exit code 5 when one did not fit, with 1 when one failed or results differ.
    from planalign_orchestrator.cli.stress_display import StressTable
    from planalign_orchestrator.measurement import stress as measuring
    from planalign_orchestrator.measurement.cases import workshop
    from planalign_orchestrator.measurement.memory_group import GroupUnavailableError

    if proof:
        _refuse_with_proof(levels=levels, years=years, batch_sizes=batch_sizes, limit_gib=limit_gib)
        chosen = set(_numbers(sizes, "--sizes", [case.employees for case in measuring.PROOFS]))
        wanted = [case for case in measuring.PROOFS if case.employees in chosen]
    else:
        wanted = measuring.cases(
            _numbers(sizes, "--sizes", [1_000, 10_000]),
            _numbers(years, "--years", [1]),
            _levels(levels),
            _numbers(batch_sizes, "--batch-sizes", []) or [None],
            [shape],
            limit_gib,
        )
    if not wanted:
        raise ConfigurationError("there is nothing to run", remedy="`--proof` has 100000, 250000 and 1000000.")
    if output is not None:
        make_folder(output.parent)  # what cannot be written is told before the measuring, not after it
    results: list[Measurement | NotRun] = []
    table = StressTable(silent=as_json)
    try:
        with workshop(folder, keep=keep) as place:
            for result in measuring.run_all(place, wanted):
                results.append(result)
                table.show(result)
                _write(output, results)
    except GroupUnavailableError as error:
        raise ConfigurationError(str(error), remedy="Leave --limit-gib out, or run on Linux.") from error
    if as_json:
        say_json(_as_json(results))
    elif keep:
        say(f"run folders in {place.folder}")
    _judge(results)


def _refuse_with_proof(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            flag = f"--{name.replace('_', '-')}"
            raise ConfigurationError(f"--proof has its own {flag}", remedy=f"Leave {flag} out; --sizes chooses.")


def _numbers(text: str | None, flag: str, default: list[int]) -> list[int]:
    if text is None:
        return default
    try:
        found = [int(word.replace("_", "")) for word in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1:
        raise ConfigurationError(f"{flag}: {text!r} is no list of numbers", remedy="Write them as 1000,10000.")
    return found


def _levels(text: str | None) -> list[str | None]:
    names = (text or "low").split(",")
    for name in names:
        if name not in ("low", "medium", "high", "auto"):
            raise ConfigurationError(f"--levels: there is no level {name!r}", remedy="Choose low, medium, high, auto.")
    return list(names)


def _judge(results: list[Measurement | NotRun]) -> None:
    from planalign_orchestrator.measurement.cases import Measurement
    from planalign_orchestrator.measurement.stress import disagreeing

    measured = [result for result in results if isinstance(result, Measurement)]
    for group in disagreeing(measured):
        listed = "; ".join(f"{measurement.case}: {measurement.digest}" for measurement in group)
        raise PlanAlignError(
            f"the same people and years gave different results: {listed}",
            remedy="A level or batch size must not change a result; report this with the JSON of --output.",
        )
    failed = [measurement for measurement in measured if measurement.outcome == "failed"]
    if failed:
        raise PlanAlignError(f"{failed[0].case} failed: {failed[0].observation.said}")
    short = [str(m.case) for m in measured if m.outcome != "done"] + [
        str(result.case) for result in results if not isinstance(result, Measurement)
    ]
    if short:
        raise OutOfResourcesError(
            f"did not fit on this machine: {'; '.join(short)}", remedy="The table says what each had too little of."
        )


def _as_json(results: list[Measurement | NotRun]) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from planalign_orchestrator.measurement.cases import Measurement

    return [
        result.to_json() if isinstance(result, Measurement) else {**asdict(result), "outcome": "not run"}
        for result in results
    ]


def _write(output: Path | None, results: list[Measurement | NotRun]) -> None:
    """Write what there is after every run, so that an interruption loses none of it."""
    if output is not None:
        atomic_write_text(output, json.dumps(_as_json(results), indent=2) + "\n")
