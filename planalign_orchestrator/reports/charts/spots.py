"""Spots of two measures, with a line through those that no other beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.drawing import Drawing, Form, Scale, picture, ticks
from planalign_orchestrator.reports.charts.lines import HEIGHT


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
