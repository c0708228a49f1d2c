"""Bars below one another: in panels, each with a mark to compare it with, or as a bridge from one level to another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.drawing import Drawing, Form, Scale, picture, room_for

BAR, GAP = 16, 8
HEADING = 28
LABEL_LINE = 16
UP, DOWN, LEVEL = "s3", "s2", "s1"
"""How steps of a bridge are colored, and its levels."""


@dataclass(frozen=True)
class Bar:
    """One bar.

    Args:
        label: names it.
        value: its length, 0 or more; None says that there is none.
        mark: what to compare it with.
    """

    label: str
    value: float | None
    mark: float | None = None


def bars(
    key: str, panels: Mapping[str, Sequence[Bar]], *, form: Form, name: str, tone: str = "s1", mark_name: str = ""
) -> str:
    """Draw the panels below one another, all on one scale from zero; nothing where there are no bars.

    Args:
        key: of the exhibit.
        panels: bars by what stands over them.
        form: of the values.
        name: what the bars are.
        tone: the class that colors them.
        mark_name: what the marks are.
    """
    everything = [bar for panel in panels.values() for bar in panel]
    if not everything:
        return ""
    longest = max([0.0, *(value for bar in everything for value in (bar.value, bar.mark) if value is not None)]) or 1.0

    def draw(on: Drawing) -> None:
        on.legend([(name, tone, "box"), (mark_name, "mark", "mark")] if mark_name else [])
        labels = room_for([bar.label for bar in everything]) + 14 if on.is_wide else 0.0
        end = on.width - room_for([_said(bar, form) for bar in everything]) - 9
        scale = Scale(0.0, longest, labels, end)
        for heading, panel in panels.items():
            if heading:
                on.text(0, on.y + 14, heading, tone="panel")
                on.y += HEADING
            for bar in panel:
                beside_its_label(on, labels, bar.label)
                _bar(on, bar, scale, form, (name, tone), mark_name)
                on.y += BAR + GAP
            on.y += GAP

    return picture(key, draw)


def beside_its_label(on: Drawing, left: float, label: str) -> None:
    """A bar's label: left of the bar, or above it where there is little room; the bar then starts lower."""
    if on.is_wide:
        on.text(left - 8, on.y + 12, label, "end")
    else:
        on.text(0, on.y + 12, label)
        on.y += LABEL_LINE


def _bar(on: Drawing, bar: Bar, scale: Scale, form: Form, look: tuple[str, str], mark_name: str) -> None:
    zero, y, shown, (name, tone) = scale(0), on.y, _said(bar, form), look
    end = zero if bar.value is None else scale(bar.value)
    if bar.value is not None:
        on.box(zero, y, end - zero, BAR, tone, f"{bar.label}, {name}: {shown}" if name else f"{bar.label}: {shown}")
    if bar.mark is not None:
        on.line(scale(bar.mark), y - 3, scale(bar.mark), y + BAR + 3, "mark", f"{mark_name}: {form(bar.mark)}")
    in_the_way = bar.mark is not None and end - 3 <= scale(bar.mark) <= end + 10 + room_for([shown])
    if in_the_way and end - zero >= room_for([shown]) + 12:  # a value stands at its own bar, not at the mark
        on.text(end - 6, y + 12, shown, "end", f"on-{tone}")
    else:
        on.text(end + 7, y + 12, shown, tone="halo ink" if in_the_way else "ink")
    on.line(zero, y - GAP / 2, zero, y + BAR + GAP / 2, "axis")


def _said(bar: Bar, form: Form) -> str:
    return "–" if bar.value is None else form(bar.value)


def bridge(key: str, steps: Sequence[tuple[str, float]], form: Form) -> str:
    """Draw levels and the steps between them on a scale from zero.

    Args:
        key: of the exhibit.
        steps: labels, and how much each adds or takes; the first and the last are levels, drawn from zero.
        form: of levels and steps, with the sign of steps.
    """
    levels = (0, len(steps) - 1)
    ends: list[tuple[float, float]] = []
    for i, (_, amount) in enumerate(steps):
        start = 0.0 if i in levels else ends[-1][1]
        ends.append((start, start + amount))
    low, high = min(min(pair) for pair in ends), max(max(pair) for pair in ends)
    texts = [form(of) if i in levels or of < 0 else f"+{form(of)}" for i, (_, of) in enumerate(steps)]

    def draw(on: Drawing) -> None:
        left = room_for([label for label, _ in steps]) + 14 if on.is_wide else 0.0
        scale = Scale(min(low, 0.0), max(high, 0.0) or 1.0, left, on.width - room_for(texts) - 9)
        on.y += GAP / 2
        for i, ((label, amount), (start, end), text) in enumerate(zip(steps, ends, texts, strict=True)):
            beside_its_label(on, left, label)
            near, far = scale(min(start, end)), scale(max(start, end))
            tone = LEVEL if i in levels else UP if amount >= 0 else DOWN
            on.box(near, on.y, far - near, BAR, tone, f"{label}: {text}")
            on.text(far + 7, on.y + 12, text)
            on.line(scale(end), on.y + BAR, scale(end), on.y + BAR + GAP, "axis")
            on.y += BAR + GAP
        on.line(scale(0), GAP / 2, scale(0), on.y, "axis")

    return picture(key, draw)
