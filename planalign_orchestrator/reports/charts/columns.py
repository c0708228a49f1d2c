"""Columns, stacked where there are several series, with a mark across each; and the bridge between two levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.drawing import (
    LABEL,
    Axes,
    Drawing,
    Form,
    Scale,
    Series,
    are_counts,
    picture,
    room_for,
    ticks,
)

HEIGHT = 250
WIDEST = 90


def columns(
    key: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    form: Form,
    axis_form: Form | None = None,
    mark: Series | None = None,
    highest: float | None = None,
) -> str:
    """Draw a column a label: values above zero stack upwards, those below it downwards.

    Args:
        key: of the exhibit.
        labels: below the columns.
        series: the parts of the columns, from the axis outwards; without any there is no picture.
        form: of the values on the parts.
        axis_form: of the numbers on the axis; else ``form``.
        mark: drawn across each column, with its value when the columns have several parts.
        highest: where the axis ends at least.
    """
    series = [one for one in series if any(one.values)]
    if not series:
        return ""
    low, high = _extent(labels, series, mark)
    steps = ticks(low, max(high, highest or high), whole=are_counts(series))
    boxes = [(one.name, one.tone, "box") for one in series] if len(series) > 1 or mark else []
    marks = [(mark.name, mark.tone, "mark")] if mark else []

    def draw(on: Drawing) -> None:
        stacked = on.is_wide and len(series) > 1
        beside = [one.name for one in series] if stacked else []
        on.legend(marks if stacked else boxes + marks)
        axes = on.axes(steps, axis_form or form, HEIGHT, beside)
        slots = axes.slots(len(labels), 0.72, WIDEST)
        for i, (x, width) in enumerate(slots):
            _column(on, axes, (labels[i], x, width), series, i, form, mark)
        on.below(axes, labels, [x + width / 2 for x, width in slots])
        if stacked:
            _names(on, axes, series)

    return picture(key, draw)


def _extent(labels: Sequence[str], series: Sequence[Series], mark: Series | None) -> tuple[float, float]:
    low = high = 0.0
    for i in range(len(labels)):
        values = [one.values[i] or 0.0 for one in series]
        marked = 0.0 if mark is None else mark.values[i] or 0.0
        low = min(low, marked, sum(value for value in values if value < 0))
        high = max(high, marked, sum(value for value in values if value > 0))
    return round(low, 9), round(high, 9)


def _stack(series: Sequence[Series], i: int) -> list[tuple[Series, float, float]]:
    """Each series with where its part of a column starts and ends."""
    up = down = 0.0
    parts = []
    for one in series:
        value = one.values[i] or 0.0
        start = up if value >= 0 else down
        parts.append((one, start, start + value))
        up, down = (up + value, down) if value >= 0 else (up, down + value)
    return parts


def _column(
    on: Drawing,
    axes: Axes,
    place: tuple[str, float, float],
    series: Sequence[Series],
    i: int,
    form: Form,
    mark: Series | None,
) -> None:
    label, x, width = place
    value = None if mark is None else mark.values[i]
    marked = None if mark is None or value is None or not (value or len(series) > 1) else axes.up(value)
    for one, start, end in _stack(series, i):
        if start == end:
            continue
        top, bottom, shown = axes.up(max(start, end)), axes.up(min(start, end)), form(end - start)
        on.box(x, top, width, bottom - top, one.tone, f"{label}, {one.name}: {shown}")
        if room_for([shown]) > width + 6:
            continue
        inside = bottom - top >= LABEL + 2
        in_the_way = marked is not None and top - LABEL - 3 <= marked <= top
        if len(series) > 1 or (in_the_way and inside):
            if inside:
                middle = (top + bottom) / 2 + 4 if len(series) > 1 else top + LABEL - 2
                on.text(x + width / 2, middle, shown, "middle", f"on-{one.tone}")
        else:
            on.text(x + width / 2, top - 5, shown, "middle", "halo ink" if in_the_way else "ink")
    if mark is not None and value is not None and marked is not None:
        on.line(x - 5, marked, x + width + 5, marked, mark.tone, f"{label}, {mark.name}: {form(value)}")
        if len(series) > 1 and room_for([form(value)]) <= width * 1.4:
            on.text(x + width / 2, marked - 5, form(value), "middle", "halo ink")


def _names(on: Drawing, axes: Axes, series: Sequence[Series]) -> None:
    """The name of each series beside its part of the last column."""
    last = len(series[0].values) - 1
    names = [(one.name, axes.up((start + end) / 2), one.tone) for one, start, end in _stack(series, last)]
    on.beside(axes.right + 8, names, axes.bottom)


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
    def levels(self) -> list[int]:
        """The opening, and the level after each step."""
        levels = [self.opening]
        for _, _, change in self.steps:
            levels.append(levels[-1] + change)
        return levels


def bridge(key: str, years: Sequence[YearOfBridge], form: Form) -> str:
    """Draw years side by side. The axis need not start at zero: levels are places here, not lengths.

    Args:
        key: of the exhibit.
        years: in order.
        form: of levels and changes.
    """
    levels = [level for year in years for level in year.levels]
    pad = max((max(levels) - min(levels)) * 0.08, 1)
    steps = ticks(max(min(levels) - pad, 0), max(levels) + pad, whole=True)

    def draw(on: Drawing) -> None:
        on.legend([*((name, tone, "box") for name, tone, _ in years[0].steps), ("Headcount", "level", "mark")])
        axes = on.axes(steps, form, HEIGHT)
        slots = axes.slots(len(years), 0.8)
        for year, (x, width) in zip(years, slots, strict=True):
            _year(on, axes.up, year, x, width, form)
        on.below(axes, [year.label for year in years], [x + width / 2 for x, width in slots])
        on.text(axes.left + 4, axes.up(years[0].opening) + 16, form(years[0].opening), tone="halo ink")

    return picture(key, draw)


def _year(on: Drawing, up: Scale, year: YearOfBridge, x: float, width: float, form: Form) -> None:
    step = width / len(year.steps)
    on.line(x - width / 8, up(year.opening), x + step, up(year.opening), "level")
    for i, ((name, tone, change), before, after) in enumerate(
        zip(year.steps, year.levels, year.levels[1:], strict=False)
    ):
        top, bottom = up(max(before, after)), up(min(before, after))
        if change:
            on.box(x + step * i + 1, top, step - 2, bottom - top, tone, f"{year.label}, {name}: {change:+,d}")
        if room_for([form(abs(change))]) <= step and bottom - top >= LABEL:
            on.text(x + step * (i + 0.5), (top + bottom) / 2 + 4, form(abs(change)), "middle", f"on-{tone}")
    closing = year.levels[-1]
    on.line(x + width - step, up(closing), x + width * 1.125, up(closing), "level")
    if room_for([form(closing)]) <= width * 1.2:
        on.text(x + width * 1.11, up(closing) + 16, form(closing), "end", "halo ink")
