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
        value: its length; None says that there is none.
        mark: what to compare it with.
        start: where it begins; a bridge goes from bar to bar.
        tone: the class that colors it, where it is another than that of all.
        said: its value in words, where they are others than the form's.
    """

    label: str
    value: float | None
    mark: float | None = None
    start: float = 0.0
    tone: str = ""
    said: str = ""


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
    ends = [end for bar in everything for end in (bar.start, bar.start + (bar.value or 0), bar.mark or 0)]

    def draw(on: Drawing) -> None:
        on.legend([(name, tone, "box"), (mark_name, "mark", "mark")] if mark_name else [])
        labels = room_for([bar.label for bar in everything]) + 14 if on.is_wide else 0.0
        end = on.width - room_for([_said(bar, form) for bar in everything]) - 9
        scale = Scale(min(0.0, *ends), max(0.0, *ends) or 1.0, labels, end)
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
    reached = scale(bar.start + (bar.value or 0))
    near, end = sorted((scale(bar.start), reached))
    if bar.value is not None:
        said = f"{bar.label}, {name}: {shown}" if name else f"{bar.label}: {shown}"
        on.box(near, y, end - near, BAR, bar.tone or tone, said)
    if bar.mark is not None:
        on.line(scale(bar.mark), y - 3, scale(bar.mark), y + BAR + 3, "mark", f"{mark_name}: {form(bar.mark)}")
    in_the_way = bar.mark is not None and end - 3 <= scale(bar.mark) <= end + 10 + room_for([shown])
    if in_the_way and end - near >= room_for([shown]) + 12:  # a value stands at its own bar, not at the mark
        on.text(end - 6, y + 12, shown, "end", f"on-{tone}")
    else:
        on.text(end + 7, y + 12, shown, tone="halo ink" if in_the_way else "ink")
    on.line(zero, y - GAP / 2, zero, y + BAR + GAP / 2, "axis")
    if bar.tone:  # a step of a bridge, which the next one begins at
        on.line(reached, y + BAR, reached, y + BAR + GAP, "axis")


def _said(bar: Bar, form: Form) -> str:
    return bar.said or ("–" if bar.value is None else form(bar.value))


def bridge(key: str, steps: Sequence[tuple[str, float]], form: Form) -> str:
    """Draw levels and the steps between them on a scale from zero, each step from where the one before has ended.

    Args:
        key: of the exhibit.
        steps: labels, and how much each adds or takes; the first and the last are levels, drawn from zero.
        form: of levels and steps, with the sign of steps.
    """
    made, end = [], 0.0
    for i, (label, amount) in enumerate(steps):
        is_level = i in (0, len(steps) - 1)
        start = 0.0 if is_level else end
        end = start + amount
        tone = LEVEL if is_level else UP if amount >= 0 else DOWN
        said = form(amount) if is_level or amount < 0 else f"+{form(amount)}"
        made.append(Bar(label, amount, start=start, tone=tone, said=said))
    return bars(key, {"": made}, form=form, name="")
