"""One finding of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planalign_orchestrator.errors import PlanAlignError

Status = Literal["ok", "warning", "fault"]


@dataclass(frozen=True)
class Check:
    """What was looked at and what was found.

    Args:
        name: what was looked at, in a few words.
        status: a fault keeps a run or a download from working; a warning makes it slow or shaky.
        finding: what was seen, with numbers.
        remedy: what to do, best a command to paste; empty when all is well.
    """

    name: str
    status: Status
    finding: str
    remedy: str = ""


def ok(name: str, finding: str) -> Check:
    """All is well."""
    return Check(name, "ok", finding)


def warning(name: str, finding: str, remedy: str) -> Check:
    """It works, but not as it should."""
    return Check(name, "warning", finding, remedy)


def fault(name: str, finding: str, remedy: str) -> Check:
    """It does not work."""
    return Check(name, "fault", finding, remedy)


def told(name: str, error: PlanAlignError, remedy: str = "") -> Check:
    """It does not work, as an error says; the remedy stands where the error has none."""
    return fault(name, " ".join(error.message.split()), error.remedy or remedy)
