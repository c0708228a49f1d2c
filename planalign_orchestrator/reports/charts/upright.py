"""Pictures with a vertical axis: columns, lines over the years, and spots of two measures with a line through the best.

Columns are stacked where there are several series, with a mark across each. The small line of a headline figure has no
axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.drawing import (
    LABEL,
    Axes,
    Drawing,
    Form,
    Scale,
    Series,
    picture,
    room_for,
    ticks,
)

HEIGHT = 250
WIDEST = 90
_LONGEST_NAMES = 200


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
    steps = ticks(low, max(high, highest or high), whole=all(one.is_counted for one in series))
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


def lines(key: str, labels: Sequence[str], series: Sequence[Series], form: Form, axis_form: Form) -> str:
    """Draw a line a series; a single label gives points, no value no picture. Long names become a legend.

    Args:
        key: of the exhibit.
        labels: along the axis, such as years.
        series: values may be None, which leaves a gap.
        form: of the value that stands at the end of each line.
        axis_form: of the numbers on the axis.
    """
    drawn = [one for one in series if any(value is not None for value in one.values)]
    if not drawn:
        return ""
    everything = [0.0, *(value for one in drawn for value in one.values if value is not None)]
    steps = ticks(min(everything), max(everything), whole=all(one.is_counted for one in drawn))
    ends = [next(value for value in reversed(one.values) if value is not None) for one in drawn]

    def draw(on: Drawing) -> None:
        named = [f"{one.name} {form(end)}" for one, end in zip(drawn, ends, strict=True)]
        with_names = on.is_wide and room_for(named) <= _LONGEST_NAMES
        shown = named if with_names else [form(end) for end in ends]
        on.legend([] if with_names else [(one.name, one.tone, "box") for one in drawn])
        axes = on.axes(steps, axis_form, HEIGHT, shown)
        along = Scale(0, max(len(labels) - 1, 1), axes.left + 24, axes.right - 8)
        places = [along(i) if len(labels) > 1 else (axes.left + axes.right) / 2 for i in range(len(labels))]
        for one in drawn:
            _line(on, axes, one, labels, places, form)
        at_ends = [(name, axes.up(end), one.tone) for one, name, end in zip(drawn, shown, ends, strict=True)]
        on.beside(axes.right + 8, at_ends, axes.up.start + LABEL / 4)
        on.below(axes, labels, places)

    return picture(key, draw)


def sparkline(values: Sequence[float | None]) -> str:
    """A small line without words beside a headline figure; empty with fewer than two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    spread = (max(known) - min(known)) or 1.0
    up = Scale(min(known), min(known) + spread, 26, 4)
    points = [(4 + 92 * i / (len(known) - 1), up(value)) for i, value in enumerate(known)]
    x, y = points[-1]
    path = " ".join(f"{x:.1f},{y:g}" for x, y in points)
    return (
        f'<svg class="spark" viewBox="0 0 100 30" aria-hidden="true"><polyline points="{path}" class="line l-s1"/>'
        f'<circle cx="{x:g}" cy="{y:g}" r="3" class="s1"/></svg>'
    )


def _line(on: Drawing, axes: Axes, one: Series, labels: Sequence[str], places: Sequence[float], form: Form) -> None:
    stretch: list[str] = []
    for x, label, value in [*zip(places, labels, one.values, strict=True), (0.0, "", None)]:
        if value is not None:
            stretch.append(f"{x:g},{axes.up(value):g}")
            on.dot(x, axes.up(value), one.tone, f"{label}, {one.name}: {form(value)}")
            continue
        if len(stretch) > 1:
            on.parts.append(f'<polyline points="{" ".join(stretch)}" class="line l-{one.tone}"/>')
        stretch = []


@dataclass(frozen=True)
class Spot:
    """A point.

    Args:
        name: shows when the pointer rests on it.
        along: its value along the axis.
        up: its value up the axis.
        tone: the class that colors it.
        on_line: whether the line goes through it.
    """

    name: str
    along: float
    up: float
    tone: str
    on_line: bool


def spots(key: str, drawn: Sequence[Spot], along_form: Form, up_form: Form) -> str:
    """Draw the spots; the line goes through its own in the order of the axis.

    Args:
        key: of the exhibit.
        drawn: at least one.
        along_form: of the values along the axis.
        up_form: of the values up the axis.
    """
    across = ticks(min(one.along for one in drawn), max(one.along for one in drawn))
    steps = ticks(min(one.up for one in drawn), max(one.up for one in drawn))

    def draw(on: Drawing) -> None:
        axes = on.axes(steps, up_form, HEIGHT)
        along = Scale(across[0], across[-1], axes.left + 24, axes.right - 24)
        line = sorted((along(one.along), axes.up(one.up)) for one in drawn if one.on_line)
        on.parts.append(f'<polyline points="{" ".join(f"{x:g},{y:g}" for x, y in line)}" class="line l-s1"/>')
        for one in drawn:
            on.dot(
                along(one.along), axes.up(one.up), one.tone, f"{one.name}: {along_form(one.along)}, {up_form(one.up)}"
            )
        on.below(axes, [along_form(step) for step in across], [along(step) for step in across])

    return picture(key, draw)
