"""Bars in panels, each with its value beside it and, where there is one, a mark to compare it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.frame import (
    WIDTH,
    Form,
    Scale,
    box,
    legend,
    line,
    picture,
    room_for,
    text,
    ticks,
    tip,
)

BAR, GAP = 16, 8
PANEL_GAP = 28


@dataclass(frozen=True)
class Bar:
    """One bar.

    Args:
        label: left of it.
        value: its length, 0 or more; None says that there is none.
        mark: what to compare it with.
    """

    label: str
    value: float | None
    mark: float | None = None


@dataclass(frozen=True)
class Panel:
    """Bars under a heading."""

    name: str
    bars: Sequence[Bar]


def bars(
    panels: Sequence[Panel], *, said: str, form: Form, value_name: str = "", mark_name: str = "", tone: str = "s1"
) -> str:
    """Draw the panels below one another, all on one scale that starts at zero.

    Args:
        panels: with their bars.
        said: what the chart shows, for those who do not see it.
        form: of the values.
        value_name: what the bars are, for the legend.
        mark_name: what the marks are; without one there is no legend.
        tone: the class of the bars.
    """
    everything = [bar for panel in panels for bar in panel.bars]
    high = max([0.0, *(value for bar in everything for value in (bar.value, bar.mark) if value is not None)])
    steps = ticks(0, high)
    entries = [(value_name, tone, "box"), (mark_name, "mark", "mark")] if mark_name else []
    parts, y = legend(entries)
    left = room_for([bar.label for bar in everything]) + 14
    scale = Scale(0, max(steps[-1], 1e-12), left, WIDTH - room_for([form(high)]) - 16)
    for panel in panels:
        if panel.name:
            parts.append(text(0, y + 14, panel.name, tone="panel"))
            y += PANEL_GAP
        parts.append(line(left, y - 2, left, y + len(panel.bars) * (BAR + GAP) - GAP + 2, "axis"))
        for bar in panel.bars:
            parts += _bar(bar, y, left, scale, form, tone, value_name, mark_name)
            y += BAR + GAP
        y += GAP
    return picture(y, said, parts)


def _bar(
    bar: Bar, y: float, left: float, scale: Scale, form: Form, tone: str, value_name: str, mark_name: str
) -> list[str]:
    parts = [text(left - 8, y + 12, bar.label, anchor="end")]
    end = left
    if bar.value is not None:
        end = scale(bar.value)
        name = f"{bar.label}, {value_name}" if value_name else bar.label
        parts.append(box(left, y, end - left, BAR, tone, f"{name}: {form(bar.value)}"))
    if bar.mark is not None:
        x = scale(bar.mark)
        parts.append(f"<g>{tip(f'{mark_name}: {form(bar.mark)}')}{line(x, y - 3, x, y + BAR + 3, 'mark')}</g>")
        end = max(end, x)
    parts.append(text(end + 7, y + 12, "–" if bar.value is None else form(bar.value)))
    return parts
