"""The findings as lines for people and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from planalign_orchestrator import __version__
from planalign_orchestrator.doctor.check import Check

_STATUS_WIDTH = len("warning")
NAME_WIDTH = 26


def line(check: Check) -> str:
    """A finding in one line; its remedy, if any, in a second."""
    first = f"{check.status:<{_STATUS_WIDTH}}  {check.name:<{NAME_WIDTH}}  {check.finding}"
    return f"{first}\n{' ' * (_STATUS_WIDTH + 2)}-> {check.remedy}" if check.remedy else first


def summary(checks: Iterable[Check]) -> str:
    """How many findings there are of each kind."""
    counts = _counts(checks)
    return f"{counts['fault']} faults, {counts['warning']} warnings, {counts['ok']} ok"


def as_text(checks: list[Check]) -> str:
    """All findings as lines."""
    return "\n".join([f"planalign {__version__} doctor", *map(line, checks), summary(checks)]) + "\n"


def as_json(checks: list[Check]) -> dict[str, Any]:
    """All findings as plain values."""
    return {"planalign": __version__, "summary": _counts(checks), "checks": [asdict(check) for check in checks]}


def _counts(checks: Iterable[Check]) -> dict[str, int]:
    found = Counter(check.status for check in checks)
    return {"fault": found["fault"], "warning": found["warning"], "ok": found["ok"]}
