"""The bridge from one headcount to the next: what is added and taken away hangs between the two levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.frame import (
    WIDTH,
    Form,
    Scale,
    box,
    horizontal_grid,
    legend,
    line,
    picture,
    room_for,
    text,
    ticks,
)

HEIGHT = 260


@dataclass(frozen=True)
class YearOfBridge:
    """One year.

    Args:
        label: the year.
        opening: the level it starts from.
        steps: name, class and signed change, in order; opening and steps add up to where the next year opens.
    """

    label: str
    opening: int
    steps: Sequence[tuple[str, str, int]]

    @property
    def closing(self) -> int:
        """The level at the end."""
        return self.opening + sum(change for _, _, change in self.steps)


def bridge(years: Sequence[YearOfBridge], *, said: str, form: Form) -> str:
    """Draw the years side by side. The axis need not start at zero: levels are places here, not lengths.

    Args:
        years: in order.
        said: what the chart shows, for those who do not see it.
        form: of levels and changes.
    """
    levels = [level for year in years for level in _levels(year)]
    low, high = min(levels), max(levels)
    pad = max((high - low) * 0.08, 1)
    steps = [step for step in ticks(max(low - pad, 0), high + pad) if step == int(step)]
    entries = [(name, tone, "box") for name, tone, _ in years[0].steps]
    parts, top = legend([*entries, ("Headcount", "level", "mark")])
    bottom = top + HEIGHT
    scale = Scale(steps[0], steps[-1], bottom, top + 12)
    left = room_for([form(step) for step in steps]) + 12
    parts += horizontal_grid(scale, steps, left, WIDTH, form)
    slot = (WIDTH - left) / (len(years) + 0.4)
    for i, year in enumerate(years):
        parts += _year(year, left + slot * (i + 0.2), slot, scale, form)
        parts.append(text(left + slot * (i + 0.7), bottom + 18, year.label, anchor="middle", tone="muted"))
    first = years[0]
    parts.append(text(left + 4, scale(first.opening) + 16, form(first.opening), tone="halo ink"))
    return picture(bottom + 26, said, parts)


def _levels(year: YearOfBridge) -> list[int]:
    levels = [year.opening]
    for _, _, change in year.steps:
        levels.append(levels[-1] + change)
    return levels


def _year(year: YearOfBridge, x: float, slot: float, scale: Scale, form: Form) -> list[str]:
    width = slot * 0.76 / len(year.steps)
    start = x + slot * 0.06
    parts = [line(x, scale(year.opening), start + width, scale(year.opening), "level")]
    level = year.opening
    for i, (name, tone, change) in enumerate(year.steps):
        here = start + width * i
        top, end = scale(max(level, level + change)), scale(min(level, level + change))
        said = f"{year.label}, {name}: {change:+,d}"
        parts.append(box(here + 1, top, width - 2, max(end - top, 0.5), tone, said))
        if room_for([form(abs(change))]) <= width and end - top >= 15:
            parts.append(
                text(here + width / 2, (top + end) / 2 + 4, form(abs(change)), anchor="middle", tone=f"on-{tone}")
            )
        level += change
    end_of_steps = start + width * len(year.steps)
    parts.append(line(end_of_steps - width, scale(level), x + slot, scale(level), "level"))
    if room_for([form(level)]) <= slot * 0.95:
        parts.append(text(x + slot - 2, scale(level) + 16, form(level), anchor="end", tone="halo ink"))
    return parts
