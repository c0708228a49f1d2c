"""Memory and clock."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from planalign_orchestrator.config.hardware import Machine, inspect_machine
from planalign_orchestrator.doctor.report import Check, ok, wrong

LITTLE_GIB = 2.0
HARDLY_ANY_GIB = 1.0
MOST_SKEW_SECONDS = 120.0
RELEASED = dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc)
"""The program cannot run before it was written."""


def machine_checks(output: Path) -> Iterator[Check]:
    """All checks of this module.

    Args:
        output: the folder for run folders.
    """
    yield memory_check(inspect_machine(output))
    yield clock_check(dt.datetime.now(dt.timezone.utc))


def memory_check(machine: Machine) -> Check:
    """Whether there is memory for the smallest run."""
    limited = ", limited by a container or control group" if machine.in_container else ""
    shown = f"{machine.available_gib:.1f} of {machine.total_gib:.1f} GiB available{limited}, {machine.cores} cores"
    if machine.available_gib < HARDLY_ANY_GIB:
        return wrong("no memory", shown=shown)
    if machine.available_gib < LITTLE_GIB:
        return wrong("little memory", shown=shown)
    return ok("memory", shown)


def clock_check(now: dt.datetime) -> Check:
    """Whether the clock can be right."""
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    if now < RELEASED:
        return wrong("clock", "clock", status="fault", finding=f"{shown} is before this program was released")
    return ok("clock", shown)


def clock_against(server: str, difference: float) -> Check:
    """Whether the clock agrees with a server's, whose certificate is only valid at the right time.

    Args:
        server: whose clock it is.
        difference: how far this computer is ahead, in seconds.
    """
    if abs(difference) <= MOST_SKEW_SECONDS:
        return ok("clock against the network", f"within {MOST_SKEW_SECONDS:.0f} s of {server}")
    return wrong("clock", "clock against the network", finding=f"{difference:+.0f} s from {server}")
