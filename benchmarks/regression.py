"""Whether runs have become slower than a committed baseline: processor time over that of the reference beside them.

Both are added up over the runs of a size: of the figures that were tried (lowest, median, sum) this moved least.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planalign_orchestrator.errors import ConfigurationError

TOLERANCE = 0.12
"""A ratio that is higher by more than this is an alarm. Three unchanged runs were measured from 12% below to 5% above a
baseline of ten, on an idle and on an overloaded machine; three tenths more are then at least 14% above."""


@dataclass(frozen=True)
class Comparison:
    """One case beside its baseline.

    Args:
        name: of the case.
        baseline, now: the ratio to the reference.
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
    before, now = _runs(baseline), _runs(report)
    compared = [
        Comparison(name, ratio_of(before[name]), ratio_of(runs), tolerance)
        for name, runs in now.items()
        if name in before
    ]
    if not compared:
        raise ConfigurationError(
            f"the baseline has none of {', '.join(now)}; it has {', '.join(before)}",
            remedy="Measure the same sizes, or write a new baseline with --output.",
        )
    return compared


def ratio_of(runs: Sequence[Mapping[str, float]]) -> float:
    """Processor time over reference, of several runs together."""
    return sum(run["cpu_seconds"] for run in runs) / sum(run["reference_seconds"] for run in runs)


def _runs(report: Mapping[str, Any]) -> dict[str, Sequence[Mapping[str, float]]]:
    return {case["runs"][0]["case"]: case["runs"] for case in report["cases"] if case["runs"]}
