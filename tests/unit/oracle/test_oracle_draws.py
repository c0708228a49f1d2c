"""Draws: golden values made with coreutils' md5sum."""

from __future__ import annotations

import pytest

from tests.oracle.draws import draw


@pytest.mark.parametrize(
    ("seed", "stream", "person", "year", "digits"),
    [
        # printf '42|termination|E1|2025' | md5sum → ded98a187235b7c107025f6b45c07ae3, and so on.
        (42, "termination", "E1", 2025, "ded98a187235b"),
        (42, "promotion", "NH_2025_000001", 0, "6b67dcfb79645"),
    ],
)
def test_golden_values(seed: int, stream: str, person: str, year: int, digits: str) -> None:
    assert draw(seed, stream, person, year) == int(digits, 16) / 4503599627370496


def test_every_part_of_the_key_counts() -> None:
    keys = [(42, "a", "b", 0), (43, "a", "b", 0), (42, "c", "b", 0), (42, "a", "c", 0), (42, "a", "b", 1)]
    assert len({draw(*key) for key in keys}) == len(keys)


def test_draws_are_uniform() -> None:
    """Chi-square over 20 equal bins of 20 000 draws; 43.8 is exceeded by chance once in a thousand seeds."""
    counts = [0] * 20
    for person in range(20_000):
        counts[int(draw(42, "termination", f"E{person}", 2025) * 20)] += 1
    assert sum((count - 1000) ** 2 / 1000 for count in counts) < 43.8
