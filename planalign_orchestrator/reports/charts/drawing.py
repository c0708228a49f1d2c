"""What all charts share: two sizes, shapes, scales, axes and labels.

Lengths are in pixels of a drawing that the page scales: 760 wide, and 360 wide for telephones, where text drawn for the
large one would be too small to read. The style sheet shows one of the two.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Literal, TypeAlias

SIZES = {"wide": 760, "narrow": 360}
TONES = ("s1", "s2", "s3", "s4", "s5", "s6", "s7")
"""Classes for groups without an order; told apart also by those who see few colors."""
ORDERED_TONES = ("o1", "o2", "o3", "o4", "o5", "o6")
"""Classes for groups with an order, from pale to strong."""

CHARACTER = 7.2
"""Width to reserve for a character of a label."""
LINE = 20
"""Height of a line of text in a legend."""
LABEL = 15
"""Height that a label needs beside others."""

Form: TypeAlias = Callable[[float], str]
"""Turns a value into the text that a reader sees."""
Anchor: TypeAlias = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Series:
    """Values of one kind, one for each label of a chart.

    Args:
        name: for its label.
        values: None where there is none.
        tone: the class that colors it.
    """

    name: str
    values: Sequence[float | None]
    tone: str

    @property
    def is_counted(self) -> bool:
        """Whether all values are whole numbers of something."""
        return all(isinstance(value, int) for value in self.values if value is not None)


@dataclass(frozen=True)
class Scale:
    """Maps values from ``low`` … ``high`` to pixels from ``start`` … ``end``; ``end`` may be the smaller one."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return round(self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low), 1)


@dataclass(frozen=True)
class Axes:
    """Where a chart with a vertical axis stands."""

    up: Scale
    left: float
    right: float

    def slots(self, number: int, share: float, widest: float = math.inf) -> list[tuple[float, float]]:
        """Left edge and width of columns side by side, each so large a share of its slot."""
        slot = (self.right - self.left) / max(number, 1)
        width = min(slot * share, widest)
        return [(self.left + slot * i + (slot - width) / 2, width) for i in range(number)]


class Drawing:
    """A picture in the making, drawn from the top down."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.is_wide = width == SIZES["wide"]
        self.parts: list[str] = []
        self.y = 4.0

    def text(self, x: float, y: float, content: str, anchor: Anchor = "start", tone: str = "ink") -> None:
        """A label."""
        self.parts.append(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{tone}">{escape(content)}</text>')

    def line(self, x1: float, y1: float, x2: float, y2: float, tone: str, said: str = "") -> None:
        """A straight line; ``said`` shows when the pointer rests on it."""
        self._shape("line", f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"', tone, said)

    def box(self, x: float, y: float, width: float, height: float, tone: str, said: str = "") -> None:
        """A filled rectangle."""
        size = f'width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
        self._shape("rect", f'x="{x:g}" y="{y:g}" {size}', tone, said)

    def dot(self, x: float, y: float, tone: str, said: str) -> None:
        """A point of a line."""
        self._shape("circle", f'cx="{x:g}" cy="{y:g}" r="4"', tone, said)

    def legend(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Names along the top edge: name, class and shape (``box`` or ``mark``) of each."""
        x = 0.0
        for name, tone, shape in entries:
            width = 24 + room_for([name])
            if x and x + width > self.width:
                x, self.y = 0.0, self.y + LINE
            if shape == "box":
                self.box(x, self.y - 2, 12, 12, tone)
            else:
                self.line(x + 6, self.y - 3, x + 6, self.y + 11, tone)
            self.text(x + 18, self.y + 8, name, tone="muted")
            x += width + 8
        self.y += LINE + 2 if entries else 0

    def axes(self, steps: Sequence[float], form: Form, height: float, beside: Sequence[str] = ()) -> Axes:
        """Lines and numbers of a vertical axis, the one at zero stronger, with room for labels on the right."""
        top, self.y = self.y + LABEL, self.y + height
        left = room_for([form(step) for step in steps]) + 12
        right = self.width - (room_for(beside) + 24 if beside else 0)
        axes = Axes(Scale(steps[0], steps[-1], self.y, top), left, right)
        for step in steps:
            y = axes.up(step)
            self.line(left, y, right, y, "axis" if step == 0 else "grid")
            self.text(left - 8, y + 4, form(step), "end", "muted")
        return axes

    def below(self, axes: Axes, labels: Sequence[str], places: Sequence[float]) -> None:
        """Labels below the axis; where they would touch, only every second, third, … one."""
        room = (places[-1] - places[0]) / (len(places) - 1) if len(places) > 1 else self.width
        step = math.ceil((room_for(labels) + 4) / room)
        for x, label in list(zip(places, labels, strict=True))[::step]:
            self.text(x, axes.up.start + 18, label, "middle", "muted")
        self.y = axes.up.start + 26

    def beside(self, x: float, names: Sequence[tuple[str, float, str]], lowest: float) -> None:
        """Names at the right edge at their heights, moved apart so that they do not touch."""
        heights = _apart([y for _, y, _ in names], lowest)
        for (name, _, tone), y in zip(names, heights, strict=True):
            self.box(x, y - 4, 8, 8, tone)
            self.text(x + 13, y + 4, name)

    def _shape(self, element: str, place: str, tone: str, said: str) -> None:
        tip = f"<title>{escape(said)}</title>" if said else ""
        self.parts.append(f'<{element} {place} class="{tone}">{tip}</{element}>')


def picture(key: str, draw: Callable[[Drawing], None]) -> str:
    """A chart as SVG, wide and narrow.

    Args:
        key: of its exhibit, whose title and subtitle say what it shows to those who do not see it.
        draw: puts the chart into a drawing.
    """
    drawings = {size: Drawing(width) for size, width in SIZES.items()}
    for drawing in drawings.values():
        draw(drawing)
    return "".join(
        f'<svg class="chart {size}" viewBox="0 0 {drawing.width} {drawing.y:g}" role="img"'
        f' aria-labelledby="{key}-title {key}-subtitle">{"".join(drawing.parts)}</svg>'
        for size, drawing in drawings.items()
    )


def tone(i: int) -> str:
    """The class of the i-th group without an order; past the last one they start over."""
    return TONES[i % len(TONES)]


def spread(number: int) -> list[str]:
    """Classes for a number of ordered groups; with few of them, those that differ most."""
    last = len(ORDERED_TONES) - 1
    return [ORDERED_TONES[round(i * last / max(number - 1, 1))] for i in range(number)]


def ticks(low: float, high: float, *, whole: bool = False, wanted: int = 5) -> list[float]:
    """Round numbers that span ``low`` to ``high``, about as many as wanted, at least two; of counted things whole."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    steps = [round(step * i, 12) for i in range(first, last + 1)]
    return [step for step in steps if step == int(step)] if whole else steps


def room_for(labels: Sequence[str]) -> float:
    """The width that the longest label takes."""
    return max((len(label) for label in labels), default=0) * CHARACTER


def _apart(heights: Sequence[float], lowest: float) -> list[float]:
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = list(heights)
    for before, here in pairwise(order):
        placed[here] = max(placed[here], placed[before] + LABEL)
    limit = lowest
    for i in reversed(order):
        placed[i] = min(placed[i], limit)
        limit = placed[i] - LABEL
    return placed
