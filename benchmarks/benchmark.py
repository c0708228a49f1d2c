"""Measures cases several times, with a reference computation beside each run, and keeps medians, spread and scaling."""

from __future__ import annotations

import datetime as dt
import json
import platform
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from benchmarks.reference import reference_seconds
from benchmarks.scaling import fit
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError
from planalign_orchestrator.measurement.cases import Case, Measurement, Workshop
from planalign_orchestrator.run.inputs import versions

SCHEMA_VERSION = 1
FIRST = Case(100, 1)
"""Run once before all others and reported apart: it parses the project, which later runs in a folder need not."""

FIGURES = ("seconds", "cpu_seconds", "peak_mb", "group_peak_mb", "disk_mb", "reference_seconds", "ratio")


def run_benchmark(
    workshop: Workshop, wanted: Sequence[Case], repeat: int, tell: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Measure each case ``repeat`` times, in rounds, so that a slow moment of the machine does not hit one case alone.

    Args:
        workshop: where.
        wanted: the cases.
        repeat: runs of each.
        tell: is given each run as it ends.

    Returns:
        The report as plain data: machine, versions, runs and summary of each case, scaling.

    Raises:
        PlanAlignError: a run did not finish.
    """
    runs: dict[Case, list[dict[str, Any]]] = {case: [] for case in wanted}
    first = _run(workshop.measure(FIRST), reference_seconds())
    before = reference_seconds()
    for _ in range(repeat):
        for case in wanted:
            measurement = workshop.measure(case)
            after = reference_seconds()
            run = _run(measurement, (before + after) / 2)
            before = after
            runs[case].append(run)
            tell(run)
    summaries = [_summary(case, found) for case, found in runs.items()]
    return {
        "schema_version": SCHEMA_VERSION,
        "measured": dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        "machine": _machine(),
        "versions": versions(),
        "first_run": {name: first[name] for name in ("case", "seconds", "cpu_seconds")},
        "cases": summaries,
        "scaling": scaling_of(summaries),
    }


def scaling_of(summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How processor time and memory grow with employees at the same years, and with years at the same employees."""
    found: dict[str, Any] = {}
    for figure in ("cpu_seconds", "peak_mb"):
        for along, fixed in (("employees", "years"), ("years", "employees")):
            for value in sorted({summary[fixed] for summary in summaries}):
                points = [(s[along], s["median"][figure]) for s in summaries if s[fixed] == value and "plans" not in s]
                fitted = fit(points)
                if fitted is not None:
                    found[f"{figure} by {along} at {value} {fixed}"] = asdict(fitted)
    return found


def read_report(path: Path) -> dict[str, Any]:
    """A report that was written before.

    Raises:
        ConfigurationError: the file is none.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}", remedy="Name a report that `--output` has written."
        ) from error
    if not isinstance(report, dict) or report.get("schema_version") != SCHEMA_VERSION:
        raise ConfigurationError(
            f"{path} is not a report of this version's benchmark", remedy="Measure again with --output."
        )
    return report


def _run(measurement: Measurement, reference: float) -> dict[str, Any]:
    seen, measured = measurement.observation, measurement.to_json()
    if measurement.outcome != "done":
        raise PlanAlignError(
            f"the run of {measurement.case} did not finish ({measurement.outcome}): {seen.stopped or seen.said}",
            remedy="`planalign stress` tells which sizes this machine can take.",
        )
    return {
        "case": str(measurement.case),
        "seconds": seen.seconds,
        "cpu_seconds": seen.cpu_seconds,
        "peak_mb": seen.peak_mb,
        "group_peak_mb": seen.group_peak_mb,
        "disk_mb": seen.disk_mb,
        "reference_seconds": round(reference, 3),
        "ratio": round(seen.cpu_seconds / reference, 3),
        **{name: measured[name] for name in ("stages", "models", "digest", "employee_years_a_second")},
    }


def _summary(case: Case, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    figures = {name: [run[name] for run in runs if run[name] is not None] for name in FIGURES}
    median = {name: round(statistics.median(values), 3) for name, values in figures.items() if values}
    stages = {name: _median(run["stages"].get(name, 0.0) for run in runs) for name in runs[0]["stages"]}
    return {
        **asdict(case),
        "median": {**median, "employee_years_a_second": _median(run["employee_years_a_second"] for run in runs)},
        "lowest": {name: min(values) for name, values in figures.items() if values},
        "highest": {name: max(values) for name, values in figures.items() if values},
        "stages": {**stages, "the rest": round(median["cpu_seconds"] - sum(stages.values()), 3)},
        "models": {name: _median(run["models"].get(name, 0.0) for run in runs) for name in runs[0]["models"]},
        "digests": sorted({run["digest"] for run in runs}),
        "runs": list(runs),
    }


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 3)


def _machine() -> dict[str, Any]:
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": psutil.cpu_count() or 1,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
    }
