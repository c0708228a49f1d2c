"""Lines over the years, named where they end, and the small line of a headline figure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from planalign_orchestrator.reports.charts.frame import (
    WIDTH,
    Form,
    Scale,
    Series,
    horizontal_grid,
    legend,
    picture,
    room_for,
    text,
    ticks,
    tip,
    whole_ticks,
)

HEIGHT = 250
LABEL_STEP = 16


def lines(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    said: str,
    form: Form,
    axis_form: Form,
    names_above: bool = False,
) -> str:
    """Draw a line a series; a single label gives points.

    Args:
        labels: along the axis, such as years.
        series: values may be None, which leaves a gap.
        said: what the chart shows, for those who do not see it.
        form: of the value that stands at the end of each line.
        axis_form: of the numbers on the axis.
        names_above: puts the names into a legend, for names too long or too many to stand where the lines end.
    """
    drawn = [one for one in series if any(value is not None for value in one.values)]
    everything = [value for one in drawn for value in one.values if value is not None]
    steps = whole_ticks(everything, ticks(min([0.0, *everything]), max([0.0, *everything])))
    parts, above = legend([(one.name, one.tone, "box") for one in drawn]) if names_above else ([], 0.0)
    top, bottom = above + 14, above + HEIGHT
    left = room_for([axis_form(step) for step in steps]) + 12
    ends = [_end(one, form, named=not names_above) for one in drawn]
    right = WIDTH - room_for(ends) - 16
    up = Scale(steps[0], steps[-1], bottom, top)
    along = Scale(0, max(len(labels) - 1, 1), left + 24, right)
    places = [along(i) if len(labels) > 1 else (left + right) / 2 for i in range(len(labels))]
    parts += list(horizontal_grid(up, steps, left, right + 8, axis_form))
    parts += [
        text(x, bottom + 20, label, anchor="middle", tone="muted") for x, label in zip(places, labels, strict=True)
    ]
    for one in drawn:
        parts += _line(one, labels, places, up, form)
    last = [up(next(value for value in reversed(one.values) if value is not None)) for one in drawn]
    for one, name, y in zip(drawn, ends, _apart(last, bottom + 4), strict=True):
        parts.append(text(right + 14, y + 4, name, tone=f"ink-{one.tone}"))
    return picture(bottom + 28, said, parts)


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


def _end(one: Series, form: Form, *, named: bool) -> str:
    value = form(next(value for value in reversed(one.values) if value is not None))
    return f"{one.name} {value}" if named else value


def _line(one: Series, labels: Sequence[str], places: Sequence[float], up: Scale, form: Form) -> list[str]:
    parts: list[str] = []
    stretch: list[str] = []
    for x, label, value in [*zip(places, labels, one.values, strict=True), (0.0, "", None)]:
        if value is not None:
            stretch.append(f"{x:g},{up(value):g}")
            said = tip(f"{label}, {one.name}: {form(value)}")
            parts.append(f'<circle cx="{x:g}" cy="{up(value):g}" r="4" class="{one.tone}">{said}</circle>')
        else:
            if len(stretch) > 1:
                parts.insert(0, f'<polyline points="{" ".join(stretch)}" class="line l-{one.tone}"/>')
            stretch = []
    return parts


def _apart(heights: Sequence[float], lowest: float) -> list[float]:
    """Heights of labels moved apart so that they do not touch, none below the lowest, in the given order."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = list(heights)
    for before, here in pairwise(order):
        placed[here] = max(placed[here], placed[before] + LABEL_STEP)
    overhang = max(placed, default=0.0) - lowest
    limit = float("inf")
    if overhang > 0:
        for i in reversed(order):
            placed[i] = min(placed[i], lowest, limit)
            limit = placed[i] - LABEL_STEP
    return placed
