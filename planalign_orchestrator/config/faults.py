"""Faults in the configuration: collected while reading on, told together at the end."""

from collections.abc import Iterable
from dataclasses import dataclass

from planalign_orchestrator.errors import ConfigurationError

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys of mappings and positions in lists, from the top."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where.

    Args:
        where: a place a person can go to, such as ``config/x.yaml:12`` or ``DBT_THREADS``.
        message: what is wrong there and how to mend it.
    """

    where: str
    message: str

    def __str__(self) -> str:
        # What comes from no file is its key, which the message begins with.
        return self.message if self.message.startswith(f"{self.where} ") else f"{self.where}: {self.message}"


def dotted(path: KeyPath) -> str:
    """A path as people write it: ``plan.match.tiers[0].rate``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def raise_together(faults: Iterable[Fault], *, remedy: str) -> None:
    """Raise one error that lists every fault once, in the order of the lines; without faults do nothing.

    Raises:
        ConfigurationError: there is at least one fault.
    """
    told = [str(fault) for fault in _in_order(faults)]
    if len(told) == 1:
        raise ConfigurationError(told[0], remedy=remedy)
    if told:
        lines = "\n".join(f"  {line}" for line in told)
        raise ConfigurationError(f"{len(told)} faults in the configuration\n{lines}", remedy=remedy)


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    unique = list(dict.fromkeys(faults))
    files = list(dict.fromkeys(_file_and_line(fault)[0] for fault in unique))
    return sorted(unique, key=lambda fault: (files.index(_file_and_line(fault)[0]), _file_and_line(fault)[1]))


def _file_and_line(fault: Fault) -> tuple[str, int]:
    name, _, line = fault.where.rpartition(":")
    return (name, int(line)) if name and line.isdigit() else (fault.where, 0)
