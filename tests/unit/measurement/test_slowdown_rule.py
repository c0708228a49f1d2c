"""The rule that tells a slower program from a busy machine, on recorded runs and on made-up ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.regression import TOLERANCE, compare
from planalign_orchestrator.errors import ConfigurationError
from tests.stress.ci_stress_runner import BASELINE

RUNS_OF_A_CHECK = 3
CHECKS = 10

Runs = list[tuple[float, float]]

OVERLOADED: dict[str, Runs] = {
    "1000 x 1": [(11.237, 0.897), (11.051, 0.935), (12.47, 1.033), (11.112, 1.011), (10.114, 1.047)],
    "10000 x 1": [(12.402, 0.954), (11.964, 0.93), (11.73, 0.972), (12.146, 1.16), (11.309, 0.912)],
}
"""(processor seconds, reference) of unchanged runs while nine processes shared two cores."""


def report(series: dict[str, Runs]) -> dict[str, Any]:
    return {
        "cases": [
            {"runs": [{"case": name, "cpu_seconds": cpu, "reference_seconds": reference} for cpu, reference in runs]}
            for name, runs in series.items()
        ]
    }


def recorded() -> dict[str, Runs]:
    """The runs that the committed baseline was made of, in the order in which they were run."""
    cases = json.loads(BASELINE.read_text(encoding="utf-8"))["cases"]
    return {
        case["runs"][0]["case"]: [(run["cpu_seconds"], run["reference_seconds"]) for run in case["runs"]]
        for case in cases
    }


def checks(series: dict[str, Runs], slower_by: float = 0.0) -> list[bool]:
    """Verdicts of ten checks: three neighbouring runs each, around the end to the start, against all of them."""
    found = []
    for first in range(CHECKS):
        now = {
            name: [
                (runs[(first + i) % len(runs)][0] * (1 + slower_by), runs[(first + i) % len(runs)][1])
                for i in range(RUNS_OF_A_CHECK)
            ]
            for name, runs in series.items()
        }
        found.append(any(comparison.is_slower for comparison in compare(report(series), report(now))))
    return found


def test_the_baseline_has_enough_runs_of_the_quick_sizes() -> None:
    assert set(recorded()) == {"1000 x 1", "10000 x 1", "100 plans x 5"}
    assert all(len(runs) >= 10 for runs in recorded().values())


@pytest.mark.parametrize("series", [recorded(), OVERLOADED], ids=["usual", "overloaded"])
def test_ten_unchanged_checks_raise_no_alarm(series: dict[str, Runs]) -> None:
    assert not any(checks(series))


@pytest.mark.parametrize("series", [recorded(), OVERLOADED], ids=["usual", "overloaded"])
def test_three_tenths_slower_is_noticed_every_time(series: dict[str, Runs]) -> None:
    assert all(checks(series, slower_by=0.3))


def test_runs_and_references_are_added_up() -> None:
    (same,) = compare(report({"a": [(10, 1), (10, 1)]}), report({"a": [(9, 0.5), (12, 1.5)]}))
    assert same.change == pytest.approx(0.05) and not same.is_slower


@pytest.mark.parametrize(("change", "alarm"), [(-0.5, False), (TOLERANCE - 0.01, False), (TOLERANCE + 0.01, True)])
def test_the_alarm_starts_at_the_tolerance(change: float, alarm: bool) -> None:
    (found,) = compare(report({"a": [(10, 1)]}), report({"a": [(10 * (1 + change), 1)]}))
    assert found.is_slower is alarm


def test_one_slower_size_is_enough() -> None:
    found = compare(report({"a": [(10, 1)], "b": [(20, 1)]}), report({"a": [(10, 1)], "b": [(26, 1)]}))
    assert [comparison.is_slower for comparison in found] == [False, True]


def test_nothing_to_compare_with_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="has none of b; it has a"):
        compare(report({"a": [(1, 1)]}), report({"b": [(1, 1)]}))
