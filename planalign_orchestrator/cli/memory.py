"""``planalign memory``: the memory of a run, live while it lasts and as a report afterwards."""

from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import say
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.run.folder import RunFolder

RUN_FOLDER = typer.Argument(..., metavar="RUN_FOLDER", help="The folder of a run, such as runs/baseline.")

memory = typer.Typer(help="Show the memory of a run, live or afterwards.", no_args_is_help=True)


@memory.command()
def monitor(
    pid: int | None = typer.Option(
        None, "--pid", help="Process to watch; the running simulation, if there is only one."
    ),
    output: Path = typer.Option(Path("runs"), "--output", help="Folder of run folders to look for a simulation in."),
    interval: float = typer.Option(1.0, "--interval", min=0.1, help="Seconds between two readings."),
    seconds: float | None = typer.Option(None, "--seconds", min=0.0, help="Stop after so many; else with the process."),
) -> None:
    """Watch a running simulation."""
    from planalign_orchestrator.cli.memory_display import watch

    running = _running(output)
    if pid is None:
        pid = _only_one(running, output)
    folder = running.get(pid)
    title = folder.root.name if folder else f"process {pid}"
    watch(pid, title, lambda: _budget_mb(folder), interval=interval, seconds=seconds)


@memory.command()
def report(run_folder: Path = RUN_FOLDER) -> None:
    """Show where memory went in a run, and what to change."""
    from planalign_orchestrator.cli.memory_display import report_text
    from planalign_orchestrator.run.history import settle
    from planalign_orchestrator.run.record import latest_record

    folder = RunFolder(run_folder)
    if not folder.exists():
        raise ConfigurationError(f"{run_folder} is not a run folder", remedy="Name one, such as runs/baseline.")
    settle(folder)
    memory = (latest_record(folder) or {}).get("memory")
    if not memory:
        raise ConfigurationError.told("no memory record", run_folder=run_folder)
    say(report_text(run_folder.name, memory))


def _running(output: Path) -> dict[int, RunFolder]:
    """The run folders in which a simulation runs on this machine, by its process."""
    import socket

    # By their locks, because a run that has just begun has left nothing else yet.
    folders = [RunFolder(lock.parent) for lock in sorted([*output.glob("run.lock"), *output.glob("*/run.lock")])]
    holders = ((folder, folder.holder()) for folder in folders)
    return {
        holder["pid"]: folder
        for folder, holder in holders
        if holder and "pid" in holder and holder.get("host") == socket.gethostname()
    }


def _only_one(running: dict[int, RunFolder], output: Path) -> int:
    if len(running) == 1:
        return next(iter(running))
    if not running:
        raise ConfigurationError.told("nothing running", folder=output.resolve())
    listed = ", ".join(f"{pid} ({folder.root.name})" for pid, folder in running.items())
    raise ConfigurationError(f"several simulations are running: {listed}", remedy="Choose one with --pid.")


def _budget_mb(folder: RunFolder | None) -> float | None:
    """The budget of a running simulation; None before its first stage is recorded."""
    from planalign_orchestrator.run.record import read_record

    record = read_record(folder.partial_record) if folder is not None else None
    return record["limits"]["memory_limit_gb"] * 1024 if record else None
