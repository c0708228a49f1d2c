"""Columns, stacked where there are several series, with a mark across each column where one is to be compared with."""

from __future__ import annotations

from collections.abc import Sequence

from planalign_orchestrator.reports.charts.frame import (
    WIDTH,
    Form,
    Scale,
    Series,
    box,
    horizontal_grid,
    legend,
    line,
    picture,
    room_for,
    text,
    ticks,
    tip,
    whole_ticks,
)

HEIGHT = 250
LABEL_HEIGHT = 15
WIDEST = 90


def columns(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    said: str,
    form: Form,
    axis_form: Form | None = None,
    mark: Series | None = None,
    highest: float | None = None,
) -> str:
    """Draw a column a label: values above zero stack upwards, those below it downwards.

    Args:
        labels: below the columns.
        series: the parts of the columns, from the axis outwards.
        said: what the chart shows, for those who do not see it.
        form: of the values on the parts.
        axis_form: of the numbers on the axis; else ``form``.
        mark: drawn across each column, with its value when the columns have several parts.
        highest: where the axis ends at least.
    """
    low, high = _extent(labels, series, mark)
    steps = whole_ticks([value for one in series for value in one.values], ticks(low, max(high, highest or high)))
    named = [(one.name, one.tone, "box") for one in series] if len(series) > 1 or mark else []
    heading, top = legend(named + ([(mark.name, mark.tone, "mark")] if mark else []))
    bottom = top + HEIGHT
    scale = Scale(steps[0], steps[-1], bottom, top + LABEL_HEIGHT)
    left = room_for([(axis_form or form)(step) for step in steps]) + 12
    parts = [*heading, *horizontal_grid(scale, steps, left, WIDTH, axis_form or form)]
    slot = (WIDTH - left) / max(len(labels), 1)
    width = min(slot * 0.72, WIDEST)
    for i, label in enumerate(labels):
        x = left + slot * i + (slot - width) / 2
        marked = bottom if mark is None else scale(mark.values[i] or 0.0)
        parts += _column(i, label, x, width, series, scale, form, marked)
        parts.append(text(x + width / 2, bottom + 18, label, anchor="middle", tone="muted"))
        if mark is not None and mark.values[i] is not None:
            parts += _mark(mark, i, label, x, width, scale, form, with_value=len(series) > 1)
    return picture(bottom + 26, said, parts)


def _extent(labels: Sequence[str], series: Sequence[Series], mark: Series | None) -> tuple[float, float]:
    low = high = 0.0
    for i in range(len(labels)):
        values = [one.values[i] or 0.0 for one in series]
        low = min(low, sum(value for value in values if value < 0))
        high = max(high, sum(value for value in values if value > 0))
        if mark is not None:
            low, high = min(low, mark.values[i] or 0.0), max(high, mark.values[i] or 0.0)
    return round(low, 9), round(high, 9)


def _column(
    i: int, label: str, x: float, width: float, series: Sequence[Series], scale: Scale, form: Form, marked: float
) -> list[str]:
    parts: list[str] = []
    up = down = 0.0
    for one in series:
        value = one.values[i] or 0.0
        start = up if value >= 0 else down
        y, end = scale(max(start, start + value)), scale(min(start, start + value))
        if value:
            parts.append(box(x, y, width, end - y, one.tone, f"{label}, {one.name}: {form(value)}"))
        said, fits = form(value), room_for([form(value)]) <= width + 6
        if len(series) == 1 and fits and value:
            parts.append(text(x + width / 2, min(y, marked) - 5, said, anchor="middle"))
        elif value and fits and end - y >= LABEL_HEIGHT:
            parts.append(text(x + width / 2, (y + end) / 2 + 4, said, anchor="middle", tone=f"on-{one.tone}"))
        up, down = (up + value, down) if value >= 0 else (up, down + value)
    return parts


def _mark(
    mark: Series, i: int, label: str, x: float, width: float, scale: Scale, form: Form, *, with_value: bool
) -> list[str]:
    value = mark.values[i] or 0.0
    if not value and not with_value:
        return []
    y = scale(value)
    parts = [f"<g>{tip(f'{label}, {mark.name}: {form(value)}')}{line(x - 5, y, x + width + 5, y, mark.tone)}</g>"]
    if with_value and room_for([form(value)]) <= width * 1.4:
        parts.append(text(x + width / 2, y - 5, form(value), anchor="middle", tone="halo ink"))
    return parts
