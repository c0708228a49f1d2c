"""Lines over the years, named where they end, and the small line of a headline figure."""

from __future__ import annotations

from collections.abc import Sequence

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
_LONGEST_NAMES = 200


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
    steps = ticks(min(everything), max(everything), whole=are_counts(drawn))
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
        on.beside(axes.right + 8, at_ends, axes.bottom + LABEL / 4)
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
