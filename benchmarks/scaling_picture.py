"""A benchmark's time and memory against the number of employees, as a small SVG drawn from its report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT = 890, 330
PANEL_WIDTH, TOP, BOTTOM, LEFT, GAP = 340, 40, 50, 62, 90
COLOURS = ("#1f5f99", "#b8621b", "#4a7c3a", "#7a4fa3", "#8a2f3c")
INK, MUTED, GRID = "#1f2933", "#52606d", "#d9e0e7"

Point = tuple[float, float]


def scaling_picture(report: Mapping[str, Any]) -> str:
    """Draw two panels with logarithmic axes, a line a number of years; needs nothing else to be shown.

    Args:
        report: of ``run_benchmark``.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
        f'aria-label="Time and memory against the number of employees" font-family="system-ui, sans-serif" '
        f'font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_panel(report, "cpu_seconds", "CPU seconds of one thread, from cold start to end", LEFT),
        *_panel(report, "peak_mb", "peak memory of the process tree, MiB", LEFT + PANEL_WIDTH + GAP),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _panel(report: Mapping[str, Any], figure: str, title: str, left: float) -> Iterator[str]:
    lines = _lines(report["cases"], figure)
    points = [point for line in lines.values() for point in line]
    axes = _Axes(left, [x for x, _ in points], [y for _, y in points])
    yield _text(left, TOP - 18, title, anchor="start", colour=INK, weight="600")
    yield from axes.draw()
    for i, (years, line) in enumerate(lines.items()):
        yield from _line(line, axes, COLOURS[i % len(COLOURS)], f"{years} year{'s' if years > 1 else ''}", figure)


def _lines(cases: Sequence[Mapping[str, Any]], figure: str) -> dict[int, list[Point]]:
    """Points (employees, figure) by years."""
    lines: dict[int, list[Point]] = {}
    for case in sorted(cases, key=lambda case: (case["years"], case["employees"])):
        lines.setdefault(case["years"], []).append((case["employees"], case["median"][figure]))
    return lines


class _Axes:
    def __init__(self, left: float, xs: Sequence[float], ys: Sequence[float]) -> None:
        self.left = left
        self.x_range, self.y_range = _decades(xs), _decades(ys)

    def x(self, value: float) -> float:
        return round(self.left + PANEL_WIDTH * _share(value, self.x_range), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * _share(value, self.y_range), 1)

    def draw(self) -> Iterator[str]:
        """Grid lines with their values, and what is measured along the axes."""
        right, bottom = self.left + PANEL_WIDTH, HEIGHT - BOTTOM
        for value in _marks(self.x_range):
            yield f'<line x1="{self.x(value)}" x2="{self.x(value)}" y1="{TOP}" y2="{bottom}" stroke="{GRID}"/>'
            yield _text(self.x(value), bottom + 16, _short(value))
        for value in _marks(self.y_range):
            yield f'<line x1="{self.left}" x2="{right}" y1="{self.y(value)}" y2="{self.y(value)}" stroke="{GRID}"/>'
            yield _text(self.left - 6, self.y(value) + 4, _short(value), anchor="end")
        yield _text(self.left + PANEL_WIDTH / 2, bottom + 36, "employees (both axes logarithmic)")


def _line(points: Sequence[Point], axes: _Axes, colour: str, name: str, figure: str) -> Iterator[str]:
    path = " ".join(f"{axes.x(x)},{axes.y(y)}" for x, y in points)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in points:
        said = escape(f"{x:,} employees, {name}: {y:,.1f} {'s' if figure == 'cpu_seconds' else 'MiB'}")
        yield f'<circle cx="{axes.x(x)}" cy="{axes.y(y)}" r="3.5" fill="{colour}"><title>{said}</title></circle>'
    x, y = points[-1]
    yield _text(axes.x(x) + 8, axes.y(y) + 4, name, anchor="start", colour=colour)


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """Whole halves of powers of ten around the values, as logarithms."""
    low, high = math.log10(min(values)), math.log10(max(values))
    start, end = math.floor(low * 2) / 2, math.ceil(high * 2) / 2
    return start, max(end, start + 0.5)


def _share(value: float, ends: tuple[float, float]) -> float:
    return (math.log10(value) - ends[0]) / (ends[1] - ends[0])


def _marks(ends: tuple[float, float]) -> Iterator[float]:
    """1, 2 and 5 times the powers of ten between the ends, or the powers alone where there are many."""
    steps = (1, 2, 5) if ends[1] - ends[0] <= 2 else (1,)
    for power in range(math.floor(ends[0]), math.ceil(ends[1]) + 1):
        for step in steps:
            if ends[0] - 1e-9 <= math.log10(step * 10.0**power) <= ends[1] + 1e-9:
                yield step * 10.0**power


def _short(value: float) -> str:
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if value >= 10 * unit or (value >= unit and unit > 1_000):
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def _text(x: float, y: float, text: str, *, anchor: str = "middle", colour: str = MUTED, weight: str = "400") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">{escape(text)}</text>'
