"""Columns, stacked where there are several series, with a mark across each."""

from collections.abc import Sequence

from planalign_orchestrator.reports.charts.drawing import (
    LABEL,
    Axes,
    Drawing,
    Form,
    Series,
    are_counts,
    picture,
    room_for,
    ticks,
)

HEIGHT = 250
WIDEST = 90


def columns(
    key: str, labels: Sequence[str], series: Sequence[Series], *, form: Form, axis_form: Form | None = None,
    mark: Series | None = None, highest: float | None = None,
) -> str:  # fmt: skip
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
            names = [(one.name, axes.up((start + end) / 2), one.tone) for one, start, end in _stack(series, -1)]
            on.beside(axes.right + 8, names, axes.up.start)

    return picture(key, draw)


def _extent(labels: Sequence[str], series: Sequence[Series], mark: Series | None) -> tuple[float, float]:
    ends = [end for i in range(len(labels)) for _, _, end in _stack(series, i)]
    ends += [0.0, *(value or 0.0 for value in (mark.values if mark else ()))]
    return round(min(ends), 9), round(max(ends), 9)


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
    on: Drawing, axes: Axes, place: tuple[str, float, float], series: Sequence[Series], i: int, form: Form,
    mark: Series | None,
) -> None:  # fmt: skip
    label, x, width = place
    value = None if mark is None else mark.values[i]
    marked = None if mark is None or value is None or not (value or len(series) > 1) else axes.up(value)
    for one, start, end in _stack(series, i):
        if start == end:
            continue
        top, bottom, shown = axes.up(max(start, end)), axes.up(min(start, end)), form(end - start)
        on.box(x, top, width, bottom - top, one.tone, f"{label}, {one.name}: {shown}")
        if room_for([shown]) > (width if len(series) > 1 else width + 6):
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
