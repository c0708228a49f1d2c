"""The colors of charts: told apart by people who see few colors, readable on light and dark ground."""

from __future__ import annotations

import math
import re
from itertools import combinations

import pytest

from planalign_orchestrator.reports.page import TEMPLATES

SEEN_BY = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopes": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopes": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopes": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.95047, 1.0, 1.08883)

Triple = tuple[float, ...]


def _schemes() -> dict[str, dict[str, str]]:
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    light, dark, *_ = re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)
    return {
        name: dict(re.findall(r"--([\w-]+): (#\w{6})", text)) for name, text in {"light": light, "dark": dark}.items()
    }


def _linear(color: str) -> Triple:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def _times(matrix: tuple[Triple, ...], vector: Triple) -> Triple:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _lab(color: str, sight: str) -> Triple:
    seen = tuple(min(max(part, 0.0), 1.0) for part in _times(SEEN_BY[sight], _linear(color)))
    x, y, z = (
        v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116
        for v in (part / white for part, white in zip(_times(TO_XYZ, seen), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _contrast(one: str, other: str) -> float:
    low, high = sorted(_times(TO_XYZ, _linear(color))[1] for color in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("sight", SEEN_BY)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_series_differ_for_everybody(scheme: str, sight: str) -> None:
    colors = _schemes()[scheme]
    for one, other in combinations([f"s{i}" for i in range(1, 8)], 2):
        assert math.dist(_lab(colors[one], sight), _lab(colors[other], sight)) >= 15, (one, other)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colors_stand_out_from_the_ground_and_labels_can_be_read(scheme: str) -> None:
    colors = _schemes()[scheme]
    for text in ("ink", "muted", "accent"):
        assert _contrast(colors[text], colors["bg"]) >= 4.5 <= _contrast(colors[text], colors["panel"]), text
    for name in [f"s{i}" for i in range(1, 8)] + ["o-line"]:
        assert _contrast(colors[name], colors["bg"]) >= 3, name
    for tone in [f"s{i}" for i in range(1, 8)] + [f"o{i}" for i in range(1, 7)] + ["n1", "n2", "n3"]:
        assert _contrast(colors[f"on-{tone}"], colors[tone]) >= 4.5, tone
