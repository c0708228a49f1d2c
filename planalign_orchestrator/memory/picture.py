"""The memory of a run as a picture: time to the right, memory upwards, budget, pressure bands and stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any

from planalign_orchestrator.memory.pressure import STARTS_AT, Pressure

WIDTH, HEIGHT = 860, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 58
BAND_COLOURS = {Pressure.MODERATE: "#fff6d6", Pressure.HIGH: "#ffe3c2", Pressure.CRITICAL: "#fbd0cd"}
STAGE_COLOURS = ("#8fb3d9", "#c9d8ea")
INK, MUTED, LINE, BUDGET = "#1f2933", "#52606d", "#1f5f99", "#b3261e"
LABEL_NEEDS = 34
"""Pixels that a year's label takes."""


def memory_picture(summary: Mapping[str, Any]) -> str:
    """Draw the memory record of a run (``run.json`` at ``memory``) as a small SVG that needs nothing else.

    Args:
        summary: what ``MemorySummary.to_dict`` gave; an empty one gives an empty text.
    """
    series = summary.get("series", {})
    if not series.get("seconds"):
        return ""
    scale = _Scale(max(series["seconds"]), max(summary["budget_mb"], summary["peak_mb"]) * 1.06)
    said = (
        f"Memory of the process tree over {summary['seconds']:.0f} seconds: at most {summary['peak_mb']:.0f} MiB of a "
        f"budget of {summary['budget_mb']:.0f} MiB."
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" '
        f'aria-label="{escape(said)}" font-family="system-ui, sans-serif" font-size="11">',
        f"<title>{escape(said)}</title>",
        *_bands(summary["budget_mb"], scale),
        *_heights(scale),
        *_stages(summary["stages"], scale),
        *_times(scale),
        *_memory(series, scale),
        *_budget_and_peak(summary, scale),
        "</svg>",
    ]
    return "\n".join(parts)


class _Scale:
    def __init__(self, seconds: float, mb: float) -> None:
        self.seconds = max(seconds, 0.001)
        self.mb = max(mb, 1.0)

    def x(self, seconds: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, seconds / self.seconds), 1)

    def y(self, mb: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * mb / self.mb, 1)


def _bands(budget: float, scale: _Scale) -> Iterator[str]:
    ends = [*STARTS_AT.values(), 1.0][1:]
    for (level, start), end in zip(STARTS_AT.items(), ends, strict=True):
        y = scale.y(budget * end)
        height = scale.y(budget * start) - y
        yield _rectangle(LEFT, y, WIDTH - LEFT - RIGHT, height, BAND_COLOURS[level], level.name.lower())
        yield _text(LEFT + 5, y + 12, level.name.lower(), anchor="start")


def _heights(scale: _Scale) -> Iterator[str]:
    step = _round_step(scale.mb / 5)
    for i in range(int(scale.mb / step) + 1):
        y = scale.y(i * step)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#d9e0e7" stroke-width="0.5"/>'
        yield _text(LEFT - 6, y + 4, f"{i * step:g} MiB", anchor="end")


def _times(scale: _Scale) -> Iterator[str]:
    step = _round_step(scale.seconds / 8)
    for i in range(int(scale.seconds / step) + 1):
        yield _text(scale.x(i * step), HEIGHT - 6, f"{i * step:g} s", anchor="middle")


def _stages(stages: list[dict[str, Any]], scale: _Scale) -> Iterator[str]:
    """A strip below the axis: a rectangle a stage, with the year where there is room."""
    y = HEIGHT - BOTTOM + 4
    for i, stage in enumerate(stages):
        x, end = scale.x(stage["started"]), scale.x(stage["started"] + stage["seconds"])
        said = (
            f"{stage['year']} {stage['stage']}: {stage['peak_mb']:.0f} MiB, batches of {stage['batch_size']} thousand"
        )
        yield _rectangle(x, y, max(0.5, end - x), 10, STAGE_COLOURS[i % 2], said)
    free_from = 0.0
    for year, group in groupby(stages, key=lambda stage: stage["year"]):
        x = scale.x(next(group)["started"])
        if x >= free_from:
            yield _text(x, y + 24, str(year), anchor="start", colour=INK)
            free_from = x + LABEL_NEEDS


def _memory(series: Mapping[str, list[float]], scale: _Scale) -> Iterator[str]:
    points = " ".join(f"{scale.x(s)},{scale.y(mb)}" for s, mb in zip(series["seconds"], series["tree_mb"], strict=True))
    yield f'<polyline points="{points}" fill="none" stroke="{LINE}" stroke-width="1.5" stroke-linejoin="round"/>'


def _budget_and_peak(summary: Mapping[str, Any], scale: _Scale) -> Iterator[str]:
    y = scale.y(summary["budget_mb"])
    yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="{BUDGET}" stroke-dasharray="5 3"/>'
    yield _text(WIDTH - RIGHT - 4, y + 13, f"budget {summary['budget_mb']:.0f} MiB", anchor="end", colour=BUDGET)
    x, y = scale.x(summary["peak"]["seconds"]), scale.y(summary["peak_mb"])
    anchor = "end" if x > WIDTH / 2 else "start"
    yield f'<circle cx="{x}" cy="{y}" r="3" fill="{LINE}"/>'
    yield _text(x + (-8 if anchor == "end" else 8), y + 4, f"{summary['peak_mb']:.0f} MiB", anchor=anchor, colour=INK)


def _rectangle(x: float, y: float, width: float, height: float, colour: str, said: str) -> str:
    box = f'x="{x}" y="{y}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"'
    return f"<rect {box}><title>{escape(said)}</title></rect>"


def _text(x: float, y: float, text: str, *, anchor: str, colour: str = MUTED) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _round_step(wanted: float) -> float:
    """The next of 1, 2, 5, 10, 20 … that is not below what is wanted."""
    power = 10.0 ** (len(str(int(wanted))) - 1) if wanted >= 1 else 0.1
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted)
