"""Bars in panels, each with its value beside it: to one side with a mark to compare with, or to both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.drawing import Drawing, Form, Scale, picture, room_for

BAR, GAP = 16, 8
HEADING = 28
LABEL_LINE = 16


@dataclass(frozen=True)
class Bar:
    """One bar.

    Args:
        label: names it.
        value: its length to the right, 0 or more; None says that there is none.
        mark: what to compare it with.
        other: its length to the left.
        said: the value in words where they are more than the form gives; ``other_said`` those of the other side.
        beside: a text at the right edge.
    """

    label: str
    value: float | None
    mark: float | None = None
    other: float = 0.0
    said: str = ""
    other_said: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Panel:
    """Bars under a heading."""

    name: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Side:
    """What bars to one side are, and the class that colors them."""

    name: str
    tone: str


def bars(
    key: str,
    panels: Sequence[Panel],
    *,
    form: Form,
    right: Side,
    left: Side | None = None,
    mark_name: str = "",
    beside_name: str = "",
    reach: tuple[float, float] | None = None,
) -> str:
    """Draw the panels below one another, all on one scale from zero; nothing where there are no bars.

    Args:
        key: of the exhibit.
        panels: with their bars.
        form: of the values.
        right: what the bars are.
        left: what the bars to the left are.
        mark_name: what the marks are.
        beside_name: over the texts at the right edge.
        reach: the longest lengths to the left and to the right, not both zero; the same for charts to be compared.
    """
    everything = [bar for panel in panels for bar in panel.bars]
    if not everything:
        return ""
    lengths = [value for bar in everything for value in (bar.value, bar.mark) if value is not None]
    low, high = reach or (0.0, max([0.0, *lengths]) or 1.0)

    def draw(on: Drawing) -> None:
        sides = [side for side in (left, right) if side is not None and side.name]
        marks = [(mark_name, "mark", "mark")] if mark_name else []
        on.legend([(side.name, side.tone, "box") for side in sides] + marks if len(sides) + len(marks) > 1 else [])
        if beside_name:
            on.text(on.width, 12 if on.is_wide else on.y + 8, beside_name, "end", "muted")
            on.y += 0 if on.is_wide else LABEL_LINE
        labels = room_for([bar.label for bar in everything]) + 14 if on.is_wide else 0.0
        beside = room_for([bar.beside for bar in everything])
        start = labels + room_for([bar.other_said for bar in everything]) + (6 if low else 0)
        end = on.width - room_for([_said(bar, form) for bar in everything]) - (beside + 12 if beside else 0) - 9
        scale = Scale(-low, high, start, end)
        for panel in panels:
            _panel(on, panel, scale, labels, form, (left, right, mark_name))

    return picture(key, draw)


def _panel(
    on: Drawing, panel: Panel, scale: Scale, labels: float, form: Form, names: tuple[Side | None, Side, str]
) -> None:
    if panel.name:
        on.text(0, on.y + 14, panel.name, tone="panel")
        on.y += HEADING
    for bar in panel.bars:
        if on.is_wide:
            on.text(labels - 8, on.y + 12, bar.label, "end")
        else:
            on.text(0, on.y + 12, bar.label)
            on.y += LABEL_LINE
        _bar(on, bar, scale, form, *names)
        on.y += BAR + GAP
    on.y += GAP


def _bar(on: Drawing, bar: Bar, scale: Scale, form: Form, left: Side | None, right: Side, mark_name: str) -> None:
    zero, y, shown = scale(0), on.y, _said(bar, form)
    end = zero if bar.value is None else scale(bar.value)
    if bar.value is not None and (bar.value or not bar.said):
        name = f"{bar.label}, {right.name}" if right.name else bar.label
        on.box(zero, y, end - zero, BAR, right.tone, f"{name}: {shown}")
    if bar.mark is not None:
        on.line(scale(bar.mark), y - 3, scale(bar.mark), y + BAR + 3, "mark", f"{mark_name}: {form(bar.mark)}")
    if left is not None and bar.other:
        start = scale(-bar.other)
        on.box(start, y, zero - start, BAR, left.tone, f"{bar.label}, {left.name}: {bar.other_said}")
        on.text(start - 6, y + 12, bar.other_said, "end")
    in_the_way = bar.mark is not None and end - 3 <= scale(bar.mark) <= end + 10 + room_for([shown])
    if in_the_way and end - zero >= room_for([shown]) + 12:  # a value stands at its own bar, not at the mark
        on.text(end - 6, y + 12, shown, "end", f"on-{right.tone}")
    else:
        on.text(end + 7, y + 12, shown, tone="halo ink" if in_the_way else "ink")
    on.text(on.width, y + 12, bar.beside, "end")
    on.line(zero, y - GAP / 2, zero, y + BAR + GAP / 2, "axis")


def _said(bar: Bar, form: Form) -> str:
    return bar.said if bar.said or bar.beside else "–" if bar.value is None else form(bar.value)
