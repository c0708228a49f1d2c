"""What a benchmark prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.regression import Comparison

SLOWEST = 8


def show_run(run: Mapping[str, Any]) -> None:
    """Print one run of a benchmark as it ends."""
    _console().print(
        f"{run['case']}: {run['seconds']:.1f} s, cpu {run['cpu_seconds']:.1f} s, {run['ratio']:.1f} x reference, "
        f"peak {run['peak_mb']:.0f} MiB",
        markup=False,
    )


def show_benchmark(report: Mapping[str, Any]) -> None:
    """Print medians and spread of each size, where the time went, and how it scales."""
    console = _console()
    table = Table("size", title="median (lowest to highest)", title_justify="left")
    for name in ("seconds", "cpu s", "ratio", "peak MiB", "per s"):
        table.add_column(name, justify="right")
    for case in report["cases"]:
        spreads = (_spread(case, name) for name in ("seconds", "cpu_seconds", "ratio", "peak_mb"))
        rate = f"{case['median']['employee_years_a_second']:,.0f}"
        table.add_row(_size(case), *spreads, rate)
    console.print(table)
    first = report["first_run"]
    console.print(
        f"first run in a folder ({first['case']}): {first['seconds']:.1f} s, cpu {first['cpu_seconds']:.1f} s"
    )
    for case in report["cases"]:
        console.print(f"{_size(case)}, cpu s: {_shares(case['stages'])}", markup=False)
        slowest = dict(sorted(case["models"].items(), key=lambda item: -item[1])[:SLOWEST])
        if slowest:  # a book of plans is told by its whole command alone
            console.print(f"  slowest models, s: {_shares(slowest)}", markup=False)
    for name, found in report["scaling"].items():
        units, unit = (1, "year") if " by years " in name else (1000, "thousand employees")
        line = f"{found['fixed']:.1f} + {found['per_unit'] * units:.3g} a {unit}"
        console.print(f"{name}: exponent {found['exponent']:.2f}; {line}", markup=False)


def show_comparison(compared: Sequence[Comparison]) -> None:
    """Print each size beside its baseline."""
    for comparison in compared:
        verdict = "SLOWER" if comparison.is_slower else "ok"
        _console().print(
            f"{verdict}: {comparison.name}: {comparison.now:.2f} x reference, baseline {comparison.baseline:.2f} "
            f"({comparison.change:+.1%}, alarm above {comparison.tolerance:+.0%})",
            markup=False,
        )


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _size(case: Mapping[str, Any]) -> str:
    what = f"{case['plans']:,} plans" if "plans" in case else f"{case['employees']:,}"
    return f"{what} x {case['years']}"


def _spread(case: Mapping[str, Any], name: str) -> str:
    digits = 0 if name == "peak_mb" else 1
    low, high = (f"{case[end][name]:.{digits}f}" for end in ("lowest", "highest"))
    return f"{case['median'][name]:.{digits}f} ({low} to {high})"


def _shares(seconds: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in seconds.items())
