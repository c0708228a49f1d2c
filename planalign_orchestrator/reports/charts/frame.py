"""What all charts share: elements, scales, ticks, legends and the picture around them.

Lengths are in pixels of a drawing 760 wide, which the page scales.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

WIDTH = 760
TONES = ("s1", "s2", "s3", "s4", "s5", "s6", "s7")
"""Classes for groups without an order; told apart also by those who see few colours."""
ORDERED_TONES = ("o1", "o2", "o3", "o4", "o5", "o6")
"""Classes for groups with an order, from pale to strong."""

CHARACTER = 7.2
"""Width to reserve for a character of a label."""
LEGEND_LINE = 20

Form: TypeAlias = Callable[[float], str]
"""Turns a value into the text that a reader sees."""


@dataclass(frozen=True)
class Series:
    """Values of one kind, one for each label of a chart.

    Args:
        name: for the legend.
        values: None where there is none.
        tone: the class that colours it.
    """

    name: str
    values: Sequence[float | None]
    tone: str


@dataclass(frozen=True)
class Scale:
    """Maps values from ``low`` … ``high`` to pixels from ``start`` … ``end``; ``end`` may be the smaller one."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return round(self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low), 1)


def tone(i: int) -> str:
    """The class of the i-th group without an order; past the last one they start over."""
    return TONES[i % len(TONES)]


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers that span ``low`` to ``high``, about as many as wanted; at least two."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * i, 12) for i in range(first, last + 1)]


def whole_ticks(values: Sequence[float | None], steps: list[float]) -> list[float]:
    """The ticks for these values: of counted things only the whole ones."""
    counted = all(isinstance(value, int) for value in values if value is not None)
    return [step for step in steps if step == int(step)] if counted else steps


def picture(height: float, said: str, parts: Sequence[str]) -> str:
    """The chart as an SVG element; ``said`` is what it shows, for those who do not see it."""
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(said)}">'
        f"{''.join(parts)}</svg>"
    )


def text(x: float, y: float, content: str, *, anchor: str = "start", tone: str = "ink") -> str:
    """A label; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{tone}">{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, tone: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="{tone}"/>'


def box(x: float, y: float, width: float, height: float, tone: str, said: str = "") -> str:
    """A filled rectangle; ``said`` shows when the pointer rests on it."""
    shape = f'<rect x="{x:g}" y="{y:g}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" class="{tone}"'
    return f"{shape}>{tip(said)}</rect>" if said else f"{shape}/>"


def tip(said: str) -> str:
    """What shows when the pointer rests on the element that this stands in."""
    return f"<title>{escape(said)}</title>"


def room_for(labels: Sequence[str]) -> float:
    """The width that the longest label takes."""
    return max((len(label) for label in labels), default=0) * CHARACTER


def legend(entries: Sequence[tuple[str, str, str]]) -> tuple[list[str], float]:
    """A legend along the top edge.

    Args:
        entries: name, class and shape (``box`` or ``mark``) of each.

    Returns:
        The parts, and the height they take.
    """
    parts: list[str] = []
    x, y = 0.0, 0.0
    for name, tone, shape in entries:
        width = 24 + room_for([name])
        if x and x + width > WIDTH:
            x, y = 0.0, y + LEGEND_LINE
        parts.append(box(x, y + 2, 12, 12, tone) if shape == "box" else line(x + 6, y + 1, x + 6, y + 15, tone))
        parts.append(text(x + 18, y + 12, name, tone="muted"))
        x += width + 8
    return parts, y + LEGEND_LINE + 6 if entries else 4.0


def horizontal_grid(scale: Scale, values: Sequence[float], left: float, right: float, form: Form) -> Iterator[str]:
    """Lines and numbers of a vertical axis; the line at zero is stronger."""
    for value in values:
        y = scale(value)
        yield line(left, y, right, y, "axis" if value == 0 else "grid")
        yield text(left - 8, y + 4, form(value), anchor="end", tone="muted")
