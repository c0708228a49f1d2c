"""The exit codes of every command, said once; ``python -m tests.exits`` writes their page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from typer.main import get_command

from planalign_orchestrator.errors import (
    CensusError,
    CheckpointError,
    ConfigurationError,
    InterruptedRunError,
    LawBrokenError,
    NetworkError,
    OutOfResourcesError,
    PlanAlignError,
)

EVERY_COMMAND = {
    0: "done",
    PlanAlignError.exit_code: "a fault of the program or of its installation; a log says more",
    ConfigurationError.exit_code: "a wrong flag, setting or path, a folder without a result, or one that is in use",
    OutOfResourcesError.exit_code: "memory, disk or a limit of the system ran out, or the output could not be written",
    InterruptedRunError.exit_code: "stopped by Ctrl-C, a request to terminate or the end of the terminal",
}
"""What each code means wherever it comes from."""

_CENSUS = {CensusError.exit_code: "the census cannot be used", NetworkError.exit_code: "a download failed"}
_RUN = {
    **_CENSUS,
    LawBrokenError.exit_code: "a simulated year breaks a law of the model",
    CheckpointError.exit_code: "a checkpoint is damaged, or going on would give a wrong result",
}
_FUTURES = {**_CENSUS, LawBrokenError.exit_code: "a simulated year breaks a law of the model"}
_FOLDER = {CheckpointError.exit_code: "no run folder, or something in it is damaged"}

OWN: Mapping[str, Mapping[int, str]] = {
    "run": _RUN,
    "batch": {code: f"in the first scenario that failed: {meaning}" for code, meaning in _RUN.items()},
    "sweep": {
        PlanAlignError.exit_code: "first of what failed: a cell is not its ordinary run, or a fault of the program",
        CensusError.exit_code: "first of what failed: the census of a plan cannot be used",
        LawBrokenError.exit_code: "first of what failed: a cell breaks a law of the model",
        NetworkError.exit_code: "a download failed, or no scheduler answers",
    },
    "status": {CheckpointError.exit_code: "the journal of a run cannot be read"},
    "checkpoints list": _FOLDER,
    "checkpoints verify": _FOLDER,
    "checkpoints restore": _FOLDER,
    "checkpoints clean": _FOLDER,
    "explain": {LawBrokenError.exit_code: "a stored amount is not what its rule gives"},
    "fit": _CENSUS,
    "backtest": _FUTURES,
    "calibrate": _FUTURES,
    "census validate": _CENSUS,
    "census describe": _CENSUS,
    "census map": _CENSUS,
    "census history": {LawBrokenError.exit_code: "a simulated year breaks a law of the model"},
    "doctor": {PlanAlignError.exit_code: "there are faults"},
    "memory report": _FOLDER,
    "stress": {PlanAlignError.exit_code: "a run failed, or equal runs gave different results"},
}
"""What single commands add to it."""


def commands() -> list[str]:
    """Every command as it is typed, such as ``checkpoints list``."""
    from planalign_orchestrator.cli import app

    return list(_leaves(get_command(app), ()))


def exits_of(words: str) -> frozenset[int]:
    """The codes with which a command may end.

    Args:
        words: the beginning of a command line.
    """
    first, _, rest = words.partition(" ")
    own = OWN.get(f"{first} {rest.partition(' ')[0]}") or OWN.get(first, {})
    return frozenset({*EVERY_COMMAND, *own})


def page() -> str:
    """The page ``docs/exits.md``."""
    lines = [
        "# Exit codes",
        "",
        "Written by `python -m tests.exits`; scripts may rely on it. Every command has these:",
        "",
        "| code | meaning |",
        "|---|---|",
        *(f"| {code} | {meaning} |" for code, meaning in EVERY_COMMAND.items()),
        "",
        "And these of its own:",
        "",
        "| command | code | meaning |",
        "|---|---|---|",
    ]
    for command in commands():
        lines += [f"| `{command}` | {code} | {meaning} |" for code, meaning in OWN.get(command, {}).items()]
    return "\n".join(lines) + "\n"


def _leaves(command: object, words: tuple[str, ...]) -> Iterator[str]:
    inside = getattr(command, "commands", None)
    if inside is None:
        yield " ".join(words)
        return
    for name, one in inside.items():
        yield from _leaves(one, (*words, name))


if __name__ == "__main__":
    (Path(__file__).resolve().parents[1] / "docs" / "exits.md").write_text(page(), encoding="utf-8")
