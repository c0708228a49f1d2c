"""The bridge from one level to another: bar below bar, each starting where the last one ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.reports.charts.bars import BAR, GAP, beside_its_label
from planalign_orchestrator.reports.charts.drawing import Drawing, Form, Scale, picture, room_for

UP, DOWN, LEVEL = "s3", "s2", "s1"


@dataclass(frozen=True)
class Step:
    """A bar of a bridge.

    Args:
        label: names it.
        amount: the level itself, or how much the step adds to it or takes from it.
        is_level: whether it is a level, drawn from zero.
    """

    label: str
    amount: float
    is_level: bool = False


def bridge(key: str, steps: Sequence[Step], form: Form) -> str:
    """Draw levels and the steps between them on a scale from zero.

    Args:
        key: of the exhibit.
        steps: the first one is a level.
        form: of levels and steps, with the sign of steps.
    """
    ends: list[tuple[float, float]] = []
    for step in steps:
        start = 0.0 if step.is_level else ends[-1][1]
        ends.append((start, start + step.amount))
    low, high = min(min(pair) for pair in ends), max(max(pair) for pair in ends)
    texts = [form(step.amount) if step.is_level or step.amount < 0 else f"+{form(step.amount)}" for step in steps]

    def draw(on: Drawing) -> None:
        left = room_for([step.label for step in steps]) + 14 if on.is_wide else 0.0
        scale = Scale(min(low, 0.0), max(high, 0.0) or 1.0, left, on.width - room_for(texts) - 9)
        on.y += GAP / 2
        for step, (start, end), text in zip(steps, ends, texts, strict=True):
            beside_its_label(on, left, step.label)
            near, far = scale(min(start, end)), scale(max(start, end))
            tone = LEVEL if step.is_level else UP if step.amount >= 0 else DOWN
            on.box(near, on.y, far - near, BAR, tone, f"{step.label}: {text}")
            on.text(far + 7, on.y + 12, text)
            on.line(scale(end), on.y + BAR, scale(end), on.y + BAR + GAP, "axis")
            on.y += BAR + GAP
        on.line(scale(0), GAP / 2, scale(0), on.y, "axis")

    return picture(key, draw)
