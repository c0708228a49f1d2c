"""The memory of a run as a picture: time to the right, memory upwards, budget, pressure bands and stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from planalign_orchestrator.memory.pressure import STARTS_AT, Pressure
from planalign_orchestrator.tables import rendered

WIDTH, HEIGHT = 860, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 844, 14, 58
BAND_COLORS = {Pressure.MODERATE: "#fff6d6", Pressure.HIGH: "#ffe3c2", Pressure.CRITICAL: "#fbd0cd"}
LABEL_NEEDS = 34
"""Pixels that a year's label takes."""


def memory_picture(summary: Mapping[str, Any]) -> str:
    """Draw the memory record of a run (``run.json`` at ``memory``) as a small SVG that needs nothing else.

    Args:
        summary: what ``MemorySummary.to_dict`` gave; an empty one gives an empty text.
    """
    series, budget = summary.get("series", {}), summary.get("budget_mb", 0.0)
    if not series.get("seconds"):
        return ""
    seconds = float(max(*series["seconds"], 0.001))
    most = float(max(budget, summary["peak_mb"], 1.0) * 1.06)

    def x(second: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * min(1.0, second / seconds), 1)

    def y(mb: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * mb / most, 1)

    said = (
        f"Memory of the process tree over {summary['seconds']:.0f} seconds: at most {summary['peak_mb']:.0f} MiB of a "
        f"budget of {budget:.0f} MiB."
    )
    ends = zip(STARTS_AT.items(), [*STARTS_AT.values(), 1.0][1:], strict=True)
    bands = [(level.name.lower(), budget * start, budget * end, BAND_COLORS[level]) for (level, start), end in ends]
    starts = {year: x(next(stages)["started"]) for year, stages in groupby(summary["stages"], lambda one: one["year"])}
    return rendered(
        __package__, "picture.svg.jinja",
        memory=summary, said=said, x=x, y=y, bands=bands, heights=_steps(most, 5), times=_steps(seconds, 8),
        years=list(_with_room(starts)), points=list(zip(series["seconds"], series["tree_mb"], strict=True)),
        width=WIDTH, height=HEIGHT, left=LEFT, right=RIGHT, below=BOTTOM,
    )  # fmt: skip


def _with_room(places: Mapping[int, float]) -> Iterator[tuple[int, float]]:
    free_from = 0.0
    for year, place in places.items():
        if place >= free_from:
            yield year, place
            free_from = place + LABEL_NEEDS


def _steps(most: float, wanted: int) -> list[float]:
    """From 0 to at most ``most``, by the next of 1, 2, 5, 10, 20 … that gives no more steps than wanted."""
    size = most / wanted
    power = 10.0 ** (len(str(int(size))) - 1) if size >= 1 else 0.1
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= size)
    return [i * step for i in range(int(most / step) + 1)]
