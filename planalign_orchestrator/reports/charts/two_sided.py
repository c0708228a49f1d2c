"""Bars to both sides of an axis: what part of a group is one thing or its opposite, such as gains or loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.frame import WIDTH, Form, Scale, box, legend, line, picture, room_for, text

BAR, GAP = 16, 8
PANEL_GAP = 28


@dataclass(frozen=True)
class TwoSidedBar:
    """A group.

    Args:
        label: left of the bars.
        left: how many are on the left; ``right``: how many on the right.
        whole: how many are in the group.
        beside: a text at the right edge.
    """

    label: str
    left: int
    right: int
    whole: int
    beside: str = ""


@dataclass(frozen=True)
class TwoSidedPanel:
    """Groups under a heading."""

    name: str
    bars: Sequence[TwoSidedBar]


def two_sided(
    panels: Sequence[TwoSidedPanel],
    *,
    said: str,
    form: Form,
    reach: tuple[float, float],
    left_name: str,
    right_name: str,
    beside_name: str = "",
    left_tone: str = "s2",
    right_tone: str = "s3",
) -> str:
    """Draw the panels below one another, all on one scale. A bar is as long as its share of the group.

    Args:
        panels: with their groups.
        said: what the chart shows, for those who do not see it.
        form: of the shares; beside each bar stand its share and its number.
        reach: the longest shares on the left and on the right, not both zero; the same for charts to be compared.
        left_name: what the left bars are; ``right_name`` the right ones.
        beside_name: over the texts at the right edge.
        left_tone: the class of the left bars; ``right_tone`` of the right ones.
    """
    everything = [bar for panel in panels for bar in panel.bars]
    parts, y = legend([(left_name, left_tone, "box"), (right_name, right_tone, "box")])
    edge = WIDTH - room_for([bar.beside for bar in everything]) - 12
    if beside_name:
        parts.append(text(WIDTH, 12, beside_name, anchor="end", tone="muted"))
    beside_left = room_for([_said(bar.left, bar.whole, form) for bar in everything])
    beside_right = room_for([_said(bar.right, bar.whole, form) for bar in everything])
    scale = Scale(
        -reach[0],
        reach[1],
        room_for([bar.label for bar in everything]) + 20 + beside_left,
        edge - beside_right,
    )
    for panel in panels:
        if panel.name:
            parts.append(text(0, y + 14, panel.name, tone="panel"))
            y += PANEL_GAP
        parts.append(line(scale(0), y - 2, scale(0), y + len(panel.bars) * (BAR + GAP) - GAP + 2, "axis"))
        for bar in panel.bars:
            parts.append(text(scale.start - beside_left - 14, y + 12, bar.label, anchor="end"))
            parts += _side(bar, bar.left, -1, y, scale, form, f"{bar.label}, {left_name}", left_tone)
            parts += _side(bar, bar.right, 1, y, scale, form, f"{bar.label}, {right_name}", right_tone)
            parts.append(text(WIDTH, y + 12, bar.beside, anchor="end"))
            y += BAR + GAP
        y += GAP
    return picture(y, said, parts)


def _side(
    bar: TwoSidedBar, number: int, direction: int, y: float, scale: Scale, form: Form, name: str, tone: str
) -> list[str]:
    if not number:
        return []
    end, said = scale(direction * number / bar.whole), _said(number, bar.whole, form)
    anchor = "start" if direction > 0 else "end"
    return [
        box(min(scale(0), end), y, abs(end - scale(0)), BAR, tone, f"{name}: {said}"),
        text(end + 6 * direction, y + 12, said, anchor=anchor),
    ]


def _said(number: int, whole: int, form: Form) -> str:
    return f"{form(number / whole)}, {number:,d}" if number else ""
