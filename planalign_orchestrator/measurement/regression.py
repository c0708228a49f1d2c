"""Whether runs have become slower than a committed baseline: by processor time over the reference, lowest of several.

A busy machine only ever adds time, so the lowest of several runs is the steadiest figure; and what slows a run slows
the reference beside it, so their ratio moves less than either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planalign_orchestrator.errors import ConfigurationError

TOLERANCE = 0.18
"""A ratio that is higher by more than this is an alarm; see ``docs/performance.md`` for the noise that it stands on."""


@dataclass(frozen=True)
class Comparison:
    """One case beside its baseline.

    Args:
        name: of the case.
        baseline, now: the lowest ratio to the reference.
        tolerance: how much higher is still the same.
    """

    name: str
    baseline: float
    now: float
    tolerance: float

    @property
    def change(self) -> float:
        """The growth as a share; negative is faster."""
        return self.now / self.baseline - 1

    @property
    def is_slower(self) -> bool:
        """Whether this is an alarm."""
        return self.change > self.tolerance


def compare(baseline: Mapping[str, Any], report: Mapping[str, Any], tolerance: float = TOLERANCE) -> list[Comparison]:
    """Compare the cases of a report with those of the same name in a baseline.

    Raises:
        ConfigurationError: they have no case in common.
    """
    before, now = _ratios(baseline), _ratios(report)
    compared = [
        Comparison(name, lowest(before[name]), lowest(ratios), tolerance)
        for name, ratios in now.items()
        if name in before
    ]
    if not compared:
        raise ConfigurationError(
            f"the baseline has none of {', '.join(now)}; it has {', '.join(before)}",
            remedy="Measure the same sizes, or write a new baseline with --output.",
        )
    return compared


def lowest(ratios: Sequence[float]) -> float:
    """The figure that counts of several runs."""
    return min(ratios)


def _ratios(report: Mapping[str, Any]) -> dict[str, list[float]]:
    return {case["runs"][0]["case"]: [run["ratio"] for run in case["runs"]] for case in report["cases"] if case["runs"]}
