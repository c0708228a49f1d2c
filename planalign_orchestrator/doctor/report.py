"""Findings of the doctor, as lines for people and as JSON for programs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from planalign_orchestrator import __version__
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.tables import said

Status = Literal["ok", "warning", "fault"]

SCHEMA_VERSION = 1


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


def wrong(kind: str, /, name: str = "", status: Status | None = None, **words: object) -> Check:
    """It does not work, or not as it should, as ``checks.ini`` tells it.

    Args:
        kind: of what is wrong.
        name: what was looked at, where it is not said there.
        status: where it is another than is said there.
        words: stand in the finding and the remedy.
    """
    row = said(__package__, "checks", kind, **words)
    usual: Status = "warning" if row.get("status") == "warning" else "fault"
    return Check(name or row["name"], status or usual, row["finding"], row["remedy"])


def told(name: str, error: PlanAlignError, remedy: str = "") -> Check:
    """It does not work, as an error says; the remedy stands where the error has none."""
    return Check(name, "fault", " ".join(error.message.split()), error.remedy or remedy)


@dataclass(frozen=True)
class Examination:
    """All findings, as ``planalign doctor --json`` prints them."""

    schema_version: int
    planalign: str
    summary: dict[Status, int]
    checks: list[Check]


def line(check: Check) -> str:
    """A finding in one line; its remedy, if any, in a second."""
    first = f"{check.status:<7}  {check.name:<26}  {check.finding}"
    return f"{first}\n         -> {check.remedy}" if check.remedy else first


def summary(checks: Iterable[Check]) -> str:
    """How many findings there are of each kind."""
    counts = _counts(checks)
    return f"{counts['fault']} faults, {counts['warning']} warnings, {counts['ok']} ok"


def as_text(checks: list[Check]) -> str:
    """All findings as lines."""
    return "\n".join([f"planalign {__version__} doctor", *map(line, checks), summary(checks)]) + "\n"


def as_json(checks: list[Check]) -> dict[str, Any]:
    """All findings as plain values; ``docs/doctor.schema.json`` describes them."""
    return asdict(Examination(SCHEMA_VERSION, __version__, _counts(checks), checks))


def _counts(checks: Iterable[Check]) -> dict[Status, int]:
    found = Counter(check.status for check in checks)
    return {"fault": found["fault"], "warning": found["warning"], "ok": found["ok"]}
