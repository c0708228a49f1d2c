"""What all charts share: two sizes, shapes, scales, axes and labels; and those with a vertical axis.

Lengths are in pixels of a drawing that the page scales: 760 wide, and 360 wide for telephones, where text drawn for the
large one would be too small to read. The style sheet shows one of the two.

Columns are stacked where there are several series, with a mark across each. The small line of a headline figure has no
axis.
"""

import math
from collections.abc import Callable, Iterator, Sequence
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
    ends = [0.0, *(end for i in range(len(labels)) for _, _, end in _stack(series, i))]
    ends += [value or 0.0 for value in mark.values] if mark else []
    low, high = round(min(ends), 9), round(max(ends), 9)
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


def _stack(series: Sequence[Series], i: int) -> Iterator[tuple[Series, float, float]]:
    """Each series with where its part of a column starts and ends."""
    up = down = 0.0
    for one in series:
        value = one.values[i] or 0.0
        start = up if value >= 0 else down
        yield one, start, start + value
        up, down = (up + value, down) if value >= 0 else (up, down + value)


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
